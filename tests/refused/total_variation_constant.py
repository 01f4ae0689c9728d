"""The ℓ1 distance bounded as if it were the total variation, which is half of it.

Step 1 is REFUTED:
the left side is 0.462117, the right side 0.244919 at |N| = 2, s_{N1} = 0, s_{N2} = 0, z_{N1} =
0, z_{N2} = 1
"""

from derivations import Abs, Derivation, index_set, oscillation, scalars, softmax, sum_over, tanh

N = index_set("N", nonempty=True)
s, z = scalars("s"), scalars("z")

stability = (
    Derivation("stability", sum_over(N, lambda j: Abs(softmax(N, s, j) - softmax(N, z, j))))
    .at_most(  # wrong
        tanh(oscillation(N, lambda j: s[j] - z[j]) / 4), because="softmax is stable"
    )
    .qed()
)
