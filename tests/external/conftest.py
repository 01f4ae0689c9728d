"""The notes, written once for every test that opens them with a program, and a browser."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


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


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., str]:
    """A function that opens a page with Chromium in a fresh profile and returns its output."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    assert browser is not None, "Chromium is missing: .ci/run installs it"

    def open_page(page: Path, *options: str) -> str:
        command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *options]
        done = subprocess.run(
            [*command, page.as_uri()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return open_page
