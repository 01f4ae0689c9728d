"""The command line as a report prints it: what was typed, without the folders of this machine."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from checks.commands.command_line import command_line


@click.command()
@click.argument("tensors", type=click.Path(path_type=Path), required=False)
@click.option("--context", type=click.Path(path_type=Path))
@click.option("--question")
@click.option("--causal", is_flag=True)
@click.option("--hull/--no-hull", default=None)
@click.option("--scale", type=float)
@click.option("-o", "folder", type=click.Path(path_type=Path))
@click.option("-q", "--quiet", is_flag=True)
def measure(**_):
    click.echo(command_line(click.get_current_context()))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ([], "keystar measure"),
        (["/home/me/a file.npz", "-o", "/tmp/x"], "keystar measure 'a file.npz' -o report"),
        (["-q", "--causal", "--no-hull"], "keystar measure --causal --no-hull"),
        (["--hull", "--scale", "0.5"], "keystar measure --hull --scale 0.5"),
        (
            ["--context", "/home/me/x.txt", "--question", "what's that; rm *?"],
            "keystar measure --context x.txt --question 'what'\"'\"'s that; rm *?'",
        ),
    ],
)
def test_what_was_typed(typed, told):
    assert CliRunner().invoke(measure, typed).output == told + "\n"


def test_a_file_that_an_option_names_is_its_last_part(tmp_path):
    path = tmp_path / "map.npy"
    path.touch()
    told = CliRunner().invoke(measure, ["--question", str(path)]).output
    assert told == "keystar measure --question map.npy\n"
    told = CliRunner().invoke(measure, ["--question", "either/or"]).output
    assert told == "keystar measure --question either/or\n"
