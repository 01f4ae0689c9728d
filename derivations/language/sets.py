"""Finite index sets, indices and index maps.

Nothing is guessed from names: two sets are disjoint because they were declared together
(`index_sets`), one contains the other because it was declared with `subset_of`.  Every set may
be empty unless it was declared `nonempty`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from sympy import Basic, S
from sympy.core.symbol import Str

from derivations.language.errors import LanguageError, OverlapError
from derivations.language.exactness import exact
from derivations.language.indices import Bound as Bound
from derivations.language.indices import Index, Scoping, placeholder, settle
from derivations.language.printed import Printed


class SetExpr(Printed, Basic):
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
        return self.args[0].name

    @property
    def group(self) -> str:
        return self.args[1].name

    @property
    def siblings(self) -> tuple[str, ...]:
        """The names of the sets that were declared together, this one among them."""
        words = re.findall(r"(?:[^\\,]|\\.)+", self.group, re.DOTALL)
        return tuple(re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL) for word in words)

    @property
    def parent(self) -> SetExpr | None:
        return None if self.args[2] == S.false else self.args[2]

    @property
    def nonempty(self) -> bool:
        return self.args[3] == S.true

    def index(self, name: str) -> Index:
        """A free index that ranges over this set."""
        check_name(name)
        return Index(Str(name), self)


def index_set(name: str, *, nonempty: bool = False, subset_of: SetExpr | None = None) -> IndexSet:
    """Declare one finite set, possibly empty, disjoint from nothing in particular.

    `subset_of=N` declares C ⊆ N.  For disjoint sets use `index_sets`.

    >>> N = index_set("N", nonempty=True)
    >>> C = index_set("C", subset_of=N)
    >>> print(N - C)
    N ∖ C
    """
    check_name(name)
    if not isinstance(subset_of, SetExpr | None):
        raise LanguageError(f"index_set {name}: subset_of={subset_of!r} is not an index set")
    parent = S.false if subset_of is None else subset_of
    return IndexSet(Str(name), Str(""), parent, S.true if nonempty else S.false)


def index_sets(*names: str, nonempty: str | tuple[str, ...] = ()) -> tuple[IndexSet, ...]:
    """Declare finite sets that are pairwise disjoint; `nonempty` names those with a member.

    >>> F, N = index_sets("F", "N", nonempty="N")
    >>> print(F | N)
    F ⊔ N
    """
    if not isinstance(nonempty, Iterable):
        raise LanguageError(
            f"index_sets: nonempty={nonempty!r} must name sets with a member, as in nonempty='N'"
        )
    required = (nonempty,) if isinstance(nonempty, str) else tuple(nonempty)
    for name in (*names, *required):
        check_name(name)
    if len(set(names)) != len(names):
        raise LanguageError(f"index_sets{names}: a name occurs twice; disjoint sets need two names")
    unknown = [name for name in required if name not in names]
    if unknown:
        raise LanguageError(f"index_sets: nonempty={unknown[0]!r} is not one of the sets {names}")
    group = Str(_group_label(names))
    return tuple(
        IndexSet(Str(name), group, S.false, S.true if name in required else S.false)
        for name in names
    )


def _group_label(names: Iterable[str]) -> str:
    """The sorted names with commas between them; no two declarations have the same label.

    A comma within a name is written with a backslash, and so is a backslash.
    """
    return ",".join(re.sub(r"([\\,])", r"\\\1", name) for name in sorted(names))


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

    def __new__(cls, element: Basic) -> Singleton:
        _check_index(element, "{{...}}")
        return super().__new__(cls, element)


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

    def __new__(cls, index_map: IndexMap, value: Basic) -> Fibre:
        _check_index(value, "{}⁻¹(...)", index_map)
        return super().__new__(cls, index_map, value)


class Range(SetExpr):
    """The image of a map: the tokens that it hits."""


def index(name: str, domain: SetExpr | None = None) -> Index:
    """A loose index, to be bound by a sum, or a free one that ranges over `domain`.

    >>> i = index("i", index_set("N"))
    >>> print(i, i.domain)
    i N
    """
    check_name(name)
    if not isinstance(domain, SetExpr | None):
        raise LanguageError(f"index {name}: {domain!r} is not an index set")
    return Index(Str(name), S.false if domain is None else domain)


class IndexMap(Scoping, Printed, Basic):
    """A map between index sets; `a(t)` is its value.

    The target may depend on the argument (a winner map sends j into the group of j): it is kept
    as a set in which a bound index stands for the argument.  Arguments: name, source, that index,
    target.
    """

    def __new__(cls, name: Str, source: SetExpr, *scoped: Basic) -> IndexMap:
        settled: list[Basic] = []
        for bound, body in zip(scoped[::2], scoped[1::2], strict=True):
            (closed,), fresh = settle([body], bound, (), map_height)
            settled += [fresh, closed]
        return super().__new__(cls, name, source, *settled)

    @classmethod
    def scopes(cls) -> tuple[tuple[int, tuple[int, ...]], ...]:
        return ((2, (3,)),)

    @property
    def name(self) -> str:
        return self.args[0].name

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
    """A map that picks, in each group, a member with the largest logit (any one when tied).

    Two more arguments: the index that stands for the member, and its logit.
    """

    @classmethod
    def scopes(cls) -> tuple[tuple[int, tuple[int, ...]], ...]:
        return ((2, (3,)), (4, (5,)))

    def logit(self, member: Basic) -> Basic:
        """The logit by which the winner is chosen."""
        return self.args[5].xreplace({self.args[4]: member})


class MapValue(Printed, Basic):
    """a(t).  Raises LanguageError where the argument lies outside the map's source."""

    def __new__(cls, index_map: IndexMap, argument: Basic) -> MapValue:
        _check_index(argument, "{}(...)", index_map)
        home = home_of(argument)
        if home is not None and known_disjoint(home, index_map.source):
            raise LanguageError(
                f"{index_map}({argument}): {argument} is in {home}, but {index_map} maps from "
                f"{index_map.source}"
            )
        return super().__new__(cls, index_map, argument)

    @property
    def map(self) -> IndexMap:
        return self.args[0]

    @property
    def argument(self) -> Basic:
        return self.args[1]


def cluster_map(name: str, source: SetExpr, target: SetExpr) -> IndexMap:
    """A map a: F → N between finite sets.

    >>> F, N = index_sets("F", "N")
    >>> a = cluster_map("a", F, N)
    >>> print(a.group(N.index("i")), a.range)
    {i} ⊔ a⁻¹(i) a(F)
    """
    check_name(name)
    for part in (source, target):
        if not isinstance(part, SetExpr):
            raise LanguageError(f"cluster_map {name}: {part!r} is not an index set")
    return IndexMap(Str(name), source, placeholder("@"), target)


def winner_map(
    name: str,
    source: SetExpr,
    group: Callable[[Basic], SetExpr],
    by: Callable[[Basic], Basic],
) -> WinnerMap:
    """A map w with w(j) ∈ group(j) and the largest `by` there, for every j in `source`.

    The statement in which w occurs carries that hypothesis; ties are allowed.

    >>> from derivations.language import scalars
    >>> F, N = index_sets("F", "N")
    >>> a, s = cluster_map("a", F, N), scalars("s")
    >>> w = winner_map("w", N, a.group, by=s)
    >>> print(s[w(N.index("i"))], w.target(N.index("i")))
    s_{w(i)} {i} ⊔ a⁻¹(i)
    """
    check_name(name)
    argument, member = placeholder("@"), placeholder("@@")
    target = applied(f"winner_map {name}", group, argument)
    for part in (source, target):
        if not isinstance(part, SetExpr):
            raise LanguageError(f"winner_map {name}: {part!r} is not an index set")
    logit = applied(f"winner_map {name}", by, member)
    return WinnerMap(Str(name), source, argument, target, member, exact(logit))


def applied(word: str, function: object, argument: Basic) -> object:
    """`function` at an index.  Raises LanguageError, which begins with `word`, if it is none."""
    if not callable(function):
        raise LanguageError(
            f"{word}: {function!r} is not a function of the index; give a family, as in "
            'scalars("s"), or a function, as in lambda j: s[j]'
        )
    return function(argument)


def map_height(expr: Basic) -> int:
    """How deep maps are nested inside the targets and logits of maps in `expr`; 0 without one."""
    own = [one.height for one in expr.args[2::2]] if isinstance(expr, IndexMap) else []
    return max([*own, *map(map_height, expr.args)], default=0)


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
            domain = home_of(one.args[0])
            return domain is None or known_disjoint(domain, other)
        if isinstance(one, IndexSet) and one.parent is not None:
            return known_disjoint(one.parent, other)
    if isinstance(left, IndexSet) and isinstance(right, IndexSet):
        return bool(left.group) and left.group == right.group and left.name != right.name
    return False


def home_of(element: Basic) -> SetExpr | None:
    """The set in which an index or a map's value lies; None for an index that has none yet."""
    if isinstance(element, MapValue):
        return element.map.target(element.argument)
    return element.domain if isinstance(element, Index) else None


def _loose_member(part: Basic) -> bool:
    """A singleton whose index has no set yet: the kernel checks it once it is bound."""
    return isinstance(part, Singleton) and home_of(part.args[0]) is None


def _check_index(element: object, place: str, *named: Basic) -> None:
    """`place` is filled in with the names only when it is needed: printing takes long."""
    if not isinstance(element, Index | Bound | MapValue):
        where = place.format(*named)
        raise LanguageError(f"{where}: {element!r} is not an index; make one with index(...)")


def check_name(name: object, what: str = "") -> None:
    """Raises LanguageError unless `name` can be the name of a symbol (`what`, in words).

    It has no operator, bracket or quotation mark, so that it cannot be read as a formula; braces
    and backslashes are LaTeX.
    """
    check_title(name, what)
    text = str(name)
    odd = text[0] if text[0].isdecimal() else next(filter(_is_notation, text), None)
    if odd is not None:
        raise LanguageError(
            f"{name!r} cannot be a name, because {odd!r} would be read as a part of a formula; "
            "give a letter, then letters, digits, _, ^ and primes"
        )


def check_title(name: object, what: str = "") -> None:
    """Raises LanguageError unless `name` is one line of text; a derivation may bear any such."""
    for_what = f" for {what}" if what else ""
    if not isinstance(name, str) or not name.strip():
        raise LanguageError(f"{name!r} is not a name{for_what}; give a non-empty string")
    if name != name.strip() or not name.isprintable():
        raise LanguageError(
            f"{name!r} is not a name{for_what}; leave out line breaks, control characters and the "
            "blanks around it"
        )


def _is_notation(letter: str) -> bool:
    """Whether it is an operator, a bracket, a quotation mark or an exponent."""
    kind = unicodedata.category(letter)
    return (
        letter in '/"`·‖†⁄'
        or (kind in ("Sm", "Pd", "Ps", "Pe", "Pi", "Pf") and letter not in "{}")
        or unicodedata.decomposition(letter).startswith("<super>")
    )
