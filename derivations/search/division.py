"""Division with remainder by the denominators of a polynomial, so that equal fractions look equal.

Nothing here is trusted; the kernel checks what comes out by clearing the denominators.
"""

from __future__ import annotations

from fractions import Fraction

from derivations.kernel.polynomial import (
    MAX_TERMS,
    Monomial,
    Polynomial,
    invert,
    join,
    multiply,
    parse,
    plus,
    variable,
)
from derivations.kernel.terms import Term, Unproved, close
from derivations.search.view import atoms


def reduced(polynomial: Polynomial, index: Term) -> Polynomial:
    """q/P = h + r/P with r reduced modulo P, for the denominators P that mention the index."""
    for atom in atoms(polynomial):
        if atom.op != "add" or index not in atom.free:
            continue
        divisor = parse(atom)
        lead = _leading(divisor, index)
        for _ in range(MAX_TERMS):
            found = next((m for m in polynomial if _divides(lead, m, atom)), None)
            if found is None:
                break
            factor = polynomial[found] / divisor[lead]
            step: Polynomial = {join(found, invert(lead)): factor}
            whole = multiply(step, variable(atom))
            polynomial = plus(polynomial, plus(whole, multiply(step, divisor), -1))
        else:
            raise Unproved("a division has too many steps")
    return polynomial


def _leading(polynomial: Polynomial, index: Term) -> Monomial:
    """The lexicographically first monomial; the order does not depend on the index's name."""
    closed = {atom: close(atom, index) for atom in atoms(polynomial)}
    order = sorted(closed, key=lambda atom: closed[atom].key)
    return max(polynomial, key=lambda m: [dict(m).get(atom, Fraction(0)) for atom in order])


def _divides(lead: Monomial, monomial: Monomial, denominator: Term) -> bool:
    exponents = dict(monomial)
    below = exponents.get(denominator, 0) < 0
    return below and all(exponents.get(atom, 0) >= exponent for atom, exponent in lead)
