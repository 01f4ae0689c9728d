"""An instance as one arithmetic sees it: what the compiled expressions look their data up in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derivations.counterexamples.arithmetic import Balls, Floats, Number
from derivations.counterexamples.instance import Cell, Instance, InstanceError, Token, token_text

Environment = list[Any]
"""The token of each open bound index, by depth."""


class Cells(dict[Cell, Any]):
    """Values by cell; a cell without a value is an incomplete instance."""

    def __missing__(self, cell: Cell) -> Any:
        at = ", ".join(map(token_text, cell[1:]))
        raise InstanceError(
            f"the instance has no value for {cell[0]}{f' at {at}' if at else ''}; "
            "give one for every symbol of the statement"
        )


class Watched(dict[Cell, Any]):
    """Values by cell that remember which of them were looked up."""

    def __init__(self, values: Mapping[Cell, Any]) -> None:
        super().__init__(values)
        self.seen: dict[Cell, None] = {}

    def __getitem__(self, cell: Cell) -> Any:
        self.seen[cell] = None
        return super().__getitem__(cell)


class World:
    """An instance in one arithmetic.

    Values of closed parts are remembered in `memo` until `touch` says that the data changed.
    """

    __slots__ = (
        "arithmetic",
        "cells",
        "constants",
        "dimension",
        "fibres",
        "indices",
        "maps",
        "memo",
        "one",
        "sets",
        "zero",
    )

    def __init__(
        self, instance: Instance, arithmetic: Floats | Balls, constants: list[Number]
    ) -> None:
        self.arithmetic = arithmetic
        self.dimension = instance.dimension
        self.sets = instance.sets
        self.maps: dict[str, dict[Token, Token]] = {
            label: dict(graph) for label, graph in instance.maps.items()
        }
        self.indices = instance.indices
        number = arithmetic.number
        self.cells: dict[Cell, Any] = Cells()
        for cell, value in instance.values.items():
            if not isinstance(value, tuple):
                self.cells[cell] = number(value)
            elif value and isinstance(value[0], tuple):
                self.cells[cell] = tuple(tuple(map(number, row)) for row in value)
            else:
                self.cells[cell] = tuple(map(number, value))  # type: ignore[arg-type]
        self.constants = constants
        self.zero, self.one = constants[0], constants[1]
        self.memo: dict[tuple[Any, ...], Any] = {}
        self.fibres: dict[str, dict[Token, tuple[Token, ...]]] = {}

    def fibre(self, label: str, value: Token, source: tuple[Token, ...]) -> tuple[Token, ...]:
        """The tokens of `source` that the map sends to `value`."""
        found = self.fibres.get(label)
        if found is None:
            gathered: dict[Token, list[Token]] = {}
            graph = self.maps[label]
            for token in source:
                gathered.setdefault(graph[token], []).append(token)
            found = {image: tuple(tokens) for image, tokens in gathered.items()}
            self.fibres[label] = found
        return found.get(value, ())

    def touch(self) -> None:
        """Forget what was computed: a cell has changed."""
        self.memo.clear()

    def touch_maps(self) -> None:
        """Forget what was computed, fibres too: a map has changed."""
        self.memo.clear()
        self.fibres.clear()
