"""Further true steps about bounds and maps: margins, stability, entropy, projections.

The conventions are those of `transcription`: F may be empty, a: F → N is arbitrary.
"""

from __future__ import annotations

from derivations.language import (
    Abs,
    MapSetSum,
    Min,
    Rational,
    at_most,
    cardinality,
    diameter,
    equal,
    exp,
    for_all,
    inner,
    log,
    max_over,
    norm,
    outer,
    scalar,
    softmax,
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
    gradient,
    loss,
    m,
    moved,
    n,
    one,
    p,
    p_prime,
    r,
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
    a,
    alpha,
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
    q,
    q_0,
    s,
    s_prime,
    step_size,
    t,
    u,
    v,
    w,
    weights,
)


def margin() -> dict[str, Step]:
    gamma, winner = scalar("gamma"), N.index("w")
    behind = for_all(i, N.without(winner), at_most(s[i], s[winner] - gamma))
    return {
        "lse-margin: at least the maximum": Step(top(N), "<=", lse(N)),
        "lse-margin: at most log n above": Step(lse(N), "<=", top(N) + log(n)),
        "lse-margin: at least every logit": Step(s[one], "<=", lse(N)),
        "lse-margin: linear": Step(
            lse(N), "<=", s[winner] + (n - 1) * exp(-gamma), given=(behind,)
        ),
        "lse-margin: from below": Step(
            s[winner] + log(1 + exp(-gamma)),
            "<=",
            lse(N),
            given=(there_is(i, N.without(winner), at_most(s[winner] - gamma, s[i])),),
        ),
        "lse-margin: ties": Step(lse(N), "=", c + log(n), given=(for_all(i, N, equal(s[i], c)),)),
        "lse-margin: the winner's share": Step(
            1 / (1 + (n - 1) * exp(-gamma)), "<=", softmax(N, s, winner), given=(behind,)
        ),
        "lse-margin: a group of a clear winner": Step(
            lse(a.group(one)) - s[one],
            "<=",
            log(cardinality(a.group(one))),
            given=(for_all(t, a.fibre(one), at_most(s[t], s[one])),),
        ),
    }


def stability() -> dict[str, Step]:
    return {
        "stability: total variation": Step(total_variation, "<=", tanh(moved / 4)),
        "stability: ℓ1": Step(2 * total_variation, "<=", 2 * tanh(moved / 4)),
        "stability: the mean moves": Step(
            norm(output(N) - output(N, s_prime)), "<=", D * tanh(moved / 4)
        ),
        "stability: linear in the oscillation": Step(total_variation, "<=", moved / 4),
        "stability: ratio": Step(p(one), "<=", exp(moved) * p_prime(one)),
        "stability: ratio from below": Step(exp(-moved) * p_prime(one), "<=", p(one)),
        "stability: at most one": Step(total_variation, "<=", 1),
        "stability: log-sum-exp, one side": Step(
            lse(N) - lse(N, s_prime), "<=", max_over(N, lambda j: s[j] - s_prime[j], "j")
        ),
        "stability: log-sum-exp": Step(
            Abs(lse(N) - lse(N, s_prime)),
            "<=",
            max_over(N, lambda j: Abs(s[j] - s_prime[j]), "j"),
        ),
        "stability: by the largest change": Step(
            total_variation,
            "<=",
            tanh(max_over(N, lambda j: Abs(s_prime[j] - s[j]), "j") / 2),
        ),
        "stability: the oscillation is the larger": Step(D * tanh(moved / 4), "<=", D * moved / 4),
        "stability: log ratio": Step(log(p(one) / p_prime(one)), "<=", moved),
    }


def end_to_end() -> dict[str, Step]:
    root = sqrt(largest_group)
    error = norm(output(U) - output(N))
    return {
        "endtoend: with residual": Step(
            error, "<=", alpha * delta + D * tanh(log(largest_group) / 4), given=(near, margins)
        ),
        "endtoend: the root form": Step(
            error, "<=", D * (root - 1) / (root + 1), given=(same_values, margins)
        ),
        "endtoend: the mass": Step(error, "<=", alpha * delta + alpha * D, given=(near,)),
        "endtoend: the better of two": Step(
            error,
            "<=",
            alpha * delta + D * Min(alpha, (root - 1) / (root + 1)),
            given=(near, margins),
        ),
        "endtoend: the two forms agree": Step(
            tanh(log(largest_group) / 4), "=", (root - 1) / (root + 1)
        ),
    }


def gibbs() -> dict[str, Step]:
    return {
        "gibbs: equality": Step(
            lse(U),
            "=",
            sum_over(U, lambda j: softmax(U, s, j) * s[j], "i") + entropy(U, weights(U)),
        ),
        "gibbs: entropy at most log n": Step(entropy(N, p), "<=", log(n)),
        "gibbs: entropy at least 0": Step(0, "<=", entropy(N, p)),
        "gibbs: the mean logit": Step(sum_over(N, lambda j: p(j) * s[j], "j"), "<=", lse(N)),
        "gibbs: divergence": Step(
            0, "<=", sum_over(N, lambda j: p(j) * log(p(j) / p_prime(j)), "j")
        ),
        "gibbs: divergence in closed form": Step(
            sum_over(N, lambda j: p(j) * log(p(j) / p_prime(j)), "j"),
            "=",
            sum_over(N, lambda j: p(j) * (s[j] - s_prime[j]), "j") + lse(N, s_prime) - lse(N),
        ),
        "gibbs: a mean is at most the maximum": Step(
            sum_over(N, lambda j: p(j) * s[j], "j"), "<=", top(N)
        ),
    }


def mean_key() -> dict[str, Step]:
    given = (has_context,)
    mean = sum_over(F, k, "t") / m
    slope = softmax_mean(F, dot(q_0), k, "t")
    return {
        "meankey: tangent": Step(
            lse(F, dot(q_0)) + inner(q - q_0, slope), "<=", lse(F, dot(q)), given=given
        ),
        "meankey: mean logit": Step(inner(q, mean), "=", sum_over(F, dot(q), "t") / m, given=given),
        "meankey: mean at most the largest": Step(
            inner(q, mean), "<=", max_over(F, dot(q), "t"), given=given
        ),
        "meankey: equal keys": Step(
            lse(F, dot(q)),
            "=",
            inner(q, r) + log(m),
            given=(has_context, for_all(t, F, equal(k[t], r))),
        ),
        "meankey: from above": Step(
            lse(F, dot(q)) - lse(F, dot(q_0)),
            "<=",
            inner(q - q_0, softmax_mean(F, dot(q), k, "t")),
            given=given,
        ),
        "meankey: convex": Step(
            lse(F, lambda t: (inner(q, k[t]) + inner(q_0, k[t])) / 2),
            "<=",
            (lse(F, dot(q)) + lse(F, dot(q_0))) / 2,
            given=given,
        ),
    }


def linear_descent() -> dict[str, Step]:
    residual = sum_over(F, lambda t: inner(k[t], q) * (W(k[t]) - v[t]), "t")
    return {
        "lingd: one step on a query": Step(stepped(q), "=", W(q) - step_size * residual),
        "lingd: nothing to learn": Step(
            stepped(q), "=", W(q), given=(for_all(t, F, equal(W(k[t]), v[t])),)
        ),
        "lingd: loss at least 0": Step(0, "<=", loss(W)),
        "lingd: expansion": Step(
            loss(stepped),
            "=",
            loss(W)
            - step_size * sum_over(F, lambda t: inner(W(k[t]) - v[t], gradient(k[t])), "t")
            + step_size**2 / 2 * sum_over(F, lambda t: norm(gradient(k[t])) ** 2, "t"),
        ),
        "lingd: no loss": Step(loss(W), "=", 0, given=(for_all(t, F, equal(W(k[t]), v[t])),)),
        "lingd: from the origin": Step(
            (W - W - step_size * MapSetSum(outer(-v[t], k[t]), t, F))(q),
            "=",
            step_size * sum_over(F, lambda t: inner(k[t], q) * v[t], "t"),
        ),
    }


def projections() -> dict[str, Step]:
    key = k[one]
    return {
        "wk-proj: orthogonal": Step(inner(P(key), u), "=", 0, given=direction),
        "wk-proj: shorter": Step(norm(P(key)), "<=", norm(key), given=direction),
        "wk-proj: symmetric": Step(inner(q, P(key)), "=", inner(P(q), key), given=direction),
        "wk-proj: kills u": Step(P(u), "=", 0 * u, given=direction),
        "wk-proj: written out": Step(
            P(key), "=", key - inner(u, key) / inner(u, u) * u, given=direction
        ),
        "wk-proj: Pythagoras": Step(
            norm(key) ** 2,
            "=",
            norm(P(key)) ** 2 + inner(u, key) ** 2 / inner(u, u),
            given=direction,
        ),
        "wk-proj: an orthogonal query sees nothing": Step(
            output(N, lambda j: inner(q, P(k[j]))),
            "=",
            output(N, dot(q)),
            given=(*direction, equal(inner(q, u), 0)),
        ),
        "wk-proj: a common key shift": Step(
            output(N, lambda j: inner(q, k[j] + u)), "=", output(N, dot(q))
        ),
        "wk-proj: along u": Step(P(key + c * u), "=", P(key), given=direction),
        "wk-proj: rank-one change of the map": Step(
            inner(q, (W + outer(u, r))(key)),
            "=",
            inner(q, W(key)) + inner(q, u) * inner(r, key),
        ),
    }


def irrelevant() -> dict[str, Step]:
    return {
        "irrelevant: mass": Step(alpha, "<=", m * exp(eta) / (m * exp(eta) + exp(mu)), given=below),
        "irrelevant: mass, with the maximum": Step(
            alpha,
            "<=",
            m * exp(eta) / (m * exp(eta) + exp(top(N))),
            given=(below[0],),
        ),
        "irrelevant: gap": Step(alpha, "<=", m * exp(eta - mu), given=below),
        "irrelevant: all logits zero": Step(
            alpha, "=", m / (m + n), given=(for_all(i, U, equal(s[i], 0)),)
        ),
        "irrelevant: a gap of log m": Step(
            alpha,
            "<=",
            Rational(1, 2),
            given=(has_context, below[0], there_is(w, N, at_most(eta + log(m), s[w]))),
        ),
        "irrelevant: from below": Step(
            m * exp(eta) / (m * exp(eta) + n * exp(mu)),
            "<=",
            alpha,
            given=(
                for_all(t, F, at_most(eta, s[t])),
                for_all(i, N, at_most(s[i], mu)),
            ),
        ),
        "irrelevant: update": Step(
            norm(output(U) - output(N)),
            "<=",
            m * exp(eta) / (m * exp(eta) + exp(mu)) * diameter(U, v),
            given=below,
        ),
    }


FAMILIES = (margin, stability, end_to_end, gibbs, mean_key, linear_descent, projections, irrelevant)
