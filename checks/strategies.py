"""Hypothesis strategies for your own tests of attention and of what replaces it.

    @given(instances(margin=2.0, residual=0.5, dimension=64))
    def test_mine(x):
        ...  # x.query (d,), x.keys (n, d), x.values (n, c), x.owners (m,), x.seen (n,), x.logits

Every argument is a value or a strategy for it. Numbers lie on a dyadic grid (:mod:`checks.
embedding`), so margins, ties and residuals are exact in the arrays drawn. Sizes shrink to one
token, numbers to zero. docs/strategies.md has more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias, TypeVar

import numpy as np
from hypothesis import strategies as st

from checks.decisions import ErrorBound
from checks.embedding import LARGEST_LOGIT, STEP, Layout, embed, layout_of, on_grid, with_hidden
from checks.exact.shifts import LogitShift
from checks.extremal import (
    equal_residuals,
    first_order_extreme,
    joint_extreme,
    largest_joint_alpha,
    mean_key_extreme,
    runners_up_tie,
    tied_context,
    two_logits,
    uniform_key_extreme,
)
from checks.instances import Instance
from checks.tensors import Array, UnusableInput

T = TypeVar("T")
Choice: TypeAlias = T | st.SearchStrategy[T]

DTYPES = ("float64", "float32")
HIDDEN = 2.0**12
"""Values of masked tokens are about this large, so that one that leaks is seen."""


def dimensions(largest: int = 256) -> st.SearchStrategy[int]:
    """1 to ``largest``, small ones and powers of two more often."""
    powers = [2**k for k in range(9) if 2**k <= largest]
    return st.one_of(st.sampled_from(powers), st.integers(1, largest))


def group_sizes(groups: int = 4, tokens: int = 4) -> st.SearchStrategy[list[int]]:
    """The sizes n_j of at most ``groups`` groups of at most ``tokens`` tokens."""
    return st.lists(st.integers(1, tokens), min_size=1, max_size=groups)


@st.composite
def instances(
    draw: st.DrawFn,
    *,
    sizes: Choice[Sequence[int]] | None = None,
    margin: Choice[float] | None = None,
    residual: Choice[float] | None = None,
    ties: Choice[bool] = False,
    masked: Choice[bool] = False,
    two_queries: Choice[bool] = False,
    dimension: Choice[int] | None = None,
    width: Choice[int] | None = None,
    dtype: Choice[str] | None = None,
    scale: Choice[float | None] = 1.0,
    largest: Choice[float] = 8.0,
) -> Instance:
    """One query with its tokens, in groups (mathematics, section 0).

    ``sizes``: the n_j, one for each normal token that is seen. ``margin``: in every group of two or
    more tokens the lead of the largest logit over the second, in logits. ``ties``: all logits of a
    group are equal. ``residual``: no frozen value is farther from that of its normal token, and
    one is exactly so far; 0 is exact clustering, None leaves values free. ``masked``: further
    tokens that the query does not see, with large values. ``two_queries``: ``made_at`` is another
    query. ``dimension`` d and ``width`` c: 1 to 256. ``dtype``: "float32" or "float64", both by
    default. ``scale``: a power of two, or None for 1 / sqrt(d) with d a power of four.
    ``largest``: no winner's logit is larger in size.

    Margins and residuals are rounded down to multiples of 2^-10. Raises UnusableInput for what
    cannot be constructed.
    """
    counts = list(_drawn(draw, sizes, group_sizes()))
    if not counts or min(counts) < 1:
        raise UnusableInput(f"group sizes {counts} are not all positive; give at least one group.")
    logits, owners = _draw_logits(draw, counts, margin, ties, largest)
    values = _draw_values(draw, counts, owners, residual, width)
    made = None
    if _drawn(draw, two_queries):
        moves = st.integers(-256, 256).map(lambda k: k / 64)
        made = logits + [draw(moves) for _ in logits]
    layout = Layout(logits, values, np.array(owners, dtype=np.intp), made)
    return _embedded(draw, layout, _drawn(draw, masked), dimension, dtype, scale)


@st.composite
def shifts(draw: st.DrawFn, *, tokens: int = 4) -> LogitShift:
    """Logits, gaps and values of at most ``tokens`` tokens, for the pair theorem."""
    count, width = draw(st.integers(1, tokens)), draw(st.integers(1, 3))
    sixteenths = st.integers(-128, 128).map(lambda k: k / 16)
    logits = np.array([draw(sixteenths) for _ in range(count)])
    gaps = np.array([abs(draw(sixteenths)) for _ in range(count)])
    return LogitShift(logits, gaps, _table(draw, count, width))


def cases(theorem: ErrorBound) -> st.SearchStrategy[Instance | LogitShift]:
    """What the theorem speaks of: anything, and the neighbourhood of where it is sharp."""
    if theorem.of_shifts:
        return st.one_of(shifts(), near_extremes(theorem))
    moves = theorem.name.startswith("mean_key")
    margins = st.one_of(st.integers(0, 24).map(lambda k: k / 4), st.sampled_from([50.0, 1000.0]))
    residuals = st.sampled_from([0.0, 0.25])
    free = instances(masked=st.booleans(), two_queries=moves)
    led = instances(margin=margins, residual=residuals, two_queries=moves)
    return st.one_of(free, led, near_extremes(theorem))


@st.composite
def near_extremes(draw: st.DrawFn, theorem: ErrorBound) -> Instance | LogitShift:
    """Instances on which the theorem is attained, or nearly, with logits moved a little or not."""
    extreme: Instance | LogitShift = draw(_extremes()[theorem.name])
    nudge = st.integers(-32, 32).map(lambda k: k / 1024)
    if isinstance(extreme, LogitShift):
        moved = np.array([draw(nudge) for _ in extreme.logits]) * draw(st.booleans())
        return LogitShift(extreme.logits + moved, extreme.gaps, extreme.values)
    layout = layout_of(extreme)
    layout = layout.moved(np.array([draw(nudge) for _ in layout.logits]) * draw(st.booleans()))
    width = draw(st.integers(1, 3))
    values = np.zeros((len(layout.values), width))
    values[:, draw(st.integers(0, width - 1))] = layout.values[:, 0]
    return _embedded(draw, replace(layout, values=values), draw(st.booleans()), None, None, 1.0)


def _drawn(draw: st.DrawFn, choice: Any, default: st.SearchStrategy[Any] | None = None) -> Any:
    """A value as it is, a strategy's draw, or the default's where the choice is None."""
    if choice is None and default is not None:
        choice = default
    return draw(choice) if isinstance(choice, st.SearchStrategy) else choice


def _draw_logits(
    draw: st.DrawFn,
    counts: list[int],
    margin: Choice[float] | None,
    ties: Choice[bool],
    largest: Choice[float],
) -> tuple[Array, list[int]]:
    """Logits of the frozen tokens, group by group, then of the normal ones; and the owners."""
    lead, tied, top = _drawn(draw, margin), _drawn(draw, ties), _drawn(draw, largest)
    if lead is not None and not (np.isfinite(lead) and lead >= 0):
        raise UnusableInput(
            f"a margin of {lead} cannot be constructed; give a finite number from 0 on, or leave"
            " every group one token (sizes=[1, ...]), whose margin is infinite."
        )
    if tied and lead:
        raise UnusableInput(f"ties leave no margin of {lead}; ask for one of the two.")
    if not 0 <= top <= LARGEST_LOGIT:
        raise UnusableInput(f"largest is {top}; give a number in 0..{LARGEST_LOGIT:.0f}.")
    steps = int(16 * top)
    sixteenths = st.integers(-steps, steps).map(lambda k: k / 16)
    below = st.integers(0, 16).map(lambda k: k / 4)
    normal, frozen, owners = [], [], []
    for owner, count in enumerate(counts):
        if tied:
            group = [draw(sixteenths)] * count
        elif lead is None:
            group = [draw(sixteenths) for _ in range(count)]
        else:
            first = draw(sixteenths)
            second = first - float(on_grid(lead, "float32"))
            others = [second - draw(below) for _ in range(count - 2)]
            group = draw(st.permutations([first, second, *others][:count]))
        normal.append(group[0])
        frozen.extend(group[1:])
        owners.extend([owner] * (count - 1))
    return np.array(frozen + normal), owners


def _draw_values(
    draw: st.DrawFn,
    counts: list[int],
    owners: list[int],
    residual: Choice[float] | None,
    width: Choice[int] | None,
) -> Array:
    """Values of the frozen tokens, then of the normal ones."""
    columns = _drawn(draw, width, st.one_of(st.integers(1, 4), st.integers(1, 256)))
    if columns < 1:
        raise UnusableInput(f"width {columns} leaves values empty; give 1 or more.")
    own = _table(draw, len(counts), columns)
    delta = _drawn(draw, residual)
    if delta is None:
        return np.concatenate([_table(draw, len(owners), columns), own])
    if not (np.isfinite(delta) and delta >= 0):
        raise UnusableInput(f"a residual of {delta} cannot be constructed; give 0 or more.")
    moved = np.zeros((len(owners), columns))
    length = float(on_grid(delta, "float32"))
    for row in range(len(owners)):
        share = draw(st.sampled_from([1.0, -1.0, 0.5, 0.0])) if row else 1.0
        # Four equal components of half the length have exactly that length.
        spread = 4 if columns >= 4 and draw(st.booleans()) else 1
        start = draw(st.integers(0, columns - spread))
        step = 2 * STEP["float32"]
        exact = np.trunc(length * share / step) * step if share == 0.5 else length * share
        moved[row, start : start + spread] = exact / (2 if spread == 4 else 1)
    return np.concatenate([own[owners] + moved, own])


def _table(draw: st.DrawFn, rows: int, columns: int) -> Array:
    """Quarter-integers: drawn one by one where they are few, so that they shrink to 0."""
    if rows * columns <= 16:
        quarters = st.integers(-16, 16).map(lambda k: k / 4)
        drawn = [draw(quarters) for _ in range(rows * columns)]
        return np.array(drawn, dtype=float).reshape(rows, columns)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    return np.asarray(rng.integers(-16, 17, size=(rows, columns)) / 4.0)


def _embedded(
    draw: st.DrawFn,
    layout: Layout,
    masked: bool,
    dimension: Choice[int] | None,
    dtype: Choice[str] | None,
    scale: Choice[float | None],
) -> Instance:
    """Frozen tokens in any order, masked ones among them, queries and keys with these logits."""
    kind, factor = _drawn(draw, dtype, st.sampled_from(DTYPES)), _drawn(draw, scale)
    least = 1 if layout.made is None else 2
    fitting = st.sampled_from([d for d in (1, 4, 16, 64, 256) if d >= least])
    either = dimensions() if least == 1 else st.integers(2, 256)
    size = _drawn(draw, dimension, fitting if factor is None else either)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    hidden = draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) if masked else (0, 0)
    whole, seen = with_hidden(layout, hidden, HIDDEN, rng)
    return embed(whole, seen, dimension=size, dtype=kind, scale=factor, rng=rng)


@cache
def _extremes() -> Mapping[str, st.SearchStrategy[Any]]:
    """For every theorem, instances on which it is sharp."""
    quarters = st.integers(0, 24).map(lambda k: k / 4)
    margins = st.integers(0, 8).map(lambda k: k / 4)
    spreads = st.integers(1, 40).map(lambda k: k / 4)
    counts = st.integers(2, 6)
    several = st.lists(quarters, min_size=2, max_size=4)
    groups = st.tuples(several, st.lists(st.lists(quarters, min_size=1, max_size=4), max_size=2))
    residual = st.builds(
        lambda groups, length: equal_residuals([groups[0], *groups[1]], length),
        groups,
        st.integers(1, 8).map(lambda k: k / 4),
    )
    pair = st.builds(two_logits, spreads)
    worst = st.builds(joint_extreme, counts, margin=margins, residual=margins)
    mean_key = st.builds(mean_key_extreme, spreads)
    uneven = st.sampled_from([(1, 3), (1, 4), (2, 5), (1, 6)])
    return {
        "drop": st.builds(lambda lead: equal_residuals([[0.0, lead]]), quarters),
        "weighted_residual": residual,
        "grouped": residual,
        "gap_below": st.builds(runners_up_tie, st.just(2), quarters),
        "gap_above": st.builds(runners_up_tie, counts, quarters),
        "gap_count": st.builds(runners_up_tie, counts, st.just(0.0)),
        "irrelevant_context": st.builds(tied_context, st.integers(1, 6), quarters),
        "pair": pair,
        "stability": pair,
        "total_variation": pair,
        "first_order": st.builds(first_order_extreme, st.integers(1, 12).map(lambda k: k / 64)),
        "effective": worst,
        "worst_share": worst,
        "pair_margin": worst,
        "margin": worst,
        "joint": st.builds(
            lambda count, share, margin, length: joint_extreme(
                count, share * largest_joint_alpha(count, margin), margin=margin, residual=length
            ),
            counts,
            st.integers(1, 15).map(lambda k: k / 16),
            margins,
            margins,
        ),
        "mean_key_gap": mean_key,
        "mean_key_square": st.builds(mean_key_extreme, st.integers(1, 8).map(lambda k: k / 16)),
        "mean_key": mean_key,
        "uniform_key": uneven.map(lambda pair: uniform_key_extreme(*pair)),
    }
