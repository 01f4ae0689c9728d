"""Turn what the user typed into derivations and claims: nothing, names, or files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from checks.commands.options import Seconds
from checks.commands.supervisor import supervised
from derivations.discovery import Found, named, shipped
from derivations.errors import UnusableInput

load_limit_option = click.option(
    "--load-limit",
    type=Seconds(),
    default=60.0,
    show_default=True,
    help="Time for a user's file to define its derivations.",
)


def selected(targets: Sequence[str], load_limit: float) -> list[Found]:
    """What `targets` mean, in their order; all shipped results when there are none.

    A target is a file when it ends in .py or holds a path separator, else the name of a result.
    Raises UnusableInput.
    """
    if not targets:
        return shipped()
    files = [one for one in targets if is_file(one)]
    if files:
        # Importing the checker takes most of a second, which is not the user's time.
        import_module("derivations.chain")
    guard = supervised(files, load_limit)
    loaded: dict[str, Found] = {}
    try:
        for one in files:
            guard.next_file()
            loaded[one] = _load(one, load_limit)
    finally:
        guard.done()
    known = shipped() if len(files) < len(targets) else []
    return [loaded[one] if one in loaded else _named(one, known) for one in targets]


def is_file(target: str) -> bool:
    """Whether `target` names a file rather than a result."""
    return target.endswith(".py") or os.sep in target


def _load(path: str, limit: float) -> Found:
    from derivations.user_files import load

    return load(path, limit)


def _named(target: str, known: Sequence[Found]) -> Found:
    try:
        return named(target, known)
    except UnusableInput as reason:
        if target and Path(target).exists():
            raise UnusableInput(
                f"{target} is not a Python file; its name must end in .py"
            ) from None
        raise reason
