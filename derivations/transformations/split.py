"""Split over a disjoint union: Σ_{F ⊔ N} = Σ_F + Σ_N, everywhere in a line."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Max, Min, exp, log

from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Cardinality,
    LogSumExp,
    Softmax,
    SoftmaxMean,
    placeholder,
)
from derivations.language.errors import LanguageError
from derivations.language.propositions import NonEmpty, Proposition
from derivations.language.sets import Difference, SetExpr
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.structure import (
    domains,
    listed,
    pieces,
    rewrite,
    same_set,
    total_weight,
    weighted_total,
)


@dataclass(frozen=True)
class Split(Transformation):
    """Write what runs over a disjoint union part by part (see `split`)."""

    parts: tuple[SetExpr, ...]
    indices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"split({', '.join(map(str, self.parts))})"

    def next_line(self, expression: Expr) -> NextLine:
        """Sums, means, softmaxes, log-sum-exps and maxima over the union, taken apart."""
        needed: list[Proposition] = []
        done: list[SetExpr] = []

        def rule(node: Expr) -> Expr | None:
            domain = node.args[0] if isinstance(node, Cardinality) else None
            domain = node.domain if isinstance(node, Binder) else domain
            parts = None if domain is None else self._parts_of(domain)
            new = None if parts is None else self._take_apart(node, parts, needed)
            if new is not None and domain is not None:
                done.append(domain)
            return new

        new = rewrite(expression, rule)
        if not done:
            wanted = " ⊔ ".join(map(str, self.parts)) or "a disjoint union"
            found = listed(domains(expression))
            raise self.refuse(
                expression, f"a sum, mean or maximum over {wanted} and found only {found}"
            )
        return self.equals(new, f"split over {done[0]}", needed)

    def _parts_of(self, domain: SetExpr) -> tuple[SetExpr, ...] | None:
        if not self.parts:
            found = pieces(domain)
            return found if len(found) > 1 else None
        made = [piece for part in self.parts for piece in pieces(part)]
        if len(made) == len(pieces(domain)) and set(made) == set(pieces(domain)):
            return self.parts
        for rest in self.parts:
            others = {piece for part in self.parts if part != rest for piece in pieces(part)}
            if (
                isinstance(rest, Difference)
                and rest.args[0] == domain
                and others == set(pieces(rest.args[1]))
            ):
                return self.parts
        return None

    def _take_apart(
        self, node: Expr, parts: tuple[SetExpr, ...], needed: list[Proposition]
    ) -> Expr | None:
        if isinstance(node, Cardinality):
            return sum(map(Cardinality, parts[1:]), Cardinality(parts[0]))
        if isinstance(node, SetSum):
            return self._added(node, parts)
        if isinstance(node, SoftmaxMean):
            weights = self._added(total_weight(node), parts)
            return self._added(weighted_total(node), parts) / weights
        if isinstance(node, LogSumExp | Softmax):
            total = self._added(SetSum(exp(node.body), node.bound, node.domain), parts)
            return log(total) if isinstance(node, LogSumExp) else exp(node.open(node.at)) / total
        if isinstance(node, SetMax | SetMin):
            needed.extend(NonEmpty(part) for part in parts)
            largest = Max if isinstance(node, SetMax) else Min
            return largest(*self._each(node, parts))
        return None

    def _added(self, total: SetSum, parts: tuple[SetExpr, ...]) -> Expr:
        first, *others = self._each(total, parts)
        return sum(others, first)

    def _each(self, node: Binder, parts: tuple[SetExpr, ...]) -> list[Expr]:
        made = []
        for number, part in enumerate(parts):
            name = self.indices[number] if self.indices else node.bound.name
            bound = placeholder(name)
            made.append(type(node)(node.open(bound), bound, part))
        return made


def split(*parts: SetExpr, indices: tuple[str, ...] = ()) -> Split:
    """Take everything that runs over the union of `parts` apart: Σ_{F⊔N} = Σ_F + Σ_N.

    `split(C, N - C)` takes what runs over N apart; without arguments every union is.  `indices`
    gives the summation indices of the parts their names.
    """
    for part in parts:
        if not isinstance(part, SetExpr):
            raise LanguageError(f"split: {part!r} is not an index set")
    if indices and len(indices) != len(parts):
        raise LanguageError(f"split: {len(indices)} index names for {len(parts)} sets")
    if len(parts) == 1 and len(pieces(parts[0])) == 1:
        raise LanguageError(f"split({parts[0]}): name the parts, as in split(F, N)")
    if any(same_set(one, two) for k, one in enumerate(parts) for two in parts[:k]):
        raise LanguageError("split: a set is named twice; the parts must be disjoint")
    return Split(parts, indices)
