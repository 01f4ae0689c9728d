"""Further false steps about bounds and maps; each is plausible and fails somewhere.

The conventions are those of `transcription`: F may be empty, a: F → N is arbitrary.
A step whose only fault is that a side can have no value says "ill-defined" in its name.
"""

from __future__ import annotations

from derivations.language import (
    Abs,
    MapSetSum,
    Rational,
    at_most,
    exp,
    for_all,
    inner,
    log,
    max_over,
    min_over,
    norm,
    outer,
    scalar,
    softmax_mean,
    sqrt,
    sum_over,
    tanh,
    there_is,
)
from tests.steps.shorthand import (
    P,
    W,
    below,
    c,
    direction,
    dot,
    given_context,
    gradient,
    loss,
    m,
    moved,
    n,
    one,
    other,
    p,
    p_prime,
    same_values,
    stepped,
    top,
    total_variation,
)
from tests.steps.transcription import (
    D,
    F,
    N,
    Step,
    U,
    alpha,
    delta,
    entropy,
    eta,
    i,
    k,
    largest_group,
    lse,
    margins,
    mu,
    near,
    output,
    q,
    q_0,
    s,
    s_prime,
    step_size,
    t,
    u,
    v,
)


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
        "meankey: without the count": Step(
            lse(F, dot(q)), "<=", inner(q, mean) + 1, given=given_context
        ),
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
        "meankey: ill-defined mean": Step(log(m) + inner(q, mean), "<=", lse(F, dot(q))),
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
        "wk-proj: unit direction": Step(P(key), "=", key - inner(u, key) * u, given=direction),
        "wk-proj: along u": Step(P(key + c * u), "=", P(key) + c * u, given=direction),
        "wk-proj: two products": Step(inner(P(q), P(key)), "=", inner(q, key), given=direction),
        "wk-proj: a shift by a token": Step(
            output(N, lambda j: inner(q, k[j] + k[other])),
            "=",
            output(N, lambda j: inner(q, 2 * k[j])),
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


FAMILIES = (margin, stability, end_to_end, gibbs, mean_key, linear_descent, projections, irrelevant)
