"""The documents say what really happens: files are made, commands run, and outputs compared.

In a document a ```python block that begins with `# name.py` is that file, one with >>> is a
doctest, and a ```console block is a session: what follows `$` is run, and what it prints must be
what stands below, times apart; a line with … alone stands for any lines.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checks.cli import main
from derivations.chain import Claim, Derivation
from derivations.reports import ClaimReport, DerivationReport, StepReport

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ["README.md", "docs/guide.md", "docs/trust.md", "docs/search.md", "docs/index.md"]
WRITTEN += ["docs/dependencies.md", "docs/strategies.md"]
WRITTEN += ["docs/extremes.md", "docs/gaussian.md", "docs/models.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIMES = re.compile(r"\d+ ms|\d+\.\d+ s\b")
GAP = "…"


def blocks(document: str) -> list[tuple[str, str]]:
    """The language and the content of every fenced block."""
    return BLOCK.findall((ROOT / document).read_text("utf-8"))


def file_name(kind: str, text: str) -> str | None:
    """The name of the file that a block holds."""
    found = re.match(r"# (\w+\.py)\n", text) if kind == "python" else None
    return None if found is None else found[1]


def session(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it should print."""
    commands: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    return commands


def agrees(expected: list[str], printed: list[str]) -> bool:
    """Whether the lines are the same, … for any number of lines."""
    if not expected:
        return not printed
    if expected[0] == GAP:
        return any(agrees(expected[1:], printed[n:]) for n in range(len(printed) + 1))
    return bool(printed) and expected[0] == printed[0] and agrees(expected[1:], printed[1:])


def plain(lines: list[str]) -> list[str]:
    """Lines without times, and without the spaces that depend on how wide a time is."""
    return [" ".join(TIMES.sub("#", line).split()) for line in lines if line.strip()]


@pytest.mark.parametrize("document", WRITTEN)
def test_the_commands_of_a_document_print_what_it_says(document: str, tmp_path: Path) -> None:
    binaries = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "COLUMNS": "80"}
    status = 0
    for kind, text in blocks(document):
        name = file_name(kind, text)
        if name is not None:
            (tmp_path / name).write_text(text, "utf-8")
        for command, expected in session(text) if kind == "console" else ():
            done = subprocess.run(
                ["bash", "-c", f"(exit {status}); {command}"],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
            )
            status = done.returncode
            printed = done.stdout
            assert agrees(plain(expected), plain(printed.splitlines())), f"$ {command}\n{printed}"


@pytest.mark.parametrize("document", WRITTEN)
def test_every_block_of_a_document_is_tested(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for kind, text in blocks(document):
        if kind == "sh":
            for line in text.splitlines():
                program, *targets = line.split()
                assert program == "make"
                assert all(f"\n{target}:" in makefile for target in targets)
        else:
            assert kind == "console" or file_name(kind, text) or ">>> " in text, text


@pytest.mark.parametrize("document", WRITTEN)
def test_the_examples_of_a_document_run(document: str) -> None:
    result = doctest.testfile(str(ROOT / document), module_relative=False, encoding="utf-8")
    assert result.failed == 0


@pytest.mark.parametrize("document", WRITTEN)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    targets = [one for one in re.findall(r"\]\(([^)#]+)", text) if "://" not in one]
    missing = [one for one in targets if not (ROOT / document).parent.joinpath(one).exists()]
    assert missing == []


@pytest.mark.parametrize("document", WRITTEN)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    paths = re.findall(r"`((?:derivations|checks|tests|docs)/[\w/.]*\w)`", text)
    missing = [one for one in paths if not (ROOT / one).exists()]
    assert missing == []


def test_every_option_that_a_document_names_exists() -> None:
    known = {option for one in main.commands.values() for p in one.params for option in p.opts}
    known |= {"--help", "--version", "--hypothesis-profile", "--no-deps"}
    for document in WRITTEN:
        text = (ROOT / document).read_text("utf-8")
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
        assert named <= known, document


def test_the_guide_lists_the_names_of_the_json() -> None:
    from derivations import index_set, log_sum_exp, max_over, scalars, state

    rows = re.findall(r"^\| (\w+) \| (`.*) \|$", (ROOT / "docs/guide.md").read_text("utf-8"), re.M)
    listed = {kind: set(re.findall(r"`(\w+)`", names)) for kind, names in rows}
    A, s = index_set("A", nonempty=True), scalars("s")
    report = Derivation("x", log_sum_exp(A, s)).at_most(max_over(A, s)).report()
    assert isinstance(report, DerivationReport)
    derivation = report.to_json()
    assert listed["derivation"] == set(derivation)
    (step,) = report.steps
    assert isinstance(step, StepReport)
    assert listed["step"] == set(step.to_json())
    witness = step.to_json()["smallest"]
    claimed = Claim("y", state(log_sum_exp(A, s), "=", max_over(A, s)), witness=witness["instance"])
    told = claimed.report()
    assert isinstance(told, ClaimReport)
    assert listed["claim"] == set(told.to_json())
    assert json.loads(json.dumps(told.to_json()))["witness"].keys() == witness.keys()


def test_a_wrong_document_would_be_noticed() -> None:
    assert agrees(["a", GAP, "c"], ["a", "b", "b", "c"])
    assert agrees([GAP], [])
    assert not agrees(["a", GAP, "c"], ["a", "b"])
    assert not agrees(["a"], ["a", "b"])
    assert not agrees([], ["b"])
    assert session("$ x\n1\n$ y\n") == [("x", ["1"]), ("y", [])]
    assert plain(["x  (12 ms)", "", "0.45 s"]) == ["x (#)", "#"]
