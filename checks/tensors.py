"""Read the queries, keys and values of one attention layer from an ``.npz`` file.

A file holds arrays ``Q``, ``K``, ``V`` and optionally ``Delta`` (the stored attention update), or
several such sets whose names share a prefix: ``e0_l1_Q``, ``e0_l1_K``, ``e0_l1_V``. ``Q`` has one
row per normal token; the last ``len(Q)`` rows of ``K`` and ``V`` belong to the normal tokens, the
rows before them to the frozen ones. Leading axes such as heads are allowed and must agree.

Whatever cannot be used raises :class:`UnusableInput`, a ValueError, with one sentence that names
the array and says what to do. Pickled arrays are never loaded.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from derivations.errors import UnusableInput as UnusableInput

Array = NDArray[np.float64]

LARGEST_MAGNITUDE = 2.0**300
"""Entries above this are refused: products and squares of them could overflow in float64."""

BLOCK_ENTRIES = 2**21
"""Scores held at a time: one head, or as many as stay below this."""


@dataclass(frozen=True, eq=False)
class Tensors:
    """Checked float64 tensors of one attention layer (read-only arrays).

    Shapes: ``queries`` (..., p, d), ``keys`` (..., m + p, d), ``values`` (..., m + p, c) and
    ``update`` (..., p, c) or None; the first m rows of keys and values are the frozen tokens.
    ``update_resolution`` is the relative spacing of the type in which the update was stored.
    """

    queries: Array
    keys: Array
    values: Array
    update: Array | None
    name: str
    update_resolution: float = 0.0

    @property
    def leading(self) -> tuple[int, ...]:
        """The leading axes, e.g. (heads,)."""
        return self.queries.shape[:-2]

    @property
    def normal(self) -> int:
        """p, the number of normal tokens: one query each."""
        return int(self.queries.shape[-2])

    @property
    def frozen(self) -> int:
        """m, the number of frozen tokens (0 is allowed)."""
        return int(self.keys.shape[-2]) - self.normal

    def blocks(self) -> Iterator[Tensors]:
        """The heads, all leading axes merged into one, in blocks of about BLOCK_ENTRIES scores."""
        heads = math.prod(self.leading)
        step = max(1, BLOCK_ENTRIES // (self.normal * (self.frozen + self.normal)))
        for start in range(0, heads, step):
            chosen = slice(start, start + step)
            yield replace(
                self,
                queries=_merge_heads(self.queries)[chosen],
                keys=_merge_heads(self.keys)[chosen],
                values=_merge_heads(self.values)[chosen],
                update=None if self.update is None else _merge_heads(self.update)[chosen],
            )


def _merge_heads(array: Array) -> Array:
    return array.reshape(-1, *array.shape[-2:])


def read_tensors(path: str | Path, prefix: str | None = None) -> Tensors:
    """Read ``{prefix}Q``, ``{prefix}K``, ``{prefix}V`` and, if there, ``{prefix}Delta``.

    Without a prefix the plain names are read. Raises UnusableInput.
    """
    path = Path(path)
    label = f"{path.name}" if not prefix else f"{path.name}:{prefix}"
    with _open_archive(path) as archive:
        chosen = "" if prefix is None else prefix
        names = {kind: chosen + kind for kind in ("Q", "K", "V", "Delta")}
        if any(names[kind] not in archive for kind in "QKV"):
            raise UnusableInput(_names_missing(path, archive.files, chosen))
        found = {
            kind: _load_member(path, archive, name)
            for kind, name in names.items()
            if name in archive
        }
    return _checked(found, names, label)


def as_tensors(
    queries: ArrayLike,
    keys: ArrayLike,
    values: ArrayLike,
    update: ArrayLike | None = None,
    name: str = "arrays",
) -> Tensors:
    """The same checks for arrays already in memory. Raises UnusableInput."""
    found = {"Q": np.asarray(queries), "K": np.asarray(keys), "V": np.asarray(values)}
    if update is not None:
        found["Delta"] = np.asarray(update)
    return _checked(found, {kind: kind for kind in found}, name)


def prefixes(names: Iterable[str]) -> tuple[str, ...]:
    """The prefixes under which Q, K and V are all present, sorted; '' for the plain names.

    A prefix must end in something other than a letter, so that weight matrices called ``l0_WQ``,
    ``l0_WK``, ``l0_WV`` are not offered as tensors.
    """
    present = set(names)
    stems = {name[:-1] for name in present if name.endswith("Q")}
    return tuple(
        sorted(
            stem
            for stem in stems
            if {stem + "K", stem + "V"} <= present and not (stem and stem[-1].isalpha())
        )
    )


def _open_archive(path: Path) -> np.lib.npyio.NpzFile:
    if not path.exists():
        raise UnusableInput(f"{path} does not exist; give the path of an .npz file.")
    if not path.is_file():
        raise UnusableInput(f"{path} is not a file; give the path of an .npz file.")
    try:
        is_zip = zipfile.is_zipfile(path)
        opened = np.load(path, allow_pickle=False) if is_zip else None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as reason:
        raise UnusableInput(
            f"{path} cannot be opened ({reason}); write it again with numpy.savez."
        ) from reason
    if not isinstance(opened, np.lib.npyio.NpzFile):
        raise UnusableInput(
            f"{path} is not an .npz archive, or it was cut short;"
            " write it again with numpy.savez(path, Q=..., K=..., V=...)."
        )
    return opened


def _load_member(path: Path, archive: np.lib.npyio.NpzFile, name: str) -> NDArray[np.generic]:
    try:
        array = archive[name]
    except (
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as reason:
        if "allow_pickle" in str(reason):
            raise UnusableInput(
                f"{name} in {path.name} is an object array, which only unpickling (running code"
                " from the file) could read; save it as one rectangular float array."
            ) from reason
        raise UnusableInput(
            f"{name} in {path.name} is damaged ({reason}); write the file again with numpy.savez."
        ) from reason
    if not isinstance(array, np.ndarray):
        raise UnusableInput(
            f"{name} in {path.name} is not an array; write the file with numpy.savez."
        )
    return array


def _names_missing(path: Path, present: list[str], prefix: str) -> str:
    known = prefixes(present)
    missing = ", ".join(prefix + kind for kind in "QKV" if prefix + kind not in present)
    if known:
        choices = ", ".join(repr(each) if each else "none (plain Q, K, V)" for each in known)
        advice = f"choose one of the prefixes in the file: {choices}"
    else:
        listed = ", ".join(present[:8]) + (", ..." if len(present) > 8 else "")
        advice = f"no prefix has all of Q, K, V; the file holds {listed or 'nothing'}"
    return f"{path.name} has no {missing}; {advice}."


def _checked(
    found: Mapping[str, NDArray[np.generic]], names: Mapping[str, str], label: str
) -> Tensors:
    resolution = 0.0
    for kind, array in found.items():
        if kind == "Delta" and array.dtype.kind == "f":
            resolution = float(np.spacing(np.ones((), dtype=array.dtype)))
    numbers = {kind: _as_float64(array, names[kind]) for kind, array in found.items()}
    _check_shapes(numbers, names)
    for kind, array in numbers.items():
        _check_entries(array, names[kind])
    return Tensors(
        queries=numbers["Q"],
        keys=numbers["K"],
        values=numbers["V"],
        update=numbers.get("Delta"),
        name=label,
        update_resolution=resolution,
    )


def _as_float64(array: NDArray[np.generic], name: str) -> Array:
    if array.dtype.kind == "O":
        raise UnusableInput(
            f"{name} is an object array of shape {array.shape}, perhaps of rows of unequal length;"
            " make it one rectangular float array."
        )
    if array.dtype.kind not in "fiu":
        raise UnusableInput(
            f"{name} of shape {array.shape} has type {array.dtype}, not real numbers;"
            " save it as float32 or float64."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        converted = np.array(array, dtype=np.float64, order="C")
        may_round = array.dtype.itemsize >= 8 and array.dtype != np.float64
        kept = converted.astype(array.dtype) == array if may_round else np.True_
    # NaN never equals itself; it is reported with its place by _check_entries.
    if not np.all(kept | ~np.isfinite(converted) if array.dtype.kind == "f" else kept):
        raise UnusableInput(
            f"{name} of shape {array.shape} and type {array.dtype} does not fit into float64"
            " without rounding; save it as float64."
        )
    converted.setflags(write=False)
    return converted


def _check_shapes(arrays: Mapping[str, Array], names: Mapping[str, str]) -> None:
    shape = {kind: array.shape for kind, array in arrays.items()}
    told = {kind: f"{names[kind]} {shape[kind]}" for kind in arrays}
    for kind in arrays:
        if len(shape[kind]) < 2:
            raise UnusableInput(
                f"{told[kind]} needs at least two axes: (tokens, width), heads first if any."
            )
    if shape["Q"][-2] == 0:
        raise UnusableInput(
            f"{told['Q']} has no rows: there is no normal token, so nothing to update;"
            " give Q one row per normal token."
        )
    for kind in arrays:
        if 0 in shape[kind]:
            raise UnusableInput(f"{told[kind]} is empty; every axis needs at least one entry.")
        if shape[kind][:-2] != shape["Q"][:-2]:
            raise UnusableInput(
                f"{told['Q']} and {told[kind]} differ in their leading axes;"
                " repeat shared keys and values once per query head."
            )
    if shape["Q"][-1] != shape["K"][-1]:
        raise UnusableInput(
            f"{told['Q']} and {told['K']} differ in width (the last axis);"
            " queries and keys need the same."
        )
    if shape["K"][-2] != shape["V"][-2]:
        raise UnusableInput(
            f"{told['K']} and {told['V']} differ in length;"
            " give one key row and one value row per token."
        )
    if shape["K"][-2] < shape["Q"][-2]:
        raise UnusableInput(
            f"{told['K']} has fewer rows than {told['Q']};"
            " the last rows of K and V must be those of the tokens in Q."
        )
    expected = shape["Q"][:-1] + shape["V"][-1:]
    if "Delta" in shape and shape["Delta"] != expected:
        raise UnusableInput(
            f"{told['Delta']} should have shape {expected}: one row per query, as wide as V."
        )


def _check_entries(array: Array, name: str) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        what = "NaN" if np.isnan(array[place]) else "infinity"
        raise UnusableInput(
            f"{name} {array.shape} has {int((~finite).sum())} entries that are not finite, the"
            f" first {what} at index {place}; remove padded or masked rows before saving."
        )
    if np.abs(array).max() > LARGEST_MAGNITUDE:
        place = tuple(int(i) for i in np.argwhere(np.abs(array) > LARGEST_MAGNITUDE)[0])
        raise UnusableInput(
            f"{name} {array.shape} has the entry {array[place]:.3g} at index {place}, so large that"
            f" float64 may overflow; rescale it below {LARGEST_MAGNITUDE:.0e}."
        )
