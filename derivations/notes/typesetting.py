"""Make a PDF of a LaTeX document with whatever TeX there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from derivations.errors import UnusableInput, one_line

ENGINES = ("pdflatex", "lualatex", "xelatex", "tectonic")
TIME_LIMIT = 300.0


def find_tex() -> str:
    """The path of a TeX engine.  Raises UnusableInput when there is none."""
    for engine in ENGINES:
        path = shutil.which(engine)
        if path is not None:
            return path
    raise UnusableInput(
        f"--pdf needs TeX and none of {', '.join(ENGINES)} is on the PATH; install one,"
        " or leave --pdf out and typeset the .tex files elsewhere"
    )


def pdf_of(files: Mapping[str, str], main: str, engine: str) -> bytes:
    """The PDF of `main`, one of `files` (name -> content), made in a folder of its own.

    Raises UnusableInput with TeX's first complaint when it fails.
    """
    with TemporaryDirectory(prefix="keystar-") as name:
        folder = Path(name)
        for each, content in files.items():
            (folder / each).write_text(content, "utf-8")
        # Twice, so that references settle.
        for _ in range(1 if Path(engine).name == "tectonic" else 2):
            log = _run(engine, main, folder)
        made = (folder / main).with_suffix(".pdf")
        if not made.is_file():
            raise UnusableInput(f"{Path(engine).name} made no PDF: {_complaint(log)}")
        return made.read_bytes()


def _run(engine: str, main: str, folder: Path) -> str:
    flags = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    command = [engine, *([] if Path(engine).name == "tectonic" else flags), main]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=TIME_LIMIT, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise UnusableInput(
            f"{Path(engine).name} had not finished after {TIME_LIMIT:g} s; leave --pdf out"
        ) from None
    log = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        raise UnusableInput(f"{Path(engine).name} failed: {_complaint(log)}")
    return log


def _complaint(log: str) -> str:
    """TeX's first error line, with the line of the document that it names."""
    found = re.search(r"^! .*(?:\n(?!l\.).*){0,12}\n?l\.\d+.*|^(?:!|error:) .*", log, re.MULTILINE)
    return one_line(found.group(0) if found else log.strip().splitlines()[-1:] or "no message")
