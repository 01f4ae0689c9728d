"""Proofs as data: theorem to JSON, and JSON back to a theorem by running every rule again.

Nothing in a file is believed.  Each step is derived afresh and must give the sequent that the file
states; the whole file must be the one this module would write for the theorem that comes out, so a
proof that was edited, cut or reordered is refused.  A proof is

    format       FORMAT
    hypotheses   those of the theorem
    conclusion   that of the theorem
    terms        rows [operator, argument..]
    steps        rows {rule, arguments, hypotheses, conclusion}; the last one is the theorem
    lemmas       rows {name, step} of the steps that cite a named lemma

where an argument is a string, a number, a boolean, a list of arguments, {"fraction": [p, q]}, or
{"term": n} or {"step": n} for the n-th row above it.
"""

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from . import rules
from .context import context_for
from .terms import KernelError, Term
from .theorem import Theorem, leaves

FORMAT = "keystar proof 1"
PARTS = ("arguments", "hypotheses", "conclusion")
_NAMES = """
absurd antisymmetric assume bound cases_empty cases_order cauchy_schwarz cite discharge exact
exists_elim exists_intro exp_tangent generalize instantiate max_above max_attained max_below
monotone reciprocal specialize sum_above sum_monotone triangle triangle_sum weaken well_defined
"""
RULES: Mapping[str, Callable[..., Theorem]] = {
    name: getattr(rules, name) for name in _NAMES.split()
}


class ProofRefused(KernelError):
    """A stored proof is malformed, or does not prove what it says."""


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
    """The theorem a stored proof proves; raises ProofRefused with the reason otherwise."""
    try:
        context_for.cache_clear()
        return _replay(data)
    except Exception as error:
        reason = f"the proof is not accepted: {type(error).__name__}: {error}"
        raise error if isinstance(error, ProofRefused) else ProofRefused(reason) from error


def verify(theorem: Theorem) -> Theorem:
    """Replay a theorem's own proof; the object's claims are not believed."""
    result = replay(to_json(theorem))
    if (result.hypotheses, result.conclusion) != (theorem.hypotheses, theorem.conclusion):
        raise ProofRefused("the replayed theorem is not the one that was claimed")
    return result


def _replay(data: Any) -> Theorem:
    if type(data) is not dict or data["format"] != FORMAT:
        raise ProofRefused(f"this is no proof file; its format must be {FORMAT!r}")
    terms: list[Any] = []
    theorems: list[Any] = []

    def decode(item: Any) -> Any:
        if type(item) is list:
            return tuple(map(decode, item))
        if type(item) is not dict:
            return item
        ((kind, value),) = item.items()
        if kind == "fraction":
            numerator, denominator = value
            return Fraction(numerator, denominator)
        return {"term": terms, "step": theorems}[kind][value]

    for operator, *arguments in data["terms"]:
        terms.append(Term(operator, *decode(arguments)))
    for row in data["steps"]:
        arguments, hypotheses, conclusion = (decode(row[part]) for part in PARTS)
        theorem = RULES[row["rule"]](*arguments)
        if (frozenset(hypotheses), conclusion) != (theorem.hypotheses, theorem.conclusion):
            raise ProofRefused(f"step {len(theorems)} derives another sequent")
        theorems.append(theorem)
    if not theorems or theorems[-1].rule != "well_defined":
        raise ProofRefused("the last step must be well_defined, so that all obligations are met")
    if json.dumps(to_json(theorems[-1]), sort_keys=True) != json.dumps(data, sort_keys=True):
        raise ProofRefused("the file is not the one its own proof would be written as")
    result: Theorem = theorems[-1]
    return result
