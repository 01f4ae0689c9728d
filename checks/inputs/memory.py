"""Any array in memory as stored rows: NumPy, PyTorch, or what speaks __array__ or DLPack."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.inputs.rows import Rows, is_torch
from derivations.errors import UnusableInput, one_line


def rows_of(array: Any, name: str) -> Rows:
    """An array of any library, without a copy where it can be had. Raises UnusableInput."""
    if isinstance(array, Rows):
        return array
    if is_torch(array):
        return Rows(array.detach())
    try:
        if not hasattr(array, "__array__") and hasattr(array, "__dlpack__"):
            stored = np.from_dlpack(array)
        else:
            stored = np.asarray(array)
    except (BufferError, RuntimeError, TypeError, ValueError) as reason:
        raise UnusableInput(
            f"{name} cannot be read as an array ({one_line(reason, 120)});"
            " give a rectangular array of numbers in this machine's memory."
        ) from reason
    if stored.dtype.name == "bfloat16":
        return Rows(stored.view(np.uint16), bfloat16=True)
    return Rows(stored)
