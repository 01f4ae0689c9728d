"""Witnesses in words, and as tests that stand alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from derivations.counterexamples import refute
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.source import statement_source
from derivations.language import (
    Abs,
    Identity,
    MapSetSum,
    Rational,
    at_most,
    cluster_map,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    linear_map,
    log,
    named,
    norm,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    sqrt,
    sum_over,
    there_is,
    vector,
    vectors,
    winner_map,
)
from derivations.language.propositions import Empty
from derivations.language.statements import Statement, state
from tests.steps import transcription as steps

ROOT = Path(__file__).resolve().parents[2]
F, N = index_sets("F", "N", nonempty="N")
G = index_set("G")
a = cluster_map("a", F, N)
s, v, k = scalars("s"), vectors("v"), vectors("k")
x, lam, q = scalar("x"), scalar("lambda"), vector("q")
W, V = linear_map("W"), linear_map("V")
t, u = index("t"), index("u")
w = winner_map("w", N, a.group, lambda t: inner(q, k[t]))
z = named("z", sum_over(a.group(N.index("n")), s))

STATEMENTS = {
    "maps": state(
        norm((W @ V - 2 * W.T + Identity() + MapSetSum(outer(v[t], k[t]), t, F))(q)),
        "<=",
        norm(projection_off(q)(W(q))) + x,
        given=[less(0, inner(q, q))],
    ),
    "winners": state(sum_over(N, lambda j: inner(q, k[w(j)])), "=", inner(q, k[N.index("n")])),
    "quantifiers": state(
        x,
        "<=",
        lam,
        given=[
            for_all(t, F, there_is(u, N, at_most(s[t], s[u]))),
            for_all(t, F.without(F.index("f")), less(s[t], x)),
            Empty(G),
        ],
    ),
    "names": state(z**2 - 3 * sqrt(Abs(x)), "approx", log(1 + exp(x)) / 2, Rational(1, 3) + z),
    "nested": state(
        sum_over(N, lambda j: sum_over(N, lambda j: softmax(N, s, j)) * s[j]),
        ">=",
        -x * (lam - 1) * Rational(1, 2),
    ),
}


def rebuilt(statement: Statement) -> Statement:
    imports, lines = statement_source(statement, Compiled(statement).symbols)
    scope: dict = {}
    start = "from derivations.language.statements import state"
    exec("\n".join([*imports, start, *lines]), scope)
    return scope["statement"]


@pytest.mark.parametrize("name", (*steps.TRUE, *steps.FALSE))
def test_the_source_of_a_step_builds_the_same_statement(name: str) -> None:
    assert rebuilt(steps.statement(name)) == steps.statement(name)


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_source_of_a_statement_builds_the_same_statement(name: str) -> None:
    assert rebuilt(STATEMENTS[name]) == STATEMENTS[name]


def test_names_that_python_reserves_are_replaced() -> None:
    _, lines = statement_source(
        STATEMENTS["quantifiers"], Compiled(STATEMENTS["quantifiers"]).symbols
    )
    assert "lambda_ = scalar('lambda')" in lines


def test_pasted_tests_pass_as_they_are(tmp_path: Path) -> None:
    """Every false step's witnesses, written to files and run by pytest."""
    for name in steps.FALSE:
        found = refute(steps.statement(name))
        for kind, witness in (("smallest", found.smallest), ("worst", found.worst)):
            assert witness is not None
            file = tmp_path / f"test_{kind}_{name.replace('-', '_')}.py"
            file.write_text(witness.test, "utf-8")
    found = refute(state(1 / x, "<=", 1 / x**2 + 1))
    assert found.ill_defined is not None
    (tmp_path / "test_undefined.py").write_text(found.ill_defined.test, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{2 * len(steps.FALSE) + 1} passed" in done.stdout


def test_a_pasted_test_can_fail() -> None:
    witness = refute(state(x, "<=", 0)).smallest
    assert witness is not None
    scope: dict = {}
    exec(witness.test.replace("'x': '1'", "'x': '0'"), scope)
    with pytest.raises(AssertionError):
        scope["test_the_claim_fails_here"]()


def test_symbols_that_do_not_occur_are_hidden() -> None:
    found = refute(state(sum_over(F, s), "<=", 0)).smallest
    assert found is not None and found.text == "|F| = 1, s_{F1} = 1"


def test_abbreviations_are_shown_with_their_values() -> None:
    found = refute(steps.statement("convex-8")).smallest
    assert found is not None and found.text.endswith("s_{F1} = 0, s_{N1} = 1, α = 0.268941")


def test_sets_that_share_tokens_are_spelled_out() -> None:
    found = refute(steps.statement("mask-6")).smallest
    assert found is not None and "C = {N1}" in found.text
