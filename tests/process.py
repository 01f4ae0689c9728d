"""The command as a process of its own, in a folder of its own, and what it leaves there."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEYSTAR = (sys.executable, "-m", "checks.cli")


def environment(temporary: Path) -> dict[str, str]:
    """This process's environment, the checkout importable, `temporary` for passing files."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(ROOT), *([inherited] if inherited else [])])
    return os.environ | {"PYTHONPATH": path, "TMPDIR": str(temporary)}


def keystar(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `keystar` with these arguments in `folder`, with an empty folder for temporary files.

    Nothing may be left among the temporary files, whatever becomes of the command.
    """
    temporary = folder.parent / f"{folder.name} temporary"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run(
        [*KEYSTAR, *arguments],
        cwd=folder,
        env=environment(temporary),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert list(temporary.iterdir()) == []
    return done


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below `folder`: files with their bytes, folders with None."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def complaint(folder: Path, *arguments: str, status: int = 2) -> str:
    """The sentence with which the command refuses: one line, nothing else, nothing left behind."""
    before = contents(folder)
    done = keystar(folder, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("keystar: ")
    assert contents(folder) == before
    return line.removeprefix("keystar: ")
