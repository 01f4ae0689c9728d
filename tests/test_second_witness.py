"""The second witness: agrees with true equalities, disagrees with false ones, admits the rest."""

import subprocess
import sys
import time

import pytest
from sympy import Abs, E, Max, Rational, Symbol, exp, log, sqrt, tanh

from derivations.language import (
    at_most,
    attention,
    cardinality,
    cluster_map,
    equal,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    linear_map,
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
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.propositions import Empty
from derivations.language.statements import state
from derivations.second_witness import second_witness
from derivations.transformations import (
    cluster,
    fold_logsumexp,
    group,
    key_weights,
    max_for_logsumexp,
    split,
    winner_keys,
)
from derivations.verdicts import SecondWitness
from tests.transformations.evaluation import World, distance

AGREES, DISAGREES = SecondWitness.AGREES, SecondWitness.DISAGREES
NOT_APPLICABLE, NOT_RUN = SecondWitness.NOT_APPLICABLE, SecondWitness.NOT_RUN

F, N = index_sets("F", "N", nonempty="N")
C = index_set("C", nonempty=True, subset_of=N)
U = F | N
a = cluster_map("a", F, N)
s, r, x, g = scalars("s"), scalars("r"), scalars("x"), scalars("g")
v, u, k, e = vectors("v"), vectors("u"), vectors("k"), vectors("e")
q, p = vector("q"), vector("p")
t, j = index("t"), index("j")
c, delta = scalar("c"), scalar("delta")
i = N.index("i")
W, W_Q, W_K, W_V = (linear_map(name) for name in ("W'", "W_Q", "W_K", "W_V"))


def Z(A, f=s):
    return sum_over(A, lambda t: exp(f(t)))


def V(A, f=s, y=v):
    return sum_over(A, lambda t: exp(f(t)) * y(t))


def o(A, f=s):
    return softmax_mean(A, f, v)


def L(A, f=s):
    return log_sum_exp(A, f)


inhabited = [non_empty(F)]
clustered = [for_all(t, F, equal(v[t], v[a(t)]))]
alpha = Z(F) / (Z(F) + Z(N))
alpha_C = Z(F) / (Z(F) + Z(C))
sigma = lambda y: 1 / (1 + exp(-y))  # noqa: E731
at_cluster = sum_over(F, lambda t: exp(s(t)) * v(a(t)))
groups = lambda y: sum_over(N, lambda j: Z(a.group(j)) * y(j))  # noqa: E731
weights = sum_over(N, lambda j: Z(a.group(j)))
entropy = lambda A: -sum_over(A, lambda t: softmax(A, s, t) * log(softmax(A, s, t)))  # noqa: E731
M = Max(max_over(F, s), max_over(N, s))
low = lambda A: sum_over(A, lambda t: exp(s(t) - max_over(A, s)))  # noqa: E731
P = projection_off(p)

# name: (left, right, hypotheses, a false right side)
STEPS = {
    "split-3": (Z(U), Z(N) * (1 + Z(F) / Z(N)), [], Z(N) * (1 - Z(F) / Z(N))),
    "split": (o(U), (V(F) + V(N)) / (Z(F) + Z(N)), [], (V(F) + V(N)) / (Z(F) - Z(N))),
    "split, set": (o(U), (V(F) + V(N)) / (Z(F) + Z(N)), [], (V(F) + V(F)) / (Z(F) + Z(N))),
    "split-4": (o(U), (V(F) + V(N)) / Z(U), inhabited, V(F) / Z(F) + V(N) / Z(N)),
    "split a subset": (Z(N), Z(C) + Z(N - C), [], Z(C) + Z(N)),
    "convex": (
        o(U),
        alpha * o(F) + (1 - alpha) * o(N),
        inhabited,
        alpha * o(N) + (1 - alpha) * o(F),
    ),
    "convex, sign": (o(U), alpha * o(F) + (1 - alpha) * o(N), inhabited, alpha * o(F) - o(N)),
    "convex, norms": (
        norm(o(U) - o(N)),
        alpha * norm(o(F) - o(N)),
        inhabited,
        (1 - alpha) * norm(o(F) - o(N)),
    ),
    "convex-8": (alpha, sigma(L(F) - L(N)), inhabited, sigma(L(N) - L(F))),
    "shift": (softmax_mean(N, lambda j: s(j) + c, v), o(N), [], 2 * o(N)),
    "shift-6": (softmax_mean(N, s, v), o(N), [], softmax_mean(N, lambda j: s(j) + g(j), v)),
    "fubini-1": (
        sum_over(F, lambda t: g[t, a(t)]),
        sum_over(N, lambda j: sum_over(a.fibre(j), lambda t: g[t, j])),
        [],
        sum_over(N, lambda j: sum_over(a.group(j), lambda t: g[t, j])),
    ),
    "fubini-5": (
        at_cluster,
        sum_over(N, lambda j: Z(a.fibre(j)) * v(j)),
        [],
        sum_over(N, lambda j: cardinality(a.fibre(j)) * exp(s(j)) * v(j)),
    ),
    "fubini, order": (
        sum_over(F, lambda t: sum_over(N, lambda j: g[t, j])),
        sum_over(N, lambda j: sum_over(F, lambda t: g[t, j])),
        [],
        sum_over(N, lambda j: sum_over(F, lambda t: g[j, t])),
    ),
    "cluster-5": (o(U), (at_cluster + V(N)) / Z(U), clustered, (at_cluster + V(N)) / Z(N)),
    "grouping": (
        (at_cluster + V(N)) / (Z(F) + Z(N)),
        groups(v) / weights,
        [],
        sum_over(N, lambda j: Z(a.fibre(j)) * v(j)) / weights,
    ),
    "grouping, index": (
        at_cluster + V(N),
        groups(v),
        [],
        sum_over(N, lambda j: sum_over(a.group(j), lambda t: exp(s(j))) * v(j)),
    ),
    "explse-3": (
        L(U),
        log(sum_over(N, lambda j: exp(L(a.group(j))))),
        [],
        log(sum_over(N, lambda j: exp(2 * L(a.group(j))))),
    ),
    "explse": (
        groups(v) / weights,
        softmax_mean(N, lambda j: L(a.group(j)), v),
        [],
        softmax_mean(N, lambda j: -L(a.group(j)), v),
    ),
    "online-2": (
        o(U),
        exp(L(F) - log(exp(L(F)) + exp(L(N)))) * o(F) + exp(L(N) - L(U)) * o(N),
        inhabited,
        exp(L(F) - L(U)) * o(F) + exp(L(N) + L(U)) * o(N),
    ),
    "online-6": (
        L(U),
        M + log(exp(max_over(F, s) - M) * low(F) + exp(max_over(N, s) - M) * low(N)),
        inhabited,
        M + log(exp(M - max_over(F, s)) * low(F) + exp(M - max_over(N, s)) * low(N)),
    ),
    "mask-2": (
        o(F | C),
        alpha_C * o(F) + (1 - alpha_C) * o(C),
        inhabited,
        alpha * o(F) + (1 - alpha) * o(C),
    ),
    "gibbs-4": (
        L(U),
        sum_over(U, lambda t: softmax(U, s, t) * s(t)) + entropy(U),
        [],
        sum_over(U, lambda t: softmax(U, s, t) * s(t)) - entropy(U),
    ),
    "wk-2": (P(P(k(i))), P(k(i)), [less(0, inner(p, p))], 2 * P(k(i))),
    "wk-8": (
        attention(N, q, k, v),
        attention(N, q, lambda j: k(j) + (outer(u(i), p) - outer(u(i), p))(k(j)), v),
        [],
        attention(N, q, lambda j: k(j) + outer(u(i), p)(k(j)), v),
    ),
    "deg-5": (
        sum_over(N, lambda j: Z(a.fibre(j)) / Z(a.group(j))),
        cardinality(N) - sum_over(N, lambda j: exp(s(j)) / Z(a.group(j))),
        [],
        cardinality(N) - sum_over(a.range, lambda j: exp(s(j)) / Z(a.group(j))),
    ),
    "lse-9": (L(U), log(Z(U)), [], max_over(U, s) + log(cardinality(U))),
    "transpose": (inner(W_Q(q), W_K(p)), inner(q, W_Q.T(W_K(p))), [], inner(q, W_Q(W_K(p)))),
    "temperature": (exp(c / 2) * exp(c / 3), exp(5 * c / 6), [], exp(c)),
    "tanh": (
        tanh(c / 2),
        (exp(c) - 1) / (exp(c) + 1),
        [],
        (exp(c) + 1) / (exp(c) - 1),
    ),
    "roots": (sqrt(Z(N) ** 2), Z(N), [], -Z(N)),
    "constants": (log(Rational(6)), log(2) + log(3), [], log(2) + log(4)),
    "power of e": (E * exp(c), exp(c + 1), [], exp(c - 1)),
    "absolute": (Abs(-Z(F)) + Abs(-c), Z(F) + Abs(c), [], -Z(F) + Abs(c)),
    "a name": (named("Z", Z(F)) + Z(N), Z(U), [], Z(U) + named("Z", Z(F))),
}


@pytest.mark.parametrize("name", STEPS)
def test_it_agrees_with_what_is_true(name):
    left, right, given, _ = STEPS[name]
    found = second_witness(state(left, "=", right, given=given))
    assert found.status is AGREES, found.reason
    assert "instances" in found.reason and "3" in found.sizes


@pytest.mark.parametrize("name", STEPS)
def test_it_disagrees_with_what_is_false(name):
    left, _, given, wrong = STEPS[name]
    found = second_witness(state(left, "=", wrong, given=given))
    assert found.status is DISAGREES, found.reason
    assert found.left != found.right and found.sizes


@pytest.mark.parametrize("name", STEPS)
def test_the_examples_are_what_they_are_called_in_numbers(name):
    left, right, given, wrong = STEPS[name]
    differs = False
    for seed in range(12):
        sizes = {"F": 1 + seed % 3, "N": 2 + seed % 2, "C": 1 + seed % 2}
        world = World(seed, sizes, ("v",) if given is clustered else ())
        values = [world.value(side) for side in (left, right, wrong)]
        assert distance(values[0], values[1]) < 1e-8
        differs |= distance(values[0], values[2]) > 1e-6
    assert differs


def test_a_disagreement_is_shown_at_the_smallest_size():
    wrong = sum_over(N, lambda j: Z(a.fibre(j)) * v(j))
    found = second_witness(state(at_cluster + V(N), "=", wrong))
    assert found.sizes.startswith("|F| = 0, |N| = 1")
    assert found.left == exp(Symbol("s_N1")) * Symbol("v_N1") and found.right == 0
    found = second_witness(state(Z(F), "=", sum_over(F, lambda t: exp(s(a(t))))))
    assert found.sizes == "|F| = 1, |N| = 1, a(F1) = N1"
    assert found.left == exp(Symbol("s_F1")) and found.right == exp(Symbol("s_N1"))


def chain(residual=None):
    query, keys, values = W_Q(e[i]), lambda t: W_K(e[t]), lambda t: W_V(e[t])
    w = winner_map("w", N, a.group, lambda t: inner(query, keys(t)))
    line, given = attention(U, query, keys, values), []
    steps = (
        split(F, N),
        cluster(a, residual),
        group(a),
        fold_logsumexp(),
        max_for_logsumexp(),
        winner_keys(w),
        key_weights(W, W_K, e),
    )
    for step in steps:
        new = step(line)
        given = [*given, *new.hypotheses]
        yield state(line, new.relation, new.expression, new.budget, given)
        line = new.expression


@pytest.mark.parametrize("residual", [None, delta], ids=["exact", "residual"])
def test_every_exact_step_of_the_main_chain(residual):
    found = [second_witness(one).status for one in chain(residual)]
    second = NOT_APPLICABLE if residual else AGREES
    assert found == [AGREES, second, AGREES, AGREES, NOT_APPLICABLE, AGREES, AGREES]


def test_a_residual_that_nothing_depends_on_does_not_hide_a_fault():
    given = [for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta)), at_most(0, delta)]
    wrong = sum_over(N, lambda j: Z(a.fibre(j)) * v(j))
    assert second_witness(state(at_cluster + V(N), "=", wrong, given=given)).status is DISAGREES


def test_the_winner_of_a_group_is_used_and_needed():
    w = winner_map("w", N, a.group, s)
    maximum = softmax_mean(N, lambda j: max_over(a.group(j), s), v)
    assert second_witness(state(maximum, "=", softmax_mean(N, s @ w, v))).status is AGREES
    assert second_witness(state(maximum, "=", softmax_mean(N, s, v))).status is DISAGREES
    other = winner_map("w", N, a.group, r)
    found = second_witness(state(maximum, "=", softmax_mean(N, s @ other, v)))
    assert found.status is DISAGREES and "w(N1)" in found.sizes


def test_equational_hypotheses_are_put_in():
    given = [equal(sum_over(N, x), 0)]
    left = sum_over(N, lambda j: (x(j) + 1) * c)
    assert second_witness(state(left, "=", c * cardinality(N), given=given)).status is AGREES
    assert second_witness(state(left, "=", c * cardinality(N))).status is DISAGREES
    assert second_witness(state(left, "=", c, given=given)).status is DISAGREES
    keys = [for_all(j, N, equal(W(e[j]), k[j]))]
    moved = inner(q, k(i)), inner(W.T(q), e(i))
    assert second_witness(state(*_eq(moved), given=keys)).status is AGREES
    assert second_witness(state(*_eq(moved))).status is DISAGREES
    unit = [equal(norm(p), 1)]
    assert second_witness(state(inner(p, p), "=", 1, given=unit)).status is AGREES
    assert second_witness(state(inner(p, p), "=", 2, given=unit)).status is DISAGREES
    flat = [for_all(t, F, equal(inner(q, k[t]), 0))]
    count = sum_over(F, lambda t: exp(inner(q, k(t))))
    assert second_witness(state(count, "=", cardinality(F), given=flat)).status is AGREES
    assert second_witness(state(count, "=", 0, given=flat)).status is DISAGREES
    swapped = [for_all(j, N, equal(s[j], c)), equal(c, 0)]
    assert second_witness(state(Z(N), "=", cardinality(N), given=swapped)).status is AGREES


def _eq(sides):
    return sides[0], "=", sides[1]


def test_an_equation_that_defines_a_symbol_of_its_own_is_left_out():
    h = scalars("h")
    wrong = sum_over(N, x), 2 * sum_over(N, x)
    defined = [for_all(j, N, equal(h[j], exp(x[j])))]
    assert second_witness(state(*_eq(wrong), given=defined)).status is DISAGREES
    # these say something about x: h_j = x_k for all j and k, and x is constant on the fibres
    both = [for_all(t, N, for_all(j, N, equal(h[j], x[t])))]
    equals = sum_over(N, x), cardinality(N) * x(i)
    assert second_witness(state(*_eq(equals), given=both)).status is AGREES
    fibres = [for_all(t, F, equal(h[a(t)], x[t]))]
    spread = (
        sum_over(F, lambda t: sum_over(a.fibre(a(t)), x)),
        sum_over(F, lambda t: x(t) * cardinality(a.fibre(a(t)))),
    )
    assert second_witness(state(*_eq(spread), given=fibres)).status is AGREES
    assert second_witness(state(*_eq(equals), given=fibres)).status is DISAGREES


def test_an_equation_that_cannot_be_put_in_hides_a_difference():
    given = [equal(Z(N), 1)]
    found = second_witness(state(o(N), "=", V(N), given=given))
    assert found.status is NOT_APPLICABLE and "could not be put in" in found.reason
    assert second_witness(state(Z(U), "=", Z(F) + Z(N), given=given)).status is AGREES


def test_empty_sets_and_sizes():
    assert second_witness(state(o(U), "=", o(N), given=[Empty(F)])).status is AGREES
    assert second_witness(state(o(U), "=", o(N))).status is DISAGREES
    one = [equal(cardinality(N), 1)]
    assert second_witness(state(o(N), "=", v(i), given=one)).status is AGREES
    many = [at_most(4, cardinality(N))]
    found = second_witness(state(o(N), "=", v(i), given=many))
    assert found.status is NOT_APPLICABLE and "satisfies the hypotheses" in found.reason
    fibres = [for_all(j, N, non_empty(a.fibre(j)))]
    ones = sum_over(N, lambda j: Z(a.fibre(j)) / Z(a.fibre(j)) * x(j))
    assert second_witness(state(ones, "=", sum_over(N, x), given=fibres)).status is AGREES


def test_what_is_not_defined_at_an_instance_disagrees():
    share = softmax_mean(F, s, x) - softmax_mean(F, s, x) * 2 + softmax_mean(F, s, x)
    found = second_witness(state(o(F) + 0 * share, "=", V(F) / Z(F), given=[]))
    assert found.status is DISAGREES and "division by 0" in found.reason
    assert found.sizes.startswith("|F| = 0")
    largest = second_witness(state(max_over(F, s), "=", max_over(F, s)))
    assert largest.status is DISAGREES and "maximum over the empty set" in largest.reason
    logarithm = second_witness(state(L(F), "=", log(Z(F))))
    assert logarithm.status is DISAGREES and "logarithm of 0" in logarithm.reason
    assert second_witness(state(L(F), "=", log(Z(F)), given=inhabited)).status is AGREES


def test_what_it_does_not_decide():
    cauchy = norm(q + p) ** 2 + norm(q - p) ** 2
    squares = 2 * norm(q) ** 2 + 2 * norm(p) ** 2
    assert second_witness(state(cauchy, "=", squares)).status is AGREES
    parts = norm(q + p), norm(q) + norm(p)
    assert second_witness(state(*_eq(parts))).status is NOT_APPLICABLE
    ordered = state(abs(c), "=", c, given=[at_most(0, c)])
    assert second_witness(ordered).status is NOT_APPLICABLE
    assert second_witness(state(L(N), "<=", L(N))).status is NOT_APPLICABLE
    assert second_witness(state(c, "approx", c, 0)).status is NOT_APPLICABLE
    constants = state(oscillation(N, lambda j: s(j) + c), "=", oscillation(N, s))
    assert second_witness(constants).status in (AGREES, NOT_APPLICABLE)
    assert second_witness(state(min_over(N, s), "=", min_over(N, s))).status is AGREES


def test_a_difference_counts_only_where_the_hypotheses_leave_room():
    given = [at_most(s[i], c), at_most(c, s[i])]
    assert second_witness(state(c, "=", s(i), given=given)).status is NOT_APPLICABLE
    given = [at_most(s[i], c)]
    assert second_witness(state(c, "=", s(i), given=given)).status is DISAGREES


def test_three_sets_and_two_maps():
    A, B, D = index_sets("A", "B", "D", nonempty="D")
    f, h = cluster_map("f", A, D), cluster_map("h", B, D)
    left = sum_over(A, lambda t: g[t, f(t)]) + sum_over(B, lambda t: g[t, h(t)])
    right = sum_over(
        D,
        lambda j: sum_over(f.fibre(j), lambda t: g[t, j]) + sum_over(h.fibre(j), lambda t: g[t, j]),
    )
    assert second_witness(state(left, "=", right), largest=2).status is AGREES


def test_the_budget_stops_it_and_says_so():
    found = second_witness(state(Z(U), "=", Z(F) + Z(N)), seconds=0.0)
    assert found.status is NOT_RUN and "the time limit after 0 instances" in found.reason
    began = time.perf_counter()
    one = lambda A: sum_over(A, lambda t: 1 / (1 + exp(s(t)) + exp(r(t)) + exp(x(t))))  # noqa: E731
    left, right = one(U) ** 6, (one(F) + one(N)) ** 5 * one(N | F)
    found = second_witness(state(left, "=", right), seconds=5)
    assert found.status is NOT_RUN and "instances that agree" in found.reason
    assert time.perf_counter() - began < 10


def test_many_divisors_do_not_hang():
    began = time.perf_counter()
    left = sum_over(N, lambda j: sum_over(U, lambda t: 1 / (exp(s(t)) + exp(r(j)) + exp(x(t)))))
    right = sum_over(U, lambda t: sum_over(N, lambda j: 1 / (exp(s(t)) + exp(r(j)) + exp(g(t)))))
    assert second_witness(state(left, "=", right), seconds=3).status is DISAGREES
    swapped = sum_over(U, lambda t: sum_over(N, lambda j: 1 / (exp(s(t)) + exp(r(j)) + exp(x(t)))))
    assert second_witness(state(left, "=", swapped), largest=1).status is AGREES
    found = second_witness(state(left, "=", swapped), seconds=5)
    assert found.status is NOT_RUN and "terms" in found.reason
    assert time.perf_counter() - began < 12


def test_it_uses_nothing_of_the_kernel():
    """In a process of its own, it loads neither the kernel nor its reading nor the search."""
    code = (
        "import sys; from derivations.second_witness import second_witness; "
        "print(sorted(m for m in sys.modules if m.startswith('derivations.') and m.split('.')[1] "
        "in ('kernel', 'reading', 'counterexamples', 'search', 'numpy', 'hypothesis')))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"
