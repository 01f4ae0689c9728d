"""The mutants of the kernel: what is changed, and the recorded result of trying all of them."""

import ast
import re

import pytest

from derivations.kernel import rules
from tests.kernel.cases import rule_names
from tests.kernel.equivalent_mutants import EQUIVALENT
from tests.kernel.mutants import KERNEL, REPORT, ROOT, all_mutants, fingerprint
from tests.kernel.mutations import Mutant

RECORD = REPORT.read_text("utf-8")


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return all_mutants()


def test_every_mutant_is_a_program_and_another_one(mutants: list[Mutant]) -> None:
    names = [mutant.name for mutant in mutants]
    assert len(set(names)) == len(names) > 500
    sources = {path.name: path.read_text("utf-8") for path in (ROOT / KERNEL).glob("*.py")}
    for mutant in mutants[::23]:
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(sources[mutant.file]))


def test_every_rule_is_weakened(mutants: list[Mutant]) -> None:
    """A rule that asks for nothing says a relation at least, and that is changed."""
    changed = {tuple(mutant.name.split(": ")[:2]) for mutant in mutants}
    for name in rule_names():
        file = getattr(rules, name).__module__.split(".")[-1] + ".py"
        assert (file, name) in changed or name in ("assume",), name


def test_the_record_is_about_these_mutants_and_none_survived(mutants: list[Mutant]) -> None:
    counted = re.search(r"(\d+) mutants: (\d+) killed, (\d+) equivalent .*, (\d+) surv", RECORD)
    assert counted is not None
    total, killed, equivalent, survived = map(int, counted.groups())
    assert total == len(mutants) == killed + equivalent
    assert survived == 0
    assert equivalent == len(EQUIVALENT)
    assert set(EQUIVALENT) <= {mutant.name for mutant in mutants}
    for name, reason in EQUIVALENT.items():
        assert f"- `{name}`" in RECORD and reason in RECORD


def test_the_record_is_about_the_kernel_of_today() -> None:
    """If this fails, write the record anew: `python -m tests.kernel.mutants`, a quarter hour."""
    recorded = re.search(r"^Kernel ([0-9a-f]{16}), ", RECORD, re.MULTILINE)
    assert recorded is not None
    assert recorded[1] == fingerprint()
