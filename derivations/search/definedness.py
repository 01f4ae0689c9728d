"""That both sides of a statement have a value: the last step of every proof."""

from __future__ import annotations

from derivations.kernel.rules import Theorem, well_defined
from derivations.kernel.scope import symbols
from derivations.kernel.terms import Term, Unproved, relation
from derivations.search.equations import facts_about_sets
from derivations.search.signs import discharge_all, exact, signs_for
from derivations.search.steps import Hypotheses


def defined(theorem: Theorem) -> Theorem:
    """The theorem with `well_defined` as its last step, with facts about sets where it needs them.

    Raises Unproved with the obligation that is missed.
    """
    ours = frozenset[Term]().union(*map(symbols, theorem.statements))
    facts = facts_about_sets(theorem.hypotheses, theorem.conclusion)
    known: list[Theorem] = []
    while True:
        try:
            return well_defined(theorem, *known)
        except Unproved as missing:
            given = theorem.hypotheses.union(one.conclusion for one in known)
            signs = signs_for(missing.obligation, given)
            more = [*facts, *(discharge_all(one, known) for one in signs)]
            fits = [one for one in more if symbols(one.conclusion) <= ours and one not in known]
            if not fits:
                raise
            facts, known = [], [*known, *fits]


def require_values(hyps: Hypotheses, *sides: Term) -> None:
    """Raise Unproved unless all of these have a value under the hypotheses."""
    for side in sides:
        facts = facts_about_sets(hyps, relation("eq", side, side))
        exact(hyps.union(one.conclusion for one in facts), side, side)
