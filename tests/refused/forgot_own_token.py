"""Grouping that keeps the fibre of j and forgets j itself.

Step 2 is REFUTED:
the left side is 1, the right side 0 at |F| = 0, |N| = 1, s_{N1} = 0, v_{N1} = 1
"""

from derivations import Derivation, cluster_map, exp, index_sets, scalars, sum_over, vectors

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s, v = scalars("s"), vectors("v")


def fibre_mass(j):
    return sum_over(a.fibre(j), lambda t: exp(s[t]), "t")


grouping = (
    Derivation(
        "grouping",
        sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t") + sum_over(N, lambda j: exp(s[j]) * v[j]),
    )
    .equal(
        sum_over(N, lambda j: fibre_mass(j) * v[j]) + sum_over(N, lambda j: exp(s[j]) * v[j]),
        because="fibres",
    )
    .equal(sum_over(N, lambda j: fibre_mass(j) * v[j]), because="one term for each j")  # wrong
    .qed()
)
