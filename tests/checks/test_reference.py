"""Exact attention three times: in float64, in balls, and as the derivation has it."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from flint import arb

from checks.approximations import Approximation, approximate
from checks.instances import instance
from checks.reference import attention_in_balls, exact_attention, exact_update
from checks.tensors import UnusableInput
from tests.checks.derived import Layer, drawn_layer, evaluated, lines

SHAPES = [(0, 1, 1), (0, 3, 2), (1, 1, 2), (3, 2, 3), (4, 3, 2), (5, 1, 3)]
LAYERS = [drawn_layer(seed, *shape, clustered=False) for seed, shape in enumerate(SHAPES)]
CLUSTERED = [drawn_layer(seed + 50, *shape, clustered=True) for seed, shape in enumerate(SHAPES)]


def distance(left: list, right: list) -> float:
    """The largest difference of two lists of numbers of any kind, as float64."""
    return max(abs(float((arb_of(x) - arb_of(y)).mid())) for x, y in zip(left, right, strict=True))


def arb_of(x: object) -> arb:
    return arb(float(x)) if isinstance(x, float | int) else arb(x)


@pytest.mark.parametrize("layer", LAYERS + CLUSTERED)
def test_the_derivation_and_both_references_agree(layer: Layer) -> None:
    update = exact_attention(layer.queries, layer.keys, layer.values, scale=1.0)
    start = lines()[0]
    for query, row in enumerate(update):
        balls = attention_in_balls(layer.queries[query], layer.keys, layer.values, scale=1.0)
        derived = evaluated(start, layer, query, bits=256)
        assert all(arb_of(x).overlaps(y) for x, y in zip(derived, balls, strict=True))
        assert all(y.rad() < arb(2) ** -200 for y in balls)
        assert distance(row.tolist(), balls) < 1e-13
        assert distance(evaluated(start, layer, query), balls) < 1e-13


def without_scale(layer: Layer) -> np.ndarray:
    return exact_attention(layer.queries, layer.keys, layer.values)


def over_the_context_alone(layer: Layer) -> np.ndarray:
    frozen = layer.frozen
    return exact_attention(layer.queries, layer.keys[:frozen], layer.values[:frozen], scale=1.0)


def with_the_mask_swapped(layer: Layer) -> np.ndarray:
    mask = np.arange(len(layer.keys)) >= layer.frozen
    return exact_attention(layer.queries, layer.keys, layer.values, scale=1.0, mask=mask[None])


def with_keys_for_values(layer: Layer) -> np.ndarray:
    return exact_attention(layer.queries, layer.values, layer.keys, scale=1.0)


def with_the_signs_of_the_logits_changed(layer: Layer) -> np.ndarray:
    return exact_attention(layer.queries, layer.keys, layer.values, scale=-1.0)


def without_dividing(layer: Layer) -> np.ndarray:
    return np.exp(layer.queries @ layer.keys.T) @ layer.values


WRONG = [
    without_scale,
    over_the_context_alone,
    with_the_mask_swapped,
    with_keys_for_values,
    with_the_signs_of_the_logits_changed,
    without_dividing,
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_definition_is_noticed(wrong: Callable[[Layer], np.ndarray]) -> None:
    layer = drawn_layer(7, 3, 2, 3, clustered=False)
    for query, row in enumerate(wrong(layer)):
        assert distance(row.tolist(), evaluated(lines()[0], layer, query, bits=256)) > 1e-3


APPROXIMATIONS = [(1, None), (2, Approximation.GROUPED), (3, Approximation.GROUPED)]
APPROXIMATIONS += [(4, Approximation.GROUPED), (5, Approximation.EFFECTIVE)]
APPROXIMATIONS += [(6, Approximation.EFFECTIVE)]


@pytest.mark.parametrize(("line", "which"), APPROXIMATIONS)
def test_every_line_of_the_derivation_is_what_is_computed(
    line: int, which: Approximation | None
) -> None:
    assert len(lines()) == len(APPROXIMATIONS) + 1
    for layer in LAYERS + CLUSTERED:
        update = exact_attention(layer.queries, layer.keys, layer.values, scale=1.0)
        for query in range(len(layer.queries)):
            it = instance(layer.queries[query], layer.keys, layer.values, layer.owners, scale=1.0)
            computed = update[query] if which is None else approximate(it, which)
            derived = evaluated(lines()[line], layer, query, bits=256)
            assert distance(computed.tolist(), derived) < 1e-13


def test_the_lines_are_not_all_the_same() -> None:
    layer = LAYERS[4]
    values = [evaluated(line, layer, 0, bits=128) for line in lines()]
    assert distance(values[1], values[2]) > 1e-3 and distance(values[4], values[5]) > 1e-3


def test_a_scale_of_none_is_one_over_the_root_of_the_dimension_exactly() -> None:
    rng = np.random.default_rng(0)
    query, keys, values = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    balls = attention_in_balls(query, keys, values, bits=128)
    scaled = exact_attention(query[None] / math.sqrt(3), keys, values, scale=1.0)[0]
    assert distance(exact_attention(query[None], keys, values)[0].tolist(), balls) < 1e-15 * 4
    assert distance(scaled.tolist(), balls) < 1e-15 * 4
    nearly = attention_in_balls(query, keys, values, scale=1 / math.sqrt(3), bits=128)
    assert not any(x.overlaps(y) for x, y in zip(balls, nearly, strict=True))


def test_masked_tokens_might_as_well_not_be_there() -> None:
    rng = np.random.default_rng(1)
    queries, keys = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 7, 3))
    values = rng.normal(size=(2, 7, 4))
    mask = rng.integers(2, size=(2, 5, 7)).astype(bool)
    mask[..., 0], mask[..., 3] = False, True
    masked = exact_attention(queries, keys, values, mask=mask)
    for head, query in np.ndindex(2, 5):
        seen = mask[head, query]
        alone = exact_attention(queries[head, [query]], keys[head, seen], values[head, seen])[0]
        np.testing.assert_allclose(masked[head, query], alone, rtol=1e-13)
        balls = attention_in_balls(queries[head, query], keys[head], values[head], mask=seen)
        assert distance(alone.tolist(), balls) < 1e-14
    values[:, 0] = 1e300
    np.testing.assert_array_equal(exact_attention(queries, keys, values, mask=mask), masked)


def test_leading_axes_are_instances() -> None:
    rng = np.random.default_rng(2)
    queries, keys = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=(3, 2, 9, 5))
    values = rng.normal(size=(3, 2, 9, 2))
    whole = exact_attention(queries, keys, values)
    assert whole.shape == (3, 2, 4, 2)
    for place in np.ndindex(3, 2):
        alone = exact_attention(queries[place], keys[place], values[place])
        np.testing.assert_allclose(whole[place], alone, rtol=1e-13)


def test_a_causal_update_is_a_masked_one() -> None:
    rng = np.random.default_rng(3)
    queries, keys, values = (
        rng.normal(size=(3, 2)),
        rng.normal(size=(5, 2)),
        rng.normal(size=(5, 1)),
    )
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], dtype=bool)
    causal = exact_update(queries, keys, values, causal=True)
    np.testing.assert_array_equal(causal, exact_attention(queries, keys, values, mask=mask))


def test_logits_of_ten_thousand_neither_overflow_nor_lose_ties() -> None:
    keys = np.array([[1e4], [-1e4], [1e4]])
    with np.errstate(all="raise", under="ignore"):
        update = exact_attention(np.ones((1, 1)), keys, np.array([[1.0], [5.0], [2.0]]), scale=1.0)
    assert update.tolist() == [[1.5]]
    (ball,) = attention_in_balls([1.0], keys, [[1.0], [5.0], [2.0]], scale=1.0, bits=64)
    assert ball.overlaps(arb(1.5)) and ball.rad() < arb(2) ** -40


def test_float32_is_taken_as_exact() -> None:
    rng = np.random.default_rng(4)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in ((2, 3), (4, 3), (4, 2))]
    wide = exact_attention(*[array.astype(np.float64) for array in arrays])
    narrow = exact_attention(*arrays)
    assert narrow.dtype == np.float64
    np.testing.assert_array_equal(narrow, wide)


def test_a_query_that_sees_nothing_is_refused() -> None:
    one = np.ones((1, 1))
    with pytest.raises(UnusableInput, match="sees no token at all; leave at least one unmasked"):
        exact_attention(one, one, one, mask=np.zeros((1, 1), dtype=bool))
    with pytest.raises(UnusableInput, match="sees no token at all; leave at least one unmasked"):
        attention_in_balls([1.0], one, one, mask=[False])
