"""Means, errors, maxima and quantiles from chunks, against NumPy on everything at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.sweep.statistics import RESOLUTION_BITS, Gathering, merge

numbers = st.lists(
    st.one_of(st.floats(0, 1e6), st.sampled_from([0.0, -0.0, 1.0, 5e-324, 1e-300, 1e300])),
    min_size=2,
    max_size=60,
)


def summed_up(*chunks):
    gathering = Gathering()
    for chunk in chunks:
        gathering.add(np.array(chunk, dtype=float, ndmin=2))
    return gathering.summary()


def test_numbers_agree_with_those_of_everything_at_once():
    rng = np.random.default_rng(0)
    chunks = [rng.lognormal(size=(3, size)) * [[1], [1e-9], [1e9]] for size in (100, 1, 17, 400)]
    whole, found = np.concatenate(chunks, axis=1), summed_up(*chunks)
    assert found.draws == 518
    np.testing.assert_allclose(found.mean, whole.mean(axis=1), rtol=1e-13)
    error = whole.std(axis=1, ddof=1) / np.sqrt(518)
    np.testing.assert_allclose(found.standard_error(), error, rtol=1e-12)
    np.testing.assert_array_equal(found.worst, whole.max(axis=1))
    for row, values in enumerate(whole):
        for share in (0.1, 0.5, 0.9, 0.99, 1.0):
            exact = np.quantile(values, share, method="inverted_cdf")
            assert found.quantile(row, share) == pytest.approx(exact, rel=2.0**-RESOLUTION_BITS / 2)


@given(numbers)
def test_a_quantile_is_within_its_resolution_of_the_number_of_that_rank(values):
    found = summed_up(values)
    for share in (0.01, 0.5, 0.9, 1.0):
        exact = np.quantile(np.abs(values), share, method="inverted_cdf")
        apart = abs(found.quantile(0, share) - exact)
        assert apart <= exact * 2.0**-RESOLUTION_BITS / 2 or exact < 1e-305
        assert found.quantile(0, share) <= found.worst[0]


@given(numbers, st.integers(0, 60))
def test_two_summaries_merge_to_that_of_all_draws(values, cut):
    cut = min(cut, len(values))
    parts = [part for part in (values[:cut], values[cut:]) if part]
    whole = summed_up(values)
    merged = merge([summed_up(part) for part in parts])
    assert merged.draws == whole.draws
    np.testing.assert_array_equal(merged.bins, whole.bins)
    np.testing.assert_array_equal(merged.counts, whole.counts)
    np.testing.assert_array_equal(merged.worst, whole.worst)
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-12)


def test_quantiles_of_zeros_are_zero_and_one_draw_has_no_error():
    found = summed_up([0.0, -0.0, 0.0])
    assert [found.quantile(0, share) for share in (0.5, 1.0)] == [0.0, 0.0]
    assert found.standard_error()[0] == 0
    assert np.isnan(summed_up([3.0]).standard_error()[0])


def test_counts_are_the_same_whenever_the_waiting_numbers_are_counted(monkeypatch):
    rng = np.random.default_rng(0)
    chunks = [rng.random((4, 50)) ** 9 for _ in range(8)]
    late = summed_up(*chunks)
    monkeypatch.setattr("checks.sweep.statistics._WAITING", 300)
    monkeypatch.setattr("checks.sweep.statistics._DENSE", 100)  # so they are sorted
    early = summed_up(*chunks)
    np.testing.assert_array_equal(late.bins, early.bins)
    np.testing.assert_array_equal(late.counts, early.counts)
    assert late.counts.sum() == 4 * 400
