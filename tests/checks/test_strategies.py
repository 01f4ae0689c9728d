"""The strategies keep their promises, exactly, and reach what they should."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from checks.embedding import LARGEST_LOGIT, on_grid
from checks.exact.shifts import LogitShift
from checks.instances import Instance
from checks.strategies import cases, dimensions, group_sizes, instances, near_extremes, shifts
from checks.tensors import UnusableInput
from checks.theorems import THEOREMS, theorem

looking = settings(
    max_examples=2000,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
once = settings(max_examples=1, database=None)


def exact_logits(it: Instance, query: np.ndarray | None = None) -> list[Fraction]:
    """scale * q . k of the seen tokens, in fractions; the scale is a power of two."""
    query = it.query if query is None else query
    return [
        Fraction(it.factor)
        * sum(Fraction(float(x)) * Fraction(float(y)) for x, y in zip(query, key, strict=True))
        for key in it.keys[it.seen]
    ]


def groups_of(it: Instance, logits: list[Fraction]) -> list[list[Fraction]]:
    """The logits of the seen tokens by group, largest first."""
    tokens = np.flatnonzero(it.seen).tolist()
    home = [*it.owners.tolist(), *range(it.normal)]
    gathered: dict[int, list[Fraction]] = {}
    for token, logit in zip(tokens, logits, strict=True):
        gathered.setdefault(home[token], []).append(logit)
    return [sorted(group, reverse=True) for group in gathered.values()]


scales = st.sampled_from([1.0, 0.125, 2.0, None])
everything = instances(
    margin=st.sampled_from([0.0, 0.375, 2.0, 1000.0]),
    masked=st.booleans(),
    two_queries=st.booleans(),
    scale=scales,
    largest=st.sampled_from([1.0, 10_000.0]),
)


@given(everything)
def test_float64_logits_are_the_exact_ones(it: Instance) -> None:
    """Products and partial sums are exact, so no rounding moves a margin."""
    assert it.logits[it.seen].tolist() == [float(x) for x in exact_logits(it)]
    if it.made_at is not None:
        before = exact_logits(it, it.made_at)
        assert it.logits_made_at[it.seen].tolist() == [float(x) for x in before]


@given(everything)
def test_they_are_exact_in_the_type_of_the_arrays_too(it: Instance) -> None:
    """Summed in float32 in any order where the arrays are float32."""
    products = it.keys * it.query
    for order in (slice(None), slice(None, None, -1)):
        added = np.zeros(len(it.keys), dtype=it.keys.dtype)
        for column in products[:, order].T:
            added = added + column
        assert added.dtype == it.keys.dtype
        scaled = added.astype(float)[it.seen] * it.factor
        assert scaled.tolist() == it.logits[it.seen].tolist()


@given(data=st.data())
def test_the_margin_is_the_one_asked_for(data: st.DataObject) -> None:
    margin = data.draw(st.sampled_from([0.0, 0.5, 3.0009765625, 700.0]))
    it = data.draw(instances(margin=margin, masked=st.booleans(), scale=scales))
    for group in groups_of(it, exact_logits(it)):
        assert len(group) == 1 or group[0] - group[1] == Fraction(margin)


@given(instances(margin=0.3))
def test_another_margin_is_rounded_down(it: Instance) -> None:
    kept = Fraction(float(on_grid(0.3, "float32")))
    assert 0 < Fraction(0.3) - kept < Fraction(1, 1024)
    assert all(len(g) == 1 or g[0] - g[1] == kept for g in groups_of(it, exact_logits(it)))


@given(instances(ties=True, masked=st.booleans()))
def test_ties_are_exact(it: Instance) -> None:
    assert all(len(set(group)) == 1 for group in groups_of(it, exact_logits(it)))


@given(data=st.data())
def test_group_sizes_are_those_asked_for(data: st.DataObject) -> None:
    sizes = data.draw(group_sizes(3, 5))
    it = data.draw(instances(sizes=sizes, masked=True))
    assert sorted(map(len, groups_of(it, exact_logits(it)))) == sorted(sizes)


@given(data=st.data())
def test_the_residual_is_the_largest_and_attained(data: st.DataObject) -> None:
    delta = data.draw(st.sampled_from([0.0, 0.0009765625, 1.0, 2.5]))
    it = data.draw(instances(residual=delta, masked=st.booleans()))
    frozen, squares = it.frozen, []
    for token in np.flatnonzero(it.seen[:frozen]):
        away = it.values[token].astype(float) - it.values[frozen + it.owners[token]]
        squares.append(sum(Fraction(x) ** 2 for x in away.tolist()))
    assert not squares or max(squares) == Fraction(delta) ** 2


@given(instances(residual=0.7, width=4))
def test_another_residual_is_rounded_down(it: Instance) -> None:
    homes = it.values[it.frozen :][it.owners].astype(float)
    lengths = np.linalg.norm(it.values[: it.frozen].astype(float) - homes, axis=1)
    assert not len(lengths) or 0.7 - 2.0**-10 < lengths.max() <= 0.7


@given(instances(dimension=5, width=3, dtype="float32"))
def test_dimension_width_and_type(it: Instance) -> None:
    assert it.query.shape == (5,) and it.values.shape[1] == 3
    assert {it.query.dtype, it.keys.dtype, it.values.dtype} == {np.dtype("float32")}


@given(instances(masked=False, largest=2.0))
def test_nothing_is_masked_unless_asked_for(it: Instance) -> None:
    assert it.seen.all() and it.made_at is None
    assert max(abs(x) for x in exact_logits(it)) <= 2


REACHED = {
    "dimension 256": lambda it: len(it.query) == 256,
    "dimension 1": lambda it: len(it.query) == 1,
    "a dimension that is no power of two": lambda it: len(it.query) % 2 and len(it.query) > 99,
    "float32": lambda it: it.keys.dtype == np.float32,
    "float64": lambda it: it.keys.dtype == np.float64,
    "no frozen token": lambda it: it.frozen == 0,
    "one normal token": lambda it: it.normal == 1,
    "a masked frozen token": lambda it: not it.seen[: it.frozen].all(),
    "a masked normal token": lambda it: not it.seen[it.frozen :].all(),
    "owners out of order": lambda it: (np.diff(it.owners) < 0).any(),
    "a frozen winner": lambda it: it.frozen > 0 and it.logits[: it.frozen].max() > 7,
    "values of width 200 and more": lambda it: it.values.shape[1] > 199,
}


@pytest.mark.parametrize("name", REACHED)
def test_the_strategies_reach(name: str) -> None:
    drawn = find(instances(masked=st.booleans()), REACHED[name], settings=looking)
    assert REACHED[name](drawn)


def test_they_shrink_to_one_token() -> None:
    smallest = find(instances(), lambda it: True, settings=settings(database=None))
    assert smallest.frozen == 0 and smallest.normal == 1 and smallest.logits.tolist() == [0.0]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sizes": []}, "group sizes .* are not all positive"),
        ({"sizes": [2, 0]}, "group sizes .* are not all positive"),
        ({"margin": np.inf}, "a margin of inf cannot be constructed"),
        ({"margin": -1.0}, "a margin of -1.0 cannot be constructed"),
        ({"margin": 1.0, "ties": True}, "ties leave no margin of 1.0"),
        ({"residual": -1.0}, "a residual of -1.0 cannot be constructed"),
        ({"residual": np.nan}, "a residual of nan cannot be constructed"),
        ({"scale": 0.3}, "only with a power of two are products exact"),
        ({"scale": None, "dimension": 8}, "take a dimension 1, 4, 16, 64 or 256"),
        ({"two_queries": True, "dimension": 1}, "need dimension 2 or more"),
        ({"sizes": [2], "margin": 2 * LARGEST_LOGIT}, "do not fit on the grid"),
        ({"dtype": "float16"}, "the type float16 is none of float32, float64"),
        ({"dimension": 0}, "dimension 0 leaves queries empty"),
        ({"width": 0}, "width 0 leaves values empty"),
        ({"largest": np.inf}, "largest is inf; give a number in 0..14336"),
    ],
)
def test_what_cannot_be_constructed_is_refused(options: dict, told: str) -> None:
    with pytest.raises(UnusableInput, match=told):
        find(instances(**options), lambda it: True, settings=once)


@pytest.mark.parametrize("claim", THEOREMS, ids=lambda claim: claim.name)
@given(data=st.data())
def test_cases_are_of_the_kind_a_theorem_speaks_of(claim, data: st.DataObject) -> None:
    for strategy in (cases(claim), near_extremes(claim)):
        assert isinstance(data.draw(strategy), LogitShift) is claim.of_shifts


@given(shifts(tokens=3))
def test_shifts_have_gaps_that_are_not_negative(shift: LogitShift) -> None:
    assert shift.logits.shape == shift.gaps.shape == shift.values.shape[:1]
    assert 1 <= len(shift.gaps) <= 3 and shift.gaps.min() >= 0


@given(dimensions(40))
def test_dimensions_stay_in_range(dimension: int) -> None:
    assert 1 <= dimension <= 40


@given(near_extremes(theorem("mean_key")))
def test_extremes_with_two_queries_keep_both(it: Instance) -> None:
    assert it.made_at is not None
    assert it.logits[it.seen].tolist() == [float(x) for x in exact_logits(it)]
