"""Whatever the head, measuring it in blocks of keys says what measuring it whole says."""

from unittest.mock import patch

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from checks.approximations import cluster_by_value
from checks.inputs.rows import Rows
from checks.measure import _clear_in_float64, measure
from checks.measured_blocks import streamed_block, whole_block
from checks.streaming.backend import NumpyBackend
from checks.streaming.nearest import NearestValue
from checks.tensors import Tensors, as_tensors

quarters = st.integers(-6, 6).map(lambda n: n / 4)
"""Few enough values for equal logits, equal keys and equal distances to be common."""

reals = st.floats(-3.0, 3.0, allow_subnormal=False, width=32)


reaches = (1.0, 1.0, 2.0**-150, 2.0**-60, 2.0**200)


@st.composite
def heads(draw, numbers=None, reaches=reaches):
    """One head; none or some frozen tokens, often fewer than normal ones: single tokens."""
    normal, frozen = draw(st.integers(1, 4)), draw(st.integers(0, 6))
    width, value_width = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    entries = draw(st.sampled_from([quarters, reals])) if numbers is None else numbers

    def rows(count: int, columns: int, factor: float = 1.0) -> np.ndarray:
        drawn = st.lists(entries, min_size=count * columns, max_size=count * columns)
        return factor * np.array(draw(drawn)).reshape(count, columns)

    stretch = draw(st.sampled_from([1.0, 1.0, 2.0**10]))
    reach = draw(st.sampled_from(reaches))
    tokens = normal + frozen
    return as_tensors(
        rows(normal, width, stretch), rows(tokens, width), rows(tokens, value_width, reach)
    )


ways = st.fixed_dictionaries(
    {"causal": st.booleans(), "cluster_by": st.sampled_from(["value", "key-value"])}
)
sizes = st.sampled_from([(1, 1), (6, 2), (2**19, 2**17)])
"""Entries of a block, and of what is kept of queries and groups."""


def in_blocks(tensors: Tensors, size: tuple[int, int], **options):
    """A measurement of blocks of this many entries."""
    block, state = size
    with (
        patch("checks.tensors.STREAM_ABOVE", 0),
        patch("checks.streaming.plan.BLOCK_ENTRIES", block),
        patch("checks.streaming.plan.STATE_ENTRIES", state),
        patch("checks.streaming.plan.LABEL_BYTES", state),
        patch("checks.streaming.measured.KEPT_LOGITS", state),
    ):
        return measure(tensors, merged=True, **options)


@given(heads(), ways, sizes)
@example(as_tensors([[1.0]], [[2.0]], [[3.0]]), {"causal": False, "cluster_by": "value"}, (1, 1))
def test_in_blocks_as_whole(tensors, way, size):
    streamed, whole = in_blocks(tensors, size, **way), measure(tensors, **way)
    assert streamed.streamed and streamed.all_certified
    unit = float(np.abs(tensors.values).max()) or 1.0
    for kind in ("quantities", "errors", "bounds"):
        found, wanted = getattr(streamed, kind), getattr(whole, kind)
        assert set(found) == set(wanted)
        for name, each in found.items():
            of_values = kind != "quantities" or name in ("delta", "weighted_residual", "diameter")
            near = (unit if of_values else 1.0) * 1e-9
            np.testing.assert_allclose(each, wanted[name], rtol=1e-6, atol=near, err_msg=name)
    for name, sign in streamed.comparisons.items():
        # Either may leave open what the other can tell, for their radii differ.
        assert (sign * whole.comparisons[name] >= 0).all(), name


@given(heads(reaches=(1.0, 2.0**-150, 2.0**100)), ways, sizes)
def test_float32_is_within_its_radius_of_float64(tensors, way, size):
    block, state = size
    with (
        patch("checks.streaming.plan.BLOCK_ENTRIES", block),
        patch("checks.streaming.plan.STATE_ENTRIES", state),
    ):
        head = next(tensors.blocks(one_by_one=True))
        single, _ = streamed_block(
            head, None, way["causal"], "float32", None, way["cluster_by"], True
        )
    whole = next(tensors.blocks())
    double = whole_block(whole, None, way["causal"], way["cluster_by"])
    _, coarse = _clear_in_float64(head, single)
    _, fine = _clear_in_float64(whole, double)
    for name, error in single.errors.items():
        off = np.abs(error - double.errors[name])
        assert (off <= coarse[name] + fine[name]).all(), name


@given(heads(numbers=quarters), st.sampled_from([2**19, 3]), st.sampled_from([0.0, 2.0**25]))
def test_the_nearest_of_equally_near_values_is_the_first(tensors, at_once, away):
    """Wherever the values lie: far from the origin float32 tells few of them apart."""
    values = np.asarray(tensors.values) + away
    normal = tensors.normal
    with patch("checks.streaming.nearest.DISTANCES_AT_ONCE", at_once):
        own = values[tensors.frozen :]
        nearest = NearestValue(NumpyBackend(), own, causal=False, first=0, stop=normal)
        if tensors.frozen:
            labels, residuals = nearest.assign(np.empty((0, 1)), values[: tensors.frozen])
            whole = cluster_by_value(values, normal)
            np.testing.assert_array_equal(labels, whole.nearest[0])
            np.testing.assert_allclose(residuals, whole.residual[0], rtol=1e-14)
            np.testing.assert_allclose(nearest.spread, whole.spread[0], rtol=1e-14)


@given(heads(), st.booleans())
def test_rows_of_any_kind_read_alike(tensors, as_stored):
    """Keys and values that stay where they are give what their copies give."""
    rows = [Rows(np.asarray(each)) for each in (tensors.keys, tensors.values)]
    given_rows = rows if as_stored else [np.asarray(each.stored) for each in rows]
    again = as_tensors(tensors.queries, *given_rows)
    np.testing.assert_array_equal(
        in_blocks(again, (6, 2)).errors["shared"], in_blocks(tensors, (6, 2)).errors["shared"]
    )
