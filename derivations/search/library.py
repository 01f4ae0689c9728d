"""Library lemmas: theorems with a name, proved once in the kernel, suggested where they fit.

A lemma is a module of `derivations/lemmas/` with a value `LEMMA`.  They are discovered by folder
when a search begins, and reach it as an argument.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from derivations.kernel.rules import Theorem
from derivations.kernel.terms import Term
from derivations.language.errors import LanguageError
from derivations.verdicts import Known, Lemma

Instances = Callable[[Term], Iterable[Theorem]]


@dataclass(frozen=True)
class LibraryLemma:
    """A named theorem.

    `theorem` returns its proof (cached, and cited under its name); `instances` yields the special
    cases that could help with a goal.  `title` is a line for the reader.
    """

    name: str
    title: str
    known: Known
    theorem: Callable[[], Theorem]
    instances: Instances
    coq: str | None = None

    @property
    def lemma(self) -> Lemma:
        """The entry in a report."""
        return Lemma(self.name, self.known, self.coq)


@dataclass(frozen=True)
class Library:
    """The lemmas that a search may use."""

    lemmas: tuple[LibraryLemma, ...]

    def lemma(self, name: str) -> Lemma:
        """The report entry for a name.  Raises LanguageError for an unknown one."""
        return self.find(name).lemma

    def find(self, name: str) -> LibraryLemma:
        """The lemma with a name.  Raises LanguageError naming the known ones."""
        for one in self.lemmas:
            if one.name == name:
                return one
        known = ", ".join(repr(one.name) for one in self.lemmas)
        raise LanguageError(f"there is no library lemma {name!r}; there are {known}")


@cache
def discover(package: str = "derivations.lemmas") -> Library:
    """Every lemma of the package, in the order of the file names."""
    folder = import_module(package)
    found = []
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda one: one.name):
        lemma = getattr(import_module(f"{package}.{module.name}"), "LEMMA", None)
        if isinstance(lemma, LibraryLemma):
            found.append(lemma)
    return Library(tuple(found))
