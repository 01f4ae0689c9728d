"""A large array kept as it is stored and read in float64 blocks of rows.

Small arrays become float64 NumPy arrays when they are read. A large one stays where it is, in its
own type: in a mapped file, in the caller's memory or on the caller's device. :class:`Rows` looks
enough like a float64 array to be measured block by block without a copy of the whole.
"""

from __future__ import annotations

import math
import mmap
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from checks.inputs.file_map import read

Array = NDArray[np.float64]
Order = slice | NDArray[np.intp] | None

KEPT_ABOVE = 2**23
"""Bytes in float64 above which an array is kept as stored instead of being converted."""

READ_AT_ONCE = 2**20
"""Entries per block when the whole array is gone through."""

LONGEST_STRETCH = 4
"""How many rows may be read for each row that was picked."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A stored array (..., rows, width), read as float64; ``order`` picks or permutes the rows.

    ``stored`` is a NumPy array (float16, float32, float64, or an integer type that fits), a uint16
    array holding bfloat16 numbers (``bfloat16`` is then true), or a PyTorch tensor on any device.
    ``numpy.asarray(rows)`` reads everything.
    """

    stored: Any
    bfloat16: bool = False
    order: Order = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape after rows were picked."""
        shape = tuple(int(n) for n in self.stored.shape)
        if self.order is None:
            return shape
        if isinstance(self.order, slice):
            picked = len(range(*self.order.indices(shape[-2])))
        else:
            picked = len(self.order)
        return (*shape[:-2], picked, shape[-1])

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.stored.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[np.float64]:
        """What blocks are read as."""
        return np.dtype(np.float64)

    @property
    def heads(self) -> tuple[tuple[int, ...], ...]:
        """Every index into the leading axes."""
        return tuple(np.ndindex(*self.shape[:-2]))

    def pick(self, order: Order) -> Rows:
        """The same storage with these of its present rows."""
        if order is None:
            return self
        if self.order is None:
            return Rows(self.stored, self.bfloat16, order)
        present = np.arange(int(self.stored.shape[-2]))[self.order]
        return Rows(self.stored, self.bfloat16, present[order])

    def block(self, head: tuple[int, ...], start: int, stop: int) -> Any:
        """Rows start..stop of one head (stop - start, width): float64, NumPy or PyTorch."""
        rows: Any = slice(start, stop)
        if isinstance(self.order, slice):
            chosen = range(*self.order.indices(int(self.stored.shape[-2])))[start:stop]
            reach = chosen.stop if chosen.stop >= 0 else None
            rows = slice(chosen.start, reach, chosen.step)
        elif self.order is not None:
            rows = self.order[start:stop]
        if is_torch(self.stored):
            return self.stored[(*head, rows)].detach().double()
        if not isinstance(rows, slice) and len(rows):
            # Picked rows lie in a stretch of the file that is read, if it is not much longer.
            first, last = int(rows.min()), int(rows.max()) + 1
            if last - first <= LONGEST_STRETCH * len(rows):
                stretch = read(self.stored[(*head, slice(first, last))])
                return as_float64(stretch[rows - first], self.bfloat16)
        return as_float64(read(self.stored[(*head, rows)]), self.bfloat16)

    def blocks(self) -> Iterator[tuple[tuple[int, ...], int, Any]]:
        """All heads in blocks: (head, first row, block)."""
        step = max(1, READ_AT_ONCE // max(1, self.shape[-1]))
        for head in self.heads:
            for start in range(0, self.shape[-2], step):
                yield head, start, self.block(head, start, start + step)
                self.release()

    def release(self) -> None:
        """Let go of the pages of a mapped file that were read; a no-op for any other storage."""
        release_pages(self.stored)

    def __getitem__(self, index: Any) -> Array:
        """Like indexing the float64 array; a single head and a slice of rows reads only those."""
        place = index if isinstance(index, tuple) else (index,)
        leading = self.ndim - 2
        plain = all(isinstance(each, int | np.integer) for each in place[:leading])
        if plain and leading <= len(place) <= leading + 1:
            head = tuple(int(each) for each in place[:leading])
            rows = place[leading] if len(place) > leading else slice(None)
            if isinstance(rows, slice) and rows.step in (None, 1):
                start, stop, _ = rows.indices(self.shape[-2])
                return to_numpy(self.block(head, start, stop))
        part: Array = np.asarray(self)[place]
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("reading stored rows as float64 needs a copy")
        whole = np.empty(self.shape, dtype=np.float64)
        for head, start, block in self.blocks():
            whole[head][start : start + len(block)] = to_numpy(block)
        return whole if dtype is None else whole.astype(dtype)


def as_float64(part: NDArray[Any], bfloat16: bool = False) -> Array:
    """A NumPy array in float64, exactly; no copy where it is float64 already."""
    if bfloat16:
        part = (part.astype(np.uint32) << 16).view(np.float32)
    return np.asarray(part, dtype=np.float64)


def is_torch(array: object) -> bool:
    """Whether this is a PyTorch tensor; PyTorch is never imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def to_numpy(array: Any) -> Array:
    """A block in float64 on this machine."""
    if is_torch(array):
        return np.asarray(array.detach().cpu().double().numpy())
    return np.asarray(array, dtype=np.float64)


def release_pages(stored: Any) -> None:
    """Tell the system that the pages of a file mapped for reading may be forgotten.

    Other maps are left alone: one that is copied on writing would lose what was written.
    """
    base = stored
    while base is not None and not isinstance(base, np.memmap):
        base = getattr(base, "base", None)
    if base is None or base.mode != "r" or not hasattr(mmap, "MADV_DONTNEED"):
        return
    cast(Any, base)._mmap.madvise(mmap.MADV_DONTNEED)
