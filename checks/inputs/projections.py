"""Entities and weights beside queries, keys and values, checked to give just these.

q_i = W_Q e_i + b_Q, k_i = W_K e_i + b_K, v_i = W_V e_i + b_V (mathematics, section 0): weights are
(out, in), as PyTorch stores them, with the same leading axes as Q or none; entities (..., tokens,
D) have a row for each token, or for each normal token only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from checks.inputs.rows import Array, Rows
from derivations.errors import UnusableInput

GIVES = {"Q": "queries", "K": "keys", "V": "values"}
REPRODUCES = 1e-5
"""Share of the largest entry by which a product may be off, unless its type is coarser."""

FEWEST_ROUNDOFFS = 4.0
ENTRIES_AT_ONCE = 2**18


@dataclass(frozen=True, eq=False)
class Projections:
    """Checked entities (..., p or m + p, D), frozen tokens first, weights and biases by letter.

    ``mismatch`` says how far, as a share of the largest entry, each weight's product is from the
    queries, keys or values that were given.
    """

    entities: Array | Rows
    weights: Mapping[str, Array]
    biases: Mapping[str, Array]
    mismatch: Mapping[str, float]


def check_projections(
    entities: Array | Rows,
    weights: Mapping[str, Array],
    biases: Mapping[str, Array],
    given: Mapping[str, Array | Rows],
    resolution: float,
) -> Projections:
    """Compare W e + b with Q, K and V for the tokens whose entities are there.

    ``given`` has Q (..., p, d), K and V (..., m + p, width); ``resolution`` is the relative spacing
    of the coarsest type something was stored in. Raises UnusableInput if a product is off by more.
    """
    normal, tokens = given["Q"].shape[-2], given["K"].shape[-2]
    if entities.ndim < 2 or entities.shape[-2] not in (normal, tokens):
        raise UnusableInput(
            f"E {entities.shape} needs one row for each of the {tokens} tokens, or for each of the"
            f" {normal} normal ones, as wide as the weights."
        )
    if not weights:
        raise UnusableInput("E is given without W_Q, W_K or W_V; give the weights as well.")
    mismatch = {}
    for letter, weight in weights.items():
        bias = biases.get(letter)
        product = _Product(entities, weight, bias, given[letter], normal if letter == "Q" else None)
        product.check(letter)
        mismatch[letter] = product.off()
        allowed = max(REPRODUCES, FEWEST_ROUNDOFFS * resolution)
        if not mismatch[letter] <= allowed:
            raise UnusableInput(
                f"W_{letter} {weight.shape}{' and b_' + letter if bias is not None else ''} do not"
                f" give the {GIVES[letter]} {given[letter].shape} from the entities E"
                f" {entities.shape}: off by up to {mismatch[letter]:.2g} of the largest entry"
                f"{product.hint(allowed)}."
            )
    return Projections(entities, dict(weights), dict(biases), mismatch)


@dataclass(frozen=True, eq=False)
class _Product:
    """W e + b beside what it should give; compared in blocks of rows, for both may be large.

    ``last`` is how many of the entities' rows take part, the last ones; None: all.
    """

    entities: Any
    weight: Array
    bias: Array | None
    wanted: Any
    last: int | None

    @property
    def rows(self) -> int:
        """How many rows are compared: the last ones of both."""
        return int(self.entities.shape[-2]) if self.last is None else self.last

    def check(self, letter: str) -> None:
        """Raise UnusableInput unless the shapes fit."""
        expected = (self.wanted.shape[-1], self.entities.shape[-1])
        shape, leading = self.weight.shape, self.wanted.shape[:-2]
        if self.weight.ndim < 2 or shape[-2:] != expected:
            swapped = self.weight.ndim >= 2 and shape[-2:] == expected[::-1]
            advice = "it looks transposed: save its transpose" if swapped else "store it (out, in)"
            raise UnusableInput(
                f"W_{letter} {shape} should end in {expected}, the width of the"
                f" {GIVES[letter]} and of E {self.entities.shape}; {advice}."
            )
        if self.bias is not None and (self.bias.ndim == 0 or self.bias.shape[-1] != expected[0]):
            raise UnusableInput(
                f"b_{letter} {self.bias.shape} should have {expected[0]} entries, one for each row"
                f" of W_{letter} {shape}."
            )
        parts = {f"W_{letter}": shape[:-2], "E": self.entities.shape[:-2]}
        if self.bias is not None:
            parts[f"b_{letter}"] = self.bias.shape[:-1]
        for name, own in parts.items():
            if own not in ((), leading):
                raise UnusableInput(
                    f"{name} has the leading axes {own}, but the {GIVES[letter]} have {leading};"
                    " give it once for all of these, or once in all."
                )

    def off(self) -> float:
        """The largest difference as a share of the largest entry."""
        farthest = size = 0.0
        shared = self.entities.ndim == 2
        step = max(1, ENTRIES_AT_ONCE // max(self.weight.shape[-2:]))
        for head in np.ndindex(*self.wanted.shape[:-2]):
            weight = self.weight if self.weight.ndim == 2 else self.weight[head]
            bias = self.bias[head] if self.bias is not None and self.bias.ndim > 1 else self.bias
            for start in range(0, self.rows, step):
                stop = min(start + step, self.rows)
                rows = _last_rows(self.entities, () if shared else head, self.rows, start, stop)
                wanted = _last_rows(self.wanted, head, self.rows, start, stop)
                product = rows @ weight.T
                if bias is not None:
                    product += bias
                farthest = max(farthest, float(np.abs(product - wanted).max()))
                size = max(size, float(np.abs(wanted).max()))
        return farthest / (size or 1.0)

    def hint(self, allowed: float) -> str:
        """What would give the wanted rows, if something simple does."""
        tries: dict[str, _Product] = {}
        if self.weight.shape[-1] == self.weight.shape[-2]:
            transposed = np.swapaxes(self.weight, -1, -2)
            tries["its transpose does"] = replace(self, weight=transposed)
        if self.bias is not None:
            tries["it does without the bias"] = replace(self, bias=None)
        for said, other in tries.items():
            if other.off() <= allowed:
                return f"; {said}"
        return "; give the entities that enter attention, after normalisation, and this head's rows"


def _last_rows(array: Any, head: tuple[int, ...], count: int, start: int, stop: int) -> Array:
    """Rows start..stop of the last ``count`` rows of one head."""
    skipped = array.shape[-2] - count
    return np.asarray(array[(*head, slice(skipped + start, skipped + stop))])
