"""Every rule of the kernel, found by introspection, is shown to accept and to refuse."""

from importlib import import_module
from pathlib import Path

import pytest

from derivations.kernel import rules
from tests.kernel.cases import Accepted, Refused, accept, refuse, rule_names
from tests.kernel.every_rule import DERIVED

TABLES = [
    import_module(f"tests.kernel.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if "\nREFUSED = [" in path.read_text("utf-8")
]


def rules_in(name: str) -> list[str]:
    return [case.rule for table in TABLES for case in getattr(table, name)]


def test_there_are_rules_and_tables() -> None:
    assert len(rule_names()) >= 15
    assert len(TABLES) >= 5


@pytest.mark.parametrize("rule", sorted(rule_names() | DERIVED))
def test_every_rule_is_tested_both_ways(rule: str) -> None:
    assert rule in rules_in("ACCEPTED"), f"no test shows that {rule} accepts anything"
    assert rule in rules_in("REFUSED"), f"no test shows that {rule} refuses anything"


def test_no_test_is_about_a_rule_that_is_gone() -> None:
    assert {*rules_in("ACCEPTED"), *rules_in("REFUSED")} == rule_names() | DERIVED


def test_replay_knows_these_rules_and_no_others() -> None:
    from derivations.kernel.replay import RULES

    assert set(RULES) == rule_names()
    for name, function in RULES.items():
        assert getattr(rules, name) is function


def test_the_tables_can_fail() -> None:
    """An accepted case that is refused, and a refused one that is accepted, are noticed."""
    table = TABLES[0]
    accepted, refused_ = table.ACCEPTED[0], table.REFUSED[0]
    with pytest.raises(refused_.error):
        accept(Accepted(refused_.rule, "", refused_.arguments, [], accepted.conclusion))
    with pytest.raises(pytest.fail.Exception):
        refuse(Refused(accepted.rule, "", accepted.arguments))
    with pytest.raises(AssertionError):
        wrong = accepted.conclusion
        hypotheses = [*accepted.hypotheses, rules.exact([], 1, 1).conclusion]
        accept(Accepted(accepted.rule, "", accepted.arguments, hypotheses, wrong))
