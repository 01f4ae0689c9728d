"""Fold coefficients into exponentials, and put maxima for log-sum-exps.

Σ_j C_j u_j / Σ_j C_j = Σ_j softmax_j(z) u_j with z_j = log C_j, a log-sum-exp where C_j is a sum
of exponentials.  With M_j = max for z_j the mean moves by at most tanh(osc ε / 4) · diam u,
ε_j = z_j − M_j (softmax stability).
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Basic, Expr, Rational, exp, log, tanh

from derivations.language.binders import SetMax, SetSum
from derivations.language.definitions import (
    Diameter,
    LogSumExp,
    Named,
    Oscillation,
    SoftmaxMean,
    named,
    placeholder,
)
from derivations.language.propositions import NonEmpty, Proposition
from derivations.language.sets import Bound
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.quotients import Quotient, logarithm, read_quotient
from derivations.transformations.spread import spread
from derivations.transformations.structure import (
    domains,
    listed,
    meaning,
    nodes,
    rewrite,
)

STABILITY = "softmax stability"


@dataclass(frozen=True)
class FoldLogSumExp(Transformation):
    """Write weighted means as softmax means (see `fold_logsumexp`)."""

    name: str | None = None

    def __str__(self) -> str:
        return "fold_logsumexp()"

    def next_line(self, expression: Expr) -> NextLine:
        """Every quotient of sums with matching positive coefficients, as a softmax mean."""
        refused: list[Quotient] = []
        done: list[Expr] = []

        def rule(node: Expr) -> Expr | None:
            found = read_quotient(node)
            if found is None:
                return None
            logit = logarithm(found.coefficient)
            if logit is None:
                refused.append(found)
                return None
            if self.name and not isinstance(logit, Named):
                logit = named(self.name, logit, found.bound)
            done.append(logit)
            return found.mean(logit)

        new = rewrite(expression, rule)
        if done:
            return self.equals(new, "the coefficients are exponentials of log-sum-exps")
        if refused:
            coefficient = refused[0].coefficient
            raise self.refuse(coefficient, "a coefficient whose form shows that it is positive")
        found = domains(meaning(expression), SetSum)
        raise self.refuse(
            expression,
            "a quotient Σ_j C_j u_j / Σ_j C_j, both sums over one set and with the same "
            f"coefficients (there are sums over {listed(found)}; group first)",
        )


@dataclass(frozen=True)
class MaxForLogSumExp(Transformation):
    """Put the maximum for every log-sum-exp in the logits (see `max_for_logsumexp`)."""

    name: str | None = "epsilon"

    def __str__(self) -> str:
        return "max_for_logsumexp()"

    def next_line(self, expression: Expr) -> NextLine:
        """Every softmax mean whose logits hold a log-sum-exp that depends on the index."""
        needed: list[Proposition] = []

        def change(node: Expr) -> tuple[Expr, Expr] | None:
            mean, factor = self._mean(node)
            if mean is None:
                return None
            bound = placeholder(mean.bound.name)
            logit, value = mean.open(bound), mean.open(bound, 1)
            largest = with_maxima(logit, bound)
            if largest == logit:
                return None
            needed.append(NonEmpty(mean.domain))
            new = SoftmaxMean(largest, value, bound, mean.domain)
            return factor * new, abs(factor) * self._cost(logit, largest, value, bound, mean)

        new, budget = spread(expression, change, self)
        if needed:
            return self.within(new, budget, "log-sum-exp is nearly max", needed, STABILITY)
        raise self._nothing(expression)

    def _mean(self, node: Expr) -> tuple[SoftmaxMean | None, Expr]:
        if isinstance(node, SoftmaxMean):
            return node, Rational(1)
        found = read_quotient(node)
        if found is None or not isinstance(found.coefficient, exp):
            return None, Rational(1)
        logit = found.coefficient.exp
        return SoftmaxMean(logit, found.value, found.bound, found.domain), found.factor

    def _cost(
        self, logit: Expr, largest: Expr, value: Expr, bound: Bound, mean: SoftmaxMean
    ) -> Expr:
        gap = logit - largest
        if self.name:
            gap = named(self.name, gap, bound)
        swing = Oscillation(gap, bound, mean.domain)
        return tanh(swing / 4) * Diameter(value, bound, mean.domain)

    def _nothing(self, expression: Expr) -> Exception:
        wanted = "a softmax mean whose logits hold a log-sum-exp that depends on the index"
        means = [one for one in nodes(meaning(expression)) if isinstance(one, SoftmaxMean)]
        if means:
            return self.refuse(means[0], f"{wanted}; its logits are {means[0].body}")
        return self.refuse(expression, f"{wanted}; use fold_logsumexp first")


def with_maxima(logit: Expr, bound: Basic) -> Expr:
    """`logit` with max for the log-sum-exps that depend on the index."""

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, LogSumExp) and node.has(bound):
            return SetMax(node.body, node.bound, node.domain)
        inside = node.args[0] if isinstance(node, log) else None
        if isinstance(inside, SetSum) and inside.has(bound):
            index = placeholder(inside.bound.name)
            exponent = logarithm(inside.open(index))
            return None if exponent is None else SetMax(exponent, index, inside.domain)
        return None

    return rewrite(logit, rule)


def fold_logsumexp(*, name: str | None = None) -> FoldLogSumExp:
    """Write a quotient Σ_j C_j u_j / Σ_j C_j as a softmax mean with logits log C_j.

    `name="z"` prints the logits as z_j.
    """
    return FoldLogSumExp(name)


def max_for_logsumexp(*, name: str | None = "epsilon") -> MaxForLogSumExp:
    """Put M_j = max for z_j = log-sum-exp in the logits of a softmax mean.

    Costs tanh(osc ε / 4) · diam with ε_j = z_j − M_j (printed as `name`, None: in full), by the
    lemma "softmax stability".
    """
    return MaxForLogSumExp(name)
