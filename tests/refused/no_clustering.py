"""Values replaced by those of their clusters, and nothing says that they agree.

Step 2 is REFUTED:
the left side is 1, the right side 2 at |F| = |N| = 1, s_{F1} = 0, s_{N1} = 0, v_{F1} = 0,
v_{N1} = 1, a(F1) = N1
"""

from derivations import Derivation, cluster_map, exp, index_sets, scalars, sum_over, vectors

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s, v = scalars("s"), vectors("v")

clustered = (
    Derivation("clustered values", sum_over(F | N, lambda t: exp(s[t]) * v[t], "t"))
    .equal(
        sum_over(F, lambda t: exp(s[t]) * v[t], "t") + sum_over(N, lambda t: exp(s[t]) * v[t], "t"),
        because="split",
    )
    .equal(  # wrong
        sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t")
        + sum_over(N, lambda t: exp(s[t]) * v[t], "t"),
        because="every frozen value is its cluster's",
    )
    .qed()
)
