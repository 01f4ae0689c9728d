"""What changed weights achieve: attention over the normal tokens alone, against the exact update.

The weights can come from the same question or from another one over the same context; the second
case is the transfer of mathematics, section 4: do weights that carry the context for one question
carry it for another? The change acts on the entities, so keys become k_j + dW e_j.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.approximations import softmax_mean, visible_logits
from checks.hull import hull_distance
from checks.inputs.entries import resolution_of_type
from checks.reference import exact_update
from checks.rounding import rounding_radii
from checks.stored_update import REPRODUCES
from checks.tensors import Array, Tensors, UnusableInput


@dataclass(frozen=True, eq=False)
class Carried:
    """Distances from the exact update per query (p,), in units of the values.

    ``changed``: of attention over the normal tokens with the changed weights. ``dropped``: with the
    weights as they are. ``keys_only_limit``: a certain lower end for every change of keys alone
    (the distance to the hull); with changed values the error can be below it.
    """

    changed: Array
    dropped: Array
    keys_only_limit: Array


def need_same_context(first: Tensors, second: Tensors) -> None:
    """Raises UnusableInput unless both have the same heads, widths, frozen keys and values.

    Keys and values may differ as much as a stored update may from the computed one, REPRODUCES of
    the largest entry or twice the resolution of the type they are stored in: a program that asks
    two questions computes their context twice.
    """
    told = f"a second question needs the same context: {second.name}"
    for kind in ("keys", "values"):
        own, other = _context(first, kind), _context(second, kind)
        if own.shape != other.shape:
            raise UnusableInput(
                f"{told} has frozen {kind} {other.shape}, and {first.name} {own.shape}."
            )
        largest = float(np.abs(own).max(initial=0.0)) or 1.0
        share = float(np.abs(own - other).max(initial=0.0)) / largest
        stored = [each.stored[kind[0].upper()] for each in (first, second) if each.stored]
        if not share <= max([REPRODUCES, *(2.0 * resolution_of_type(name) for name in stored)]):
            raise UnusableInput(
                f"{told} has frozen {kind} that differ from those of {first.name} by up to"
                f" {share:.2g} of the largest; without a causal mask only the first layer's context"
                " does not depend on the question."
            )


def _context(tensors: Tensors, kind: str) -> Array:
    rows = np.asarray(getattr(tensors, kind))
    return np.asarray(rows[..., : tensors.frozen, :])


def changed_update(
    tensors: Tensors,
    entities: Array,
    key_change: Array | None = None,
    value_change: Array | None = None,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> Array:
    """Attention (p, c) of one head over its normal tokens with k_j + dW_K e_j and v_j + dW_V e_j.

    ``tensors`` without leading axes, ``entities`` (p, D) of the normal tokens, the changes (d, D)
    and (c, D); None changes nothing.
    """
    if tensors.leading:
        raise UnusableInput(
            f"{tensors.name} has leading axes {tensors.leading}; weights belong to one head each."
        )
    keys, values = tensors.keys[tensors.frozen :], tensors.values[tensors.frozen :]
    if key_change is not None:
        keys = keys + entities @ key_change.T
    if value_change is not None:
        values = values + entities @ value_change.T
    _, logits = visible_logits(tensors.queries, keys, scale=scale, causal=causal)
    return softmax_mean(logits, values)


def carried(
    tensors: Tensors,
    entities: Array,
    key_change: Array | None = None,
    value_change: Array | None = None,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> Carried:
    """The errors of changed weights on one head, beside those of the context dropped."""
    exact = exact_update(tensors.queries, tensors.keys, tensors.values, scale=scale, causal=causal)
    with_change = changed_update(
        tensors, entities, key_change, value_change, scale=scale, causal=causal
    )
    without = changed_update(tensors, entities, scale=scale, causal=causal)
    radius = rounding_radii(tensors, scale=scale, causal=causal).update
    own = tensors.values[tensors.frozen :]
    hull = hull_distance(exact, own, causal=causal, radius=radius)
    return Carried(
        changed=np.linalg.norm(exact - with_change, axis=-1),
        dropped=np.linalg.norm(exact - without, axis=-1),
        keys_only_limit=hull.lower,
    )
