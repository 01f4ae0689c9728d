"""The mean key with the bias log |F|, taken for an upper bound.

Step 1 is REFUTED:
the left side is 1.31326, the right side 1.19315 at |F| = 2, q = 1, k_{F1} = 1, k_{F2} = 0
"""

from derivations import (
    Derivation,
    cardinality,
    index_set,
    inner,
    log,
    log_sum_exp,
    sum_over,
    vector,
    vectors,
)

F = index_set("F", nonempty=True)
q, k = vector("q"), vectors("k")
mean = sum_over(F, k, "t") / cardinality(F)

mean_key = (
    Derivation("mean key", log_sum_exp(F, lambda t: inner(q, k[t])))
    .at_most(log(cardinality(F)) + inner(q, mean), because="Jensen")  # wrong
    .qed()
)
