"""`keystar measure --whole` and `--second`: a whole model, and a second question."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from checks.cli import main
from checks.models import comparison, minilm
from checks.models.comparison import WholeComparison
from derivations.version import VERSION
from tests.checks.models.test_minilm import small_model
from tests.checks.weights.test_effective import asked_twice

DOCUMENT = Path(__file__).parents[1] / "docs" / "measure.md"


def keystar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["measure", *arguments])


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """What chooses a text, and a small encoder to read it."""
    monkeypatch.setattr(minilm, "load_minilm", small_model)
    path = tmp_path / "text.txt"
    path.write_text("Reds is blue")
    return ("--model", "minilm", "--whole", "--context", str(path), "--question", "is red ?")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The small model on few drawn sequences."""
    monkeypatch.setattr(comparison, "FRESH_SEQUENCES", 2)
    monkeypatch.setattr(comparison, "QUESTIONS", 2)
    return ("--model", "recall", "--whole", "--seed", "3")


def names_in(value: object) -> set[str]:
    """Every name in nested JSON objects."""
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


def test_the_small_model(few: tuple[str, ...], tmp_path: Path) -> None:
    result = keystar(*few)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("recall model, two questions over one context of seed 3\n")
    assert "Right answers" in result.output and "Grönwall's bound holds" in result.output
    assert keystar(*few, "--quiet").output == ""
    out = tmp_path / "out"
    data = json.loads(keystar(*few, "--json", "-o", str(out)).stdout)
    assert data.pop("keystar") == VERSION
    assert data["answers"]["replaced"]["exact"]["right"] == 24
    assert json.loads((out / "recall_whole.json").read_text()) == data


def test_a_text(text: tuple[str, ...]) -> None:
    result = keystar(*text)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("MiniLM\n2 layers of 2 heads, 5 frozen + 4 normal tokens, not")
    assert "On the second question" not in result.output
    result = keystar(*text, "--second-question", "is blue red ?")
    assert "On the second question" in result.output
    data = json.loads(keystar(*text, "--second-question", "is blue red ?", "--json").stdout)
    assert (data["normal"], data["second_normal"], data["answers"]) == (4, 5, None)


def test_the_documented_json_is_what_is_printed(few: tuple[str, ...]) -> None:
    said = DOCUMENT.read_text("utf-8")
    data = json.loads(keystar(*few, "--json").stdout)
    assert {name for name in names_in(data) - {"keystar"} if f"`{name}`" not in said} == set()


def test_a_bound_that_is_passed_exits_with_1(
    text: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WholeComparison, "bounds_hold", property(lambda self: False))
    result = keystar(*text, "--quiet")
    assert result.exit_code == 1 and "GRÖNWALL'S BOUND IS PASSED" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--whole",), "--whole follows a model"),
        (("--whole", "tensors.npz"), "--whole follows a model"),
        (("--model", "recall", "--whole", "--layer", "1"), "--layer has no meaning with --whole"),
        (("--model", "recall", "--whole", "--causal"), "--causal has no meaning with --whole"),
        (("--model", "recall", "--whole", "--no-hull"), "--hull has no meaning with --whole"),
        (("--model", "recall", "--whole", "--merged"), "--merged has no meaning with --whole"),
        (
            ("--model", "recall", "--whole", "--second", "b_"),
            "--second has no meaning with --model",
        ),
        (("--model", "recall", "--whole", "--question", "x"), "reads no text"),
        (("--model", "recall", "--whole", "--second-question", "x"), "reads no text"),
        (("--model", "recall", "--second-question", "x"), "say --whole as well"),
        (("--second-question", "x"), "--second-question belongs to a model"),
        (("--model", "minilm", "--whole"), "needs a text and a question"),
    ],
)
def test_what_makes_no_sense_together(arguments: tuple[str, ...], said: str) -> None:
    result = keystar(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.output and len(result.output.splitlines()) == 1


def test_a_second_question_that_is_empty(text: tuple[str, ...]) -> None:
    result = keystar(*text, "--second-question", " ")
    assert result.exit_code == 2
    assert (
        result.output == "keystar: --second-question is empty; give a question or leave it out.\n"
    )


@pytest.fixture
def two(tmp_path: Path) -> dict[str, np.ndarray]:
    """A file's arrays: two questions, a_ and b_, over one context, and the weights of a_."""
    arrays = {}
    for prefix, (tensors, _) in zip("ab", asked_twice(), strict=True):
        found = {"Q": tensors.queries, "K": tensors.keys, "V": tensors.values}
        found["E"] = tensors.projections.entities
        arrays |= {f"{prefix}_{name}": each for name, each in found.items()}
        if prefix == "a":
            weights = tensors.projections.weights
            arrays |= {f"a_W_{letter}": each for letter, each in weights.items()}
    return arrays


def saved(folder: Path, arrays: dict[str, np.ndarray]) -> str:
    path = folder / "tensors.npz"
    np.savez(path, **arrays)
    return str(path)


def test_a_second_question_of_a_file(two: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = saved(tmp_path, two)
    result = keystar(path, "--prefix", "a_", "--second", "b_")
    assert result.exit_code == 0, result.output
    assert "second question: weights unchanged" in result.output
    data = json.loads(keystar(path, "--prefix", "a_", "--second", "b_", "--json").stdout)
    alone = json.loads(keystar(path, "--prefix", "a_", "--json").stdout)
    said = DOCUMENT.read_text("utf-8")
    for with_second, without in zip(data["weights"], alone["weights"], strict=True):
        assert without["second"] is None and with_second["errors"] == without["errors"]
        assert set(with_second["second"]) == set(with_second["errors"])
        assert all(f"`{name}`" in said for name in names_in(with_second))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"b_E": None}, "has no b_E"),
        ({"b_K": None}, "has no b_K"),
        ({"b_V": lambda each: each * 1.01}, "W_V (2, 4, 8) do not give the values"),
        ({"a_W_K": None, "a_W_V": None, "b_K": lambda each: each * 2}, "not measured; they need"),
        ({"a_W_V": None, "b_V": lambda each: each * 1.01}, "frozen values that differ"),
        ({"a_W_Q": None, "a_W_K": None, "a_W_V": None}, "give the prefix of the weights"),
    ],
)
def test_a_second_question_that_cannot_be_asked(
    two: dict[str, np.ndarray], tmp_path: Path, changes: dict, said: str
) -> None:
    for name, change in changes.items():
        array = two.pop(name)
        if change is not None:
            two[name] = change(array)
    result = keystar(saved(tmp_path, two), "--prefix", "a_", "--second", "b_")
    assert said in result.output
    if "not measured" not in said:
        assert result.exit_code == 2 and len(result.output.splitlines()) == 1
