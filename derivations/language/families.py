"""Numbers, vectors, and families of them indexed by tokens."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Basic, Expr, Symbol
from sympy.core.symbol import Str

from derivations.language.errors import IllSorted, LanguageError
from derivations.language.printed import Printed
from derivations.language.sets import Bound, Index, IndexMap, MapValue, check_name


class VectorExpr(Printed, Expr):
    """A vector in a real inner-product space.  Sums and real multiples are SymPy's own."""

    is_commutative = True

    def _eval_power(self, exponent: Expr) -> Expr:
        raise IllSorted(f"{self}**{exponent}: a vector has no power; write inner(u, v) or norm(u)")

    def __pow__(self, exponent: Expr) -> Expr:
        return self if exponent == 1 else self._eval_power(exponent)

    def __abs__(self) -> Expr:
        raise IllSorted(f"|{self}|: write norm(...) for the length of a vector")


class Vector(VectorExpr):
    """A vector with a name, such as the query q_i of one token."""

    @property
    def name(self) -> str:
        return self.args[0].name


class Entry(Printed, Expr):
    """s_t: the number that a family has at one index (or at several)."""

    is_commutative = True
    is_real = True

    @property
    def name(self) -> str:
        return self.args[0].name

    @property
    def indices(self) -> tuple[Basic, ...]:
        return self.args[1:]


class VectorEntry(VectorExpr):
    """v_t: the vector that a family has at one index (or at several)."""

    @property
    def name(self) -> str:
        return self.args[0].name

    @property
    def indices(self) -> tuple[Basic, ...]:
        return self.args[1:]


class Family:
    """A family over tokens: `s[t]` or `s(t)`; `k @ w` is the family j ↦ k_{w(j)}."""

    def __init__(self, name: str, member: type[Entry] | type[VectorEntry]) -> None:
        check_name(name, "a family")
        self.name = name
        self._member = member

    def __getitem__(self, indices: Basic | tuple[Basic, ...]) -> Expr:
        chosen = indices if isinstance(indices, tuple) else (indices,)
        if not chosen:
            raise LanguageError(f"{self.name}(): a family needs an index; see scalar and vector")
        for one in chosen:
            if not isinstance(one, Index | Bound | MapValue):
                raise LanguageError(
                    f"{self.name}[{one}]: {one!r} is not an index; make one with index(...)"
                )
        return self._member(Str(self.name), *chosen)

    def __call__(self, *indices: Basic) -> Expr:
        return self[indices]

    def __matmul__(self, index_map: IndexMap) -> Callable[[Basic], Expr]:
        if not isinstance(index_map, IndexMap):
            raise LanguageError(f"{self.name} @ {index_map!r}: the right side must be an index map")
        return lambda argument: self[index_map(argument)]

    def __repr__(self) -> str:
        return f"<family {self.name}>"

    def _repr_latex_(self) -> str:
        from derivations.language.printing import latex_text

        return f"${latex_text(self)}$"


def scalar(name: str) -> Symbol:
    """A real number with a name.

    >>> print(scalar("eta_max") + 1)
    eta_max + 1
    """
    check_name(name, "a number")
    return Symbol(name, real=True)


def scalars(name: str) -> Family:
    """A family of real numbers, such as the logits s_t.

    >>> from derivations.language import index_set
    >>> N = index_set("N")
    >>> print(scalars("s")[N.index("j")])
    s_j
    """
    return Family(name, Entry)


def vector(name: str) -> Vector:
    """A vector with a name.

    >>> print(2 * vector("q_i"))
    2*q_i
    """
    check_name(name, "a vector")
    return Vector(Str(name))


def vectors(name: str) -> Family:
    """A family of vectors, such as the values v_t.

    >>> from derivations.language import cluster_map, index_sets
    >>> F, N = index_sets("F", "N")
    >>> a = cluster_map("a", F, N)
    >>> v = vectors("v")
    >>> print(v[F.index("t")] - (v @ a)(F.index("t")))
    v_t - v_{a(t)}
    """
    return Family(name, VectorEntry)
