"""How a rule of the kernel is tested: what it must accept, and every way it must refuse.

The arguments are built before the rule is called, so that a refusal is the rule's own and not
that of a step which made one of its premises.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import isfunction, signature, unwrap
from typing import Any

import pytest

from derivations.kernel import rules as kernel
from derivations.kernel.rules import Theorem
from derivations.kernel.terms import IllSorted, Term, Unproved
from derivations.proof_files import verify
from tests.kernel import every_rule as rules

Arguments = Callable[[], tuple[Any, ...]]


@dataclass(frozen=True)
class Accepted:
    """A rule, its arguments and the sequent they must give."""

    rule: str
    why: str
    arguments: Arguments
    hypotheses: Iterable[Term]
    conclusion: Term


@dataclass(frozen=True)
class Refused:
    """A rule, arguments it must refuse, how it says so, and what it says is missing."""

    rule: str
    why: str
    arguments: Arguments
    error: type[Exception] | tuple[type[Exception], ...] = Unproved
    missing: Term | None = None
    words: str = ""


def each(cases: Iterable[Accepted | Refused]) -> pytest.MarkDecorator:
    """One test for every case, under the name of its rule."""
    listed = list(cases)
    names = [f"{case.rule}: {case.why}" for case in listed]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(f"cases with the same name: {repeated}")
    return pytest.mark.parametrize("case", listed, ids=names)


def accept(case: Accepted) -> None:
    """The rule gives exactly this sequent, and its proof replays."""
    theorem = getattr(rules, case.rule)(*case.arguments())
    assert theorem.rule == case.rule or case.rule in rules.DERIVED
    assert theorem.conclusion == case.conclusion
    assert theorem.hypotheses == frozenset(case.hypotheses)
    replayed = replayable(theorem)
    assert (replayed.hypotheses, replayed.conclusion) == (theorem.hypotheses, theorem.conclusion)


def replayable(theorem: Theorem) -> Theorem:
    """The theorem from its own proof; a side without a value is made harmless first.

    A proof must end with `well_defined`, which many a sound sequent of a test is not; assuming the
    conclusion's opposite is no way out, so the sequent is kept as a step below a trivial theorem.
    """
    if theorem.rule == "well_defined":
        return verify(theorem)
    try:
        return verify(rules.well_defined(theorem))
    except Unproved:
        trivial = rules.exact([], Term("zero"), Term("zero"))
        below = rules.discharge(trivial, theorem)
        verify(rules.well_defined(below))
        return theorem


def refuse(case: Refused) -> None:
    """The rule raises this error; its obligation is the one that is missing.

    A term that mixes sorts may be refused as soon as it is built.
    """
    allowed = case.error if isinstance(case.error, tuple) else (case.error,)
    try:
        arguments = case.arguments()
    except IllSorted:
        assert IllSorted in allowed
        return
    with pytest.raises(case.error, match=case.words or None) as caught:
        getattr(rules, case.rule)(*arguments)
    if case.missing is not None:
        assert isinstance(caught.value, Unproved)
        assert caught.value.obligation == case.missing


def rule_names() -> frozenset[str]:
    """The rules of the kernel, found by what the public functions of its module return."""
    found = set()
    for name, function in vars(kernel).items():
        if isfunction(function) and not name.startswith("_"):
            returned = signature(unwrap(function)).return_annotation
            if getattr(returned, "__name__", returned) in ("Sequent", "Theorem"):
                found.add(name)
    return frozenset(found)
