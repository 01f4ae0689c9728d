"""The kernel: one exact step, and the replay of every stored proof."""

import json
import statistics
import time
from pathlib import Path
from typing import Any

import pytest

import derivations.results
from derivations.discovery import shipped
from derivations.kernel.rules import exact
from derivations.kernel.terms import KernelError, Term
from derivations.kernel.theorem import Theorem
from derivations.language.statements import Relation, state
from derivations.proof_files import replay
from derivations.reading import read_claim, read_proposition
from tests.benchmarks.conftest import Compare

pytestmark = pytest.mark.benchmark(timer=time.process_time)

Exact = tuple[frozenset[Term], Term, Term]


def equal_lines() -> list[Exact]:
    """The equal lines of the results: their hypotheses and both sides."""
    found = []
    for result in shipped():
        for derivation in result.derivations:
            left = derivation.start
            for line in derivation.lines:
                if line.relation is Relation.EQUAL:
                    statement = state(left, line.relation, line.right, None, derivation.given)
                    given = frozenset(map(read_proposition, statement.hypotheses))
                    found.append((given, *read_claim(statement).children))
                left = line.right
    return found


def exact_steps() -> tuple[list[Exact], list[float]]:
    """The lines that one exact step proves, and what each took the first time."""
    proved, seconds = [], []
    for line in equal_lines():
        began = time.process_time()
        try:
            exact(*line)
        except KernelError:
            continue
        seconds.append(time.process_time() - began)
        proved.append(line)
    return proved, seconds


def test_an_exact_step(benchmark: Any, compare: Compare) -> None:
    lines, first = exact_steps()
    assert len(lines) >= 5

    def prove_all() -> list[Theorem]:
        return [exact(*line) for line in lines]

    theorems = benchmark(prove_all)
    assert [one.conclusion.children for one in theorems] == [line[1:] for line in lines]
    compare(f"an exact step, the median of {len(lines)}", statistics.median(first), "≤ 5 ms")
    compare("an exact step, the slowest", max(first), "≤ 5 ms")
    if not benchmark.disabled:
        again = benchmark.stats.stats.median / len(lines)
        compare("an exact step once more, on average", again, "≤ 5 ms")


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
