"""The last step of a proof: with facts about sets where it needs them, never without a value."""

import pytest

from derivations.kernel.rules import assume
from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.proof_files import verify
from derivations.search.build import base, entry, exp, index, le, log, lt, nonempty, total
from derivations.search.definedness import defined, require_values
from derivations.search.derived_rules import weaken
from derivations.search.equations import one_member
from derivations.terms import number, sub

J = base("J")
s, x = entry("s"), Term("scalar", "x")
SIZE = total(J, lambda e: number(1))
LOG = log(sub(mul(2, SIZE), 1))
PRESENT = frozenset({nonempty(J)})


def test_what_needs_no_fact_is_given_none() -> None:
    theorem = defined(weaken(assume(le(log(x), x)), [lt(0, x)]))
    assert theorem.rule == "well_defined"
    assert len(theorem.arguments) == 1


def test_a_set_with_a_member_has_at_least_one() -> None:
    theorem = defined(weaken(assume(le(LOG, x)), PRESENT))
    told = [one.conclusion for one in theorem.arguments[1:]]
    assert told[0] == le(1, SIZE) and len(told) == 2
    assert verify(theorem).conclusion == le(LOG, x)
    assert one_member(PRESENT, J).hypotheses == PRESENT


def test_a_sum_over_what_is_left_of_a_set_is_positive() -> None:
    i = index("i", J)
    rest = Term("difference", J, Term("single", i))
    weights = total(rest, lambda e: exp(s(e)))
    theorem = defined(weaken(assume(le(log(weights), s(i))), [nonempty(rest)]))
    assert verify(theorem).conclusion == le(log(weights), s(i))


def test_what_has_no_value_is_refused() -> None:
    for hypotheses in ([], [nonempty(base("K"))]):
        with pytest.raises(Unproved):
            defined(weaken(assume(le(LOG, x)), hypotheses))
    with pytest.raises(Unproved):
        defined(weaken(assume(le(log(x), x)), PRESENT))


def test_both_sides_of_a_step_have_a_value() -> None:
    require_values(PRESENT, LOG, add(SIZE, 1))
    with pytest.raises(Unproved):
        require_values(PRESENT, LOG, log(x))
    with pytest.raises(Unproved):
        require_values(frozenset(), LOG)
