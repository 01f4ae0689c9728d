"""The figures of a measurement: what is drawn where, and how much of it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from checks.certify import Certificate
from checks.plots.measured.bounds import LOOKS, USED, _cloud
from checks.plots.measured.errors import LOOKS as REPLACEMENTS
from checks.plots.measured.errors import OTHER, errors_picture
from checks.plots.measured.heads import _medians, _short
from checks.plots.measured.points import (
    MOST_DECADES,
    MOST_POINTS,
    MOST_STEPS,
    Bar,
    bars,
    distribution,
    in_text,
    log_limits,
    thinned,
    thinning,
)
from checks.plots.measured.weights import weights_picture
from checks.plots.style import BLUE, Look, styled
from tests.checks.report.samples import (
    broken,
    drawn,
    measured,
    repeated,
    report_of_the_model,
)

VIOLATED = Certificate.VIOLATED
LOOK = Look(BLUE, "-", "o", "numbers")


def axes_of(draw):
    with styled() as new_figure:
        axes = new_figure().add_subplot()
        draw(axes)
        return axes


# ---- points, curves, bars, axes -----------------------------------------------------------------


def test_few_points_are_all_drawn():
    assert thinned(MOST_POINTS).tolist() == list(range(MOST_POINTS))
    assert thinning(MOST_POINTS) == ""


@pytest.mark.parametrize("count", [MOST_POINTS + 1, 12_345, 10**6])
def test_of_many_points_evenly_spaced_ones_and_all_that_must_be(count):
    always = np.zeros(count, dtype=bool)
    always[[1, count - 1]] = True
    plain, shown = thinned(count), thinned(count, always)
    assert MOST_POINTS / 2 <= len(plain) <= MOST_POINTS
    step = int(plain[1])
    assert plain.tolist() == list(range(0, count, step))
    assert thinning(count) == f" Of {count} queries one in {step} is drawn, in stored order."
    assert set(shown) == {*plain.tolist(), 1, count - 1}


def test_a_distribution_counts_what_is_at_most_x():
    values = np.array([3.0, 1.0, 1.0, np.nan, np.inf])
    (line,) = axes_of(lambda axes: distribution(axes, values, LOOK)).lines
    assert line.get_xdata().tolist() == [1.0, 1.0, 1.0, 3.0]
    assert line.get_ydata().tolist() == [0.0, 0.25, 0.5, 0.75]


def test_a_long_distribution_is_thinned_and_keeps_its_ends():
    values = np.random.default_rng(0).normal(size=10_000)
    (line,) = axes_of(lambda axes: distribution(axes, values, LOOK)).lines
    x, y = line.get_xdata(), line.get_ydata()
    assert len(x) == MOST_STEPS + 1
    assert (x[0], x[-1], y[-1]) == (values.min(), values.max(), 1.0)
    exact = np.searchsorted(np.sort(values), x[1:], side="right") / len(values)
    np.testing.assert_array_equal(y[1:], exact)


def test_an_empty_distribution_draws_nothing():
    for values in (np.zeros(0), np.array([np.nan])):
        assert list(axes_of(lambda axes, v=values: distribution(axes, v, LOOK)).lines) == []


def test_bars_show_quantiles_and_say_the_median():
    rows = [Bar("first", np.arange(1.0, 11.0), LOOK, "70%"), Bar("none", np.zeros(0), LOOK)]
    axes = axes_of(lambda axes: bars(axes, rows, ("median", "nearer")))
    band, median, worst = axes.lines
    assert band.get_xdata().tolist() == [1.0, 9.0]
    assert median.get_xdata().tolist() == [5.5]
    assert worst.get_xdata().tolist() == [10.0]
    texts = [[label.get_text() for label in child.get_yticklabels()] for child in axes.child_axes]
    assert texts == [["median", "5.5", "–"], ["nearer", "70%", ""]]
    assert axes.get_xscale() == "linear"


def test_bars_are_logarithmic_only_if_medians_differ_a_hundredfold():
    for factor, scale in ((99.0, "linear"), (101.0, "log")):
        rows = [Bar("one", np.array([1.0]), LOOK), Bar("other", np.array([factor]), LOOK)]
        assert axes_of(lambda axes, r=rows: bars(axes, r, ("", ""))).get_xscale() == scale


def test_a_worst_value_far_outside_is_an_arrow_at_the_edge():
    values = np.array([1.0] * 99 + [1e6])
    axes = axes_of(lambda axes: bars(axes, [Bar("one", values, LOOK)], ("", "")))
    worst = axes.lines[-1]
    assert worst.get_marker() == ">" and worst.get_xdata().tolist() == [3.0]


@pytest.mark.parametrize(
    "numbers", [[], [0.0], [np.inf, np.nan], [1.0], [0.3, 0.31], [1e-300, 1.0], [5e-324], [1e300]]
)
def test_logarithmic_axes_have_limits_for_all_numbers(numbers):
    low, high = log_limits(np.array(numbers))
    assert 0 < low < high < np.inf and high / low >= 10.0
    assert np.log10(high / low) <= MOST_DECADES + 1e-9
    for number in numbers:
        assert not 0 < number < 1e290 or number < high


def test_indices_are_set_as_such():
    assert in_text("  ≤ α max|v_t − v_j|") == "≤ α max|v$_{t}$ − v$_{j}$|"


def test_two_digits_with_their_sign():
    assert [_short(x, True) for x in (0.123, -0.126, 1.5, 12.3)] == [".12", "−.13", "1.50", "12"]
    assert _short(-0.5, False) == ".50"


def test_medians_of_heads():
    values = np.arange(12.0).reshape(2, 2, 3)
    values[1, 1] = np.nan
    medians = _medians(values, 2)
    assert medians[0].tolist() == [1.0, 4.0]
    assert medians[1, 0] == 7.0 and np.isnan(medians[1, 1])


# ---- what is drawn ------------------------------------------------------------------------------


def cloud(result, name, error):
    errors, bounds = result.errors[error].reshape(-1), result.bounds[name].reshape(-1)
    limits = log_limits(errors, bounds)
    certificates = result.certificates.reshape(-1)
    return axes_of(lambda axes: _cloud(axes, errors, bounds, certificates, limits))


def test_no_query_lies_above_the_diagonal_unless_it_is_violated():
    for name, error in (("drop", "drop"), ("grouped", "grouped"), ("joint", "effective")):
        _, *clouds = cloud(measured((2, 3)), name, error).lines
        points = sum(len(line.get_xdata()) for line in clouds)
        assert points == 18
        assert all((line.get_ydata() <= line.get_xdata()).all() for line in clouds)
    violated = cloud(broken(), "joint", "effective").lines[1 + list(LOOKS).index(VIOLATED)]
    assert violated.get_xdata() < violated.get_ydata()


def test_all_that_does_not_hold_is_drawn_however_many_there_are():
    one = repeated(measured(), 1700)
    certificates = one.certificates.copy()
    certificates[17], certificates[4321] = Certificate.VIOLATED, Certificate.UNDECIDED
    _, *clouds = cloud(replace(one, certificates=certificates), "margin", "effective").lines
    drawn = dict(zip(LOOKS, (len(line.get_xdata()) for line in clouds), strict=True))
    assert drawn[Certificate.VIOLATED] == drawn[Certificate.UNDECIDED] == 1
    assert MOST_POINTS / 2 < drawn[Certificate.ROUNDING] <= MOST_POINTS + 20


def test_the_roles_differ_in_more_than_colour():
    for looks, part in ((USED, "line"), (REPLACEMENTS, "marker")):
        chosen = [getattr(look, part) for name, look in looks.items() if name != "mean_key"]
        assert len(set(chosen)) == len(chosen)
    assert len({marker for _, marker, _ in LOOKS.values()}) == len(LOOKS)


def test_a_replacement_that_is_new_is_drawn_under_its_name():
    result = measured((2, 3))
    errors = {**result.errors, "another": result.errors["drop"]}
    assert OTHER not in REPLACEMENTS.values()
    picture = errors_picture(replace(result, errors=errors))
    assert len(picture.svg) > len(errors_picture(result).svg)


def test_pictures_ask_for_nothing_and_share_no_names():
    pictures = drawn(report_of_the_model()).pictures
    assert list(pictures)[-1] == "weights"
    names = []
    for stem, picture in pictures.items():
        assert picture.svg.startswith("<svg viewBox=") and picture.svg.endswith("</svg>")
        assert not re.search(r"http|<image|data:|<style|<script|<!--", picture.svg)
        own = re.findall(r'\bid="([^"]*)"', picture.svg)
        assert own and all(name.startswith(f"{stem}-") for name in own)
        for first, second in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', picture.svg):
            assert (first or second) in own
        names += own
        assert picture.title and picture.caption.endswith(".")
    assert len(set(names)) == len(names)


def test_a_second_question_has_bars_of_its_own():
    heads = report_of_the_model().heads
    asked = [
        replace(each, second={"dropped": 0.5, "winners": 0.25, "merged": 0.125}) for each in heads
    ]
    plain, more = weights_picture(heads), weights_picture(asked)
    assert len(more.svg) > len(plain.svg)
    assert "second question" in more.caption and "second question" not in plain.caption
