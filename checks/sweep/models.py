"""The named models of a sweep: how logits and values are distributed, and their parameters.

One draw is one query with p normal and m frozen tokens. In every model the logits are
scale * (factor) * q . k with random q and k of width d, and the p normal values are Gaussian in
VALUE_WIDTH dimensions, divided by their diameter (p >= 2); a frozen token has the value of its
normal token plus a residual of length at most delta diameters. A model fixes the rest:

gaussian    q, k ~ Normal(0, I_d), factor 1 / sqrt(d): attention as it is used
unscaled    the same with factor 1
sphere      q, k uniform on the unit sphere of R^d, factor 1
planted     gaussian, then the winner of every group is moved to lead by exactly `margin`
clustered   gaussian with delta > 0 unless told otherwise
correlated  gaussian, where keys of one group have correlation `correlation`

Groups: m frozen tokens fill groups of n tokens in turn; normal tokens that are left have a group
of their own. Mathematics, sections 0 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from derivations.errors import UnusableInput

VALUE_WIDTH = 4
"""Dimension of the values; errors are measured in their Euclidean norm."""

MOST_TOKENS = 10_000_000
MOST_DIMENSIONS = 10**15
LARGEST_MARGIN = 300.0
"""Beyond it exp(-margin), squared, is lost to float64."""


@dataclass(frozen=True)
class Model:
    """A named model: the law of its logits, the axes it has beside d, n, m, p, scale and delta."""

    name: str
    law: str
    margin: float | None = None
    delta: float = 0.0
    correlation: float = 0.0

    @property
    def axes(self) -> tuple[str, ...]:
        """The parameters that change anything in this model."""
        axes = ["d", "n", "m", "p"]
        if self.margin is not None:
            axes.append("margin")
        axes.append("delta")
        if self.correlation:
            axes.append("correlation")
        return (*axes, "scale")


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            Model("gaussian", "gaussian"),
            Model("unscaled", "unscaled"),
            Model("sphere", "sphere"),
            Model("planted", "gaussian", margin=3.0),
            Model("clustered", "gaussian", delta=0.1),
            Model("correlated", "gaussian", correlation=0.5),
        )
    }
)


@dataclass(frozen=True)
class Point:
    """One cell's parameters; ``margin`` is None where no margin is planted.

    Raises UnusableInput when they describe nothing that can be drawn.
    """

    model: str
    d: int
    n: int
    m: int
    p: int
    margin: float | None
    delta: float
    correlation: float
    scale: float

    def __post_init__(self) -> None:
        model_named(self.model)
        for name in ("d", "n", "p"):
            _need(getattr(self, name) >= 1, name, getattr(self, name), "a whole number from 1")
        _need(self.d <= MOST_DIMENSIONS, "d", self.d, f"at most {MOST_DIMENSIONS:.0e}")
        _need(self.m >= 0, "m", self.m, "a whole number from 0")
        if self.margin is not None:
            fits = 0 <= self.margin <= LARGEST_MARGIN
            _need(fits, "margin", self.margin, f"a finite number from 0 to {LARGEST_MARGIN:g}")
        _need(0 <= self.delta <= 1e3, "delta", self.delta, "a number of diameters from 0 to 1000")
        _need(0 <= self.correlation < 1, "correlation", self.correlation, "from 0 to below 1")
        _need(1e-6 <= self.scale <= 1e6, "scale", self.scale, "a finite number from 1e-6 to 1e6")
        if self.m + self.p > MOST_TOKENS:
            raise UnusableInput(
                f"{self.m} frozen and {self.p} normal tokens are more than {MOST_TOKENS} in one"
                " draw; lower n, m or p"
            )
        if self.m > self.p * (self.n - 1):
            raise UnusableInput(
                f"{self.m} frozen tokens do not fit: p = {self.p} groups of n = {self.n} hold"
                f" {self.p * (self.n - 1)}; lower m or raise n or p"
            )

    def key(self) -> dict[str, Any]:
        """The parameters by name, in the order of the table's columns."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """The groups as (size, how many), those with frozen tokens first."""
        full, left = divmod(self.m, self.n - 1) if self.n > 1 else (0, 0)
        blocks = [(self.n, full)] if full else []
        if left:
            blocks.append((left + 1, 1))
        single = self.p - full - bool(left)
        return [*blocks, (1, single)] if single else blocks

    @property
    def has_pairs_only(self) -> bool:
        """Whether every group has two tokens: with one margin they all have one gap."""
        return self.blocks == [(2, self.p)]


def model_named(name: str) -> Model:
    """The model of this name; raises UnusableInput with the names there are."""
    if name not in MODELS:
        raise UnusableInput(f"there is no model {name!r}; choose among {', '.join(MODELS)}")
    return MODELS[name]


def fill(p: int, n: int | None, m: int | None) -> tuple[int, int]:
    """Group size and number of frozen tokens, where one or both may be left open.

    With n alone every second normal token (rounded up) gets a full group, with m alone the m
    tokens are spread over as many groups. So gaps differ between groups; a common gap cancels.
    """
    groups = math.ceil(p / 2)
    if m is None:
        n = DEFAULT_SIZE if n is None else n
        return n, groups * (n - 1)
    if n is None:
        n = 1 + math.ceil(m / groups) if groups > 0 else 1
    return n, m


DEFAULT_SIZE = 33


def _need(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise UnusableInput(f"{name} is {value}; it must be {wanted}")
