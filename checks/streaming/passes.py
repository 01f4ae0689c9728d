"""One pass over the frozen tokens of a head for some of its queries, and one more where needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from checks.streaming.backend import Backend, TorchBackend
from checks.streaming.groups import GroupState, Layout
from checks.streaming.means import GroupMeans
from checks.streaming.nearest import NearestValue
from checks.streaming.plan import Head, Plan, assigned, block_logits
from checks.streaming.rounding import LARGEST_SINGLE, SINGLE
from derivations.errors import UnusableInput


@dataclass(frozen=True, eq=False)
class Pass:
    """What one pass over a part of the frozen tokens has found."""

    state: GroupState
    means: GroupMeans
    nearest: NearestValue
    longest_key: float
    longest_value: float


def pass_over(
    head: Head,
    shared: Plan,
    state: GroupState,
    means: GroupMeans,
    nearest: NearestValue,
    factors: Any,
    part: range,
) -> Pass:
    """Go through a part of the frozen tokens in blocks."""
    backend, precision, block = state.backend, head.precision, shared.block
    longest_key, longest_value = 0.0, 0.0
    for start in range(part.start, part.stop, block):
        stop = min(start + block, part.stop)
        keys, values = head.rows(start, stop)
        longest_key = max(longest_key, longest_row(backend, keys))
        longest_value = max(longest_value, longest_row(backend, values))
        if precision is SINGLE:
            check_single(backend, max(longest_key, longest_value), head)
        labels, residuals = assigned(shared, nearest, keys, values, start, stop)
        if head.causal:
            logits = block_logits(backend, keys, factors, precision)
            means.add(keys, logits, labels)
            state.absorb_scattered(logits, values, residuals, labels, start)
        else:
            means.add(keys, None, labels)
            layout = Layout(backend, labels)
            order = layout.order
            logits = block_logits(backend, keys[order], factors, precision)
            state.absorb(logits, values[order], residuals[order], layout, start)
        head.done(stop - start, len(state.reference))
    return Pass(state, means, nearest, longest_key, longest_value)


def longest_row(backend: Backend, rows: Any) -> float:
    """The largest Euclidean norm of a row."""
    return float(backend.row_squares(rows).max()) ** 0.5


def check_single(backend: Backend, longest: float, head: Head) -> None:
    """Refuse what float32 cannot hold, and PyTorch told to be coarser than float32 is."""
    lengths = np.linalg.norm(head.queries, axis=-1)
    reach = max(1.0, longest) * max(1.0, abs(head.factor) * float(lengths.max()))
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


def exact_gaps(
    head: Head, shared: Plan, state: GroupState, own: Any, factors: Any, nearest: NearestValue
) -> Any:
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
    sums = xp.exp(own - base)
    columns = backend.counting(queries)
    for start in range(0, head.frozen, shared.block):
        end = min(start + shared.block, head.frozen)
        keys, values = head.rows(start, end)
        labels, _ = assigned(shared, nearest, keys, values, start, end)
        labels = labels[:, None] if labels.ndim == 1 else labels
        flat = (labels * queries + columns).reshape(-1)
        logits = block_logits(backend, keys, factors, precision).reshape(-1)
        weights = xp.exp(logits - base.reshape(-1)[flat])
        sums = sums + backend.sums(flat, weights, groups * queries).reshape(groups, queries)
        head.keys.release()
        head.values.release()
    again = xp.log(xp.where(deep, xp.where(sums > 1.0, sums, 1.0), 1.0))
    return xp.where(deep, again, gaps)
