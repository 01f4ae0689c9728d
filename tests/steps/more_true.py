"""Further true steps of the seventeen families, varied as an examiner would vary them.

Other forms, sets, constants and prefixes than the thirty of `transcription`; the conventions are
the same: F may be empty unless the step says otherwise, a: F → N is arbitrary, C ⊆ N has a member.
"""

from __future__ import annotations

from sympy import Basic, Expr

from derivations.language import (
    Abs,
    MapSetSum,
    Max,
    Min,
    Rational,
    Singleton,
    at_most,
    cardinality,
    diameter,
    equal,
    exp,
    for_all,
    inner,
    less,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    min_over,
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
)
from derivations.language.sets import SetExpr
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
    w,
    weights,
)

c, x, y = scalar("c"), scalars("x"), scalars("y")
r = vector("r")
W = linear_map("W")
p, p_prime = weights(N), weights(N, s_prime)
n, m = cardinality(N), cardinality(F)
total_variation = sum_over(N, lambda j: Abs(p(j) - p_prime(j)), "j") / 2
moved = oscillation(N, lambda j: s_prime[j] - s[j])
grouped = sum_over(N, lambda j: coefficient(j) * v[j], "j")
same_values = for_all(t, F, equal(v[t], v[a(t)]))
one, other = N.index("i"), N.index("l")


def weighted(domain: SetExpr) -> Expr:
    return sum_over(domain, lambda j: exp(s[j]) * v[j], "i")


def fibre_mass(j: Basic) -> Expr:
    return sum_over(a.fibre(j), lambda t: exp(s[t]), "t")


def dot(query: Expr):
    return lambda j: inner(query, k[j])


def top(domain: SetExpr) -> Expr:
    return max_over(domain, s, "i")


def rest(domain: SetExpr) -> Expr:
    """ℓ_S."""
    return sum_over(domain, lambda j: exp(s[j] - top(domain)), "i")


def loss(linear) -> Expr:
    return Rational(1, 2) * sum_over(F, lambda t: norm(linear(k[t]) - v[t]) ** 2, "t")


gradient = MapSetSum(outer(W(k[t]) - v[t], k[t]), t, F)
stepped = W - step_size * gradient
P = projection_off(u)
direction = (less(0, inner(u, u)),)
below = (for_all(t, F, at_most(s[t], eta)), there_is(w, N, at_most(mu, s[w])))


def split() -> dict[str, Step]:
    return {
        "split: the partition sum": Step(partition(U), "=", partition(F) + partition(N)),
        "split: one quotient": Step(
            output(U), "=", (weighted(F) + weighted(N)) / (partition(F) + partition(N))
        ),
        "split: a part is at most the whole": Step(partition(N), "<=", partition(U)),
        "split: log of the whole": Step(
            lse(U), "=", lse(N) + log(1 + partition(F) / partition(N))
        ),
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
        "shift: by the maximum": Step(
            output(U, lambda j: s[j] - top(U)), "=", output(U)
        ),
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
        "explse: a coefficient": Step(
            coefficient(one), "=", exp(z(one)) / partition(U)
        ),
        "explse: the coefficients add up": Step(sum_over(N, coefficient, "j"), "=", 1),
        "explse: softmax of log-sum-exp": Step(grouped, "=", softmax_mean(N, z, v)),
        "explse: two parts": Step(
            lse(U), "=", log(exp(lse(F)) + exp(lse(N))), given=(has_context,)
        ),
        "explse: a softmax weight": Step(softmax(N, s, one), "=", exp(s[one] - lse(N))),
        "explse: nested": Step(lse(U), "=", log_sum_exp(N, z)),
    }


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
        "lse-margin: ties": Step(
            lse(N), "=", c + log(n), given=(for_all(i, N, equal(s[i], c)),)
        ),
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
        "stability: the oscillation is the larger": Step(
            D * tanh(moved / 4), "<=", D * moved / 4
        ),
        "stability: log ratio": Step(
            log(p(one) / p_prime(one)), "<=", moved
        ),
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
            lse(U), "=", sum_over(U, lambda j: softmax(U, s, j) * s[j], "i") + entropy(U, weights(U))
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
        "meankey: mean logit": Step(
            inner(q, mean), "=", sum_over(F, dot(q), "t") / m, given=given
        ),
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
            (
                exp(top(F) - both) * rest(F) * output(F)
                + exp(top(N) - both) * rest(N) * output(N)
            )
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
        "mask: distance": Step(
            norm(output(F | C) - output(C)), "<=", alpha_C * diameter(F | C, v)
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
            - step_size
            * sum_over(F, lambda t: inner(W(k[t]) - v[t], gradient(k[t])), "t")
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
        "irrelevant: mass": Step(
            alpha, "<=", m * exp(eta) / (m * exp(eta) + exp(mu)), given=below
        ),
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
        "degenerate: equal values": Step(
            output(U), "=", r, given=(for_all(i, U, equal(v[i], r)),)
        ),
    }


FAMILIES = (
    *(split, convex, shift, fubini, clustering, exponentials, margin, stability, end_to_end),
    *(gibbs, mean_key, online, masks, linear_descent, projections, irrelevant, degenerate),
)


def steps() -> dict[str, Step]:
    """Every further true step, by name."""
    return {name: step for family in FAMILIES for name, step in family().items()}
