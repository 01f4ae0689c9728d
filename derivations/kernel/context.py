"""Signs: what the hypotheses and the shape of a polynomial say about being ≥ 0 or > 0.

Every answer is a sufficient test and depends on (hypotheses, scope, question) only.  A hypothesis
is looked up, never combined with others: what follows from several is a theorem (``bound``), which
whoever looks for a proof assumes and discharges.
"""

from functools import lru_cache

from . import polynomial as poly
from .arithmetic import Sign as Sign
from .normal_form import NormalForm
from .polynomial import COMPOUND, Monomial, Polynomial
from .scope import remembered
from .terms import Sort, Term, open_body


class Context(NormalForm):
    """Normal forms and signs under hypotheses; free indices are members of their sets."""

    def difference(self, left: Term, right: Term) -> Polynomial:
        """right − left."""
        return poly.plus(self.normal_form(right), self.normal_form(left), -1)

    @remembered
    def sign(self, polynomial: Polynomial) -> Sign:
        """≥ 0 when every summand is, > 0 when one of them is as well, or by a hypothesis."""
        signs = [self._monomial_sign(m) if c > 0 else Sign.UNKNOWN for m, c in polynomial.items()]
        found = max(signs, default=Sign.NONNEGATIVE) if all(signs) else Sign.UNKNOWN
        return max(found, self._by_hypothesis(polynomial))

    def _monomial_sign(self, monomial: Monomial) -> Sign:
        result = Sign.POSITIVE
        for atom, exponent in monomial:
            found = self._atom_sign(atom)
            if not found and (exponent.denominator != 1 or exponent % 2 == 0):
                found = Sign.NONNEGATIVE
            if exponent < 0 and found:
                found = Sign.POSITIVE
            result = min(result, found)
        return result

    @remembered
    def _atom_sign(self, atom: Term) -> Sign:
        if atom.op == "exp" or atom.sort is Sort.VECTOR:
            return Sign.POSITIVE if atom.op == "exp" else Sign.UNKNOWN
        if atom.op in COMPOUND:
            return self.sign(poly.parse(atom))
        found = Sign.UNKNOWN
        if atom.op in ("sum", "max"):
            target, body = atom.children
            index, inside = self.enter(target)
            found = inside.sign(poly.parse(open_body(body, index)))
            if atom.op == "sum" and not self.inhabited(target):
                found = min(found, Sign.NONNEGATIVE)
        elif atom.op == "norm" or (atom.op == "inner" and atom.args[0] == atom.args[1]):
            found = Sign.NONNEGATIVE
        return max(found, self._by_hypothesis(poly.variable(atom)))

    def _by_hypothesis(self, polynomial: Polynomial) -> Sign:
        known = poly.without_content(polynomial)
        if self.fact("lt", known) is not None:
            return Sign.POSITIVE
        return Sign.UNKNOWN if self.fact("le", known) is None else Sign.NONNEGATIVE


@lru_cache(maxsize=512)
def context_for(hypotheses: frozenset[Term], scope: frozenset[Term]) -> Context:
    """The context of a sequent; shared, since it depends on nothing else."""
    return Context(hypotheses, scope)


def context_of(hypotheses: frozenset[Term], *terms: Term) -> Context:
    """The context of the hypotheses and terms, with all their free indices in scope."""
    return context_for(hypotheses, frozenset().union(*(t.free for t in (*hypotheses, *terms))))
