"""Everything that is measured of one head, in blocks of keys: p x n scores are never held.

One pass over the frozen tokens computes, block by block, the exact update (online softmax), the map
a, the groups' largest and second largest logits and log-sum-exp, and with them all errors and
bounds of :mod:`checks.measure`. Beyond its inputs it holds a few blocks of BLOCK_ENTRIES scores and
a few arrays of one entry for each query and group, for as many queries at a time as stay small.
The same code runs on NumPy arrays and on PyTorch tensors, on the device where those are.

How far the results can be from the exact ones is said in :mod:`checks.streaming_rounding`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.alternatives import log_count_update
from checks.approximations import (
    Clustering,
    Groups,
    dropped_context,
    effective_key_update,
    grouped_update,
)
from checks.inputs.rows import Array, to_numpy
from checks.inputs.selection import to_numpy_indices
from checks.reference import attention_scale
from checks.rounding import Radii, upper_bounds
from checks.streaming_backend import Backend, TorchBackend
from checks.streaming_groups import INFINITY, GroupState, Layout
from checks.streaming_nearest import NearestValue
from checks.streaming_plan import Head, Plan, all_of, plan
from checks.streaming_rounding import LARGEST_SINGLE, SINGLE, Precision, streaming_radii
from derivations.errors import UnusableInput


@dataclass(frozen=True, eq=False)
class StreamedQueries:
    """Some queries of one head before doubtful ones are decided; all arrays are (queries,).

    ``update`` is (queries, c). ``winners`` (queries, p), if asked for, are the tokens whose keys
    are the effective keys, as in :class:`checks.approximations.Groups`.
    """

    quantities: dict[str, Array]
    errors: dict[str, Array]
    bounds: dict[str, Array]
    update: Array
    radii: Radii
    winners: NDArray[np.intp] | None = None


def stream(head: Head) -> list[StreamedQueries]:
    """Measure all queries of a head, as many at a time as keep the state small.

    Raises UnusableInput if products in float32 could overflow.
    """
    shared = plan(head)
    return [
        stream_queries(head, shared, first, min(first + shared.queries, head.normal))
        for first in range(0, head.normal, shared.queries)
    ]


def stream_queries(head: Head, shared: Plan, first: int, stop: int) -> StreamedQueries:
    """Measure queries first..stop of a head in one pass over its frozen tokens."""
    scale = attention_scale(head.queries.shape[1], head.scale)
    backend, precision, frozen, block = shared.backend, head.precision, head.frozen, shared.block
    keys, values, parts = shared.keys, shared.values, shared.parts
    queries = backend.array(head.queries[first:stop]) * scale
    reached = np.arange(first, stop) if head.causal else np.full(stop - first, head.normal)
    seen = backend.array(np.arange(head.normal)[:, None] <= reached, "bool")
    xp = backend.xp

    longest_key, longest_value = _longest(backend, keys), _longest(backend, values)
    if precision is SINGLE:
        _check_single(backend, max(longest_key, longest_value), head.queries, scale)
    factors = backend.cast(queries.T, precision.name)
    own = xp.where(seen, _logits(backend, keys, factors, precision), -INFINITY)
    after = frozen if head.keep_winners else None
    state = GroupState(backend, own, values, precision.name, after)

    def run(part: range) -> Pass:
        nearest = NearestValue(backend, values, causal=head.causal, first=first, stop=stop)
        return _pass(head, shared, state.fork(), nearest, factors, scale, part)

    passes = all_of(run, parts)
    nearest = shared.nearest or passes[0].nearest
    for each in passes:
        state.merge(each.state)
        if shared.nearest is None:
            nearest.merge(each.nearest)
    if shared.labels is not None:
        shared.nearest = nearest
    longest_key = max(longest_key, *(each.longest_key for each in passes))
    longest_value = max(longest_value, *(each.longest_value for each in passes))

    gaps = _gaps(head, shared, state, factors, nearest)
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
    mass = to_numpy(state.frozen_mass)
    total = mass + to_numpy(state.normal_mass)
    update = to_numpy(state.weighted) / total[:, None]
    alpha = mass / total
    approximations = {
        "drop": dropped_context(to_numpy(state.own.T), normal_values),
        "grouped": grouped_update(groups, normal_values),
        "effective": effective_key_update(groups, normal_values),
        "log_count": log_count_update(groups, normal_values),
    }
    errors = {
        name: np.linalg.norm(update - other, axis=-1) for name, other in approximations.items()
    }
    terms = block + head.normal + 2 * (math.ceil(frozen / block) + 2 * len(parts))
    lengths = np.linalg.norm(head.queries[first:stop], axis=-1)
    reach = abs(scale) * lengths * longest_key
    radii = streaming_radii(
        precision,
        reach,
        longest_value,
        widths=(head.queries.shape[1], int(head.values.shape[1])),
        frozen=frozen,
        block=min(block, max(frozen, 1)),
        terms=terms,
    )
    bounds = upper_bounds(radii, alpha, clustering, groups, terms)
    if frozen == 0:
        errors = {name: np.zeros_like(error) for name, error in errors.items()}
        bounds = {name: np.zeros_like(bound) for name, bound in bounds.items()}
    quantities = measured_quantities(alpha, clustering, groups)
    winners = None if state.winner is None else to_numpy_indices(state.winner.T).astype(np.intp)
    return StreamedQueries(quantities, errors, bounds, update, radii, winners)


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


@dataclass(frozen=True, eq=False)
class Pass:
    """What one pass over a part of the frozen tokens has found."""

    state: GroupState
    nearest: NearestValue
    longest_key: float
    longest_value: float


def _pass(
    head: Head,
    shared: Plan,
    state: GroupState,
    nearest: NearestValue,
    factors: Any,
    scale: float,
    part: range,
) -> Pass:
    """Go through a part of the frozen tokens in blocks."""
    backend, precision, block = state.backend, head.precision, shared.block
    longest_key, longest_value = 0.0, 0.0
    for start in range(part.start, part.stop, block):
        stop = min(start + block, part.stop)
        keys, values = head.keys.block((), start, stop), head.values.block((), start, stop)
        longest_key = max(longest_key, _longest(backend, keys))
        longest_value = max(longest_value, _longest(backend, values))
        if precision is SINGLE:
            _check_single(backend, max(longest_key, longest_value), head.queries, scale)
        labels = _labels(shared, nearest, values, start, stop)
        if head.causal:
            logits = _logits(backend, keys, factors, precision)
            state.absorb_scattered(logits, values, labels, start)
        else:
            layout = Layout(backend, labels)
            logits = _logits(backend, keys[layout.order], factors, precision)
            state.absorb(logits, values[layout.order], layout, start)
        head.keys.release()
        head.values.release()
        if head.report is not None:
            head.report((stop - start) / head.frozen * len(state.reference) / head.normal)
    return Pass(state, nearest, longest_key, longest_value)


def _labels(shared: Plan, nearest: NearestValue, values: Any, start: int, stop: int) -> Any:
    """The map a of a block, from an earlier pass if there was one."""
    if shared.labels is None:
        return nearest.assign(values)
    if shared.nearest is None:
        labels = nearest.assign(values)
        shared.labels[start:stop] = to_numpy_indices(labels)
        return labels
    return shared.backend.indices(shared.labels[start:stop].astype(np.intp))


def _logits(backend: Backend, keys: Any, factors: Any, precision: Precision) -> Any:
    product = backend.product(backend.cast(keys, precision.name), factors)
    return backend.cast(product, "float64")


def _longest(backend: Backend, rows: Any) -> float:
    """The largest Euclidean norm of a row."""
    return float(backend.row_squares(rows).max()) ** 0.5


def _check_single(backend: Backend, longest: float, queries: Array, scale: float) -> None:
    """Refuse what float32 cannot hold, and PyTorch told to be coarser than float32 is."""
    reach = longest * max(1.0, abs(scale) * float(np.linalg.norm(queries, axis=-1).max()))
    if reach > LARGEST_SINGLE:
        raise UnusableInput(
            f"products of these tensors reach {reach:.1g}, too large for float32;"
            " accumulate in float64."
        )
    if isinstance(backend, TorchBackend):
        promised = backend.xp.get_float32_matmul_precision()
        if promised != "highest":
            raise UnusableInput(
                f"PyTorch's float32 products have the precision {promised!r}; call"
                " torch.set_float32_matmul_precision('highest'), or accumulate in float64."
            )


def _gaps(head: Head, shared: Plan, state: GroupState, factors: Any, nearest: NearestValue) -> Any:
    """epsilon_j; where a group lies so deep that its weights lost digits, in a second pass.

    There every weight is taken relative to the largest logit of its own group.
    """
    backend, xp, precision = state.backend, state.backend.xp, head.precision
    gaps = state.gaps()
    deep = state.depth() > precision.deepest
    if not bool(deep.any()):
        return gaps
    groups, queries = gaps.shape
    base = xp.where(state.size > 0, state.largest, 0.0)
    sums = xp.exp(state.own - base)
    columns = backend.counting(queries)
    for start in range(0, head.frozen, shared.block):
        end = min(start + shared.block, head.frozen)
        labels = _labels(shared, nearest, head.values.block((), start, end), start, end)
        labels = labels[:, None] if labels.ndim == 1 else labels
        flat = (labels * queries + columns).reshape(-1)
        keys = head.keys.block((), start, end)
        logits = _logits(backend, keys, factors, precision).reshape(-1)
        weights = xp.exp(logits - base.reshape(-1)[flat])
        sums = sums + backend.sums(flat, weights, groups * queries).reshape(groups, queries)
        head.keys.release()
        head.values.release()
    again = xp.log(xp.where(deep, xp.where(sums > 1.0, sums, 1.0), 1.0))
    return xp.where(deep, again, gaps)
