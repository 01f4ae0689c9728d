"""The walk from an expression to text: brackets, and names of bound indices.

It is the same for LaTeX and Unicode; only the style differs.  Rules that keep what is printed
unambiguous: a sum under an operator is bracketed; an operator (Σ, max, log) that is open to the
right stands last in a product or is bracketed; a bound index never has the name of anything else
in sight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

import sympy
from sympy import Basic

from derivations.language.binders import Binder
from derivations.language.definitions import Named, loose
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import NamedMap
from derivations.language.printed import Printed
from derivations.language.printing.styles import Style
from derivations.language.propositions import proposition
from derivations.language.sets import Bound, Fibre, Index, IndexMap, IndexSet


class Level(IntEnum):
    """How tightly a text holds together."""

    CLAIM = 0
    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


@dataclass(frozen=True)
class Piece:
    """A finished text.  `opens`: whatever is written to its right would be drawn into it."""

    text: str
    level: Level = Level.ATOM
    opens: bool = False


class Layout:
    """Writes one expression.

    `writers` says how each class is written; `scope` maps the bound indices in sight to the names
    they are printed under.
    """

    def __init__(self, expr: Basic, style: Style, writers: Mapping[type, Writer]) -> None:
        self.style = style
        self.scope: dict[Basic, str] = {}
        self._writers = writers
        self._taken = set(_shown_names(expr))
        dangling = [one for one in loose(expr) if isinstance(one, Bound)]
        for one in sorted(dangling, key=lambda it: (it.name, it.height)):
            self.scope[one] = self._free_name(one.name)

    def piece(self, expr: Basic) -> Piece:
        """`expr` as text with its level."""
        for kind in type(expr).__mro__:
            if kind in self._writers:
                return self._writers[kind](self, expr)
        if isinstance(expr, sympy.core.relational.Relational):
            return self.piece(proposition(expr))
        if isinstance(expr, Printed):
            inner = ", ".join(self.text(part) for part in expr.args)
            return Piece(self.style.function(type(expr).__name__, inner, False), Level.POWER)
        return Piece(self.style.foreign(expr), Level.ATOM if expr.is_Atom else Level.CLAIM)

    def text(self, expr: Basic, least: Level = Level.CLAIM, last: bool = True) -> str:
        """`expr`, bracketed if it is looser than `least` or open although something follows."""
        return self.hold(self.piece(expr), least, last)

    def hold(self, piece: Piece, least: Level, last: bool = True) -> str:
        """The text of `piece`, bracketed where `text` would bracket it."""
        needs = piece.level < least or (piece.opens and not last)
        return self.style.bracket(piece.text) if needs else piece.text

    def base(self, expr: Basic) -> str:
        """`expr` ready to bear a superscript."""
        piece = self.piece(expr)
        text = self.hold(piece, Level.ATOM)
        bears_one = piece.level is Level.ATOM and self.style.bears_superscript(text)
        return self.style.bracket(text) if bears_one else text

    def product(self, pieces: Sequence[Piece]) -> Piece:
        """Factors side by side, in the order given."""
        if len(pieces) == 1:
            return pieces[0]
        last = len(pieces) - 1
        texts = [self.hold(one, Level.PRODUCT, n == last) for n, one in enumerate(pieces)]
        return Piece(self.style.product(texts), Level.PRODUCT, pieces[-1].opens)

    def subscripted(self, name: str, indices: Sequence[Basic]) -> str:
        """A name with indices, such as s_t or k_{w(j)}."""
        base = self.style.name(name)
        if not indices:
            return base
        return self.style.subscript(base, [self.text(one) for one in indices])

    @contextmanager
    def binding(self, expr: Binder) -> Iterator[str]:
        """Inside, the bound index of `expr` is in sight; yields the name it is printed under."""
        before = dict(self.scope)
        name = self._free_name(expr.bound.name)
        self.scope[expr.bound] = name
        try:
            yield self.style.name(name)
        finally:
            self.scope = before

    @contextmanager
    def under(self, expr: Binder) -> Iterator[str]:
        """The same, but yields what stands under an operator: t ∈ A, or t: a(t) = j for a fibre."""
        marks, domain = self.style.marks, expr.domain
        is_fibre = isinstance(domain, Fibre)
        outside = self.text(domain.args[1] if is_fibre else domain)
        with self.binding(expr) as name:
            if is_fibre:
                map_name = self.style.name(domain.args[0].name)
                yield f"{name}{marks['such']}{map_name}({name})={outside}"
            else:
                yield f"{name}{marks['in']}{outside}"

    def name_of(self, bound: Bound) -> str:
        """The name under which a bound index is printed."""
        if bound not in self.scope:
            self.scope[bound] = self._free_name(bound.name)
        return self.style.name(self.scope[bound])

    def _free_name(self, name: str) -> str:
        while name in self._taken or name in self.scope.values():
            name += "'"
        return name


Writer = Callable[[Layout, Basic], Piece]


def _shown_names(expr: Basic) -> Iterator[str]:
    """The names that will be printed, except those of bound indices."""
    if isinstance(expr, sympy.Symbol | IndexSet | Vector | NamedMap | Index | IndexMap):
        yield expr.name
    elif isinstance(expr, Entry | VectorEntry | Named):
        yield expr.name
        for one in expr.indices:
            yield from _shown_names(one)
    else:
        for one in expr.args:
            yield from _shown_names(one)
