"""A second witness for exact steps: SymPy alone, expanded at all small sizes.

Every set gets 0 to 3 members (its hypotheses permitting), every map every value.  Logits are
unknowns s_t, their exponentials unknowns of their own, vectors combinations of their names; then
both sides are fractions of polynomials, and the numerator of their difference is 0 or it is not.
Nothing of the kernel, of its reading or of the search for counterexamples is used.

What it cannot decide it calls not applicable: statements that are not equalities, and differences
that consist of norms, maxima or roots.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sympy import Expr
from sympy.polys.rings import PolyRing

from derivations.language.statements import Relation, Statement
from derivations.second_witness.fractions import (
    Numbers,
    OutOfBudget,
    TooFewGenerators,
    Unsupported,
    ring_of,
)
from derivations.second_witness.instances import (
    Instance,
    instances,
    is_first_of_its_kind,
)
from derivations.second_witness.verdict import (
    Difference,
    Excluded,
    Inconclusive,
    Plan,
    compare,
    plan,
)
from derivations.verdicts import SecondWitness

_CAPACITY = 16


@dataclass(frozen=True)
class Finding:
    """What the second witness says.

    `sizes` tells which instances were expanded or, for DISAGREES, the smallest one at which the
    sides differ; `left` and `right` are the sides there, in symbols such as s_F1 and v_N2.
    """

    status: SecondWitness
    reason: str
    sizes: str = ""
    left: Expr | None = None
    right: Expr | None = None


def second_witness(statement: Statement, *, largest: int = 3, seconds: float = 10.0) -> Finding:
    """Expand an exact statement at all sizes up to `largest` and compare the sides.

    AGREES means equal at every instance; DISAGREES shows both sides at the smallest one where
    they differ; NOT_APPLICABLE and NOT_RUN (after `seconds`) say why nothing was found out.
    """
    if statement.relation is not Relation.EQUAL:
        return Finding(SecondWitness.NOT_APPLICABLE, "only equalities are expanded")
    deadline = time.perf_counter() + seconds
    scheme, ring, done, unclear = plan(statement), ring_of(_CAPACITY), 0, ""
    needed = scheme.statement
    parts = (needed.left, needed.right, *needed.hypotheses)
    try:
        for instance in filter(is_first_of_its_kind, instances(parts, largest)):
            try:
                ring, found = _compared(scheme, instance, ring, deadline)
            except Excluded:
                continue
            except Inconclusive as stop:
                unclear = unclear or f"{stop} ({instance.describe() or 'any data'})"
                continue
            if found is not None:
                return _disagreement(instance, found)
            done += 1
    except OutOfBudget as stop:
        return Finding(
            SecondWitness.NOT_RUN, f"stopped by {stop} after {done} instances that agree"
        )
    except Unsupported as stop:
        return Finding(SecondWitness.NOT_APPLICABLE, f"cannot expand {stop}")
    if unclear:
        return Finding(SecondWitness.NOT_APPLICABLE, unclear)
    if not done:
        reason = f"no instance with sets of at most {largest} members satisfies the hypotheses"
        return Finding(SecondWitness.NOT_APPLICABLE, reason)
    return Finding(
        SecondWitness.AGREES,
        f"both sides expand to the same at all {done} instances (renamed tokens counted once)",
        f"every set with at most {largest} members",
    )


def _compared(
    scheme: Plan, instance: Instance, ring: PolyRing, deadline: float
) -> tuple[PolyRing, Difference | None]:
    """The outcome at one instance, and a ring that has generators enough for it."""
    while True:
        numbers = Numbers(deadline, ring)
        numbers.tick()
        try:
            return ring, compare(scheme, instance, numbers)
        except TooFewGenerators:
            ring = ring_of(2 * ring.ngens)


def _disagreement(instance: Instance, found: Difference) -> Finding:
    reason = found.reason or "the numerators differ"
    return Finding(
        SecondWitness.DISAGREES, reason, instance.describe() or "any data", found.left, found.right
    )


__all__ = ["Finding", "second_witness"]
