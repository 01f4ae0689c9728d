"""Compare a stored attention update with the computed one before anything is measured.

Agreement shows that scale, mask and order of tokens are the model's own. It decides whether the
input is usable, never whether a bound holds.
"""

from __future__ import annotations

import numpy as np

from checks.reference import attention_scale, exact_update
from checks.tensors import Array, Tensors, UnusableInput

REPRODUCES = 1e-5
"""Share of the stored update's largest entry by which the computed one may be off."""


def stored_update_mismatch(tensors: Tensors, *, scale: float | None, causal: bool) -> float:
    """The largest difference from the stored update, as a share of its largest entry.

    Raises UnusableInput if that is above REPRODUCES and above twice the resolution of the type the
    update was stored in (which matters for float16), or if no update is stored.
    """
    if tensors.update is None:
        raise UnusableInput(f"{tensors.name} holds no stored Delta to compare with; save one.")
    farthest = max(_largest_difference(heads, scale, causal) for heads in tensors.blocks())
    return checked_mismatch(tensors, farthest, scale=scale, causal=causal)


def checked_mismatch(
    tensors: Tensors, farthest: float, *, scale: float | None, causal: bool
) -> float:
    """The largest difference ``farthest`` as a share; raises UnusableInput like the above."""
    if tensors.update is None:
        raise UnusableInput(f"{tensors.name} holds no stored Delta to compare with; save one.")
    size = float(np.abs(tensors.update).max())
    if size == 0.0:
        # An update of zeros is compared on the scale of the values.
        size = float(np.abs(np.asarray(tensors.values[..., -tensors.normal :, :])).max()) or 1.0
    share = farthest / size
    allowed = max(REPRODUCES, 2.0 * tensors.update_resolution)
    if not share <= allowed:
        factor = attention_scale(tensors.queries.shape[-1], scale)
        raise UnusableInput(
            f"the stored Delta {tensors.update.shape} of {tensors.name} is not reproduced: the"
            f" computed update is off by up to {share:.2g} of its largest entry (scale"
            f" {factor:.6g}, {'causal' if causal else 'not causal'}), which usually means a wrong"
            f" scale or causal flag{_hint(tensors, scale, causal, allowed * size)}."
        )
    return share


def _hint(tensors: Tensors, scale: float | None, causal: bool, allowed: float) -> str:
    """Which other common choice reproduces the first heads, if any does; none for large ones."""
    if tensors.streamed:
        return ""
    first = next(tensors.blocks())
    width = tensors.queries.shape[-1]
    scales = {
        "the same scale": scale,
        "the default scale": None,
        "scale 1": 1.0,
        f"scale 1/{width}": 1.0 / width,
    }
    for label, other in scales.items():
        for mask in (not causal, causal):
            same = attention_scale(width, other) == attention_scale(width, scale)
            if mask is causal and same:
                continue
            if _largest_difference(first, other, mask) <= allowed:
                return f"; {label} with causal={mask} reproduces it"
    return ""


def _largest_difference(tensors: Tensors, scale: float | None, causal: bool) -> float:
    if tensors.update is None:
        return 0.0
    computed: Array = exact_update(
        tensors.queries, tensors.keys, tensors.values, scale=scale, causal=causal
    )
    return float(np.abs(computed - tensors.update).max())
