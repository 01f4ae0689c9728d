"""The shipped tensors give the figures published with them, digit for digit."""

import json
import math
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest

from checks.head_figures import ERRORS, head_figures
from checks.reference import exact_update
from checks.tensors import as_tensors, read_tensors
from tests.checks.slow_reference import distance, slow_query

DATA = Path(__file__).parents[2] / "checks" / "data"

# item: diameter, then medians over the queries. Written down with the tensors, by other code.
PUBLISHED = {
    0: ("5.20", "0.78", "0.66", "1.23", "0.179", "0.168", "0.172", "0.149", "0.82"),
    1: ("4.53", "0.88", "0.89", "1.95", "0.259", "0.269", "0.269", "0.247", "1.24"),
    2: ("5.64", "0.55", "0.52", "0.72", "0.191", "0.182", "0.178", "0.094", "0.47"),
    3: ("6.25", "0.41", "0.66", "0.99", "0.135", "0.140", "0.154", "0.055", "0.50"),
    4: ("5.46", "0.78", "0.82", "1.99", "0.090", "0.081", "0.094", "0.072", "1.09"),
    5: ("6.39", "0.87", "0.81", "2.28", "0.111", "0.107", "0.164", "0.086", "1.20"),
    6: ("7.50", "0.92", "0.86", "2.93", "0.157", "0.138", "0.177", "0.115", "1.42"),
}
COLUMNS = ("alpha", "delta", "oscillation", "effective", "log_sum_exp", "drop", "hull", "bound")


@pytest.mark.parametrize("item", PUBLISHED)
def test_every_published_figure_of_an_item(item):
    tensors = read_tensors(DATA / "minilm.npz", prefix=f"i{item:02d}_")
    figures = head_figures(tensors)
    own = tensors.values[tensors.frozen :]
    diameter = max(distance(list(v), list(w)) for v in own for w in own)
    medians = [diameter] + [float(np.median(figures[name])) for name in COLUMNS]
    for name, value, printed in zip(("diameter", *COLUMNS), medians, PUBLISHED[item], strict=True):
        digits = Decimal(printed)
        assert Decimal(value).quantize(digits, ROUND_HALF_UP) == digits, name


def test_the_stored_update_is_reproduced():
    archive = np.load(DATA / "minilm.npz")
    for record in json.loads(str(archive["meta_json"])):
        prefix = f"i{record['item']:02d}_"
        tensors = read_tensors(DATA / "minilm.npz", prefix=prefix)
        assert (tensors.frozen, tensors.normal) == (record["m"], record["n"])
        update = exact_update(tensors.queries, tensors.keys, tensors.values)
        np.testing.assert_allclose(update, tensors.update, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "published"),
    [
        (0, {"alpha": 0.69, "effective": 0.094, "drop": 0.107, "hull": 0.043}),
        (1, {"alpha": 0.99, "effective": 0.280, "drop": 0.376, "hull": 0.191}),
    ],
)
def test_the_small_causal_model_agrees_within_sampling(layer, published):
    """Its figures come from more sequences than the four stored, queries 3 and later.

    Four sequences are drawn from the stored ones with replacement; the published median must lie
    within the range that 400 such draws give, widened by its own last digit.
    """
    queries = []
    for sequence in range(4):
        tensors = read_tensors(DATA / "recall_model.npz", prefix=f"e{sequence}_l{layer}_")
        queries.append(head_figures(tensors, causal=True))
    rng = np.random.default_rng(0)
    for name, value in published.items():
        rows = np.stack([figures[name][:, 3:].ravel() for figures in queries])
        draws = [np.median(rows[rng.integers(0, 4, 4)]) for _ in range(400)]
        half = 0.5 * 10.0 ** -(2 if name == "alpha" else 3)
        spread = 2 * (max(draws) - min(draws))
        assert abs(value - np.median(rows)) <= spread + half, name


@pytest.mark.parametrize("causal", [False, True])
def test_against_loops_over_floats(causal):
    rng = np.random.default_rng(6)
    p, m = 4, 5
    queries, keys, values = (
        rng.normal(size=(p, 3)),
        rng.normal(size=(m + p, 3)),
        rng.normal(size=(m + p, 2)),
    )
    figures = head_figures(as_tensors(queries, keys, values), causal=causal)
    for i in range(1, p):
        seen = m + i + 1 if causal else m + p
        slow = slow_query(
            queries[i].tolist(), keys[:seen].tolist(), values[:seen].tolist(), m, 1 / math.sqrt(3)
        )
        found = {name: float(values[i]) for name, values in figures.items()}
        assert found["alpha"] == pytest.approx(slow.alpha)
        assert found["margin"] == pytest.approx(slow.margin)
        assert found["oscillation"] == pytest.approx(slow.oscillation)
        assert found["delta"] == pytest.approx(slow.delta / slow.diameter)
        for name, update in (
            ("drop", slow.drop),
            ("log_sum_exp", slow.grouped),
            ("effective", slow.effective),
        ):
            assert found[name] == pytest.approx(distance(slow.update, update) / slow.diameter)
        assert found["hull"] <= min(found[name] for name in ("drop", "log_sum_exp", "effective"))
        assert found["effective"] <= found["bound"]


def test_a_single_value_has_no_figures():
    rng = np.random.default_rng(1)
    figures = head_figures(
        as_tensors(rng.normal(size=(1, 2)), rng.normal(size=(3, 2)), np.ones((3, 2)))
    )
    assert all(np.isnan(figures[name]).all() for name in ERRORS)
    assert 0 < figures["alpha"][0] < 1
