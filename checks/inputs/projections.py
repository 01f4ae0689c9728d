"""Entities and weights beside queries, keys and values, checked to give just these.

q_i = W_Q e_i + b_Q, k_i = W_K e_i + b_K, v_i = W_V e_i + b_V (mathematics, section 0): weights are
(out, in), as PyTorch stores them, with the same leading axes as Q or none; entities (..., tokens,
D) have a row for each token, or for each normal token only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from checks.inputs.rows import Array, Rows
from derivations.errors import UnusableInput

GIVES = {"Q": "queries", "K": "keys", "V": "values"}
REPRODUCES = 1e-5
"""Share of the largest entry by which a product may be off, unless its type is coarser."""

FEWEST_ROUNDOFFS = 4.0


@dataclass(frozen=True, eq=False)
class Projections:
    """Checked entities (..., p or m + p, D), frozen tokens first, weights and biases by letter.

    ``mismatch`` says how far, as a share of the largest entry, each weight's product is from the
    queries, keys or values that were given.
    """

    entities: Array
    weights: Mapping[str, Array]
    biases: Mapping[str, Array]
    mismatch: Mapping[str, float]


def check_projections(
    entities: Array,
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
        target: Any = given[letter]
        bias = biases.get(letter)
        rows = entities[..., -normal:, :] if letter == "Q" else entities
        wanted = np.asarray(target[..., tokens - rows.shape[-2] :, :] if letter != "Q" else target)
        _check_weight(letter, weight, bias, rows, wanted)
        mismatch[letter] = _off(rows, weight, bias, wanted)
        allowed = max(REPRODUCES, FEWEST_ROUNDOFFS * resolution)
        if not mismatch[letter] <= allowed:
            raise UnusableInput(
                f"W_{letter} {weight.shape}{' and b_' + letter if bias is not None else ''} do not"
                f" give the {GIVES[letter]} {wanted.shape} from the entities E {rows.shape}: off by"
                f" up to {mismatch[letter]:.2g} of the largest entry"
                f"{_hint(rows, weight, bias, wanted, allowed)}."
            )
    return Projections(entities, dict(weights), dict(biases), mismatch)


def _check_weight(
    letter: str, weight: Array, bias: Array | None, rows: Array, wanted: Array
) -> None:
    expected = (wanted.shape[-1], rows.shape[-1])
    if weight.ndim < 2 or weight.shape[-2:] != expected:
        swapped = weight.ndim >= 2 and weight.shape[-2:] == expected[::-1]
        advice = "it looks transposed, so save its transpose" if swapped else "store it (out, in)"
        raise UnusableInput(
            f"W_{letter} {weight.shape} should end in {expected}, the width of the"
            f" {GIVES[letter]} and of E {rows.shape}; {advice}."
        )
    if bias is not None and (bias.ndim == 0 or bias.shape[-1] != expected[0]):
        raise UnusableInput(
            f"b_{letter} {bias.shape} should have {expected[0]} entries, one for each row of"
            f" W_{letter} {weight.shape}."
        )
    for name, leading in ((f"W_{letter}", weight.shape[:-2]), ("E", rows.shape[:-2])):
        if leading not in ((), wanted.shape[:-2]):
            raise UnusableInput(
                f"{name} has the leading axes {leading}, but the {GIVES[letter]} have"
                f" {wanted.shape[:-2]}; give it once for all of these, or once in all."
            )


def _off(rows: Array, weight: Array, bias: Array | None, wanted: Array) -> float:
    product = rows @ np.swapaxes(weight, -1, -2)
    if bias is not None:
        product = product + bias[..., None, :]
    size = float(np.abs(wanted).max()) or 1.0
    return float(np.abs(product - wanted).max()) / size


def _hint(rows: Array, weight: Array, bias: Array | None, wanted: Array, allowed: float) -> str:
    tries: dict[str, tuple[Array, Array | None]] = {}
    if weight.shape[-1] == weight.shape[-2]:
        tries["its transpose does"] = (np.swapaxes(weight, -1, -2), bias)
    if bias is not None:
        tries["it does without the bias"] = (weight, None)
    for said, (other, shift) in tries.items():
        if _off(rows, other, shift, wanted) <= allowed:
            return f"; {said}"
    return "; give the entities that enter attention (after any normalisation) and this head's rows"
