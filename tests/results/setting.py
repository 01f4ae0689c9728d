"""The seminar's setting, written down again from the mathematics, without the results' own words.

Everything is spelt out as sums, maxima and exponentials; no abbreviation is shared with what is
tested.
"""

from sympy import exp, log

from derivations.language import (
    cluster_map,
    index,
    index_sets,
    max_over,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    vectors,
)

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s, v, delta = scalars("s"), vectors("v"), scalar("delta")
t, j = index("t"), index("j")


def mass(domain):
    """Z."""
    return sum_over(domain, lambda t: exp(s[t]), "t")


def weighted(domain):
    """Σ e^{s_t} v_t."""
    return sum_over(domain, lambda t: exp(s[t]) * v[t], "t")


alpha = mass(F) / (mass(F) + mass(N))
update = softmax_mean(F | N, s, v)
clustered = (sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t") + weighted(N)) / (mass(F) + mass(N))


def largest(j):
    """M_j."""
    return max_over(a.group(j), s, "t")


def z(j):
    """log Σ over the group."""
    return log(mass(a.group(j)))
