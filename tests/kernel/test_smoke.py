"""The kernel proves the main chain, refuses what is known to be unsound, and replays its proofs."""

import copy
import itertools
import json
import time
from collections.abc import Callable
from fractions import Fraction

import pytest

from derivations.kernel.normal_form import context_for, context_of
from derivations.kernel.terms import (
    IllFormed,
    KernelError,
    Term,
    Unproved,
    add,
    bind,
    mul,
    relation,
)
from derivations.proof_files import ProofRefused, replay, to_json, verify
from derivations.search import signs
from derivations.terms import div, number, power, sub
from tests.kernel import every_rule as k

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
HALF, ONE, P0 = Fraction(1, 2), number(1), Term("index", "p", J)


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
    "variance": (
        BOTH,
        sub(attention(N, s, lambda i: power(u(i), 2)), power(attention(N, s, u), 2)),
        div(
            total(
                N,
                lambda i: total(
                    N,
                    lambda other: mul(w(i), w(other), power(ZN, -2), power(sub(u(i), u(other)), 2)),
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
    "convex, F may be empty": ([nonempty(N)], *EXACT["convex"][1:]),
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


# ---------------------------------------------------------------- what is known to be unsound


def test_what_a_member_in_scope_justified_does_not_outlive_it() -> None:
    vacuous = [every(J, lambda j: le(power(total(J, w), -1), u(j)))]
    with pytest.raises(Unproved):
        k.bound([], "lt", 0, size(J))
    signs.bound(vacuous, "le", 0, total(J, u))
    for left, right in ((total(J, lambda i: div(w(i), total(J, w))), number(1)), (size(J), ONE)):
        with pytest.raises(Unproved):
            k.exact(vacuous, left, right)
    with pytest.raises(Unproved):
        k.bound(vacuous, "lt", 0, size(J))
    k.bound([*vacuous, nonempty(J)], "lt", 0, size(J))


def test_there_is_no_axiom_and_a_name_proves_nothing() -> None:
    assert not hasattr(k, "axiom")
    with pytest.raises((Unproved, TypeError, AttributeError)):
        k.cite("softmax stability", le(1, 0))  # type: ignore[arg-type]


def test_sets_with_different_names_need_not_be_disjoint() -> None:
    part = Term("subset", "C", N)
    for left, right in ((J, N), (N, part), (part, N), (N, N)):
        with pytest.raises(IllFormed):
            k.exact([], size(Term("union", left, right)), add(size(left), size(right)))
    k.exact([], size(FN), add(size(F), size(N)))
    k.exact([], size(Term("union", F, part)), add(size(F), size(part)))


def test_a_vanishing_index_or_map_leaves_its_footprint() -> None:
    member = Term("index", "j", J)
    first = k.bound([], "lt", 0, add(size(J), mul(0, s(member))))
    second = k.bound([], "lt", 0, size(J), [(1, first)])
    assert second.hypotheses == {nonempty(J)}
    token = Term("index", "t", F)
    seen = k.sum_above([], size(N), Term("single", a(token)))
    gone = k.bound([], "lt", 0, size(N), [(1, seen)])
    assert gone.hypotheses == {nonempty(F), every(F, lambda t: nonempty(N))}


def test_a_strict_bound_does_not_pass_through_a_sum() -> None:
    below = every(J, lambda j: lt(s(j), 1))
    with pytest.raises(Unproved):
        k.sum_monotone(k.assume(below))


@pytest.mark.parametrize(
    "forge",
    [
        lambda: k.Theorem(object(), frozenset(), le(1, 0), "assume", ()),
        lambda: number(0.1),  # type: ignore[arg-type]
        lambda: number(True),
        lambda: Term("number", 0.5),  # type: ignore[arg-type]
        lambda: bool(le(1, 0)),
        lambda: k.exact([], mul(total(J, s), v(P0), v(P0)), number(0)),
        lambda: k.exact([], exp(v(P0)), number(1)),
        lambda: k.exact([], add(P0, 1), number(1)),
        lambda: k.exact([], total(Term("union", J, J), s), mul(2, total(J, s))),
        lambda: k.exact([], s(Term("value", A, P0)), s(Term("value", A, P0))),
        lambda: k.exact([], s(Term("bound", 0)), s(Term("bound", 0))),
        lambda: k.exact([], s(Term("index", 0, J)), s(Term("index", 0, J))),
        lambda: k.assume(total(J, s)),
        lambda: setattr(k.assume(le(x, y)), "conclusion", le(1, 0)),
    ],
)
def test_forgeries_are_refused(forge: Callable[[], object]) -> None:
    with pytest.raises((KernelError, TypeError, AttributeError)):
        forge()


def test_a_theorem_forged_in_memory_does_not_replay() -> None:
    forged = k.well_defined(k.assume(le(x, y)))
    object.__setattr__(forged, "conclusion", le(1, 0))
    with pytest.raises(ProofRefused):
        verify(forged)


def test_substitution_neither_captures_nor_loses_factors() -> None:
    free = Term("index", "y", J)
    rest = Term("difference", J, Term("single", free))
    square = total(J, lambda i: total(rest, lambda other: exp(mul(s(i), s(other)))))
    whole = total(J, lambda i: total(J, lambda other: exp(mul(s(i), s(other)))))
    k.exact([], square, sub(whole, total(J, lambda i: exp(mul(s(i), s(free))))))
    k.exact(
        [], total(Term("single", free), lambda i: exp(mul(s(i), s(free)))), exp(power(s(free), 2))
    )


# ---------------------------------------------------------------- inequalities, the whole chain


def test_a_max_is_below_its_log_sum_exp() -> None:
    given = [nonempty(J)]
    top = Term("index", "i", J)
    single = k.sum_above(given, total(J, w), Term("single", top))
    below = k.monotone("log", k.bound(given, "le", w(top), total(J, w), [(1, single)]))
    each = k.bound(given, "le", s(top), lse(J, s), [(1, below)])
    upper = k.max_below(k.generalize(top, each))
    assert upper.conclusion == le(largest(J, s), lse(J, s))
    assert verify(k.well_defined(upper)).hypotheses == {nonempty(J)}
    with pytest.raises(Unproved, match="non-empty"):
        k.max_below(k.assume(every(J, lambda j: le(s(j), x))))


def residual(given: list[Term], delta: Term) -> k.Theorem:
    """‖Δ − clustered‖ ≤ α δ."""

    def coefficient(t: Term) -> Term:
        return div(w(t), add(ZF, ZN))

    difference = total(F, lambda t: mul(coefficient(t), sub(v(t), v(a(t)))))
    token = Term("index", "t", F)
    close_ = k.specialize(k.assume(given[1]), token)
    piece = norm(mul(coefficient(token), sub(v(token), v(a(token)))))
    each = k.bound(
        given, "le", piece, mul(coefficient(token), delta), [(coefficient(token), close_)]
    )
    steps = [(1, k.triangle(given, difference)), (1, k.sum_monotone(k.generalize(token, each)))]
    return k.bound(given, "le", norm(sub(DELTA, CLUSTERED)), mul(ALPHA, delta), steps)


def test_the_main_chain_is_proved_replayed_and_protected() -> None:
    delta = Term("scalar", "δ")
    given = [nonempty(N), every(F, lambda t: le(norm(sub(v(t), v(a(t)))), delta))]
    first = residual(given, delta)
    grouped = attention(N, z, v)
    with pytest.raises(Unproved):
        k.bound(given, "le", norm(sub(DELTA, CLUSTERED)), mul(ALPHA, delta, HALF), [(1, first)])
    chain = k.bound(given, "le", norm(sub(DELTA, grouped)), mul(ALPHA, delta), [(1, first)])
    finished = k.well_defined(k.cite("values are their cluster's", chain))
    assert finished.hypotheses == frozenset(given)
    data = json.loads(json.dumps(to_json(finished)))
    assert replay(data).conclusion == finished.conclusion
    assert [lemma["name"] for lemma in data["lemmas"]] == ["values are their cluster's"]
    for damage in damaged(data):
        with pytest.raises(ProofRefused):
            replay(damage)


def damaged(data: dict[str, list[object]]) -> list[object]:
    """Edits of a proof, each of which must be refused."""
    edits: list[object] = [None, [], {}, {**data, "format": "another"}, {**data, "terms": 3}]
    edits += [{key_: value for key_, value in data.items() if key_ != gone} for gone in data]
    for field in ("hypotheses", "lemmas", "terms", "steps"):
        for position in range(len(data[field])):
            shorter = copy.deepcopy(data)
            del shorter[field][position]
            edits.append(shorter)
    swapped = copy.deepcopy(data)
    swapped["steps"][0], swapped["steps"][1] = swapped["steps"][1], swapped["steps"][0]
    spare = copy.deepcopy(data)
    spare["terms"].append(["scalar", "unused"])
    text = copy.deepcopy(data) | {"statement": "⊢ 1 ≤ 0"}
    unknown = copy.deepcopy(data)
    unknown["steps"][0]["rule"] = "axiom"
    wide = copy.deepcopy(data)
    wide["steps"][0]["arguments"] = "x" * 2000
    number_ = copy.deepcopy(data)
    number_["terms"][-1] = ["number", "9" * 5000]
    return [*edits, swapped, spare, text, unknown, wide, number_]


def test_a_lemma_is_instantiated_and_its_premises_discharged() -> None:
    members = Term("base", "K", "")
    other = Term("index", "j", N)
    bounded = every(members, lambda j: le(u(j), g))
    lemma = k.max_below(k.weaken(k.assume(bounded), [nonempty(members)]))
    gap = largest(N, lambda j: sub(z(j), m(j)))
    symbols = [(members, N), (g, gap), (u(other), sub(z(other), m(other)))]
    lemma_at = k.instantiate(lemma, symbols)
    each = k.max_above([nonempty(N)], gap, other)
    proved = k.discharge(lemma_at, k.generalize(other, each))
    assert proved.hypotheses == {nonempty(N)}
    assert verify(k.well_defined(proved)).conclusion == le(gap, gap)


def test_cases_and_witnesses() -> None:
    lower = k.bound([le(x, y)], "le", 0, norm(sub(x, y)))
    upper = k.bound([lt(y, x)], "le", 0, norm(sub(x, y)))
    assert not k.cases_order(lower, upper, x, y).hypotheses
    present = k.bound([nonempty(J)], "le", 0, size(J))
    absent = k.exact([Term("empty", J)], size(J), number(0))
    none = k.bound([], "le", 0, size(J), [(-1, absent)])
    assert not k.cases_empty(none, present, J).hypotheses
    witness = Term("index", "w", J)
    attained = k.max_attained([nonempty(J)], largest(J, s))
    at = k.assume(eq(largest(J, s), s(witness)))
    weight = over("sum", J, lambda j: exp(s(j)))
    above = k.sum_above([nonempty(J)], weight, Term("single", witness))
    found = k.bound([at.conclusion], "le", exp(largest(J, s)), weight, [(1, above)])
    assert k.exists_elim(attained, found, witness).conclusion == found.conclusion
    with pytest.raises(Unproved):
        k.exists_elim(attained, at, witness)
    with pytest.raises(Unproved):
        k.absurd(k.assume(le(x, y)), le(1, 0))
    assert k.absurd(k.assume(le(1, 0)), le(x, y)).conclusion == le(x, y)


def test_replay_does_not_depend_on_what_was_asked_before() -> None:
    theorem = k.well_defined(k.exact(*EXACT["group"]))
    data = to_json(theorem)
    context_of(frozenset(BOTH), theorem.conclusion).normal_form(DELTA)
    assert to_json(replay(data)) == data
