"""What the search may ask the kernel: normal forms, signs, which indices are in sight.

Nothing here is trusted; a wrong answer costs a proof, never soundness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product

from derivations.kernel.normal_form import context_of
from derivations.kernel.polynomial import (
    COMPOUND,
    ONE,
    Monomial,
    Polynomial,
    join,
    multiply,
    parse,
    plus,
    reify,
    reify_monomial,
)
from derivations.kernel.sets import member
from derivations.kernel.signs import Sign
from derivations.kernel.terms import KernelError, Term, open_body
from derivations.terms import child, nodes

Hypotheses = frozenset[Term]
SPECIAL_CASES = 60


class View:
    """Hypotheses and the indices in scope of one goal."""

    def __init__(self, hyps: Hypotheses, *terms: Term) -> None:
        self.hyps = hyps
        self.context = context_of(hyps, *terms)

    def normal(self, term: Term) -> Polynomial:
        """The normal form.  Raises Unproved when an obligation is open."""
        return self.context.normal_form(term)

    def sign(self, polynomial: Polynomial) -> Sign:
        """What is known about the sign."""
        return self.context.sign(polynomial)

    def nonneg(self, polynomial: Polynomial) -> bool:
        """Whether the polynomial is known to be ≥ 0."""
        return self.sign(polynomial) is not Sign.UNKNOWN

    def difference(self, a: Term, b: Term) -> Polynomial:
        """b − a in normal form."""
        return plus(self.normal(b), self.normal(a), -1)

    def cleared(self, polynomial: Polynomial) -> tuple[Polynomial, Monomial] | None:
        """(p·D, D) without denominators, D > 0 a monomial; None when a sign is unknown."""
        divisor = denominator(polynomial)
        for atom, _ in divisor:
            if self.sign({frozenset({(atom, Fraction(1))}): Fraction(1)}) is not Sign.POSITIVE:
                return None
        return expand(multiply(polynomial, {divisor: Fraction(1)})), divisor


def denominator(polynomial: Polynomial) -> Monomial:
    """The least monomial that clears every negative exponent (those of exponentials stay)."""
    worst: dict[Term, Fraction] = {}
    for monomial in polynomial:
        for atom, exponent in monomial:
            if exponent < 0 and atom.op != "exp":
                worst[atom] = max(worst.get(atom, Fraction(0)), -exponent)
    return frozenset(worst.items())


def expand(polynomial: Polynomial) -> Polynomial:
    """Compound atoms (former denominators) with positive integer exponents multiplied out."""
    result: Polynomial = {}
    for monomial, coefficient in polynomial.items():
        piece: Polynomial = {ONE: coefficient}
        for atom, exponent in monomial:
            if atom.op in COMPOUND and exponent > 0 and exponent.denominator == 1:
                for _ in range(int(exponent)):
                    piece = multiply(piece, parse(atom))
            else:
                piece = multiply(piece, {frozenset({(atom, exponent)}): Fraction(1)})
        result = plus(result, piece)
    return result


def quotient(top: Monomial, bottom: Monomial) -> Monomial:
    """top / bottom."""
    return join(top, frozenset((atom, -exponent) for atom, exponent in bottom))


def atoms(*polynomials: Polynomial) -> list[Term]:
    """The atoms of the polynomials, each once, in a stable order."""
    found = {atom for p in polynomials for monomial in p for atom, _ in monomial}
    return sorted(found, key=lambda one: one.key)


def visible_indices(*terms: Term) -> list[Term]:
    """The closed index terms (free indices and values of maps) inside the terms."""
    found = {
        one
        for term in terms
        for one in nodes(term)
        if one.op in ("index", "value") and not one.loose
    }
    return sorted(found, key=lambda one: one.key)


def special_cases(hypothesis: Term, indices: Iterable[Term]) -> Iterator[tuple[Term, list[Term]]]:
    """(instance, indices used) of a ∀-statement at known members, a bounded number."""
    choices = list(indices)
    depth, body = 0, hypothesis
    while body.op == "all":
        depth, body = depth + 1, child(body, 1)
    made = 0
    for chosen in product(choices, repeat=depth):
        instance, fits = hypothesis, True
        for one in chosen:
            if not member(one, child(instance, 0)):
                fits = False
                break
            instance = open_body(child(instance, 1), one)
        if fits:
            yield instance, list(chosen)
            made += 1
            if made >= SPECIAL_CASES:
                return


@lru_cache(maxsize=4096)
def monomial_term(monomial: Monomial) -> Term:
    """A monomial as a term."""
    return reify_monomial(monomial)


__all__ = [
    "Hypotheses",
    "KernelError",
    "Monomial",
    "Polynomial",
    "Sign",
    "View",
    "atoms",
    "denominator",
    "expand",
    "monomial_term",
    "quotient",
    "reify",
    "special_cases",
    "visible_indices",
]
