"""The vocabulary of `kernel_terms` in the language: sets, indices and maps, said in SymPy.

This is the way back, from kernel terms of sets and indices to the language; it is written apart
from the reading, and the reading must undo it.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Basic

from derivations.kernel.terms import Term
from derivations.language import (
    LanguageError,
    Singleton,
    cluster_map,
    index_set,
    index_sets,
    linear_map,
    scalar,
    scalars,
    vector,
    vectors,
    winner_map,
)
from derivations.language.sets import IndexMap, IndexSet, MapValue, Range, SetExpr
from tests.fuzz import kernel_terms as kernel

Names = dict[Term, Basic]
"""What each kernel index in scope is called in the language."""


class Words:
    """Symbols of one statement; with `inhabited`, N and K are declared non-empty."""

    def __init__(self, inhabited: bool) -> None:
        F, N = index_sets("F", "N", nonempty=("N",) if inhabited else ())
        K, M = index_set("K", nonempty=inhabited), index_set("M")
        C, E = index_set("C", subset_of=N), index_set("E", subset_of=F)
        D, P = index_set("D", subset_of=C), index_set("P", subset_of=K)
        self.s, self.v = scalars("s"), vectors("v")
        a, b = cluster_map("a", F, N), cluster_map("b", N, N)
        w = winner_map("w", N, a.group, by=self.s)
        maps = (a, b, cluster_map("c", K, C), cluster_map("d", F | N, D), w)
        sets = (F, N, K, M, C, D, E, P)
        self.sets: dict[Term, IndexSet] = dict(zip(kernel.BASES, sets, strict=True))
        self.maps: dict[Term, IndexMap] = dict(zip(kernel.MAPS, maps, strict=True))
        self.numbers = {name: scalars(name) for name in (*kernel.NUMBERS, "r")}
        self.vectors = {name: vectors(name) for name in kernel.VECTORS}
        self.scalar, self.vector, self.linear = scalar, vector, linear_map

    def set(self, target: Term, names: Names) -> SetExpr:
        """The set in the language; LanguageError where the language is stricter than the kernel."""
        if target in self.sets:
            return self.sets[target]
        match target.op:
            case "union":
                return self.set(target.args[0], names) | self.set(target.args[1], names)
            case "difference":
                return self.set(target.args[0], names) - self.set(target.args[1], names)
            case "single":
                return Singleton(self.index(target.args[0], names))
            case "range":
                return Range(self.maps[target.args[0]])
            case "fibre":
                return self.maps[target.args[0]].fibre(self.index(target.args[1], names))
        raise TypeError(f"{target!r} is not a set of the vocabulary")

    def index(self, element: Term, names: Names) -> Basic:
        """The index in the language."""
        if element.op == "value":
            return MapValue(self.maps[element.args[0]], self.index(element.args[1], names))
        if element not in names:
            raise LanguageError(f"{element!r} is hidden by an index of the same name")
        return names[element]


@lru_cache(maxsize=2)
def words(inhabited: bool) -> Words:
    """The vocabulary; it is never changed, so statements share it."""
    return Words(inhabited)
