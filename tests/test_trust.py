"""Nothing but a replayed proof of the statement itself makes a verdict PROVED."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derivations import Derivation, check, scalar
from derivations.discovery import shipped
from derivations.kernel.rules import exact
from derivations.language.statements import Relation
from derivations.search import prover
from derivations.second_witness import second_witness
from derivations.stored_proofs import FOLDER, proof_path
from derivations.terms import number
from derivations.verdicts import SecondWitness, Verdict

SHIPPED = [derivation for found in shipped() for derivation in found.derivations]
EXACT = [
    (derivation.name, number_, line)
    for derivation in SHIPPED
    for number_, line in enumerate(derivation.lines, 1)
    if line.relation is Relation.EQUAL
]


def test_a_search_that_proves_something_else_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trivial = exact(frozenset(), number(1), number(1))
    monkeypatch.setattr(
        prover.Prover, "prove", lambda *arguments: prover.Found(trivial, "identity")
    )
    x = scalar("x")
    assert check(x, "=", x + 1).verdict is Verdict.REFUTED
    assert check(x, "=", x).verdict is Verdict.OPEN


def test_a_stored_proof_of_another_statement_is_not_believed(tmp_path: Path) -> None:
    x = scalar("x")
    file = str(tmp_path / "mine.py")
    right = Derivation("one", x + x, file=file).equal(2 * x).qed()
    proof = right.report().proof
    wrong = Derivation("one", x, file=file).equal(x + 1).qed()
    path = proof_path(file, "one")
    path.parent.mkdir()
    path.write_text(json.dumps(proof), encoding="utf-8")
    assert path.parent.name == FOLDER
    assert wrong.report().verdict is Verdict.REFUTED


@pytest.mark.parametrize("derivation", SHIPPED, ids=lambda one: one.name)
def test_every_shipped_derivation_has_a_stored_proof_of_today(derivation) -> None:
    report = derivation.report(search=False)
    assert report.verdict is Verdict.PROVED
    kept = json.loads(proof_path(derivation.file, derivation.name).read_text(encoding="utf-8"))
    assert report.proof == kept


@pytest.mark.parametrize(
    ("name", "number_", "line"), EXACT, ids=[f"{name}, {number_}" for name, number_, _ in EXACT]
)
def test_sympy_alone_agrees_with_every_exact_step(name, number_, line) -> None:
    derivation = next(one for one in SHIPPED if one.name == name)
    report = derivation.report(search=False)
    statement = report.steps[number_ - 1].outcome.statement
    assert second_witness(statement).status is SecondWitness.AGREES


def test_nothing_is_taken_on_trust() -> None:
    lemmas = {one for derivation in SHIPPED for one in derivation.report(search=False).lemmas}
    assert {one.name: one.known.value for one in lemmas} == {"softmax stability": "kernel"}
