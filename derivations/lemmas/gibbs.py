"""Gibbs' inequality for softmax: log-sum-exp lies above each of its tangents.

    K ≠ ∅  ⊢  Σ softmax_j(l) (z_j − l_j) ≤ log Σ e^z − log Σ e^l

Proof: with y_j = z_j − l_j + log Σ e^l − log Σ e^z, the weighted sum of 1 + y_j ≤ e^{y_j} over
softmax(l) has the right side Σ softmax_j(l) e^{y_j} = 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import permutations

from derivations.kernel.rules import Theorem, cite, exp_tangent, instantiate
from derivations.kernel.terms import KernelError, Term, add, mul
from derivations.search.build import base, entry, fresh, log_sum_exp, nonempty, softmax_mean
from derivations.search.library import LibraryLemma
from derivations.search.shapes import as_body
from derivations.search.signs import bound
from derivations.search.steps import termwise
from derivations.terms import child, neg, nodes, number, sub
from derivations.verdicts import Known

NAME = "Gibbs' inequality"
K = base("K")
z, ell = entry("z"), entry("l")
MAX_LOGITS = 4


@cache
def theorem() -> Theorem:
    """The inequality for arbitrary logits z and l."""
    hyps = frozenset({nonempty(K)})
    j = fresh(K)
    shift = sub(log_sum_exp(K, ell), log_sum_exp(K, z))
    y = add(sub(z(j), ell(j)), shift)
    weight = Term("exp", sub(ell(j), log_sum_exp(K, ell)))
    tangent = exp_tangent(hyps, y)
    each = bound(
        hyps, "le", mul(weight, add(1, y)), mul(weight, Term("exp", y)), [(weight, tangent)]
    )
    mean = softmax_mean(K, ell, lambda i: sub(z(i), ell(i)))
    result = bound(hyps, "le", mean, neg(shift), [(number(1), termwise(j, each))])
    return cite(NAME, result)


def instances(goal: Term) -> Iterator[Theorem]:
    """One for every ordered pair of logits over the same set; a cardinality has the logits 0."""
    logits: dict[Term, dict[Term, None]] = {}
    for one in nodes(goal):
        if one.op == "sum" and not one.loose:
            domain, body = one.children
            if body.op == "exp":
                logits.setdefault(domain, {})[child(body, 0)] = None
            elif body == number(1):
                logits.setdefault(domain, {})[number(0)] = None
    for domain, bodies in logits.items():
        for new, old in permutations(list(bodies)[:MAX_LOGITS], 2):
            i = fresh(domain)
            pairs = [(K, domain), (z(i), as_body(new)(i)), (ell(i), as_body(old)(i))]
            try:
                yield instantiate(theorem(), pairs)
            except KernelError:
                continue


LEMMA = LibraryLemma(
    NAME, "log-sum-exp lies above each of its tangents", Known.KERNEL, theorem, instances
)
