"""The extremal instances attain their bounds, and what cannot be one is refused."""

import math

import pytest

from checks.decisions import Verdict, decide
from checks.extremal import (
    equal_residuals,
    first_order_extreme,
    joint_extreme,
    largest_joint_alpha,
    mean_key_extreme,
    runners_up_tie,
    tied_context,
    two_logits,
    two_point_weight,
    uniform_key_extreme,
)
from checks.tensors import UnusableInput
from checks.theorems import THEOREMS, theorem

PLACED = joint_extreme(5, 0.2, margin=0.5, residual=0.5)
EXTREMES = {
    "drop": equal_residuals([[0.0, 0.3]]),
    "weighted_residual": equal_residuals([[0.0, 0.3, 0.1], [0.2, 0.5]], 0.5),
    "grouped": equal_residuals([[0.0, 0.3, 0.1], [0.2, 0.5]], 0.5),
    "gap_below": runners_up_tie(2, 0.7, frozen_wins=True),
    "gap_above": runners_up_tie(5, 0.7),
    "gap_count": runners_up_tie(4, 0.0),
    "irrelevant_context": tied_context(5, 2.0),
    "pair": two_logits(3.0),
    "stability": two_logits(0.5),
    "total_variation": two_logits(8.0),
    "first_order": first_order_extreme(0.01),
    "effective": joint_extreme(4, residual=0.25),
    "worst_share": joint_extreme(4, margin=1.0),
    "pair_margin": joint_extreme(3),
    "margin": joint_extreme(5, margin=0.5, residual=0.5),
    "joint": PLACED,
    "mean_key_gap": mean_key_extreme(3.0),
    "mean_key_square": mean_key_extreme(0.1),
    "mean_key": mean_key_extreme(3.0),
    "uniform_key": uniform_key_extreme(1, 3),
}
ATTAINED = {"drop", "weighted_residual", "grouped", "gap_below", "gap_above", "gap_count"}
ATTAINED |= {"irrelevant_context", "pair", "stability", "total_variation", "joint"}


def test_every_theorem_has_one() -> None:
    assert set(EXTREMES) == {each.name for each in THEOREMS}


@pytest.mark.parametrize("name", EXTREMES)
def test_the_bound_is_reached(name: str) -> None:
    decided = decide(theorem(name), EXTREMES[name])
    assert decided.verdict.stands
    assert (decided.verdict is Verdict.ATTAINED) is (name in ATTAINED)
    limit = 0.999 if name in ("first_order", "mean_key_square") else 1 - 1e-12
    assert limit < decided.ratio <= 1


def test_away_from_the_extreme_it_is_not() -> None:
    assert decide(theorem("gap_below"), runners_up_tie(3, 0.7)).ratio < 0.9
    assert decide(theorem("margin"), PLACED).ratio < 0.9


def test_the_largest_alpha_is_that_of_the_margin_bound() -> None:
    assert largest_joint_alpha(4) == 0.5
    assert decide(theorem("joint"), joint_extreme(4, 0.5)).ratio > 1 - 1e-12
    assert two_point_weight(1e-3) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: joint_extreme(1), "1 tokens with margin 0.0 have no runner-up that counts"),
        (lambda: joint_extreme(3, margin=1e4), "no runner-up that counts"),
        (lambda: joint_extreme(4, 0.6), "alpha is 0.6; give a number above 0 and at most 0.5"),
        (lambda: joint_extreme(4, 0.0), "alpha is 0.0"),
        (lambda: uniform_key_extreme(2, 4), "2 of 4 tokens"),
        (lambda: uniform_key_extreme(0, 4), "0 of 4 tokens"),
        (lambda: mean_key_extreme(0.0), "spread of 0.0"),
        (lambda: mean_key_extreme(math.inf), "spread of inf"),
    ],
)
def test_what_cannot_be_extremal_is_refused(made, told: str) -> None:
    with pytest.raises(UnusableInput, match=told):
        made()
