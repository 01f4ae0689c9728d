"""That both sides of a statement have a value: the last step of every proof."""

from __future__ import annotations

from derivations.kernel.rules import Theorem, exact, well_defined
from derivations.kernel.scope import symbols
from derivations.kernel.terms import Term, Unproved, relation
from derivations.search.equations import facts_about_sets
from derivations.search.steps import Hypotheses


def defined(theorem: Theorem) -> Theorem:
    """The theorem with `well_defined` as its last step, with facts about sets where it needs them.

    Raises Unproved with the obligation that is missed.
    """
    try:
        return well_defined(theorem)
    except Unproved:
        ours = frozenset[Term]().union(*map(symbols, theorem.statements))
        facts = facts_about_sets(theorem.hypotheses, theorem.conclusion)
        known = [one for one in facts if symbols(one.conclusion) <= ours]
        if not known:
            raise
        return well_defined(theorem, *known)


def require_values(hyps: Hypotheses, *sides: Term) -> None:
    """Raise Unproved unless all of these have a value under the hypotheses."""
    for side in sides:
        facts = facts_about_sets(hyps, relation("eq", side, side))
        exact(hyps.union(one.conclusion for one in facts), side, side)
