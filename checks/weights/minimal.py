"""The smallest change of a weight matrix that gives every normal token a wanted key or value.

Mathematics, section 4, for one query: with E = [e_j] (D, p) and wanted keys K* (d, p), the
equation (W_K + dW) E = K* (biases unchanged) has the least-squares solution of smallest Frobenius
norm dW = (K* - K_N) E^+, and an exact one iff (K* - K_N)(I - E^+ E) = 0. Values are the same with
W_V. In this package tokens are rows, so E is handed over as (p, D) and keys as (p, d).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from checks.approximations import Indices
from checks.tensors import Array, UnusableInput
from checks.weights.ranks import contains_columns, exact_rank


@dataclass(frozen=True, eq=False)
class WeightChange:
    """A change of a weight matrix and what it achieves.

    ``change`` dW (d, D). ``wanted`` (p, d): what was asked of it, K* - K_N. ``left`` (p, d): what
    it leaves of that, wanted - E dW^T. ``solvable``: whether some matrix leaves nothing, decided
    by exact ranks of the given numbers. ``rank``: the exact rank of ``wanted``, which is that of
    dW when solvable and bounds it otherwise. ``moved``: how many tokens want a change; the rank
    is at most this. ``singular_values`` of dW, largest first, min(p, d, D) of them. ``condition``:
    the ratio of the largest to the smallest singular value of E that was used.
    """

    change: Array
    wanted: Array
    left: Array
    solvable: bool
    rank: int
    moved: int
    singular_values: Array
    condition: float

    @property
    def residual(self) -> float:
        """Frobenius norm of what is left; zero up to rounding if solvable."""
        return float(np.linalg.norm(self.left))

    @property
    def relative_residual(self) -> float:
        """The residual as a share of the norm of what was wanted (0 if nothing was)."""
        wanted = float(np.linalg.norm(self.wanted))
        return self.residual / wanted if wanted else 0.0

    @property
    def norm(self) -> float:
        """Frobenius norm of dW."""
        return float(np.linalg.norm(self.change))

    def column_space(self) -> Array:
        """Orthonormal columns (d, rank): if solvable, a basis of span{k_w(j) - k_j}."""
        left, _, _ = np.linalg.svd(self.change, full_matrices=False)
        return np.asarray(left[:, : self.rank])


def smallest_change(entities: ArrayLike, wanted: ArrayLike) -> WeightChange:
    """The smallest dW (d, D) with entities (p, D) times dW^T nearest to ``wanted`` (p, d).

    The pseudo-inverse drops singular values of E below NumPy's usual cut (its largest times
    max(p, D) times 2^-52); what that costs shows in ``left``. Raises UnusableInput for shapes that
    do not fit and entries that are not finite.
    """
    rows, target = checked_matrix("entities", entities), checked_matrix("wanted", wanted)
    if len(rows) != len(target):
        raise UnusableInput(
            f"entities {rows.shape} and wanted {target.shape} differ in length;"
            " give one row per normal token in both."
        )
    solution, _, _, sizes = np.linalg.lstsq(rows, target, rcond=None)
    change = np.ascontiguousarray(solution.T)
    used = sizes[sizes > sizes[0] * max(rows.shape) * np.finfo(float).eps]
    shown = min(*rows.shape, target.shape[1])
    result = WeightChange(
        change=change,
        wanted=target,
        left=target - rows @ solution,
        solvable=contains_columns(rows, target),
        rank=exact_rank(target),
        moved=int((target != 0).any(axis=1).sum()),
        singular_values=np.linalg.svd(change, compute_uv=False)[:shown],
        condition=float(used[0] / used[-1]) if len(used) else 1.0,
    )
    for array in (result.change, result.wanted, result.left, result.singular_values):
        array.setflags(write=False)
    return result


def winner_key_change(entities: ArrayLike, keys: ArrayLike, winners: Indices) -> WeightChange:
    """The change of W_K that gives normal token j the key of its winner, for one query.

    ``entities`` (p, D), ``keys`` (m + p, d) of the frozen and then the normal tokens, ``winners``
    (p,) indices into F | N, one row of ``Groups.winner``. Under a causal mask pass only the rows of
    the normal tokens that the query sees, with the matching number of winners: the last rows of
    ``keys`` must be those of ``entities``. ``moved`` counts the frozen winners whose key differs.
    """
    rows = checked_matrix("keys", keys)
    frozen = len(rows) - len(winners)
    if frozen < 0:
        raise UnusableInput(f"{len(winners)} winners need as many keys, and keys is {rows.shape}.")
    return smallest_change(entities, rows[winners] - rows[frozen:])


def checked_matrix(name: str, given: ArrayLike) -> Array:
    """A float64 copy of a non-empty finite matrix; raises UnusableInput for anything else."""
    matrix = np.array(given, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise UnusableInput(f"{name} {matrix.shape} must be a matrix with rows and columns.")
    if not np.isfinite(matrix).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(matrix))[0])
        raise UnusableInput(f"{name} {matrix.shape} has {matrix[place]} at index {place}.")
    return matrix
