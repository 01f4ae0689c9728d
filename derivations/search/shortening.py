"""A proof without detours: what is derived twice is derived once, the way it was derived first.

A search comes back to a statement that it has proved already, by way of others.  Here every premise
is replaced by the first theorem that says the same, and the steps that used it are made again.
"""

from __future__ import annotations

from typing import Any

from derivations.kernel.replay import RULES
from derivations.kernel.terms import Term
from derivations.kernel.theorem import Theorem
from derivations.proof_files import leaves

Sequent = tuple[frozenset[Term], Term]


def shortened(theorem: Theorem) -> Theorem:
    """The same theorem from no more steps; citations of lemmas stay where they are."""
    first: dict[Sequent, Theorem] = {}
    known: dict[int, Theorem] = {}
    stack = [theorem]
    while stack:
        one = stack[-1]
        premises = [leaf for leaf in leaves(one.arguments) if type(leaf) is Theorem]
        missing = [premise for premise in premises if id(premise) not in known]
        if missing:
            stack += reversed(missing)
            continue
        stack.pop()
        if id(one) in known:
            continue
        made = one
        if any(known[id(premise)] is not premise for premise in premises):
            made = RULES[one.rule](*_replaced(one.arguments, known))
        if one.rule != "cite":
            made = first.setdefault((made.hypotheses, made.conclusion), made)
        known[id(one)] = made
    return known[id(theorem)]


def _replaced(value: Any, known: dict[int, Theorem]) -> Any:
    """The arguments with each theorem replaced by the first one that says the same."""
    if type(value) is tuple:
        return tuple(_replaced(item, known) for item in value)
    return known[id(value)] if type(value) is Theorem else value
