"""Further true steps about sums: the split, grouping, merging, masks.

The conventions are those of `transcription`: F may be empty, a: F → N is arbitrary.
"""

from __future__ import annotations

from sympy import Basic, Expr

from derivations.language import (
    Max,
    Rational,
    Singleton,
    at_most,
    cardinality,
    diameter,
    equal,
    exp,
    for_all,
    log,
    log_sum_exp,
    max_over,
    min_over,
    non_empty,
    norm,
    oscillation,
    softmax,
    softmax_mean,
    sum_over,
)
from tests.steps.shorthand import (
    c,
    fibre_mass,
    grouped,
    m,
    n,
    one,
    r,
    rest,
    same_values,
    top,
    weighted,
    x,
    y,
)
from tests.steps.transcription import (
    C,
    F,
    N,
    Step,
    U,
    a,
    alpha,
    alpha_C,
    coefficient,
    delta,
    has_context,
    i,
    lse,
    near,
    output,
    partition,
    s,
    sigmoid,
    v,
)


def split() -> dict[str, Step]:
    return {
        "split: the partition sum": Step(partition(U), "=", partition(F) + partition(N)),
        "split: one quotient": Step(
            output(U), "=", (weighted(F) + weighted(N)) / (partition(F) + partition(N))
        ),
        "split: a part is at most the whole": Step(partition(N), "<=", partition(U)),
        "split: log of the whole": Step(lse(U), "=", lse(N) + log(1 + partition(F) / partition(N))),
    }


def convex() -> dict[str, Step]:
    given = (has_context,)
    return {
        "convex: from o_N": Step(
            output(U), "=", output(N) + alpha * (output(F) - output(N)), given=given
        ),
        "convex: exact distance": Step(
            norm(output(U) - output(N)), "=", alpha * norm(output(F) - output(N)), given=given
        ),
        "convex: distance to the context": Step(
            norm(output(U) - output(F)), "=", (1 - alpha) * norm(output(F) - output(N)), given=given
        ),
        "convex: sigmoid": Step(alpha, "=", sigmoid(lse(F) - lse(N)), given=given),
        "convex: the rest": Step(1 - alpha, "=", partition(N) / partition(U)),
        "convex: product of the masses": Step(alpha * (1 - alpha), "<=", Rational(1, 4)),
        "convex: a mean is no longer than its longest": Step(
            norm(output(N)), "<=", max_over(N, lambda j: norm(v[j]), "j")
        ),
    }


def shift() -> dict[str, Step]:
    def shifted(j: Basic) -> Expr:
        return s[j] + c

    return {
        "shift: mean": Step(output(N, shifted), "=", output(N)),
        "shift: log-sum-exp": Step(lse(N, shifted), "=", lse(N) + c),
        "shift: one weight": Step(softmax(N, shifted, one), "=", softmax(N, s, one)),
        "shift: oscillation": Step(oscillation(N, shifted), "=", oscillation(N, s)),
        "shift: by the maximum": Step(output(U, lambda j: s[j] - top(U)), "=", output(U)),
        "shift: oscillation of the opposite": Step(
            oscillation(N, lambda j: -s[j]), "=", oscillation(N, s)
        ),
    }


def fubini() -> dict[str, Step]:
    return {
        "fubini: clustered values": Step(
            sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t"),
            "=",
            sum_over(N, lambda j: fibre_mass(j) * v[j], "j"),
        ),
        "fubini: count": Step(m, "=", sum_over(N, lambda j: cardinality(a.fibre(j)), "j")),
        "fubini: count the groups": Step(
            sum_over(N, lambda j: cardinality(a.group(j)), "j"), "=", m + n
        ),
        "fubini: the groups partition U": Step(
            partition(U), "=", sum_over(N, lambda j: partition(a.group(j)), "j")
        ),
        "fubini: multiplicities": Step(
            sum_over(F, lambda t: x[a(t)], "t"),
            "=",
            sum_over(N, lambda j: cardinality(a.fibre(j)) * x[j], "j"),
        ),
        "fubini: two sums": Step(
            sum_over(F, lambda t: sum_over(N, lambda j: x[t] * y[j], "j"), "t"),
            "=",
            sum_over(N, y, "j") * sum_over(F, x, "t"),
        ),
    }


def clustering() -> dict[str, Step]:
    return {
        "cluster: exact": Step(output(U), "=", grouped, given=(same_values,)),
        "cluster: the difference": Step(
            output(U) - grouped,
            "=",
            sum_over(F, lambda t: softmax(U, s, t) * (v[t] - v[a(t)]), "t"),
        ),
        "cluster: without the mass": Step(
            output(U), "approx", grouped, delta, (near, at_most(0, delta))
        ),
        "cluster: the largest residual": Step(
            norm(output(U) - grouped),
            "<=",
            alpha * max_over(F, lambda t: norm(v[t] - v[a(t)]), "t"),
            given=(has_context,),
        ),
    }


def exponentials() -> dict[str, Step]:
    def z(j: Basic) -> Expr:
        return lse(a.group(j))

    return {
        "explse: a coefficient": Step(coefficient(one), "=", exp(z(one)) / partition(U)),
        "explse: the coefficients add up": Step(sum_over(N, coefficient, "j"), "=", 1),
        "explse: softmax of log-sum-exp": Step(grouped, "=", softmax_mean(N, z, v)),
        "explse: two parts": Step(
            lse(U), "=", log(exp(lse(F)) + exp(lse(N))), given=(has_context,)
        ),
        "explse: a softmax weight": Step(softmax(N, s, one), "=", exp(s[one] - lse(N))),
        "explse: nested": Step(lse(U), "=", log_sum_exp(N, z)),
    }


def online() -> dict[str, Step]:
    given = (has_context,)
    both = Max(top(F), top(N))
    return {
        "online: merge with maxima": Step(
            lse(U),
            "=",
            both + log(exp(top(F) - both) * rest(F) + exp(top(N) - both) * rest(N)),
            given=given,
        ),
        "online: merge the outputs": Step(
            output(U),
            "=",
            (exp(top(F) - both) * rest(F) * output(F) + exp(top(N) - both) * rest(N) * output(N))
            / (exp(top(F) - both) * rest(F) + exp(top(N) - both) * rest(N)),
            given=given,
        ),
        "online: the maximum": Step(top(U), "=", both, given=given),
        "online: shifted": Step(lse(N), "=", top(N) + log(rest(N))),
        "online: one more token": Step(
            lse(N),
            "=",
            log(exp(lse(N.without(one))) + exp(s[one])),
            given=(non_empty(N.without(one)),),
        ),
        "online: at least one": Step(1, "<=", rest(N)),
        "online: at most n": Step(rest(N), "<=", n),
    }


def masks() -> dict[str, Step]:
    later = N - C
    return {
        "mask: a prefix has less": Step(partition(C), "<=", partition(N)),
        "mask: more context": Step(alpha, "<=", alpha_C),
        "mask: log-sum-exp": Step(lse(C), "<=", lse(N)),
        "mask: maximum": Step(top(C), "<=", top(N)),
        "mask: two parts": Step(partition(N), "=", partition(C) + partition(later)),
        "mask: the later part": Step(
            output(N) - output(C),
            "=",
            partition(later) / partition(N) * (output(later) - output(C)),
            given=(non_empty(later),),
        ),
        "mask: residual stream": Step(
            (r + output(F | C)) - (r + output(C)),
            "=",
            alpha_C * (output(F) - output(C)),
            given=(has_context,),
        ),
        "mask: diameter": Step(diameter(C, v), "<=", diameter(N, v)),
        "mask: distance": Step(norm(output(F | C) - output(C)), "<=", alpha_C * diameter(F | C, v)),
    }


def degenerate() -> dict[str, Step]:
    return {
        "degenerate: one token": Step(lse(Singleton(one)), "=", s[one]),
        "degenerate: the mean of one": Step(output(Singleton(one)), "=", v[one]),
        "degenerate: no context": Step(alpha, "=", 0, given=(equal(m, 0),)),
        "degenerate: no context, update": Step(output(U), "=", output(N), given=(equal(m, 0),)),
        "degenerate: complement": Step(
            sum_over(N, lambda j: fibre_mass(j) / partition(a.group(j)), "j"),
            "=",
            n - sum_over(N, lambda j: exp(s[j]) / partition(a.group(j)), "j"),
        ),
        "degenerate: oscillation": Step(0, "<=", oscillation(N, s)),
        "degenerate: smallest and largest": Step(min_over(N, s), "<=", max_over(N, s)),
        "degenerate: the image is no larger": Step(cardinality(a.range), "<=", n),
        "degenerate: equal values": Step(output(U), "=", r, given=(for_all(i, U, equal(v[i], r)),)),
    }


FAMILIES = (split, convex, shift, fubini, clustering, exponentials, online, masks, degenerate)
