"""Random statements of the language, each with the kernel term that is meant by it.

Every constructor of the language is used: words, names, shadowed indices, linear-map algebra.
What is meant is written down here once more, in primitives, and never by unfolding a word.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import NamedTuple

from sympy import Abs, Basic, E, Expr, Max, Min, Rational, exp, log, sqrt, tanh

from derivations.kernel.sets import member
from derivations.kernel.terms import Term, add, bind, mul, relation, substitute
from derivations.language import (
    Identity,
    MapSetSum,
    SetMax,
    SetMin,
    SetSum,
    at_most,
    attention,
    cardinality,
    diameter,
    equal,
    for_all,
    index,
    inner,
    less,
    log_sum_exp,
    max_over,
    min_over,
    named,
    non_empty,
    norm,
    oscillation,
    outer,
    projection_off,
    softmax,
    softmax_mean,
    sum_over,
    there_is,
)
from derivations.language.linear import LinearMap
from derivations.language.propositions import Empty, Proposition
from derivations.language.sets import SetExpr
from derivations.terms import number, power
from tests.fuzz.kernel_terms import LINEAR, NUMBERS, VECTORS, Maker, fresh
from tests.fuzz.words import Names, words

HALF = Fraction(1, 2)
Act = Callable[[Term, bool], Term]
"""What a linear map, or its transpose, does to a vector."""


class Said(NamedTuple):
    """An expression and what is meant by it."""

    expr: Expr
    term: Term


class SaidMap(NamedTuple):
    """A linear map and what is meant by it."""

    map: LinearMap
    act: Act


class SaidClaim(NamedTuple):
    """A proposition and what is meant by it."""

    claim: Proposition
    term: Term


def negative(term: Term) -> Term:
    """−x."""
    return mul(-1, term)


class Speaker:
    """Says random things; `scope` gives the kernel's indices their names in the language."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.make = Maker(random)
        self.words = words(random.random() < 0.4)
        self.named = 0

    # ---- binders

    def set(self, scope: Names) -> tuple[SetExpr, Term]:
        """A set."""
        target = self.make.set(list(scope))
        return self.words.set(target, scope), target

    def over(self, scope: Names, build: Callable[[SetExpr, str, Body], Said]) -> Said:
        """What `build` makes of a set, a name for its index, and a way to say its body."""
        domain, target = self.set(scope)
        return build(domain, self.random.choice("jtk"), Body(self, scope, target))

    def bind(self, scope: Names, depth: int, op: str, vector: bool = False) -> Said:
        """A sum, max or min, whose index may hide one of the same name."""
        domain, target = self.set(scope)
        say = self.vector if vector else self.real
        body = Body(self, scope, target)
        name = self.random.choice("jtk")
        if self.random.random() < 0.5:
            loose = index(name)
            expr = body.say(loose, say, depth)
            binder = {"sum": SetSum, "max": SetMax, "min": SetMin}[op]
            return Said(binder(expr, loose, domain), body.over(op))
        word = {"sum": sum_over, "max": max_over, "min": min_over}[op]
        return Said(word(domain, lambda j: body.say(j, say, depth), name), body.over(op))

    # ---- numbers

    def leaf(self, scope: Names) -> Said:
        """A number, a scalar, a member of a family."""
        kernel = list(scope)
        one, other = self.make.index(kernel), self.make.index(kernel)
        choice = self.random.random()
        if choice < 0.2:
            value = self.make.fraction()
            return Said(Rational(value.numerator, value.denominator), number(value))
        if choice < 0.22:
            return Said(E, Term("exp", number(1)))
        if one is None or other is None or choice < 0.35:
            name = self.random.choice("xy")
            return Said(self.words.scalar(name), Term("scalar", name))
        if choice < 0.45:
            places = self.words.index(one, scope), self.words.index(other, scope)
            return Said(self.words.numbers["r"][places], Term("entry", "r", one, other))
        name = self.random.choice(NUMBERS)
        return Said(
            self.words.numbers[name][self.words.index(one, scope)], Term("entry", name, one)
        )

    def real(self, depth: int, scope: Names) -> Said:
        """A number."""
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(scope)
        return self.random.choice(REAL)(self, depth - 1, scope)

    def pair(self, depth: int, scope: Names) -> tuple[Said, Said]:
        return self.real(depth, scope), self.real(depth, scope)

    def function(self, depth: int, scope: Names) -> Said:
        inside = self.real(depth, scope)
        function, op = self.random.choice(
            ((exp, "exp"), (log, "log"), (tanh, "tanh"), (Abs, "norm"))
        )
        return Said(function(inside.expr), Term(op, inside.term))

    def power(self, depth: int, scope: Names) -> Said:
        inside = self.real(depth, scope)
        exponent = self.random.choice(
            (Fraction(-1), Fraction(2), Fraction(-2), HALF, -HALF, Fraction(3, 2), Fraction(1, 3))
        )
        expr = sqrt(inside.expr) if exponent == HALF else inside.expr ** Rational(str(exponent))
        return Said(expr, power(inside.term, exponent))

    def quotient(self, depth: int, scope: Names) -> Said:
        above, below = self.pair(depth, scope)
        return Said(above.expr / below.expr, mul(above.term, power(below.term, -1)))

    def extremum(self, depth: int, scope: Names) -> Said:
        values = [self.real(depth, scope) for _ in range(self.random.choice((2, 2, 3)))]
        largest = self.random.random() < 0.5
        term = values[0].term
        for value in values[1:]:
            gap = Term("norm", add(term, negative(value.term)))
            term = mul(HALF, add(term, value.term, gap if largest else negative(gap)))
        return Said((Max if largest else Min)(*(value.expr for value in values)), term)

    def name(self, depth: int, scope: Names, vector: bool = False) -> Said:
        """An abbreviation, which may carry the indices in scope."""
        meaning = (self.vector if vector else self.real)(depth, scope)
        self.named += 1
        places = [self.words.index(place, scope) for place in list(scope)[:1]]
        return Said(named(f"alpha_{self.named}", meaning.expr, *places), meaning.term)

    def log_sum_exp(self, depth: int, scope: Names) -> Said:
        def build(domain: SetExpr, name: str, body: Body) -> Said:
            expr = log_sum_exp(domain, lambda t: body.say(t, self.real, depth), name)
            return Said(expr, Term("log", body.over("sum", lambda f: Term("exp", f))))

        return self.over(scope, build)

    def softmax(self, depth: int, scope: Names) -> Said:
        """The weight of a member; elsewhere the logit there might not even be an index."""
        target = self.make.set(list(scope))
        inside = [index for index in scope if member(index, target)]
        if scope and not inside:
            inside = [self.random.choice(list(scope))]
            target = inside[0].args[1]
        if not inside:
            return self.log_sum_exp(depth, scope)
        at, body = self.random.choice(inside), Body(self, scope, target)
        expr = softmax(
            self.words.set(target, scope),
            lambda t: body.say(t, self.real, depth),
            self.words.index(at, scope),
            self.random.choice("jtk"),
        )
        mass = body.over("sum", lambda f: Term("exp", f))
        return Said(expr, mul(Term("exp", body.at(at)), power(mass, -1)))

    def mean(self, depth: int, scope: Names, vector: bool = False) -> Said:
        """A softmax mean of numbers or vectors, or attention."""

        def build(domain: SetExpr, name: str, body: Body) -> Said:
            values, say = Body(self, scope, body.target, body.index), self.vector
            if vector and self.random.random() < 0.5:
                query = self.vector(depth, scope)
                expr = attention(
                    domain,
                    query.expr,
                    lambda j: body.say(j, self.vector, depth),
                    lambda j: values.say(j, self.vector, depth),
                    name,
                )
                weight = Term("exp", Term("inner", query.term, body.term))
            else:
                expr = softmax_mean(
                    domain,
                    lambda j: body.say(j, self.real, depth),
                    lambda j: values.say(j, say if vector else self.real, depth),
                    name,
                )
                weight = Term("exp", body.term)
            mass = bind("sum", body.index, weight)
            total = bind("sum", body.index, mul(weight, values.term))
            return Said(expr, mul(power(mass, -1), total))

        return self.over(scope, build)

    def spread(self, depth: int, scope: Names) -> Said:
        """An oscillation, a diameter or a cardinality."""

        def build(domain: SetExpr, name: str, body: Body) -> Said:
            choice = self.random.random()
            if choice < 0.3:
                return Said(cardinality(domain), bind("sum", body.index, number(1)))
            if choice < 0.6:
                expr = oscillation(domain, lambda j: body.say(j, self.real, depth), name)
                return Said(expr, add(body.over("max"), negative(body.over("min"))))
            say = self.vector if choice < 0.85 else self.real
            expr = diameter(domain, lambda j: body.say(j, say, depth), name)
            twin = fresh(body.target)
            gap = Term("norm", add(body.term, negative(body.at(twin))))
            return Said(expr, bind("max", body.index, bind("max", twin, gap)))

        return self.over(scope, build)

    # ---- vectors and linear maps

    def vector(self, depth: int, scope: Names) -> Said:
        """A vector."""
        if depth <= 0 or self.random.random() < 0.15:
            place = self.make.index(list(scope))
            if place is None or self.random.random() < 0.2:
                name = self.random.choice("pq")
                return Said(self.words.vector(name), Term("vector", name))
            name = self.random.choice(VECTORS)
            expr = self.words.vectors[name][self.words.index(place, scope)]
            return Said(expr, Term("ventry", name, place))
        return self.random.choice(VECTOR)(self, depth - 1, scope)

    def inner(self, depth: int, scope: Names) -> Said:
        left, right = self.vector(depth, scope), self.vector(depth, scope)
        return Said(inner(left.expr, right.expr), Term("inner", left.term, right.term))

    def norm(self, depth: int, scope: Names) -> Said:
        inside = self.vector(depth, scope)
        return Said(norm(inside.expr), Term("norm", inside.term))

    def scaled(self, depth: int, scope: Names) -> Said:
        factor, inside = self.real(depth, scope), self.vector(depth, scope)
        return Said(factor.expr * inside.expr, mul(factor.term, inside.term))

    def apply(self, depth: int, scope: Names) -> Said:
        linear, inside = self.linear(depth, scope), self.vector(depth, scope)
        return Said(linear.map(inside.expr), linear.act(inside.term, False))

    def linear(self, depth: int, scope: Names) -> SaidMap:
        """A linear map."""
        if depth <= 0 or self.random.random() < 0.25:
            name = self.random.choice(LINEAR)
            return SaidMap(self.words.linear(name), lambda u, flip: Term("apply", name, flip, u))
        return self.random.choice(LINEAR_MAPS)(self, depth - 1, scope)

    def outer(self, depth: int, scope: Names) -> SaidMap:
        left, right = self.vector(depth, scope), self.vector(depth, scope)

        def act(u: Term, flip: bool) -> Term:
            along, against = (right, left) if flip else (left, right)
            return mul(Term("inner", against.term, u), along.term)

        return SaidMap(outer(left.expr, right.expr), act)

    def projection(self, depth: int, scope: Names) -> SaidMap:
        along = self.vector(depth, scope)
        square = Term("inner", along.term, along.term)

        def act(u: Term, flip: bool) -> Term:
            share = mul(Term("inner", along.term, u), power(square, -1))
            return add(u, negative(mul(share, along.term)))

        return SaidMap(projection_off(along.expr), act)

    def composed(self, depth: int, scope: Names) -> SaidMap:
        after, before = self.linear(depth, scope), self.linear(depth, scope)

        def act(u: Term, flip: bool) -> Term:
            if flip:
                return before.act(after.act(u, True), True)
            return after.act(before.act(u, False), False)

        return SaidMap(after.map @ before.map, act)

    def combined(self, depth: int, scope: Names) -> SaidMap:
        one, other = self.linear(depth, scope), self.linear(depth, scope)
        factor = self.real(depth, scope)
        choice = self.random.random()
        if choice < 0.3:
            return SaidMap(one.map.T, lambda u, flip: one.act(u, not flip))
        if choice < 0.6:
            both = lambda u, flip: add(one.act(u, flip), negative(other.act(u, flip)))  # noqa: E731
            return SaidMap(one.map - other.map, both)
        scaled = lambda u, flip: mul(factor.term, one.act(u, flip))  # noqa: E731
        return SaidMap(factor.expr * one.map, scaled)

    def map_sum(self, depth: int, scope: Names) -> SaidMap:
        domain, target = self.set(scope)
        loose, element = index(self.random.choice("jtk")), fresh(target)
        inside = self.linear(depth, within(scope, element, loose))

        def act(u: Term, flip: bool) -> Term:
            return add(mul(0, u), bind("sum", element, inside.act(u, flip)))

        return SaidMap(MapSetSum(inside.map, loose, domain), act)

    # ---- propositions

    def proposition(self, depth: int, scope: Names) -> SaidClaim:
        """A proposition."""
        choice = self.random.random()
        if choice < 0.15:
            domain, target = self.set(scope)
            if self.random.random() < 0.5:
                return SaidClaim(non_empty(domain), Term("nonempty", target))
            return SaidClaim(Empty(domain), Term("empty", target))
        if choice < 0.5 and depth:
            domain, target = self.set(scope)
            loose, element = index(self.random.choice("jtk")), fresh(target)
            inside = self.proposition(depth - 1, within(scope, element, loose))
            every = self.random.random() < 0.6
            claim = (for_all if every else there_is)(loose, domain, inside.claim)
            return SaidClaim(claim, bind("all" if every else "exists", element, inside.term))
        if choice < 0.6:
            left, right = self.vector(depth, scope), self.vector(depth, scope)
            return SaidClaim(equal(left.expr, right.expr), relation("eq", left.term, right.term))
        left, right = self.pair(depth, scope)
        word, op = self.random.choice(((equal, "eq"), (at_most, "le"), (less, "lt")))
        return SaidClaim(word(left.expr, right.expr), relation(op, left.term, right.term))


class Body:
    """The body of a binder: said once, with the index the language offers for it."""

    def __init__(
        self, speaker: Speaker, scope: Names, target: Term, element: Term | None = None
    ) -> None:
        self.scope, self.target = scope, target
        self.index = fresh(target) if element is None else element
        self.term = number(0)

    def say(self, element: Basic, say: Callable[[int, Names], Said], depth: int) -> Expr:
        """The body in the language, with `element` for its index."""
        found = say(depth, within(self.scope, self.index, element))
        self.term = found.term
        return found.expr

    def at(self, place: Term) -> Term:
        """What the body means at another index."""
        return substitute(self.term, self.index, place)

    def over(self, op: str, wrap: Callable[[Term], Term] = lambda f: f) -> Term:
        """What the sum, max or min over the set means."""
        if op == "min":
            return negative(bind("max", self.index, negative(wrap(self.term))))
        return bind(op, self.index, wrap(self.term))


def within(scope: Names, element: Term, name: Basic) -> Names:
    """The scope inside a binder; its index hides one that is the same in the language."""
    return {one: known for one, known in scope.items() if known != name} | {element: name}


def _sum_of_two(speaker: Speaker, depth: int, scope: Names) -> Said:
    left, right = speaker.pair(depth, scope)
    return Said(left.expr + right.expr, add(left.term, right.term))


def _gap(speaker: Speaker, depth: int, scope: Names) -> Said:
    left, right = speaker.pair(depth, scope)
    return Said(left.expr - right.expr, add(left.term, negative(right.term)))


def _product(speaker: Speaker, depth: int, scope: Names) -> Said:
    left, right = speaker.pair(depth, scope)
    return Said(left.expr * right.expr, mul(left.term, right.term))


def _vector_sum(speaker: Speaker, depth: int, scope: Names) -> Said:
    left, right = speaker.vector(depth, scope), speaker.vector(depth, scope)
    return Said(left.expr - right.expr, add(left.term, negative(right.term)))


Say = Callable[[Speaker, int, Names], Said]
REAL: tuple[Say, ...] = (
    _sum_of_two,
    _gap,
    _product,
    lambda s, d, n: s.bind(n, d, "sum"),
    lambda s, d, n: s.bind(n, d, "sum"),
    lambda s, d, n: s.bind(n, d, "max"),
    lambda s, d, n: s.bind(n, d, "min"),
    Speaker.function,
    Speaker.function,
    Speaker.power,
    Speaker.quotient,
    Speaker.extremum,
    Speaker.name,
    Speaker.log_sum_exp,
    Speaker.softmax,
    Speaker.mean,
    Speaker.spread,
    Speaker.inner,
    Speaker.norm,
)
VECTOR: tuple[Say, ...] = (
    _vector_sum,
    Speaker.scaled,
    lambda s, d, n: s.bind(n, d, "sum", vector=True),
    lambda s, d, n: s.mean(d, n, vector=True),
    lambda s, d, n: s.name(d, n, vector=True),
    Speaker.apply,
    Speaker.apply,
    Speaker.apply,
)
LINEAR_MAPS: tuple[Callable[[Speaker, int, Names], SaidMap], ...] = (
    Speaker.outer,
    Speaker.projection,
    Speaker.composed,
    Speaker.combined,
    Speaker.combined,
    Speaker.map_sum,
    lambda s, d, n: SaidMap(Identity(), lambda u, flip: u),
)
