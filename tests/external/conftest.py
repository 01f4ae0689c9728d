"""The notes, written once for every test that opens them with a program from outside."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `keystar notes --pdf --html` has filled."""
    folder = tmp_path_factory.mktemp("notes")
    keystar = Path(sys.executable).with_name("keystar")
    done = subprocess.run(
        [keystar, "notes", "-o", folder, "--pdf", "--html"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
