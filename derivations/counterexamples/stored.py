"""A stored instance, evaluated again and told like a fresh one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derivations.counterexamples.declarations import broken_declaration
from derivations.counterexamples.describe import witness
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.instance import Instance, InstanceError
from derivations.counterexamples.judge import judge
from derivations.language.statements import Statement
from derivations.verdicts import Verdict, Witness


def stored_witness(
    statement: Statement, instance: Mapping[str, Any]
) -> tuple[Verdict, Witness | None]:
    """The verdict that a stored instance supports, and the witness if it breaks the statement.

    Raises InstanceError if the instance is no world of the statement.
    """
    compiled, world = prepared(statement, instance)
    found = judge(compiled, world)
    if found.verdict is Verdict.OPEN:
        return Verdict.OPEN, None
    return found.verdict, witness(compiled, world, found)


def prepared(statement: Statement, instance: Mapping[str, Any]) -> tuple[Compiled, Instance]:
    """The statement ready to be evaluated, and the instance as a world of it.

    Raises InstanceError if the instance cannot be read or breaks a declaration of the statement.
    """
    compiled, world = Compiled(statement), Instance.from_json(instance)
    broken = broken_declaration(compiled, world)
    if broken is not None:
        raise InstanceError(broken)
    return compiled, world
