"""Stated layouts are followed, and swapped axes are named in the error."""

import numpy as np
import pytest

from checks.tensors import UnusableInput, as_tensors

RNG = np.random.default_rng(0)
Q, K, V = (RNG.normal(size=(2, n, width)) for n, width in ((3, 4), (9, 4), (9, 5)))


@pytest.mark.parametrize(
    ("layout", "axes"),
    [
        ("tokens heads width", (1, 0, 2)),
        ("heads width tokens", (0, 2, 1)),
        ("width, tokens, heads", (2, 1, 0)),
    ],
)
def test_a_stated_layout_is_followed(layout, axes):
    moved = [each.transpose(axes) for each in (Q, K, V)]
    tensors = as_tensors(*moved, layout=layout)
    np.testing.assert_array_equal(tensors.keys, K)
    np.testing.assert_array_equal(tensors.values, V)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("heads width", "must name the axes tokens and width once each"),
        ("tokens tokens width", "must name the axes tokens and width once each"),
        ("tokens width", r"Q \(2, 3, 4\) has 3 axes, but the layout 'tokens width' has 2"),
    ],
)
def test_layouts_that_cannot_be(layout, message):
    with pytest.raises(UnusableInput, match=message):
        as_tensors(Q, K, V, layout=layout)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((Q, K.swapaxes(1, 2), V), r"Q \(2, 3, 4\) and K \(2, 4, 9\) differ in width .* of K swap"),
        ((Q, K, V.swapaxes(1, 2)), r"differ in length; .* V may be transposed"),
        (
            (Q, K.swapaxes(1, 2), V.swapaxes(1, 2)),
            "last two axes of K and V swapped, so K and V may be transposed: save .tokens, width.",
        ),
        (
            tuple(each.transpose(1, 0, 2) for each in (Q, K, V)),
            r"differ in their leading axes; .* fit the layout 'tokens heads width', so say --lay",
        ),
        (
            tuple(each.transpose(0, 2, 1) for each in (Q, K, V)),
            "the shapes would fit the layout 'heads width tokens'",
        ),
    ],
)
def test_swapped_axes_are_named(arrays, message):
    with pytest.raises(UnusableInput, match=message):
        as_tensors(*arrays)


def test_no_hint_where_nothing_would_fit():
    with pytest.raises(UnusableInput, match=r"one value row per token\.$"):
        as_tensors(Q, K, V[:, :7])
