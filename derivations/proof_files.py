"""Proof files: what is written for a theorem, and the one file that is accepted for it.

The kernel's ``replay`` decides whether a file proves what it says.  Here a file must moreover be
the one that would be written for the theorem that comes out, so that what was edited, cut or
reordered is refused even where it would still be a proof.  Nothing here is trusted.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from derivations.kernel import replay as kernel
from derivations.kernel.replay import FORMAT, ProofRefused
from derivations.kernel.terms import Term
from derivations.kernel.theorem import Theorem, leaves

PARTS = ("arguments", "hypotheses", "conclusion")


class _Writer:
    """Numbers terms and steps in the order in which they are first needed."""

    def __init__(self) -> None:
        self.terms: list[object] = []
        self.steps: list[Any] = []
        self._terms: dict[Term, int] = {}
        self._steps: dict[int, int] = {}  # by the identity of the theorem
        self._contents: dict[object, int] = {}  # by what the step says

    def encode(self, value: object) -> object:
        if type(value) is Term:
            return {"term": self._term(value)}
        if type(value) is Theorem:
            return {"step": self._steps[id(value)]}
        if type(value) is Fraction:
            return {"fraction": [value.numerator, value.denominator]}
        return [self.encode(item) for item in value] if type(value) is tuple else value

    def _term(self, term: Term) -> int:
        if term not in self._terms:
            row = [term.op, *map(self.encode, term.args)]
            self._terms[term] = len(self.terms)
            self.terms.append(row)
        return self._terms[term]

    def add(self, goal: Theorem) -> None:
        stack = [goal]
        while stack:
            theorem = stack.pop()
            premises = [leaf for leaf in leaves(theorem.arguments) if type(leaf) is Theorem]
            missing = [premise for premise in premises if id(premise) not in self._steps]
            if missing:
                stack += [theorem, *reversed(missing)]
            else:
                self._steps[id(theorem)] = self._place(theorem)

    def _place(self, theorem: Theorem) -> int:
        """The number of the step; two theorems that say the same in the same way share one."""
        said = self._numbered(theorem.arguments), theorem.hypotheses, theorem.conclusion
        content = theorem.rule, *said
        if content not in self._contents:
            step = self._step(theorem)
            self._contents[content] = len(self.steps)
            self.steps.append(step)
        return self._contents[content]

    def _numbered(self, value: object) -> object:
        """Arguments with the numbers of the steps for the theorems; there are no other numbers."""
        if type(value) is tuple:
            return tuple(map(self._numbered, value))
        return self._steps[id(value)] if type(value) is Theorem else value

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


def text_of(proof: object) -> str:
    """The text of a proof file: JSON on one line."""
    return json.dumps(proof, separators=(",", ":")) + "\n"


def replay_text(text: bytes) -> tuple[Theorem, dict[str, Any]]:
    """The theorem that a proof file proves, as `replay` finds it, and the data of the file.

    Raises ProofRefused with the reason, ValueError when it is no JSON.
    """
    data = json.loads(text)
    theorem = kernel.replay(data)
    # The very text that is written for the theorem need not be taken apart to be recognised.
    if text != text_of(to_json(theorem)).encode():
        require_canonical(data, theorem)
    return theorem, data


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
