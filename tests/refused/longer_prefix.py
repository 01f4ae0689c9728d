"""The mass on the context over a prefix C of N, bounded by that over all of N.

Step 2 is REFUTED:
the left side is 1/2, the right side 1/3 at |C| = |F| = 1, |N| = 2, C = {N1}, s_{F1} = 0, s_{N1}
= 0, s_{N2} = 0
"""

from derivations import Derivation, exp, index_set, index_sets, named, scalars, sum_over

F, N = index_sets("F", "N", nonempty="N")
C = index_set("C", nonempty=True, subset_of=N)
s = scalars("s")


def mass(domain):
    return sum_over(domain, lambda t: exp(s[t]), "t")


prefix = (
    Derivation("prefix", named("alpha_C", mass(F) / mass(F | C)))
    .equal(mass(F) / (mass(F) + mass(C)), because="split")
    .at_most(mass(F) / (mass(F) + mass(N)), because="C is a part of N")  # wrong
    .qed()
)
