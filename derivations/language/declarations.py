"""What the symbols of a statement are: which sets are disjoint, where maps go, where indices are.

No hypothesis says that, and a statement may be true for no other reason: that |a⁻¹(i)| ≥ 1 follows
from w(j) ∈ a⁻¹(j).  So it is printed with every theorem.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sympy import Basic, Symbol
from sympy.core.symbol import Str

from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.indices import Index
from derivations.language.linear import NamedMap
from derivations.language.printed import Printed
from derivations.language.sets import (
    Difference,
    Fibre,
    IndexMap,
    IndexSet,
    MapValue,
    SetExpr,
    Singleton,
    Union,
    index,
    known_subset,
)

Phrase = tuple[str | Basic, ...]
"""Words, and what is printed as a formula between them."""


class Member(Printed, Basic):
    """j ∈ A.  Arguments: an index or a map's value, the set."""


class Subset(Printed, Basic):
    """C ⊆ N.  Arguments: the two sets."""


class Signature(Printed, Basic):
    """a: F → N.  Argument: the map."""

    @property
    def map(self) -> IndexMap:
        return self.args[0]


@dataclass(frozen=True)
class Declarations:
    """The symbols of a statement by kind; each is in terms of earlier ones.

    `sets` holds those that were declared together, and so are disjoint, in one tuple; `others` are
    subsets, index maps and free indices; families stand there with one member.  `argument` is an
    index that is free to be the argument of a map.
    """

    sets: tuple[tuple[IndexSet, ...], ...]
    others: tuple[IndexSet | IndexMap | Index, ...]
    numbers: tuple[Basic, ...]
    vectors: tuple[Basic, ...]
    linear_maps: tuple[NamedMap, ...]
    argument: Index

    def phrases(self) -> list[Phrase]:
        """One phrase for the sets declared together, for each of the others, and for the rest."""
        found: list[Phrase] = [(*listed(group), f" {finite_sets(group)}") for group in self.sets]
        found += [self.phrase(one) for one in self.others]
        found += [
            (*listed(symbols), f" {words}")
            for symbols, words in (
                (self.numbers, "real"),
                (self.vectors, "a vector" if is_single(self.vectors) else "vectors"),
                (self.linear_maps, "linear"),
            )
            if symbols
        ]
        return found

    def phrase(self, one: IndexSet | IndexMap | Index) -> Phrase:
        """What is declared of a subset, an index map or a free index."""
        if isinstance(one, IndexSet):
            return (Subset(one, one.parent),)
        if isinstance(one, Index):
            return (Member(one, one.domain),)
        if not one.is_dependent:
            return (Signature(one),)
        inside = Member(one(self.argument), one.target(self.argument))
        return Signature(one), " with ", inside, " for every ", Member(self.argument, one.source)


def declarations_of(parts: Iterable[Basic | None]) -> Declarations:
    """What was declared of the symbols in `parts`, and in what their words mean.

    >>> from derivations.language import cluster_map, index_sets, scalars, winner_map
    >>> from derivations.language.printing import declaration_texts
    >>> F, N = index_sets("F", "N")
    >>> a, s = cluster_map("a", F, N), scalars("s")
    >>> w = winner_map("w", N, a.group, by=s)
    >>> for text in declaration_texts(s[w(N.index("i"))]):
    ...     print(text)
    F, N disjoint finite sets
    a: F → N
    i ∈ N
    w: N → F ⊔ N with w(j) ∈ {j} ⊔ a⁻¹(j) for every j ∈ N
    s_t real
    """
    ordered = sorted(symbols_in(parts), key=lambda one: (_depth(one), _rank(one), one.name))
    names = {one.name for one in ordered}
    member = index(_unused("t", names))
    groups: dict[object, list[IndexSet]] = {}
    for one in ordered:
        if isinstance(one, IndexSet) and one.parent is None:
            groups.setdefault(one.group or one, []).append(one)
    return Declarations(
        tuple(map(tuple, groups.values())),
        tuple(
            one
            for one in ordered
            if isinstance(one, IndexMap | Index)
            or (isinstance(one, IndexSet) and one.parent is not None)
        ),
        tuple(_shown(one, member) for one in ordered if isinstance(one, Symbol | Entry)),
        tuple(_shown(one, member) for one in ordered if isinstance(one, Vector | VectorEntry)),
        tuple(one for one in ordered if isinstance(one, NamedMap)),
        index(_unused("j", names)),
    )


def symbols_in(parts: Iterable[Basic | None]) -> frozenset[Basic]:
    """Everything in `parts` that bears a name; a family without its indices."""
    return frozenset().union(*(_symbols(part) for part in parts if part is not None))


def codomain(index_map: IndexMap) -> tuple[SetExpr, ...]:
    """Sets that together hold every value of the map, whatever its argument.

    >>> from derivations.language import cluster_map, index_sets, scalars, winner_map
    >>> F, N = index_sets("F", "N")
    >>> w = winner_map("w", N, cluster_map("a", F, N).group, by=scalars("s"))
    >>> print(*codomain(w))
    F N
    """
    parameter, target = index_map.args[2:4]
    found = list(dict.fromkeys(_around(target, parameter, index_map.source)))
    largest = [
        one
        for one in found
        if not any(one != other and known_subset(one, other) for other in found)
    ]
    return tuple(sorted(largest, key=str))


def listed(symbols: Sequence[Basic], last: str = ", ") -> Phrase:
    """The symbols with commas between them, and `last` before the last one."""
    parts: list[str | Basic] = []
    for number, one in enumerate(symbols):
        if number:
            parts.append(last if number == len(symbols) - 1 else ", ")
        parts.append(one)
    return tuple(parts)


def finite_sets(group: Sequence[IndexSet]) -> str:
    """In words, what sets that were declared together are."""
    return {1: "a finite set", 2: "disjoint finite sets"}.get(
        len(group), "pairwise disjoint finite sets"
    )


def is_single(symbols: Sequence[Basic]) -> bool:
    """Whether it is one thing, and not a family or several."""
    return len(symbols) == 1 and not isinstance(symbols[0], Entry | VectorEntry)


_RANKS = (IndexSet, IndexMap, Index, Symbol, Entry, Vector, VectorEntry, NamedMap)


@lru_cache(maxsize=16384)
def _symbols(expr: Basic) -> frozenset[Basic]:
    within = frozenset().union(*map(_symbols, expr.args))
    if isinstance(expr, Entry | VectorEntry):
        blanks = (index("t") for _ in expr.indices)
        return within | {type(expr)(Str(expr.name), *blanks)}
    if isinstance(expr, _RANKS) and not (isinstance(expr, Index) and expr.domain is None):
        return within | {expr}
    return within


def _depth(symbol: Basic) -> int:
    """How many declarations this one comes after."""
    if not isinstance(symbol, IndexSet | IndexMap | Index):
        return 0
    within = frozenset().union(*map(_symbols, symbol.args)) - {symbol}
    return 1 + max(map(_depth, within), default=0)


def _rank(symbol: Basic) -> int:
    return next(rank for rank, kind in enumerate(_RANKS) if isinstance(symbol, kind))


def _shown(symbol: Basic, member: Index) -> Basic:
    """A family by its member at one index; at several, these are primed."""
    if not isinstance(symbol, Entry | VectorEntry):
        return symbol
    indices = [index(member.name + "'" * number) for number in range(len(symbol.indices))]
    return type(symbol)(Str(symbol.name), *indices)


def _unused(name: str, names: set[str]) -> str:
    while name in names:
        name += "'"
    return name


def _around(target: Basic, parameter: Basic, source: SetExpr) -> list[SetExpr]:
    """Sets without the parameter, a member of `source`, whose union holds the target."""
    if not target.has(parameter):
        return [target]
    if isinstance(target, Union):
        return [one for part in target.args for one in _around(part, parameter, source)]
    if isinstance(target, Difference):
        return _around(target.args[0], parameter, source)
    if isinstance(target, Fibre):
        return _around(target.args[0].source, parameter, source)
    if isinstance(target, IndexSet):
        return _around(target.parent, parameter, source)
    if isinstance(target, Singleton) and isinstance(target.args[0], MapValue):
        value = target.args[0]
        return _around(value.map.target(value.argument), parameter, source)
    return [source]
