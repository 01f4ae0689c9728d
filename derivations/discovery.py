"""Which derivations there are: found by folder and by looking at what a module holds.

There is no list to edit.  Every Derivation and Claim at the top level of a module counts, alone
or in a list or a tuple, and so does what a function `derivations()` without parameters returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType
from typing import TYPE_CHECKING, Any

from derivations.errors import UnusableInput

if TYPE_CHECKING:
    from derivations.chain import Claim, Derivation


@dataclass(frozen=True)
class Found:
    """What one module holds; `stem` is its file name without the ending."""

    stem: str
    derivations: tuple[Derivation, ...]
    claims: tuple[Claim, ...]

    def __bool__(self) -> bool:
        return bool(self.derivations or self.claims)


def gather(stem: str, namespace: Mapping[str, Any]) -> Found:
    """The derivations and claims of a module, in the order of their definition."""
    from derivations.chain import Claim, Derivation

    values = list(namespace.values())
    function = namespace.get("derivations")
    if isinstance(function, FunctionType) and not function.__code__.co_argcount:
        made = function()
        values.extend(made if isinstance(made, list | tuple) else [made])
    items = list({id(one): one for one in _flat(values)}.values())
    return Found(
        stem,
        tuple(one for one in items if isinstance(one, Derivation)),
        tuple(one for one in items if isinstance(one, Claim)),
    )


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def shipped() -> list[Found]:
    """The project's own results: one entry for each file in derivations/results.

    Ordered by the number that a module may give itself (`ORDER = 3`), then by file name.
    """
    package = import_module("derivations.results")
    modules = [
        import_module(f"{package.__name__}.{entry.name}")
        for entry in iter_modules(package.__path__)
        if not entry.name.startswith("_")
    ]
    modules.sort(key=lambda module: (getattr(module, "ORDER", 1000), module.__name__))
    return [gather(module.__name__.rpartition(".")[2], vars(module)) for module in modules]


def named(name: str, among: Sequence[Found]) -> Found:
    """The part of `among` that `name` means: a derivation, a claim or a whole file.

    What is called so letter by letter comes first, and something's own name before its file's.
    Raises UnusableInput with the known names when there is none.
    """
    for spelled in (str, _plain):
        wanted = spelled(name)
        for found in among:
            derivations = tuple(one for one in found.derivations if spelled(one.name) == wanted)
            claims = tuple(one for one in found.claims if spelled(one.name) == wanted)
            if derivations or claims:
                return Found(found.stem, derivations, claims)
        for found in among:
            if spelled(found.stem) == wanted:
                return found
    raise UnusableInput(_unknown(name, among))


def _own_names(found: Found) -> list[str]:
    return [one.name for one in found.derivations] + [one.name for one in found.claims]


def twice(found: Found) -> str | None:
    """A name that two derivations or claims of one file have."""
    names = _own_names(found)
    return next((name for name in names if names.count(name) > 1), None)


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", " ", name.lower()).strip()


def _unknown(name: str, among: Sequence[Found]) -> str:
    from difflib import get_close_matches

    stems = sorted({found.stem for found in among})
    own = [one for found in among for one in _own_names(found)]
    known = {_plain(one): one for one in (*stems, *own)}
    near = get_close_matches(_plain(name), list(known), n=1, cutoff=0.6)
    guess = f" (did you mean {known[near[0]]!r}?)" if near else ""
    files, names = ", ".join(stems) or "none", ", ".join(map(repr, own)) or "none"
    return (
        f"there is no result called {name!r}{guess}; the files of results are: {files}; "
        f"the derivations and claims in them: {names}"
    )
