"""The search for worst cases: what it finds, and that it would find a violation."""

from dataclasses import replace

import numpy as np
import pytest
from flint import arb, ctx

from checks.balls import ExactQuery, query_balls
from checks.extremes.context import RULES
from checks.extremes.facts import ball_facts, cluster_map, facts
from checks.extremes.problem import Batch, Problem
from checks.extremes.report import best_of_each, to_json, truncated, verdict
from checks.extremes.search import (
    SPREADS,
    Extreme,
    certify,
    climb,
    problems,
    ratio_of,
    search_extremes,
)

ALL = problems()
STATED_SHARP = {"pair", "stability", "joint", "gap_upper", "grouped", "mean_key_gap", "first_order"}
by_name = pytest.mark.parametrize("problem", ALL, ids=lambda one: one.name)


def search(chosen: list[Problem], starts: int = 6, seed: int = 0) -> list[Extreme]:
    return list(search_extremes(chosen, starts=starts, seed=seed))


def drawn(problem: Problem, count: int = 12) -> np.ndarray:
    random = np.random.default_rng(5)
    spreads = np.resize(SPREADS, (count, 1))
    return spreads * random.normal(size=(count, problem.size))


def single(batch: Batch, number: int) -> Batch:
    return {name: part[number] for name, part in batch.items()}


@pytest.fixture(scope="module")
def found() -> list[Extreme]:
    """What the command finds with its defaults."""
    return search(ALL)


# ---- the problems -------------------------------------------------------------------------------


@by_name
def test_float64_and_balls_are_two_accounts_of_one_thing(problem: Problem) -> None:
    batch = problem.instances(drawn(problem))
    errors, limits = problem.compare(batch)
    for number in range(len(errors)):
        with ctx.workprec(320):
            error, limit = problem.enclose(single(batch, number))
        assert abs(error - errors[number]) <= 1e-9 * limit
        assert abs(limit - limits[number]) <= 1e-9 * limit


@by_name
def test_no_bound_is_violated_at_random(problem: Problem) -> None:
    batch = problem.instances(drawn(problem, 30))
    for number in range(30):
        assert not certify(problem, single(batch, number)).violated


@by_name
def test_leading_axes_are_a_batch(problem: Problem) -> None:
    x = drawn(problem, 4)
    together = ratio_of(problem, x.reshape(2, 2, -1))
    assert together.shape == (2, 2)
    for number in range(4):
        assert abs(ratio_of(problem, x[number]) - together.ravel()[number]) <= 1e-12


@pytest.mark.parametrize("sizes", [(2, 2), (4, 1), (3, 3, 2), (1, 5)])
def test_the_facts_of_a_context_are_those_of_a_measured_query(sizes: tuple[int, ...]) -> None:
    random = np.random.default_rng(2)
    nearest = cluster_map(sizes)
    tokens, frozen = sum(sizes), len(nearest)
    logits, values = random.normal(size=tokens), random.normal(size=(tokens, 2))
    batch = {"logits": logits, "values": values}
    query = ExactQuery(np.ones(1), logits[:, None], values, nearest, scale=1.0)
    measured = query_balls(query, 320)
    with ctx.workprec(320):
        known = ball_facts(batch, sizes)
        for name, error in measured.errors.items():
            assert error.overlaps(known.errors[name])
            assert error.rad() < 1e-60 and known.errors[name].rad() < 1e-60
        assert measured.alpha.overlaps(known.alpha)
        for rule in RULES:
            if rule.bound in measured.bounds:
                assert measured.bounds[rule.bound].overlaps(rule.in_balls(known))
    floats = facts(batch, sizes)
    assert abs(floats.alpha - float(known.alpha)) < 1e-14
    assert floats.weights.shape == floats.residuals.shape == (frozen,)
    assert floats.gaps.shape == floats.excesses.shape == (len(sizes),)


# ---- the search ---------------------------------------------------------------------------------


def test_bounds_that_are_sharp_are_reached(found: list[Extreme]) -> None:
    for one in found:
        assert not one.violated, one.problem.name
        if one.problem.sharp:
            assert 0.999 <= one.reached <= 1.0, one.problem.name


def test_bounds_that_are_not_sharp_are_not_reached(found: list[Extreme]) -> None:
    loose = {one.problem.name: one.reached for one in found if not one.problem.sharp}
    assert len(loose) == 3
    assert all(0.7 < ratio < 0.98 for ratio in loose.values()), loose


def test_every_bound_of_the_mathematics_is_there(found: list[Extreme]) -> None:
    sharp = {one.problem.bound for one in found if one.problem.sharp}
    assert sharp >= STATED_SHARP
    others = {"drop", "weighted_residual", "margin", "pair_margin", "worst_share"}
    assert sharp >= others | {"irrelevant_context", "effective", "mean_key", "gap_lower"}
    assert len({one.problem.name for one in found}) == len(found)


def test_another_seed_reaches_them_too() -> None:
    chosen = [next(one for one in ALL if one.bound == name) for name in sorted(STATED_SHARP)]
    for one in search(chosen, seed=1):
        assert not one.violated
        assert one.reached >= 0.999, one.problem.name


def test_the_starts_are_no_extremal_instances() -> None:
    """The search climbs: where it begins, the ratio is far from 1."""
    far = 0
    for problem in ALL[::2]:
        begun = ratio_of(problem, drawn(problem))
        assert ratio_of(problem, climb(problem, drawn(problem)[0])) > begun[0], problem.name
        far += bool(np.median(begun) < 0.9)
    assert far >= len(ALL[::2]) / 2


def test_the_same_seed_finds_the_same_whatever_else_is_searched() -> None:
    pair = problems(["pair"])
    alone, among = search(pair, 2, seed=3), search(problems(["drop", "pair"]), 2, seed=3)
    among = [one for one in among if one.problem.bound == "pair"]
    other = search(pair, 2, seed=4)
    for one, same, different in zip(alone, among, other, strict=True):
        assert one.starts == same.starts != different.starts
        assert all((one.instance[k] == same.instance[k]).all() for k in one.instance)


def tightened(problem: Problem, factor: float) -> Problem:
    """The problem with a bound that is smaller than the theorem's."""

    def compare(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        error, limit = problem.compare(batch)
        return error, factor * limit

    def enclose(batch: Batch) -> tuple[arb, arb]:
        error, limit = problem.enclose(batch)
        return error, limit * arb(factor)

    return replace(problem, compare=compare, enclose=enclose)


@pytest.mark.parametrize(
    "problem",
    [each[0] for each in {p.bound: [q for q in ALL if q.bound == p.bound] for p in ALL}.values()],
    ids=lambda one: one.bound,
)
def test_a_bound_too_small_by_a_thousandth_is_refuted(problem: Problem) -> None:
    (one,) = search([tightened(problem, 0.999)])
    assert one.violated and not one.certified
    assert one.reached > 1.0
    assert verdict(one) == "violated"


def test_more_starts_are_never_worse() -> None:
    (problem,) = [one for one in ALL if one.name == "first_order, p = 3, osc ε = 4"]
    few, more = search([problem], 1)[0], search([problem], 4)[0]
    assert more.starts[:1] == few.starts
    assert more.reached >= few.reached
    assert len(more.starts) == 4


def test_progress_counts_up_to_all_of_them() -> None:
    counts: list[tuple[int, int]] = []
    chosen = problems(["gap_upper"])
    list(search_extremes(chosen, starts=2, seed=0, progress=lambda *count: counts.append(count)))
    assert counts == [(2, 6), (4, 6), (6, 6)]


# ---- certificates and words ---------------------------------------------------------------------


def test_a_ratio_of_one_is_neither_violated_nor_below() -> None:
    (problem,) = [one for one in ALL if one.name == "gap_upper, n = 3, γ = 0.5"]
    tie = certify(problem, {"logits": np.array([0.0, -0.5, -0.5])})
    assert not tie.violated
    assert verdict(tie) == ("certified" if tie.certified else "equal to within rounding")
    assert 1 - 1e-15 <= tie.reached <= 1.0
    below = certify(problem, {"logits": np.array([0.0, -0.5, -0.75])})
    assert below.certified and verdict(below) == "certified"


def test_a_bound_of_zero_has_no_ratio() -> None:
    (problem, *_) = [one for one in ALL if one.bound == "pair"]
    nothing = {"logits": np.zeros(2), "gaps": np.zeros(2), "values": np.zeros((2, 2))}
    assert certify(problem, nothing).reached == 0.0
    assert ratio_of(problem, np.zeros(problem.size)) == 0.0


def test_the_printed_ratio_is_never_rounded_up() -> None:
    assert truncated(0.999999999) == "0.99999999"
    assert truncated(1.0) == "1.00000000"
    assert truncated(0.12345678901) == "0.12345678"


def test_a_violation_comes_before_a_larger_ratio(found: list[Extreme]) -> None:
    bad = search([tightened(problems(["drop"])[0], 0.5)])[0]
    assert best_of_each([*found, bad])["drop"][0] is bad
    assert to_json([bad])["bounds"][0]["holds"] == "violated"
