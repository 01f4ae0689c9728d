"""Recognising softmax means and softmax weights in kernel terms, however they were written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derivations.kernel.terms import Sort, Term, close, mul, open_body
from derivations.search.build import Body, fresh, log, softmax_mean
from derivations.terms import child, nodes, sort_of


@dataclass(frozen=True)
class Mean:
    """Σ_i e^{logit_i} value_i / Σ_i e^{logit_i} over a set; bodies stand under one binder."""

    domain: Term
    logit: Term
    value: Term

    def logits(self, i: Term) -> Term:
        """The logit at an index."""
        return open_body(self.logit, i)

    def values(self, i: Term) -> Term:
        """The value at an index."""
        return open_body(self.value, i)

    @property
    def term(self) -> Term:
        """The mean, written in the standard way."""
        return softmax_mean(self.domain, self.logits, self.values)


def as_mean(term: Term) -> Mean | None:
    """The softmax mean that the term is, or None.

    Both Σ (w_i / Σ w) v_i and (Σ w_i v_i) / Σ w are recognised; a weight that is not an
    exponential counts as e^{log w}.
    """
    factors = flat_product(term)
    sums = [one for one in factors if one.op == "sum"]
    if len(factors) == 1 and sums:
        return _mean_of_quotients(sums[0])
    if len(sums) == 1 and len(factors) == 2:
        weights = _denominator(next(one for one in factors if one is not sums[0]))
        if weights is not None:
            return _mean_of_sum(sums[0], weights)
    return None


def _mean_of_quotients(total: Term) -> Mean | None:
    """Σ_i (w_i / Σ w) v_i."""
    domain, body = total.children
    element = fresh(domain)
    factors = flat_product(open_body(body, element))
    for number, factor in enumerate(factors):
        weights = _denominator(factor)
        if weights is not None and weights.op == "sum" and child(weights, 0) == domain:
            rest = factors[:number] + factors[number + 1 :]
            return _split_weight(domain, element, open_body(child(weights, 1), element), rest)
    return None


def _mean_of_sum(total: Term, weights: Term) -> Mean | None:
    domain, body = total.children
    if weights.op != "sum" or child(weights, 0) != domain:
        return None
    element = fresh(domain)
    rest = flat_product(open_body(body, element))
    return _split_weight(domain, element, open_body(child(weights, 1), element), rest)


def _split_weight(domain: Term, element: Term, weight: Term, factors: list[Term]) -> Mean | None:
    parts, values = flat_product(weight), list(factors)
    for part in parts:
        if part not in values:
            return None
        values.remove(part)
    logit = child(weight, 0) if weight.op == "exp" else log(weight)
    return Mean(domain, close(logit, element), close(mul(*values) if values else mul(1), element))


def _denominator(factor: Term) -> Term | None:
    if factor.op == "power" and factor.args[1] == Fraction(-1):
        return child(factor, 0)
    return None


def flat_product(term: Term) -> list[Term]:
    """The factors of nested products."""
    if term.op != "mul":
        return [term]
    return [factor for one in term.children for factor in flat_product(one)]


def flat_sum(term: Term) -> list[tuple[Fraction, Term]]:
    """(rational coefficient, term) of nested sums; coefficients are pulled out of products."""
    if term.op == "add":
        return [one for part in term.children for one in flat_sum(part) if one[0]]
    coefficient, rest = Fraction(1), []
    for factor in flat_product(term):
        if factor.op == "number":
            coefficient *= Fraction(str(factor.args[0]))
        else:
            rest.append(factor)
    if len(rest) == 1 and rest[0].op == "add":
        return [(coefficient * k, one) for k, one in flat_sum(rest[0])]
    return [(coefficient, mul(*rest) if rest else mul(1))]


def difference_of_means(term: Term) -> tuple[Mean, Mean] | None:
    """(L, R) if the term is L − R for two softmax means."""
    parts = flat_sum(term)
    if len(parts) != 2 or {k for k, _ in parts} != {Fraction(1), Fraction(-1)}:
        return None
    means = {k: as_mean(part) for k, part in parts}
    left, right = means[Fraction(1)], means[Fraction(-1)]
    return None if left is None or right is None else (left, right)


def as_body(closed: Term) -> Body:
    """A body under one binder as a function of the index."""
    return lambda i: open_body(closed, i)


def is_vector(term: Term) -> bool:
    """Whether a closed term is a vector."""
    return sort_of(term) is Sort.VECTOR


def differences_of_means(goal: Term) -> list[tuple[Mean, Mean]]:
    """(L, R) for every norm ‖L − R‖ of a difference of softmax means in the goal."""
    found = []
    for one in nodes(goal):
        if one.op == "norm" and not one.loose:
            means = difference_of_means(child(one, 0))
            if means is not None:
                found.append(means)
    return found


def as_weight(term: Term, element: Term) -> Body | None:
    """The logits, if the term is the softmax weight e^{logit} / Σ e^{logit} at `element`."""
    domain = child(element, 1)
    factors = flat_product(term)
    for factor in factors:
        weights = _denominator(factor)
        if weights is None or weights.op != "sum" or child(weights, 0) != domain:
            continue
        rest = [one for one in factors if one is not factor]
        here = flat_product(open_body(child(weights, 1), element))
        if sorted(rest, key=lambda t: t.key) == sorted(here, key=lambda t: t.key):
            weight = open_body(child(weights, 1), element)
            logit = child(weight, 0) if weight.op == "exp" else log(weight)
            return as_body(close(logit, element))
    return None
