"""Arrays in an .npz archive; a large one that is stored uncompressed is mapped, not loaded."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checks.inputs.file_map import map_file
from checks.inputs.rows import KEPT_ABOVE, Rows
from checks.inputs.sources import Source
from derivations.errors import UnusableInput

LOCAL_HEADER = 30
READ_AT_ONCE = 2**22


def open_archive(path: Path) -> Source:
    """The arrays of an .npz archive. Raises UnusableInput, as does reading one that is damaged."""
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
    return Source(path, opened.files, lambda name: _read(path, opened, name))


def _read(path: Path, archive: np.lib.npyio.NpzFile, name: str) -> Rows:
    try:
        mapped = _mapped(path, archive, name)
        array = archive[name] if mapped is None else mapped
    except (
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
        MemoryError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as reason:
        if "allow_pickle" in str(reason):
            raise UnusableInput(object_array(name, path)) from reason
        raise UnusableInput(
            f"{name} in {path.name} is damaged ({reason}); write the file again with numpy.savez."
        ) from reason
    if not isinstance(array, np.ndarray):
        raise UnusableInput(
            f"{name} in {path.name} is not an array; write the file with numpy.savez."
        )
    return Rows(array)


def object_array(name: str, path: Path) -> str:
    """The sentence for an array of Python objects."""
    return (
        f"{name} in {path.name} is an object array, which only unpickling (running code"
        " from the file) could read; save it as one rectangular float array."
    )


def _mapped(path: Path, archive: np.lib.npyio.NpzFile, name: str) -> NDArray[np.generic] | None:
    """The member as a read-only map of the file; None if it is small, compressed or no .npy."""
    members = {} if archive.zip is None else archive.zip.NameToInfo
    member = members.get(f"{name}.npy")
    if member is None or member.file_size <= KEPT_ABOVE:
        return None
    if member.compress_type != zipfile.ZIP_STORED:
        return None
    with path.open("rb") as file:
        file.seek(member.header_offset)
        *_, name_length, extra_length = struct.unpack("<4s5H3L2H", file.read(LOCAL_HEADER))
        start = member.header_offset + LOCAL_HEADER + name_length + extra_length
        file.seek(start)
        checksum, left = 0, member.file_size
        while left and (chunk := file.read(min(left, READ_AT_ONCE))):
            checksum, left = zlib.crc32(chunk, checksum), left - len(chunk)
        if left or checksum != member.CRC:
            raise zipfile.BadZipFile(f"Bad CRC-32 for file '{member.filename}'")
        file.seek(start)
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            return None
        header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = header(file)
        if dtype.hasobject:
            return None
        order = "F" if fortran else "C"
        return map_file(path, dtype, file.tell(), shape, order)
