"""Mutants of the kernel: every check weakened in turn, to see that a test notices.

    python -m tests.kernel.mutants            run all, write docs/kernel_mutants.md
    python -m tests.kernel.mutants --list     only list them
    python -m tests.kernel.mutants TEXT       run those whose name contains TEXT, write nothing

`tests/kernel/mutations.py` makes them from the syntax tree, `handmade_mutants.py` has those that no
walk would find.  Each is tried in a temporary copy of the package by the kernel's quick tests, two
at a time.  The few that change nothing which can be seen are listed in `equivalent_mutants.py`,
each with the argument why.
"""

import argparse
import hashlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from tests.kernel.equivalent_mutants import EQUIVALENT
from tests.kernel.handmade_mutants import HANDMADE
from tests.kernel.mutations import Mutant, made_from

ROOT = Path(__file__).resolve().parents[2]
KERNEL = Path("derivations/kernel")
REPORT = ROOT / "docs" / "kernel_mutants.md"
PROCESSES = 2
SECONDS = 20  # of processor time; the tests need a quarter of it
MEMORY = 4 * 2**30
# The tests of a file of the kernel come first; then the others, in this order.
TESTS = {
    "rules.py": ["rules_algebra", "rules_quantifiers", "rules_sums", "rules_logic"],
    "sets.py": ["sets", "membership"],
    "symbols.py": ["instantiate"],
    "terms.py": ["terms", "instantiate", "arguments"],
    "signs.py": ["signs", "obligations"],
    "scope.py": ["rules_sums"],
    "normal_form.py": ["normal_form", "obligations"],
    "arithmetic.py": ["normal_form", "obligations", "budgets"],
    "polynomial.py": ["normal_form"],
    "theorem.py": ["rules_logic", "footprints", "pitfalls", "replay"],
    "replay.py": ["replay", "arguments"],
}
# Tests of size limits and of whole files say little about one check, and take long.
SLOW = "denominators or library_proof or deeply_nested or random_edits or quick or main_chain"
OPTIONS = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist",
           "-p", "no:cov", "-p", "no:benchmark", "-k", f"not ({SLOW})"]  # fmt: skip


def by_hand(folder: Path) -> Iterator[Mutant]:
    """Changes that no walk over the tree would find."""
    for name, file, old, new in HANDMADE:
        source = (folder / file).read_text("utf-8")
        if source.count(old) != 1:
            raise SystemExit(f"handmade mutant {name!r}: its text occurs {source.count(old)} times")
        line = source[: source.index(old)].count("\n") + 1
        yield Mutant(f"{file}: by hand: {name}", "by hand", file, line, source.replace(old, new))


def all_mutants(root: Path = ROOT) -> list[Mutant]:
    folder = root / KERNEL
    found = [mutant for path in sorted(folder.glob("*.py")) for mutant in made_from(path)]
    return found + list(by_hand(folder))


# ---- trying them -------------------------------------------------------------------------------


def copied(target: Path) -> None:
    """A copy of what the quick tests need."""
    leave = shutil.ignore_patterns("__pycache__", "*.npz")
    shutil.copytree(ROOT / "derivations", target / "derivations", ignore=leave)
    shutil.copytree(ROOT / "tests" / "kernel", target / "tests" / "kernel", ignore=leave)
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, target / name)


def test_files(file: str) -> list[str]:
    """The quick test files, those first that are about this file of the kernel."""
    others = [name for group in TESTS.values() for name in group if name != "replay"]
    names = dict.fromkeys([*TESTS.get(file, []), *others, "smoke"])
    return [f"tests/kernel/test_{name}.py" for name in names]


def first_failure(folder: Path, file: str) -> int:
    """The exit status of the first test file that fails in this copy, else 0."""
    os.chdir(folder)
    sys.path[:] = [str(folder), *(p for p in sys.path if p not in ("", str(ROOT)))]
    for name in [n for n in sys.modules if n.split(".")[0] in ("tests", "derivations")]:
        del sys.modules[name]
    import pytest

    return next((s for path in test_files(file) if (s := int(pytest.main([*OPTIONS, path])))), 0)


def tried(folder: Path, file: str) -> str:
    """The first test that fails in this copy, "" if none does; found in a process of its own."""
    log = folder / "log.txt"
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        with log.open("w") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        os._exit(first_failure(folder, file))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "no end" if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "crash"
    if not os.WEXITSTATUS(status):
        return ""
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.startswith(("FAILED", "ERROR")):
            return line.split(" - ")[0].removeprefix("FAILED ").removeprefix("ERROR ")
    return f"status {os.WEXITSTATUS(status)}"


def worker(mutants: list[Mutant], answers) -> None:
    """Try these mutants one after another in one copy of the package."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(folder)
        answers.put(("", tried(folder, "")))  # without a mutant; this also leaves compiled tests
        sys.dont_write_bytecode = True
        for number, mutant in enumerate(mutants):
            target = folder / KERNEL / mutant.file
            original, written = target.read_text("utf-8"), target.stat().st_mtime
            target.write_text(mutant.source, "utf-8")
            # What was compiled is known by size and second: no two versions share both.
            os.utime(target, (written + number + 1, written + number + 1))
            answers.put((mutant.name, tried(folder, mutant.file)))
            target.write_text(original, "utf-8")
            os.utime(target, (written, written))
    answers.put(None)


def run(mutants: list[Mutant]) -> dict[str, str]:
    """Name → the test that killed it, "" for a survivor."""
    import hypothesis  # noqa: F401  the copies share what is loaded before they fork
    import pytest  # noqa: F401
    import sympy  # noqa: F401

    context = get_context("fork")
    answers = context.Queue()
    for number in range(PROCESSES):
        some = mutants[number::PROCESSES]
        context.Process(target=worker, args=(some, answers), daemon=True).start()
    found: dict[str, str] = {}
    waiting = PROCESSES
    while waiting:
        answer = answers.get()
        if answer is None:
            waiting -= 1
            continue
        name, killer = answer
        if not name:
            if killer:
                raise SystemExit(f"the tests fail without any mutant: {killer}")
            continue
        found[name] = killer
        if not killer:
            print(f"SURVIVED {name}", flush=True)
        if len(found) % 50 == 0:
            print(f"{len(found)} of {len(mutants)}", flush=True)
    return found


# ---- the report --------------------------------------------------------------------------------


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / KERNEL).glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def report(mutants: list[Mutant], found: dict[str, str], seconds: float) -> str:
    survivors = [m for m in mutants if not found[m.name]]
    unexplained = [m for m in survivors if m.name not in EQUIVALENT]
    stale = sorted(set(EQUIVALENT) - {m.name for m in survivors})
    files, kinds = sorted({m.file for m in mutants}), sorted({m.kind for m in mutants})
    killed = len(mutants) - len(survivors)
    lines = [
        "# Mutants of the kernel",
        "",
        "Written by `python -m tests.kernel.mutants`; do not edit.",
        "",
        f"Kernel {fingerprint()}, Python {sys.version.split()[0]}, {seconds / 60:.0f} minutes in "
        f"{PROCESSES} processes.",
        "",
        f"**{len(mutants)} mutants: {killed} killed, {len(survivors) - len(unexplained)} equivalent"
        f" (argued below), {len(unexplained)} survived.**",
        "",
        "A mutant weakens one check of the kernel in one place; it is killed when a quick test of",
        "`tests/kernel` fails.  Killed / all, by file and by what was done:",
        "",
        "| what was done | " + " | ".join(files) + " | all |",
        "|---|" + "---|" * (len(files) + 1),
    ]
    for kind in [*kinds, "all"]:
        cells = []
        for file in [*files, "all"]:
            group = [m for m in mutants if kind in (m.kind, "all") and file in (m.file, "all")]
            dead = sum(1 for m in group if found[m.name])
            cells.append(f"{dead}/{len(group)}" if group else "")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    killers = Counter(killer.split("::")[0].split("/")[-1] for killer in found.values() if killer)
    lines += ["", "The tests that were first to notice:", ""]
    lines += [f"- {name}: {count}" for name, count in killers.most_common()]
    lines += ["", "## Equivalent mutants", ""]
    by_reason: dict[str, list[str]] = {}
    for mutant in survivors:
        if mutant.name in EQUIVALENT:
            by_reason.setdefault(EQUIVALENT[mutant.name], []).append(mutant.name)
    for reason, names in sorted(by_reason.items()):
        lines += [f"{reason}", ""] + [f"- `{name}`" for name in names] + [""]
    lines += ["## Survivors", ""]
    lines += [f"- `{mutant.name}` (line {mutant.line})" for mutant in unexplained] or ["None."]
    if stale:
        lines += ["", "## Listed as equivalent, but killed or gone", ""]
        lines += [f"- `{name}`" for name in stale]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", nargs="?", default="", help="only mutants with this in their name")
    parser.add_argument("--list", action="store_true", help="list the mutants and stop")
    options = parser.parse_args()
    mutants = [m for m in all_mutants() if options.text in m.name]
    if options.list:
        print("\n".join(m.name for m in mutants))
        print(len(mutants), "mutants")
        return 0
    start = time.monotonic()
    found = run(mutants)
    text = report(mutants, found, time.monotonic() - start)
    if not options.text:
        REPORT.write_text(text, "utf-8")
    print(text[: text.index("A mutant weakens")])
    return 1 if "0 survived" not in text else 0


if __name__ == "__main__":
    sys.exit(main())
