"""The seminar's setting, shared by the results: tokens, logits, values, clusters, winners.

Frozen tokens F (the context, possibly empty) and normal tokens N (the question) are disjoint.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Basic, Expr, exp

from derivations.language import (
    SetSum,
    cluster_map,
    for_all,
    index,
    index_sets,
    log_sum_exp,
    max_over,
    named,
    norm,
    scalar,
    scalars,
    softmax_mean,
    vectors,
)
from derivations.language.propositions import AtMost, ForAll
from derivations.language.sets import SetExpr

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s = scalars("s")
v = vectors("v")
delta = scalar("delta")
t, j = index("t"), index("j")


def mass(domain: SetExpr, name: str) -> Expr:
    """Z = Σ e^{s_t} over a set, under a name."""
    return named(name, SetSum(exp(s[t]), t, domain))


Z_F, Z_N = mass(F, "Z_F"), mass(N, "Z_N")
alpha = named("alpha", Z_F / (Z_F + Z_N))
update = named("Delta", softmax_mean(F | N, s, v))
frozen_update = named("Delta^F", softmax_mean(F, s, v))
normal_update = named("Delta^N", softmax_mean(N, s, v))


def weighted(domain: SetExpr, values: Callable[[Basic], Expr] = v) -> Expr:
    """Σ e^{s_t} v_t over a set."""
    return SetSum(exp(s[t]) * values(t), t, domain)


def grouped_logit(one: Basic) -> Expr:
    """z_j, the log-sum-exp of the logits in the group of j."""
    return named("z", log_sum_exp(a.group(one), s), one)


def largest_logit(one: Basic) -> Expr:
    """M_j, the largest logit in the group of j."""
    return named("M", max_over(a.group(one), s, "t"), one)


def clustered() -> ForAll:
    """Every frozen value is within δ of its cluster's."""
    return for_all(t, F, AtMost(norm(v[t] - v[a(t)]), delta))
