"""Reading: from a SymPy statement to kernel terms.  TRUSTED, with the kernel.

What is proved is what this file reads.  Defined words (softmax, log-sum-exp, diameter, minimum) and
the algebra of linear maps are spelled out here, in kernel terms: SymPy would simplify on the way,
e^(log x) to x and W v − W v to 0, and what is undefined would become defined.  Maxima of two
numbers and absolute values become norms.  Every bound index is opened with a fresh kernel index and
closed again, so no name can be captured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache

from sympy import Abs, Add, Basic, E, Max, Min, Mul, Pow, Rational, Symbol, exp, log, tanh

from derivations.kernel.terms import Term, add, bind, close, mul, relation, substitute
from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Cardinality,
    Diameter,
    LogSumExp,
    Named,
    Oscillation,
    Softmax,
    SoftmaxMean,
)
from derivations.language.errors import FreeIndex, IllSorted, LanguageError
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import (
    Apply,
    Composition,
    Identity,
    Inner,
    LinearMap,
    MapSetSum,
    MapSum,
    NamedMap,
    Norm,
    Outer,
    ProjectionOff,
    Scaled,
    Transpose,
)
from derivations.language.propositions import (
    AtMost,
    Empty,
    Equal,
    Exists,
    ForAll,
    Less,
    NonEmpty,
    Proposition,
)
from derivations.language.sets import (
    Difference,
    Fibre,
    Index,
    IndexMap,
    IndexSet,
    MapValue,
    Range,
    SetExpr,
    Singleton,
    Union,
)
from derivations.language.sorts import Sort, sort_of
from derivations.language.statements import Relation, Statement
from derivations.terms import child, neg, number, power

ZERO = Term("zero")
_FUNCTIONS = {exp: "exp", log: "log", tanh: "tanh"}
_RELATIONS = {Equal: "eq", AtMost: "le", Less: "lt"}
_QUANTIFIERS = {ForAll: "all", Exists: "exists"}


@lru_cache(maxsize=2048)
def read(expr: Basic, sort: Sort | None = None) -> Term:
    """The kernel term of a number or a vector.

    `sort` says how to read a 0 that fits both.  Raises LanguageError for what the kernel has no
    word for.
    """
    return _Reader().value(expr, sort or sort_of(expr))


@lru_cache(maxsize=2048)
def read_proposition(claim: Proposition) -> Term:
    """The kernel proposition of a hypothesis or a claim."""
    return _Reader().proposition(claim)


def read_claim(statement: Statement) -> Term:
    """The kernel proposition that a statement claims, its hypotheses left aside.

    An approximation reads ‖left − right‖ ≤ budget with the two sides as they stand: nothing
    cancels before the kernel sees it.
    """
    if statement.relation is not Relation.APPROX or statement.budget is None:
        return read_proposition(statement.claim)
    kinds = (sort_of(statement.left), sort_of(statement.right))
    sort = Sort.VECTOR if Sort.VECTOR in kinds else Sort.NUMBER
    near, far = read(statement.left, sort), read(statement.right, sort)
    return relation("le", Term("norm", add(near, neg(far))), read(statement.budget, Sort.NUMBER))


def read_set(domain: SetExpr) -> Term:
    """The kernel term of an index set without bound indices."""
    return _Reader().set(domain)


def read_index(element: Basic) -> Term:
    """The kernel term of a free index or of a map's value."""
    return _Reader().index(element)


class _Reader:
    """One reading; `scope` holds the kernel index that stands for each open bound index."""

    def __init__(self) -> None:
        self.scope: dict[Basic, Term] = {}
        self.depth = 0

    def value(self, expr: Basic, sort: Sort) -> Term:
        if expr == 0:
            return ZERO if sort is Sort.VECTOR else number(0)
        if isinstance(expr, Named):
            return self.value(expr.meaning, sort)
        if isinstance(expr, Rational):
            return number(Fraction(int(expr.p), int(expr.q)))
        if isinstance(expr, Symbol):
            if not expr.is_real:
                raise LanguageError(f"{expr} may be complex; make it with scalar({expr.name!r})")
            return Term("scalar", expr.name)
        if isinstance(expr, Entry):
            return Term("entry", expr.name, *map(self.index, expr.indices))
        if isinstance(expr, VectorEntry):
            return Term("ventry", expr.name, *map(self.index, expr.indices))
        if isinstance(expr, Vector):
            return Term("vector", expr.name)
        if isinstance(expr, Add):
            return add(*(self.value(one, sort) for one in _ordered(expr.args)))
        if isinstance(expr, Mul):
            return mul(*(self.value(one, sort_of(one)) for one in _ordered(expr.args)))
        if isinstance(expr, Cardinality):
            return Term("sum", self.set(expr.args[0]), number(1))
        if isinstance(expr, Binder):
            return self.word(expr, sort)
        return self.function(expr)

    def word(self, expr: Binder, sort: Sort) -> Term:
        """A sum, a maximum, or a word for something made of them."""
        of_vectors = isinstance(expr, Diameter) and sort_of(expr.body) is Sort.VECTOR
        kind = sort if isinstance(expr, SetSum) else Sort.VECTOR if of_vectors else Sort.NUMBER
        with self.opened(expr.bound, self.set(expr.domain)) as element:
            body = self.value(expr.body, kind)
            if isinstance(expr, Diameter):
                with self.opened(expr.bound, child(element, 1)) as other:
                    gap = add(body, neg(substitute(body, element, other)))
                    return bind("max", element, bind("max", other, Term("norm", gap)))
            if isinstance(expr, SetSum):
                return bind("sum", element, body)
            weight, less = Term("exp", body), neg(body)
            if isinstance(expr, SoftmaxMean):
                share = bind("sum", element, mul(weight, self.value(expr.value, sort)))
        match expr:
            case SetMax():
                return bind("max", element, body)
            case SetMin():
                return neg(bind("max", element, less))
            case Oscillation():
                return add(bind("max", element, body), bind("max", element, less))
            case LogSumExp():
                return Term("log", bind("sum", element, weight))
            case Softmax():
                chosen = substitute(weight, element, self.index(expr.at))
                return mul(chosen, power(bind("sum", element, weight), -1))
            case SoftmaxMean():
                return mul(share, power(bind("sum", element, weight), -1))
        raise LanguageError(f"{expr}: the kernel has no word for {type(expr).__name__}")

    def function(self, expr: Basic) -> Term:
        kind = type(expr)
        if kind in _FUNCTIONS and len(expr.args) == 1:
            return Term(_FUNCTIONS[kind], self.real(expr.args[0]))
        if isinstance(expr, Norm):
            return Term("norm", self.value(expr.args[0], Sort.VECTOR))
        if isinstance(expr, Abs):
            return Term("norm", self.real(expr.args[0]))
        if isinstance(expr, Inner):
            return Term("inner", *(self.value(one, Sort.VECTOR) for one in expr.args))
        if isinstance(expr, Apply):
            return self.act(expr.args[0], self.value(expr.args[1], Sort.VECTOR), False)
        if isinstance(expr, Pow):
            return self.power(expr)
        if isinstance(expr, Max | Min):
            return self.extremum([self.real(one) for one in _ordered(expr.args)], kind)
        if expr is E:
            return Term("exp", number(1))
        raise LanguageError(f"{expr}: the kernel has no word for {kind.__name__}")

    def real(self, expr: Basic) -> Term:
        if sort_of(expr) is Sort.VECTOR:
            raise IllSorted(f"{expr} is a vector where a number belongs; use norm or inner")
        return self.value(expr, Sort.NUMBER)

    def power(self, expr: Pow) -> Term:
        base, exponent = expr.args
        if not isinstance(exponent, Rational):
            raise LanguageError(f"{expr}: only rational powers; write exp(b*log(a)) for a**b")
        return power(self.real(base), Fraction(int(exponent.p), int(exponent.q)))

    def extremum(self, values: list[Term], kind: type) -> Term:
        """max(a, b) = (a + b + |a − b|)/2 and min(a, b) = (a + b − |a − b|)/2, folded."""
        result = values[0]
        for value in values[1:]:
            gap = Term("norm", add(result, neg(value)))
            sign = gap if kind is Max else neg(gap)
            result = mul(Fraction(1, 2), add(result, value, sign))
        return result

    def act(self, linear: LinearMap, vector: Term, flip: bool) -> Term:
        """W v, or Wᵀ v if `flip`, for a named map W or one made of such."""
        match linear:
            case NamedMap():
                return Term("apply", linear.name, flip, vector)
            case Identity():
                return vector
            case Transpose():
                return self.act(linear.args[0], vector, not flip)
            case Composition():
                last, first = reversed(linear.args) if flip else linear.args
                return self.act(last, self.act(first, vector, flip), flip)
            case MapSum():
                return add(*(self.act(part, vector, flip) for part in linear.args))
            case Scaled():
                return mul(self.real(linear.args[0]), self.act(linear.args[1], vector, flip))
            case MapSetSum():
                with self.opened(linear.bound, self.set(linear.domain)) as element:
                    total = bind("sum", element, self.act(linear.body, vector, flip))
                return add(total, mul(0, vector))  # over no map at all, v must still have a value
        parts = [self.value(part, Sort.VECTOR) for part in linear.args]
        if isinstance(linear, Outer):
            along, against = reversed(parts) if flip else parts
            return mul(Term("inner", against, vector), along)
        if isinstance(linear, ProjectionOff):
            (u,) = parts
            share = mul(Term("inner", u, vector), power(Term("inner", u, u), -1))
            return add(vector, neg(mul(share, u)))
        raise LanguageError(f"{linear}: the kernel has no word for {type(linear).__name__}")

    @contextmanager
    def opened(self, bound: Basic, domain: Term) -> Iterator[Term]:
        """A kernel index, unlike any other that is open, for the bound index inside."""
        element, outside = Term("index", self.depth, domain), self.scope
        self.scope, self.depth = {**outside, bound: element}, self.depth + 1
        try:
            yield element
        finally:
            self.scope, self.depth = outside, self.depth - 1

    def index(self, element: Basic) -> Term:
        if isinstance(element, MapValue):
            return Term("value", self.map(element.map), self.index(element.argument))
        if element in self.scope:
            return self.scope[element]
        if isinstance(element, Index) and element.domain is not None:
            return Term("index", element.name, self.set(element.domain))
        raise FreeIndex(f"the index {element.name} is free; bind it or give it its set")

    def map(self, index_map: IndexMap) -> Term:
        source = self.set(index_map.source)
        parameter, target = index_map.args[2:4]
        with self.opened(parameter, source) as element:
            return Term("map", index_map.name, source, close(self.set(target), element))

    def set(self, domain: SetExpr) -> Term:
        if isinstance(domain, IndexSet):
            if domain.parent is not None:
                return Term("subset", domain.name, self.set(domain.parent))
            return Term("base", domain.name, domain.group)
        if isinstance(domain, Singleton):
            return Term("single", self.index(domain.args[0]))
        if isinstance(domain, Fibre):
            return Term("fibre", self.map(domain.args[0]), self.index(domain.args[1]))
        if isinstance(domain, Range):
            return Term("range", self.map(domain.args[0]))
        if isinstance(domain, Union | Difference):
            op = "union" if isinstance(domain, Union) else "difference"
            return Term(op, *map(self.set, domain.args))
        raise LanguageError(f"{domain!r} is not an index set of the language")

    def proposition(self, claim: Proposition) -> Term:
        kind = type(claim)
        if kind in _RELATIONS:
            kinds = {sort_of(side) for side in claim.args} - {Sort.ZERO}
            if len(kinds) > 1:
                raise IllSorted(f"{claim}: one side is a vector, the other a number")
            sort = kinds.pop() if kinds else Sort.NUMBER
            return relation(_RELATIONS[kind], *(self.value(side, sort) for side in claim.args))
        if kind in _QUANTIFIERS:
            with self.opened(claim.bound, self.set(claim.domain)) as element:
                return bind(_QUANTIFIERS[kind], element, self.proposition(claim.body))
        if isinstance(claim, NonEmpty | Empty):
            op = "nonempty" if isinstance(claim, NonEmpty) else "empty"
            return Term(op, self.set(claim.args[0]))
        raise LanguageError(f"{claim!r} is not a proposition of the language")


def _ordered(arguments: tuple[Basic, ...]) -> list[Basic]:
    """SymPy orders sums and products by hash at times; the kernel term must not depend on it."""
    return sorted(arguments, key=lambda one: one.sort_key())
