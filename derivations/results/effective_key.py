"""The effective key: attention with the context is nearly attention over the normal tokens alone.

The whole chain, derived line by line from the entities e_j with q_i = W_Q e_i, k_j = W_K e_j and
v_j = W_V e_j, for each query i ∈ N.  The key of j becomes k_{w(j)}, the key of the winner of its
group (any winner when tied), and the error is αδ + tanh(osc ε/4)·diam.  The context may be empty.
"""

from sympy import exp, log, tanh

from derivations.chain import Derivation
from derivations.language import (
    at_most,
    attention,
    cardinality,
    diameter,
    equal,
    for_all,
    inner,
    linear_map,
    log_sum_exp,
    max_over,
    named,
    norm,
    scalars,
    softmax_mean,
    vectors,
    winner_map,
)
from derivations.results._setting import F, N, a, alpha, delta, j, t
from derivations.script import run_as_script
from derivations.transformations import (
    cluster,
    fold_logsumexp,
    group,
    key_weights,
    max_for_logsumexp,
    split,
    winner_keys,
)

ORDER = 7

W_Q, W_K, W_V = linear_map("W_Q"), linear_map("W_K"), linear_map("W_V")
e = vectors("e")
i = N.index("i")
q = named("q", W_Q(e[i]), i)


def k(one):
    """The key of a token."""
    return named("k", W_K(e[one]), one)


def v(one):
    """The value of a token."""
    return named("v", W_V(e[one]), one)


def logit(one):
    """The logit of a token for the query of i."""
    return inner(q, k(one))


w = winner_map("w", N, a.group, by=logit)
_given = [for_all(t, F, at_most(norm(v(t) - v(a(t))), delta))]

effective_key = (
    Derivation(
        "effective key",
        named("Delta", attention(F | N, q, k, v), i),
        given=_given,
        title="Effective keys: attention over the normal tokens alone",
    )
    .apply(split(F, N))
    .apply(cluster(a, residual=delta))
    .apply(group(a))
    .apply(fold_logsumexp(name="z"))
    .apply(max_for_logsumexp())
    .apply(winner_keys(w))
    .qed()
)

_gamma = scalars("gamma")
_margins = [
    for_all(
        j,
        N,
        for_all(t, a.group(j).without(w(j)), at_most(logit(t), logit(w(j)) - _gamma[j])),
    ),
    for_all(j, N, at_most(0, _gamma[j])),
]


def _grouped(one):
    return named("z", log_sum_exp(a.group(one), logit), one)


def n(one):
    """The number of tokens in the group of a token."""
    return named("n", cardinality(a.group(one)), one)


def _excess(one):
    return log(1 + (n(one) - 1) * exp(-_gamma[one]))


margin_corollary = (
    Derivation(
        "effective key with margins",
        named("Delta", attention(F | N, q, k, v), i),
        given=_given + _margins,
        title="Effective keys, with a margin in every group",
    )
    .apply(split(F, N))
    .apply(cluster(a, residual=delta))
    .apply(group(a))
    .apply(fold_logsumexp(name="z"))
    .approx(
        softmax_mean(N, lambda one: logit(w(one)), v),
        error=tanh(max_over(N, _excess) / 4) * diameter(N, v),
        by="softmax stability",
        because="log-sum-exp exceeds the winner's logit by at most log(1 + (n_j − 1)e^{−γ_j})",
    )
    .qed()
)

W_new = linear_map("W_K'")

weights_reading = (
    Derivation(
        "effective key weights",
        attention(N, q, lambda one: k(w(one)), v),
        given=[for_all(j, N, equal(W_new(e[j]), k(w(j))))],
        title="Effective keys as modified key weights",
    )
    .apply(key_weights(W_new, W_K, e))
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))

__all__ = ["alpha", "effective_key", "margin_corollary", "weights_reading"]
