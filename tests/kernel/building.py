"""Sets, maps, families and shorthand for the tests of the kernel."""

from collections.abc import Callable
from fractions import Fraction

from derivations.kernel.terms import Term
from derivations.search.build import (
    base,
    entry,
    eq,
    every,
    exp,
    fresh,
    index,
    le,
    log,
    lt,
    maximum,
    nonempty,
    norm,
    tanh,
    total,
    ventry,
)

Body = Callable[[Term], Term]

F, N = base("F", "tokens"), base("N", "tokens")
J, K = base("J"), base("K")
i, j, k_ = index("i", J), index("j", J), index("k", K)
t, n = index("t", F), index("n", N)
A = Term("map", "a", F, N)
BOUND = Term("bound", 0)
W = Term("map", "w", N, Term("union", Term("single", BOUND), Term("fibre", A, BOUND)))
x, y, z, c = (Term("scalar", name) for name in "xyzc")
p, q = Term("vector", "p"), Term("vector", "q")
f, g, s = entry("f"), entry("g"), entry("s")
u, v = ventry("u"), ventry("v")
ZERO = Term("zero")
HALF = Fraction(1, 2)
VACUOUS = Term("empty", J)


def union(left: Term, right: Term) -> Term:
    """A ⊔ B."""
    return Term("union", left, right)


def single(member: Term) -> Term:
    """{i}."""
    return Term("single", member)


def without(whole: Term, part: Term) -> Term:
    """A ∖ B."""
    return Term("difference", whole, part)


def part_of(whole: Term, name: str = "C") -> Term:
    """A declared subset."""
    return Term("subset", name, whole)


def value(mapping: Term, argument: Term) -> Term:
    """a(i)."""
    return Term("value", mapping, argument)


def fibre(mapping: Term, point: Term) -> Term:
    """a⁻¹(j)."""
    return Term("fibre", mapping, point)


def image(mapping: Term) -> Term:
    """The range of a map."""
    return Term("range", mapping)


def empty(target: Term) -> Term:
    """A = ∅."""
    return Term("empty", target)


def nonzero(term: Term) -> Term:
    """x ≠ 0."""
    return Term("nonzero", term)


def some(target: Term, body: Body) -> Term:
    """∃ over the set."""
    inside = every(target, body)
    return Term("exists", *inside.args)


def power(term: Term, exponent: int | Fraction) -> Term:
    """x to a power."""
    return Term("power", term, Fraction(exponent))


def size(target: Term) -> Term:
    """|A|."""
    return total(target, lambda _: Term("number", Fraction(1)))


def linear(vector: Term, name: str = "L", transposed: bool = False) -> Term:
    """L v, or Lᵀ v."""
    return Term("apply", name, transposed, vector)


__all__ = [
    "BOUND", "HALF", "VACUOUS", "ZERO", "A", "Body", "F", "J", "K", "N", "W", "base", "c", "empty",
    "entry", "eq", "every", "exp", "f", "fibre", "fresh", "g", "i", "image", "index", "j", "k_",
    "le", "linear", "log", "lt", "maximum", "n", "nonempty", "nonzero", "norm", "p", "part_of",
    "power", "q", "s", "single", "size", "some", "t", "tanh", "total", "u", "union", "v", "value",
    "ventry", "without", "x", "y", "z",
]  # fmt: skip
