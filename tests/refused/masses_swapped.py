"""The convex combination with α and 1 − α swapped.

Step 1 is REFUTED:
the left side is 0.731059, the right side 0.268941 at |F| = |N| = 1, s_{F1} = 0, s_{N1} = 1,
v_{F1} = 0, v_{N1} = 1, α = 0.268941, Z_F = 1, Z_N = 2.71828
"""

from derivations import (
    Derivation,
    exp,
    index_sets,
    named,
    non_empty,
    scalars,
    softmax_mean,
    sum_over,
    vectors,
)

F, N = index_sets("F", "N", nonempty="N")
s, v = scalars("s"), vectors("v")
Z_F = named("Z_F", sum_over(F, lambda t: exp(s[t]), "t"))
Z_N = named("Z_N", sum_over(N, lambda t: exp(s[t]), "t"))
alpha = named("alpha", Z_F / (Z_F + Z_N))

convex = (
    Derivation("convex combination", softmax_mean(F | N, s, v), given=[non_empty(F)])
    .equal(  # wrong
        (1 - alpha) * softmax_mean(F, s, v) + alpha * softmax_mean(N, s, v),
        because="each part divided by its own partition sum",
    )
    .qed()
)
