"""`keystar verify`: what it prints, its JSON, and its exit status."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checks.cli import main
from derivations.proof_files import replay
from derivations.version import VERSION
from tests.user_files import HEAD, PROVED, REFUTED, written

STEP = {
    "index",
    "relation",
    "because",
    "statement",
    "verdict",
    "ground",
    "budget",
    "second_witness",
    "smallest",
    "worst",
}
DERIVATION = {
    "name",
    "file",
    "verdict",
    "statement",
    "relation",
    "declarations",
    "hypotheses",
    "lemmas",
    "budget",
    "seconds",
    "steps",
}


def keystar(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_proved_file(tmp_path: Path) -> None:
    result = keystar("verify", written(tmp_path, PROVED))
    assert result.exit_code == 0, result.output
    assert result.output.startswith("PROVED  mine  (mine.py")
    assert "1 of 1 derivation PROVED; nothing on trust" in result.output


WINNER = """
from derivations import Derivation, at_most, cardinality, cluster_map, index_sets, scalars
from derivations import winner_map

F, N = index_sets("F", "N")
a, s, i = cluster_map("a", F, N), scalars("s"), N.index("i")
w = winner_map("w", N, a.fibre, by=s)
d = Derivation("a winner", 1, at_most(s[w(i)], 0)).at_most(cardinality(a.fibre(i)))
"""


def test_a_theorem_says_what_it_is_about(tmp_path: Path) -> None:
    """|a⁻¹(i)| ≥ 1 holds because w(i) is in it, and only if that is printed is it a theorem."""
    path = written(tmp_path, WINNER)
    result = keystar("verify", path)
    assert result.exit_code == 0, result.output
    expected = [
        "F, N disjoint finite sets",
        "a: F → N",
        "i ∈ N",
        "w: N → F with w(j) ∈ a⁻¹(j) for every j ∈ N",
        "s_t real",
    ]
    lines = [line.removeprefix("  setting").strip() for line in result.output.splitlines()]
    start = lines.index(expected[0])
    assert lines[start : start + len(expected)] == expected
    (derivation,) = json.loads(keystar("verify", "--json", path).stdout)["derivations"]
    assert derivation["declarations"] == expected


def test_a_refuted_file_stops_at_the_users_line(tmp_path: Path) -> None:
    result = keystar("verify", written(tmp_path, REFUTED))
    assert result.exit_code == 1, result.output
    assert "step 2 (drop N) at mine.py:15 is REFUTED: " in result.output
    assert "not reached" in result.output
    assert "0 of 1 derivation PROVED" in result.output
    assert "def test_" not in result.output


def test_verbose_gives_a_test_that_runs(tmp_path: Path) -> None:
    result = keystar("verify", "-v", written(tmp_path, REFUTED))
    lines = result.output.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("from derivations"))
    stop = next(n for n, line in enumerate(lines) if line.lstrip().startswith("assert recheck"))
    namespace: dict[str, object] = {}
    exec("\n".join(lines[start : stop + 1]), namespace)
    (test,) = [value for name, value in namespace.items() if name.startswith("test_")]
    test()  # type: ignore[operator]


def test_quiet_says_nothing_when_all_is_well(tmp_path: Path) -> None:
    assert keystar("verify", "-q", written(tmp_path, PROVED)).output == ""
    assert keystar("verify", "-q", written(tmp_path, REFUTED)).output.startswith("step 2")


def test_json_has_the_agreed_names(tmp_path: Path) -> None:
    result = keystar("verify", "--json", written(tmp_path, REFUTED))
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert set(data) == {"keystar", "derivations", "claims"}
    assert data["keystar"] == VERSION
    (derivation,) = data["derivations"]
    assert set(derivation) >= DERIVATION
    assert derivation["verdict"] == "REFUTED"
    assert [step["verdict"] for step in derivation["steps"]] == ["PROVED", "REFUTED"]
    for step in derivation["steps"]:
        assert set(step) >= STEP
    assert derivation["steps"][1]["smallest"]["left"] != derivation["steps"][1]["smallest"]["right"]


def test_the_same_seed_gives_the_same_output(tmp_path: Path) -> None:
    path = written(tmp_path, REFUTED)
    runs = [json.loads(keystar("verify", "--json", "--seed", "7", path).stdout) for _ in range(2)]
    for run in runs:
        run["derivations"][0].pop("seconds")
    assert runs[0] == runs[1]


def test_the_second_witness_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path, PROVED)
    plain = json.loads(keystar("verify", "--json", path).stdout)
    both = json.loads(keystar("verify", "--json", "--second-witness", path).stdout)
    assert plain["derivations"][0]["steps"][0]["second_witness"] == "not run"
    assert both["derivations"][0]["steps"][0]["second_witness"] == "agrees"
    assert "agrees" in keystar("verify", "--second-witness", path).output


def test_proofs_are_written_and_replay(tmp_path: Path) -> None:
    proofs = tmp_path / "proofs"
    path = written(tmp_path, PROVED + 'e = Derivation("other one", total(F)).equal(total(F))\n')
    assert keystar("verify", path, "--proofs", str(proofs)).exit_code == 0
    assert sorted(one.name for one in proofs.iterdir()) == ["mine.json", "other_one.json"]
    for one in proofs.iterdir():
        replay(json.loads(one.read_text()))
    nothing = tmp_path / "nothing"
    keystar("verify", written(tmp_path, REFUTED), "--proofs", str(nothing))
    assert list(nothing.iterdir()) == []


def test_a_lemma_that_a_proof_does_not_cite_is_not_its_ground(tmp_path: Path) -> None:
    """Neither when the proof is found nor when it is kept and replayed."""
    path = written(
        tmp_path,
        "from derivations import Derivation, scalar\n"
        'x = scalar("x")\n'
        'same = Derivation("the same", x).equal(x, by="softmax stability").qed()\n',
    )
    arguments = ("verify", path, "--json", "--proofs", str(tmp_path / "proofs"))
    for _ in range(2):
        (found,) = json.loads(keystar(*arguments).stdout)["derivations"]
        assert [step["ground"] for step in found["steps"]] == ["identity"]
        assert found["lemmas"] == []
        assert (tmp_path / "proofs" / "the_same.json").is_file()


def test_a_folder_for_proofs_that_cannot_be_made(tmp_path: Path) -> None:
    path = written(tmp_path, PROVED)
    result = keystar("verify", path, "--proofs", path)
    assert result.exit_code == 2
    assert "cannot write into the folder" in result.output


def test_a_slow_step_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*arguments: object, **options: object) -> None:
        while True:
            pass

    monkeypatch.setattr("derivations.search.prover.Prover.prove", endless)
    monkeypatch.setattr("derivations.counterexamples.refute", endless)
    result = keystar("verify", "--time-limit", "0.2", written(tmp_path, PROVED))
    assert result.exit_code == 1, result.output
    assert "is OPEN: the proof search did not finish within the time limit (0.2 s)" in result.output


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("d = Derivation('x', total(F))\n", "x (mine.py): the derivation 'x' has no step"),
        (
            "d = Derivation('x', 1 / total(F)).equal(1 / total(F))\n",
            "x (mine.py): the start",
        ),
    ],
)
def test_a_statement_that_makes_no_sense(tmp_path: Path, body: str, expected: str) -> None:
    result = keystar("verify", written(tmp_path, HEAD + body))
    assert result.exit_code == 2, result.output
    assert expected in result.output
    assert len(result.output.splitlines()) == 1


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    result = keystar("verify", "splitt")
    assert result.exit_code == 2
    assert "there is no result called 'splitt' (did you mean 'split'?)" in result.output
    assert "clustered_values" in result.output
    assert len(result.output.splitlines()) == 1


def test_a_file_that_is_no_python_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    result = keystar("verify", "notes.txt")
    assert result.exit_code == 2
    assert "notes.txt is not a Python file" in result.output


@pytest.mark.parametrize("name", ["split", "Split"])
def test_a_result_by_name(name: str) -> None:
    result = keystar("verify", "--json", name)
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert {Path(one["file"]).name for one in data["derivations"]} == {"split.py"}


@pytest.mark.parametrize(
    ("name", "proved"),
    [
        ("effective key", ["effective key"]),
        ("Effective Key", ["effective key"]),
        (
            "effective_key",
            ["effective key", "effective key with margins", "effective key weights"],
        ),
        ("effective-key-weights", ["effective key weights"]),
        ("log_sum_exp_bounds", None),
    ],
)
def test_a_results_own_name_comes_before_its_files(name: str, proved: list[str] | None) -> None:
    data = json.loads(keystar("verify", "--json", name).stdout)
    found = [one["name"] for one in data["derivations"]]
    assert found == proved if proved else len(found) == 5


def test_names_and_files_together_keep_their_order(tmp_path: Path) -> None:
    data = json.loads(keystar("verify", "--json", written(tmp_path, PROVED), "split").stdout)
    names = [one["name"] for one in data["derivations"]]
    assert names[0] == "mine"
    assert len(names) > 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--time-limit", "0"],
        ["--time-limit", "nan"],
        ["--time-limit", "inf"],
        ["--load-limit", "-1"],
        ["--load-limit", "soon"],
        ["--seed", "-1"],
        ["--no-such-flag"],
        ["-q", "-v"],
    ],
)
def test_bad_options_exit_with_2(arguments: list[str]) -> None:
    result = keystar("verify", *arguments)
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert result.output.startswith("keystar: ")
    assert result.output.endswith("; see main verify --help\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seed", "x"], "invalid value for '--seed': 'x' is not a valid integer range"),
        (["verfy"], "no such command 'verfy'"),
        (["notes"], "missing option '-o'"),
        (["replay"], "missing argument 'PROOF'"),
        (["replay", "a", "b"], r"got unexpected extra argument \(b\)"),
        (["extremes", "--starts", "0"], "invalid value for '--starts': 0 is not in the range"),
        # The quotation marks differ between versions of click.
        (["verify", "--jsn"], r"no such option:? '?--jsn'? \(did you mean"),
    ],
)
def test_options_get_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert re.match(f"keystar: {sentence}", told)
    assert len(told.splitlines()) == 1


def test_a_fault_of_ours_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise TypeError("wires crossed")

    monkeypatch.setattr("derivations.judgement.Judge.attempt", broken)
    result = keystar("verify", written(tmp_path, PROVED))
    assert result.exit_code == 3
    assert "internal fault, TypeError: wires crossed" in result.output
    assert "Traceback" not in result.output


def test_version_and_help() -> None:
    assert VERSION in keystar("--version").output
    for command in ([], ["verify"], ["notes"], ["replay"], ["measure"]):
        result = keystar(*command, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_setup_cfg_holds_the_same_version() -> None:
    from configparser import ConfigParser

    setup = ConfigParser()
    setup.read(Path(__file__).resolve().parent.parent / "setup.cfg")
    assert setup["metadata"]["version"] in (VERSION, "attr: derivations.version.VERSION")
