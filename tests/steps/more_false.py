"""Further false steps of the seventeen families: each is plausible and each fails somewhere.

The conventions are those of `transcription`; a step whose only fault is that a side has no value
for some admissible data is marked "ill-defined" in its name.
"""

from __future__ import annotations

from sympy import Basic, Expr

from derivations.language import (
    Abs,
    MapSetSum,
    Max,
    Rational,
    at_most,
    cardinality,
    diameter,
    exp,
    for_all,
    inner,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    min_over,
    norm,
    oscillation,
    outer,
    scalar,
    softmax,
    softmax_mean,
    sqrt,
    sum_over,
    tanh,
    there_is,
)
from tests.steps.more_true import (
    P,
    below,
    direction,
    dot,
    fibre_mass,
    gradient,
    grouped,
    loss,
    moved,
    one,
    other,
    p,
    p_prime,
    r,
    rest,
    same_values,
    stepped,
    top,
    total_variation,
    weighted,
    x,
    y,
)
from tests.steps.transcription import (
    C,
    D,
    F,
    N,
    Step,
    U,
    a,
    alpha,
    alpha_C,
    coefficient,
    delta,
    entropy,
    eta,
    has_context,
    i,
    k,
    largest_group,
    lse,
    margins,
    mu,
    near,
    output,
    partition,
    q,
    q_0,
    s,
    s_prime,
    sigmoid,
    step_size,
    t,
    u,
    v,
)

c = scalar("c")
W = linear_map("W")
n, m = cardinality(N), cardinality(F)
given_context = (has_context,)


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
            norm(output(U) - output(N)), "=", alpha * norm(output(F) + output(N)),
            given=given_context,
        ),
        "convex: the square of the mass": Step(
            norm(output(U) - output(N)), "<=", alpha**2 * norm(output(F) - output(N)),
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
        "cluster: the other mass": Step(
            output(U), "approx", grouped, (1 - alpha) * delta, (near,)
        ),
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
        "explse: log of a sum": Step(
            lse(a.group(one)), "=", s[one] + fibre_mass(one)
        ),
        "explse: sum of the groups": Step(
            lse(U), "=", sum_over(N, lambda j: lse(a.group(j)), "j")
        ),
        "explse: the coefficients without j": Step(
            sum_over(N, lambda j: fibre_mass(j) / partition(U), "j"), "=", 1
        ),
        "explse: logits of the representatives": Step(grouped, "=", output(N)),
        "explse: over N": Step(coefficient(one), "=", exp(lse(a.group(one))) / partition(N)),
        "explse: ill-defined fibre": Step(
            exp(lse(a.group(one))), "=", exp(s[one]) + exp(lse(a.fibre(one)))
        ),
    }


def margin() -> dict[str, Step]:
    gamma, winner = scalar("gamma"), N.index("w")
    behind = (
        for_all(i, N.without(winner), at_most(s[i], s[winner] - gamma)),
        at_most(0, gamma),
    )
    return {
        "lse-margin: at most the maximum": Step(lse(N), "<=", top(N)),
        "lse-margin: one loser too few": Step(
            lse(N), "<=", s[winner] + log(1 + (n - 1) * exp(-gamma) / 2), given=behind
        ),
        "lse-margin: equality": Step(
            lse(N), "=", s[winner] + log(1 + (n - 1) * exp(-gamma)), given=behind
        ),
        "lse-margin: twice the margin": Step(
            lse(N), "<=", s[winner] + log(1 + (n - 1) * exp(-2 * gamma)), given=behind
        ),
        "lse-margin: log n is reached": Step(top(N) + log(n), "<=", lse(N)),
        "lse-margin: no margin": Step(
            lse(N),
            "<=",
            s[winner] + log(1 + (n - 1) * exp(-gamma)),
            given=(at_most(0, gamma),),
        ),
        "lse-margin: half of log n": Step(lse(N), "<=", top(N) + log(n) / 2),
    }


def stability() -> dict[str, Step]:
    return {
        "stability: an eighth": Step(total_variation, "<=", tanh(moved / 8)),
        "stability: a fifth": Step(total_variation, "<=", tanh(moved / 5)),
        "stability: the mean, an eighth": Step(
            norm(output(N) - output(N, s_prime)), "<=", D * moved / 8
        ),
        "stability: half the ratio": Step(p(one), "<=", exp(moved / 2) * p_prime(one)),
        "stability: ratio by the largest change": Step(
            p(one),
            "<=",
            exp(max_over(N, lambda j: s[j] - s_prime[j], "j")) * p_prime(one),
        ),
        "stability: reversed": Step(tanh(moved / 4), "<=", total_variation),
        "stability: the largest change alone": Step(
            total_variation,
            "<=",
            tanh(max_over(N, lambda j: Abs(s_prime[j] - s[j]), "j") / 4),
        ),
        "stability: half the spread": Step(
            norm(output(N) - output(N, s_prime)), "<=", D * total_variation / 2
        ),
        "stability: signed log-sum-exp": Step(
            lse(N) - lse(N, s_prime), "<=", min_over(N, lambda j: s[j] - s_prime[j], "j")
        ),
    }


def end_to_end() -> dict[str, Step]:
    error = norm(output(U) - output(N))
    root = sqrt(largest_group)
    return {
        "endtoend: the residual alone": Step(error, "<=", alpha * delta, given=(near, margins)),
        "endtoend: an eighth": Step(
            error, "<=", D * tanh(log(largest_group) / 8), given=(same_values, margins)
        ),
        "endtoend: no margins": Step(
            error, "<=", D * tanh(log(largest_group) / 4), given=(same_values,)
        ),
        "endtoend: no clustering": Step(
            error, "<=", D * tanh(log(largest_group) / 4), given=(margins,)
        ),
        "endtoend: half the root": Step(
            error, "<=", D * (root - 1) / (2 * (root + 1)), given=(same_values, margins)
        ),
        "endtoend: exact": Step(output(U), "=", output(N), given=(same_values, margins)),
    }


def gibbs() -> dict[str, Step]:
    reference = sum_over(N, lambda j: p_prime(j) * s[j], "j") + entropy(N, p_prime)
    divergence = sum_over(N, lambda j: p(j) * log(p(j) / p_prime(j)), "j")
    return {
        "gibbs: reversed": Step(lse(N), "<=", reference),
        "gibbs: twice the entropy": Step(reference + entropy(N, p_prime), "<=", lse(N)),
        "gibbs: uniform always": Step(log(n), "<=", entropy(N, p)),
        "gibbs: divergence is symmetric": Step(
            divergence, "=", sum_over(N, lambda j: p_prime(j) * log(p_prime(j) / p(j)), "j")
        ),
        "gibbs: divergence is negative": Step(divergence, "<=", 0),
        "gibbs: the mean is the maximum": Step(
            top(N), "<=", sum_over(N, lambda j: p(j) * s[j], "j")
        ),
    }


def mean_key() -> dict[str, Step]:
    mean = sum_over(F, k, "t") / m
    return {
        "meankey: equality": Step(
            lse(F, dot(q)), "=", log(m) + inner(q, mean), given=given_context
        ),
        "meankey: without the count": Step(lse(F, dot(q)), "<=", inner(q, mean) + 1,
            given=given_context),
        "meankey: the sum of the keys": Step(
            log(m) + inner(q, sum_over(F, k, "t")), "<=", lse(F, dot(q)), given=given_context
        ),
        "meankey: the slope at the other query": Step(
            lse(F, dot(q)) - lse(F, dot(q_0)),
            "<=",
            inner(q - q_0, softmax_mean(F, dot(q_0), k, "t")),
            given=given_context,
        ),
        "meankey: mean at least the largest": Step(
            max_over(F, dot(q), "t"), "<=", inner(q, mean), given=given_context
        ),
        "meankey: ill-defined mean": Step(
            log(m) + inner(q, mean), "<=", lse(F, dot(q))
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
        "mask: a mean over a part": Step(
            norm(output(C) - output(N)), "<=", alpha * diameter(N, v)
        ),
    }


def linear_descent() -> dict[str, Step]:
    residual = sum_over(F, lambda t: inner(k[t], q) * (W(k[t]) - v[t]), "t")
    trace = sum_over(F, lambda t: norm(k[t]) ** 2, "t")
    return {
        "lingd: ascent": Step(stepped(q), "=", W(q) + step_size * residual),
        "lingd: any step": Step(loss(stepped), "<=", loss(W), given=(at_most(0, step_size),)),
        "lingd: values for keys": Step(
            stepped(q),
            "=",
            W(q) - step_size * sum_over(F, lambda t: inner(v[t], q) * (W(k[t]) - v[t]), "t"),
        ),
        "lingd: four times the step": Step(
            loss(stepped),
            "<=",
            loss(W),
            given=(at_most(0, step_size), at_most(step_size * trace, 4)),
        ),
        "lingd: transposed": Step(
            (W - step_size * MapSetSum(outer(k[t], W(k[t]) - v[t]), t, F))(q),
            "=",
            W(q) - step_size * residual,
        ),
        "lingd: first order only": Step(
            loss(stepped),
            "=",
            loss(W) - step_size * sum_over(F, lambda t: inner(W(k[t]) - v[t], gradient(k[t])), "t"),
        ),
    }


def projections() -> dict[str, Step]:
    key = k[one]
    return {
        "wk-proj: changes nothing": Step(P(key), "=", key, given=direction),
        "wk-proj: the query does not see it": Step(
            inner(q, P(key)), "=", inner(q, key), given=direction
        ),
        "wk-proj: ill-defined idempotence": Step(P(P(key)), "=", P(key)),
        "wk-proj: ill-defined at u itself": Step(P(u), "=", 0 * u),
        "wk-proj: longer": Step(norm(key), "<=", norm(P(key)), given=direction),
        "wk-proj: unit direction": Step(
            P(key), "=", key - inner(u, key) * u, given=direction
        ),
        "wk-proj: along u": Step(P(key + c * u), "=", P(key) + c * u, given=direction),
        "wk-proj: two products": Step(
            inner(P(q), P(key)), "=", inner(q, key), given=direction
        ),
        "wk-proj: a shift by a token": Step(
            output(N, lambda j: inner(q, k[j] + k[other])), "=", output(N, lambda j: inner(q, 2 * k[j]))
        ),
    }


def irrelevant() -> dict[str, Step]:
    return {
        "irrelevant: one token's worth": Step(
            alpha, "<=", exp(eta) / (exp(eta) + exp(mu)), given=below
        ),
        "irrelevant: all normal tokens count": Step(
            alpha, "<=", m * exp(eta) / (m * exp(eta) + n * exp(mu)), given=below
        ),
        "irrelevant: no gap": Step(
            alpha,
            "<=",
            Rational(1, 2),
            given=(below[0], there_is(i, N, at_most(eta, s[i]))),
        ),
        "irrelevant: lower bound": Step(
            m * exp(eta) / (m * exp(eta) + exp(mu)), "<=", alpha, given=below
        ),
        "irrelevant: orthogonal keys": Step(
            output(U, dot(q)),
            "=",
            output(N, dot(q)),
            given=(for_all(t, F, at_most(inner(q, k[t]), 0)),),
        ),
        "irrelevant: the wrong quantifier": Step(
            alpha,
            "<=",
            m * exp(eta) / (m * exp(eta) + exp(mu)),
            given=(there_is(t, F, at_most(s[t], eta)), there_is(i, N, at_most(mu, s[i]))),
        ),
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


FAMILIES = (
    *(split, convex, shift, fubini, clustering, exponentials, margin, stability, end_to_end),
    *(gibbs, mean_key, online, masks, linear_descent, projections, irrelevant, degenerate),
)


def steps() -> dict[str, Step]:
    """Every further false step, by name."""
    return {name: step for family in FAMILIES for name, step in family().items()}
