"""Measuring real tensors: stored updates, published figures, reports."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from flint import arb
from rich.console import Console

import checks
from checks import balls as balls_module
from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate
from checks.measure import measure
from checks.tables import summaries, summarise
from checks.tensors import UnusableInput, as_tensors, prefixes, read_tensors

MODEL = Path(checks.__file__).parent / "data" / "recall_model.npz"
ITEMS = [f"e{example}_l{layer}_" for example in range(4) for layer in range(2)]


def random_tensors(seed=0, heads=(2,), normal=4, frozen=6):
    """Normal tensors with d = 3 and c = 2."""
    rng = np.random.default_rng(seed)
    tokens = normal + frozen
    shapes = [(normal, 3), (tokens, 3), (tokens, 2)]
    return as_tensors(*(rng.normal(size=(*heads, *shape)) for shape in shapes))


def printed(result, width=80):
    """What render shows on a terminal of this width."""
    console = Console(file=io.StringIO(), width=width)
    result.render(console)
    return console.file.getvalue()


def test_the_shipped_file_offers_its_items():
    with np.load(MODEL) as archive:
        assert list(prefixes(archive.files)) == ITEMS


@pytest.mark.parametrize("prefix", ITEMS)
def test_stored_updates_are_reproduced_and_every_bound_certified(prefix):
    result = measure(read_tensors(MODEL, prefix), causal=True)
    assert result.update_mismatch < 1e-6
    assert result.all_certified
    assert (result.leading, result.frozen, result.normal) == ((4,), 32, 24)


@pytest.mark.parametrize("cluster_by", ["value", "key-value"])
def test_every_bound_holds_on_the_stored_heads_of_the_encoder(cluster_by):
    for item in range(7):
        tensors = read_tensors(MODEL.with_name("minilm.npz"), prefix=f"i{item:02d}_")
        result = measure(tensors, cluster_by=cluster_by)
        assert result.all_certified
        assert (result.errors["effective"] <= result.bounds["effective"]).all()


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"causal": False}, "same scale with causal=True reproduces it"),
        ({"causal": True, "scale": 1.0}, "default scale with causal=True reproduces it"),
        ({"causal": True, "scale": 0.3}, "default scale with causal=True reproduces it"),
    ],
)
def test_a_wrong_scale_or_mask_is_noticed(change, hint):
    message = rf"not reproduced: .* off by up to 0\.\d+ .* wrong scale or causal flag; the {hint}"
    with pytest.raises(UnusableInput, match=message):
        measure(read_tensors(MODEL, "e0_l1_"), **change)


def test_a_wrong_update_has_no_hint_and_a_stored_float16_is_taken_as_such():
    tensors = random_tensors()
    update = np.zeros((2, 4, 2))
    with pytest.raises(UnusableInput, match=r"wrong scale or causal flag\.$"):
        measure(as_tensors(tensors.queries, tensors.keys, tensors.values, update))
    coarse = read_tensors(MODEL, "e0_l0_")
    rounded = coarse.update.astype(np.float16)
    for stored, usable in ((rounded, True), (rounded.astype(np.float32), False)):
        again = as_tensors(coarse.queries, coarse.keys, coarse.values, stored)
        if usable:
            assert 1e-5 < measure(again, causal=True).update_mismatch < 1e-3
        else:
            with pytest.raises(UnusableInput, match="not reproduced"):
                measure(again, causal=True)


def test_a_scale_must_be_a_finite_number():
    with pytest.raises(UnusableInput, match="scale is nan; give a finite number"):
        measure(random_tensors(), scale=float("nan"))


@pytest.mark.parametrize(
    ("layer", "alpha", "effective", "drop"), [(0, 0.69, 0.094, 0.107), (1, 0.99, 0.280, 0.376)]
)
def test_figures_published_for_the_shipped_model(layer, alpha, effective, drop):
    """Medians over queries 3 and later, errors over the diameter; those came from more examples."""
    found = {"alpha": [], "effective": [], "drop": []}
    for example in range(4):
        result = measure(read_tensors(MODEL, f"e{example}_l{layer}_"), causal=True)
        diameter = result.quantities["diameter"][:, 3:]
        found["alpha"].append(result.quantities["alpha"][:, 3:])
        for name in ("effective", "drop"):
            found[name].append(result.errors[name][:, 3:] / diameter)
    medians = {name: float(np.median(each)) for name, each in found.items()}
    assert medians["alpha"] == pytest.approx(alpha, abs=0.005)
    assert medians["effective"] == pytest.approx(effective, rel=0.06)
    assert medians["drop"] == pytest.approx(drop, rel=0.06)


def test_blocks_of_heads_change_nothing(monkeypatch):
    tensors = random_tensors(heads=(2, 3))
    whole = measure(tensors)
    monkeypatch.setattr("checks.tensors.BLOCK_ENTRIES", 1)
    steps = []
    by_head = measure(tensors, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(4 * n, 24) for n in range(1, 7)]
    for name, array in whole.errors.items():
        assert array.shape == (2, 3, 4)
        np.testing.assert_allclose(by_head.errors[name], array, rtol=1e-12)


def test_results_are_read_only():
    result = measure(random_tensors())
    with pytest.raises(ValueError, match="read-only"):
        result.errors["drop"][...] = 0
    with pytest.raises(TypeError):
        result.errors["drop"] = None


def test_json_is_plain_and_says_what_the_table_says():
    result = measure(random_tensors(frozen=1))
    data = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert data["all_certified"] is True
    assert np.shape(data["queries"]["errors"]["effective"]) == (2, 4)
    assert np.all(data["queries"]["certified"])
    assert set(data["queries"]["bounds"]) == set(ERROR_OF_BOUND)
    assert sum(data["effective_versus_drop"].values()) == 8
    alone = measure(random_tensors(frozen=0)).to_json()
    assert alone["queries"]["quantities"]["margin"] == [[None] * 4] * 2
    assert alone["summary"]["quantities"]["margin"]["median"] is None


def test_comparison_with_dropping_follows_the_two_witnesses():
    """Groups {0, log 3} and {0, 0, 0, 0}: dropping is exact. Groups {0, 10} and {9}: it is not."""
    values = np.array([[0.0], [1.0], [1.0], [1.0], [0.0], [1.0]])
    keys = np.array([[np.log(3)], [0.0], [0.0], [0.0], [0.0], [0.0]])
    equal = measure(as_tensors(np.ones((2, 1)), keys, values), scale=1.0)
    assert equal.errors["effective"] == pytest.approx(0.25)
    assert (equal.comparison == -1).all()
    values, keys = np.array([[0.0], [0.0], [1.0]]), np.array([[10.0], [0.0], [9.0]])
    led = measure(as_tensors(np.ones((2, 1)), keys, values), scale=1.0)
    assert led.errors["drop"] == pytest.approx(0.731, abs=1e-3)
    assert led.errors["effective"] == pytest.approx(9e-6, rel=0.05)
    assert (led.comparison == 1).all()


def test_looseness_is_a_ratio_and_one_where_both_vanish():
    values = np.array([[0.0], [0.0], [1.0]])
    result = measure(as_tensors(np.ones((2, 1)), np.zeros((3, 1)), values))
    assert (result.looseness("grouped") == 1).all()
    assert (result.looseness("joint") > 1).all()


def test_summaries_keep_infinite_margins_and_take_the_smallest_as_worst():
    values = np.array([np.inf, 3.0, 1.0, np.inf, np.inf])
    summary = summarise(values, worst_is_least=True)
    assert (summary.median, summary.low, summary.worst) == (np.inf, 1.0, 1.0)
    assert summarise(np.arange(11.0)).high == 9.0
    assert summarise(np.array([])).median is None


@pytest.mark.parametrize("causal", [False, True])
def test_tables_fit_80_columns_and_the_sentence_counts(causal):
    result = measure(random_tensors(), causal=causal)
    text = printed(result)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    assert "All 5 bounds hold in all 8 queries" in text
    assert ("without 2 queries whose diameter is 0" in text) == causal
    shown = f"{summaries(result)['relative_errors']['effective'].median:.3g}"
    assert shown in text


def test_the_summary_fits_a_screen_and_ends_with_the_verdict():
    text = printed(measure(read_tensors(MODEL, "e0_l1_"), causal=True))
    assert len(text.splitlines()) <= 36
    last = " ".join(text.splitlines()[-4:])
    assert "Effective keys do NOT stand in for the context" in last
    assert text.rstrip().endswith("with values merged for all queries 0.17.")


def test_the_verdict_asks_for_less_than_dropping_and_less_than_the_control():
    values = np.array([[0.0], [0.0], [1.0]])
    keys = np.array([[10.0], [0.0], [9.0]])
    queries = np.array([[1.0], [-1.0]])
    result = measure(as_tensors(queries, keys, values), scale=1.0)
    assert "Effective keys STAND in for the context" in result.to_json()["sentence"]
    alone = measure(as_tensors(queries[:1].repeat(2, axis=0), keys, values), scale=1.0)
    assert "do NOT stand" in alone.to_json()["sentence"]


def test_one_query_has_no_control():
    text = printed(measure(random_tensors(normal=1)))
    assert "constant" not in text and "without context" in text


@pytest.mark.parametrize("causal", [False, True])
def test_no_keys_come_nearer_than_the_hull(causal):
    result = measure(random_tensors(), causal=causal)
    assert (result.hull["lower"] <= result.hull["upper"]).all()
    for name in ("drop", "grouped", "effective", "log_count", "uniform_key"):
        assert (result.hull["lower"] <= result.errors[name] + 1e-12).all()
    assert (result.hull["upper"] < result.errors["effective"]).any()


def test_the_hull_is_measured_below_a_size_or_on_request(monkeypatch):
    monkeypatch.setattr("checks.measure.HULL_UP_TO", 3)
    tensors = random_tensors()
    assert not measure(tensors).hull
    asked = measure(tensors, hull=True).hull
    in_blocks = measure(tensors, hull=True, accumulate="float32").hull
    assert (in_blocks["lower"] <= asked["upper"]).all()
    assert (in_blocks["upper"] >= asked["lower"]).all()
    assert "limit of any keys" not in printed(measure(tensors))
    assert "limit of any keys" in printed(measure(tensors, hull=True))
    nothing = measure(random_tensors(frozen=0), hull=True).hull
    assert not nothing["lower"].any() and not nothing["upper"].any()


def test_the_map_may_ask_for_a_near_key_too():
    values = np.array([[0.1], [0.0], [1.0]])
    keys = np.array([[5.0], [0.0], [5.0]])
    tensors = as_tensors(np.ones((2, 1)), keys, values)
    assert measure(tensors).quantities["delta"] == pytest.approx(0.1)
    both = measure(tensors, cluster_by="key-value")
    assert both.quantities["delta"] == pytest.approx(0.9)
    assert both.to_json()["map"] == "key-value"
    assert both.all_certified
    for seed in range(20):
        assert measure(random_tensors(seed), cluster_by="key-value", causal=True).all_certified
    with pytest.raises(UnusableInput, match="the map key is unknown; say value or key-value"):
        measure(tensors, cluster_by="key")
    with pytest.raises(UnusableInput, match="in blocks of keys are clustered by value, or by key"):
        measure(tensors, cluster_by="optimised", accumulate="float32")
    in_blocks = measure(tensors, cluster_by="key-value", accumulate="float32")
    assert in_blocks.quantities["delta"] == pytest.approx(0.9)


def test_every_replacement_is_compared_with_dropping():
    result = measure(random_tensors(seed=3))
    assert set(result.comparisons) == set(result.errors) - {"drop"}
    for name, signs in result.comparisons.items():
        expected = np.sign(result.errors["drop"] - result.errors[name])
        np.testing.assert_array_equal(signs, expected)
    counts = result.to_json()["versus_drop"]
    assert counts["shared"]["nearer"] == int((result.comparisons["shared"] > 0).sum())


def test_streamed_heads_lack_nothing_unless_told():
    tensors = random_tensors()
    streamed, whole = measure(tensors, accumulate="float32"), measure(tensors)
    assert set(streamed.errors) == set(whole.errors)
    for kind in ("errors", "quantities"):
        for name, each in getattr(streamed, kind).items():
            np.testing.assert_allclose(each, getattr(whole, kind)[name], atol=1e-5)
    without = measure(tensors, accumulate="float32", merged=False)
    assert set(whole.errors) - set(without.errors) == {"shared", "shared_largest"}
    assert "merged values" in printed(streamed) and "merged values" not in printed(without)


def test_one_normal_token_and_no_frozen_ones_are_shown():
    assert "Error / diameter" not in printed(measure(random_tensors(normal=1)))
    assert "every approximation is exact" in " ".join(
        printed(measure(random_tensors(frozen=0))).split()
    )


def test_a_violated_bound_is_shouted(monkeypatch):
    original = balls_module._bounds
    monkeypatch.setattr(
        balls_module,
        "_bounds",
        lambda *arguments: {k: b * arb(0.5) for k, b in original(*arguments).items()},
    )
    tensors = random_tensors(heads=(), normal=1, frozen=1)
    result = measure(tensors)
    assert result.certificates.tolist() == [Certificate.VIOLATED]
    assert not result.all_certified and not result.certified.any()
    text = printed(result)
    assert "NOT ALL BOUNDS ARE CERTAIN: of 1 queries 1 violate" in text and "NO" in text
