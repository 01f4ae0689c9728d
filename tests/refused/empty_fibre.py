"""The logarithm of the sum over a fibre, which may be empty.

Step 2 is ILL-DEFINED:
log Σ_{t: a(t)=j} exp(s_t) is undefined (a log-sum-exp over the empty set) at |F| = 0, |N| = 1,
s_{N1} = 0, j = N1
"""

from derivations import (
    Derivation,
    cluster_map,
    exp,
    index_sets,
    log,
    log_sum_exp,
    scalars,
    sum_over,
)

F, N = index_sets("F", "N", nonempty="N")
a, s, j = cluster_map("a", F, N), scalars("s"), N.index("j")

parts = (
    Derivation("two parts", log_sum_exp(a.group(j), s))
    .equal(log(exp(s[j]) + sum_over(a.fibre(j), lambda t: exp(s[t]), "t")), because="j apart")
    .equal(log(exp(s[j]) + exp(log_sum_exp(a.fibre(j), s))), because="exp of log")  # wrong
    .qed()
)
