"""What `check` says about every step, written to docs/steps.md.

python -m tests.steps.table            all of them, about two minutes
python -m tests.steps.table lse gibbs  print those whose name contains one of the words
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from derivations import check
from derivations.verdicts import Verdict
from tests.steps import more, transcription
from tests.steps.transcription import Step

FILE = Path(__file__).parents[2] / "docs" / "steps.md"
TIME_LIMIT = 20.0
HEAD = """\
# Steps of attention algebra, and what the checker says about them

Thirty steps that were given, and {further} more of the same seventeen families, each stated for
arbitrary finite sets F (possibly empty) and N, and any map a: F → N. A true step should be PROVED;
OPEN says that no proof was found, which is a gap in the search and no wrong answer. A false step
should be REFUTED or, where a side can lack a value, ILL-DEFINED.

Made by `python -m tests.steps.table`; the tests run the same steps.

| | steps | PROVED | REFUTED | ILL-DEFINED | OPEN |
|---|---|---|---|---|---|
"""
COLUMNS = "\n| step | truth | verdict | seconds |\n|---|---|---|---|\n"


class Row(NamedTuple):
    """One step and its verdict."""

    name: str
    truth: bool
    verdict: Verdict
    seconds: float

    def __str__(self) -> str:
        truth = str(self.truth).lower()
        return f"| {self.name} | {truth} | {self.verdict.value} | {self.seconds:.2f} |"


def every_step() -> Iterator[tuple[str, bool, Step]]:
    """Name, truth and step, the thirty first."""
    for names, truth in ((transcription.TRUE, True), (transcription.FALSE, False)):
        for name in names:
            yield name, truth, transcription.step(name)
    for steps, truth in ((more.TRUE, True), (more.FALSE, False)):
        for name, step in steps.items():
            yield name, truth, step


def recorded() -> dict[tuple[str, bool], Verdict]:
    """The verdicts in docs/steps.md, by name and truth."""
    rows = re.findall(
        r"^\| (.+?) \| (true|false) \| (\S+) \| [\d.]+ \|$", FILE.read_text("utf-8"), re.MULTILINE
    )
    return {(name, truth == "true"): Verdict(verdict) for name, truth, verdict in rows}


def judged(name: str, truth: bool, step: Step) -> Row:
    """The verdict on one step, with the seconds that it took."""
    began = time.perf_counter()
    outcome = check(*step, time_limit=TIME_LIMIT)
    return Row(name, truth, outcome.verdict, time.perf_counter() - began)


def counts(title: str, rows: list[Row]) -> str:
    """One line of the summary."""
    numbers = [sum(row.verdict is one for row in rows) for one in Verdict]
    return f"| {title} | {len(rows)} | " + " | ".join(map(str, numbers)) + " |"


def page(rows: list[Row]) -> str:
    """The whole of docs/steps.md."""
    given, further = rows[:30], rows[30:]
    parts = {
        f"{title}, {kind}": [row for row in some if row.truth is truth]
        for title, some in (("given", given), ("further", further))
        for kind, truth in (("true", True), ("false", False))
    }
    summary = "\n".join(counts(title, some) for title, some in parts.items())
    return (
        HEAD.format(further=len(further))
        + summary
        + "\n"
        + COLUMNS
        + "\n".join(map(str, rows))
        + "\n"
    )


def main(words: list[str]) -> None:
    rows = []
    for name, truth, step in every_step():
        if not words or any(word in name for word in words):
            rows.append(judged(name, truth, step))
            print(rows[-1], flush=True)
    if not words:
        FILE.write_text(page(rows), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
