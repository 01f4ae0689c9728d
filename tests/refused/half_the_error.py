"""Clustered values with half of the error that they cost.

Step 2 is REFUTED:
the left side is 1/2, the right side 0 at |F| = |N| = 1, s_{F1} = 0, s_{N1} = 0, v_{F1} = 1,
v_{N1} = 0, δ = 1, a(F1) = N1, α = 1/2, distance = 1/2, budget = 1/4
"""

from derivations import (
    Derivation,
    at_most,
    cluster_map,
    exp,
    for_all,
    index,
    index_sets,
    named,
    norm,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    vectors,
)

F, N = index_sets("F", "N", nonempty="N")
a, t = cluster_map("a", F, N), index("t")
s, v, delta = scalars("s"), vectors("v"), scalar("delta")
Z_F = sum_over(F, lambda t: exp(s[t]), "t")
Z_N = sum_over(N, lambda t: exp(s[t]), "t")
alpha = named("alpha", Z_F / (Z_F + Z_N))
normal = sum_over(N, lambda j: exp(s[j]) * v[j])

clustered = (
    Derivation(
        "clustered values",
        softmax_mean(F | N, s, v),
        given=[for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta))],
    )
    .equal((sum_over(F, lambda t: exp(s[t]) * v[t], "t") + normal) / (Z_F + Z_N), because="split")
    .approx(  # wrong
        (sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t") + normal) / (Z_F + Z_N),
        error=alpha * delta / 2,
        because="only the frozen mass moves",
    )
    .qed()
)
