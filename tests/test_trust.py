"""Nothing but a replayed proof of the statement itself makes a verdict PROVED."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from derivations import Derivation, check, scalar, tanh
from derivations.discovery import shipped
from derivations.kernel.rules import (
    Theorem,
    bound,
    cite,
    discharge,
    exact,
    instantiate,
    well_defined,
)
from derivations.kernel.terms import Term
from derivations.language.statements import Relation, state
from derivations.proof_files import text_of, to_json
from derivations.search import prover
from derivations.search.library import discover
from derivations.second_witness import second_witness
from derivations.stored_proofs import FOLDER, proof_path, stored_proof
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


def kept(file: str, name: str, proof: object) -> None:
    """Put a proof where the one of a derivation is kept."""
    path = proof_path(file, name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text_of(proof), encoding="utf-8")


def bounds_of_tanh() -> tuple[Theorem, ...]:
    """−1 ≤ tanh(1/y) and tanh(1/y) ≤ 1, true for total functions, but 1/0 has no value."""
    w, inverse = scalar("w"), Term("power", Term("scalar", "y"), Fraction(-1))
    claims = (state(-1, "<=", tanh(w)), state(tanh(w), "<=", 1))
    found = (prover.Prover(discover()).prove(claim, None).theorem for claim in claims)
    return tuple(instantiate(one, [(Term("scalar", "w"), inverse)]) for one in found)


def test_a_line_without_a_value_is_not_proved_by_what_a_stored_proof_contains(
    tmp_path: Path,
) -> None:
    file, y = str(tmp_path / "mine.py"), scalar("y")
    line = Derivation("one", -1, file=file).at_most(tanh(1 / y)).at_most(1).qed()
    assert line.report().verdict is Verdict.ILL_DEFINED
    whole = well_defined(discharge(bound([], "le", -1, 1), *bounds_of_tanh()))
    kept(file, "one", to_json(whole))
    assert stored_proof(file, "one") is not None
    report = line.report()
    assert report.verdict is Verdict.ILL_DEFINED
    assert report.steps[0].outcome.verdict is Verdict.ILL_DEFINED


def test_a_stored_proof_that_cites_an_unknown_lemma_is_as_good_as_none(tmp_path: Path) -> None:
    file, x = str(tmp_path / "mine.py"), scalar("x")
    line = Derivation("one", x, file=file).equal(x).qed()
    same = exact([], Term("scalar", "x"), Term("scalar", "x"))
    kept(file, "one", to_json(well_defined(cite("no such lemma", same))))
    assert stored_proof(file, "one") is not None
    report = line.report()
    assert report.verdict is Verdict.PROVED and report.lemmas == ()


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
