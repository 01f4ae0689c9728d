"""Thirty steps of attention algebra, true and false ones, in the language of derivations.

Each function is named after the step it writes down and says what the step says, no more: a
hypothesis is there if and only if the step names it.  `statement(id)` builds the statement,
`TRUE` and `FALSE` list the ids.

Throughout: F and N are disjoint, N is non-empty, F may be empty; a: F → N is arbitrary;
C ⊆ N is a non-empty part of N; logits are numbers and values vectors, unless two values are
compared by size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sympy import Basic, Expr

from derivations.language import (
    Abs,
    MapSetSum,
    Max,
    Min,
    Rational,
    at_most,
    cardinality,
    cluster_map,
    diameter,
    equal,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    min_over,
    named,
    non_empty,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sqrt,
    sum_over,
    tanh,
    there_is,
    vector,
    vectors,
)
from derivations.language.linear import LinearMap
from derivations.language.sets import SetExpr
from derivations.language.statements import Statement, state

Indexed = Callable[[Basic], Expr]

F, N = index_sets("F", "N", nonempty="N")
U = F | N
C = index_set("C", nonempty=True, subset_of=N)
a = cluster_map("a", F, N)
t, i, w = index("t"), index("i"), index("w")
s, s_prime, shift, gamma = scalars("s"), scalars("s'"), scalars("c"), scalars("gamma")
v, k = vectors("v"), vectors("k")
delta, eta, mu, step_size = scalar("delta"), scalar("eta"), scalar("mu"), scalar("epsilon")
q, q_0, u, u_2 = vector("q"), vector("q_0"), vector("u"), vector("u_2")


class Step(NamedTuple):
    """One step: left relation right (within the budget), under hypotheses."""

    left: Expr
    relation: str
    right: Expr
    budget: Expr | None = None
    given: tuple[object, ...] = ()


# ---- the shorthand of the steps ----------------------------------------------------------------


def partition(domain: SetExpr, logits: Indexed = s) -> Expr:
    """Z_S."""
    return sum_over(domain, lambda j: exp(logits(j)), "i")


def output(domain: SetExpr, logits: Indexed = s) -> Expr:
    """o_S."""
    return softmax_mean(domain, logits, v, "i")


def lse(domain: SetExpr, logits: Indexed = s) -> Expr:
    """LSE_S."""
    return log_sum_exp(domain, logits, "i")


def sigmoid(x: Expr) -> Expr:
    return 1 / (1 + exp(-x))


def coefficient(j: Basic) -> Expr:
    """c_j."""
    return (exp(s[j]) + sum_over(a.fibre(j), lambda t: exp(s[t]), "t")) / partition(U)


def entropy(domain: SetExpr, weight: Indexed) -> Expr:
    """H of a distribution on the set."""
    return -sum_over(domain, lambda j: weight(j) * log(weight(j)), "j")


def weights(domain: SetExpr, logits: Indexed = s) -> Indexed:
    """The softmax over the set."""
    return lambda j: softmax(domain, logits, j)


alpha = named("alpha", partition(F) / (partition(F) + partition(N)))
alpha_C = named("alpha_C", partition(F) / (partition(F) + partition(C)))
D = named("D", diameter(N, v))
largest_group = named(
    "nu", max_over(N, lambda j: 1 + (cardinality(a.group(j)) - 1) * exp(-gamma[j]), "j")
)
has_context = non_empty(F)
near = for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta))
margins = for_all(t, F, at_most(s[t], s[a(t)] - gamma[a(t)]))


# ---- the steps ---------------------------------------------------------------------------------


def split_3() -> Step:
    return Step(partition(U), "=", partition(N) * (1 + partition(F) / partition(N)))


def split_4() -> Step:
    def part(domain: SetExpr) -> Expr:
        return sum_over(domain, lambda j: exp(s[j]) * v[j], "i") / partition(domain)

    return Step(output(U), "=", part(F) + part(N), given=(has_context,))


def convex_3() -> Step:
    farthest = max_over(F, lambda t: max_over(N, lambda j: norm(v[t] - v[j]), "j"), "t")
    return Step(norm(output(U) - output(N)), "<=", alpha * farthest, given=(has_context,))


def convex_8() -> Step:
    return Step(alpha, "=", sigmoid(lse(N) - lse(F)), given=(has_context,))


def shift_6() -> Step:
    return Step(output(N, lambda j: s[j] + shift[j]), "=", output(N))


def fubini_1() -> Step:
    g = scalars("g")
    return Step(
        sum_over(F, lambda t: g[t, a(t)], "t"),
        "=",
        sum_over(N, lambda j: sum_over(a.fibre(j), lambda t: g[t, j], "t"), "j"),
    )


def fubini_5() -> Step:
    return Step(
        sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t"),
        "=",
        sum_over(N, lambda j: cardinality(a.fibre(j)) * exp(s[j]) * v[j], "j"),
    )


def cluster_3() -> Step:
    grouped = sum_over(N, lambda j: coefficient(j) * v[j], "j")
    return Step(output(U), "approx", grouped, alpha * delta, (near,))


def cluster_5() -> Step:
    return Step(output(U), "=", sum_over(N, lambda j: coefficient(j) * v[j], "j"))


def explse_3() -> Step:
    grouped = sum_over(N, lambda j: exp(lse(a.group(j))), "j")
    return Step(lse(U), "=", log(grouped))


def lse_3() -> Step:
    margin, winner = scalar("gamma"), N.index("w")
    return Step(
        lse(N),
        "<=",
        s[winner] + log(1 + (cardinality(N) - 1) * exp(-margin)),
        given=(
            for_all(i, N.without(winner), at_most(s[i], s[winner] - margin)),
            at_most(0, margin),
        ),
    )


def lse_9() -> Step:
    return Step(lse(U), "=", max_over(U, s, "i") + log(cardinality(U)))


def stab_3() -> Step:
    value = scalars("v")
    p, p_prime = weights(N), weights(N, s_prime)
    distance = sum_over(N, lambda j: Abs(p(j) - p_prime(j)), "j") / 2
    return Step(
        Abs(softmax_mean(N, s, value) - softmax_mean(N, s_prime, value)),
        "<=",
        (max_over(N, value) - min_over(N, value)) * distance,
    )


def stab_7() -> Step:
    p, p_prime = weights(N), weights(N, s_prime)
    return Step(
        sum_over(N, lambda j: Abs(p(j) - p_prime(j)), "j"),
        "<=",
        tanh(oscillation(N, lambda j: s_prime[j] - s[j]) / 4),
    )


def e2e_4() -> Step:
    equal_values = for_all(t, F, equal(v[t], v[a(t)]))
    bound = D * tanh(log(largest_group) / 4)
    return Step(norm(output(U) - output(N)), "<=", bound, given=(equal_values, margins))


def e2e_6() -> Step:
    root = sqrt(largest_group)
    bound = (1 - alpha) * delta + D * Min(alpha, (root - 1) / (root + 1))
    return Step(norm(output(U) - output(N)), "<=", bound, given=(near, margins))


def gibbs_3() -> Step:
    r = weights(N, s_prime)
    left = sum_over(N, lambda j: r(j) * s[j], "j") + entropy(N, r)
    return Step(left, "<=", lse(N))


def gibbs_4() -> Step:
    p = weights(U)
    return Step(lse(U), "=", sum_over(U, lambda j: p(j) * s[j], "i") - entropy(U, p))


def meankey_1() -> Step:
    mean = sum_over(F, k, "t") / cardinality(F)
    return Step(
        log(cardinality(F)) + inner(q, mean),
        "<=",
        lse(F, lambda t: inner(q, k[t])),
        given=(has_context,),
    )


def meankey_5() -> Step:
    def logits(query: Expr) -> Indexed:
        return lambda t: inner(query, k[t])

    gradient = softmax_mean(F, logits(q_0), k, "t")
    return Step(
        lse(F, logits(q)),
        "<=",
        lse(F, logits(q_0)) + inner(q - q_0, gradient),
        given=(has_context,),
    )


def online_2() -> Step:
    l_F, l_N = named("L_F", lse(F)), named("L_N", lse(N))
    total = named("L", log(exp(l_F) + exp(l_N)))
    merged = exp(l_F - total) * output(F) + exp(l_N - total) * output(N)
    return Step(output(U), "=", merged, given=(has_context,))


def online_6() -> Step:
    def top(domain: SetExpr) -> Expr:
        return named(f"m_{domain.name}", max_over(domain, s, "i"))

    def rest(domain: SetExpr) -> Expr:
        return sum_over(domain, lambda j: exp(s[j] - top(domain)), "i")

    both = named("M", Max(top(F), top(N)))
    right = both + log(exp(both - top(F)) * rest(F) + exp(both - top(N)) * rest(N))
    return Step(lse(U), "=", right, given=(has_context,))


def mask_2() -> Step:
    mixed = alpha_C * output(F) + (1 - alpha_C) * output(C)
    return Step(output(F | C), "=", mixed, given=(has_context,))


def mask_6() -> Step:
    return Step(alpha_C, "<=", alpha)


def lingd_3() -> Step:
    W = linear_map("W")

    def loss(linear: LinearMap) -> Expr:
        return Rational(1, 2) * sum_over(F, lambda t: norm(linear(k[t]) - v[t]) ** 2, "t")

    gradient = MapSetSum(outer(W(k[t]) - v[t], k[t]), t, F)
    total = sum_over(F, lambda t: norm(k[t]) ** 2, "t")
    return Step(
        loss(W - step_size * gradient),
        "<=",
        loss(W),
        given=(at_most(0, step_size), at_most(step_size * total, 1)),
    )


def wk_2() -> Step:
    P, key = projection_off(u), k[N.index("j_0")]
    return Step(P(P(key)), "=", P(key), given=(less(0, inner(u, u)),))


def wk_8() -> Step:
    return Step(
        output(N, lambda j: inner(q, k[j] + inner(u_2, k[j]) * u)),
        "=",
        output(N, lambda j: inner(q, k[j])),
    )


def irr_6() -> Step:
    size = cardinality(F)
    return Step(
        alpha,
        "<=",
        size * exp(eta) / (size * exp(eta) + exp(mu)),
        given=(
            has_context,
            at_most(sum_over(F, s, "t") / size, eta),
            there_is(w, N, at_most(mu, s[w])),
        ),
    )


def deg_1() -> Step:
    return Step(norm(output(U) - output(N)), "<=", alpha * diameter(U, v, "i"))


def deg_5() -> Step:
    def mass(j: Basic) -> Expr:
        return sum_over(a.fibre(j), lambda t: exp(s[t]), "t")

    return Step(
        sum_over(N, lambda j: mass(j) / partition(a.group(j)), "j"),
        "=",
        cardinality(N) - sum_over(a.range, lambda j: exp(s[j]) / partition(a.group(j)), "j"),
    )


TRUE = (
    *("split-3", "convex-3", "fubini-1", "cluster-3", "explse-3", "lse-3", "stab-3", "e2e-4"),
    *("gibbs-3", "meankey-1", "online-2", "mask-2", "lingd-3", "wk-2", "deg-1"),
)
FALSE = (
    *("split-4", "convex-8", "shift-6", "fubini-5", "cluster-5", "lse-9", "stab-7", "e2e-6"),
    *("gibbs-4", "meankey-5", "online-6", "mask-6", "wk-8", "irr-6", "deg-5"),
)


def step(name: str) -> Step:
    """The step with that id, such as "split-3"."""
    return globals()[name.replace("-", "_")]()


def statement(name: str) -> Statement:
    """The step as a checked statement."""
    return state(*step(name))


def statements(names: Iterable[str] = (*TRUE, *FALSE)) -> dict[str, Statement]:
    """The steps with these ids, by id."""
    return {name: statement(name) for name in names}
