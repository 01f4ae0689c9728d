"""The effective weights of measured heads: what change of W_K (and W_V) does the context's work.

Two questions of mathematics, section 4, for every head: the smallest dW_K that gives every normal
token its winner's key, for one query (the last, which sees every normal token), and the smallest
dW_K that gives all queries their logits at once, up to what softmax cannot see. What attention over
the normal tokens errs with the changed weights is measured beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from checks.approximations import cluster_by_value, group_logits, visible_logits
from checks.inputs.projections import Projections
from checks.reference import exact_update
from checks.tensors import Array, Tensors
from checks.weights.fit import Fit, FittedHead, fit_head
from checks.weights.minimal import WeightChange, winner_key_change
from checks.weights.obstruction import groups_with_common_winner
from checks.weights.several import SharedChange
from checks.weights.transfer import changed_update, need_same_context

MOST_QUERIES = 128
"""Normal tokens up to which weights are fitted: exact ranks and mask take their cube."""


@dataclass(frozen=True, eq=False)
class HeadWeights:
    """The effective weights of one head.

    ``place``: its index in the leading axes. ``one_query``: dW_K for the last query's winners.
    ``all_queries``: dW_K for the winners' logits of all queries. ``merged_values``: dW_V for values
    merged once for all queries. ``weight_norm``: Frobenius norm of W_K. ``errors``: median distance
    from the exact update over the queries, as a share of the diameter of the head's normal values
    (in units of the values if that is 0), with the weights unchanged (dropped), W_K' for the
    winners' logits (winners), for the log-sum-exp logits (log_sum_exp), and with W_V' for merged
    values (merged). ``groups``: how many have frozen tokens; ``contested``: in how many of these no
    token wins for all queries, so that one key cannot stand for all winners
    (:mod:`checks.weights.obstruction`), None under a mask. ``second``: the errors of a second
    question over the same context, asked of these weights; None without one.
    """

    place: tuple[int, ...]
    one_query: WeightChange
    all_queries: SharedChange
    merged_values: WeightChange
    weight_norm: float
    errors: dict[str, float]
    groups: int
    contested: int | None
    second: dict[str, float] | None = None

    @property
    def relative_norm(self) -> float:
        """The norm of the change for all queries as a share of that of W_K."""
        return self.all_queries.norm / self.weight_norm if self.weight_norm else float("inf")

    @property
    def relative_residual(self) -> float:
        """What no single dW_K gives, as a share of the wanted logits, constants per query apart."""
        wanted = self.all_queries.wanted
        size = np.sqrt(np.nansum((wanted - np.nanmean(wanted, axis=1, keepdims=True)) ** 2))
        return float(self.all_queries.residual / size) if size else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists: see docs/measure.md."""
        several = self.all_queries
        return {
            "head": list(self.place),
            "weight_norm": self.weight_norm,
            "one_query": {"frozen_winners": self.one_query.moved, **_plain(self.one_query)},
            "all_queries": {
                "solvable": several.solvable,
                "norm": several.norm,
                "residual": several.residual,
                "relative_residual": self.relative_residual,
                "singular_values": several.singular_values.tolist(),
            },
            "merged_values": _plain(self.merged_values),
            "errors": dict(self.errors),
            "groups": self.groups,
            "contested": self.contested,
            "second": None if self.second is None else dict(self.second),
        }


def _plain(change: WeightChange) -> dict[str, Any]:
    return {
        "rank": change.rank,
        "solvable": change.solvable,
        "norm": change.norm,
        "residual": change.residual,
        "relative_residual": change.relative_residual,
        "singular_values": change.singular_values.tolist(),
    }


def effective_weights(
    tensors: Tensors,
    *,
    scale: float | None = None,
    causal: bool = False,
    second: Tensors | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[HeadWeights, ...]:
    """The effective weights of every head whose entities and W_K are known.

    ``second`` is a second question over the same context, asked of the weights fitted to the first;
    it needs entities as well. Empty without entities and W_K, without frozen tokens, for a scale of
    0, and for more than :data:`MOST_QUERIES` normal tokens or streamed heads. Raises UnusableInput
    if the context of the second question is another one.
    """
    known = tensors.projections
    asked = [tensors] if second is None else [tensors, second]
    unusable = tensors.normal > MOST_QUERIES or not tensors.frozen or scale == 0
    if unusable or any(each.streamed or each.projections is None for each in asked):
        return ()
    if known is None or "K" not in known.weights:
        return ()
    if second is not None:
        need_same_context(tensors, second)
    places = list(np.ndindex(*tensors.leading))
    found = []
    for done, place in enumerate(places, 1):
        found.append(_of_head(tensors, known, place, scale, causal, second))
        if progress is not None:
            progress(done, len(places))
    return tuple(found)


def _of_head(
    tensors: Tensors,
    known: Projections,
    place: tuple[int, ...],
    scale: float | None,
    causal: bool,
    second: Tensors | None,
) -> HeadWeights:
    head, entities = _head(tensors, place)
    weight = known.weights["K"]
    weight = weight if weight.ndim == 2 else weight[place]
    frozen, normal = visible_logits(head.queries, head.keys, scale=scale, causal=causal)
    nearest = cluster_by_value(head.values, head.normal, causal=causal).nearest
    winners = group_logits(frozen, normal, nearest).winner[-1]
    joined = np.isin(np.arange(head.normal), nearest)
    served = None if causal else groups_with_common_winner(frozen, normal, nearest[0])
    fits = {fit: fit_head(head, entities, fit, scale=scale, causal=causal) for fit in Fit}
    other = None if second is None else _head(second, place)
    return HeadWeights(
        place=place,
        one_query=winner_key_change(entities, head.keys, winners),
        all_queries=cast(SharedChange, fits[Fit.WINNERS].key),
        merged_values=cast(WeightChange, fits[Fit.MERGED].value),
        weight_norm=float(np.linalg.norm(weight)),
        errors=_errors(head, entities, fits, scale, causal),
        groups=int(joined.sum()),
        contested=None if served is None else int((joined & ~served).sum()),
        second=None if other is None else _errors(*other, fits, scale, causal),
    )


def _head(tensors: Tensors, place: tuple[int, ...]) -> tuple[Tensors, Array]:
    """One head's tensors and the entities (p, D) of its normal tokens."""
    head = replace(
        tensors,
        queries=tensors.queries[place],
        keys=np.asarray(tensors.keys[place]),
        values=np.asarray(tensors.values[place]),
        update=None,
        projections=None,
    )
    rows = cast(Array, cast(Projections, tensors.projections).entities)
    of_head = rows if rows.ndim == 2 else rows[place]
    return head, np.asarray(of_head[-tensors.normal :])


def _errors(
    head: Tensors,
    entities: Array,
    fits: Mapping[Fit, FittedHead],
    scale: float | None,
    causal: bool,
) -> dict[str, float]:
    """Median distances from the exact update with fitted changes, over the values' diameter."""
    diameter = cluster_by_value(head.values, head.normal, causal=causal).diameter[-1]
    exact = exact_update(head.queries, head.keys, head.values, scale=scale, causal=causal)
    errors = {}
    for fit, fitted in fits.items():
        update = changed_update(
            head, entities, fitted.key_change, fitted.value_change, scale=scale, causal=causal
        )
        distance = np.linalg.norm(exact - update, axis=-1)
        errors[fit.name.lower()] = float(np.median(distance)) / (float(diameter) or 1.0)
    return errors
