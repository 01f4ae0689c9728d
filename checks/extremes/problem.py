"""One bound in one configuration: what may vary, and error and bound of what it varies to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flint import arb

from checks.tensors import Array

Batch = Mapping[str, Array]
"""Instances by the name of each part; all parts share their leading axes."""

Pair = tuple[Array, Array]
BallPair = tuple[arb, arb]


@dataclass(frozen=True, eq=False)
class Problem:
    """Maximise error / bound over instances.

    ``bound`` names the bound (as in `keystar measure` where that has it), ``sharp`` tells whether
    the mathematics says that the ratio comes as close to 1 as one likes in this configuration.
    ``instances`` maps free parameters (..., size) to a batch; ``compare`` returns error and bound
    of a batch in float64, both (...,); ``enclose`` those of one instance as balls at the precision
    of the surrounding `flint.ctx`, its floats taken as exact. ``fixed`` is what else an instance
    needs to be understood, such as the cluster map.
    """

    bound: str
    configuration: str
    statement: str
    sharp: bool
    size: int
    instances: Callable[[Array], Batch]
    compare: Callable[[Batch], Pair]
    enclose: Callable[[Batch], BallPair]
    fixed: Mapping[str, list[int]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Bound and configuration, which together no two problems share."""
        return f"{self.bound}, {self.configuration}"
