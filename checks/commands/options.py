"""What all subcommands share: --json, --quiet, -v, --seed, and where their output goes."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from checks.lines import Pipe

PROVED, NOT_PROVED, UNUSABLE = 0, 1, 2
"""The exit statuses: everything holds, something does not, the input cannot be used."""


class Seconds(click.ParamType):
    """A positive, finite number of seconds."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """`value` as a float; click reports anything else with the name of the option."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < 1e9:
            self.fail(f"{value!r} is not a positive number of seconds", param, ctx)
        return seconds


@dataclass(frozen=True)
class Output:
    """How a subcommand was asked to report."""

    as_json: bool
    quiet: bool
    verbose: bool
    seed: int | None

    def console(self, markup: bool = False) -> Console:
        """Standard output as a rich console; formulas are not taken for markup."""
        from rich.console import Console

        return Console(file=sys.stdout, highlight=False, markup=markup, emoji=False)

    def page(self) -> Console | Pipe:
        """Standard output for lines: a rich console on a terminal, else the bare file."""
        coloured = any(os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
        if coloured or sys.stdout.isatty():
            return self.console()
        from checks.lines import Pipe

        return Pipe(sys.stdout, _width())

    def dump(self, value: dict[str, Any]) -> None:
        """Print one JSON value, with the version first."""
        from derivations.version import VERSION

        encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
        text = json.dumps({"keystar": VERSION, **value}, indent=2, ensure_ascii=encoding != "utf8")
        click.echo(text)


def _width() -> int:
    """$COLUMNS, or the width of a terminal that one of the standard streams is, or 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit():
        return int(columns)
    for stream in (0, 1, 2):
        with suppress(OSError):
            return os.get_terminal_size(stream).columns or 80
    return 80


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --json, --quiet, -v and --seed; the command receives them as one `output`."""
    from functools import wraps

    @wraps(command)
    def wrapped(as_json: bool, quiet: bool, verbose: bool, seed: int | None, **others: Any) -> None:
        if quiet and verbose:
            raise click.UsageError("--quiet and --verbose exclude each other")
        command(output=Output(as_json, quiet, verbose, seed), **others)

    options = (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON value."),
        click.option("-q", "--quiet", is_flag=True, help="Print only what went wrong."),
        click.option("-v", "--verbose", is_flag=True, help="Print every line and every witness."),
        click.option(
            "--seed",
            type=click.IntRange(0, 2**63 - 1),
            metavar="NUMBER",
            help="Seed of whatever is drawn at random; the same seed gives the same output.",
        ),
    )
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped
