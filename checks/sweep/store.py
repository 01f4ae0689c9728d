"""The folder of a sweep: a manifest, one file for each finished part, then the results.

A file appears whole or not at all, so a sweep can be killed at any moment: the next one with the
same manifest reads what is there and computes what is missing. The manifest holds everything
that the numbers depend on, and nothing else (no times, no host); a folder with another manifest is
refused.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from checks.sweep.cell import CHUNK_NUMBERS, CHUNKS_IN_PART, Decisions, Part, cell_id, chunk_size
from checks.sweep.models import VALUE_WIDTH, Point
from checks.sweep.statistics import RESOLUTION_BITS, Summary
from derivations.errors import UnusableInput
from derivations.version import VERSION
from derivations.writing import need_folder, write_whole

MANIFEST = "manifest.json"
PARTS = "parts"
LOCK = ".lock"


def manifest(points: Sequence[Point], seed: int, draws: int) -> dict[str, Any]:
    """Everything needed to repeat a sweep."""
    return {
        "keystar": VERSION,
        "numpy": version("numpy"),
        "seed": seed,
        "draws": draws,
        "value_width": VALUE_WIDTH,
        "numbers_in_chunk": CHUNK_NUMBERS,
        "chunks_in_part": CHUNKS_IN_PART,
        "quantile_resolution": 2.0**-RESOLUTION_BITS,
        "cells": [
            {"id": cell_id(point), **point.key(), "chunk": chunk_size(point)} for point in points
        ],
    }


class Store:
    """A sweep's folder, with the parts that are finished."""

    def __init__(self, folder: Path, wanted: dict[str, Any]) -> None:
        """Raises UnusableInput if the folder cannot be used or holds another sweep."""
        self.folder = folder
        need_folder(folder)
        stored = _read_manifest(folder)
        if stored is not None:
            _need_same(folder, stored, wanted)
        else:
            write_whole(folder, {MANIFEST: json.dumps(wanted, indent=1) + "\n"})

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second sweep out while this one runs; the lock goes with the process."""
        try:
            import fcntl
        except ImportError:  # no such locks on this system
            yield
            return
        path = self.folder / LOCK
        try:
            file = path.open("a")
        except OSError as reason:
            raise UnusableInput(
                f"cannot write into the folder {self.folder}: {reason.strerror}; name another"
            ) from reason
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as reason:
                raise UnusableInput(
                    f"another sweep is writing into {self.folder}; wait for it or name another"
                    " folder"
                ) from reason
            self._sweep_up()
            yield
            path.unlink(missing_ok=True)

    def put(self, part: Part, summary: Summary, decisions: Decisions) -> None:
        """Keep a finished part."""
        content = io.BytesIO()
        about = json.dumps({"part": _about(part), **asdict(decisions)})
        np.savez_compressed(
            content,
            about=np.array(about),
            mean=summary.mean,
            squares=summary.squares,
            worst=summary.worst,
            bins=np.diff(summary.bins, prepend=0).astype(np.uint32),
            counts=summary.counts.astype(np.uint32),
        )
        write_whole(self.folder / PARTS, {self._name(part): content.getvalue()})

    def get(self, part: Part) -> tuple[Summary, Decisions] | None:
        """A finished part, or None if it is not there or not readable."""
        path = self.folder / PARTS / self._name(part)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                about = json.loads(str(stored["about"]))
                if about.pop("part") != _about(part):
                    return None
                summary = Summary(
                    draws=sum(part.sizes),
                    mean=stored["mean"],
                    squares=stored["squares"],
                    worst=stored["worst"],
                    bins=np.cumsum(stored["bins"], dtype=np.int64),
                    counts=stored["counts"].astype(np.int64),
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None
        witnesses = tuple((chunk, draw, bound) for chunk, draw, bound in about.pop("witnesses"))
        return summary, Decisions(**about, witnesses=witnesses)

    def has(self, part: Part) -> bool:
        """Whether the part is finished and readable."""
        return self.get(part) is not None

    def _name(self, part: Part) -> str:
        return f"{cell_id(part.point)}-{part.number}.npz"

    def _sweep_up(self) -> None:
        """Remove what a kill left half-written; the lock says that nobody is at it."""
        for folder in (self.folder, self.folder / PARTS):
            for path in folder.glob(".*"):
                if _is_temporary(path.name):
                    path.unlink(missing_ok=True)


def _is_temporary(name: str) -> bool:
    """Whether derivations.writing made this name: .NAME.SUFFIX.XXXXXXXX for one of our files."""
    parts = name[1:].rsplit(".", 1)
    return len(parts) == 2 and parts[0].endswith((".npz", ".json", ".csv", ".parquet"))


def _about(part: Part) -> dict[str, Any]:
    return {
        "cell": cell_id(part.point),
        "seed": part.seed,
        "first": part.first,
        "sizes": list(part.sizes),
    }


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as reason:
        raise UnusableInput(
            f"{path} cannot be read as the manifest of a sweep; name another folder"
        ) from reason
    if not isinstance(stored, dict) or "cells" not in stored:
        raise UnusableInput(f"{path} is not the manifest of a sweep; name another folder")
    return stored


def _need_same(folder: Path, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if stored.get(name) == value:
            continue
        if name == "cells":
            what = f"other cells ({len(stored[name])} of them, {len(value)} are asked for)"
        elif name in ("keystar", "numpy"):
            what = f"results of {name} {stored.get(name)}, this is {value}"
        else:
            what = f"a sweep with {name} = {stored.get(name)}, not {value}"
        raise UnusableInput(f"{folder} holds {what}; name another folder")
