"""Files appear whole or not at all: everything is written beside its place, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from derivations.errors import UnusableInput


def write_whole(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write `files` (name -> content) into `folder`, which is made if it is missing.

    Nothing is renamed into place before everything has been written.  Raises UnusableInput when
    the folder cannot be made or written to.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            waiting.append((_beside(folder / name, content), folder / name))
        for temporary, place in waiting:
            os.replace(temporary, place)
    except OSError as reason:
        what = reason.strerror or str(reason)
        raise UnusableInput(
            f"cannot write into the folder {folder}: {what}; name another with -o"
        ) from reason
    finally:
        for temporary, _ in waiting:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return [place for _, place in waiting]


def _beside(place: Path, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
        try:
            file.write(data)
        except OSError:
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
