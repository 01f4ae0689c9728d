"""A cell in chunks: the same numbers in any order, in bounded memory."""

import tracemalloc

import numpy as np
import pytest

from checks.decisions import ErrorBound
from checks.sweep import cell as module
from checks.sweep.cell import (
    Part,
    cell_id,
    chunk_size,
    generator,
    measure_chunk,
    measure_part,
    parts,
    quantities,
)
from checks.sweep.formulas import ERRORS
from checks.sweep.statistics import merge
from tests.checks.sweep.points import KINDS, point


def same(left, right):
    return all(
        np.array_equal(getattr(left, name), getattr(right, name))
        for name in ("draws", "mean", "squares", "worst", "bins", "counts")
    )


def test_parts_cover_the_draws_once(monkeypatch):
    monkeypatch.setattr(module, "CHUNKS_IN_PART", 3)
    size = chunk_size(point())
    for draws in (1, size, 3 * size, 3 * size + 1, 10 * size + 7):
        tasks = parts(point(), 0, draws)
        assert sum(sum(part.sizes) for part in tasks) == draws
        assert [part.first for part in tasks] == list(range(0, 3 * len(tasks), 3))
        assert [part.number for part in tasks] == list(range(len(tasks)))


@pytest.mark.parametrize("name", ["clustered", "planted", "sphere", "correlated"])
def test_a_chunk_is_the_same_whether_measured_alone_or_among_others(name):
    where = KINDS[name]
    whole, _ = measure_part(Part(where, 7, 0, 0, (50, 50, 20)))
    one_by_one = [
        measure_part(Part(where, 7, 0, k, (size,)))[0] for k, size in enumerate((50, 50, 20))
    ]
    assert same(whole, merge(one_by_one))
    again, _ = measure_part(Part(where, 7, 0, 0, (50, 50, 20)))
    assert same(whole, again)


def test_seed_chunk_and_every_parameter_change_the_random_numbers():
    plain = point("planted", delta=0.1)
    others = [
        point("planted", delta=0.1, **{name: value})
        for name, value in {"d": 6, "n": 5, "m": 7, "p": 5, "margin": 1.0, "scale": 2.0}.items()
    ]
    others += [point("planted", delta=0.2), point("clustered")]
    first = {generator(where, 0, 0).random() for where in [plain, *others]}
    first |= {generator(plain, 1, 0).random(), generator(plain, 0, 1).random()}
    assert len(first) == len(others) + 3
    assert len({cell_id(where) for where in [plain, *others]}) == len(others) + 1


def test_means_agree_with_the_draws_themselves():
    where = KINDS["clustered"]
    summary, decisions = measure_part(Part(where, 0, 0, 0, (300,)))
    measured, _ = measure_chunk(where, 0, 0, 300)
    for number, (name, kind) in enumerate(quantities(where)):
        if kind == "error":
            assert summary.mean[number] == pytest.approx(measured.errors[name].mean())
            assert summary.worst[number] == measured.errors[name].max()
    assert {name for name, kind in quantities(where) if kind == "error"} == set(ERRORS)
    assert (decisions.draws, decisions.violated, decisions.undecided) == (300, 0, 0)


def test_the_expected_mass_is_m_of_m_plus_p_whatever_the_dimension():
    """Section 5: exchangeable logits. The sampled mean is within 4 standard errors for every d."""
    for d in (1, 8, 512):
        where = point("unscaled", d=d)
        summary, _ = measure_part(Part(where, 0, 0, 0, (4000,) * 4))
        place = quantities(where).index(("alpha", "mass"))
        off = abs(summary.mean[place] - where.m / (where.m + where.p))
        assert off < 4 * summary.standard_error()[place]


def test_violations_are_counted_by_draw_and_named(monkeypatch):
    from checks.sweep import decide

    original = decide._claim

    def smaller(name):
        theorem = original(name)

        def sides(ops, x):
            error, limit = theorem.sides_of(ops, x)
            return error, limit * 0.001

        return ErrorBound(theorem.name, theorem.claim, theorem.source, theorem.of_shifts, sides)

    def all_in_doubt(measured, where):
        return {name: np.ones(len(measured.alpha), dtype=bool) for name in ("drop", "joint")}

    monkeypatch.setattr(decide, "_claim", smaller)
    monkeypatch.setattr(module, "doubtful", all_in_doubt)
    _, decisions = measure_part(Part(KINDS["clustered"], 0, 0, 3, (4, 3)))
    assert (decisions.draws, decisions.by_balls, decisions.violated) == (7, 7, 7)
    assert decisions.witnesses[:2] == ((3, 0, "drop"), (3, 0, "joint"))
    assert decisions.witnesses[-1] == (4, 2, "joint")


def test_memory_is_bounded_by_a_chunk_and_not_by_the_number_of_draws():
    where = point(n=33, m=256, p=16)
    size = chunk_size(where)

    def peak(chunks):
        part = Part(where, 0, 0, 0, (size,) * chunks)
        tracemalloc.start()
        measure_part(part)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(4), peak(40)
    assert many < 1.5 * few
    assert few < 12 * 8 * module.CHUNK_NUMBERS
