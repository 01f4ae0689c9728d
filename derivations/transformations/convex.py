"""The convex combination: attention over F ⊔ N is α Δ^F + (1−α) Δ^N."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Mul, Pow, S

from derivations.language.binders import SetSum
from derivations.language.definitions import Named, SoftmaxMean, named, placeholder
from derivations.language.errors import LanguageError
from derivations.language.propositions import NonEmpty
from derivations.language.sets import SetExpr
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.quotients import logarithm, one_sum, read_quotient
from derivations.transformations.split import Split
from derivations.transformations.structure import (
    domains,
    is_vector,
    listed,
    meaning,
    rewrite,
    same_number,
    spelled_factors,
    terms,
    total_weight,
)


@dataclass(frozen=True)
class Convex(Transformation):
    """Write a softmax mean over two sets as a mixture of two (see `convex`)."""

    parts: tuple[SetExpr, ...]
    name: str | None = "alpha"

    def __str__(self) -> str:
        return f"convex({', '.join(map(str, self.parts))})"

    def next_line(self, expression: Expr) -> NextLine:
        """Every softmax mean over the union, whole or split already."""
        done: list[tuple[SetExpr, ...]] = []

        def rule(node: Expr) -> Expr | None:
            found = self._means(node)
            if found is None:
                return None
            factor, first, second = found
            done.append((first.domain, second.domain))
            share = total_weight(first) / (total_weight(first) + total_weight(second))
            share = named(self.name, share) if self.name else share
            return factor * (share * first + (1 - share) * second)

        new = rewrite(expression, rule)
        if not done:
            wanted = " ⊔ ".join(map(str, self.parts)) or "a union of two sets"
            found = listed(domains(meaning(expression), SetSum, SoftmaxMean))
            raise self.refuse(
                expression, f"a softmax mean over {wanted} and found sums over {found}"
            )
        needed = [NonEmpty(part) for parts in done for part in parts]
        because = f"a mixture of the means over {done[0][0]} and {done[0][1]}"
        return self.equals(new, because, needed)

    def _means(self, node: Expr) -> tuple[Expr, SoftmaxMean, SoftmaxMean] | None:
        if isinstance(node, SoftmaxMean):
            return self._of_mean(node)
        return self._of_quotient(node) if isinstance(node, Mul) else None

    def _of_mean(self, node: SoftmaxMean) -> tuple[Expr, SoftmaxMean, SoftmaxMean] | None:
        parts = Split(self.parts)._parts_of(node.domain)
        if parts is None or len(parts) != 2:
            return None
        first, second = (
            SoftmaxMean(node.open(bound), node.open(bound, 1), bound, part)
            for part in parts
            for bound in (placeholder(node.bound.name),)
        )
        return Mul(), first, second

    def _of_quotient(self, node: Mul) -> tuple[Expr, SoftmaxMean, SoftmaxMean] | None:
        """(Σ_F e^s v + Σ_N e^s v) / (Z_F + Z_N)."""
        parts = list(spelled_factors(node))
        for divisor in parts:
            if not (isinstance(divisor, Pow) and divisor.exp == -1):
                continue
            weights = [one_sum(term) for term in terms(_spelled(divisor.base))]
            for above in parts:
                if not (above.is_Add and is_vector(above)) or len(terms(above)) != 2:
                    continue
                means = self._paired(terms(above), weights)
                if means is not None:
                    rest = [one for one in parts if one is not above and one is not divisor]
                    return Mul(*rest), *means
        return None

    def _paired(
        self, above: tuple[Expr, ...], weights: list[tuple[Expr, SetSum] | None]
    ) -> tuple[SoftmaxMean, SoftmaxMean] | None:
        known = [one for one in weights if one is not None]
        if len(known) != 2 or len(weights) != 2:
            return None
        means: dict[SetExpr, SoftmaxMean] = {}
        for term in above:
            for free, total in known:
                found = read_quotient(term / (free * total))
                if found is None or not same_number(found.factor, S.One):
                    continue
                logit = logarithm(found.coefficient)
                if logit is not None:
                    means[found.domain] = found.mean(logit) / found.factor
        wanted = self.parts or tuple(total.domain for _, total in known)
        if set(means) != set(wanted) or len(wanted) != 2:
            return None
        return means[wanted[0]], means[wanted[1]]


def _spelled(expr: Expr) -> Expr:
    if isinstance(expr, Named):
        return _spelled(expr.meaning)
    return Add(*map(_spelled, expr.args)) if isinstance(expr, Add) else expr


def convex(*parts: SetExpr, name: str | None = "alpha") -> Convex:
    """Write a softmax mean over F ⊔ N as α Δ^F + (1−α) Δ^N, α the weight of the first set.

    Needs both sets non-empty.  α is printed as `name` (None: in full).  Without arguments, a mean
    over a union of two sets is meant.
    """
    if len(parts) not in (0, 2) or not all(isinstance(one, SetExpr) for one in parts):
        raise LanguageError("convex: give two index sets, as in convex(F, N)")
    return Convex(parts, name)
