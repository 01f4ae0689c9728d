"""The command line as it was typed, without the folders of this machine."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click
from click.core import ParameterSource

TELLING = frozenset({"as_json", "quiet", "verbose"})
"""Options that change what is printed and nothing else."""

FOLDER = "report"
"""What stands for the folder that results go to."""


def command_line(context: click.Context) -> str:
    """What was given to this command, in the order of its parameters; a path is its last part."""
    words = context.command_path.split()[-1:]
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not given or name in TELLING:
            continue
        if isinstance(parameter, click.Argument):
            words.append(_word(value))
        elif isinstance(parameter, click.Option):
            flag = max(parameter.opts, key=len)
            if parameter.is_flag:
                off = parameter.secondary_opts
                words.append(flag if value or not off else off[0])
            else:
                words += [flag, FOLDER if name == "folder" else _word(value)]
    return "keystar " + " ".join(words)


def _word(value: object) -> str:
    text = str(value)
    if isinstance(value, Path) or (os.sep in text and os.path.exists(text)):
        text = Path(text).name or "."
    return shlex.quote(text)
