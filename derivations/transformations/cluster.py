"""Put the value of its cluster in for the value of every frozen token.

Exact when v_t = v_{a(t)} on F.  When ‖v_t − v_{a(t)}‖ ≤ δ there, it costs αδ, where α is the
weight that the line gives to F.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Add, Basic, Expr, Mul, S

from derivations.language.binders import SetSum, exact
from derivations.language.definitions import Named, SoftmaxMean, named, placeholder
from derivations.language.errors import LanguageError
from derivations.language.printing import unicode_text
from derivations.language.propositions import Proposition, at_most, equal, for_all
from derivations.language.sets import Bound, IndexMap
from derivations.language.statements import distance
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.spread import size, spread, summed, with_known_names
from derivations.transformations.structure import (
    domains,
    factors,
    is_vector,
    listed,
    outside,
    put,
    rewrite,
    terms,
    weighted,
)


@dataclass(frozen=True)
class Cluster(Transformation):
    """Replace the values over the source of a map by their cluster's (see `cluster`)."""

    map: IndexMap
    residual: Expr | None = None
    of: Callable[[Basic], Expr] | None = None
    name: str | None = "alpha"

    def __str__(self) -> str:
        residual = "" if self.residual is None else f", {unicode_text(self.residual)}"
        return f"cluster({self.map.name}{residual})"

    def next_line(self, expression: Expr) -> NextLine:
        """Every sum and softmax mean over the source, with the cluster's values."""
        moved: list[tuple[Expr, Expr, Bound]] = []

        def change(node: Expr) -> tuple[Expr, Expr] | None:
            return self._change(node, moved)

        def replace(node: Expr) -> Expr | None:
            found = change(node)
            return None if found is None else found[0]

        if self.residual is None:
            new, mass = rewrite(expression, replace), S.Zero
        else:
            new, mass = spread(expression, change, self)
        if not moved:
            raise self._nothing(expression)
        hypotheses = self._hypotheses(expression, moved)
        because = f"values over {self.map.source} are those of their clusters"
        if self.residual is None:
            return self.equals(new, because, hypotheses)
        budget = self._named(with_known_names(mass, expression)) * self.residual
        return self.within(new, budget, because, hypotheses)

    def _change(
        self, node: Expr, moved: list[tuple[Expr, Expr, Bound]]
    ) -> tuple[Expr, Expr] | None:
        if not isinstance(node, SetSum | SoftmaxMean) or node.domain != self.map.source:
            return None
        bound = placeholder(node.bound.name)
        body = node.open(bound, node.bodies - 1)
        parts = [self._term(term, bound) for term in terms(body)]
        changed = [one for one in parts if one[1] != one[2]]
        if not changed:
            return None
        moved.extend((old, new, bound) for _, old, new in changed)
        clustered = Add(*(weight * new for weight, _, new in parts))
        weight = Add(*(size(one) for one, _, _ in changed))
        if isinstance(node, SetSum):
            return SetSum(clustered, bound, node.domain), summed(weight, bound, node)
        logit = node.open(bound)
        free, rest = outside(weight, bound)
        mass = free if rest == 1 else free * SoftmaxMean(logit, rest, bound, node.domain)
        return SoftmaxMean(logit, clustered, bound, node.domain), mass

    def _term(self, term: Expr, bound: Bound) -> tuple[Expr, Expr, Expr]:
        """The term as (weight, value, value of the cluster)."""
        value_at = self.map(bound)
        if self.of is None:
            if not is_vector(term):
                return S.One, term, term
            weight, value = weighted(term)
            return weight, value, put(value, bound, value_at)
        wanted = exact(self.of(bound))
        if wanted in factors(term):
            weight = Mul(*(one for one in factors(term) if one != wanted))
            return weight, wanted, exact(self.of(value_at))
        weight, value = weighted(term) if is_vector(term) else (term, S.One)
        return weight, value, value.xreplace({wanted: exact(self.of(value_at))})

    def _hypotheses(
        self, expression: Expr, moved: list[tuple[Expr, Expr, Bound]]
    ) -> list[Proposition]:
        hypotheses: list[Proposition] = []
        for old, new, bound in moved:
            kept = [term for term in terms(old) if term not in terms(new)]
            gone = [term for term in terms(new) if term not in terms(old)]
            left, right = Add(*kept), Add(*gone)
            index = placeholder("t")
            if self.residual is None:
                claim = equal(left, right)
            else:
                claim = at_most(distance(left, right), self.residual)
            made = for_all(index, self.map.source, claim.xreplace({bound: index}))
            if made not in hypotheses:
                hypotheses.append(made)
        if self.residual is not None and len(hypotheses) > 1:
            raise self.refuse(
                expression,
                "one family of values and found several; name one with of=, as in of=v",
            )
        return hypotheses

    def _named(self, mass: Expr) -> Expr:
        """The mass under its name, unless it is a plain number, a sum or has a name already."""
        factor, rest = mass.as_coeff_Mul()
        plain = rest == 1 or isinstance(rest, Named) or rest.is_Add or rest.is_Symbol
        return mass if plain or not self.name else factor * named(self.name, rest)

    def _nothing(self, expression: Expr) -> Exception:
        source = self.map.source
        found = domains(expression, SetSum, SoftmaxMean)
        if source in found:
            inside = "numbers only or values that depend on the cluster alone"
            return self.refuse(
                expression,
                f"vectors summed over {source} and found {inside}; if the values are numbers, "
                "name them with of=",
            )
        hint = "; apply split first" if any(source in one.args for one in found) else ""
        return self.refuse(
            expression, f"a sum or softmax mean over {source} and found only {listed(found)}{hint}"
        )


def cluster(
    a: IndexMap,
    residual: Expr | None = None,
    *,
    of: Callable[[Basic], Expr] | None = None,
    name: str | None = "alpha",
) -> Cluster:
    """Put v_{a(t)} for v_t in the sums over the source of `a`.

    `residual=None` needs v_t = v_{a(t)} on the source and is exact; a number δ needs
    ‖v_t − v_{a(t)}‖ ≤ δ there and costs αδ, with α the weight of the source in the line, printed
    as `name` (None: in full).  `of` says which family is meant where there are several, or where
    the values are numbers.
    """
    if not isinstance(a, IndexMap) or a.is_dependent:
        raise LanguageError(f"cluster: {a!r} is not a cluster map; make one with cluster_map")
    return Cluster(a, None if residual is None else exact(residual), of, name)
