"""The page on mutants of the chain: what was killed, what survived, what is true after all."""

from __future__ import annotations

from collections import Counter

from derivations.verdicts import Verdict
from tests.mutants.chain_mutants import (
    INSTANCES,
    Judged,
    Mutant,
    no_counterexample,
    shown,
    why_true,
)

HEAD = """\
# Mutants of the chain

Every line of every shipped derivation, changed in one place at a time: a sign, a set (F ↔ N, a
group ↔ its fibre, a part for a union), an index (t ↔ a(t), j ↔ w(j), any other index in scope),
α ↔ 1 − α, a term, a factor or a hypothesis dropped, a smaller constant (×9/10, ×4/5, ×1/2),
max ↔ log-sum-exp, the residual dropped, a bound reversed. The changes are found by walking the
expression; there is no list of them. Each changed step is judged like any other.

Killed means REFUTED or ILL-DEFINED, with a witness that was judged again. OPEN means survived. A
mutant that is PROVED must be true: each is listed with the reason, and a search of its own through
{instances} instances found nothing against it.

Made by `python -m tests.mutants.chain_mutants`; the tests run a sample.
"""


def page(found: list[Judged]) -> str:
    """The whole of docs/chain_mutants.md."""
    proved = [one for one in found if one.outcome.verdict is Verdict.PROVED]
    survived = [one for one in found if not one.killed and one not in proved]
    others = len(found) - len(proved)
    share = 100 * (others - len(survived)) / others if others else 100.0
    lines = [
        HEAD.format(instances=INSTANCES),
        f"{len(found)} mutants: {others - len(survived)} killed, {len(survived)} survived, "
        f"{len(proved)} PROVED because they are true. Of those that are not PROVED "
        f"{share:.1f} % are killed.",
        "",
        "## By kind",
        "",
        *_by_kind(found),
        "",
        "## By derivation",
        "",
        *_by_derivation(found),
        "",
        "## PROVED, because true",
        "",
        *_true(proved),
        "",
        "## Survived",
        "",
        *([row(one.mutant) for one in survived] or ["None."]),
    ]
    return "\n".join(lines) + "\n"


def _by_kind(found: list[Judged]) -> list[str]:
    return _counted("change", [(one.mutant.kind, one) for one in found])


def _by_derivation(found: list[Judged]) -> list[str]:
    return _counted("derivation", [(one.mutant.step.derivation, one) for one in found])


def _counted(title: str, labelled: list[tuple[str, Judged]]) -> list[str]:
    counts: dict[str, Counter[Verdict]] = {}
    for label, one in labelled:
        counts.setdefault(label, Counter())[one.outcome.verdict] += 1
    rows = [f"| {title} | mutants | " + " | ".join(one.value for one in Verdict) + " |"]
    rows.append("|---" * (2 + len(Verdict)) + "|")
    for label, count in counts.items():
        numbers = " | ".join(str(count[one]) for one in Verdict)
        rows.append(f"| {label} | {count.total()} | {numbers} |")
    return rows


def _true(proved: list[Judged]) -> list[str]:
    if not proved:
        return ["None."]
    rows = []
    for one in proved:
        reason = why_true(one.mutant) or "unexplained"
        searched = "" if no_counterexample(one.mutant.statement) else " BUT REFUTED BY THE SEARCH"
        rows.append(f"{row(one.mutant)} — {reason}{searched}")
    return rows


def row(mutant: Mutant) -> str:
    """One mutant as an item of a list."""
    step = mutant.step
    return f"- {step.derivation}, line {step.number}, {mutant.kind}: {shown(mutant)}"
