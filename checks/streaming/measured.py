"""Everything that is measured of one head, in blocks of keys: p x n scores are never held.

One pass over the frozen tokens computes, block by block, the exact update (online softmax), the map
a, the groups' largest and second largest logits, log-sum-exp and mean, and with them the errors and
bounds of :mod:`checks.measure`. Values merged once for all queries take a second pass
(:mod:`checks.streaming.merge`). Beyond its inputs it holds a few blocks of BLOCK_ENTRIES scores and
a few arrays of one entry for each query and group, for as many queries at a time as stay small.
The same code runs on NumPy arrays and on PyTorch tensors, on the device where those are.

How far the results can be from the exact ones is said in :mod:`checks.streaming.rounding`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from checks.alternatives import log_count_update
from checks.approximations import (
    Clustering,
    Groups,
    dropped_context,
    effective_key_update,
    grouped_update,
    softmax_mean,
)
from checks.inputs.rows import Array, to_numpy
from checks.inputs.selection import to_numpy_indices
from checks.rounding import OWN_ROUNDING, TINY, Radii, upper_bounds
from checks.streaming.groups import INFINITY, GroupState
from checks.streaming.means import GroupMeans, mean_key_radius
from checks.streaming.merge import merged_radius, merged_values
from checks.streaming.passes import Pass, check_single, exact_gaps, longest_row, pass_over
from checks.streaming.plan import (
    Head,
    Plan,
    all_of,
    block_logits,
    nearest_of,
    plan,
    products_alone,
)
from checks.streaming.rounding import SINGLE, streaming_radii

KEPT_LOGITS = 2**20
"""Entries (p, p) of group logits up to which they wait for the values merged for all queries."""


@dataclass(frozen=True, eq=False)
class StreamedQueries:
    """Some queries of one head before doubtful ones are decided; all arrays are (queries,).

    ``update`` is (queries, c). ``error_radii`` are those of the errors whose radius is not that of
    two softmax means. ``winners`` (queries, p), if asked for, are the tokens whose keys are the
    effective keys, as in :class:`checks.approximations.Groups`. ``terms`` and ``reach`` are what
    the radii are made from, ``normaliser`` is the log-sum-exp of all logits, and ``logits``
    (queries, p) are those that go with values merged for all queries.
    """

    quantities: dict[str, Array]
    errors: dict[str, Array]
    bounds: dict[str, Array]
    update: Array
    radii: Radii
    error_radii: dict[str, Array]
    terms: int
    reach: Array
    longest_value: float
    normaliser: Array
    logits: dict[str, Array] = field(default_factory=dict)
    winners: NDArray[np.intp] | None = None


def stream(head: Head) -> list[StreamedQueries]:
    """Measure all queries of a head, as many at a time as keep the state small.

    Raises UnusableInput if products in float32 could overflow.
    """
    shared = plan(head)
    with products_alone(shared.parts):
        return _stream(head, shared)


def _stream(head: Head, shared: Plan) -> list[StreamedQueries]:
    chunks = shared.chunks(head.normal)
    if not head.merged:
        return [stream_queries(head, shared, *chunk) for chunk in chunks]
    few = head.normal**2 <= KEPT_LOGITS
    found = [stream_queries(head, shared, *chunk, keep_logits=few) for chunk in chunks]
    values = merged_values(head, shared, np.concatenate([each.normaliser for each in found]))
    quiet = replace(head, report=None)
    for part, chunk in zip(found, chunks, strict=True):
        again = part if few else stream_queries(quiet, shared, *chunk, keep_logits=True)
        _add_merged(head, found, part, again.logits, values)
    return found


def stream_queries(
    head: Head, shared: Plan, first: int, stop: int, *, keep_logits: bool = False
) -> StreamedQueries:
    """Measure queries first..stop of a head in one pass over its frozen tokens."""
    backend, precision, frozen, block = shared.backend, head.precision, head.frozen, shared.block
    keys, values, parts = shared.keys, shared.values, shared.parts
    queries = backend.array(head.queries[first:stop]) * head.factor
    reached = np.arange(first, stop) if head.causal else np.full(stop - first, head.normal)
    seen = backend.array(np.arange(head.normal)[:, None] <= reached, "bool")
    xp = backend.xp

    longest_key, longest_value = longest_row(backend, keys), longest_row(backend, values)
    if precision is SINGLE:
        check_single(backend, max(longest_key, longest_value), head)
    factors = backend.cast(queries.T, precision.name)
    own = xp.where(seen, block_logits(backend, keys, factors, precision), -INFINITY)
    shape, width, value_width = own.shape, keys.shape[1], values.shape[1]

    def empty() -> GroupState:
        return GroupState(backend, shape, value_width, precision.name, head.keep_winners)

    def run(part: range) -> Pass:
        nearest = nearest_of(head, shared, first, stop)
        summed = shape if head.causal else (shape[0], width)
        means = GroupMeans(backend, summed, causal=head.causal)
        return pass_over(head, shared, empty(), means, nearest, factors, part)

    passes = all_of(run, parts)
    nearest = shared.nearest or passes[0].nearest
    context, means = passes[0].state, passes[0].means
    for each in passes[1:]:
        context.merge(each.state)
        means.merge(each.means)
        if shared.nearest is None:
            nearest.merge(each.nearest)
    mean_residual = to_numpy(context.mean_residual())
    state = empty()
    state.take_normal(own, values, frozen)
    state.merge(context)
    if shared.labels is not None:
        shared.nearest = nearest
    longest_key = max(longest_key, *(each.longest_key for each in passes))
    longest_value = max(longest_value, *(each.longest_value for each in passes))

    gaps = exact_gaps(head, shared, state, own, factors, nearest)
    groups = Groups(
        largest=to_numpy(state.largest.T),
        gap=to_numpy(gaps.T),
        margin=to_numpy(state.margins().T),
        size=to_numpy(state.size.T).astype(np.intp),
        winner=np.empty((0, 0), dtype=np.intp),
    )
    normal_values = to_numpy(values)
    clustering = Clustering(
        nearest=np.empty((stop - first, 0), dtype=np.intp),
        residual=np.broadcast_to(to_numpy(nearest.delta), (stop - first,))[:, None],
        diameter=shared.diameters[first:stop],
        spread=np.broadcast_to(to_numpy(nearest.spread), (stop - first,)),
    )
    total = to_numpy(state.mass)
    update = to_numpy(state.weighted) / total[:, None]
    alpha = to_numpy(context.mass) / total
    uniform = to_numpy(means.logits(keys, own, queries, state.size).T)
    approximations = {
        "drop": dropped_context(to_numpy(own.T), normal_values),
        "grouped": grouped_update(groups, normal_values),
        "effective": effective_key_update(groups, normal_values),
        "log_count": log_count_update(groups, normal_values),
        "uniform_key": softmax_mean(uniform, normal_values),
    }
    errors = {
        name: np.linalg.norm(update - other, axis=-1) for name, other in approximations.items()
    }
    terms = block + head.normal + 2 * (math.ceil(frozen / block) + 2 * len(parts))
    lengths = abs(head.factor) * np.linalg.norm(head.queries[first:stop], axis=-1)
    reach = lengths * longest_key
    radii = streaming_radii(
        precision,
        lengths,
        longest_key,
        longest_value,
        widths=(width, value_width),
        frozen=frozen,
        block=min(block, max(frozen, 1)),
        terms=terms,
    )
    off = mean_key_radius(
        radii,
        reach,
        longest_value,
        normal=head.normal,
        width=width,
        terms=terms,
        causal=head.causal,
    )
    error_radii = {"uniform_key": _own_radius(radii, errors["uniform_key"], off)}
    bounds = upper_bounds(radii, alpha, clustering, groups, terms)
    if frozen == 0:
        errors, bounds, error_radii = (
            {name: np.zeros_like(each) for name, each in kind.items()}
            for kind in (errors, bounds, error_radii)
        )
    quantities = measured_quantities(alpha, clustering, groups)
    quantities["weighted_residual"] = mean_residual
    return StreamedQueries(
        quantities,
        errors,
        bounds,
        update,
        radii,
        error_radii,
        terms,
        reach,
        longest_value,
        normaliser=to_numpy(state.reference) + np.log(total),
        logits={"shared": groups.log_sum_exp, "shared_largest": groups.largest}
        if keep_logits
        else {},
        winners=None if state.winner is None else to_numpy_indices(state.winner.T).astype(np.intp),
    )


def _add_merged(
    head: Head,
    found: list[StreamedQueries],
    part: StreamedQueries,
    logits: dict[str, Array],
    values: Array,
) -> None:
    """Errors and radii of some queries with values (p, c) merged for all of them."""
    for name, each in logits.items():
        error = np.linalg.norm(part.update - softmax_mean(each, values), axis=-1)
        off = part.radii.update + merged_radius(
            head.precision,
            max(float(one.radii.log_weight.max()) for one in found),
            max(float(one.reach.max()) for one in found),
            max(one.longest_value for one in found),
            tokens=head.frozen + head.normal,
            width=head.queries.shape[1],
            normal=head.normal,
            terms=max(one.terms for one in found),
        )
        radius = _own_radius(part.radii, error, off)
        if head.frozen == 0:
            error, radius = np.zeros_like(error), np.zeros_like(radius)
        part.errors[name], part.error_radii[name] = error, radius


def _own_radius(radii: Radii, error: Array, off: Array) -> Array:
    """The radius of an error whose replacement is off by this much itself."""
    radius = OWN_ROUNDING * (radii.update + off + radii.distance * error) + TINY
    return np.where(np.isnan(radius), np.inf, radius)


def measured_quantities(alpha: Array, clustering: Clustering, groups: Groups) -> dict[str, Array]:
    """The quantities of a measurement (..., p) from what is known of mass, map and groups."""
    seen = groups.size > 0
    highest = np.where(seen, groups.gap, 0.0).max(axis=-1)
    return {
        "alpha": alpha,
        "delta": np.max(clustering.residual, axis=-1, initial=0.0),
        "margin": np.where(seen, groups.margin, np.inf).min(axis=-1),
        "epsilon": highest,
        "oscillation": highest - np.where(seen, groups.gap, np.inf).min(axis=-1),
        "diameter": clustering.diameter,
    }
