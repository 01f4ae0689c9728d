"""The whole chain, with tanh(osc ε/5) where tanh(osc ε/4) is needed.

Step 5 is REFUTED:
the left side is 0.333333, the right side 1/2 at |F| = 1, |N| = 2, q = 0, k_{F1} = 0, k_{N1} =
0, k_{N2} = 0, v_{F1} = 0, v_{N1} = 0, v_{N2} = 1, a(F1) = N1, distance = 0.166667, budget =
0.137748
"""

from derivations import (
    Derivation,
    attention,
    cluster,
    cluster_map,
    diameter,
    equal,
    fold_logsumexp,
    for_all,
    group,
    index,
    index_sets,
    inner,
    log_sum_exp,
    max_over,
    oscillation,
    softmax_mean,
    split,
    tanh,
    vector,
    vectors,
)

F, N = index_sets("F", "N", nonempty="N")
a, t = cluster_map("a", F, N), index("t")
q, k, v = vector("q"), vectors("k"), vectors("v")


def logit(t):
    return inner(q, k[t])


def largest(j):
    return max_over(a.group(j), logit, "t")


def gap(j):
    return log_sum_exp(a.group(j), logit) - largest(j)


chain = (
    Derivation(
        "effective key", attention(F | N, q, k, v), given=[for_all(t, F, equal(v[t], v[a(t)]))]
    )
    .apply(split(F, N))
    .apply(cluster(a))
    .apply(group(a))
    .apply(fold_logsumexp(name="z"))
    .approx(  # wrong
        softmax_mean(N, largest, v),
        error=tanh(oscillation(N, gap) / 5) * diameter(N, v),
        because="log-sum-exp is nearly max",
    )
    .qed()
)
