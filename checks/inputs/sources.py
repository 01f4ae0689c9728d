"""A file of named arrays, whatever its format: what it holds, and each array as it is stored.

The suffix decides the format (.npz, .npy, .safetensors, .pt, .pth, .bin), or else the first bytes;
a folder, or one file of it, stands for its .npy files. Nothing in a file is ever executed. Damage
raises UnusableInput with one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.inputs.rows import Rows
from derivations.errors import UnusableInput


@dataclass(frozen=True)
class Source:
    """The names of the arrays in a file, and a function that gives one as it is stored."""

    path: Path
    names: Sequence[str]
    read: Callable[[str], Rows]


def open_source(path: str | Path) -> Source:
    """Open a file or folder of arrays. Raises UnusableInput."""
    from checks.inputs import npy_files, npz, pytorch_files, safetensors_files

    path = Path(path)
    if not path.exists():
        raise UnusableInput(f"{path} does not exist; give the path of an .npz file.")
    if path.is_dir():
        return npy_files.open_folder(path)
    if not path.is_file():
        raise UnusableInput(f"{path} is not a file; give the path of an .npz file.")
    openers = {
        ".npz": npz.open_archive,
        ".npy": npy_files.open_file,
        ".safetensors": safetensors_files.open_file,
        ".pt": pytorch_files.open_file,
        ".pth": pytorch_files.open_file,
        ".bin": pytorch_files.open_file,
    }
    opener = openers.get(path.suffix.lower())
    return opener(path) if opener is not None else _by_content(path)


def _by_content(path: Path) -> Source:
    from checks.inputs import npy_files, npz, pytorch_files, safetensors_files

    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as reason:
        raise UnusableInput(
            f"{path} cannot be read ({reason.strerror}); check its permissions."
        ) from reason
    if start.startswith(b"\x93NUMPY"):
        return npy_files.open_file(path)
    if start[8:9] == b"{":
        return safetensors_files.open_file(path)
    if pytorch_files.is_pytorch(path) or start.startswith(b"\x80"):
        return pytorch_files.open_file(path)
    return npz.open_archive(path)
