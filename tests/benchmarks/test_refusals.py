"""A wrong step, refused with the smallest counterexample."""

import statistics
import time
from typing import Any

import pytest

from derivations import Verdict, check
from derivations.reports import Outcome
from tests.benchmarks.conftest import Compare
from tests.steps.transcription import FALSE, step

pytestmark = pytest.mark.benchmark(timer=time.process_time)


def test_a_refusal_with_its_smallest_witness(benchmark: Any, compare: Compare) -> None:
    # As a plain test one refusal is enough: tests/test_steps.py refuses them all.
    names = FALSE[:1] if benchmark.disabled else FALSE

    def refuse_all() -> dict[str, Outcome]:
        return {name: check(*step(name)) for name in names}

    outcomes = benchmark.pedantic(refuse_all, rounds=1)
    assert Verdict.PROVED not in {one.verdict for one in outcomes.values()}
    refused = {
        name: one.seconds for name, one in outcomes.items() if one.verdict is not Verdict.OPEN
    }
    slowest = max(refused, key=lambda name: refused[name])
    compare(
        f"a refusal, the median of {len(refused)}", statistics.median(refused.values()), "< 1 s"
    )
    compare(f"a refusal, the slowest ({slowest})", refused[slowest])
    compare(f"all {len(names)} false steps")
