"""Two different things under one name: what is printed would not be what is checked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sympy import Basic, Integer, Symbol
from sympy.core.symbol import Str

from derivations.language.definitions import Named, loose
from derivations.language.errors import LanguageError
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.indices import Bound, Index
from derivations.language.linear import NamedMap
from derivations.language.sets import IndexMap, IndexSet, WinnerMap

_INDEXED: dict[type, str] = {Entry: "a family of numbers", VectorEntry: "a family of vectors"}
_PLAIN: dict[type, str] = {Symbol: "a number", Vector: "a vector", NamedMap: "a linear map"}


def refuse_ambiguous(parts: Iterable[Basic]) -> None:
    """Raises LanguageError where one name stands for two things of a kind, or has two meanings.

    An abbreviation with indices is compared as a function of them: z_j means something else for
    every j, and must mean it in the same way.

    >>> from derivations.language import named, scalar
    >>> x = scalar("x")
    >>> refuse_ambiguous([named("y", x), named("y", x + 1)])
    Traceback (most recent call last):
        ...
    derivations.language.errors.LanguageError: y is the name of an abbreviation for x and of an \
abbreviation for x + 1; rename one
    """
    parts = list(parts)
    uses = frozenset().union(*map(_uses, parts))
    if len(uses) == len({use[:2] for use in uses}):
        return
    known: dict[tuple[str, str], tuple[object, Basic]] = {}
    for part in _all_parts(parts):
        use = _use(part)
        if use is None:
            continue
        where, name, meaning = use
        first, first_part = known.setdefault((where, name), (meaning, part))
        if first != meaning and isinstance(part, Symbol) and isinstance(first_part, Symbol):
            raise LanguageError(
                f"{name} is made with scalar({name!r}) and as a SymPy symbol of another kind; make "
                f"it with scalar({name!r}) everywhere"
            )
        if first != meaning:
            both = f"{_told(first_part)} and of {_told(part)}"
            raise LanguageError(f"{name} is the name of {both}; rename one")


@lru_cache(maxsize=16384)
def _uses(expr: Basic) -> frozenset[tuple[str, str, object]]:
    """How names are used in `expr`."""
    own = _use(expr)
    return frozenset(() if own is None else {own}).union(*map(_uses, expr.args))


def _use(part: Basic) -> tuple[str, str, object] | None:
    """Where a name stands, the name, its meaning; None: any use is fine."""
    kind = type(part)
    if kind in _INDEXED:
        return "indexed", part.name, kind
    if kind in _PLAIN:
        return "plain", part.name, part
    if isinstance(part, IndexSet):
        return "set", part.name, part
    if isinstance(part, Index) and part.domain is not None:
        return "index", part.name, part
    if isinstance(part, IndexMap) and not any(isinstance(one, Bound) for one in loose(part)):
        return "map", part.name, part
    if isinstance(part, Named):
        meaning = _as_function(part)
        where = "indexed" if part.indices else "plain"
        return None if meaning is None else (where, part.name, meaning)
    return None


def _as_function(part: Named) -> Basic | None:
    """The meaning with places for the indices; None where one index stands in two of them.

    No placeholder has the height −1, so these places are the same every time.
    """
    places = {index: Bound(Str(f"@{n}"), Integer(-1)) for n, index in enumerate(part.indices)}
    if len(places) < len(part.indices):
        return None
    meaning = part.meaning.xreplace(places)
    hidden = loose(meaning) - set(places.values())
    if hidden:
        told = ", ".join(sorted(map(str, hidden)))
        raise LanguageError(
            f"the abbreviation {part.name} depends on {told}, which it does not show; give it as an"
            f" index, named({part.name!r}, ..., {told})"
        )
    return meaning


def _told(part: Basic) -> str:
    """What a part that bears a name is, in words."""
    if isinstance(part, IndexSet):
        together = ",".join(part.siblings)
        told = f"a set declared with {together}" if together else "a set declared by itself"
        told = told if part.parent is None else f"a subset of {part.parent}"
        return told + (" (non-empty)" if part.nonempty else "")
    if isinstance(part, Index):
        return f"an index in {part.domain}"
    if isinstance(part, IndexMap):
        kind = "a winner map" if isinstance(part, WinnerMap) else "a map"
        return f"{kind} from {part.source}"
    if isinstance(part, Named):
        return f"an abbreviation for {part.meaning}"
    return (_INDEXED | _PLAIN)[type(part)]


def _all_parts(parts: Iterable[Basic]) -> Iterator[Basic]:
    """Every part once, outer ones first."""
    seen: set[Basic] = set()
    queue = deque(parts)
    while queue:
        part = queue.popleft()
        if part not in seen:
            seen.add(part)
            yield part
            queue.extend(part.args)
