"""What a transformation returns, and how one that does not apply says so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sympy import Basic, Expr

from derivations.errors import one_line
from derivations.language.binders import exact
from derivations.language.errors import LanguageError
from derivations.language.printing import unicode_text
from derivations.language.propositions import Proposition
from derivations.language.statements import Relation

_LONGEST = 240


class DoesNotApply(LanguageError):
    """A transformation found nothing to work on: where it looked and what it expected."""


@dataclass(frozen=True)
class NextLine:
    """A proposal for the next line of a derivation; nothing is proved by it.

    `budget` is how far the new line may be from the old one (None when they are equal),
    `hypotheses` what the step needs, `because` a phrase for the reader, `lemma` the name of the
    library theorem that carries the step (None when it needs none).
    """

    expression: Expr
    relation: Relation
    budget: Expr | None
    hypotheses: tuple[Proposition, ...]
    because: str
    lemma: str | None = None


class Transformation(ABC):
    """Makes the next line from this one.  Immutable and hashable; call it on an expression."""

    def __call__(self, expression: object) -> NextLine:
        """The next line.  Raises DoesNotApply with where it looked and what it expected."""
        return _next_line(self, exact(expression))

    @abstractmethod
    def next_line(self, expression: Expr) -> NextLine:
        """The next line for an expression that is known to hold exact numbers only."""

    def equals(
        self, expression: Expr, because: str, hypotheses: Iterable[Proposition] = ()
    ) -> NextLine:
        """An exact step."""
        needed = tuple(dict.fromkeys(hypotheses))
        return NextLine(expression, Relation.EQUAL, None, needed, because)

    def within(
        self,
        expression: Expr,
        budget: Expr,
        because: str,
        hypotheses: Iterable[Proposition] = (),
        lemma: str | None = None,
    ) -> NextLine:
        """A step that costs `budget`."""
        needed = tuple(dict.fromkeys(hypotheses))
        return NextLine(expression, Relation.APPROX, budget, needed, because, lemma)

    def refuse(self, looked_in: Basic, expected: str) -> DoesNotApply:
        """The complaint, ready to be raised."""
        where = one_line(unicode_text(looked_in), _LONGEST)
        return DoesNotApply(f"{self} does not apply: looked in {where} for {expected}")


@lru_cache(maxsize=256)
def _next_line(transformation: Transformation, expression: Expr) -> NextLine:
    return transformation.next_line(expression)
