"""What the checker says about a step, and the evidence it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Verdict(Enum):
    """The four verdicts; they are never merged, and OPEN is never success."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    ILL_DEFINED = "ILL-DEFINED"
    OPEN = "OPEN"


class SecondWitness(Enum):
    """What SymPy alone, expanded at small sizes, says about an exact step."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    NOT_RUN = "not run"
    NOT_APPLICABLE = "not applicable"


class Known(Enum):
    """On what a lemma rests."""

    KERNEL = "kernel"
    COQ = "coq"
    TRUST = "trust"


@dataclass(frozen=True)
class Lemma:
    """A library theorem that a proof rests on."""

    name: str
    known: Known
    coq: str | None = None

    def to_json(self) -> dict[str, Any]:
        """With the names of the command's JSON output."""
        return {"name": self.name, "known": self.known.value, "coq": self.coq}


@dataclass(frozen=True)
class Witness:
    """An instance that satisfies every hypothesis and breaks the claim, confirmed in balls.

    `instance` holds the exact data (see counterexamples.instance), `left` and `right` the two
    sides to a few digits, `text` one line in the user's names, `test` a paste-ready test.
    """

    instance: dict[str, Any]
    left: str
    right: str
    text: str
    test: str

    def to_json(self) -> dict[str, Any]:
        """With the names of the command's JSON output."""
        return {
            "instance": self.instance,
            "left": self.left,
            "right": self.right,
            "text": self.text,
            "test": self.test,
        }
