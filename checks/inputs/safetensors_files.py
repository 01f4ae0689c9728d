"""Arrays in a .safetensors file, mapped and never loaded whole; bfloat16 included.

The format is eight bytes (the length of the header, little-endian), a JSON header that gives type,
shape and place of every array, and the data. Reading it takes no library, and NumPy has no bfloat16
for one to return. Source: the safetensors format description.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from checks.inputs.file_map import map_file
from checks.inputs.rows import Rows
from checks.inputs.sources import Source
from derivations.errors import UnusableInput

TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}
LONGEST_HEADER = 10**8


def open_file(path: Path) -> Source:
    """The arrays of a .safetensors file. Raises UnusableInput."""
    header, start = _header(path)
    names = [name for name in header if name != "__metadata__"]
    return Source(path, names, lambda name: _read(path, name, header[name], start))


def _header(path: Path) -> tuple[dict[str, Any], int]:
    damaged = f"{path.name} is not a .safetensors file, or it was cut short; write it again."
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(LONGEST_HEADER, size - 8):
                raise UnusableInput(damaged)
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError) as reason:
        raise UnusableInput(damaged) from reason
    if not isinstance(header, dict):
        raise UnusableInput(damaged)
    return header, 8 + length


def _read(path: Path, name: str, entry: Any, start: int) -> Rows:
    try:
        kind, shape = entry["dtype"], tuple(int(n) for n in entry["shape"])
        first, last = (int(n) for n in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as reason:
        raise UnusableInput(
            f"the header of {path.name} does not say what {name} is; write the file again."
        ) from reason
    if kind not in TYPES:
        raise UnusableInput(
            f"{name} in {path.name} has type {kind}, which is not read;"
            " save it as float32 or bfloat16."
        )
    dtype = np.dtype(TYPES[kind])
    if min(shape, default=1) < 0 or first < 0 or last - first != math.prod(shape) * dtype.itemsize:
        raise UnusableInput(
            f"{name} {shape} in {path.name} does not have the size its header says;"
            " write the file again."
        )
    if start + last > path.stat().st_size:
        raise UnusableInput(f"{name} in {path.name} is cut short; write the file again.")
    if first == last:
        return Rows(np.empty(shape, dtype=dtype))
    return Rows(map_file(path, dtype, start + first, shape), bfloat16=kind == "BF16")
