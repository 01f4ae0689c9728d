"""Stored proofs: 2 for a file that cannot be read, 1 for one that the kernel refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.process import complaint, keystar
from tests.user_files import PROVED, written

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A proof as `keystar verify --proofs` stores it."""
    folder = tmp_path_factory.mktemp("stored")
    done = keystar(folder, "verify", written(folder, PROVED), "--proofs", "kept")
    assert done.returncode == 0, done.stderr
    return (folder / "kept" / "mine.json").read_text("utf-8")


def replayed(folder: Path, content: str, status: int, *options: str) -> str:
    """What `keystar replay` says to a file with this content, which it refuses."""
    (folder / "proof.json").write_text(content, "utf-8")
    return complaint(folder, "replay", "proof.json", *options, status=status)


def test_what_is_not_there(tmp_path: Path) -> None:
    for options in ((), ("--json",)):
        said = complaint(tmp_path, "replay", "none.json", *options)
        assert said == "none.json does not exist; give a proof written by verify --proofs"
    said = complaint(tmp_path, "replay", ".")
    assert said == ". is not a file; give a proof written by verify --proofs"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("{'a': 1}", "Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "maximum recursion depth exceeded"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "maximum recursion depth exceeded"),
        ("1" * 5000, "Exceeds the limit (4300 digits) for integer string conversion"),
    ],
    ids=["empty", "not JSON", "brackets", "braces", "a long number"],
)
def test_what_is_not_json(tmp_path: Path, content: str, sentence: str) -> None:
    said = replayed(tmp_path, content, 2)
    assert said.startswith(f"proof.json is not a JSON file: {sentence}")


@pytest.mark.parametrize("content", ["{}", "[]", "null", "3", '"proof"', '{"format": null}'])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_json_that_is_no_proof(tmp_path: Path, content: str, options: tuple[str, ...]) -> None:
    said = replayed(tmp_path, content, 2, *options)
    assert said == "proof.json is not a proof; give a file written by verify --proofs"


NO_PROOF = "this is no proof file; its format must be 'keystar proof 1'"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"format": "keystar proof 0"}', NO_PROOF),
        ('{"format": "keystar proof 1"}', "the proof is not accepted: KeyError: 'terms'"),
        (
            '{"format": "keystar proof 1", "terms": 5, "steps": []}',
            "the proof is not accepted: TypeError: 'int' object is not iterable",
        ),
        (
            '{"format": "keystar proof 1", "terms": [], "steps": []}',
            "the last step must be well_defined, so that all obligations are met",
        ),
    ],
)
def test_a_proof_of_the_wrong_shape(tmp_path: Path, content: str, reason: str) -> None:
    assert replayed(tmp_path, content, 1) == f"proof.json is REFUSED: {reason}"


def nest(proof: dict[str, Any]) -> None:
    """Put an argument inside 900 lists, which JSON can still read."""
    argument: Any = proof["steps"][0]["arguments"][0]
    for _ in range(900):
        argument = [argument]
    proof["steps"][0]["arguments"][0] = argument


NOT_ACCEPTED = "the proof is not accepted: "
OTHER_FILE = "the file is not the one its own proof would be written as"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda proof: proof.update(statement="⊢ 0 = 1"), OTHER_FILE),
        (lambda proof: proof.update(conclusion=0), "the theorem at the head of the file"),
        (lambda proof: proof.update(note="harmless"), OTHER_FILE),
        (lambda proof: proof["steps"].pop(), "the last step must be well_defined"),
        (lambda proof: proof["steps"][0].update(rule="trust_me"), NOT_ACCEPTED),
        (lambda proof: proof["steps"].reverse(), NOT_ACCEPTED),
        (nest, NOT_ACCEPTED),
    ],
    ids=["statement", "conclusion", "extra", "cut", "rule", "order", "nested"],
)
def test_an_edited_proof_is_refused(tmp_path: Path, proof: str, edit: Edit, reason: str) -> None:
    data = json.loads(proof)
    edit(data)
    said = replayed(tmp_path, json.dumps(data), 1)
    assert said.startswith(f"proof.json is REFUSED: {reason}")


@pytest.mark.parametrize(
    "content", ["", "[" * 100_000, "{}", '{"format": "keystar proof 1", "terms": 5, "steps": []}']
)
def test_a_bad_proof_beside_a_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "mine.json").write_text(content, "utf-8")
    done = keystar(tmp_path, "verify", "--json", written(tmp_path, PROVED))
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = json.loads(done.stdout)["derivations"]
    assert report["verdict"] == "PROVED"
    assert report["steps"][0]["ground"] == "identity"


def test_the_proof_as_it_was_stored_is_accepted(tmp_path: Path, proof: str) -> None:
    (tmp_path / "proof.json").write_text(proof, "utf-8")
    done = keystar(tmp_path, "replay", "proof.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ACCEPTED")
