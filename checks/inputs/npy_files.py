"""One .npy file for each array, named by what it holds: Q.npy or, with a prefix, l0_Q.npy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from checks.inputs.file_map import map_file
from checks.inputs.npz import object_array
from checks.inputs.rows import KEPT_ABOVE, Rows
from checks.inputs.sources import Source
from derivations.errors import UnusableInput


def open_folder(folder: Path) -> Source:
    """The .npy files of a folder. Raises UnusableInput if there are none."""
    names = sorted(path.stem for path in folder.glob("*.npy"))
    if not names:
        raise UnusableInput(
            f"{folder} is not a file; give the path of an .npz file, or of a folder that holds"
            " Q.npy, K.npy and V.npy."
        )
    return Source(folder, names, lambda name: _read(folder / f"{name}.npy"))


def open_file(path: Path) -> Source:
    """The files beside ``..._Q.npy`` whose names begin alike, as Q, K, V and so on."""
    if not path.stem.endswith("Q"):
        raise UnusableInput(
            f"{path.name} is one array; name the file of the queries (Q.npy, with K.npy and V.npy"
            " beside it), their folder, or an .npz archive that holds all three."
        )
    stem = path.stem.removesuffix("Q")
    beside = {
        each.stem.removeprefix(stem): each
        for each in sorted(path.parent.glob("*.npy"))
        if each.stem.startswith(stem)
    }
    return Source(path, list(beside), lambda name: _read(beside[name]))


def _read(path: Path) -> Rows:
    try:
        large = path.stat().st_size > KEPT_ABOVE
        array = np.load(path, mmap_mode="r" if large else None, allow_pickle=False)
        if isinstance(array, np.memmap):
            order = "F" if np.isfortran(array) else "C"
            array = map_file(path, array.dtype, array.offset, array.shape, order)
    except (OSError, ValueError, EOFError, MemoryError) as reason:
        if "allow_pickle" in str(reason) or "Python objects" in str(reason):
            raise UnusableInput(object_array(path.stem, path)) from reason
        raise UnusableInput(
            f"{path.name} is damaged or cut short ({reason}); write it again with numpy.save."
        ) from reason
    if not isinstance(array, np.ndarray):
        raise UnusableInput(f"{path.name} is not one array; write it with numpy.save.")
    return Rows(array)
