"""Reports made by hand: what the writers must show, without proving anything."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from derivations.language import (
    attention,
    cardinality,
    diameter,
    exp,
    for_all,
    index,
    index_sets,
    inner,
    log_sum_exp,
    named,
    norm,
    oscillation,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    tanh,
    vector,
    vectors,
)
from derivations.language.propositions import at_most, non_empty
from derivations.language.sets import cluster_map
from derivations.language.statements import Relation, state
from derivations.reports import ClaimReport, DerivationReport, Outcome, StepReport
from derivations.verdicts import Known, Lemma, SecondWitness, Verdict, Witness

F, N = index_sets("F", "N", nonempty="N")
q, k, v, s = vector("q_i"), vectors("k"), vectors("v"), scalars("s")
a = cluster_map("a", F, N)
t, j = index("t"), index("j")
delta = scalar("delta")


def partition(domain: Any) -> Any:
    """Σ e^{⟨q, k⟩} over the set."""
    return sum_over(domain, lambda i: exp(inner(q, k[i])))


Z_F, Z_N = named("Z_F", partition(F)), named("Z_N", partition(N))
alpha = named("alpha", Z_F / (Z_F + Z_N))
start = attention(F | N, q, k, v)
split = (
    sum_over(F, lambda i: exp(inner(q, k[i])) * v[i], "t")
    + sum_over(N, lambda i: exp(inner(q, k[i])) * v[i])
) / (Z_F + Z_N)
clustered = (
    sum_over(F, lambda i: exp(inner(q, k[i])) * v[a(i)], "t")
    + sum_over(N, lambda i: exp(inner(q, k[i])) * v[i])
) / (Z_F + Z_N)


def z(i: Any) -> Any:
    """The grouped logit of i."""
    return log_sum_exp(a.group(i), lambda u: inner(q, k[u]))


grouped = softmax_mean(N, z, v)
gap = oscillation(N, lambda i: z(i) - inner(q, k[i]))
given = (
    for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta)),
    at_most(1, cardinality(F)),
    non_empty(N),
)
COQ = Lemma("clustering", Known.COQ, "Clustering.clustered_values")
TRUST = Lemma("softmax stability", Known.TRUST)
KERNEL = Lemma("log-sum-exp", Known.KERNEL)
WITNESS = Witness(
    {"sizes": {"F": 1, "N": 1}},
    "1/4",
    "1/8",
    "the left side is 1/4, the right side 1/8 at |F| = |N| = 1, s = 0, a(F1) = N1",
    "def test_step_3():\n    assert 1 == 1\n",
)
WORST = Witness(
    {"sizes": {"F": 2}},
    "7",
    "1/8",
    "the left side is 7, the right side 1/8 at |F| = 2, |N| = 1",
    "def test_worst(): ...",
)


def step(
    index: int,
    relation: Relation,
    left: Any,
    right: Any,
    budget: Any = None,
    because: str = "",
    verdict: Verdict = Verdict.PROVED,
    ground: str = "identity",
    **outcome: Any,
) -> StepReport:
    """One step; keywords beyond the named ones go to its outcome."""
    made = Outcome(
        state(left, relation, right, budget, given), verdict, ground, outcome.pop("reason", ""),
        **outcome,
    )  # fmt: skip
    witness = SecondWitness.NOT_RUN
    return StepReport(
        index, relation, because, left, right, budget, made, witness, f"my_file.py:{9 + index}"
    )


STEPS = (
    step(1, Relation.EQUAL, start, split, because="the sum splits over F ⊔ N"),
    step(
        2,
        Relation.APPROX,
        split,
        clustered,
        alpha * delta,
        because="frozen values are their cluster's, up to 50 % & δ",
        ground="clustering",
        lemmas=(COQ,),
    ),
    step(3, Relation.EQUAL, clustered, grouped, because="group along a"),
    step(
        4,
        Relation.APPROX,
        grouped,
        attention(N, q, k, v),
        tanh(gap / 4) * diameter(N, v),
        because="log-sum-exp is nearly max",
        ground="softmax stability",
        lemmas=(TRUST, KERNEL),
    ),
)
TOTAL = alpha * delta + tanh(gap / 4) * diameter(N, v)

PROVED = DerivationReport(
    name="effective key",
    file="derivations/results/effective_key.py",
    verdict=Verdict.PROVED,
    start=start,
    end=attention(N, q, k, v),
    relation=Relation.APPROX,
    budget=TOTAL,
    hypotheses=given,
    lemmas=(COQ, TRUST, KERNEL),
    steps=STEPS,
    seconds=0.0123,
    title="The effective key",
    proof={"format": "keystar proof 1"},
)

EXACT = DerivationReport(
    name="split",
    file="derivations/results/split.py",
    verdict=Verdict.PROVED,
    start=start,
    end=split,
    relation=Relation.EQUAL,
    budget=None,
    hypotheses=(non_empty(N),),
    lemmas=(),
    steps=STEPS[:1],
    seconds=0.002,
)


def broken(verdict: Verdict = Verdict.REFUTED, witnessed: bool = True) -> DerivationReport:
    """The third step fails, so the fourth is not reached."""
    failed = step(
        3,
        Relation.EQUAL,
        clustered,
        grouped,
        because="group along a",
        verdict=verdict,
        ground="",
        reason="no counterexample among 40 instances, and no proof: a term is left over",
        smallest=WITNESS if witnessed else None,
        worst=WORST if witnessed else None,
    )
    return DerivationReport(
        name="wrong chain",
        file="my_file.py",
        verdict=verdict,
        start=start,
        end=attention(N, q, k, v),
        relation=Relation.APPROX,
        budget=TOTAL,
        hypotheses=given,
        lemmas=(COQ,),
        steps=(*STEPS[:2], failed),
        seconds=0.4,
        title="A wrong chain",
    )


UNREACHED = [
    SimpleNamespace(
        relation=Relation.APPROX,
        right=attention(N, q, k, v),
        budget=tanh(gap / 4) * diameter(N, v),
        because="log-sum-exp is nearly max",
    )
]


def claim(verdict: Verdict = Verdict.REFUTED) -> ClaimReport:
    """The board's claim."""
    refuted = verdict is Verdict.REFUTED
    return ClaimReport(
        "context drops out",
        "derivations/results/irrelevant_context.py",
        state(start, "=", attention(N, q, k, v), None, [for_all(t, F, at_most(inner(q, k[t]), 0))]),
        Verdict.REFUTED,
        verdict,
        WITNESS if refuted else None,
        "" if refuted else "the stored witness does not break the statement",
    )


def replace_verdict(
    report: DerivationReport, number: int, verdict: Verdict, because: str = "because"
) -> DerivationReport:
    """The report with another verdict on one step, and nothing else changed."""
    steps = list(report.steps)
    outcome = replace(steps[number].outcome, verdict=verdict)
    steps[number] = replace(steps[number], outcome=outcome, because=because)
    return replace(report, steps=tuple(steps))
