"""Shorthand of the further steps, beside that of `transcription`."""

from __future__ import annotations

from sympy import Basic, Expr

from derivations.language import (
    Abs,
    MapSetSum,
    Rational,
    at_most,
    cardinality,
    equal,
    exp,
    for_all,
    inner,
    less,
    linear_map,
    max_over,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    sum_over,
    there_is,
    vector,
)
from derivations.language.linear import LinearMap
from derivations.language.sets import SetExpr
from tests.steps.transcription import (
    F,
    Indexed,
    N,
    a,
    coefficient,
    eta,
    has_context,
    k,
    mu,
    s,
    s_prime,
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


def dot(query: Expr) -> Indexed:
    return lambda j: inner(query, k[j])


def top(domain: SetExpr) -> Expr:
    return max_over(domain, s, "i")


def rest(domain: SetExpr) -> Expr:
    """ℓ_S."""
    return sum_over(domain, lambda j: exp(s[j] - top(domain)), "i")


def loss(linear: LinearMap) -> Expr:
    return Rational(1, 2) * sum_over(F, lambda t: norm(linear(k[t]) - v[t]) ** 2, "t")


gradient = MapSetSum(outer(W(k[t]) - v[t], k[t]), t, F)
stepped = W - step_size * gradient
P = projection_off(u)
direction = (less(0, inner(u, u)),)
below = (for_all(t, F, at_most(s[t], eta)), there_is(w, N, at_most(mu, s[w])))
given_context = (has_context,)
