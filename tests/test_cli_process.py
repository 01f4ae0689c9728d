"""The command as a process: exit statuses, streams, signals, and what it must not import."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.user_files import HEAD, PROVED, REFUTED, written

ROOT = Path(__file__).resolve().parent.parent
KEYSTAR = [sys.executable, "-m", "checks.cli"]


def environment() -> dict[str, str]:
    """This process's environment, with the checkout importable from any folder."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(ROOT), *([inherited] if inherited else [])])
    return os.environ | {"PYTHONPATH": path}


def keystar(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KEYSTAR, *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_three_exit_statuses(tmp_path: Path) -> None:
    assert keystar("verify", written(tmp_path, PROVED)).returncode == 0
    assert keystar("verify", written(tmp_path, REFUTED)).returncode == 1
    assert keystar("verify", str(tmp_path / "none.py")).returncode == 2


def test_what_a_users_file_prints_does_not_spoil_the_json(tmp_path: Path) -> None:
    noisy = "import os\nprint('{noise')\nos.system('echo noise}')\n" + PROVED
    done = keystar("verify", "--json", written(tmp_path, noisy))
    assert done.returncode == 0
    assert [one["name"] for one in json.loads(done.stdout)["derivations"]] == ["mine"]
    assert "{noise" in done.stderr
    assert "noise}" in done.stderr


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("while True: pass\n", "had not finished after 1 s"),
        ("sum(iter(int, 1))\n", "had not finished after 1 s and could not be interrupted"),
        ("import os\nos._exit(0)\n", "ended the whole process with exit code 0"),
        ("import os\nos.abort()\n", "ended the whole process by signal 6"),
        ("raise SystemExit(0)\n", "stopped the interpreter"),
    ],
)
def test_a_file_that_does_not_come_back(tmp_path: Path, body: str, expected: str) -> None:
    first = written(tmp_path, PROVED, "first.py")
    done = keystar("verify", first, written(tmp_path, body), "--load-limit", "1")
    assert done.returncode == 2
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"keystar: {tmp_path}/mine.py")
    assert expected in sentence


def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    marker = tmp_path / "started"
    body = f"open({str(marker)!r}, 'w').close()\nwhile True: pass\n"
    command = [*KEYSTAR, "verify", written(tmp_path, body)]
    running = subprocess.Popen(
        command,
        env=environment(),
        start_new_session=True,
        # Where the tests run in the background, SIGINT is ignored, which a child would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not marker.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == ""
    assert err == "keystar: interrupted\n"


def test_a_closed_pipe_is_no_fault(tmp_path: Path) -> None:
    many = HEAD + "d = [Derivation(str(n), total(F)).equal(total(F)) for n in range(400)]\n"
    command = " ".join([*KEYSTAR, "verify", "-v", written(tmp_path, many)])
    done = subprocess.run(
        f"{command} | head -1", shell=True, env=environment(), capture_output=True, text=True
    )
    assert done.stdout.startswith("PROVED")
    assert done.stderr == ""


def test_an_output_that_cannot_hold_the_letters(tmp_path: Path) -> None:
    done = subprocess.run(
        [*KEYSTAR, "verify", written(tmp_path, PROVED)],
        env=environment() | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"PROVED")


@pytest.mark.parametrize("text", [PROVED, None])
def test_verify_imports_nothing_heavy(tmp_path: Path, text: str | None) -> None:
    targets = [] if text is None else [written(tmp_path, text)]
    program = (
        "import sys, sympy\n"
        # SymPy itself may load flint.
        "heavy = {'numpy', 'scipy', 'hypothesis', 'flint', 'matplotlib', 'latex2mathml'}\n"
        "heavy -= set(sys.modules)\n"
        "from checks.cli import main\n"
        f"status = main(['verify', *{targets!r}], standalone_mode=False)\n"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    assert done.stderr.splitlines()[-1] == "0 []", done.stderr


def test_help_does_not_wait_for_sympy() -> None:
    program = (
        "import sys\n"
        "from checks.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print('sympy' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    assert done.stderr == "False\n"


def test_verify_hardly_ever_looks_for_garbage() -> None:
    program = (
        "import gc, sys\n"
        "from checks.cli import main\n"
        "started = []\n"
        "gc.callbacks.append(lambda phase, info: started.append(phase))\n"
        "main(['verify', '-q'], standalone_mode=False)\n"
        "print(started.count('start'), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    assert int(done.stderr) <= 1, done.stderr
