"""The normal form of real and vector terms: a polynomial over canonical atoms.

Every step is an equality of total functions, and every cancellation is paid for: 1/P asks for
P ≠ 0, log P for P > 0, a fractional power for a base ≥ 0, a max for an inhabited set, under the
hypotheses and the scope of that spot.  A polynomial is only ever read in the context that made it
(or in one that knows more): what leaves the scope of a binder is normalised again outside, so an
obligation that was met thanks to a member of the set is asked again where that member is gone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Self

from derivations.kernel.polynomial import (
    COMPOUND,
    NOTHING,
    ONE,
    Monomial,
    Polynomial,
    close_body,
    constant,
    content,
    divide,
    in_order,
    join,
    monomial_key,
    multiply,
    parse,
    plus,
    reify,
    reify_monomial,
    scale,
    variable,
)
from derivations.kernel.sets import tidy
from derivations.kernel.terms import (
    Sort,
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
    sort_of,
    substitute,
)

MAX_EXPONENT = 64
MAX_BITS = 20_000
MAX_PRIME = 1_000


class Sign(IntEnum):
    """What is known of a real number; UNKNOWN is no statement."""

    UNKNOWN = 0
    NONNEGATIVE = 1
    POSITIVE = 2


@lru_cache(maxsize=4096)
def prime_powers(value: Fraction) -> tuple[tuple[int, int], ...]:
    """The factorisation of a positive fraction; what has no small factor is left whole."""
    powers = []
    for rest, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime in range(2, MAX_PRIME):
            count = 0
            while rest % prime == 0:
                rest, count = rest // prime, count + 1
            if count:
                powers.append((prime, sign * count))
        if rest > 1:
            powers.append((rest, sign))
    return tuple(powers)


def scalar_and_vector(monomial: Monomial) -> tuple[Monomial, Term]:
    """The scalar factors of a vector monomial, and its vector."""
    for atom, exponent in monomial:
        if sort_of(atom) is Sort.VECTOR:
            return monomial - {(atom, exponent)}, atom
    raise Unproved("a sum of vectors contains a number")


class NormalForm(ABC):
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
    def rewritten(self, atom: Term) -> Polynomial | None:
        """What an equation among the hypotheses says the atom is."""

    @abstractmethod
    def inhabited(self, target: Term) -> bool:
        """Whether the set is known to have a member."""

    @abstractmethod
    def is_empty(self, target: Term) -> bool:
        """Whether the set is known to have no member."""

    @abstractmethod
    def sign(self, polynomial: Polynomial) -> Sign:
        """What is known of the sign."""

    @abstractmethod
    def is_nonzero(self, polynomial: Polynomial) -> bool:
        """Whether the polynomial is known not to vanish."""

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
                return NOTHING if term.op == "zero" else parse(term)
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
                    result = plus(result, part)
                return result
            case "mul":
                result = constant(1)
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
                double = self._exp(self.reduce(scale(parts[0], 2)))
                return self.product(
                    plus(double, constant(-1)), self.inverse(plus(double, constant(1)))
                )
            case "norm":
                return self._norm(self.reduce(parts[0]))
            case "inner":
                return self.inner(parts[0], parts[1])
            case "apply":
                return self._apply(term, parts[0])
        raise Unproved(f"{term.op} has no normal form: it is no number and no vector")

    # ------------------------------------------------------------ polynomials

    def atom(self, atom: Term, exponent: Fraction | int = 1) -> Polynomial:
        """An atom to an exponent, rewritten by the equations among the hypotheses."""
        found = self.rewritten(atom)
        return (
            variable(atom, exponent) if found is None else self.to_power(found, Fraction(exponent))
        )

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The product, with whole powers of roots, norms and compound atoms multiplied out."""
        raw = multiply(left, right)
        if not any(_whole_power(a, e) for monomial in raw for a, e in monomial):
            return raw
        result: Polynomial = NOTHING
        for monomial, coefficient in raw.items():
            folded: Polynomial = {
                frozenset(f for f in monomial if not _whole_power(*f)): coefficient
            }
            for atom, exponent in in_order(f for f in monomial if _whole_power(*f)):
                folded = self.product(folded, self._folded(atom, exponent))
            result = plus(result, folded)
        return result

    def _folded(self, atom: Term, exponent: Fraction) -> Polynomial:
        """P^(n + r) = P·…·P·P^r; ‖v‖^(2n + r) = ⟨v,v⟩^n ‖v‖^r."""
        step = 2 if atom.op == "norm" else 1
        whole = floor(exponent / step)
        if atom.op == "norm":
            inside = self.normal_form(child(atom, 0))
            vector = sort_of(child(atom, 0)) is Sort.VECTOR
            base = self.inner(inside, inside) if vector else self.product(inside, inside)
        else:
            base = parse(atom)
        return self.product(
            self.to_power(base, Fraction(whole)), variable(atom, exponent - step * whole)
        )

    def to_power(self, base: Polynomial, exponent: Fraction) -> Polynomial:
        """A rational power; asks ≠ 0 for negative exponents and a sign for fractional ones."""
        if exponent.denominator != 1:
            return self._root(base, exponent)
        count = abs(int(exponent))
        bits = max(
            (c.numerator.bit_length() + c.denominator.bit_length() for c in base.values()),
            default=0,
        )
        if count * bits > MAX_BITS or (len(base) > 1 and count > MAX_EXPONENT):
            raise Unproved("term budget exceeded: a power has too large an exponent")
        if exponent < 0:
            base = self.inverse(base)
        if len(base) == 1:
            ((monomial, coefficient),) = base.items()
            powered = frozenset((a, e * count) for a, e in monomial) if count else ONE
            return self.product({powered: coefficient**count}, constant(1))
        result = constant(1)
        for _ in range(count):
            result = self.product(result, base)
        return result

    def inverse(self, polynomial: Polynomial) -> Polynomial:
        """1/P; asks for P ≠ 0.  A compound denominator is written with its positive sign."""
        if not polynomial or not self.is_nonzero(polynomial):
            raise Unproved(
                "a denominator is not known to be non-zero", Term("nonzero", reify(polynomial))
            )
        rational, monomial, primitive = content(polynomial)
        result: Polynomial = {frozenset((a, -e) for a, e in monomial): 1 / rational}
        if primitive.keys() == {ONE}:
            return scale(result, primitive[ONE])
        sign = self._orientation(primitive)
        return self.product(result, scale(variable(reify(scale(primitive, sign)), -1), sign))

    def _orientation(self, polynomial: Polynomial) -> int:
        """±1 so that ±P is the positive one, or else the one with a positive first coefficient."""
        if self.sign(polynomial) or self.sign(scale(polynomial, -1)):
            return 1 if self.sign(polynomial) else -1
        return 1 if polynomial[min(polynomial, key=monomial_key)] > 0 else -1

    def _root(self, base: Polynomial, exponent: Fraction) -> Polynomial:
        needed = Sign.NONNEGATIVE if exponent > 0 else Sign.POSITIVE
        if self.sign(base) < needed:
            asked = "le" if exponent > 0 else "lt"
            raise Unproved(
                "the base of a fractional power has no known sign", relation(asked, 0, reify(base))
            )
        if not base:
            return NOTHING
        rational, monomial, primitive = content(base)
        for wanted in (Sign.NONNEGATIVE, Sign.POSITIVE):
            rest, result = primitive, self._rational_power(rational, exponent)
            for atom, e in in_order(monomial):
                if self.sign(variable(atom)) >= wanted:
                    result = self.product(result, self._atom_power(atom, e * exponent))
                elif e.denominator == 1 and e % 2 == 0:
                    size = self._norm(variable(atom))
                    result = self.product(result, self.to_power(size, e * exponent))
                else:
                    rest = multiply(rest, variable(atom, e))
            if rest == constant(1):
                return result
            if self.sign(rest) >= needed or wanted is Sign.POSITIVE:
                return self.product(result, self._atom_power(reify(rest), exponent))
        raise Unproved("a fractional power could not be split into factors of known sign")

    def _atom_power(self, atom: Term, exponent: Fraction) -> Polynomial:
        """An atom of known sign under a root; ⟨v,v⟩^(1/2) is ‖v‖."""
        if atom.op == "inner" and atom.args[0] == atom.args[1]:
            root = self.atom(Term("norm", child(atom, 0)), 2 * exponent)
        else:
            root = variable(atom, exponent)
        return self.product(root, constant(1))

    def _rational_power(self, value: Fraction, exponent: Fraction) -> Polynomial:
        result = constant(1)
        for prime, count in prime_powers(value):
            whole = floor(count * exponent)
            if abs(whole) * prime.bit_length() > MAX_BITS:
                raise Unproved("term budget exceeded: a power has too large an exponent")
            rest = variable(number(prime), count * exponent - whole)
            result = self.product(scale(result, Fraction(prime) ** whole), rest)
        return result

    def reduce(self, polynomial: Polynomial, index: Term | None = None) -> Polynomial:
        """q/P = h + r/P with r reduced modulo P, for the denominators that mention ``index``."""
        atoms = {
            a
            for monomial in polynomial
            for a, e in monomial
            if e < 0 and a.op == "add" and (index is None or index in a.free)
        }
        for atom in sorted(atoms, key=lambda a: a.key):
            exponents = {e for m in polynomial for a, e in m if a == atom and e < 0}
            for part in sorted({e % 1 for e in exponents}):
                start = min(e for e in exponents if e % 1 == part)
                for step in range(ceil(-start)):
                    polynomial = self._reduce_power(polynomial, atom, start + step, index)
        return polynomial

    def _reduce_power(
        self, polynomial: Polynomial, atom: Term, exponent: Fraction, index: Term | None
    ) -> Polynomial:
        factor = (atom, exponent)
        over = {m - {factor}: c for m, c in polynomial.items() if factor in m}
        if not over:
            return polynomial
        quotient, remainder = divide(over, parse(atom), index)
        rest: Polynomial = {m: c for m, c in polynomial.items() if factor not in m}
        rest = plus(rest, self.product(quotient, variable(atom, exponent + 1)))
        return plus(rest, self.product(remainder, variable(atom, exponent)))

    def clear(
        self, polynomial: Polynomial, wanted: Callable[[Term], bool] = lambda atom: True
    ) -> tuple[Polynomial, Monomial]:
        """(P·D, D) with D the product of the wanted denominators, none of which vanishes."""
        cleared: Monomial = ONE
        while True:
            atoms = {a for m in polynomial for a, e in m if e < 0 and a.op in ("add", "norm")}
            atoms = {a for a in atoms if wanted(a)}
            if not atoms:
                return polynomial, cleared
            atom = min(atoms, key=lambda a: a.key)
            least = min(e for m in polynomial for a, e in m if a == atom)
            count = ceil(-least)
            polynomial = self.product(polynomial, variable(atom, count)) if count else polynomial
            cleared = join(cleared, frozenset({(atom, Fraction(count))}))

    # ------------------------------------------------------------ functions

    def _exp(self, exponent: Polynomial) -> Polynomial:
        """e^(Σ c·m) = Π (e^m)^c, and e^(c·log P) = P^c."""
        result = constant(1)
        for monomial, coefficient in exponent.items():
            (atom, power_), *others = in_order(monomial) or [(number(1), Fraction(1))]
            if atom.op == "log" and power_ == 1 and not others:
                factor = self.to_power(parse(child(atom, 0)), coefficient)
            else:
                factor = self.atom(Term("exp", reify_monomial(monomial)), coefficient)
            result = self.product(result, factor)
        return result

    def _log(self, argument: Polynomial) -> Polynomial:
        """Asks for an argument > 0; positive factors and denominators become summands."""
        if self.sign(argument) is not Sign.POSITIVE:
            raise Unproved(
                "the argument of a log is not known to be positive",
                relation("lt", 0, reify(argument)),
            )
        cleared, denominators = self.clear(argument, self._is_positive)
        rational, monomial, primitive = content(cleared)
        result: Polynomial = NOTHING
        for prime, count in prime_powers(rational):
            result = plus(result, self.atom(Term("log", number(prime))), count)
        for atom, exponent in in_order(join(monomial, frozenset((a, -e) for a, e in denominators))):
            if atom.op == "exp":
                result = plus(result, parse(child(atom, 0)), exponent)
            elif self._is_positive(atom):
                result = plus(result, self.atom(Term("log", atom)), exponent)
            else:
                primitive = multiply(primitive, variable(atom, exponent))
        if primitive == constant(1):
            return result
        return plus(result, self.atom(Term("log", reify(primitive))))

    def _is_positive(self, atom: Term) -> bool:
        return self.sign(variable(atom)) is Sign.POSITIVE

    def _norm(self, argument: Polynomial) -> Polynomial:
        """‖c·m·p‖ = |c|·|m|·‖p‖ with denominators cleared and a canonical sign inside."""
        if not argument:
            return NOTHING
        cleared, denominators = self.clear(argument)
        rational, monomial, primitive = content(cleared)
        result = constant(rational)
        for atom, exponent in in_order(join(monomial, frozenset((a, -e) for a, e in denominators))):
            if exponent.denominator != 1 or (exponent % 2 == 0 and sort_of(atom) is Sort.REAL):
                result = self.product(result, variable(atom, exponent))
            else:
                result = self.product(result, self.to_power(self._size(variable(atom)), exponent))
        return self.product(result, self._size(primitive))

    def _size(self, primitive: Polynomial) -> Polynomial:
        """The norm of one atom or of a primitive polynomial."""
        if all(sort_of(a) is Sort.REAL for monomial in primitive for a, _ in monomial):
            for sign in (1, -1):
                if self.sign(scale(primitive, sign)):
                    return scale(primitive, sign)
        lead = primitive[min(primitive, key=monomial_key)]
        return self.atom(Term("norm", reify(scale(primitive, 1 if lead > 0 else -1))))

    # ------------------------------------------------------------ vectors

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
            result = plus(result, self.product({scalars: coefficient}, image))
        return result

    def inner(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The bilinear, symmetric inner product; it goes inside sums."""
        result: Polynomial = NOTHING
        for one, first in left.items():
            for other, second in right.items():
                (scalars, u), (more, v) = scalar_and_vector(one), scalar_and_vector(other)
                factor: Polynomial = {scalars: first * second}
                factor = self.product(factor, {more: Fraction(1)})
                result = plus(result, self.product(factor, self._inner_atoms(u, v)))
        return result

    def _inner_atoms(self, left: Term, right: Term) -> Polynomial:
        for one, other in ((left, right), (right, left)):
            if one.op == "sum":
                body = Term("inner", child(one, 1), other)
                return self.normal_form(Term("sum", child(one, 0), body))
        readings = []
        for one, other in ((left, right), (right, left)):
            while one.op == "apply":
                other = Term("apply", one.args[0], one.args[1] is False, other)
                one = child(one, 2)
            image = self.normal_form(other)
            if image != variable(other):
                return self.inner(variable(one), image)
            readings.append(Term("inner", one, other))
        return self.atom(min(readings, key=lambda reading: reading.key))

    # ------------------------------------------------------------ sums and maxima

    def _sum(self, target: Term, body: Term, swap: bool = True) -> Polynomial:
        if self.is_empty(target):
            return NOTHING
        if target.op == "single":
            return self.normal_form(open_body(body, child(target, 0)))
        if target.op in ("union", "difference"):
            first, second = (self.normal_form(Term("sum", part, body)) for part in target.children)
            return plus(first, second, 1 if target.op == "union" else -1)
        index, inside = self.enter(target)
        summand = inside.reduce(inside.normal_form(open_body(body, index)), index)
        result: Polynomial = NOTHING
        for monomial, coefficient in summand.items():
            outside, kept = self._leave_scope(monomial, index)
            total = self._sum_monomial(kept, index, target, swap)
            result = plus(result, self.product(scale(outside, coefficient), total))
        return result

    def _leave_scope(self, monomial: Monomial, index: Term) -> tuple[Polynomial, Monomial]:
        """The factors that do not need the index, normalised outside, and those that stay."""
        outside, kept = constant(1), []
        for atom, exponent in in_order(monomial):
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
        for atom, exponent in in_order(kept):
            if atom.op == "sum" and exponent.denominator == 1 and exponent > 0:
                fibre = child(atom, 0)
                if fibre.op == "fibre" and child(fibre, 1) == index:
                    mapping = child(fibre, 0)
                    if target in (child(mapping, 2), Term("range", mapping)):
                        return self._sum_over_source(kept, atom, exponent, index)
        best = Term("sum", target, close_body(reify_monomial(kept), index))
        chosen = None
        for atom, exponent in in_order(kept) if swap else ():
            if atom.op == "sum" and exponent == 1:
                swapped = self._swapped(kept - {(atom, exponent)}, atom, index, target)
                if swapped is not None and reify(swapped).key < best.key:
                    best, chosen = reify(swapped), swapped
        return self.atom(best) if chosen is None else chosen

    def _sum_over_source(
        self, kept: Monomial, atom: Term, exponent: Fraction, index: Term
    ) -> Polynomial:
        """Σ_j h(j)·Σ_{t ∈ a⁻¹(j)} g(t, j) = Σ_{t ∈ source} h(a t)·g(t, a t)."""
        mapping = child(child(atom, 0), 0)
        member_ = Term("index", self.depth + 1, child(mapping, 1))
        rest = join(
            kept - {(atom, exponent)}, frozenset({(atom, exponent - 1)} if exponent > 1 else ())
        )
        body = mul(reify_monomial(rest), open_body(child(atom, 1), member_))
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
        body = mul(reify_monomial(rest), open_body(child(atom, 1), y))
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
                varying = plus(varying, {monomial: coefficient})
            else:
                shift = plus(shift, outside, coefficient)
        if not varying:
            return shift
        rational, common, _ = content(varying)
        outside, kept = self._leave_scope(
            frozenset(f for f in common if index not in f[0].free), index
        )
        if kept or not self.sign(outside):
            outside, common = constant(1), ONE
        pulled = frozenset((a, -e) for a, e in common if index not in a.free)
        varying = scale(multiply(varying, {pulled: Fraction(1)}), 1 / rational)
        largest = self.atom(Term("max", target, close_body(reify(varying), index)))
        return plus(shift, self.product(scale(outside, rational), largest))


def _whole_power(atom: Term, exponent: Fraction) -> bool:
    if atom.op == "norm":
        return exponent >= 2
    return atom.op in COMPOUND and (exponent >= 1 or (atom.op == "number" and exponent < 0))


def _union_parts(target: Term) -> list[Term]:
    if target.op != "union":
        return [target]
    return [part for side in target.children for part in _union_parts(side)]
