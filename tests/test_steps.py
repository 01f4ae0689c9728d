"""Steps of attention algebra through `check`: the true ones PROVED, the false ones refuted."""

import pytest

from derivations import check
from derivations.counterexamples import recheck, refute
from derivations.language.statements import state
from derivations.reports import Outcome
from derivations.verdicts import Verdict
from tests.steps import more, transcription
from tests.steps.table import every_step, recorded
from tests.steps.transcription import Step

UNPROVED = {"lingd-3"}
"""The given true steps that are OPEN."""

GIVEN_TRUE = {name: transcription.step(name) for name in transcription.TRUE}
GIVEN_FALSE = {name: transcription.step(name) for name in transcription.FALSE}
RECORDED = recorded()
PROVED = [name for name in more.TRUE if RECORDED[name, True] is Verdict.PROVED]
OPEN = [name for name in more.TRUE if RECORDED[name, True] is Verdict.OPEN]


def refuted(step: Step, outcome: Outcome) -> None:
    """The verdict is a refutation and its witnesses break the statement when judged again."""
    statement = state(*step)
    assert outcome.verdict in (Verdict.REFUTED, Verdict.ILL_DEFINED), outcome.reason
    assert outcome.proof is None
    assert outcome.smallest is not None
    assert outcome.smallest.text in outcome.reason
    assert recheck(statement, outcome.smallest.instance) is outcome.verdict
    if outcome.verdict is Verdict.REFUTED:
        assert outcome.worst is not None
        assert recheck(statement, outcome.worst.instance) is Verdict.REFUTED


@pytest.mark.parametrize("name", [name for name in GIVEN_TRUE if name not in UNPROVED])
def test_a_given_true_step_is_proved(name: str) -> None:
    outcome = check(*GIVEN_TRUE[name])
    assert outcome.verdict is Verdict.PROVED, outcome.reason
    assert outcome.proof is not None
    assert outcome.smallest is None


@pytest.mark.parametrize("name", sorted(UNPROVED))
def test_the_other_given_true_steps_are_open(name: str) -> None:
    outcome = check(*GIVEN_TRUE[name], time_limit=5)
    assert outcome.verdict is Verdict.OPEN, f"{name} is {outcome.verdict.value}: update UNPROVED"


@pytest.mark.parametrize("name", GIVEN_FALSE)
def test_a_given_false_step_is_refuted(name: str) -> None:
    refuted(GIVEN_FALSE[name], check(*GIVEN_FALSE[name]))


@pytest.mark.parametrize("name", PROVED)
def test_a_further_true_step_is_proved(name: str) -> None:
    outcome = check(*more.TRUE[name])
    assert outcome.verdict is Verdict.PROVED, outcome.reason


@pytest.mark.parametrize("name", OPEN)
def test_no_counterexample_to_a_true_step_that_is_open(name: str) -> None:
    found = refute(state(*more.TRUE[name]), examples=80, seed=1)
    assert found.verdict is Verdict.OPEN, found.reason
    assert found.satisfied


@pytest.mark.parametrize("name", more.FALSE)
def test_a_further_false_step_is_refuted(name: str) -> None:
    refuted(more.FALSE[name], check(*more.FALSE[name]))


def test_ill_defined_says_so_in_the_name_and_only_there() -> None:
    ill_defined = {name for (name, _), one in RECORDED.items() if one is Verdict.ILL_DEFINED}
    assert ill_defined == {name for name in more.FALSE if "ill-defined" in name}


def test_the_record_covers_every_step_and_no_verdict_is_wrong() -> None:
    steps = [(name, truth) for name, truth, _ in every_step()]
    assert len(set(steps)) == len(steps)
    assert list(RECORDED) == steps
    wrong = [
        (name, verdict)
        for (name, truth), verdict in RECORDED.items()
        if verdict in ((Verdict.REFUTED, Verdict.ILL_DEFINED) if truth else (Verdict.PROVED,))
    ]
    assert not wrong
    assert sum(RECORDED[name, True] is Verdict.PROVED for name in GIVEN_TRUE) >= 11
    assert sum(RECORDED[name, False] is not Verdict.OPEN for name in GIVEN_FALSE) >= 14
    assert len(PROVED) >= 90
