"""Proofs as data: JSON back to a theorem by running every rule again.

Nothing in a file is believed.  Each step is derived afresh and must give the sequent that the file
states; the last one must be the theorem at the head of the file.  A proof is

    format       FORMAT
    hypotheses   those of the theorem
    conclusion   that of the theorem
    terms        rows [operator, argument..]
    steps        rows {rule, arguments, hypotheses, conclusion}; the last one is the theorem
    lemmas       rows {name, step} of the steps that cite a named lemma

where an argument is a string, a number, a boolean, a list of arguments, {"fraction": [p, q]}, or
{"term": n} or {"step": n} for the n-th row above it.  ``derivations.proof_files`` writes them.
"""

from fractions import Fraction
from types import FunctionType
from typing import Any

from . import rules
from .normal_form import context_for
from .terms import KernelError, Term
from .theorem import Theorem

FORMAT = "keystar proof 1"
RULES: dict[str, Any] = {
    name: value
    for name, value in vars(rules).items()
    if type(value) is FunctionType and hasattr(value, "__wrapped__")
}


class ProofRefused(KernelError):
    """A stored proof is malformed, or does not prove what it says."""


def _accept(holds: object, message: str) -> None:
    if not holds:
        raise ProofRefused(message)


def replay(data: object) -> Theorem:
    """The theorem a stored proof proves; raises ProofRefused with the reason otherwise."""
    try:
        context_for.cache_clear()
        return _replay(data)
    except ProofRefused:
        raise
    except Exception as error:
        reason = f"the proof is not accepted: {type(error).__name__}: {error}"
        raise ProofRefused(reason) from error


def _replay(data: Any) -> Theorem:
    known = type(data) is dict and data.get("format") == FORMAT
    _accept(known, f"this is no proof file; its format must be {FORMAT!r}")
    rows: dict[str, list[Any]] = {"term": [], "step": []}

    def decode(item: Any) -> Any:
        if type(item) is list:
            return tuple(map(decode, item))
        if type(item) is not dict:
            return item
        ((kind, value),) = item.items()
        if kind == "fraction":
            numerator, denominator = value
            return Fraction(numerator, denominator)
        return rows[kind][value]

    def states(row: Any, theorem: Theorem) -> bool:
        sequent = frozenset(decode(row["hypotheses"])), decode(row["conclusion"])
        return sequent == (theorem.hypotheses, theorem.conclusion)

    for operator, *arguments in data["terms"]:
        rows["term"].append(Term(operator, *decode(arguments)))
    for number, row in enumerate(data["steps"]):
        theorem = RULES[row["rule"]](*decode(row["arguments"]))
        _accept(states(row, theorem), f"step {number} derives another sequent")
        rows["step"].append(theorem)
    finished = rows["step"] and rows["step"][-1].rule == "well_defined"
    _accept(finished, "the last step must be well_defined, so that all obligations are met")
    last: Theorem = rows["step"][-1]
    _accept(states(data, last), "the theorem at the head of the file is not its last step")
    return last
