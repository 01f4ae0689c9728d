"""Every theorem on drawn instances, decided exactly, and each shown able to fail."""

import math

import numpy as np
import pytest
from flint import ctx
from hypothesis import HealthCheck, Phase, find, given, settings, target
from hypothesis import strategies as st

import checks.decisions as module
from checks.decisions import ErrorBound, Verdict, decide
from checks.exact import bounds
from checks.exact.arithmetic import BallArithmetic
from checks.exact.shifts import ExactShift, LogitShift
from checks.extremal import equal_residuals, joint_extreme, two_logits
from checks.instances import instance, instance_of_logits
from checks.strategies import cases, shifts
from checks.tensors import UnusableInput
from checks.theorems import THEOREMS, theorem

EVERY = pytest.mark.parametrize("claim", THEOREMS, ids=lambda claim: claim.name)

searching = settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.target],
    suppress_health_check=list(HealthCheck),
)
"""A counterexample is looked for, not made small."""


@EVERY
@given(data=st.data())
def test_the_theorem_stands(claim: ErrorBound, data: st.DataObject) -> None:
    case = data.draw(cases(claim))
    decision = decide(claim, case)
    if decision.ratio > -math.inf:
        target(decision.ratio, label="error / bound")
    assert decision.verdict.stands, decision


@EVERY
def test_with_one_percent_less_it_does_not(claim: ErrorBound) -> None:
    """The case that refutes 0.99 times the bound is no case against the bound itself."""

    def refutes(case: object) -> bool:
        return decide(claim, case, factor=0.99).verdict is Verdict.VIOLATED

    found = find(cases(claim), refutes, settings=searching)
    assert decide(claim, found).verdict.stands
    assert 0.99 < decide(claim, found).ratio <= 1


def test_names_are_unique_and_known() -> None:
    assert len({each.name for each in THEOREMS}) == len(THEOREMS)
    assert theorem("joint").name == "joint"
    with pytest.raises(UnusableInput, match="there is no theorem 'nosuch'; the names are drop, "):
        theorem("nosuch")


def test_a_case_of_the_other_kind_is_refused() -> None:
    with pytest.raises(UnusableInput, match="pair is about a LogitShift, not Instance"):
        decide(theorem("pair"), equal_residuals([[0.0, 1.0]]))
    with pytest.raises(UnusableInput, match="joint is about an Instance, not LogitShift"):
        decide(theorem("joint"), two_logits(1.0))


def test_one_instance_at_a_time() -> None:
    several = instance(np.ones((2, 3)), np.ones((2, 4, 3)), np.ones((2, 4, 1)), [[0], [0]])
    with pytest.raises(UnusableInput, match=r"leading axes \(2,\); give one at a time"):
        decide(theorem("drop"), several)


def test_equality_is_told_from_either_side_of_it() -> None:
    attained = joint_extreme(3, 0.25, residual=0.5)
    claim = theorem("joint")
    assert decide(claim, attained).verdict is Verdict.ATTAINED
    assert decide(claim, attained, factor=1 + 2.0**-40).verdict is Verdict.HOLDS
    assert decide(claim, attained, factor=1 - 2.0**-40).verdict is Verdict.VIOLATED


def test_what_float64_leaves_open_goes_to_balls() -> None:
    extreme = two_logits(3.0)
    clear, close = (
        LogitShift(extreme.logits + np.array([away, 0.0]), extreme.gaps, extreme.values)
        for away in (1.0, 1e-9)
    )
    assert decide(theorem("pair"), clear).bits == 53
    decided = decide(theorem("pair"), close)
    assert decided.bits > 53 and decided.verdict is Verdict.HOLDS and decided.ratio <= 1


def test_a_margin_of_ten_thousand_is_decided_and_not_rounded_away() -> None:
    led = instance_of_logits([0.0, 1e4, 9998.0], [[1.0], [1.0], [0.0]], [0])
    decided = decide(theorem("gap_count"), led)
    assert decided.verdict is Verdict.HOLDS and decided.bits == 53
    # The error is about e^-10000 and so is the bound: no float64 holds either.
    decided = decide(theorem("effective"), led)
    assert decided.verdict is Verdict.HOLDS and decided.bits > 4096


def test_zero_against_zero_is_attained() -> None:
    alone = instance_of_logits([0.5], [[1.0]], [])
    for claim in THEOREMS:
        if not claim.of_shifts:
            assert decide(claim, alone).verdict.stands
            assert decide(claim, alone).ratio == -math.inf
    assert decide(theorem("grouped"), alone).verdict.stands


def test_too_little_precision_leaves_a_claim_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BITS", 64)
    decided = decide(theorem("pair"), two_logits(3.0))
    assert decided.verdict is Verdict.UNDECIDED and not decided.verdict.stands


def test_a_claim_about_groups_is_decided_for_each_of_them() -> None:
    """One of two groups breaks the claim; the other keeps it with room to spare."""

    def shrunk(ops, x):
        errors, limits = theorem("gap_above").sides_of(ops, x)
        return errors, limits * ops.numbers([1.0, 0.5])

    two = instance_of_logits([0.0, 0.0, 1.0, 0.0], np.ones((4, 1)), [0, 1])
    claim = ErrorBound("shrunk", "", "", False, shrunk)
    assert decide(theorem("gap_above"), two).verdict.stands
    assert decide(claim, two).verdict is Verdict.VIOLATED


def test_a_bound_of_zero_that_is_exceeded_is_violated() -> None:
    claim = ErrorBound("zero", "", "", False, lambda ops, x: (x.alpha, ops.numbers(0.0)))
    decided = decide(claim, instance_of_logits([0.0, 0.0], np.ones((2, 1)), [0]))
    assert decided.verdict is Verdict.VIOLATED and decided.ratio == math.inf


@pytest.mark.parametrize("norm", ["largest", "total"])
@given(shift=shifts())
def test_the_pair_theorem_holds_in_other_norms(norm: str, shift: LogitShift) -> None:
    """The largest component, and the sum of the components' sizes."""
    balls = BallArithmetic()
    with ctx.workprec(256):
        exact, length = ExactShift(balls, shift), getattr(balls, norm)
        apart = exact.values[:, None, :] - exact.values[None, :, :]
        distances = length(balls.absolute(apart))
        error = length(balls.absolute(exact.difference))
        assert balls.at_most(error, bounds.pair_bound(balls, exact.gaps, distances)) is not False
