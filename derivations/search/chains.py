"""The sign of a polynomial by a chain of hypotheses.

A multiple of a hypothesis is subtracted that cancels a summand of the least known sign, again and
again, until the kernel knows the sign of what is left.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product

from derivations.kernel import rules as kernel
from derivations.kernel.polynomial import (
    Monomial,
    Polynomial,
    invert,
    join,
    plus,
    reify,
    reify_monomial,
    scale,
    variable,
)
from derivations.kernel.rules import Theorem, assume, specialize
from derivations.kernel.terms import RELATIONS, KernelError, Sort, Term
from derivations.search.view import (
    Hypotheses,
    Sign,
    View,
    atoms,
    special_cases,
    visible_indices,
)
from derivations.terms import number

LONGEST = 2
MAX_SUMMANDS = 24
ONE, ZERO = Fraction(1), number(0)
Uses = list[tuple[Term, Theorem]]


def sign_theorem(view: View, polynomial: Polynomial) -> Theorem | None:
    """hyps ⊢ 0 < P or 0 ≤ P, if it follows from a few hypotheses and is not known already."""
    found, uses = chain(view, polynomial)
    if found <= view.sign(polynomial):
        return None
    return signed(view, found, polynomial, uses)


def signed(view: View, sign: Sign, polynomial: Polynomial, uses: Uses) -> Theorem | None:
    """hyps ⊢ 0 < P or 0 ≤ P by theorems and their multipliers, if the kernel accepts it."""
    kind = "lt" if sign is Sign.POSITIVE else "le"
    try:
        return kernel.bound(view.hyps, kind, ZERO, reify(polynomial), uses)
    except KernelError:
        return None


def chain(view: View, polynomial: Polynomial, length: int = LONGEST) -> tuple[Sign, Uses]:
    """The sign, and the multiples of hypotheses whose subtraction leaves what has it."""
    best, chosen = view.sign(polynomial), Uses()
    if length == 0 or len(polynomial) > MAX_SUMMANDS or best is Sign.POSITIVE:
        return best, chosen
    signs = {m: view.sign({m: c}) if c > 0 else Sign.UNKNOWN for m, c in polynomial.items()}
    weakest = [m for m in signs if signs[m] is min(signs.values())]
    indices = tuple(visible_indices(*atoms(polynomial)))
    for fact, strict, theorem in _facts(view.hyps, indices):
        for monomial, other in product(weakest, fact):
            factor = join(monomial, invert(other))
            ratio = polynomial[monomial] / fact[other]
            if ratio < 0 or not is_multiplier(view, factor):
                continue
            try:
                multiple = view.context.product({factor: ratio}, fact)
            except KernelError:
                continue
            found, uses = chain(view, plus(polynomial, multiple, -1), length - 1)
            if found and strict and view.sign({factor: ratio}) is Sign.POSITIVE:
                found = Sign.POSITIVE
            if found > best:
                best, chosen = found, [(reify_monomial(factor, ratio), theorem), *uses]
            if best is Sign.POSITIVE:
                return best, chosen
    return best, chosen


def is_multiplier(view: View, monomial: Monomial) -> bool:
    """Whether the monomial is known ≥ 0 and divides by nothing that might vanish."""
    below = [atom for atom, e in monomial if e < 0 or e.denominator > 1]
    paid = all(view.sign(variable(atom)) is Sign.POSITIVE for atom in below)
    return paid and view.sign({monomial: ONE}) > Sign.UNKNOWN


@lru_cache(maxsize=4096)
def _facts(
    hyps: Hypotheses, indices: tuple[Term, ...]
) -> tuple[tuple[Polynomial, bool, Theorem], ...]:
    """(P, strict, theorem): polynomials that the hypotheses at these indices make ≥ 0, or > 0."""
    found = []
    for hypothesis in sorted(hyps, key=lambda one: one.key):
        for claim, chosen in special_cases(hypothesis, indices):
            if claim.op not in RELATIONS or claim.children[0].sort is not Sort.REAL:
                continue
            view = View(hyps, claim)
            try:
                theorem = assume(hypothesis)
                for one in chosen:
                    theorem = specialize(theorem, one)
                change = view.difference(*claim.children)
            except KernelError:
                continue
            found.append((change, claim.op == "lt", theorem))
            if claim.op == "eq":
                left, right = claim.children
                turned = kernel.bound(hyps, "le", right, left, [(-1, theorem)])
                found.append((scale(change, -1), False, turned))
    return tuple(found)
