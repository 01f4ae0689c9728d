"""`keystar replay`: the kernel alone, in a process of its own, judges a stored proof."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import derivations.results
from checks.cli import main
from checks.commands.replay import judged
from derivations.kernel.rules import exact, well_defined
from derivations.language import exp, index_sets, scalars, sum_over
from derivations.proof_files import to_json
from derivations.reading import read

F, N = index_sets("F", "N")
s = scalars("s")


def stored() -> dict[str, object]:
    """The proof that a sum splits."""
    whole, frozen, normal = (sum_over(one, lambda j: exp(s[j])) for one in (F | N, F, N))
    theorem = exact(frozenset(), read(whole), read(frozen + normal))
    return dict(to_json(well_defined(theorem)))


def replayed(folder: Path, content: str | bytes, *options: str) -> Result:
    path = folder / "proof.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CliRunner().invoke(main, ["replay", str(path), *options])


def test_a_stored_proof_is_accepted(tmp_path: Path) -> None:
    result = replayed(tmp_path, json.dumps(stored()), "-v")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("ACCEPTED")
    assert "exp(s[j])" in result.output
    assert "derivations.kernel.replay" in result.output
    assert replayed(tmp_path, json.dumps(stored()), "-q").output == ""


def test_only_the_kernel_and_the_standard_library_are_loaded(tmp_path: Path) -> None:
    result = replayed(tmp_path, json.dumps(stored()), "--json")
    data = json.loads(result.stdout)
    assert data["accepted"] is True
    assert data["statement"]
    assert data["lemmas"] == []
    assert data["declarations"] == ["F@F,N ∩ N@F,N = ∅"]
    ours = [name for name in data["modules"] if name.startswith(("derivations", "checks"))]
    assert all(name == "derivations" or name.startswith("derivations.kernel") for name in ours)
    foreign = {"sympy", "mpmath", "click", "rich", "numpy", "hypothesis", "flint"}
    assert not foreign & set(data["modules"])


def test_what_the_symbols_are_is_told(tmp_path: Path) -> None:
    results = Path(derivations.results.__path__[0])
    result = replayed(tmp_path, (results / "proofs" / "effective_key.json").read_bytes(), "--json")
    assert json.loads(result.stdout)["declarations"] == [
        "F@F,N ∩ N@F,N = ∅",
        "i ∈ N@F,N",
        "a(j) ∈ N@F,N for every j ∈ F@F,N",
        "w(j) ∈ ({j} ⊔ a⁻¹(j)) for every j ∈ N@F,N",
    ]


def test_a_changed_proof_is_refused(tmp_path: Path) -> None:
    proof = stored()
    proof["conclusion"] = {"term": 0}
    result = replayed(tmp_path, json.dumps(proof))
    assert result.exit_code == 1
    assert "is REFUSED: " in result.output
    data = json.loads(replayed(tmp_path, json.dumps(proof), "--json").stdout)
    assert data["accepted"] is False
    assert data["reason"]
    assert data["statement"] is None


@pytest.mark.parametrize("content", ["{}", "[]", "null", "3", '{"format": 3}'])
def test_json_that_is_no_proof_cannot_be_used(tmp_path: Path, content: str) -> None:
    result = replayed(tmp_path, content)
    assert result.exit_code == 2, result.output
    assert "is not a proof; give a file written by verify --proofs" in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize(
    "content", ['{"format": "keystar proof 1"}', '{"format": "keystar proof 0"}']
)
def test_a_proof_with_nothing_in_it_is_refused(tmp_path: Path, content: str) -> None:
    result = replayed(tmp_path, content)
    assert result.exit_code == 1, result.output
    assert "REFUSED" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "content", ["", "{", "proof", b"\xff\xfe\xfd", "[" * 100_000, "1" * 5000, "{'a': 1}"]
)
def test_what_is_not_json_cannot_be_used(tmp_path: Path, content: str | bytes) -> None:
    result = replayed(tmp_path, content)
    assert result.exit_code == 2, result.output
    assert "is not a JSON file" in result.output
    assert len(result.output.splitlines()) == 1


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path, expected in ((tmp_path / "none.json", "does not exist"), (tmp_path, "is not a file")):
        result = CliRunner().invoke(main, ["replay", str(path)])
        assert result.exit_code == 2
        assert expected in result.output


def test_a_kernel_that_breaks_or_takes_too_long_has_accepted_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checks.commands.replay.ALONE", "raise MemoryError('too much')")
    answer = judged(b"{}", 30)
    assert answer["accepted"] is False
    assert "MemoryError: too much" in answer["reason"]
    monkeypatch.setattr("checks.commands.replay.ALONE", "while True: pass")
    answer = judged(b"{}", 0.3)
    assert answer["accepted"] is False
    assert "after 0.3 s" in answer["reason"]
