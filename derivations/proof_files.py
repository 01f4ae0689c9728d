"""Proof files: what is written for a theorem, and the one file that is accepted for it.

The kernel's ``replay`` decides whether a file proves what it says.  Here a file must moreover be
the one that would be written for the theorem that comes out, so that what was edited, cut or
reordered is refused even where it would still be a proof.  Nothing here is trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from derivations.kernel import replay as kernel
from derivations.kernel.replay import FORMAT, ProofRefused
from derivations.kernel.terms import Term
from derivations.kernel.theorem import Theorem


def leaves(value: object) -> Iterator[Any]:
    """The terms, theorems and strings in the arguments of a rule."""
    if type(value) is not tuple:
        yield value
        return
    for item in value:
        yield from leaves(item)


PARTS = ("arguments", "hypotheses", "conclusion")


class _Writer:
    """Numbers terms and steps in the order in which they are first needed."""

    def __init__(self) -> None:
        self.terms: list[object] = []
        self.steps: list[Any] = []
        self._numbers: dict[object, int] = {}

    def encode(self, value: object) -> object:
        if type(value) is Term:
            if value not in self._numbers:
                row = [value.op, *map(self.encode, value.args)]
                self._numbers[value] = self._place(self.terms, row)
            return {"term": self._numbers[value]}
        if type(value) is Theorem:
            return {"step": self._numbers[id(value)]}
        if type(value) is Fraction:
            return {"fraction": [value.numerator, value.denominator]}
        return [self.encode(item) for item in value] if type(value) is tuple else value

    def _place(self, table: list[Any], row: object) -> int:
        key = json.dumps(row)
        if key not in self._numbers:
            self._numbers[key] = len(table)
            table.append(row)
        return self._numbers[key]

    def add(self, goal: Theorem) -> None:
        stack = [goal]
        while stack:
            theorem = stack.pop()
            premises = [leaf for leaf in leaves(theorem.arguments) if type(leaf) is Theorem]
            missing = [premise for premise in premises if id(premise) not in self._numbers]
            if missing:
                stack += [theorem, *reversed(missing)]
            else:
                self._numbers[id(theorem)] = self._place(self.steps, self._step(theorem))

    def _step(self, theorem: Theorem) -> dict[str, object]:
        ordered = sorted(theorem.hypotheses, key=lambda hypothesis: hypothesis.key)
        parts = (theorem.arguments, tuple(ordered), theorem.conclusion)
        return {"rule": theorem.rule, **dict(zip(PARTS, map(self.encode, parts), strict=True))}


def to_json(theorem: Theorem) -> dict[str, object]:
    """The proof as JSON data; the last step is the theorem."""
    writer = _Writer()
    writer.add(theorem)
    cited = [(n, step) for n, step in enumerate(writer.steps) if step["rule"] == "cite"]
    lemmas = [{"name": step["arguments"][0], "step": n} for n, step in cited]
    statement = {part: writer.steps[-1][part] for part in ("hypotheses", "conclusion")}
    rows = {"lemmas": lemmas, "terms": writer.terms, "steps": writer.steps}
    return {"format": FORMAT, **statement, **rows}


def replay(data: object) -> Theorem:
    """The theorem that the kernel finds proved by a file, if the file is the one written for it.

    Raises ProofRefused with the reason otherwise.
    """
    theorem = kernel.replay(data)
    require_canonical(data, theorem)
    return theorem


def require_canonical(data: object, theorem: Theorem) -> None:
    """Raise ProofRefused unless the data are what is written for the theorem."""
    try:
        same = json.dumps(to_json(theorem), sort_keys=True) == json.dumps(data, sort_keys=True)
    except (TypeError, ValueError, RecursionError) as reason:
        raise ProofRefused(f"the file cannot be compared with its own proof: {reason}") from reason
    if not same:
        raise ProofRefused("the file is not the one its own proof would be written as")


def verify(theorem: Theorem) -> Theorem:
    """Replay a theorem's own proof; the object's claims are not believed.  Raises ProofRefused."""
    result = replay(to_json(theorem))
    if (result.hypotheses, result.conclusion) != (theorem.hypotheses, theorem.conclusion):
        raise ProofRefused("the replayed theorem is not the one that was claimed")
    return result
