"""The grouped mean between a mean over all tokens and one over the normal tokens."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.kernel.sets import subset
from derivations.kernel.terms import Term
from derivations.search.build import Body, log_sum_exp, softmax_mean
from derivations.search.shapes import Mean
from derivations.search.steps import Hypotheses
from derivations.terms import child, nodes


def grouped_middles(hyps: Hypotheses, goal: Term, left: Mean, right: Mean) -> Iterator[Term]:
    """Softmax means over the right side's set whose logits are log-sum-exps over the groups.

    One for every cluster map, in the goal or the hypotheses, from a part of the left side's set
    into the right side's.
    """
    for mapping in cluster_maps(hyps, goal):
        source, target = child(mapping, 1), child(mapping, 2)
        if target == right.domain and subset(source, left.domain):
            yield softmax_mean(right.domain, _grouped(mapping, left), right.values)


def cluster_maps(hyps: Hypotheses, goal: Term) -> list[Term]:
    """The maps with a fixed target that occur anywhere."""
    found = {
        one
        for term in (goal, *hyps)
        for one in nodes(term)
        if one.op == "map" and not one.loose and not child(one, 2).loose
    }
    return sorted(found, key=lambda one: one.key)


def _grouped(mapping: Term, left: Mean) -> Body:
    """j ↦ the log-sum-exp of the logits over {j} ⊔ a⁻¹(j)."""
    return lambda j: log_sum_exp(
        Term("union", Term("single", j), Term("fibre", mapping, j)), left.logits
    )
