"""`keystar measure`: tables, JSON, and one sentence for tensors that cannot be used."""

import json
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
