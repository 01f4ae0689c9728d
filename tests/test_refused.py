"""Wrong derivations, each in a file of its own, are refused at the user's own line.

The docstring of each file says which step is refused and with which message; the line is the one
marked `# wrong`.
"""

import ast
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from checks.cli import main
from derivations.counterexamples import recheck
from derivations.language.statements import state
from derivations.user_files import load
from derivations.verdicts import Verdict

FILES = sorted((Path(__file__).parent / "refused").glob("*.py"))


def expected(path: Path) -> str:
    """What the docstring says about the wrong step."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.partition("\n\n")[2].split())


def wrong_line(path: Path) -> int:
    (number,) = (
        number
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if line.endswith("# wrong")
    )
    return number


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_wrong_step_is_refused(path: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(path), "--json"])
    assert result.exit_code == 1, result.output
    (derivation,) = json.loads(result.stdout)["derivations"]
    *before, step = derivation["steps"]
    assert [one["verdict"] for one in before] == ["PROVED"] * len(before)
    assert derivation["verdict"] == step["verdict"]
    assert step["place"] == f"{path.name}:{wrong_line(path)}"
    said = f"Step {step['index']} is {step['verdict']}: {step['reason']}"
    assert said == expected(path)
    assert step["smallest"]["text"] in step["reason"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_witnesses_hold_when_judged_again(path: Path) -> None:
    (derivation,) = load(path).derivations
    step = derivation.report().steps[-1]
    statement = state(step.left, step.relation, step.right, step.budget, derivation.given)
    assert step.outcome.smallest is not None
    assert recheck(statement, step.outcome.smallest.instance) is step.verdict
    if step.verdict is Verdict.REFUTED:
        assert step.outcome.worst is not None
        assert recheck(statement, step.outcome.worst.instance) is Verdict.REFUTED


def test_all_of_them_in_one_run() -> None:
    result = CliRunner().invoke(main, ["verify", *map(str, FILES)])
    assert result.exit_code == 1
    assert f"0 of {len(FILES)} derivations PROVED" in result.output
    for path in FILES:
        assert f"at {path.name}:{wrong_line(path)} is" in " ".join(result.output.split())
