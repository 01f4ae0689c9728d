"""What every result must satisfy, whatever it says."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from sympy import Basic

from derivations import Derivation
from derivations.counterexamples import instances, refute
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.instance import Instance
from derivations.counterexamples.judge import Finding, judge
from derivations.kernel.terms import Term
from derivations.language.propositions import Proposition
from derivations.language.statements import Relation, Statement, state
from derivations.proof_files import replay
from derivations.reading import read, read_claim, read_proposition
from derivations.reports import DerivationReport
from derivations.verdicts import Verdict
from tests.mutants.expressions import spelt_out

ROOT = Path(__file__).parents[2]


@lru_cache
def report_of(derivation: Derivation) -> DerivationReport:
    """The report; a derivation is proved once in a test process."""
    return derivation.report()


def proves(
    derivation: Derivation,
    left: Basic,
    relation: str,
    right: Basic,
    budget: Basic | None = None,
    given: tuple[object, ...] = (),
    lemmas: tuple[str, ...] = (),
) -> None:
    """The derivation is PROVED and its theorem is this one, with these hypotheses and lemmas.

    The parts are compared by meaning: abbreviations spelt out, bound indices without names.  The
    proof, replayed, concludes what the report says.
    """
    report = report_of(derivation)
    assert report.verdict is Verdict.PROVED, report.steps[-1].outcome.reason
    assert report.unreached == ()
    wanted = state(left, relation, right, budget, given)
    assert report.relation is wanted.relation
    assert meaning(report.start) == meaning(wanted.left)
    assert meaning(report.end) == meaning(wanted.right)
    assert (report.budget is None) is (wanted.budget is None)
    if report.budget is not None and wanted.budget is not None:
        assert meaning(report.budget) == meaning(wanted.budget)
    assert set(map(meaning, report.hypotheses)) == set(map(meaning, wanted.hypotheses))
    assert {one.name for one in report.lemmas} == set(lemmas)
    assert report.proof is not None
    theorem = replay(report.proof)
    assert theorem.conclusion == read_claim(statement_of(derivation))
    assert theorem.hypotheses <= set(map(read_proposition, report.hypotheses))


def meaning(part: Basic) -> Term:
    """What an expression or a proposition says, whatever its names."""
    plain = spelt_out(part)
    return read_proposition(plain) if isinstance(plain, Proposition) else read(plain)


def statement_of(derivation: Derivation) -> Statement:
    """The theorem as a statement."""
    report = report_of(derivation)
    return state(report.start, report.relation, report.end, report.budget, report.hypotheses)


def holds_on_instances(derivation: Derivation, examples: int = 20) -> None:
    """No random instance of the hypotheses breaks the theorem, and some instances decide it."""
    compiled = Compiled(statement_of(derivation))
    found: list[Finding] = []

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(instances(compiled.statement))
    def run(instance: Instance) -> None:
        found.append(judge(compiled, instance).finding)

    run()
    assert set(found) <= {Finding.HOLDS, Finding.UNDECIDED}, found
    if compiled.statement.relation is not Relation.EQUAL:
        assert Finding.HOLDS in found


def holds_here(derivation: Derivation, **parts: object) -> None:
    """The theorem holds at one instance given by its JSON parts."""
    data = {"dimension": 1, "sets": {}, "maps": {}, "indices": {}, "values": {}, **parts}
    compiled = Compiled(statement_of(derivation))
    assert judge(compiled, Instance.from_json(data)).finding is Finding.HOLDS


def without(derivation: Derivation, number: int) -> Derivation:
    """The same chain with one of its hypotheses left out."""
    given = [one for place, one in enumerate(derivation.given) if place != number]
    made = Derivation(derivation.name, derivation.start, given)
    for line in derivation.lines:
        said = {"because": line.because, "by": line.by}
        if line.relation is Relation.EQUAL:
            made = made.equal(line.right, **said)
        elif line.relation is Relation.AT_MOST:
            made = made.at_most(line.right, **said)
        else:
            made = made.approx(line.right, error=line.budget, **said)
    return made


def does_not_need_hypothesis(derivation: Derivation, number: int) -> None:
    """The theorem is true without this hypothesis: no instance speaks against it."""
    given = without(derivation, number).given
    whole = statement_of(derivation)
    found = refute(state(whole.left, whole.relation, whole.right, whole.budget, given), 100)
    assert found.verdict is Verdict.OPEN
    assert found.satisfied


def needs_hypothesis(derivation: Derivation, number: int) -> None:
    """Without this hypothesis the chain breaks, with an instance."""
    verdict = without(derivation, number).report(time_limit=10).verdict
    assert verdict in (Verdict.REFUTED, Verdict.ILL_DEFINED), derivation.given[number]


def runs_as_script(stem: str) -> None:
    """`python -m derivations.results.<stem>` proves everything in it and says so."""
    run = subprocess.run(
        [sys.executable, "-m", f"derivations.results.{stem}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "PROVED" in run.stdout
    assert "OPEN" not in run.stdout
