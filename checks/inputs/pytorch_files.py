"""Arrays in a file written by torch.save: plain tensors in dictionaries, without PyTorch.

Such a file is an uncompressed zip archive: one record of raw numbers for each storage, and a pickle
that says how tensors view them (:mod:`checks.inputs.pickled_names` reads it and runs nothing). The
records are mapped. A file from before PyTorch 1.6 is one pickle; it is read only by PyTorch itself,
if that is installed, with ``weights_only=True``.
"""

from __future__ import annotations

import importlib.util
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from checks.inputs.file_map import map_file
from checks.inputs.pickled_names import NotPlain, TensorEntry, read_index
from checks.inputs.rows import Rows
from checks.inputs.sources import Source
from derivations.errors import UnusableInput, one_line

STORAGES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "u2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "b1",
}
SAFE = "save plain tensors, torch.save({'Q': Q, 'K': K, 'V': V}, path), or use safetensors"
LARGEST_INDEX = 2**26


def is_pytorch(path: Path) -> bool:
    """Whether the file is a zip archive that torch.save wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def open_file(path: Path) -> Source:
    """The tensors of a PyTorch file, nested names joined by dots. Raises UnusableInput."""
    if not zipfile.is_zipfile(path):
        return _old_format(path)
    try:
        with zipfile.ZipFile(path) as archive:
            index = next((n for n in archive.namelist() if n.endswith("data.pkl")), None)
            if index is None:
                raise UnusableInput(f"{path.name} is a zip archive but no PyTorch file; {SAFE}.")
            if archive.getinfo(index).file_size > LARGEST_INDEX:
                raise UnusableInput(f"{path.name} holds more than plain tensors; {SAFE}.")
            top = index.removesuffix("data.pkl")
            content = read_index(archive.read(index))
            order = f"{top}byteorder"
            big = order in archive.namelist() and archive.read(order).strip() == b"big"
            places = {
                info.filename.removeprefix(f"{top}data/"): info for info in archive.infolist()
            }
    except NotPlain as reason:
        raise UnusableInput(
            f"{path.name} holds more than plain tensors ({one_line(reason, 80)}), which only"
            f" unpickling (running code from the file) could read; {SAFE}."
        ) from reason
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as reason:
        raise UnusableInput(
            f"{path.name} is damaged ({reason}); write it again with torch.save."
        ) from reason
    entries = dict(_tensors(content))
    return Source(path, list(entries), lambda name: _read(path, name, entries[name], places, big))


def _tensors(content: Any, prefix: str = "") -> Iterator[tuple[str, TensorEntry]]:
    if isinstance(content, TensorEntry):
        yield prefix.removesuffix("."), content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _tensors(value, f"{prefix}{key}.")


def _read(
    path: Path, name: str, entry: TensorEntry, places: dict[str, zipfile.ZipInfo], big: bool
) -> Rows:
    storage = entry.storage
    place = places.get(storage.record)
    if storage.kind not in STORAGES or place is None:
        raise UnusableInput(
            f"{name} in {path.name} is of a type that is not read ({storage.kind});"
            " save it as float32 or bfloat16."
        )
    dtype = np.dtype((">" if big else "<") + STORAGES[storage.kind])
    reach = entry.offset + sum(
        (n - 1) * step for n, step in zip(entry.shape, entry.strides, strict=True)
    )
    wrong = min((*entry.shape, *entry.strides, entry.offset), default=0) < 0
    if 0 in entry.shape:
        return Rows(np.empty(entry.shape, dtype=dtype))
    if wrong or reach >= storage.length or place.compress_type != zipfile.ZIP_STORED:
        raise UnusableInput(
            f"{name} {entry.shape} in {path.name} reaches beyond what is stored;"
            " write the file again with torch.save."
        )
    with path.open("rb") as file:
        file.seek(place.header_offset + 26)
        lengths = file.read(4)
    start = place.header_offset + 30 + int.from_bytes(lengths[:2], "little")
    start += int.from_bytes(lengths[2:], "little")
    if storage.length * dtype.itemsize > place.file_size:
        raise UnusableInput(f"{name} in {path.name} is cut short; write the file again.")
    flat = map_file(path, dtype, start, (storage.length,))
    steps = tuple(step * dtype.itemsize for step in entry.strides)
    view = np.lib.stride_tricks.as_strided(
        flat[entry.offset :], entry.shape, steps, writeable=False
    )
    return Rows(view, bfloat16=storage.kind == "BFloat16Storage")


def _old_format(path: Path) -> Source:
    """A file of the format before PyTorch 1.6, or one that is damaged."""
    with path.open("rb") as file:
        pickled = file.read(1) == b"\x80"
    if not pickled:
        raise UnusableInput(
            f"{path.name} is not a PyTorch file, or it was cut short; write it again: {SAFE}."
        )
    advice = f"{path.name} is a pickle, not a file of today's torch.save; {SAFE}."
    if importlib.util.find_spec("torch") is None:
        raise UnusableInput(advice)
    import torch

    try:
        with warnings.catch_warnings():
            # PyTorch warns of a pickle that it then refuses.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as reason:  # torch has no common class for what it refuses
        raise UnusableInput(advice) from reason
    if not isinstance(content, dict):
        raise UnusableInput(advice)
    tensors = {str(k): v for k, v in content.items() if isinstance(v, torch.Tensor)}
    return Source(path, list(tensors), lambda name: Rows(tensors[name]))
