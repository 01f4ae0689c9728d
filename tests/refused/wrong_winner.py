"""The winner of a group taken to be the normal token itself.

Step 2 is REFUTED:
the left side is 0.731059, the right side 1/2 at |F| = 1, |N| = 2, q = -1, k_{F1} = -1, k_{N1} =
0, k_{N2} = 0, v_{N1} = 0, v_{N2} = 1, a(F1) = N2, w(N1) = N1, w(N2) = F1
"""

from derivations import (
    Derivation,
    attention,
    cluster_map,
    index_sets,
    inner,
    max_over,
    softmax_mean,
    vector,
    vectors,
    winner_map,
)

F, N = index_sets("F", "N", nonempty="N")
a, q, k, v = cluster_map("a", F, N), vector("q"), vectors("k"), vectors("v")


def logit(t):
    return inner(q, k[t])


w = winner_map("w", N, a.group, by=logit)

effective = (
    Derivation("winner", softmax_mean(N, lambda j: max_over(a.group(j), logit, "t"), v))
    .equal(attention(N, q, k @ w, v), because="the maximum is the winner's logit")
    .equal(attention(N, q, k, v), because="the winner is j")  # wrong
    .qed()
)
