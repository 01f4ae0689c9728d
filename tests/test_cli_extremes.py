"""`keystar extremes`: its table, its JSON, its folder, and input that it cannot use."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from checks.cli import main
from checks.extremes.search import Extreme, certify, problems
from derivations.version import VERSION


def keystar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["extremes", *arguments])


def test_a_table_and_the_instances() -> None:
    result = keystar("grouped", "drop")
    assert result.exit_code == 0, result.output
    assert "‖Δ − Δᴳ‖ ≤ αδ" in result.output
    assert "group sizes 2, 2" in result.output
    assert "pair" not in result.output
    assert result.output.rstrip().endswith("no bound violated in 3 configurations")
    assert keystar("drop", "-q").output == ""
    whole = keystar("grouped", "-v").output
    assert len(whole) > len(keystar("grouped").output)


def test_json_can_be_evaluated_again() -> None:
    result = keystar("grouped", "gap_upper", "--json", "--seed", "11")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["keystar"] == VERSION
    assert [one["name"] for one in data["bounds"]] == ["gap_upper", "grouped"]
    known = {(one.bound, one.configuration): one for one in problems()}
    for bound in data["bounds"]:
        assert bound["sharp"] is True
        assert 0.999 <= bound["ratio"] <= 1.0
        best = max(each["ratio"] for each in bound["configurations"])
        assert bound["ratio"] == best
        for each in bound["configurations"]:
            problem = known[bound["name"], each["configuration"]]
            instance = {k: np.array(v) for k, v in each["instance"].items() if k != "nearest"}
            assert certify(problem, instance).reached == each["ratio"]
            assert math.isclose(each["error"] / each["bound"], each["ratio"])
    assert keystar("grouped", "gap_upper", "--json", "--seed", "11").output == result.output
    assert keystar("grouped", "gap_upper", "--json", "--seed", "12").output != result.output


def test_a_folder_holds_the_json_and_the_figure(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = keystar("gap_upper", "drop", "--starts", "2", "-o", str(out), "-q")
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == {
        "extremes.json",
        "sharpness.pdf",
        "sharpness.png",
    }
    assert {one["name"] for one in json.loads((out / "extremes.json").read_text())["bounds"]} == {
        "gap_upper",
        "drop",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no_such_bound"], "there is no bound 'no_such_bound'; known are gap_upper, "),
        (["drop", "-o", "/proc/nowhere/out"], "cannot write into the folder"),
        (["drop", "--starts", "0"], "--starts"),
        (["drop", "--seed", "-1"], "--seed"),
    ],
)
def test_what_cannot_be_used(arguments: list[str], said: str) -> None:
    result = keystar(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_without_matplotlib_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    out = tmp_path / "out"
    result = keystar("drop", "-o", str(out))
    assert result.exit_code == 2
    assert "keystar[plots]" in result.output
    assert not out.exists()
    assert keystar("drop").exit_code == 0


def test_a_violation_exits_with_1_and_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Extreme, "violated", property(lambda self: True))
    for mode in ([], ["-q"], ["--json"]):
        result = keystar("drop", *mode)
        assert result.exit_code == 1
        assert "violate" in result.output.lower()
