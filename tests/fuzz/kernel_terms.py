"""Random kernel terms over a fixed vocabulary: every operator, nested binders, sets of all kinds.

F and N are disjoint; K and M may overlap with them and with each other; C and D are parts of N,
E is a part of F, P one of K.  a, c and d map into N, b maps N into N, w sends j into the group
of j.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import count
from random import Random

from derivations.kernel.sets import check_statement, member
from derivations.kernel.terms import KernelError, Term, add, bind, mul, relation
from derivations.terms import number, power

GROUP = "F,N"
F, N = (Term("base", name, GROUP) for name in "FN")
K, M = (Term("base", name, "") for name in "KM")
C, E = Term("subset", "C", N), Term("subset", "E", F)
D = Term("subset", "D", C)
P = Term("subset", "P", K)
FN = Term("union", F, N)
a, b = Term("map", "a", F, N), Term("map", "b", N, N)
c, d = Term("map", "c", K, C), Term("map", "d", FN, D)
_GROUP_OF = Term("union", Term("single", Term("bound", 0)), Term("fibre", a, Term("bound", 0)))
w = Term("map", "w", N, _GROUP_OF)
MAPS = (a, b, c, d, w)
BASES = (F, N, K, M, C, D, E, P)
x, y, z = (Term("scalar", name) for name in "xyz")
NUMBERS, VECTORS, LINEAR = "suh", "vek", "WU"
_fresh = count()


def value(mapping: Term, index: Term) -> Term:
    """The map at an index."""
    return Term("value", mapping, index)


def fresh(target: Term) -> Term:
    """An index of the set that occurs nowhere else."""
    return Term("index", f"_{next(_fresh)}", target)


def over(op: str, target: Term, body: Callable[[Term], Term]) -> Term:
    """A sum, max or quantifier over the set."""
    index = fresh(target)
    return bind(op, index, body(index))


class Maker:
    """Makes random terms; `scope` lists the indices a term may mention."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def index(self, scope: list[Term]) -> Term | None:
        """An index in scope, or the value of a map at one (of a map at that, at times)."""
        if not scope:
            return None
        found = self.random.choice(scope)
        while self.chance(0.35):
            fitting = [m for m in MAPS if member(found, m.args[1])]
            if not fitting:
                break
            found = value(self.random.choice(fitting), found)
        return found

    def set(self, scope: list[Term]) -> Term:
        """A set: a named one, or built from an index in scope, or from two sets."""
        here = self.index(scope)
        kinds = [*BASES, F, N, F, N, K, FN, Term("union", E, N), Term("union", C, F)]
        kinds += [Term("difference", whole, part) for whole, part in ((N, C), (F, E), (K, P))]
        kinds += [Term("range", m) for m in (a, b, c, d)]
        if here is not None and self.chance(0.6):
            kinds = [Term("single", here)]
            kinds += [Term("difference", s, Term("single", here)) for s in (F, N, C, FN, K)]
            kinds += [Term("fibre", m, here) for m in (a, b, c, d)]
            kinds += [Term("union", Term("single", here), Term("fibre", m, here)) for m in (a, c)]
            kinds += [Term("union", Term("fibre", a, here), s) for s in (N, C)]
            kinds += [Term("difference", F, Term("fibre", a, here))]
            kinds = [kind for kind in kinds if well_built(kind)]
        return self.random.choice(kinds)

    def family(self, name: str, op: str, scope: list[Term]) -> Term | None:
        here = self.index(scope)
        return None if here is None else Term(op, name, here)

    def fraction(self) -> Fraction:
        return Fraction(self.random.randint(-3, 3), self.random.choice((1, 1, 2, 3)))

    def leaf(self, scope: list[Term]) -> Term:
        """A number, a scalar or a member of a family, of two indices at times."""
        if self.chance(0.2):
            return number(self.fraction())
        one, other = self.index(scope), self.index(scope)
        if one is None or other is None or self.chance(0.2):
            return self.random.choice((x, y))
        if self.chance(0.15):
            return Term("entry", "r", one, other)
        return Term("entry", self.random.choice(NUMBERS), one)

    def real(self, depth: int, scope: list[Term]) -> Term:
        """A real term."""
        if depth <= 0 or self.chance(0.12):
            return self.leaf(scope)
        make = self.random.choice(_REAL)
        return make(self, depth - 1, scope)

    def vector(self, depth: int, scope: list[Term]) -> Term:
        """A vector term."""
        if depth <= 0 or self.chance(0.2):
            found = self.family(self.random.choice(VECTORS), "ventry", scope)
            if self.chance(0.05):
                return Term("zero")
            if found is None or self.chance(0.25):
                return Term("vector", self.choice("pq"))
            return found
        make = self.random.choice(_VECTOR)
        return make(self, depth - 1, scope)

    def choice(self, options: str) -> str:
        return self.random.choice(options)

    def binder(self, op: str, depth: int, scope: list[Term], vector: bool = False) -> Term:
        target = self.set(scope)
        body = self.vector if vector else self.real
        return over(op, target, lambda index: body(depth, [*scope, index, index]))

    def positive(self, depth: int, scope: list[Term]) -> Term:
        """A term that is often known to be positive, or at least not negative."""
        kinds = (
            lambda: Term("exp", self.real(depth, scope)),
            lambda: add(1, power(self.real(depth, scope), 2)),
            lambda: add(Term("norm", self.real(depth, scope)), Term("exp", self.leaf(scope))),
            lambda: self.mass(depth, scope),
            lambda: self.mass(depth, scope),
            lambda: Term("norm", self.vector(depth, scope)),
            lambda: over("sum", self.set(scope), lambda index: number(1)),
            lambda: mul(self.leaf(scope), self.leaf(scope)),
            lambda: self.leaf(scope),
        )
        return self.random.choice(kinds)()

    def mass(self, depth: int, scope: list[Term]) -> Term:
        """Σ e^f."""
        target = self.set(scope)
        return over("sum", target, lambda i: Term("exp", self.real(depth - 1, [*scope, i])))

    def mean(self, depth: int, scope: list[Term]) -> Term:
        """Σ e^f g / Σ e^f."""
        index = fresh(self.set(scope))
        weight = Term("exp", self.real(min(depth, 1) - 1, [*scope, index, index]))
        inside = self.real(depth - 1, [*scope, index])
        below = power(bind("sum", index, weight), -1)
        return bind("sum", index, mul(weight, below, inside))

    def relation(self, depth: int, scope: list[Term]) -> Term:
        """a ≤ b, a < b or a = b."""
        if self.chance(0.15):
            return relation("eq", self.vector(depth, scope), self.vector(depth, scope))
        kind = self.random.choice(("le", "lt", "eq"))
        return relation(kind, self.real(depth, scope), self.real(depth, scope))

    def proposition(self, depth: int, scope: list[Term]) -> Term:
        """Any proposition, quantified up to twice."""
        choice = self.random.random()
        if choice < 0.2:
            return Term(self.random.choice(("nonempty", "empty")), self.set(scope))
        if choice < 0.25:
            return Term("nonzero", self.real(depth, scope))
        if choice < 0.55 and depth:
            op = self.random.choice(("all", "all", "all", "exists"))
            target = self.set(scope)
            return over(op, target, lambda i: self.proposition(depth - 1, [*scope, i, i]))
        return self.relation(depth, scope)


def _halved(make: Maker, depth: int, scope: list[Term]) -> Term:
    argument = make.positive(depth, scope)
    if make.chance(0.5):
        argument = mul(argument, argument)
    exponents = (Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(1, 3), Fraction(-2, 3))
    return power(argument, make.random.choice(exponents))


def _square(make: Maker, depth: int, scope: list[Term]) -> Term:
    return power(make.real(depth, scope), make.random.choice((2, 2, 3)))


def _difference(make: Maker, depth: int, scope: list[Term]) -> Term:
    return add(make.real(depth, scope), mul(-1, make.real(depth, scope)))


_REAL: tuple[Callable[[Maker, int, list[Term]], Term], ...] = (
    lambda m, d, s: add(m.real(d, s), m.real(d, s)),
    _difference,
    lambda m, d, s: mul(m.real(d, s), m.real(d, s)),
    lambda m, d, s: m.binder("sum", d, s),
    lambda m, d, s: m.binder("sum", d, s),
    lambda m, d, s: m.binder("sum", d, s),
    lambda m, d, s: m.binder("max", d, s),
    lambda m, d, s: m.binder("max", d, s),
    Maker.mass,
    Maker.mean,
    lambda m, d, s: Term("exp", mul(Fraction(1, 2), m.real(d, s))),
    lambda m, d, s: Term("log", m.positive(d, s)),
    lambda m, d, s: Term("tanh", m.real(d, s)),
    lambda m, d, s: mul(m.real(d, s), power(m.positive(d, s), -1)),
    lambda m, d, s: mul(m.real(d, s), power(m.positive(d, s), -1)),
    _square,
    _halved,
    lambda m, d, s: Term("norm", m.real(d, s)),
    lambda m, d, s: Term("norm", m.vector(d, s)),
    lambda m, d, s: Term("inner", m.vector(d, s), m.vector(d, s)),
    lambda m, d, s: over("sum", m.set(s), lambda i: number(1)),
)
_VECTOR: tuple[Callable[[Maker, int, list[Term]], Term], ...] = (
    lambda m, d, s: add(m.vector(d, s), m.vector(d, s)),
    lambda m, d, s: add(m.vector(d, s), mul(-1, m.vector(d, s))),
    lambda m, d, s: mul(m.real(d, s), m.vector(d, s)),
    lambda m, d, s: m.binder("sum", d, s, vector=True),
    lambda m, d, s: Term("apply", m.choice(LINEAR), m.chance(0.5), m.vector(d, s)),
)


def well_built(target: Term) -> bool:
    """Whether a set expression is well formed."""
    try:
        check_statement(Term("nonempty", target))
    except KernelError:
        return False
    return True


def free_scope(make: Maker) -> list[Term]:
    """Up to two free indices, of a set that mentions the first one at times."""
    scope: list[Term] = []
    for name in "ij"[: make.random.choice((0, 0, 1, 1, 2))]:
        scope.append(Term("index", name, make.set(scope)))
    return scope


def change(term: Term, make: Maker) -> Term:
    """The term with one small mistake in it: a number, name, set, operator or binder changed."""
    places = list(_places(term))
    for _ in range(8):
        path, node = make.random.choice(places)
        try:
            new = _changed(node, make)
            if new is not None and new != node:
                return _put(term, path, new)
        except (KernelError, TypeError):
            continue
    return term


def _places(term: Term, path: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], Term]]:
    found = [(path, term)]
    if term.op in ("map", "base", "subset"):
        return found
    for position, part in enumerate(term.args):
        if type(part) is Term:
            found += _places(part, (*path, position))
    return found


def _put(term: Term, path: tuple[int, ...], new: Term) -> Term:
    if not path:
        return new
    parts = list(term.args)
    parts[path[0]] = _put(parts[path[0]], path[1:], new)
    return Term(term.op, *parts)


def _changed(node: Term, make: Maker) -> Term | None:
    match node.op:
        case "bound":
            return Term("bound", make.random.choice((0, 1)))
        case "number":
            return number(node.args[0] + make.random.choice((-1, 1)))
        case "power":
            return power(node.args[0], node.args[1] + make.random.choice((-1, 1)))
        case "entry" if len(node.args) == 3:
            return Term("entry", node.args[0], *node.args[:0:-1])
        case "entry" | "ventry":
            names = NUMBERS if node.op == "entry" else VECTORS
            return Term(node.op, make.choice(names), node.args[1])
        case "base" | "subset" | "range" | "difference" | "union":
            return make.random.choice((F, N, K, C, FN, Term("range", a)))
        case "fibre":
            return Term("union", Term("single", node.args[1]), node)
        case "sum" | "max":
            return Term("max" if node.op == "sum" else "sum", *node.args)
        case "add" | "mul" if len(node.args) == 2:
            return Term("add" if node.op == "mul" else "mul", *node.args)
        case "exp" | "log" | "tanh" | "norm":
            return node.args[0]
        case "apply":
            return Term("apply", node.args[0], not node.args[1], node.args[2])
        case "value":
            return node.args[1]
    return None
