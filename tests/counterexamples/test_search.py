"""What the search finds, what it says when it finds nothing, and what it leaves alone."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from derivations.counterexamples import recheck, refute
from derivations.language import (
    Rational,
    at_most,
    cluster_map,
    equal,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    log_sum_exp,
    max_over,
    norm,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    vector,
    vectors,
)
from derivations.language.statements import state
from derivations.verdicts import Verdict
from tests.steps import transcription as steps

ROOT = Path(__file__).resolve().parents[2]
F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s, v = scalars("s"), vectors("v")
x, y = scalar("x"), scalar("y")
i, t = index("i"), index("t")


@pytest.mark.parametrize("name", steps.FALSE)
def test_a_false_step_is_refuted(name: str) -> None:
    statement = steps.statement(name)
    found = refute(statement)
    assert found.verdict is Verdict.REFUTED
    for witness in (found.smallest, found.worst):
        assert witness is not None
        assert recheck(statement, witness.instance) is Verdict.REFUTED
    assert found.smallest.left in found.reason and found.smallest.text in found.reason
    tokens = {one for members in found.smallest.instance["sets"].values() for one in members}
    assert len(tokens) <= 3
    assert found.satisfied > 0.9 * found.tried


@pytest.mark.parametrize("name", steps.TRUE)
def test_a_true_step_is_never_refuted(name: str) -> None:
    found = refute(steps.statement(name))
    assert found.verdict is Verdict.OPEN
    assert found.smallest is None and found.worst is None and found.ill_defined is None
    assert found.tried == 600 and found.satisfied > 540
    assert f"{found.satisfied} instances that satisfy the hypotheses (600 tried)" in found.reason


def test_known_smallest_witnesses() -> None:
    doubled = refute(steps.statement("split-4")).smallest
    assert doubled is not None
    assert doubled.text == ("|F| = |N| = 1, s_{F1} = 0, s_{N1} = 0, v_{F1} = 0, v_{N1} = 1")
    assert (doubled.left, doubled.right) == ("1/2", "1")
    unmatched = refute(steps.statement("deg-5")).smallest
    assert unmatched is not None and unmatched.text == "|F| = 0, |N| = 1, s_{N1} = 0"


def test_the_worst_witness_is_worse() -> None:
    found = refute(state(x, "<=", 1))
    assert found.smallest is not None and found.worst is not None
    assert found.smallest.instance["values"] == {"x": "2"}
    assert Fraction(found.worst.left) > 20


def test_the_outcome_depends_on_the_seed_alone() -> None:
    statement = steps.statement("e2e-6")
    first, again = refute(statement, seed=5), refute(statement, seed=5)
    assert (first.smallest, first.worst, first.tried) == (again.smallest, again.worst, again.tried)
    true = steps.statement("cluster-3")
    assert refute(true, seed=1).satisfied == refute(true, seed=1).satisfied


def test_a_missing_value_is_ill_defined() -> None:
    """o_F has no value for empty F; with F inhabited the identity holds."""
    identity = (
        softmax_mean(F | N, s, v),
        "=",
        steps.alpha * softmax_mean(F, s, v) + (1 - steps.alpha) * softmax_mean(N, s, v),
    )
    found = refute(state(*identity))
    assert found.verdict is Verdict.ILL_DEFINED
    assert found.smallest == found.ill_defined and found.worst is None
    assert "undefined (a softmax over the empty set) at |F| = 0, |N| = 1" in found.reason
    assert recheck(state(*identity), found.smallest.instance) is Verdict.ILL_DEFINED
    assert refute(state(*identity, given=[steps.has_context])).verdict is Verdict.OPEN


def test_a_failure_outweighs_a_missing_value_and_keeps_it() -> None:
    found = refute(state(max_over(F, s), "<=", 0))
    assert found.verdict is Verdict.REFUTED
    assert found.ill_defined is not None and "|F| = 0" in found.ill_defined.text


def test_contradictory_hypotheses_are_reported() -> None:
    found = refute(state(x, "<=", 0, given=[less(y, 0), less(0, y)]), examples=40)
    assert (found.verdict, found.tried, found.satisfied) == (Verdict.OPEN, 40, 0)
    assert "may contradict each other" in found.reason


def test_hypotheses_with_cases_come_first() -> None:
    """With F empty any δ will do; the witness shown has a member in F."""
    near = for_all(t, F, at_most(norm(v[t] - v[a(t)]), x))
    found = refute(state(-x, "<=", Rational(-1, 4), given=[near]))
    assert found.verdict is Verdict.REFUTED
    assert found.smallest is not None and len(found.smallest.instance["sets"]["F"]) == 1


def test_vectors_need_two_dimensions_at_times() -> None:
    """On a line the triangle inequality |⟨u,q⟩| = ‖u‖‖q‖ is an equality."""
    q, u = vector("q"), vector("u")
    found = refute(state(norm(q) ** 2 * norm(u) ** 2, "=", inner(q, u) ** 2))
    assert found.verdict is Verdict.REFUTED
    assert found.smallest is not None and found.smallest.instance["dimension"] == 2


def test_undeclared_sets_may_overlap() -> None:
    A, B, X = index_set("A"), index_set("B"), index_set("X")
    apart = state(sum_over(A, lambda j: sum_over(B.without(j), s)) * 0 + x, "=", x)
    assert refute(apart, examples=20).verdict is Verdict.OPEN
    inside_A, inside_B = index_set("A", subset_of=X), index_set("B", subset_of=X)
    mass = state(
        sum_over(inside_A, lambda j: exp(s[j])) + sum_over(inside_B, lambda j: exp(s[j])),
        "<=",
        sum_over(X, lambda j: exp(s[j])),
    )
    assert refute(mass).verdict is Verdict.REFUTED


def test_a_bound_that_is_almost_right_is_refuted() -> None:
    """4.2 instead of 4 under tanh: only logits and values of one kind show it."""
    p, p_prime = steps.weights(N), steps.weights(N, steps.s_prime)
    statement = steps.statement("stab-3")
    assert refute(statement).verdict is Verdict.OPEN
    close = state(statement.left, "<=", statement.right * Rational(99, 100))
    assert refute(close).verdict is Verdict.REFUTED
    assert p(N.index("i")) != p_prime(N.index("i"))


def test_an_approximation_shows_distance_and_budget() -> None:
    found = refute(state(x, "approx", y, budget=Rational(1, 2)))
    assert found.smallest is not None
    assert found.smallest.text.endswith("distance = 1, budget = 1/2")


def test_at_least_is_the_other_way_round() -> None:
    assert refute(state(log_sum_exp(N, s), ">=", max_over(N, s))).verdict is Verdict.OPEN
    assert refute(state(max_over(N, s), ">=", log_sum_exp(N, s))).verdict is Verdict.REFUTED


def test_a_time_limit_stops_the_search() -> None:
    found = refute(steps.statement("e2e-4"), examples=10**6, seconds=0.2)
    assert found.verdict is Verdict.OPEN
    assert 0 < found.tried < 10**6 and found.seconds < 2


def test_an_empty_search_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one instance"):
        refute(state(x, "=", 0), examples=0)


def test_equal_hypotheses_between_irrational_numbers_do_not_count_as_met() -> None:
    equality = for_all(i, N, equal(log_sum_exp(N, s), s[i]))
    found = refute(state(max_over(N, s), "<=", x, given=[equality]), examples=200)
    assert found.verdict is Verdict.REFUTED
    assert len(found.smallest.instance["sets"]["N"]) == 1


def test_a_search_leaves_no_trace(tmp_path: Path) -> None:
    """No files, no Hypothesis, no NumPy."""
    program = (
        "import sys\n"
        "import derivations.counterexamples as found\n"
        "from tests.steps.transcription import statement\n"
        "found.refute(statement('lse-3'))\n"
        "loaded = [name for name in ('hypothesis', 'numpy') if name in sys.modules]\n"
        "print(loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []
