"""The numbers of an array: their type, their conversion to float64, and that all are usable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checks.inputs.rows import KEPT_ABOVE, Array, Rows, as_float64, is_torch, to_numpy
from derivations.errors import UnusableInput

LARGEST_MAGNITUDE = 2.0**300
"""Entries above this are refused: products and squares of them could overflow in float64."""

FLOATS = ("float16", "float32", "float64", "bfloat16")


def type_name(rows: Rows) -> str:
    """The type of the stored numbers, e.g. "float32"."""
    if rows.bfloat16:
        return "bfloat16"
    return str(rows.stored.dtype).removeprefix("torch.")


def resolution_of(rows: Rows) -> float:
    """The relative spacing of the type the numbers are stored in; 0 for integers."""
    return resolution_of_type(type_name(rows))


def resolution_of_type(name: str) -> float:
    """The relative spacing of a type by its :func:`type_name`; 0 for integers."""
    if name == "bfloat16":
        return 2.0**-7
    kind = np.dtype(name)
    return float(np.spacing(np.ones((), dtype=kind))) if kind.kind == "f" else 0.0


def check_type(rows: Rows, name: str) -> None:
    """Raise UnusableInput unless the entries are real numbers of a type that is read."""
    written = type_name(rows)
    if written == "object":
        raise UnusableInput(
            f"{name} is an object array of shape {rows.shape}, perhaps of rows of unequal length;"
            " make it one rectangular float array."
        )
    real = is_torch(rows.stored) and written in FLOATS
    if not real and (is_torch(rows.stored) or rows.stored.dtype.kind not in "fiu"):
        raise UnusableInput(
            f"{name} of shape {rows.shape} has type {written}, not real numbers;"
            " save it as float32 or float64."
        )


def kept(rows: Rows, name: str, may_stay: bool) -> Array | Rows:
    """The rows as they are stored if they are many, or else in float64 and read-only."""
    if may_stay and type_name(rows) in FLOATS and 8 * rows.size > KEPT_ABOVE:
        return rows
    if rows.bfloat16 or is_torch(rows.stored):
        whole = to_numpy(rows.stored) if is_torch(rows.stored) else as_float64(rows.stored, True)
    else:
        whole = _as_float64(rows.stored, name)
    if rows.order is not None:
        whole = whole[..., rows.order, :]
    whole = np.array(whole, order="C")
    whole.setflags(write=False)
    return whole


def _as_float64(array: NDArray[np.generic], name: str) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        converted = np.array(array, dtype=np.float64, order="C")
        may_round = array.dtype.itemsize >= 8 and array.dtype != np.float64
        kept = converted.astype(array.dtype) == array if may_round else np.True_
    # NaN never equals itself; it is reported with its place by check_entries.
    if not np.all(kept | ~np.isfinite(converted) if array.dtype.kind == "f" else kept):
        raise UnusableInput(
            f"{name} of shape {array.shape} and type {array.dtype} does not fit into float64"
            " without rounding; save it as float64."
        )
    return converted


def check_entries(array: Array | Rows, name: str) -> None:
    """Raise UnusableInput, saying where, if an entry is NaN, infinite or too large."""
    wrong = 0
    first: tuple[str, tuple[int, ...]] | None = None
    large: tuple[float, tuple[int, ...]] | None = None
    blocks = array.blocks() if isinstance(array, Rows) else [((), 0, array)]
    for head, start, block in blocks:
        # The largest and smallest entry are NaN if any is; most blocks need no more.
        if max(abs(float(block.max())), abs(float(block.min()))) <= LARGEST_MAGNITUDE:
            continue
        numbers = to_numpy(block)
        finite = np.isfinite(numbers)
        wrong += int((~finite).sum())
        for mask in (~finite, np.abs(numbers) > LARGEST_MAGNITUDE):
            if not mask.any():
                continue
            inside = tuple(int(i) for i in np.argwhere(mask)[0])
            place = (*head, start + inside[0], *inside[1:])
            if mask[inside] and not finite[inside]:
                first = first or ("NaN" if np.isnan(numbers[inside]) else "infinity", place)
            else:
                large = large or (float(numbers[inside]), place)
    if first is not None:
        raise UnusableInput(
            f"{name} {array.shape} has {wrong} entries that are not finite, the"
            f" first {first[0]} at index {first[1]}; remove padded or masked rows before saving."
        )
    if large is not None:
        raise UnusableInput(
            f"{name} {array.shape} has the entry {large[0]:.3g} at index {large[1]}, so large that"
            f" float64 may overflow; rescale it below {LARGEST_MAGNITUDE:.0e}."
        )
