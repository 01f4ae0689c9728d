"""The `keystar` command: exit status 0 when all holds, 1 when something does not, 2 when what
was given cannot be used, 130 after Ctrl-C."""

from __future__ import annotations

import sys
from typing import Any

import click

from checks.commands.measure import measure
from checks.commands.notes import notes
from checks.commands.options import UNUSABLE
from checks.commands.replay import replay
from checks.commands.verify import verify
from derivations.errors import UnusableInput
from derivations.version import VERSION

INTERRUPTED = 130


class Keystar(click.Group):
    """Without a subcommand it verifies everything; complaints become one sentence and status 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`keystar` and `keystar --json` mean `keystar verify`."""
        own = {"--help", "-h", "--version"}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["verify", *args]
        return super().parse_args(ctx, args)

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


@click.group(cls=Keystar, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="keystar")
def main() -> None:
    """Proves, measures and prints derivations of attention algebra.

    `keystar` alone proves every result and prints each step with its verdict.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


for subcommand in (verify, notes, replay, measure):
    main.add_command(subcommand)


if __name__ == "__main__":
    main()
