"""The normal form of real and vector terms: a polynomial over canonical atoms.

Every step is an equality of total functions, and every cancellation is paid for: 1/P asks for
P ≠ 0, log P for P > 0, a fractional power for a base ≥ 0, a max for an inhabited set, under the
hypotheses and the scope of that spot.  A polynomial is only ever read in the context that made it
(or in one that knows more): what leaves the scope of a binder is normalised again outside, so an
obligation that was met thanks to a member of the set is asked again where that member is gone.
"""

from abc import abstractmethod
from fractions import Fraction
from typing import Self

from derivations.kernel import polynomial as poly
from derivations.kernel.arithmetic import Arithmetic, Sign, prime_powers, scalar_and_vector
from derivations.kernel.polynomial import NOTHING, ONE, Monomial, Polynomial
from derivations.kernel.sets import tidy
from derivations.kernel.terms import (
    Term,
    Unproved,
    bind,
    child,
    close,
    exact_fraction,
    mul,
    number,
    open_body,
    power,
    relation,
    substitute,
)


class NormalForm(Arithmetic):
    """Normal forms in one context; ``Context`` supplies what is known there."""

    depth: int

    def __init__(self) -> None:
        self._normal: dict[Term, Polynomial | Unproved] = {}

    @abstractmethod
    def enter(self, target: Term) -> tuple[Term, Self]:
        """An index of the set, and the context in which it is a member."""

    @abstractmethod
    def inherited(self, term: Term) -> Polynomial | None:
        """The normal form found by the context outside, where it does not need this scope."""

    @abstractmethod
    def inhabited(self, target: Term) -> bool:
        """Whether the set is known to have a member."""

    @abstractmethod
    def is_empty(self, target: Term) -> bool:
        """Whether the set is known to have no member."""

    def normal_form(self, term: Term) -> Polynomial:
        """The normal form of a real or vector term; raises Unproved with the obligation missed."""
        found = self._normal.get(term)
        if found is None:
            try:
                found = self.inherited(term)
                found = self._compute(term) if found is None else found
            except Unproved as missing:
                found = missing
            self._normal[term] = found
        if isinstance(found, Unproved):
            raise Unproved(str(found), found.obligation)
        return found

    def _compute(self, term: Term) -> Polynomial:
        match term.op:
            case "number" | "zero":
                return NOTHING if term.op == "zero" else poly.parse(term)
            case "scalar" | "vector":
                return self.atom(term)
            case "entry" | "ventry":
                return self.atom(tidy(term))
            case "sum" | "max":
                operate = self._sum if term.op == "sum" else self._max
                return operate(tidy(child(term, 0)), child(term, 1))
        parts = [self.normal_form(argument) for argument in term.children]
        match term.op:
            case "add":
                result: Polynomial = NOTHING
                for part in parts:
                    result = poly.plus(result, part)
                return result
            case "mul":
                result = poly.constant(1)
                for part in parts:
                    result = self.product(result, part)
                return result
            case "power":
                return self.to_power(parts[0], exact_fraction(term.args[1]))
            case "exp":
                return self._exp(self.reduce(parts[0]))
            case "log":
                return self._log(self.reduce(parts[0]))
            case "tanh":
                double = self._exp(self.reduce(poly.scale(parts[0], 2)))
                below = poly.plus(double, poly.constant(1))
                return self.product(poly.plus(below, poly.constant(-2)), self.inverse(below))
            case "norm":
                return self._norm(self.reduce(parts[0]))
            case "inner":
                return self.inner(parts[0], parts[1])
            case "apply":
                return self._apply(term, parts[0])
        raise Unproved(f"{term.op} has no normal form: it is no number and no vector")

    # ------------------------------------------------------------ functions

    def _exp(self, exponent: Polynomial) -> Polynomial:
        """e^(Σ c·m) = Π (e^m)^c, and e^(c·log P) = P^c."""
        result = poly.constant(1)
        for monomial, coefficient in exponent.items():
            (atom, power_), *others = poly.in_order(monomial) or [(number(1), Fraction(1))]
            if atom.op == "log" and power_ == 1 and not others:
                factor = self.to_power(poly.parse(child(atom, 0)), coefficient)
            else:
                factor = self.atom(Term("exp", poly.reify_monomial(monomial)), coefficient)
            result = self.product(result, factor)
        return result

    def _log(self, argument: Polynomial) -> Polynomial:
        """Asks for an argument > 0; positive factors and denominators become summands."""
        if self.sign(argument) is not Sign.POSITIVE:
            raise Unproved(
                "the argument of a log is not known to be positive",
                relation("lt", 0, poly.reify(argument)),
            )
        rational, factors, primitive = self.factors(argument, self.is_positive)
        result: Polynomial = NOTHING
        for prime, count in prime_powers(rational):
            result = poly.plus(result, self.atom(Term("log", number(prime))), count)
        for atom, exponent in factors:
            if atom.op == "exp":
                result = poly.plus(result, poly.parse(child(atom, 0)), exponent)
            elif self.is_positive(atom):
                result = poly.plus(result, self.atom(Term("log", atom)), exponent)
            else:
                primitive = poly.multiply(primitive, poly.variable(atom, exponent))
        if primitive == poly.constant(1):
            return result
        return poly.plus(result, self.atom(Term("log", poly.reify(primitive))))

    def _apply(self, term: Term, vector: Polynomial) -> Polynomial:
        """A linear map goes through sums and scalars, down to single vectors."""
        result: Polynomial = NOTHING
        for monomial, coefficient in vector.items():
            scalars, atom = scalar_and_vector(monomial)
            applied = Term("apply", *term.args[:2], child(atom, 1) if atom.op == "sum" else atom)
            if atom.op == "sum":
                image = self.normal_form(Term("sum", child(atom, 0), applied))
            else:
                image = self.atom(applied)
            result = poly.plus(result, self.product({scalars: coefficient}, image))
        return result

    # ------------------------------------------------------------ sums and maxima

    def _sum(self, target: Term, body: Term, swap: bool = True) -> Polynomial:
        if self.is_empty(target):
            return NOTHING
        if target.op == "single":
            return self.normal_form(open_body(body, child(target, 0)))
        if target.op in ("union", "difference"):
            first, second = (self.normal_form(Term("sum", part, body)) for part in target.children)
            return poly.plus(first, second, 1 if target.op == "union" else -1)
        index, inside = self.enter(target)
        summand = inside.reduce(inside.normal_form(open_body(body, index)), index)
        result: Polynomial = NOTHING
        for monomial, coefficient in summand.items():
            outside, kept = self._leave_scope(monomial, index)
            total = self._sum_monomial(kept, index, target, swap)
            result = poly.plus(result, self.product(poly.scale(outside, coefficient), total))
        return result

    def _leave_scope(self, monomial: Monomial, index: Term) -> tuple[Polynomial, Monomial]:
        """The factors that do not need the index, normalised outside, and those that stay."""
        outside, kept = poly.constant(1), []
        for atom, exponent in poly.in_order(monomial):
            try:
                if index in atom.free:
                    raise Unproved("the factor depends on the index")
                factor = self.normal_form(atom if exponent == 1 else power(atom, exponent))
            except Unproved:
                kept.append((atom, exponent))
            else:
                outside = self.product(outside, factor)
        return outside, frozenset(kept)

    def _sum_monomial(self, kept: Monomial, index: Term, target: Term, swap: bool) -> Polynomial:
        for atom, exponent in poly.in_order(kept):
            if atom.op == "sum" and exponent.denominator == 1 and exponent > 0:
                fibre = child(atom, 0)
                if fibre.op == "fibre" and child(fibre, 1) == index:
                    mapping = child(fibre, 0)
                    if target in (child(mapping, 2), Term("range", mapping)):
                        return self._sum_over_source(kept, atom, exponent, index)
        best = Term("sum", target, poly.close_body(poly.reify_monomial(kept), index))
        chosen = None
        for atom, exponent in poly.in_order(kept) if swap else ():
            if atom.op == "sum" and exponent == 1:
                swapped = self._swapped(kept - {(atom, exponent)}, atom, index, target)
                if swapped is not None and poly.reify(swapped).key < best.key:
                    best, chosen = poly.reify(swapped), swapped
        return self.atom(best) if chosen is None else chosen

    def _sum_over_source(
        self, kept: Monomial, atom: Term, exponent: Fraction, index: Term
    ) -> Polynomial:
        """Σ_j h(j)·Σ_{t ∈ a⁻¹(j)} g(t, j) = Σ_{t ∈ source} h(a t)·g(t, a t)."""
        mapping = child(child(atom, 0), 0)
        member_ = Term("index", self.depth + 1, child(mapping, 1))
        rest = poly.join(
            kept - {(atom, exponent)}, frozenset({(atom, exponent - 1)} if exponent > 1 else ())
        )
        body = mul(poly.reify_monomial(rest), open_body(child(atom, 1), member_))
        body = substitute(body, index, Term("value", mapping, member_))
        return self.normal_form(bind("sum", member_, body))

    def _swapped(self, rest: Monomial, atom: Term, index: Term, target: Term) -> Polynomial | None:
        """Fubini: Σ_{x∈A} h(x) Σ_{y∈B} g(x,y) = Σ_{y∈B} Σ_{x∈A} h(x) g(x,y).

        Also for B the fibre through x, where the new inner set is the fibre through y.
        """
        inner_set = child(atom, 0)
        outer_set, new_inner = inner_set, target
        x = Term("index", self.depth + 2, target)
        y = Term("index", self.depth + 3, outer_set)
        if index in inner_set.free:
            mapping = child(inner_set, 0)
            if inner_set != Term("fibre", mapping, Term("value", mapping, index)):
                return None
            if target != child(mapping, 1):
                return None
            outer_set = target
            y = Term("index", self.depth + 3, outer_set)
            new_inner = Term("fibre", mapping, Term("value", mapping, y))
            x = Term("index", self.depth + 2, new_inner)
        body = mul(poly.reify_monomial(rest), open_body(child(atom, 1), y))
        inner = bind("sum", x, substitute(body, index, x))
        return self._sum(outer_set, close(inner, y), swap=False)

    def _max(self, target: Term, body: Term) -> Polynomial:
        parts = [part for part in _union_parts(target) if not self.is_empty(part)]
        parts.sort(key=lambda part: part.key)
        target = parts[0] if parts else target
        for part in parts[1:]:
            target = Term("union", target, part)
        if target.op == "single":
            return self.normal_form(open_body(body, child(target, 0)))
        if not self.inhabited(target):
            raise Unproved(
                "a max ranges over a set not known to be non-empty", Term("nonempty", target)
            )
        index, inside = self.enter(target)
        shift: Polynomial = NOTHING
        varying: Polynomial = NOTHING
        for monomial, coefficient in inside.reduce(
            inside.normal_form(open_body(body, index)), index
        ).items():
            outside, kept = self._leave_scope(monomial, index)
            if kept:
                varying = poly.plus(varying, {monomial: coefficient})
            else:
                shift = poly.plus(shift, outside, coefficient)
        if not varying:
            return shift
        rational, common, _ = poly.content(varying)
        outside, kept = self._leave_scope(
            frozenset(f for f in common if index not in f[0].free), index
        )
        if kept or not self.sign(outside):
            outside, common = poly.constant(1), ONE
        pulled = frozenset((a, -e) for a, e in common if index not in a.free)
        varying = poly.scale(poly.multiply(varying, {pulled: Fraction(1)}), 1 / rational)
        largest = self.atom(Term("max", target, poly.close_body(poly.reify(varying), index)))
        return poly.plus(shift, self.product(poly.scale(outside, rational), largest))


def _union_parts(target: Term) -> list[Term]:
    if target.op != "union":
        return [target]
    return [part for side in target.children for part in _union_parts(side)]
