"""The kernel proves the main chain, refuses what is known to be unsound, and replays its proofs."""

import copy
import itertools
import json
import time
from collections.abc import Callable
from fractions import Fraction

import pytest

from derivations.kernel import rules as k
from derivations.kernel.context import context_for, context_of
from derivations.kernel.replay import ProofRefused, replay, to_json, verify
from derivations.kernel.terms import (
    IllFormed,
    IllSorted,
    KernelError,
    Term,
    Unproved,
    add,
    bind,
    div,
    mul,
    neg,
    number,
    power,
    relation,
    sub,
)

Body = Callable[[Term], Term]
F, N, J = Term("base", "F", "tokens"), Term("base", "N", "tokens"), Term("base", "J", "")
FN = Term("union", F, N)
A = Term("map", "a", F, N)
GROUP = Term("union", Term("single", Term("bound", 0)), Term("fibre", A, Term("bound", 0)))
W = Term("map", "w", N, GROUP)
x, y, g = (Term("scalar", name) for name in "xyg")
fresh = itertools.count()


def over(op: str, target: Term, body: Body) -> Term:
    index = Term("index", f"_{next(fresh)}", target)
    return bind(op, index, body(index))


def total(target: Term, body: Body) -> Term:
    return over("sum", target, body)


def largest(target: Term, body: Body) -> Term:
    return over("max", target, body)


def every(target: Term, body: Body) -> Term:
    return over("all", target, body)


def fun(op: str) -> Body:
    return lambda argument: Term(op, argument)


def family(name: str, op: str = "entry") -> Body:
    return lambda index: Term(op, name, index)


exp, log, tanh, norm = (fun(op) for op in ("exp", "log", "tanh", "norm"))
s, u, v = family("s"), family("u"), family("v", "ventry")


embedding, key = family("e", "ventry"), family("k", "ventry")
query, v_, w_ = Term("vector", "q"), Term("vector", "v"), Term("exp", Term("scalar", "x"))
HALF = Fraction(1, 2)


def logit(index: Term) -> Term:
    return Term("inner", query, key(index))


def winner(j: Term) -> Term:
    return Term("value", W, j)


def effective(j: Term) -> Term:
    return Term("apply", "K'", False, embedding(j))


def w(index: Term) -> Term:
    return exp(s(index))


def a(index: Term) -> Term:
    return Term("value", A, index)


def group(j: Term) -> Term:
    return Term("union", Term("single", j), Term("fibre", A, j))


def attention(target: Term, logit: Body, value: Body) -> Term:
    mass = total(target, lambda i: exp(logit(i)))
    return total(target, lambda i: mul(exp(logit(i)), power(mass, -1), value(i)))


def lse(target: Term, logit: Body) -> Term:
    return log(total(target, lambda i: exp(logit(i))))


def size(target: Term) -> Term:
    return total(target, lambda i: number(1))


def nonempty(target: Term) -> Term:
    return Term("nonempty", target)


def le(left: Term | int, right: Term | int) -> Term:
    return relation("le", left, right)


def lt(left: Term | int, right: Term | int) -> Term:
    return relation("lt", left, right)


def eq(left: Term | int, right: Term | int) -> Term:
    return relation("eq", left, right)


ZF, ZN = total(F, w), total(N, w)
ALPHA = div(ZF, add(ZF, ZN))
DELTA = attention(FN, s, v)
CLUSTERED = mul(
    add(total(F, lambda t: mul(w(t), v(a(t)))), total(N, lambda j: mul(w(j), v(j)))),
    power(add(ZF, ZN), -1),
)


def z(j: Term) -> Term:
    return lse(group(j), s)


def m(j: Term) -> Term:
    return largest(group(j), s)


BOTH = [nonempty(F), nonempty(N)]
EXACT = {
    "split": (
        BOTH[1:],
        DELTA,
        mul(
            add(total(F, lambda t: mul(w(t), v(t))), total(N, lambda j: mul(w(j), v(j)))),
            power(add(ZF, ZN), -1),
        ),
    ),
    "convex": (
        BOTH,
        DELTA,
        add(mul(ALPHA, attention(F, s, v)), mul(sub(1, ALPHA), attention(N, s, v))),
    ),
    "group": (BOTH[1:], CLUSTERED, attention(N, z, v)),
    "clustered": (
        [BOTH[1], every(F, lambda t: eq(v(t), v(a(t))))],
        DELTA,
        attention(N, z, v),
    ),
    "winner": (
        [BOTH[1], every(N, lambda j: eq(m(j), s(winner(j))))],
        attention(N, m, v),
        attention(N, lambda j: s(winner(j)), v),
    ),
    "effective weights": (
        [
            BOTH[1],
            every(N, lambda j: eq(effective(j), key(winner(j)))),
            every(N, lambda j: eq(largest(group(j), logit), logit(winner(j)))),
        ],
        attention(N, lambda j: largest(group(j), logit), v),
        attention(N, lambda j: Term("inner", query, effective(j)), v),
    ),
    "shift": (BOTH, attention(N, lambda i: sub(s(i), x), v), attention(N, s, v)),
    "shift by max": (
        BOTH,
        lse(N, s),
        add(largest(N, s), log(total(N, lambda i: exp(sub(s(i), largest(N, s)))))),
    ),
    "log-sum-exp of groups": (BOTH, lse(FN, s), lse(N, z)),
    "tanh addition": (
        [],
        tanh(add(x, y)),
        div(add(tanh(x), tanh(y)), add(1, mul(tanh(x), tanh(y)))),
    ),
    "variance": (
        BOTH,
        sub(attention(N, s, lambda i: power(u(i), 2)), power(attention(N, s, u), 2)),
        div(
            total(
                N,
                lambda i: total(
                    N, lambda l: mul(w(i), w(l), power(ZN, -2), power(sub(u(i), u(l)), 2))
                ),
            ),
            2,
        ),
    ),
    "Fubini over fibres": (
        [],
        total(N, lambda j: power(total(Term("fibre", A, j), w), 2)),
        total(F, lambda t: mul(w(t), total(Term("fibre", A, a(t)), w))),
    ),
    "mean of group means": (BOTH, DELTA, attention(N, z, lambda j: attention(group(j), s, v))),
    "max of a union": ([nonempty(N)], largest(FN, s), largest(Term("union", N, F), s)),
    "square of a norm": (
        [],
        power(norm(sub(v_, query)), 2),
        add(power(norm(query), 2), power(norm(v_), 2), mul(-2, Term("inner", v_, query))),
    ),
    "half of a log": ([], exp(mul(Fraction(1, 2), log(add(1, w_)))), power(add(1, w_), HALF)),
}
WRONG = {
    "convex, swapped": (
        BOTH,
        DELTA,
        add(mul(sub(1, ALPHA), attention(F, s, v)), mul(ALPHA, attention(N, s, v))),
    ),
    "convex, F may be empty": (*(([nonempty(N)],) + EXACT["convex"][1:]),),
    "1/x·x": ([], div(sub(x, y), sub(x, y)), number(1)),
    "exp log": ([], exp(log(x)), x),
    "log-sum-exp, twice the fibre": (
        BOTH,
        CLUSTERED,
        attention(N, lambda j: log(add(w(j), mul(2, total(Term("fibre", A, j), w)))), v),
    ),
    "mean weight over a set that may be empty": (
        [],
        total(N, lambda i: div(w(i), ZN)),
        number(1),
    ),
    "s_x s_y at x = y is a square": (
        [],
        total(Term("single", j0 := Term("index", "y", J)), lambda i: exp(mul(s(i), s(j0)))),
        exp(s(j0)),
    ),
    "range and target": ([], total(Term("range", A), u), total(N, u)),
    "fibre of another point": (
        [],
        total(N, lambda j: mul(u(j), total(Term("fibre", A, j), w))),
        total(F, lambda t: mul(u(t), w(t))),
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_steps_hold_and_replay(name: str) -> None:
    hypotheses, left, right = EXACT[name]
    theorem = k.well_defined(k.exact(hypotheses, left, right))
    assert theorem.conclusion == eq(left, right)
    assert theorem.hypotheses == frozenset(hypotheses)
    assert verify(theorem).conclusion == theorem.conclusion


@pytest.mark.parametrize("name", WRONG)
def test_wrong_steps_are_refused(name: str) -> None:
    hypotheses, left, right = WRONG[name]
    with pytest.raises(Unproved):
        k.exact(hypotheses, left, right)


def test_an_exact_step_of_the_main_chain_is_quick() -> None:
    hypotheses, left, right = EXACT["convex"]
    times = []
    for _ in range(5):
        context_for.cache_clear()
        start = time.perf_counter()
        k.exact(hypotheses, left, right)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02
