"""Finite index sets, indices and index maps.

Nothing is guessed from names: two sets are disjoint because they were declared together
(`index_sets`), one contains the other because it was declared with `subset_of`.  Every set may
be empty unless it was declared `nonempty`.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Basic, Integer, S
from sympy.core.symbol import Str

from derivations.language.errors import LanguageError, OverlapError


class SetExpr(Basic):
    """A finite set of tokens.  `A | B` is the disjoint union, `A - B` the difference."""

    def __or__(self, other: SetExpr) -> Union:
        return Union(self, other)

    def __sub__(self, other: SetExpr) -> Difference:
        return Difference(self, other)

    def without(self, index: Basic) -> Difference:
        """`A.without(j)` is A ∖ {j}; j must be a member of A."""
        return Difference(self, Singleton(index))


class IndexSet(SetExpr):
    """A named finite set; made by `index_set` or `index_sets`.

    Arguments: name, label of the declaration that makes it disjoint from its siblings ("" if
    none), the set it was declared a subset of (or None), whether it was declared non-empty.
    """

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def group(self) -> str:
        return str(self.args[1])

    @property
    def parent(self) -> SetExpr | None:
        return None if self.args[2] == S.false else self.args[2]

    @property
    def nonempty(self) -> bool:
        return self.args[3] == S.true

    def index(self, name: str) -> Index:
        """A free index that ranges over this set."""
        return Index(Str(name), self)


def index_set(name: str, *, nonempty: bool = False, subset_of: SetExpr | None = None) -> IndexSet:
    """Declare one finite set, possibly empty, disjoint from nothing in particular.

    `subset_of=N` declares C ⊆ N.  For disjoint sets use `index_sets`.
    """
    _check_name(name)
    parent = S.false if subset_of is None else subset_of
    return IndexSet(Str(name), Str(""), parent, S.true if nonempty else S.false)


def index_sets(*names: str, nonempty: str | tuple[str, ...] = ()) -> tuple[IndexSet, ...]:
    """Declare finite sets that are pairwise disjoint; `nonempty` names those with a member.

    >>> F, N = index_sets("F", "N", nonempty="N")
    """
    required = (nonempty,) if isinstance(nonempty, str) else tuple(nonempty)
    for name in (*names, *required):
        _check_name(name)
    if len(set(names)) != len(names):
        raise LanguageError(f"index_sets{names}: a name occurs twice; disjoint sets need two names")
    unknown = [name for name in required if name not in names]
    if unknown:
        raise LanguageError(f"index_sets: nonempty={unknown[0]!r} is not one of the sets {names}")
    group = Str(",".join(sorted(names)))
    return tuple(
        IndexSet(Str(name), group, S.false, S.true if name in required else S.false)
        for name in names
    )


class Union(SetExpr):
    """A ⊔ B.  Raises OverlapError unless the two were declared disjoint."""

    def __new__(cls, left: SetExpr, right: SetExpr) -> Union:
        for part in (left, right):
            if not isinstance(part, SetExpr):
                raise LanguageError(f"{part!r} is not an index set, so it has no union")
        if not known_disjoint(left, right):
            raise OverlapError(
                f"{left} ⊔ {right}: the two sets were not declared disjoint; "
                'declare them together, as in F, N = index_sets("F", "N")'
            )
        return super().__new__(cls, left, right)


class Singleton(SetExpr):
    """{j}."""


class Difference(SetExpr):
    """A ∖ B with B ⊆ A."""

    def __new__(cls, whole: SetExpr, part: SetExpr) -> Difference:
        if not isinstance(whole, SetExpr) or not isinstance(part, SetExpr):
            raise LanguageError(f"{whole} ∖ {part}: both sides must be index sets")
        if not _loose_member(part) and not known_subset(part, whole):
            raise LanguageError(
                f"{whole} ∖ {part}: {part} is not known to be contained in {whole}; "
                f"declare it with subset_of={whole}"
            )
        return super().__new__(cls, whole, part)


class Fibre(SetExpr):
    """a⁻¹(j), the tokens that the map a sends to j."""


class Range(SetExpr):
    """The image of a map: the tokens that it hits."""


class Index(Basic):
    """An index: free with its own set (`N.index("i")`), or loose until a sum binds it."""

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def domain(self) -> SetExpr | None:
        return None if self.args[1] == S.false else self.args[1]


class Bound(Basic):
    """A bound index.  Its height (how many binders lie below it) keeps nested ones apart."""

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def height(self) -> int:
        return int(self.args[1])


def index(name: str, domain: SetExpr | None = None) -> Index:
    """A loose index, to be bound by a sum, or a free one that ranges over `domain`."""
    _check_name(name)
    return Index(Str(name), S.false if domain is None else domain)


class IndexMap(Basic):
    """A map between index sets; `a(t)` is its value.

    The target may depend on the argument (a winner map sends j into the group of j): it is kept
    as a set in which a bound index stands for the argument.
    """

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def source(self) -> SetExpr:
        return self.args[1]

    def target(self, argument: Basic) -> SetExpr:
        """The set in which the value at `argument` lies."""
        return self.args[3].xreplace({self.args[2]: argument})

    @property
    def is_dependent(self) -> bool:
        return self.args[3].has(self.args[2])

    def __call__(self, argument: Basic) -> MapValue:
        return MapValue(self, argument)

    def fibre(self, value: Basic) -> Fibre:
        """a⁻¹(j)."""
        if self.is_dependent:
            raise LanguageError(f"{self.name} has a target that depends on its argument: no fibres")
        return Fibre(self, value)

    def group(self, value: Basic) -> Union:
        """G_j = {j} ⊔ a⁻¹(j)."""
        return Union(Singleton(value), self.fibre(value))

    @property
    def range(self) -> Range:
        return Range(self)


class WinnerMap(IndexMap):
    """A map that picks, in each group, a member with the largest logit (any one when tied)."""

    def logit(self, member: Basic) -> Basic:
        """The logit by which the winner is chosen."""
        return self.args[5].xreplace({self.args[4]: member})


class MapValue(Basic):
    """a(t)."""

    @property
    def map(self) -> IndexMap:
        return self.args[0]

    @property
    def argument(self) -> Basic:
        return self.args[1]


def cluster_map(name: str, source: SetExpr, target: SetExpr) -> IndexMap:
    """A map a: F → N between finite sets."""
    _check_name(name)
    return IndexMap(Str(name), source, _parameter("@", target), target)


def winner_map(
    name: str,
    source: SetExpr,
    group: Callable[[Basic], SetExpr],
    by: Callable[[Basic], Basic],
) -> WinnerMap:
    """A map w with w(j) ∈ group(j) and the largest `by` there, for every j in `source`.

    The statement in which w occurs carries that hypothesis; ties are allowed.
    """
    _check_name(name)
    probe = Bound(Str("@"), Integer(0))
    argument = _parameter("@", group(probe), by(probe))
    member = _parameter("@@", group(probe), by(probe))
    return WinnerMap(Str(name), source, argument, group(argument), member, by(member))


def _parameter(name: str, *parts: Basic) -> Bound:
    """The stand-in for the argument of a map, unlike those of the maps inside its target."""
    depths = [one.args[2].height for part in parts for one in _maps(part)]
    return Bound(Str(name), Integer(1 + max(depths, default=0)))


def _maps(expr: Basic) -> set[Basic]:
    found = {expr} if isinstance(expr, IndexMap) else set()
    return found.union(*map(_maps, expr.args)) if expr.args else found


def known_subset(part: Basic, whole: Basic) -> bool:
    """Whether `part` ⊆ `whole` follows from the declarations (False: not known)."""
    if part == whole:
        return True
    if isinstance(part, Union):
        return all(known_subset(piece, whole) for piece in part.args)
    if isinstance(whole, Union) and any(known_subset(part, piece) for piece in whole.args):
        return True
    if isinstance(part, Singleton):
        return known_member(part.args[0], whole)
    if isinstance(part, IndexSet):
        return part.parent is not None and known_subset(part.parent, whole)
    if isinstance(part, Fibre):
        return known_subset(part.args[0].source, whole)
    if isinstance(part, Difference):
        return known_subset(part.args[0], whole)
    if isinstance(part, Range):
        return not part.args[0].is_dependent and known_subset(part.args[0].args[3], whole)
    return False


def known_member(element: Basic, whole: Basic) -> bool:
    """Whether `element` ∈ `whole` follows from the declarations."""
    if isinstance(element, MapValue):
        return known_subset(element.map.target(element.argument), whole)
    if isinstance(element, Index) and element.domain is not None:
        return known_subset(element.domain, whole)
    return False


def known_disjoint(left: Basic, right: Basic) -> bool:
    """Whether the two sets are disjoint by declaration.

    A loose index inside a singleton will be bound later; whether {j} meets the other set is then
    decided by the kernel, so it counts as possibly disjoint here.
    """
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Union):
            return all(known_disjoint(piece, other) for piece in one.args)
        if isinstance(one, Fibre):
            return known_disjoint(one.args[0].source, other)
        if isinstance(one, Difference):
            return known_subset(other, one.args[1]) or known_disjoint(one.args[0], other)
        if isinstance(one, Range) and not one.args[0].is_dependent:
            return known_disjoint(one.args[0].args[3], other)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Singleton):
            domain = _home(one.args[0])
            return domain is None or known_disjoint(domain, other)
        if isinstance(one, IndexSet) and one.parent is not None:
            return known_disjoint(one.parent, other)
    if isinstance(left, IndexSet) and isinstance(right, IndexSet):
        return bool(left.group) and left.group == right.group and left.name != right.name
    return False


def _home(element: Basic) -> SetExpr | None:
    if isinstance(element, MapValue):
        return element.map.target(element.argument)
    return element.domain if isinstance(element, Index) else None


def _loose_member(part: Basic) -> bool:
    """A singleton whose index has no set yet: the kernel checks it once it is bound."""
    return isinstance(part, Singleton) and _home(part.args[0]) is None


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.strip():
        raise LanguageError(f"{name!r} is not a name; give a non-empty string")
