"""The kernel: one exact step, and the replay of every stored proof."""

import json
import time
from pathlib import Path
from typing import Any

import derivations.results
from derivations.discovery import shipped
from derivations.kernel.replay import replay
from derivations.kernel.rules import exact
from derivations.kernel.terms import KernelError, Term
from derivations.kernel.theorem import Theorem
from derivations.language.statements import Relation, state
from derivations.reading import read_claim, read_proposition
from tests.benchmarks.conftest import Compare

Exact = tuple[frozenset[Term], Term, Term]


def exact_lines() -> list[Exact]:
    """The lines of the results that one exact step proves: hypotheses and both sides."""
    found = []
    for result in shipped():
        for derivation in result.derivations:
            left = derivation.start
            for line in derivation.lines:
                if line.relation is Relation.EQUAL:
                    statement = state(left, line.relation, line.right, None, derivation.given)
                    claim = read_claim(statement)
                    given = frozenset(map(read_proposition, statement.hypotheses))
                    found.append((given, *claim.children))
                left = line.right
    return [one for one in found if proves(*one)]


def proves(given: frozenset[Term], left: Term, right: Term) -> bool:
    """Whether the kernel accepts the step as it stands."""
    try:
        exact(given, left, right)
    except KernelError:
        return False
    return True


def test_an_exact_step(benchmark: Any, compare: Compare) -> None:
    lines = exact_lines()
    assert len(lines) >= 5
    seconds: list[list[float]] = [[] for _ in lines]

    def prove_all() -> list[Theorem]:
        theorems = []
        for line, taken in zip(lines, seconds, strict=True):
            began = time.perf_counter()
            theorems.append(exact(*line))
            taken.append(time.perf_counter() - began)
        return theorems

    theorems = benchmark(prove_all)
    assert [one.conclusion.children for one in theorems] == [line[1:] for line in lines]
    typical = sorted(min(taken) for taken in seconds)
    compare("an exact step, the median one", typical[len(typical) // 2], "≤ 5 ms")
    compare("an exact step, the slowest one", typical[-1], "≤ 5 ms")


def test_replay_of_every_proof(benchmark: Any, compare: Compare) -> None:
    folder = Path(derivations.results.__file__).parent / "proofs"
    proofs = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    assert proofs

    def replay_all() -> list[Theorem]:
        return [replay(proof) for proof in proofs]

    theorems = benchmark.pedantic(replay_all, rounds=5, warmup_rounds=1)
    assert {one.rule for one in theorems} == {"well_defined"}
    compare(f"replay of all {len(proofs)} proofs")
    steps = sum(len(proof["steps"]) for proof in proofs)
    if not benchmark.disabled:
        compare(f"replay of one step of {steps}", benchmark.stats.stats.median / steps)
