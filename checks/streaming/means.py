"""The mean key of every group with the bias log n_j, streamed.

Where all queries see the same groups, the mean logit of a group is the product of the query with
the mean of its keys: sums of p rows are kept, in float64 whatever the type of the products. Under a
causal mask the groups depend on the query, and the logits themselves are summed.
"""

from __future__ import annotations

from typing import Any

from checks.alternatives import mean_spread
from checks.inputs.rows import Array
from checks.rounding import OWN_ROUNDING, TINY, Radii, gamma
from checks.streaming.backend import Backend


class GroupMeans:
    """Sums over the frozen tokens of each group: keys (groups, d), or logits (groups, queries)."""

    def __init__(self, backend: Backend, shape: tuple[int, int], *, causal: bool) -> None:
        self.backend, self.causal = backend, causal
        self._sums = backend.full(shape, 0.0)

    def add(self, keys: Any, logits: Any, labels: Any) -> None:
        """Add a block: keys (b, d), or logits and labels (b, queries) under a causal mask."""
        backend, groups = self.backend, self._sums.shape[0]
        if not self.causal:
            self._sums += backend.row_sums(labels, keys, groups)
            return
        queries = self._sums.shape[1]
        flat = (labels * queries + backend.counting(queries)).reshape(-1)
        sums = backend.sums(flat, logits.reshape(-1), groups * queries)
        self._sums += sums.reshape(groups, queries)

    def merge(self, part: GroupMeans) -> None:
        """Add what another one has seen."""
        self._sums += part._sums

    def logits(self, keys: Any, own: Any, queries: Any, size: Any) -> Any:
        """The mean logits plus log n_j (groups, queries); -inf for a group that is not seen.

        ``keys`` (p, d) and ``own`` (groups, queries) are keys and logits of the normal tokens,
        ``queries`` (queries, d) those times the scale, ``size`` (groups, queries) counts.
        """
        backend, xp = self.backend, self.backend.xp
        seen = size > 0
        count = xp.where(seen, size, 1.0)
        if self.causal:
            mean = (xp.where(seen, own, 0.0) + self._sums) / count
        else:
            mean = backend.product((keys + self._sums) / count[:, :1], queries.T)
        return xp.where(seen, mean + xp.log(count), -float("inf"))


def mean_key_radius(
    radii: Radii, reach: Array, longest: float, *, normal: int, width: int, terms: int, causal: bool
) -> Array:
    """How far the update of mean keys can be off, per query (queries,).

    A mean is off by the rounding of its sum, at most gamma(terms + d + 20) of the reach |scale| |q|
    max |k|, and by what its logits are off if those are what is summed.
    """
    logit = gamma(terms + width + 20) * reach + TINY
    if causal:
        logit = logit + radii.logit
    off = OWN_ROUNDING * (logit + gamma(12 * normal + 2000))
    return OWN_ROUNDING * mean_spread(off, normal + 2) * longest + TINY
