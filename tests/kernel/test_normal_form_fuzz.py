"""Random terms and derivations against their values in finite worlds; a seeded, quick version.

The checks are in `tests/fuzz`; docs/fuzzing.md has the long runs.  What the checks would miss is
found out here too: each is shown a wrong normal form, sign, theorem or memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from flint import fmpq

from derivations.kernel.rules import Theorem
from derivations.kernel.terms import Term, add, bind, mul, relation
from derivations.terms import number, power
from tests.fuzz import normal_forms, theorems
from tests.fuzz.kernel_terms import FN, C, E, F, N, a, over, w, x, y
from tests.fuzz.normal_forms import (
    Tally,
    answers,
    check_claim,
    check_seed,
    clear_caches,
    depends_on_the_order,
    question,
    wrong_sign,
)
from tests.fuzz.theorems import check_theorem, run_session
from tests.kernel import every_rule as rules
from tests.kernel.evaluate import (
    BALLS,
    Evaluator,
    Floats,
    Total,
    Undecided,
    Undefined,
    World,
    decide,
)

ROOT = Path(__file__).resolve().parents[2]
DEPTH = 3
SEEDS = range(50_000, 50_300)
SESSIONS = range(50_000, 50_064)
ASKED = range(50_000, 50_030)


# ---- the kernel is right on random input -------------------------------------------------------


def test_normal_forms_keep_values_definedness_and_signs() -> None:
    tally = Tally()
    for seed in SEEDS:
        check_seed(seed, DEPTH, tally)
    assert not tally.complaints, tally.complaints[0]
    assert tally.counts["normal forms"] > len(SEEDS) / 2
    assert tally.counts["worlds"] > len(SEEDS)
    assert tally.counts["signs"] > len(SEEDS) / 8
    assert tally.counts["too slow"] + tally.counts["too deep"] < len(SEEDS) / 50


def test_what_the_kernel_accepts_of_doubtful_claims_is_true() -> None:
    tally = Tally()
    for seed in SEEDS:
        check_claim(seed, DEPTH, tally)
    assert not tally.complaints, tally.complaints[0]
    assert tally.counts["claims accepted"] > len(SEEDS) / 40


def test_random_derivations_by_every_rule_prove_nothing_false() -> None:
    tally = Tally()
    for seed in SESSIONS:
        run_session(seed, tally)
    assert not tally.complaints, tally.complaints[0]
    assert len(theorems.rule_names()) > 20
    assert [name for name in theorems.rule_names() if not tally.counts[f"by {name}"]] == []
    assert tally.counts["worlds"] > tally.counts["theorems"]


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    assert [found for seed in ASKED if (found := depends_on_the_order(seed, 2))] == []


PROGRAM = """
from tests.fuzz.normal_forms import answers, question
for seed in range({first}, {last}):
    asked = question(seed, 2, 3)
    print(asked and answers(asked, [2, 0, 1]))
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_fresh_process_gives_the_same_answers(hash_seed: str) -> None:
    here = []
    for seed in ASKED:
        asked = question(seed, 2, 3)
        here.append(str(asked and answers(asked, [0, 1, 2])))
    program = PROGRAM.format(first=ASKED[0], last=ASKED[-1] + 1)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == here


# ---- and each check can fail -------------------------------------------------------------------


def everywhere(change: Callable[[Term], Term]) -> Callable[[Term], Term]:
    """The change at every node of a term, inner ones first."""

    def spoil(term: Term) -> Term:
        if term.op in ("base", "subset", "map", "index"):
            return term
        parts = [spoil(part) if type(part) is Term else part for part in term.args]
        return change(Term(term.op, *parts))

    return spoil


def _smallest(term: Term) -> Term:
    if term.op != "max":
        return term
    return mul(-1, Term("max", term.args[0], mul(-1, term.args[1])))


def _further_in(term: Term) -> Term:
    return Term("bound", term.args[0] - 1) if term.op == "bound" and term.args[0] else term


SPOILT: dict[str, Callable[[Term], Term]] = {
    "min for max": everywhere(_smallest),
    "an index for one further in": everywhere(_further_in),
    "no absolute value": everywhere(
        lambda t: Term("inner", *t.args, *t.args) if t.op == "norm" and _is_vector(t) else t
    ),
    "a transpose forgotten": everywhere(
        lambda t: Term("apply", t.args[0], False, t.args[2]) if t.op == "apply" else t
    ),
    "a fibre for its source": everywhere(
        lambda t: t.args[0].args[1] if t.op == "fibre" else t,
    ),
    "a number off by one": everywhere(
        lambda t: number(t.args[0] + 1) if t.op == "number" and t.args[0] > 1 else t
    ),
    "an undefined summand": lambda t: add(t, power(add(x, mul(-1, x)), -1)),
}


def _is_vector(term: Term) -> bool:
    return term.args[0].op in ("vector", "ventry", "apply")


@pytest.mark.parametrize("mistake", SPOILT)
def test_a_wrong_normal_form_is_found(mistake: str) -> None:
    tally = Tally()
    for seed in range(3_000):
        try:
            check_seed(seed, DEPTH, tally, SPOILT[mistake])
        except (TypeError, IndexError):
            return
        if tally.complaints:
            return
    pytest.fail("the mistake was not found")


def test_a_wrong_sign_is_found() -> None:
    world = World(cells={("scalar", "x"): Fraction(0), ("scalar", "y"): Fraction(-1)})
    assert not wrong_sign(world, x, 1, 1)
    assert wrong_sign(world, x, 2, 0)
    assert wrong_sign(world, x, 0, 2)
    assert wrong_sign(world, y, 1, 0)
    assert not wrong_sign(world, y, 0, 2)
    assert not wrong_sign(world, Term("log", y), 2, 2)


def test_a_memory_that_changes_answers_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Term] = []

    def forgetful(asked: object, term: Term) -> str:
        seen.append(term)
        return str(len(seen) % 3)

    monkeypatch.setattr(normal_forms, "answer", forgetful)
    assert any(depends_on_the_order(seed, 2) for seed in ASKED)


def _claim(theorem: Theorem, **changes: object) -> Theorem:
    for name, value in changes.items():
        object.__setattr__(theorem, name, value)
    return theorem


def _strict(theorem: Theorem) -> Theorem:
    claim = theorem.conclusion
    return _claim(theorem, conclusion=relation("lt", *claim.args) if claim.op == "le" else claim)


def _from_nothing(theorem: Theorem) -> Theorem:
    return _claim(theorem, hypotheses=frozenset())


def _always_defined(theorem: Theorem) -> Theorem:
    return _claim(theorem, rule="well_defined")


@pytest.mark.parametrize("forge", [_strict, _from_nothing, _always_defined])
def test_a_false_theorem_is_found(forge: Callable[[Theorem], Theorem]) -> None:
    tally = Tally()
    for seed in range(200):
        run_session(seed, tally, forge)
        if tally.complaints:
            return
    pytest.fail("the false theorem was not found")


def test_a_rule_without_its_side_condition_is_found() -> None:
    """Strictness through a sum: the set may be empty."""
    below = rules.assume(over("all", F, lambda t: relation("lt", 0, s(t))))
    given = below.hypotheses
    right = rules.sum_above(given, over("sum", F, lambda t: Term("norm", s(t))), E)
    wrong = _claim(
        rules.assume(relation("lt", over("sum", F, lambda t: number(0)), over("sum", F, s))),
        hypotheses=given,
    )
    assert all(check_theorem(right, Random(seed), Tally()) for seed in range(20))
    assert not all(check_theorem(wrong, Random(seed), Tally()) for seed in range(20))


# ---- the evaluator -----------------------------------------------------------------------------

TOKENS_F, TOKENS_N = (("F", 0), ("F", 1)), (("N", 0), ("N", 1))
S = {TOKENS_F[0]: 1, TOKENS_F[1]: -2, TOKENS_N[0]: 3, TOKENS_N[1]: 5}


def small_world() -> World:
    cells: dict[tuple[object, ...], object] = {("entry", "s", t): Fraction(n) for t, n in S.items()}
    cells |= {("ventry", "v", t): (Fraction(n), Fraction(1)) for t, n in S.items()}
    cells |= {("scalar", "x"): Fraction(0), ("scalar", "y"): Fraction(-8)}
    cells["vector", "p"] = (Fraction(3), Fraction(4))
    cells["apply", "W"] = ((Fraction(1), Fraction(2)), (Fraction(0), Fraction(1)))
    graph = {TOKENS_F[0]: TOKENS_N[0], TOKENS_F[1]: TOKENS_N[0]}
    winner = {TOKENS_N[0]: TOKENS_F[0], TOKENS_N[1]: TOKENS_N[1]}
    sets = {F: TOKENS_F, N: TOKENS_N, C: ()}
    i = Term("index", "i", N)
    return World(2, sets, {a: graph, w: winner}, {i: TOKENS_N[0]}, cells)


def s(index: Term) -> Term:
    return Term("entry", "s", index)


I_, P = Term("index", "i", N), Term("vector", "p")
W_P = Term("apply", "W", False, P)
VALUES: list[tuple[Term, object]] = [
    (over("sum", F, s), -1),
    (over("max", FN, s), 5),
    (over("sum", C, s), 0),
    (over("sum", Term("difference", FN, Term("single", I_)), s), 4),
    (over("sum", Term("range", a), s), 3),
    (over("sum", Term("fibre", a, I_), lambda t: mul(s(t), s(Term("value", a, t)))), -3),
    (over("max", N, lambda j: s(Term("value", w, j))), 5),
    (bind("sum", I_, over("sum", F, lambda t: add(mul(10, s(I_)), s(t)))), 158),
    (Term("norm", P), 5),
    (Term("norm", mul(-2, P)), 10),
    (Term("norm", number(-3)), 3),
    (Term("inner", P, W_P), 49),
    (Term("inner", P, Term("apply", "W", True, P)), 49),
    (W_P, (11, 4)),
    (Term("apply", "W", True, P), (3, 10)),
    (over("sum", F, lambda t: mul(s(t), Term("ventry", "v", t))), (5, -1)),
    (Term("zero"), (0, 0)),
    (power(add(y, 24), Fraction(1, 2)), 4),
    (power(add(y, 4), -2), fmpq(1, 16)),
    (Term("exp", x), 1),
    (Term("log", Term("exp", x)), 0),
    (Term("tanh", x), 0),
]
UNDEFINED = [
    power(x, -1),
    Term("log", x),
    Term("log", y),
    power(y, Fraction(1, 2)),
    power(x, Fraction(-1, 2)),
    over("max", C, s),
    mul(0, power(x, -1)),
    over("sum", Term("union", N, Term("single", I_)), s),
    over("sum", Term("difference", F, Term("single", I_)), s),
    s(Term("value", a, I_)),
]


@pytest.mark.parametrize(("term", "known"), VALUES, ids=str)
def test_the_evaluator_knows_small_values(term: Term, known: object) -> None:
    assert Evaluator(small_world()).value(term) == known
    floats = Evaluator(small_world(), Floats()).value(term)
    exactly = [known] if not isinstance(known, tuple) else known
    for one, other in zip(floats if isinstance(floats, tuple) else [floats], exactly, strict=True):
        assert one == pytest.approx(float(Fraction(str(other))))


@pytest.mark.parametrize("term", UNDEFINED, ids=str)
def test_the_evaluator_says_what_is_undefined(term: Term) -> None:
    for numbers in (BALLS, Floats()):
        with pytest.raises(Undefined):
            Evaluator(small_world(), numbers).value(term)


def test_total_functions_give_equal_arguments_equal_values() -> None:
    again = power(add(x, mul(0, y)), -1)
    values = {
        tuple(
            map(
                str, (Evaluator(small_world(), Total(seed)).value(t) for t in (again, UNDEFINED[0]))
            )
        )
        for seed in range(12)
    }
    assert len(values) > 4
    assert all(one == other for one, other in values)


PROPOSITIONS = [
    (Term("nonempty", Term("fibre", a, I_)), True),
    (Term("empty", C), True),
    (Term("nonempty", C), False),
    (over("all", C, lambda j: relation("lt", s(j), s(j))), True),
    (over("exists", F, lambda t: relation("eq", s(t), -2)), True),
    (over("exists", C, lambda t: relation("le", 0, 0)), False),
    (over("all", F, lambda t: relation("lt", s(t), 1)), False),
    (over("all", F, lambda t: relation("le", s(t), 1)), True),
    (relation("eq", P, W_P), False),
    (Term("nonzero", x), False),
    (relation("le", Term("exp", y), Term("exp", y)), None),
    (relation("lt", Term("exp", y), Term("exp", x)), True),
]


@pytest.mark.parametrize(("claim", "known"), PROPOSITIONS, ids=str)
def test_the_evaluator_judges_propositions(claim: Term, known: bool | None) -> None:
    assert decide(lambda: Evaluator(small_world()).holds(claim)) is known


def test_an_undecided_divisor_is_no_answer() -> None:
    gap = add(Term("exp", y), mul(-1, Term("exp", y)))
    with pytest.raises(Undecided):
        Evaluator(small_world()).value(power(gap, -1))
    clear_caches()
