"""The stored proofs of all results replay in a fresh process that holds the kernel alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import derivations
from derivations.discovery import shipped
from derivations.proof_files import ProofRefused, replay
from derivations.verdicts import Verdict
from tests.kernel.edits import edits, same

SCRIPT = """
import json, sys, types
package = types.ModuleType("derivations")
package.__path__ = [sys.argv[1]]
sys.modules["derivations"] = package
from derivations.proof_files import ProofRefused, replay, to_json
answers = []
for line in sys.stdin:
    data = json.loads(line)
    try:
        theorem = replay(data)
        answers.append(to_json(theorem) == data)
    except ProofRefused as reason:
        answers.append(str(reason))
foreign = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(json.dumps({"answers": answers, "modules": sorted(foreign)}))
"""

STATED = ("rule", "hypotheses", "conclusion")


@pytest.fixture(scope="module")
def proofs() -> dict[str, dict[str, Any]]:
    """The proof of every result that the project ships, as it comes out of a file."""
    found = {}
    for one in shipped():
        for derivation in one.derivations:
            report = derivation.report(search=False)
            assert report.verdict is Verdict.PROVED
            found[derivation.name] = json.loads(json.dumps(report.proof))
    return found


def replayed_alone(documents: list[Any]) -> dict[str, Any]:
    """What a fresh interpreter without site-packages says about these files, in this order."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SCRIPT, str(Path(derivations.__file__).parent)],
        input="\n".join(map(json.dumps, documents)),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)


def test_every_result_replays_in_a_fresh_process(proofs: dict[str, dict[str, Any]]) -> None:
    assert len(proofs) >= 10
    answer = replayed_alone(list(proofs.values()))
    assert answer["answers"] == [True] * len(proofs)
    assert set(answer["modules"]) <= {"derivations", "__main__", "__mp_main__"}


def test_edits_of_results_are_refused_in_a_fresh_process(
    proofs: dict[str, dict[str, Any]],
) -> None:
    """For every result some edits of its first steps; an untouched proof replays among them."""
    documents, wanted = [], []
    for name in sorted(proofs):
        first = {"steps": proofs[name]["steps"][:3]}
        found = [edit for edit in edits(first) if edit.where[2:3] and edit.where[2] in STATED]
        for edit in found[:: max(1, len(found) // 10)]:
            steps = [*edit.data["steps"], *proofs[name]["steps"][3:]]
            documents.append({**proofs[name], "steps": steps})
            wanted.append(False)
    untouched = min(proofs.values(), key=lambda proof: len(json.dumps(proof)))
    documents.insert(len(documents) // 2, untouched)
    wanted.insert(len(wanted) // 2, True)
    answer = replayed_alone(documents)
    assert [value is True for value in answer["answers"]] == wanted
    assert len(wanted) >= 100


def test_a_proof_of_one_result_is_no_proof_of_another(proofs: dict[str, dict[str, Any]]) -> None:
    """The statement of one file over the steps of another."""
    one, other = sorted(proofs, key=lambda name: len(proofs[name]["steps"]))[:2]
    assert not same(proofs[one], proofs[other])
    for key in ("steps", "terms", "lemmas", "hypotheses", "conclusion"):
        if same(proofs[one][key], proofs[other][key]):
            continue
        with pytest.raises(ProofRefused):
            replay({**proofs[one], key: proofs[other][key]})
