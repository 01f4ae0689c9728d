"""A file mapped for its shape, and read by position: what is cut short while it is read is noticed.

Touching a page of a mapped file that is no longer there ends the process, so the map only says
where in the file the entries of an array lie, whatever views were taken of it. They are read with
ordinary reads, which fail in an ordinary way, and count as no memory of this process.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.errors import UnusableInput

SPAN_AT_ONCE = 2**23
"""Bytes from the first to the last entry that are read at once."""


class _Opened:
    """A file that stays open, whatever becomes of its name, as long as something is to be read."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.descriptor = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    def read(self, start: int, count: int) -> bytearray:
        """These bytes. Raises UnusableInput if the file has lost them."""
        content = bytearray(count)
        view, done = memoryview(content), 0
        while done < count:
            try:
                more = os.preadv(self.descriptor, [view[done:]], start + done)
            except OSError as reason:
                raise UnusableInput(
                    f"{self.name} could no longer be read ({reason.strerror}); measure a copy."
                ) from reason
            if not more:
                raise UnusableInput(
                    f"{self.name} was cut short while it was read; write it again, and measure it"
                    " when it is whole."
                )
            done += more
        return content


class FileMap(np.memmap):
    """An array in a file, mapped for reading only."""

    opened: _Opened


def map_file(
    path: Path, dtype: np.dtype[Any], start: int, shape: tuple[int, ...], order: Any = "C"
) -> FileMap:
    """The array of this shape that begins at byte ``start`` of a file."""
    opened = _Opened(path)
    with os.fdopen(os.dup(opened.descriptor), "rb") as file:
        mapped = FileMap(file, dtype, "r", start, shape, order)
    mapped.opened = opened
    return mapped


def read(array: NDArray[Any]) -> NDArray[Any]:
    """A copy of a view of a :class:`FileMap`, read by position; any other array as it is."""
    root: Any = array
    while root is not None and not (isinstance(root, FileMap) and hasattr(root, "opened")):
        root = getattr(root, "base", None)
    return array if root is None else _copied(array, root)


def _copied(array: NDArray[Any], root: FileMap) -> NDArray[Any]:
    if array.size == 0:
        return np.empty(array.shape, array.dtype)
    reach = [(n - 1) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
    before = sum(each for each in reach if each < 0)
    span = sum(each for each in reach if each > 0) - before + array.itemsize
    if span > SPAN_AT_ONCE and array.size > 1:
        # Halves along the axis that reaches farthest, down to spans that are read at once.
        axis = int(np.argmax(np.abs(reach)))
        halves = np.array_split(array, 2, axis=axis)
        return np.concatenate([_copied(half, root) for half in halves], axis=axis)
    place = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    content = root.opened.read(int(root.offset) + place + before, span)
    return np.ndarray(array.shape, array.dtype, content, -before, array.strides)
