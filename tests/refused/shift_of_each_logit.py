"""A shift that differs from token to token, cancelled as if it were common to all.

Step 2 is REFUTED:
the left side is 0.731059, the right side 1/2 at |N| = 2, b_{N1} = 0, b_{N2} = 1, s_{N1} = 0,
s_{N2} = 0, v_{N1} = 0, v_{N2} = 1
"""

from derivations import Derivation, index_set, scalar, scalars, softmax_mean, vectors

N = index_set("N", nonempty=True)
s, shift, v, c = scalars("s"), scalars("b"), vectors("v"), scalar("c")

shifted = (
    Derivation("shift", softmax_mean(N, lambda j: s[j] + shift[j] + c, v))
    .equal(softmax_mean(N, lambda j: s[j] + shift[j], v), because="a common shift cancels")
    .equal(softmax_mean(N, s, v), because="and so does the other")  # wrong
    .qed()
)
