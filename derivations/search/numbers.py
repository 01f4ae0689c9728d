"""Roots and logarithms of numbers, taken apart into primes: √12 = 2·√3, log 4 = 2·log 2.

To the kernel they are atoms.  Each equation is an instance of one about variables,
(x^k·y^l)^q = x^(kq)·y^(lq) or log(x^k·y^l) = k·log x + l·log y for x, y > 0.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from derivations.kernel.polynomial import Monomial, Polynomial, invert, join, plus, reify_monomial
from derivations.kernel.rules import Theorem, discharge, instantiate
from derivations.kernel.terms import RELATIONS, KernelError, Term, add, mul, relation
from derivations.search.signs import bound, exact
from derivations.search.view import Hypotheses, View
from derivations.terms import number, power

LARGEST_PRIME = 1_000
MAX_STEPS = 24
ZERO = number(0)
Uses = list[tuple[Term, Theorem]]


def simpler_numbers(hyps: Hypotheses, goal: Term) -> tuple[Polynomial, Uses]:
    """right − left of a relation without such roots and logs, and the equations that it takes."""
    view, uses = View(hyps, goal), Uses()
    if goal.op not in RELATIONS:
        return {}, uses
    try:
        polynomial = view.difference(*goal.children)
    except KernelError:
        return {}, uses
    for _ in range(MAX_STEPS):
        found = _reducible(polynomial)
        if found is None:
            break
        monomial, theorem, factor = found
        rest = join(monomial, invert(factor))
        change = view.difference(*reversed(theorem.conclusion.children))
        multiple = view.context.product({rest: polynomial[monomial]}, change)
        uses.append((reify_monomial(rest, -polynomial[monomial]), theorem))
        polynomial = plus(polynomial, multiple, -1)
    return polynomial, uses


def _reducible(polynomial: Polynomial) -> tuple[Monomial, Theorem, Monomial] | None:
    """A monomial with such a factor, the equation for it and the factor."""
    for monomial in polynomial:
        for atom, exponent in monomial:
            root = atom.op == "number" and exponent.denominator > 1
            if root or (atom.op == "log" and atom.children[0].op == "number" and exponent == 1):
                value = (atom if root else atom.children[0]).args[0]
                try:
                    theorem = _apart(value, exponent if root else None)
                except KernelError:
                    continue
                if theorem is not None:
                    return monomial, theorem, frozenset({(atom, exponent)})
    return None


@cache
def _apart(value: Fraction, exponent: Fraction | None) -> Theorem | None:
    """The root, or for None the logarithm, of a number by its primes; None for a prime."""
    below = {prime: -count for prime, count in _primes(value.denominator).items()}
    primes = _primes(value.numerator) | below
    if list(primes.values()) == [1]:
        return None
    names = [Term("scalar", f"x{prime}") for prime in primes]
    whole = mul(*(power(x, count) for x, count in zip(names, primes.values(), strict=True)))
    positive = [relation("lt", 0, x) for x in names]
    counted = list(zip(names, primes.values(), strict=True))
    if exponent is None:
        parts = [mul(count, Term("log", x)) for x, count in counted]
        general = exact(positive, Term("log", whole), add(*parts))
    else:
        powers = [power(x, count * exponent) for x, count in counted]
        general = exact(positive, power(whole, exponent), mul(*powers))
    instance = instantiate(general, list(zip(names, map(number, primes), strict=True)))
    return discharge(instance, *(bound([], "lt", ZERO, number(prime)) for prime in primes))


def _primes(value: int) -> dict[int, int]:
    """The primes of a whole number with their exponents; a large factor is left whole."""
    found: dict[int, int] = {}
    for prime in range(2, min(LARGEST_PRIME, value + 1)):
        while value % prime == 0:
            value //= prime
            found[prime] = found.get(prime, 0) + 1
    return found | ({value: 1} if value > 1 else {})
