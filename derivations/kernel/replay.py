"""Proofs as data: theorem to JSON, and JSON back to a theorem by running every rule again.

Nothing in a file is believed.  Each step is derived afresh and must give the sequent that the file
states; the statement, the lemmas and the whole layout must be the ones this module would write, so
a proof that was edited, cut or reordered is refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

from derivations.kernel import rules
from derivations.kernel.context import context_for
from derivations.kernel.terms import OPERATORS, KernelError, Term, argument_kinds
from derivations.kernel.theorem import Theorem

FORMAT = "keystar proof 1"
_NUMBER = re.compile(r"-?[0-9]{1,400}(/[0-9]{1,400})?")
Data = dict[str, object]
Item = TypeVar("Item")
RULES: Mapping[str, Callable[..., Theorem]] = {n: getattr(rules, n) for n in rules.RULE_NAMES}


class ProofRefused(KernelError):
    """A stored proof is malformed, or does not prove what it says."""


class _Writer:
    """Numbers terms and steps in the order in which they are first needed."""

    def __init__(self) -> None:
        self.terms: list[list[object]] = []
        self.steps: list[Data] = []
        self.lemmas: list[Data] = []
        self._term_numbers: dict[Term, int] = {}
        self._step_numbers: dict[str, int] = {}
        self._seen: dict[int, int] = {}

    def term(self, term: Term) -> int:
        if term not in self._term_numbers:
            row: list[object] = [term.op]
            for argument in term.args:
                if type(argument) is Term:
                    row.append(self.term(argument))
                else:
                    row.append(str(argument) if type(argument) is Fraction else argument)
            self._term_numbers[term] = len(self.terms)
            self.terms.append(row)
        return self._term_numbers[term]

    def sequent(self, theorem: Theorem) -> Data:
        ordered = sorted(theorem.hypotheses, key=lambda h: h.key)
        hypotheses = [self.term(h) for h in ordered]
        return {"hypotheses": hypotheses, "conclusion": self.term(theorem.conclusion)}

    def argument(self, value: object) -> object:
        if type(value) is Term:
            return {"term": self.term(value)}
        if type(value) is Theorem:
            return {"step": self._seen[id(value)]}
        if type(value) is tuple:
            return [self.argument(item) for item in value]
        if type(value) is str:
            return value
        raise ProofRefused("a theorem carries an argument that is no term, theorem or name")

    def proof(self, goal: Theorem) -> None:
        stack = [goal]
        while stack:
            theorem = stack[-1]
            missing = [p for p in _premises(theorem.arguments) if id(p) not in self._seen]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            if id(theorem) not in self._seen:
                self._seen[id(theorem)] = self.step(theorem)

    def step(self, theorem: Theorem) -> int:
        arguments = [self.argument(value) for value in theorem.arguments]
        row = {"rule": theorem.rule, "arguments": arguments, **self.sequent(theorem)}
        key = json.dumps(row)
        if key not in self._step_numbers:
            self._step_numbers[key] = len(self.steps)
            self.steps.append(row)
            if theorem.rule == "cite":
                lemma = {"name": arguments[0], "statement": repr(theorem)}
                self.lemmas.append(lemma | self.sequent(theorem))
        return self._step_numbers[key]


def _premises(arguments: tuple[object, ...]) -> list[Theorem]:
    found: list[Theorem] = []
    for argument in arguments:
        if type(argument) is Theorem:
            found.append(argument)
        elif type(argument) is tuple:
            found.extend(_premises(argument))
    return found


def to_json(theorem: Theorem) -> Data:
    """The proof as JSON data; the last step is the theorem."""
    writer = _Writer()
    writer.proof(theorem)
    sequent = writer.sequent(theorem)
    return {
        "format": FORMAT,
        "statement": repr(theorem),
        **sequent,
        "lemmas": writer.lemmas,
        "terms": writer.terms,
        "steps": writer.steps,
    }


def replay(data: object) -> Theorem:
    """The theorem a stored proof proves; raises ProofRefused with the reason otherwise."""
    try:
        context_for.cache_clear()
        return _replay(data)
    except ProofRefused:
        raise
    except Exception as error:
        raise ProofRefused(f"the proof is not accepted: {type(error).__name__}: {error}") from error


def verify(theorem: Theorem) -> Theorem:
    """Replay a theorem's own proof; the object's claims are not believed."""
    result = replay(to_json(theorem))
    if (result.hypotheses, result.conclusion) != (theorem.hypotheses, theorem.conclusion):
        raise ProofRefused("the replayed theorem is not the one that was claimed")
    return result


def _replay(data: object) -> Theorem:
    if type(data) is not dict or data.get("format") != FORMAT:
        raise ProofRefused(f"this is no proof file; its format must be {FORMAT!r}")
    terms: list[Term] = []
    for row in data["terms"]:
        terms.append(_read_term(row, terms))
    theorems: list[Theorem] = []
    for row in data["steps"]:
        if row["rule"] not in RULES:
            raise ProofRefused(f"step {len(theorems)} uses an unknown rule")
        arguments = [_read_argument(item, terms, theorems) for item in row["arguments"]]
        theorem = RULES[row["rule"]](*arguments)
        stated = {_numbered(terms, item) for item in row["hypotheses"]}
        if (
            stated != theorem.hypotheses
            or _numbered(terms, row["conclusion"]) != theorem.conclusion
        ):
            found = repr(theorem)
            raise ProofRefused(f"step {len(theorems)} derives another sequent: {found}")
        theorems.append(theorem)
    if not theorems or theorems[-1].rule != "well_defined":
        raise ProofRefused("the last step must be well_defined, so that all obligations are met")
    if json.dumps(to_json(theorems[-1]), sort_keys=True) != json.dumps(data, sort_keys=True):
        raise ProofRefused("the file is not the one its own proof would be written as")
    return theorems[-1]


def _numbered(items: list[Item], number: object) -> Item:
    if type(number) is not int or not 0 <= number < len(items):
        raise ProofRefused("a reference points at nothing that was written before it")
    return items[number]


def _read_term(row: object, terms: list[Term]) -> Term:
    """One row of the table: the operator and its arguments, earlier terms by number."""
    if type(row) is not list or not row or row[0] not in OPERATORS:
        raise ProofRefused("a row of the term table does not start with an operator")
    kinds = argument_kinds(row[0], len(row) - 1)
    parts: list[Term | str | int | Fraction | bool] = []
    for value, kind in zip(row[1:], kinds, strict=True):
        if kind == "Q":
            if type(value) is not str or not _NUMBER.fullmatch(value):
                raise ProofRefused("a number must be a short string such as '-3/4'")
            parts.append(Fraction(value))
        else:
            parts.append(value if kind in "INSB" else _numbered(terms, value))
    return Term(row[0], *parts)


def _read_argument(item: object, terms: list[Term], theorems: list[Theorem]) -> object:
    if type(item) is list:
        return tuple(_read_argument(inner, terms, theorems) for inner in item)
    if type(item) is dict and item.keys() == {"term"}:
        return _numbered(terms, item["term"])
    if type(item) is dict and item.keys() == {"step"}:
        return _numbered(theorems, item["step"])
    if type(item) is str:
        return item
    raise ProofRefused("an argument is neither a term, a step, a name nor a list of those")
