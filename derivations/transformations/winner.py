"""Read the winner's logit off a maximum: max_{t∈G_j} s_t = s_{w(j)}."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Basic, Expr

from derivations.language.binders import SetMax
from derivations.language.definitions import placeholder
from derivations.language.errors import LanguageError
from derivations.language.sets import Bound, Index, MapValue, SetExpr, WinnerMap
from derivations.language.statements import winner_hypothesis
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.structure import (
    domains,
    listed,
    meaning,
    outside,
    rewrite,
    same,
    same_set,
    terms,
)


@dataclass(frozen=True)
class WinnerKeys(Transformation):
    """Put the winner's logit for the maximum over its group (see `winner_keys`)."""

    winner: WinnerMap

    def __str__(self) -> str:
        return f"winner_keys({self.winner.name})"

    def next_line(self, expression: Expr) -> NextLine:
        """Every maximum over a group of the winner map, of the logit that the map maximises."""
        done: list[Expr] = []
        other: list[SetMax] = []

        def rule(node: Expr) -> Expr | None:
            if not isinstance(node, SetMax):
                return None
            member = self._argument(node.domain)
            if member is None:
                return None
            new = self._value(node, member)
            (other if new is None else done).append(node)
            return new

        new = rewrite(expression, rule)
        if done:
            because = f"the maximum is the logit of the winner {self.winner.name}"
            return self.equals(new, because, [winner_hypothesis(self.winner)])
        if other:
            chosen = self.winner.logit(placeholder("t"))
            raise self.refuse(
                other[0], f"the maximum of {chosen}, by which {self.winner.name} picks the winner"
            )
        group = self.winner.target(placeholder("j"))
        found = listed(domains(meaning(expression), SetMax))
        raise self.refuse(expression, f"a maximum over {group} and found maxima over {found}")

    def _argument(self, domain: SetExpr) -> Basic | None:
        """The j for which `domain` is the group of j."""
        for one in dict.fromkeys(_indices(domain)):
            if same_set(domain, self.winner.target(one)):
                return one
        return None

    def _value(self, node: SetMax, member: Basic) -> Expr | None:
        """The maximum, when it is that of the logit, of a multiple of it or of a shift."""
        bound = placeholder(node.bound.name)
        body, wanted = node.open(bound), self.winner.logit(bound)
        at_winner = self.winner.logit(self.winner(member))
        if same(body, wanted):
            return at_winner
        shift = sum(one for one in terms(body) if not one.has(bound))
        factor, rest = outside(body - shift, bound)
        if same(rest, wanted) and factor.is_positive:
            return factor * at_winner + shift
        return None


def _indices(domain: Basic) -> list[Basic]:
    if isinstance(domain, Index | Bound | MapValue):
        return [domain]
    return [one for part in domain.args for one in _indices(part)]


def winner_keys(w: WinnerMap) -> WinnerKeys:
    """Put ⟨q, k_{w(j)}⟩ for max_{t∈G_j} ⟨q, k_t⟩, with w the winner map of the groups."""
    if not isinstance(w, WinnerMap):
        raise LanguageError(f"winner_keys: {w!r} is not a winner map; make one with winner_map")
    return WinnerKeys(w)
