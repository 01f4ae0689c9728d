"""The theorems on drawn instances, decided exactly, and each shown able to fail."""

import numpy as np
import pytest
from flint import arb
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

from checks.alternatives import OVER_ALL_QUERIES
from checks.balls import query_balls
from checks.bounds import ERROR_OF_BOUND
from checks.certify import certify_query
from checks.measure import measure
from checks.tensors import as_tensors
from tests.checks.instances import exceeds, from_groups, quarters, queries

searching = settings(max_examples=3000, deadline=None, derandomize=True, database=None)


@given(queries())
def test_every_error_is_at_most_every_bound(query):
    assert certify_query(query).certificate.holds


@pytest.mark.parametrize("bound", list(ERROR_OF_BOUND))
def test_nine_tenths_of_a_bound_do_not_suffice(bound):
    found = find(queries(largest=2), lambda query: exceeds(query, bound, 0.9), settings=searching)
    assert certify_query(found).certificate.holds


@pytest.mark.parametrize("bound", ["effective", "margin", "joint"])
def test_nine_tenths_do_not_suffice_without_residuals_either(bound):
    """With clustered values the bound is its second term alone, so that one cannot shrink."""
    strategy = queries(residuals=False, largest=2)
    found = find(strategy, lambda query: exceeds(query, bound, 0.9), settings=searching)
    assert query_balls(found, 128).errors["grouped"].is_zero()


@given(queries(residuals=False))
def test_grouping_is_exact_without_residuals(query):
    balls = query_balls(query, 128)
    assert balls.errors["grouped"].is_zero() and balls.bounds["grouped"].is_zero()


def test_grouping_is_not_exact_with_residuals():
    assert find(queries(), lambda query: query_balls(query, 128).errors["grouped"] > 0)


@given(queries(largest=0))
def test_without_frozen_tokens_everything_is_exact(query):
    balls = query_balls(query, 128)
    for number in (*balls.errors.values(), *balls.bounds.values(), balls.alpha):
        assert number.is_zero()


@pytest.mark.parametrize("error", ["drop", "grouped", "effective"])
def test_with_frozen_tokens_it_is_not(error):
    assert find(queries(largest=1), lambda query: query_balls(query, 128).errors[error] > 0)


@st.composite
def equal_gaps(draw, extra=0.0):
    """Every group is a shifted copy of the first; the second then has one logit moved."""
    pattern = [draw(quarters) for _ in range(draw(st.integers(2, 3)))]
    shifts = [draw(quarters) for _ in range(draw(st.integers(2, 3)))]
    groups = [[s + shift for s in pattern] for shift in shifts]
    groups[1][-1] += extra
    return from_groups(groups, [[draw(quarters)] for _ in groups])


@given(equal_gaps())
def test_a_common_gap_cancels(query):
    """The enclosure of the error shrinks to zero with the precision: it contains nothing else."""
    for bits in (128, 1024):
        error = query_balls(query, bits).errors["effective"]
        assert error.contains(0) and error < arb(2) ** (24 - bits)


def test_gaps_that_differ_do_not_cancel():
    assert find(equal_gaps(extra=0.25), lambda q: query_balls(q, 256).errors["effective"] > 0)


@st.composite
def layers(draw):
    """Q, K, V of up to two heads with small quarter-integer entries, often tied."""
    heads, normal, frozen = (
        draw(st.integers(1, 2)),
        draw(st.integers(1, 3)),
        draw(st.integers(0, 3)),
    )
    width, value_width = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    size = draw(st.sampled_from([1.0, 1e-3, 50.0, 1e4]))

    def array(rows, columns):
        count = heads * rows * columns
        drawn = draw(st.lists(quarters, min_size=count, max_size=count))
        return np.array(drawn).reshape(heads, rows, columns)

    tokens = normal + frozen
    return array(normal, width) * size, array(tokens, width), array(tokens, value_width)


@given(layers(), st.booleans())
def test_what_is_printed_is_certified(arrays, causal):
    result = measure(as_tensors(*arrays), causal=causal)
    assert result.all_certified
    for bound, error in ERROR_OF_BOUND.items():
        assert (result.errors[error] <= result.bounds[bound]).all()
        assert (result.looseness(bound) >= 1).all()


@given(layers())
def test_the_last_causal_query_sees_what_every_other_does(arrays):
    """In all that belongs to one query; what is averaged over the queries depends on the others."""
    causal, full = (measure(as_tensors(*arrays), causal=flag) for flag in (True, False))
    assume(causal.normal > 1)
    assert set(causal.errors) > OVER_ALL_QUERIES
    for kind in ("quantities", "errors", "bounds"):
        for name in set(getattr(causal, kind)) - OVER_ALL_QUERIES:
            np.testing.assert_allclose(
                getattr(causal, kind)[name][:, -1],
                getattr(full, kind)[name][:, -1],
                rtol=1e-9,
                atol=1e-12,
                err_msg=name,
            )


def test_what_is_averaged_over_the_queries_depends_on_the_others():
    def differs(arrays):
        tensors = as_tensors(*arrays)
        causal, full = (measure(tensors, causal=flag).errors for flag in (True, False))
        return all((causal[name][:, -1] != full[name][:, -1]).any() for name in OVER_ALL_QUERIES)

    assert find(layers(), differs, settings=searching)
