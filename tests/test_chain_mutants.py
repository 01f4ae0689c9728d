"""Mutants of the chain: a sample judged again, and the recorded result of all of them."""

import re

import pytest

from derivations.discovery import shipped
from derivations.verdicts import Verdict
from tests.mutants.chain_mutants import (
    FILE,
    Mutant,
    judged,
    mutants_of,
    no_counterexample,
    steps,
    why_true,
)
from tests.mutants.expressions import changes, scope_of, spelt_out
from tests.mutants.report import row

MUTANTS = [mutant for part in shipped() for one in part.derivations for mutant in mutants_of(one)]
SAMPLE = MUTANTS[7::37]
RECORD = FILE.read_text("utf-8")
SURVIVED = RECORD.partition("## Survived")[2]


@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda one: f"{one.step.derivation}: {one.kind}")
def test_a_mutant_is_killed_or_true(mutant: Mutant) -> None:
    if row(mutant) in SURVIVED.splitlines():
        assert not judged(mutant, 2).outcome.proof
        return
    one = judged(mutant)
    if one.outcome.verdict is Verdict.PROVED:
        assert why_true(mutant) is not None
        assert no_counterexample(mutant.statement, 100)
    else:
        assert one.killed, one.outcome.reason


def test_every_step_of_every_derivation_is_mutated() -> None:
    mutated = {(one.step.derivation, one.step.number) for one in MUTANTS}
    assert mutated == {(one.derivation, one.number) for one in steps()}
    assert len(SAMPLE) >= 25


def test_every_kind_of_change_occurs() -> None:
    assert {one.kind for one in MUTANTS} == {
        *("sign", "set", "index", "α ↔ 1 − α", "term dropped", "factor dropped", "constant"),
        *("hypothesis dropped", "residual dropped", "reversed"),
        *("max for log-sum-exp", "log-sum-exp for max"),
    }


def test_a_change_is_a_change() -> None:
    for step in list(steps())[:6]:
        right = step.statement.right
        scope = scope_of([right])
        found = [one.expr for one in changes(right, scope)]
        assert right not in found
        assert len(set(found)) == len(found)
        assert spelt_out(right) == right


def test_the_record() -> None:
    counted = re.search(
        r"(\d+) mutants: (\d+) killed, (\d+) survived, (\d+) PROVED because they are true", RECORD
    )
    assert counted is not None
    total, killed, survived, true = map(int, counted.groups())
    assert total == len(MUTANTS) == killed + survived + true
    assert killed >= 0.95 * (killed + survived)
    assert "unexplained" not in RECORD
    assert "BUT REFUTED" not in RECORD
