"""Equality of the largest logits iff a common winner, on exact quarter-integers."""

import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from checks.tensors import UnusableInput
from checks.weights.obstruction import (
    common_winners,
    convexity_excess,
    groups_with_common_winner,
)

quarters = st.integers(-8, 8).map(lambda n: n / 4)


@st.composite
def cases(draw):
    d, r, n = (draw(st.integers(1, k)) for k in (3, 3, 4))

    def rows(count):
        return np.array([[draw(quarters) for _ in range(d)] for _ in range(count)])

    shares = np.array(draw(st.lists(st.integers(1, 8), min_size=r, max_size=r))) / 4
    return rows(r), shares, rows(n)


@given(cases())
def test_no_excess_iff_a_winner_at_the_mixture_wins_everywhere(case):
    """All numbers are small multiples of 1/64, so float64 makes no error here."""
    queries, shares, keys = case
    excess = convexity_excess(queries, shares, keys)
    mixed = shares @ queries @ keys.T
    at_mixture = mixed == mixed.max()
    shared = common_winners(queries @ keys.T)
    assert excess >= 0
    assert (excess == 0) == bool((at_mixture & shared).any())
    assert (excess == 0) == bool(shared.any())


@pytest.mark.parametrize("equal", [True, False])
def test_both_cases_occur(equal):
    assert find(cases(), lambda c: (convexity_excess(*c) == 0) is equal and len(c[2]) > 1)


def test_groups():
    frozen = np.array([[3.0, 0.0, 0.0], [0.0, 5.0, 0.0]])
    normal = np.array([[1.0, 2.0], [1.0, 2.0]])
    assert groups_with_common_winner(frozen, normal, np.array([0, 0, 1])).tolist() == [False, True]


def test_a_share_of_zero_is_refused():
    with pytest.raises(UnusableInput, match="positive"):
        convexity_excess(np.ones((2, 1)), [1.0, 0.0], np.ones((1, 1)))
