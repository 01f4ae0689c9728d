"""One change of W_K for several queries at once: only the logits have to come out right.

Mathematics, section 4: wanted are logits S* (p, n) of queries Q (p, d) and normal tokens with
entities E (n, D), that is Q dW E^T = S* - Q K_N^T. The smallest least-squares solution is
dW = Q^+ (S* - Q K_N^T) (E^T)^+, exact iff the wanted matrix has its columns in those of Q and its
rows in those of E^T. Softmax needs each row of S* only up to a constant; then only contrasts of the
tokens are matched. Under a mask only the visible pairs (i, j) count, which is a least-squares
problem in the coordinates of dW on the row spaces of Q and E.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import helmert, orth
from scipy.sparse.linalg import LinearOperator, lsqr

from checks.tensors import Array, UnusableInput
from checks.weights.minimal import checked_matrix
from checks.weights.ranks import contains_columns

DENSE_ENTRIES = 2**23
"""Up to this many matrix entries (64 MiB) the masked problem is solved directly."""


@dataclass(frozen=True, eq=False)
class SharedChange:
    """One change dW (d, D) of W_K for all queries, and what it leaves.

    ``wanted`` (p, n): the change of the unscaled logits q.k that was asked for; NaN where hidden.
    ``left`` (p, n): what remains of it, after the best constant per row if softmax may shift.
    ``solvable``: whether some matrix leaves nothing, decided by exact ranks (None under a mask,
    where it is not decided). ``singular_values`` of dW, largest first.
    """

    change: Array
    wanted: Array
    left: Array
    solvable: bool | None
    singular_values: Array

    @property
    def residual(self) -> float:
        """Frobenius norm of what is left over the visible pairs."""
        return float(np.sqrt(np.nansum(self.left**2)))

    @property
    def norm(self) -> float:
        """Frobenius norm of dW."""
        return float(np.linalg.norm(self.change))


def smallest_shared_change(
    queries: ArrayLike,
    entities: ArrayLike,
    wanted: ArrayLike,
    *,
    up_to_shift: bool = True,
    visible: NDArray[np.bool_] | None = None,
) -> SharedChange:
    """The smallest dW (d, D) with q_i . dW e_j nearest to ``wanted`` over the visible pairs.

    ``queries`` (p, d), ``entities`` (n, D), ``wanted`` (p, n) in units of q.k before any scale;
    entries of ``wanted`` that ``visible`` (p, n) hides are ignored. ``up_to_shift`` frees one
    constant per query, to which softmax is blind. Raises UnusableInput for shapes that do not fit
    or a query that sees nothing.
    """
    left, right = checked_matrix("queries", queries), checked_matrix("entities", entities)
    target = np.array(wanted, dtype=np.float64)
    shape = (len(left), len(right))
    if target.shape != shape:
        raise UnusableInput(f"wanted {target.shape} should be (queries, entities) = {shape}.")
    seen = np.ones(shape, dtype=bool) if visible is None else np.asarray(visible, dtype=bool)
    if seen.shape != shape or not seen.any(axis=1).all():
        raise UnusableInput(
            f"visible {seen.shape} should be {shape} with at least one token seen in every row."
        )
    if not np.isfinite(target[seen]).all():
        raise UnusableInput(f"wanted {target.shape} is not finite at a visible pair.")
    target = np.where(seen, target, 0.0)
    solvable: bool | None = None
    if seen.all():
        to_differences = _contrasts(len(right), up_to_shift)
        goal = target @ to_differences.T
        change = np.linalg.pinv(left) @ goal @ np.linalg.pinv(right.T @ to_differences.T)
        solvable = _solvable(left, right, target, up_to_shift)
    else:
        change = _masked(left, right, target, seen, up_to_shift)
    remains = _centred(target - left @ change @ right.T, seen, up_to_shift)
    result = SharedChange(
        change=change,
        wanted=np.where(seen, target, np.nan),
        left=np.where(seen, remains, np.nan),
        solvable=solvable,
        singular_values=np.asarray(np.linalg.svd(change, compute_uv=False), dtype=np.float64),
    )
    for array in (result.change, result.wanted, result.left, result.singular_values):
        array.setflags(write=False)
    return result


def _contrasts(count: int, up_to_shift: bool) -> Array:
    """Orthonormal rows (count - 1, count) that sum to 0; the identity without a free shift.

    Subtracting the mean instead would leave a direction of pure rounding to be inverted.
    """
    if not up_to_shift:
        return np.eye(count)
    return np.asarray(helmert(count)) if count > 1 else np.zeros((0, 1))


def _centred(logits: Array, seen: NDArray[np.bool_], up_to_shift: bool) -> Array:
    """The logits less their mean over what each query sees, and zero where it does not."""
    if up_to_shift:
        logits = logits - np.where(seen, logits, 0.0).sum(axis=1, keepdims=True) / seen.sum(
            axis=1, keepdims=True
        )
    return np.where(seen, logits, 0.0)


def _solvable(left: Array, right: Array, target: Array, up_to_shift: bool) -> bool:
    """Exact ranks of the given numbers; a free constant per row is a column of ones beside E."""
    if not up_to_shift:
        return contains_columns(left, target) and contains_columns(right, target.T)
    with_ones = np.hstack([right, np.ones((len(right), 1))])
    return _difference_columns(left, target) and contains_columns(with_ones, target.T)


def _difference_columns(left: Array, target: Array) -> bool:
    """Whether all differences of columns of ``target`` lie in the column space of ``left``.

    T_j - T_0 in col(Q) for all j iff the columns (T_j; 1) lie in the span of (Q; 0) and (T_0; 1).
    """
    zeros, ones = np.zeros((1, left.shape[1])), np.ones((1, target.shape[1]))
    space = np.hstack([np.vstack([left, zeros]), np.vstack([target[:, :1], ones[:, :1]])])
    return contains_columns(space, np.vstack([target, ones]))


def _masked(
    left: Array, right: Array, target: Array, seen: NDArray[np.bool_], up_to_shift: bool
) -> Array:
    """Least squares over the visible pairs, in orthonormal coordinates of both row spaces."""
    query_basis, entity_basis = orth(left.T), orth(right.T)
    first, second = left @ query_basis, right @ entity_basis
    shape = (first.shape[1], second.shape[1])
    unknowns = shape[0] * shape[1]
    if unknowns == 0:
        return np.zeros((left.shape[1], right.shape[1]))
    # One block of equations per query: x Y^T q = goal for the contrasts of what it sees.
    contrasts = [_contrasts(int(row.sum()), up_to_shift) for row in seen]
    blocks = [c @ second[row] for c, row in zip(contrasts, seen, strict=True)]
    parts = [c @ t[row] for c, t, row in zip(contrasts, target, seen, strict=True)]
    goal = np.concatenate(parts)
    ends = np.cumsum([len(part) for part in parts])[:-1]

    def forward(coordinates: Array) -> Array:
        per_query = first @ coordinates.reshape(shape)
        return np.concatenate([b @ row for b, row in zip(blocks, per_query, strict=True)])

    def backward(equations: Array) -> Array:
        pieces = np.split(equations.ravel(), ends)
        return (first.T @ np.stack([r @ b for b, r in zip(blocks, pieces, strict=True)])).ravel()

    if goal.size * unknowns <= DENSE_ENTRIES:
        columns = np.vstack([np.kron(q, b) for q, b in zip(first, blocks, strict=True)])
        solution = np.linalg.lstsq(columns, goal, rcond=None)[0]
    else:
        operator = LinearOperator((goal.size, unknowns), matvec=forward, rmatvec=backward)
        solution = lsqr(operator, goal, atol=1e-13, btol=1e-13, iter_lim=20 * unknowns)[0]
    return np.asarray(query_basis @ solution.reshape(shape) @ entity_basis.T)
