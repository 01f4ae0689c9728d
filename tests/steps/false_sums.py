"""Further false steps about sums; each is plausible and fails somewhere.

The conventions are those of `transcription`: F may be empty, a: F → N is arbitrary.
A step whose only fault is that a side can have no value says "ill-defined" in its name.
"""

from __future__ import annotations

from derivations.language import (
    Max,
    Rational,
    cardinality,
    diameter,
    exp,
    log,
    log_sum_exp,
    max_over,
    min_over,
    norm,
    oscillation,
    softmax,
    sum_over,
)
from tests.steps.shorthand import (
    c,
    fibre_mass,
    given_context,
    grouped,
    m,
    n,
    one,
    other,
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
        "split: product": Step(partition(U), "=", partition(F) * partition(N)),
        "split: logs add": Step(lse(U), "=", lse(F) + lse(N), given=given_context),
        "split: the context is the lesser part": Step(partition(F), "<=", partition(N)),
        "split: the wrong total": Step(output(U), "=", (weighted(F) + weighted(N)) / partition(N)),
        "split: ill-defined ratio": Step(
            partition(U), "=", partition(F) * (1 + partition(N) / partition(F))
        ),
    }


def convex() -> dict[str, Step]:
    closest = min_over(F, lambda t: min_over(N, lambda j: norm(v[t] - v[j]), "j"), "t")
    return {
        "convex: α and 1 − α": Step(
            output(U), "=", (1 - alpha) * output(F) + alpha * output(N), given=given_context
        ),
        "convex: the plain mean": Step(
            output(U), "=", (output(F) + output(N)) / 2, given=given_context
        ),
        "convex: the closest pair": Step(
            norm(output(U) - output(N)), "<=", alpha * closest, given=given_context
        ),
        "convex: a wrong sign": Step(
            norm(output(U) - output(N)),
            "=",
            alpha * norm(output(F) + output(N)),
            given=given_context,
        ),
        "convex: the square of the mass": Step(
            norm(output(U) - output(N)),
            "<=",
            alpha**2 * norm(output(F) - output(N)),
            given=given_context,
        ),
        "convex: ill-defined sigmoid": Step(alpha, "=", sigmoid(lse(F) - lse(N))),
        "convex: a product above its maximum": Step(Rational(1, 5), "<=", alpha * (1 - alpha)),
    }


def shift() -> dict[str, Step]:
    return {
        "shift: partition sum": Step(partition(N, lambda j: s[j] + c), "=", partition(N) + c),
        "shift: by half": Step(lse(N, lambda j: s[j] + c), "=", lse(N) + c / 2),
        "shift: temperature": Step(output(N, lambda j: 2 * s[j]), "=", output(N)),
        "shift: log-sum-exp scales": Step(lse(N, lambda j: 2 * s[j]), "=", 2 * lse(N)),
        "shift: oscillation changes sign": Step(
            oscillation(N, lambda j: -2 * s[j]), "=", -2 * oscillation(N, s)
        ),
        "shift: on the context only": Step(
            (exp(c) * weighted(F) + weighted(N)) / (exp(c) * partition(F) + partition(N)),
            "=",
            output(U),
        ),
    }


def fubini() -> dict[str, Step]:
    return {
        "fubini: groups forget their j": Step(
            sum_over(N, lambda j: cardinality(a.group(j)), "j"), "=", m
        ),
        "fubini: all of F for every j": Step(
            sum_over(F, lambda t: x[t] * y[a(t)], "t"),
            "=",
            sum_over(N, lambda j: sum_over(F, lambda t: x[t] * y[j], "t"), "j"),
        ),
        "fubini: a is onto": Step(sum_over(F, lambda t: x[a(t)], "t"), "=", sum_over(N, x, "j")),
        "fubini: the representative's logit": Step(
            sum_over(F, lambda t: exp(s[t]) * v[a(t)], "t"),
            "=",
            sum_over(F, lambda t: exp(s[a(t)]) * v[a(t)], "t"),
        ),
        "fubini: product of sums": Step(
            sum_over(N, lambda j: x[j] * y[j], "j"), "=", sum_over(N, x, "j") * sum_over(N, y, "j")
        ),
        "fubini: the fibre's token for its cluster": Step(
            sum_over(F, lambda t: x[t], "t"),
            "=",
            sum_over(N, lambda j: cardinality(a.fibre(j)) * x[j], "j"),
        ),
    }


def clustering() -> dict[str, Step]:
    return {
        "cluster: half the error": Step(output(U), "approx", grouped, alpha * delta / 2, (near,)),
        "cluster: the other mass": Step(output(U), "approx", grouped, (1 - alpha) * delta, (near,)),
        "cluster: the square": Step(output(U), "approx", grouped, alpha**2 * delta, (near,)),
        "cluster: squared residual": Step(output(U), "approx", grouped, alpha * delta**2, (near,)),
        "cluster: sign of the difference": Step(
            output(U) - grouped,
            "=",
            sum_over(F, lambda t: softmax(U, s, t) * (v[a(t)] - v[t]), "t"),
        ),
        "cluster: the normal values instead": Step(output(U), "=", output(N), given=(same_values,)),
        "cluster: the smallest residual": Step(
            norm(output(U) - grouped),
            "<=",
            alpha * min_over(F, lambda t: norm(v[t] - v[a(t)]), "t"),
            given=given_context,
        ),
    }


def exponentials() -> dict[str, Step]:
    return {
        "explse: log of a sum": Step(lse(a.group(one)), "=", s[one] + fibre_mass(one)),
        "explse: sum of the groups": Step(lse(U), "=", sum_over(N, lambda j: lse(a.group(j)), "j")),
        "explse: the coefficients without j": Step(
            sum_over(N, lambda j: fibre_mass(j) / partition(U), "j"), "=", 1
        ),
        "explse: logits of the representatives": Step(grouped, "=", output(N)),
        "explse: over N": Step(coefficient(one), "=", exp(lse(a.group(one))) / partition(N)),
        "explse: ill-defined fibre": Step(
            exp(lse(a.group(one))), "=", exp(s[one]) + exp(lse(a.fibre(one)))
        ),
    }


def online() -> dict[str, Step]:
    both = Max(top(F), top(N))
    return {
        "online: no rescaling": Step(
            output(U),
            "=",
            (rest(F) * output(F) + rest(N) * output(N)) / (rest(F) + rest(N)),
            given=given_context,
        ),
        "online: maxima add": Step(top(U), "=", top(F) + top(N), given=given_context),
        "online: one part is not rescaled": Step(
            lse(U),
            "=",
            both + log(exp(top(F) - both) * rest(F) + rest(N)),
            given=given_context,
        ),
        "online: ill-defined merge": Step(
            output(U),
            "=",
            exp(lse(F) - lse(U)) * output(F) + exp(lse(N) - lse(U)) * output(N),
        ),
        "online: ill-defined last token": Step(
            lse(N), "=", log(exp(lse(N.without(one))) + exp(s[one]))
        ),
        "online: at most n/2": Step(rest(N), "<=", (n + 1) / 2),
    }


def masks() -> dict[str, Step]:
    return {
        "mask: the whole set's mass": Step(
            output(F | C),
            "=",
            alpha * output(F) + (1 - alpha) * output(C),
            given=given_context,
        ),
        "mask: masks do nothing": Step(output(F | C), "=", output(U)),
        "mask: log-sum-exp": Step(lse(N), "<=", lse(C)),
        "mask: the same mass": Step(alpha_C, "=", alpha),
        "mask: diameter": Step(diameter(N, v), "<=", diameter(C, v)),
        "mask: residual stream": Step(
            (r + output(F | C)) - output(C),
            "=",
            alpha_C * (output(F) - output(C)),
            given=given_context,
        ),
        "mask: a mean over a part": Step(norm(output(C) - output(N)), "<=", alpha * diameter(N, v)),
    }


def degenerate() -> dict[str, Step]:
    return {
        "degenerate: ill-defined maximum": Step(top(F), "<=", top(U)),
        "degenerate: ill-defined log-sum-exp": Step(lse(F), "<=", lse(U)),
        "degenerate: some context": Step(1, "<=", m),
        "degenerate: the image is everything": Step(cardinality(a.range), "=", n),
        "degenerate: singletons everywhere": Step(
            sum_over(N, lambda j: exp(s[j]) / partition(a.group(j)), "j"), "=", n
        ),
        "degenerate: distinct tokens": Step(2, "<=", n),
        "degenerate: two tokens": Step(s[one], "=", s[other]),
        "degenerate: ill-defined weights": Step(
            sum_over(F, lambda t: exp(s[t]), "t") / partition(F), "=", 1
        ),
        "degenerate: ill-defined winner": Step(
            log_sum_exp(a.fibre(one), s), "<=", max_over(a.fibre(one), s) + log(m)
        ),
        "degenerate: constant": Step(oscillation(N, s), "=", 0),
    }


FAMILIES = (split, convex, shift, fubini, clustering, exponentials, online, masks, degenerate)
