"""Signs: what the hypotheses and the shape of a polynomial say about being ≥ 0 or > 0.

Every answer is a sufficient test and depends on (hypotheses, scope, question) only; no chain
of hypotheses is longer than ``SEARCH_DEPTH``.
"""

from contextlib import suppress
from functools import lru_cache
from itertools import product

from . import polynomial as poly
from .arithmetic import Sign as Sign
from .normal_form import NormalForm
from .polynomial import COMPOUND, Monomial, Polynomial
from .scope import closed_indices, remembered
from .terms import RELATIONS, Sort, Term, Unproved

SEARCH_DEPTH = 2
MAX_SEARCHED = 24


class Context(NormalForm):
    """Normal forms and signs under hypotheses; free indices are members of their sets."""

    def difference(self, left: Term, right: Term) -> Polynomial:
        """right − left."""
        return poly.plus(self.normal_form(right), self.normal_form(left), -1)

    def sign(self, polynomial: Polynomial) -> Sign:
        """What is known of the sign of a polynomial made in this context."""
        return self._sign(polynomial, SEARCH_DEPTH)

    @remembered
    def _sign(self, polynomial: Polynomial, depth: int) -> Sign:
        found = self._termwise(polynomial, depth)
        if not found and any(e < 0 and a.op == "add" for m in polynomial for a, e in m):
            polynomial, _ = self.clear(
                polynomial, lambda atom: self._atom_sign(atom, depth) is Sign.POSITIVE
            )
            found = self._termwise(polynomial, depth)
        return found if found is Sign.POSITIVE else max(found, self._by_facts(polynomial, depth))

    def _termwise(self, polynomial: Polynomial, depth: int) -> Sign:
        """≥ 0 when every summand is, > 0 when one of them is as well."""
        if any(coefficient < 0 for coefficient in polynomial.values()):
            return Sign.UNKNOWN
        signs = [self._monomial_sign(monomial, depth) for monomial in polynomial]
        return max(signs, default=Sign.NONNEGATIVE) if all(signs) else Sign.UNKNOWN

    def _monomial_sign(self, monomial: Monomial, depth: int) -> Sign:
        result = Sign.POSITIVE
        for atom, exponent in monomial:
            found = self._atom_sign(atom, depth)
            if not found and (exponent.denominator != 1 or exponent % 2 == 0):
                found = Sign.NONNEGATIVE
            if exponent < 0 and found:
                found = Sign.POSITIVE
            result = min(result, found)
        return result

    def _atom_sign(self, atom: Term, depth: int) -> Sign:
        if atom.op == "exp" or atom.sort is Sort.VECTOR:
            return Sign.POSITIVE if atom.op == "exp" else Sign.UNKNOWN
        if atom.op in COMPOUND:
            return self._sign(poly.parse(atom), depth)
        found = Sign.UNKNOWN
        if atom.op in ("sum", "max"):
            target, body = atom.children
            index, inside = self.enter(target)
            found = inside._sign(poly.open_polynomial(body, index), depth)
            if atom.op == "sum" and not self.inhabited(target):
                found = min(found, Sign.NONNEGATIVE)
        elif atom.op == "log":
            found = self._sign(poly.plus(poly.parse(atom.children[0]), poly.constant(-1)), depth)
        elif atom.op == "norm" or (atom.op == "inner" and atom.args[0] == atom.args[1]):
            found = Sign.NONNEGATIVE
        if found is Sign.POSITIVE:
            return found
        return max(found, self._by_facts(poly.variable(atom), depth))

    @remembered
    def _facts(self, *indices: Term) -> list[tuple[Polynomial, bool]]:
        """(f, strict): polynomials the hypotheses at these indices make ≥ 0, or > 0."""
        facts = []
        for fact in self.instances(RELATIONS, indices):
            with suppress(Unproved):
                change = self.bare().difference(*fact.children)
                facts.append((change, fact.op == "lt"))
                if fact.op == "eq":
                    facts.append((poly.scale(change, -1), False))
        return facts

    def _by_facts(self, polynomial: Polynomial, depth: int) -> Sign:
        """Subtract a multiple of a hypothesis that cancels a summand of the least known sign."""
        best = Sign.UNKNOWN
        if depth == 0 or len(polynomial) > MAX_SEARCHED:
            return best
        signs = {m: self._monomial_sign(m, 0) if c > 0 else best for m, c in polynomial.items()}
        weakest = [m for m in signs if signs[m] is min(signs.values())]
        for fact, strict in self._facts(*closed_indices(poly.atoms_of(polynomial))):
            for monomial, other in product(weakest, fact):
                factor = poly.join(monomial, poly.invert(other))
                ratio = polynomial[monomial] / fact[other]
                if ratio < 0 or not self._is_multiplier(factor):
                    continue
                rest = poly.plus(polynomial, self.product({factor: ratio}, fact), -1)
                found = self._sign(rest, depth - 1)
                if found and strict and self._monomial_sign(factor, 0) is Sign.POSITIVE:
                    found = Sign.POSITIVE
                best = max(best, found)
                if best is Sign.POSITIVE:
                    return best
        return best

    def _is_multiplier(self, monomial: Monomial) -> bool:
        """Whether the monomial is known ≥ 0 and divides by nothing that might vanish."""
        below = [atom for atom, e in monomial if e < 0 or e.denominator > 1]
        paid = all(self._atom_sign(atom, 0) is Sign.POSITIVE for atom in below)
        return paid and self._monomial_sign(monomial, 0) > Sign.UNKNOWN


@lru_cache(maxsize=512)
def context_for(hypotheses: frozenset[Term], scope: frozenset[Term]) -> Context:
    """The context of a sequent; shared, since it depends on nothing else."""
    return Context(hypotheses, scope)


def context_of(hypotheses: frozenset[Term], *terms: Term) -> Context:
    """The context of the hypotheses and terms, with all their free indices in scope."""
    return context_for(hypotheses, frozenset().union(*(t.free for t in (*hypotheses, *terms))))
