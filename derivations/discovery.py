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
    """The part of `among` that `name` means: a file stem, a derivation or a claim.

    Raises UnusableInput with the known names when there is none.
    """
    wanted = _plain(name)
    for found in among:
        if _plain(found.stem) == wanted:
            return found
    for found in among:
        derivations = tuple(one for one in found.derivations if _plain(one.name) == wanted)
        claims = tuple(one for one in found.claims if _plain(one.name) == wanted)
        if derivations or claims:
            return Found(found.stem, derivations, claims)
    raise UnusableInput(_unknown(name, among))


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", " ", name.lower()).strip()


def _unknown(name: str, among: Sequence[Found]) -> str:
    from difflib import get_close_matches

    known = {found.stem: found.stem for found in among}
    for found in among:
        names = [one.name for one in found.derivations] + [one.name for one in found.claims]
        for each in names:
            known.setdefault(_plain(each).replace(" ", "_"), each)
    near = get_close_matches(_plain(name).replace(" ", "_"), list(known), n=1, cutoff=0.6)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    listed = ", ".join(sorted({found.stem for found in among})) or "none"
    return f"there is no result called {name!r}{guess}; the results are: {listed}"
