"""Which cells a sweep has, and one sentence for what cannot be drawn."""

import math

import pytest

from checks.sweep.grid import AXES, USUAL, axis_values, cells
from checks.sweep.models import MODELS, Point, fill
from derivations.errors import UnusableInput
from tests.checks.sweep.points import point


@pytest.mark.parametrize(
    ("axis", "text", "values"),
    [
        ("d", "16,64,256", [16, 64, 256]),
        ("d", "4..64", [4, 8, 16, 32, 64]),
        ("n", "3..20", [3, 6, 12]),
        ("d", "1..1000:4", [1, 10, 100, 1000]),
        ("d", "4, 4..16, 1e3", [4, 8, 16, 1000]),
        ("margin", "0..3", [0, 1, 2, 3]),
        ("margin", "0..1:3", [0, 0.5, 1]),
        ("delta", "0,0.1", [0, 0.1]),
        ("scale", "0.25..1", [0.25, 0.5, 1]),
        ("correlation", "0..0.9:4", pytest.approx([0, 0.3, 0.6, 0.9])),
    ],
)
def test_values_of_an_axis(axis, text, values):
    assert axis_values(axis, text) == values


@pytest.mark.parametrize(
    ("axis", "text", "complaint"),
    [
        ("width", "1", "no axis 'width'; choose among d, n, m"),
        ("d", "1.5", "d is given as '1.5', which is no whole number"),
        ("d", "many", "'many', which is no whole number"),
        ("d", "inf", "'inf', which is no whole number"),
        ("d", "", "'', which is no whole number"),
        ("margin", "nan", "margin is nan; it must be finite"),
        ("margin", "inf", "margin is inf; it must be finite"),
        ("margin", "5..1", "a range goes from a smaller to a larger number"),
        ("scale", "0..4", "a range goes from a smaller to a larger number above zero"),
        ("d", "1..8:0", "after the colon stands how many values, from 2 to 10000"),
        ("margin", "0..1e9", "more than 10000 values"),
        ("d", "16,16", "d is given as '16,16', which has 16 twice; name every value once"),
        ("margin", "1,2..3, 1.0", "which has 1.0 twice"),
    ],
)
def test_values_that_cannot_be_read(axis, text, complaint):
    with pytest.raises(UnusableInput) as refusal:
        axis_values(axis, text)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_without_arguments_the_usual_axes_are_varied_one_at_a_time():
    points = cells([], [], {}, full=False)
    assert len(points) == len(set(points))
    centre = Point("gaussian", 64, 33, 256, 16, None, 0.0, 0.0, 1.0)
    assert centre in points
    assert {each.model for each in points} == {"gaussian", "unscaled", "sphere", "planted"}
    for each in points:
        changed = (each.d != 64) + (each.n != 33) + (each.margin not in (None, 3.0))
        assert changed <= 1 and each.p == 16 and each.m == 8 * (each.n - 1)
    for axis in USUAL:
        assert len({each.key()[axis] for each in points}) >= 10


@pytest.mark.parametrize("axis", list(AXES))
def test_every_axis_has_values_of_its_own_that_can_be_drawn(axis):
    points = cells([], [axis], {}, full=False)
    assert len({each.key()[axis] for each in points}) >= 6


def test_values_given_are_fixed_if_single_and_varied_if_several():
    points = cells(["gaussian"], [], {"d": [2, 4], "p": [6]}, full=False)
    assert [(each.d, each.p, each.n, each.m) for each in points] == [(2, 6, 33, 96), (4, 6, 33, 96)]
    points = cells(["planted", "sphere"], ["d"], {"d": [2], "margin": [1.0]}, full=False)
    assert [(each.model, each.margin) for each in points] == [("planted", 1.0), ("sphere", None)]
    assert len(cells([], [], {"d": [3]}, full=False)) == 3


def test_all_combinations_on_request():
    points = cells(["planted"], ["d", "margin"], {"d": [2, 4], "margin": [0.0, 1.0, 2.0]}, True)
    assert {(each.d, each.margin) for each in points} == {
        (d, margin) for d in (2, 4) for margin in (0, 1, 2)
    }
    assert len(points) == 6
    by_default = cells([], ["d", "margin"], {"d": [2], "margin": [0.0, 1.0]}, True)
    assert [(each.model, each.d, each.margin) for each in by_default] == [
        ("planted", 2, 0),
        ("planted", 2, 1),
    ]


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ((["gauss"], [], {}), "no model 'gauss'; choose among gaussian, unscaled"),
        (([], ["width"], {}), "no axis 'width'"),
        (
            (["gaussian"], ["margin"], {}),
            "no chosen model has the axis margin; add --model planted",
        ),
        ((["gaussian"], [], {"d": [2, 4], "margin": [1]}), "margin is given, but no model"),
        (([], [], {"d": [0]}), "d is 0; it must be a whole number from 1"),
        (([], [], {"d": [-4]}), "d is -4; it must be"),
        (([], [], {"p": [0]}), "p is 0; it must be"),
        (([], [], {"n": [0]}), "n is 0; it must be"),
        (([], [], {"m": [-1]}), "m is -1; it must be a whole number from 0"),
        (([], ["n"], {"n": [1, 2], "m": [50]}), "50 frozen tokens do not fit: p = 16 groups of n"),
        (([], ["margin"], {"margin": [-1.0]}), "margin is -1.0; it must be a finite number from 0"),
        (([], ["delta"], {"delta": [-0.1]}), "delta is -0.1; it must be"),
        (([], ["correlation"], {"correlation": [1.0]}), "correlation is 1.0; it must be"),
        (([], ["scale"], {"scale": [0.0]}), "scale is 0.0; it must be"),
        (([], [], {"n": [10**9]}), "tokens are more than"),
    ],
)
def test_what_cannot_be_drawn(asked, complaint):
    with pytest.raises(UnusableInput) as refusal:
        cells(*asked, full=False)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_margin_must_be_finite_also_from_python():
    for margin in (math.inf, math.nan, 1e9):
        with pytest.raises(UnusableInput, match=r"margin is .*; it must be a finite number"):
            point("planted", margin=margin)


def test_groups_are_filled_in_turn():
    assert point(n=4, p=5, m=7).blocks == [(4, 2), (2, 1), (1, 2)]
    assert point(n=4, p=2, m=6).blocks == [(4, 2)]
    assert point(n=1, p=3, m=0).blocks == [(1, 3)]
    assert point(n=4, p=3, m=0).blocks == [(1, 3)]
    assert fill(16, None, None) == (33, 256)
    assert fill(16, 17, None) == (17, 128)
    assert fill(16, None, 20) == (4, 20)
    assert fill(1, 5, None) == (5, 4)


def test_every_model_says_which_axes_it_has():
    assert MODELS["planted"].axes == ("d", "n", "m", "p", "margin", "delta", "scale")
    assert MODELS["correlated"].axes == ("d", "n", "m", "p", "delta", "correlation", "scale")
    assert MODELS["gaussian"].axes == ("d", "n", "m", "p", "delta", "scale")
