"""Reading a quotient of sums as a softmax mean: Σ_j C_j u_j / Σ_j C_j with C_j = e^{z_j}."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Mul, Pow, S, exp, log

from derivations.language.binders import SetSum
from derivations.language.definitions import (
    Cardinality,
    LogSumExp,
    Named,
    Softmax,
    SoftmaxMean,
    placeholder,
)
from derivations.language.sets import Bound, Fibre, SetExpr, Singleton, known_disjoint
from derivations.transformations.structure import (
    factors,
    is_positive,
    is_vector,
    outside,
    same,
    same_number,
    spelled_factors,
    terms,
    weighted,
)


@dataclass(frozen=True)
class Quotient:
    """factor · Σ_{j∈domain} coefficient u / Σ_{j∈domain} coefficient, with the index opened."""

    factor: Expr
    domain: SetExpr
    bound: Bound
    coefficient: Expr
    value: Expr

    def mean(self, logit: Expr) -> Expr:
        """The quotient with its coefficients written as e^{logit}."""
        return self.factor * SoftmaxMean(logit, self.value, self.bound, self.domain)


def read_quotient(node: Expr) -> Quotient | None:
    """The weighted mean that a product (or a sum with the divisor inside) is, or None."""
    if not isinstance(node, Mul | SetSum):
        return None
    parts = list(_pulled(node))
    for divisor in parts:
        if not (isinstance(divisor, Pow) and divisor.exp == -1):
            continue
        weights = one_sum(divisor.base)
        if weights is None:
            continue
        free, total = weights
        for above in parts:
            if above is divisor:
                continue
            found = _matched(above, total)
            if found is not None:
                rest = [one for one in parts if one is not above and one is not divisor]
                factor, coefficient, value, bound = found
                return Quotient(Mul(factor, *rest) / free, total.domain, bound, coefficient, value)
    return None


def _pulled(node: Expr) -> tuple[Expr, ...]:
    """The factors of a product, with what does not depend on an index out of its sum."""
    found: list[Expr] = []
    for one in spelled_factors(node):
        if isinstance(one, SetSum):
            free, total = _free_of(one)
            found += [*factors(free), total] if free != 1 else [total]
        else:
            found.append(one)
    return tuple(found)


def _free_of(total: SetSum) -> tuple[Expr, SetSum]:
    bound = placeholder(total.bound.name)
    opened = total.open(bound)
    number, vector = weighted(opened) if is_vector(opened) else (opened, S.One)
    number, softmax = _without_softmax(number, bound)
    free, rest = outside(number, bound)
    return free / softmax, SetSum(rest * vector, bound, total.domain)


def _without_softmax(number: Expr, bound: Bound) -> tuple[Expr, Expr]:
    """softmax_j as e^{s_j} over a divisor that does not depend on j."""
    made, below = S.One, S.One
    for one in factors(number):
        if isinstance(one, Softmax) and one.at == bound and not one.domain.has(bound):
            made *= exp(one.open(one.at))
            below *= SetSum(exp(one.body), one.bound, one.domain)
        else:
            made *= one
    return made, below


def one_sum(number: Expr) -> tuple[Expr, SetSum] | None:
    """A number as factor · Σ_{j∈A}, sums over one set added up; None if it is not that."""
    if isinstance(number, Named):
        return one_sum(number.meaning)
    if isinstance(number, SetSum):
        return _free_of(number)
    if isinstance(number, Mul):
        pulled = _pulled(number)
        sums = [one for one in pulled if isinstance(one, SetSum)]
        if len(sums) != 1:
            return None
        return Mul(*(one for one in pulled if one is not sums[0])), sums[0]
    if isinstance(number, Add):
        return _added([one_sum(term) for term in terms(number)])
    return None


def _added(parts: list[tuple[Expr, SetSum] | None]) -> tuple[Expr, SetSum] | None:
    known = [one for one in parts if one is not None]
    if len(known) < len(parts):
        return None
    (free, first), *others = known
    if any(total.domain != first.domain or factor != free for factor, total in others):
        return None
    bound = placeholder(first.bound.name)
    return free, SetSum(Add(*(total.open(bound) for _, total in known)), bound, first.domain)


def _matched(above: Expr, weights: SetSum) -> tuple[Expr, Expr, Expr, Bound] | None:
    """`above` as factor · Σ C_j u_j with the C_j of `weights`: (factor, C_j, u_j, j)."""
    found = one_sum(above)
    if found is None or found[1].domain != weights.domain:
        return None
    factor, total = found
    bound = placeholder(total.bound.name)
    wanted, body = weights.open(bound), total.open(bound)
    if is_vector(body):
        coefficient, value = weighted(body)
        return (factor, wanted, value, bound) if same_number(coefficient, wanted) else None
    left = list(factors(body))
    for one in factors(wanted):
        match = next((other for other in left if same(one, other)), None)
        if match is None:
            return None
        left.remove(match)
    value = Mul(*left)
    return (factor, wanted, value, bound) if value != 1 else None


def logarithm(number: Expr) -> Expr | None:
    """z with e^z = `number`, read off its form; None when the form does not show number > 0."""
    if isinstance(number, Named):
        return logarithm(number.meaning)
    if isinstance(number, exp):
        return number.exp
    if isinstance(number, Mul):
        return _sum_of([logarithm(one) for one in number.args])
    if isinstance(number, Pow):
        below = logarithm(number.base)
        return None if below is None else number.exp * below
    if isinstance(number, SetSum):
        bound = placeholder(number.bound.name)
        logit = logarithm(number.open(bound))
        return None if logit is None else LogSumExp(logit, bound, number.domain)
    if isinstance(number, Add):
        return _of_sum(number)
    return log(number) if isinstance(number, Cardinality) or is_positive(number) else None


def _sum_of(parts: list[Expr | None]) -> Expr | None:
    return None if any(one is None for one in parts) else Add(*parts)


def _of_sum(number: Add) -> Expr | None:
    """log(e^{s_j} + Σ_{t: a(t)=j} e^{s_t}) as the log-sum-exp of the group, else a plain log."""
    if any(logarithm(term) is None for term in terms(number)):
        return None
    if len(number.args) == 2:
        for total, single in (number.args, reversed(number.args)):
            if isinstance(total, SetSum) and isinstance(total.domain, Fibre):
                j = total.domain.args[1]
                alone = Singleton(j)
                if same(total.open(j), single) and known_disjoint(alone, total.domain):
                    bound = placeholder(total.bound.name)
                    return logarithm(SetSum(total.open(bound), bound, alone | total.domain))
    return log(number)
