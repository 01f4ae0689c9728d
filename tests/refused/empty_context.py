"""A mean over the context, which may be empty.

Step 1 is ILL-DEFINED:
Σ_{j∈F} softmax_j(s)·v_j is undefined (a softmax over the empty set) at |F| = 0, |N| = 1, s_{N1}
= 0, v_{N1} = 0
"""

from derivations import Derivation, exp, index_sets, scalars, softmax_mean, sum_over, vectors

F, N = index_sets("F", "N", nonempty="N")
s, v = scalars("s"), vectors("v")


def mass(domain):
    return sum_over(domain, lambda t: exp(s[t]), "t")


convex = (
    Derivation("convex combination", softmax_mean(F | N, s, v))
    .equal(  # wrong
        (mass(F) * softmax_mean(F, s, v) + mass(N) * softmax_mean(N, s, v)) / mass(F | N),
        because="each part divided by its own partition sum",
    )
    .qed()
)
