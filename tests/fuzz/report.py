"""Long runs: seeds spread over processes, and the result written into docs/fuzzing.md."""

from __future__ import annotations

import argparse
import platform
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz.normal_forms import Tally

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fuzzing.md"
CHUNK = 250
Check = Callable[[int, Tally], None]


@dataclass(frozen=True)
class Run:
    """What a long run found."""

    first: int
    count: int
    seconds: float
    counts: Counter[str]
    complaints: list[str]

    @property
    def text(self) -> str:
        """The run as a part of the page."""
        packages = ("sympy", "python-flint")
        versions = ", ".join(f"{name} {version(name)}" for name in packages)
        lines = [
            f"Seeds {self.first} to {self.first + self.count - 1}, {self.seconds:.0f} seconds, "
            f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {versions}.",
            "",
            "| seen | how often |",
            "|---|---|",
            *(f"| {what} | {number} |" for what, number in sorted(self.counts.items())),
            "",
            f"Complaints: {len(self.complaints)}.",
        ]
        if self.complaints:
            first = (one.splitlines()[0] for one in self.complaints[:20])
            lines += ["", *(f"- {line}" for line in first)]
        return "\n".join(lines)


def _chunk(task: tuple[Check, range]) -> Tally:
    check, seeds = task
    tally = Tally()
    for seed in seeds:
        try:
            check(seed, tally)
        except Exception as error:  # whatever a seed brings about is a finding, and no seed is lost
            tally.complain(f"seed {seed}: {type(error).__name__}: {error}", traceback.format_exc())
    return tally


def run(check: Check, first: int, count: int, workers: int) -> Run:
    """Check that many seeds; every process is replaced now and then, as caches only grow."""
    seeds = range(first, first + count)
    tasks = [(check, seeds[at : at + CHUNK]) for at in range(0, count, CHUNK)]
    counts: Counter[str] = Counter()
    complaints: list[str] = []
    start = time.monotonic()
    with get_context("spawn").Pool(workers, maxtasksperchild=8) as pool:
        for done, tally in enumerate(pool.imap(_chunk, tasks), start=1):
            counts.update(tally.counts)
            complaints += tally.complaints
            shown = f"{min(done * CHUNK, count)} of {count}, complaints {len(complaints)}"
            print(f"\r{shown}", end="", file=sys.stderr, flush=True)
            for one in tally.complaints:
                print(f"\n{one}", file=sys.stderr)
    print(file=sys.stderr)
    return Run(first, count, time.monotonic() - start, counts, complaints)


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Put the text between the two marks of the section, and leave the rest of the page alone."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    before, mark, rest = page.read_text("utf-8").partition(begin)
    _, second, after = rest.partition(end)
    if not mark or not second:
        raise ValueError(f"{page.name} has no section {section}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")


def main(section: str, check: Check, count: int, description: str) -> int:
    """The command line of a long run; 1 if there were complaints."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=1, help="how many processes")
    parser.add_argument("--write", action="store_true", help="write the result into the page")
    options = parser.parse_args()
    found = run(check, options.first, options.count, options.workers)
    print(found.text)
    if options.write:
        write(section, found.text)
    return 1 if found.complaints else 0
