"""Why one key cannot serve all queries: the winner of a group changes with the query.

Mathematics, section 4: the largest logit M_j(q) = max_t q.k_t of a group is convex in q, so for
q_0 = sum_i c_i q_i with all c_i > 0 it is at most sum_i c_i M_j(q_i), and equal iff some winner at
q_0 wins at every q_i. One key k with q.k = M_j(q) at all of these queries would make it equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from checks.tensors import Array, UnusableInput
from checks.weights.minimal import checked_matrix


def convexity_excess(queries: ArrayLike, shares: ArrayLike, keys: ArrayLike) -> float:
    """sum_i c_i M(q_i) - M(sum_i c_i q_i) >= 0 for one group, in units of q.k.

    ``queries`` (r, d), ``shares`` c (r,) all positive, ``keys`` (n, d) of the group. Raises
    UnusableInput for a share that is not positive.
    """
    rows, group = checked_matrix("queries", queries), checked_matrix("keys", keys)
    weights = np.asarray(shares, dtype=np.float64)
    if weights.shape != rows.shape[:1] or not (weights > 0).all():
        raise UnusableInput(
            f"shares {weights.shape} need one positive number for each of {len(rows)} queries."
        )
    logits = rows @ group.T
    return float((weights @ logits.max(axis=1)) - (weights @ logits).max())


def common_winners(logits: ArrayLike) -> NDArray[np.bool_]:
    """Which tokens of a group attain its largest logit for every query: logits (r, n) -> (n,)."""
    table = checked_matrix("logits", logits)
    return np.asarray((table == table.max(axis=1, keepdims=True)).all(axis=0))


def groups_with_common_winner(
    frozen_logits: Array, normal_logits: Array, nearest: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Per normal token, whether one token of its group wins for all queries: (p,).

    ``frozen_logits`` (p, m), ``normal_logits`` (p, p), ``nearest`` (m,) one map for all queries
    (no mask). Where it is False, no single key gives all these largest logits up to convexity.
    """
    found = np.empty(normal_logits.shape[1], dtype=bool)
    for j in range(normal_logits.shape[1]):
        group = np.hstack([normal_logits[:, j : j + 1], frozen_logits[:, nearest == j]])
        found[j] = common_winners(group).any()
    return found
