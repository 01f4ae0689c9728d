"""Files appear whole or not at all: everything is written beside its place, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from derivations.errors import UnusableInput


def need_folder(folder: Path | None) -> None:
    """Raises UnusableInput when nothing can be written into `folder`; makes nothing yet.

    For a command to call before it starts the work whose results go there.
    """
    if folder is None:
        return
    nearest = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
    if not nearest.is_dir():
        raise _not_writable(folder, f"{nearest} is no folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _not_writable(folder, "Permission denied")


def write_whole(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write `files` (name -> content) into `folder`, which is made if it is missing.

    Nothing is renamed into place before everything has been written.  Raises UnusableInput when
    the folder cannot be made or written to; then no file and no new folder is left behind.
    """
    need_folder(folder)
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    waiting: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            waiting.append((_beside(folder / name, content), folder / name))
        for temporary, place in waiting:
            os.replace(temporary, place)
    except OSError as reason:
        _remove([temporary for temporary, _ in waiting], missing)
        raise _not_writable(folder, reason.strerror or str(reason)) from reason
    except BaseException:
        _remove([temporary for temporary, _ in waiting], missing)
        raise
    return [place for _, place in waiting]


def _not_writable(folder: Path, what: str) -> UnusableInput:
    return UnusableInput(f"cannot write into the folder {folder}: {what}; name another folder")


def _remove(temporary: Iterable[Path], folders: Iterable[Path]) -> None:
    """Take back what was made, as far as it goes; a folder only when nothing is in it."""
    for path in temporary:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _beside(place: Path, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
        except BaseException:
            os.unlink(file.name)
            raise
    temporary = Path(file.name)
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    return temporary


def stems(names: Iterable[str]) -> list[str]:
    """One file stem for each name, all different: "effective key" becomes effective_key."""
    chosen: list[str] = []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "derivation"
        serial = 2
        fresh = stem
        while fresh in chosen:
            fresh = f"{stem}_{serial}"
            serial += 1
        chosen.append(fresh)
    return chosen
