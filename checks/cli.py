"""The `keystar` command.

Exit status: 0 when all holds, 1 when something does not, 2 when what was given cannot be used, 3
when keystar itself fails, 130 after Ctrl-C.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import re
import sys
from collections import UserDict
from functools import cache
from importlib import import_module
from typing import Any

import click

from checks.commands.options import UNUSABLE
from checks.commands.supervisor import leave
from derivations.errors import UnusableInput, one_line
from derivations.version import VERSION

FAULT, INTERRUPTED, UNREAD = 3, 130, 141
NAMES = ("extremes", "measure", "notes", "replay", "sweep", "verify")


@cache
def collect_rarely() -> None:
    """Look for garbage in cycles once in half a million new objects, and not when all ends.

    Nearly everything that a command makes (most of it while it imports SymPy) is needed until the
    end; looking through it again and again took a third of `keystar verify`.
    """
    gc.set_threshold(500_000, 10, 10)
    atexit.register(gc.freeze)


def in_one_sentence(wrong: click.UsageError) -> click.ClickException:
    """The complaint about options or arguments, without click's lines about the usage."""
    text = one_line(wrong.format_message())
    text = re.sub(r"\.? \(?Did you mean ([^?]*)\?\)?", r" (did you mean \1?)", text).rstrip(".")
    place = "keystar" if wrong.ctx is None else wrong.ctx.command_path
    return PlainError(f"{text[:1].lower()}{text[1:]}; see {place} --help")


class PlainError(click.ClickException):
    """A complaint in the form of all others."""

    exit_code = UNUSABLE

    def show(self, file: Any = None) -> None:
        """Print it on standard error."""
        click.echo(f"keystar: {self.message}", err=True)


class Subcommands(UserDict[str, Any]):
    """The subcommands by name, each in a module of that name, which is imported when it is used."""

    def __getitem__(self, name: str) -> click.Command:
        command: click.Command = getattr(import_module(super().__getitem__(name)), name)
        return command


class Keystar(click.Group):
    """Without a subcommand it verifies everything; complaints become one sentence and status 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`keystar` and `keystar --json` mean `keystar verify`."""
        own = {"--help", "-h", "--version"}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["verify", *args]
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            raise in_one_sentence(wrong) from None

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command; a forked child ends here, whatever a user's file left running."""
        collect_rarely()
        try:
            return super().main(*arguments, **options)
        except SystemExit as end:
            leave(end.code)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every subcommand with the whole first sentence of its help, wrapped and not cut off."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, one.get_short_help_str(limit=1000)) for name, one in commands if one]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except UnusableInput as reason:
            click.echo(f"keystar: {reason}", err=True)
            ctx.exit(UNUSABLE)
        except KeyboardInterrupt:
            click.echo("keystar: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # Whoever read the output has gone; what is still in the buffer must not complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(UNREAD)
        except click.UsageError as wrong:
            raise in_one_sentence(wrong) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as fault:
            if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
                click.echo(f"keystar: cannot write the output: {fault.strerror}", err=True)
                ctx.exit(UNUSABLE)
            if os.environ.get("KEYSTAR_TRACEBACK"):
                import traceback

                traceback.print_exc()
            click.echo(
                f"keystar: internal fault, {type(fault).__name__}: {one_line(fault)};"
                " nothing was decided; set KEYSTAR_TRACEBACK=1 to see where, and please report it",
                err=True,
            )
            ctx.exit(FAULT)


@click.group(
    cls=Keystar,
    commands=Subcommands({name: f"checks.commands.{name}" for name in NAMES}),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(VERSION, prog_name="keystar")
def main() -> None:
    """Proves, measures and prints derivations of attention algebra.

    `keystar` alone proves every result and prints each step with its verdict.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
