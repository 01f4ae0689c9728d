"""Signs: what the hypotheses and the shape of a polynomial say about being ≥ 0 or > 0.

Every answer is a sufficient test and depends on (hypotheses, scope, question) only.  A hypothesis
is looked up, never combined with others: what follows from several is a theorem (``bound``), which
whoever looks for a proof assumes and discharges.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum

from . import polynomial as poly
from .polynomial import COMPOUND, Monomial, Polynomial
from .scope import Scope, Terms, closed_indices, remembered
from .terms import Term, Unproved, open_body, relation, require


class Sign(IntEnum):
    """What is known of a real number; UNKNOWN is no statement."""

    UNKNOWN = 0
    NONNEGATIVE = 1
    POSITIVE = 2


class Signs(Scope):
    """Signs of polynomials, in a scope; a subclass says what a normal form is."""

    normal_form: Callable[[Term], Polynomial]

    def require_sign(self, polynomial: Polynomial, strict: bool, what: str) -> None:
        """Raise Unproved unless this is known to be ≥ 0, or > 0."""
        missing = relation("lt" if strict else "le", 0, poly.reify(polynomial))
        require(self.sign(polynomial) > strict, f"{what} has no known sign", missing)

    @remembered
    def sign(self, polynomial: Polynomial) -> Sign:
        """≥ 0 when every summand is, > 0 when one of them is as well, or by a hypothesis."""
        signs = [self._monomial_sign(m) if c > 0 else Sign.UNKNOWN for m, c in polynomial.items()]
        found = max(signs, default=Sign.NONNEGATIVE) if all(signs) else Sign.UNKNOWN
        return self._or_assumed(found, polynomial)

    def _monomial_sign(self, monomial: Monomial) -> Sign:
        result = Sign.POSITIVE
        for atom, exponent in monomial:
            found = self._atom_sign(atom)
            if not found and (exponent.denominator != 1 or exponent % 2 == 0):
                found = Sign.NONNEGATIVE
            result = min(result, Sign.POSITIVE if exponent < 0 and found else found)
        return result

    @remembered
    def _atom_sign(self, atom: Term) -> Sign:
        if atom.op in COMPOUND:
            return self.sign(poly.parse(atom))
        found = Sign.POSITIVE if atom.op == "exp" else Sign.UNKNOWN
        if atom.op in ("sum", "max"):
            target, body = atom.children
            index, inside = self.enter(target)
            found = inside.sign(poly.parse(open_body(body, index)))
            if atom.op == "sum" and not self.inhabited(target):
                found = min(found, Sign.NONNEGATIVE)
        elif atom.op == "norm" or (atom.op == "inner" and atom.args[0] == atom.args[1]):
            found = Sign.NONNEGATIVE
        return self._or_assumed(found, poly.variable(atom))

    def _or_assumed(self, found: Sign, polynomial: Polynomial) -> Sign:
        if found is Sign.POSITIVE or self.fact("lt", polynomial) is not None:
            return Sign.POSITIVE
        return found if self.fact("le", polynomial) is None else Sign.NONNEGATIVE

    def fact(self, op: str, polynomial: Polynomial) -> Polynomial | None:
        """The right side of a hypothesis P = Q, or P if P ≥ 0, > 0 or ≠ 0 is one; else None."""
        indices = frozenset().union(*(closed_indices(a) for m in polynomial for a, _ in m))
        return facts.get(_subject(op, polynomial)) if (facts := self._facts(op, indices)) else None

    @remembered
    def _facts(self, op: str, indices: Terms) -> dict[object, Polynomial]:
        """The hypotheses of one kind at these indices, each in the normal form of its sides."""
        found: dict[object, Polynomial] = {}
        for claim in self.instances(op, indices):
            with suppress(Unproved):
                first, *others = map(self.bare().normal_form, claim.children)
                known = poly.plus(others[0], first, -1) if op in ("le", "lt") else first
                found.setdefault(_subject(op, known), others[0] if op == "eq" else known)
        return found


def _subject(op: str, known: Polynomial) -> object:
    """What a hypothesis is looked up by; a positive factor makes no difference to a sign."""
    primitive = poly.scale(known, 1 / poly.common(known)) if op in ("le", "lt") else known
    return frozenset(primitive.items())
