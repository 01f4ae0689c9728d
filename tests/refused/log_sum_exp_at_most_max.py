"""Log-sum-exp bounded by the maximum, without the log n.

Step 1 is REFUTED:
the left side is 0.693147, the right side 0 at |F| = |N| = 1, s_{F1} = 0, s_{N1} = 0, a(F1) =
N1, j = N1
"""

from derivations import Derivation, cluster_map, index_sets, log_sum_exp, max_over, scalars

F, N = index_sets("F", "N", nonempty="N")
a, s, j = cluster_map("a", F, N), scalars("s"), N.index("j")

bound = (
    Derivation("log-sum-exp", log_sum_exp(a.group(j), s))
    .at_most(max_over(a.group(j), s, "t"), because="log-sum-exp is the maximum")  # wrong
    .qed()
)
