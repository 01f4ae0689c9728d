"""The normal form of real and vector terms: a polynomial over canonical atoms.

Every step is an equality of total functions, and every cancellation is paid for: 1/P asks for
P ≠ 0, log P for P > 0, a fractional power for a base ≥ 0, a max for an inhabited set, under the
hypotheses and the scope of that spot.  A polynomial is only ever read in the context that made it
(or in one that knows more): what leaves the scope of a binder is normalised again outside, so an
obligation that was met thanks to a member of the set is asked again where that member is gone.
"""

from contextlib import suppress
from fractions import Fraction
from functools import lru_cache, reduce

from . import polynomial as poly
from .arithmetic import Arithmetic, scalar_and_vector
from .polynomial import NOTHING, Monomial, Polynomial
from .scope import remembered
from .sets import tidy
from .terms import Term, Unproved, add, bind, close, mul, open_body, require, substitute


class Context(Arithmetic):
    """Normal forms and signs under hypotheses; free indices are members of their sets."""

    def difference(self, left: Term, right: Term) -> Polynomial:
        """right − left."""
        return poly.plus(self.normal_form(right), self.normal_form(left), -1)

    @remembered
    def normal_form(self, term: Term) -> Polynomial:
        """The normal form of a real or vector term; raises Unproved with the obligation missed."""
        if term.op in ("sum", "max"):
            target, body = term.children
            return (self._sum if term.op == "sum" else self._max)(tidy(target), body)
        if term.op in ("entry", "ventry", "scalar", "vector"):
            return self.atom(tidy(term))
        parts = [self.normal_form(argument) for argument in term.children]
        match term.op:
            case "number":
                return poly.parse(term)
            case "zero" | "add":
                return poly.total(parts)
            case "mul":
                return reduce(self.product, parts)
            case "power":
                return self.to_power(parts[0], term.args[1])
            case "exp" | "log" | "norm":
                return {"exp": self._exp, "log": self._log, "norm": self.norm}[term.op](parts[0])
            case "tanh":
                square = Term("exp", mul(2, *term.children))
                below = Term("power", add(square, 1), Fraction(-1))
                return self.normal_form(mul(add(square, -1), below))
            case "inner":
                return self.inner(*parts)
            case "apply":
                return self._apply(term, parts[0])
        raise Unproved(f"{term.op} has no normal form: it is no number and no vector")

    # ------------------------------------------------------------ functions

    def _exp(self, exponent: Polynomial) -> Polynomial:
        """e^(Σ c·m) = Π (e^m)^c, and e^(c·log P) = P^c."""
        parts = []
        for monomial, coefficient in exponent.items():
            term = poly.reify_monomial(monomial)
            log = term.op == "log"
            base = poly.parse(term.children[0]) if log else self.atom(Term("exp", term))
            parts.append(self.to_power(base, coefficient))
        return reduce(self.product, parts, poly.constant(1))

    def _log(self, argument: Polynomial) -> Polynomial:
        """Asks for an argument > 0; positive factors become summands."""
        self.require_sign(argument, True, "the argument of a log")
        logs = []
        for atom, exponent in self.factors(argument):
            log = poly.parse(atom.children[0]) if atom.op == "exp" else self.atom(Term("log", atom))
            logs.append(poly.scale(log, exponent))
        return poly.total(logs)

    def _apply(self, term: Term, vector: Polynomial) -> Polynomial:
        """A linear map goes through sums and scalars, down to single vectors."""
        parts = []
        for monomial, coefficient in vector.items():
            scalars, atom = scalar_and_vector(monomial)
            image = Term("apply", *term.args[:2], atom.children[1] if atom.op == "sum" else atom)
            whole = Term("sum", atom.children[0], image) if atom.op == "sum" else None
            found = self.atom(image) if whole is None else self.normal_form(whole)
            parts.append(self.product({scalars: coefficient}, found))
        return poly.total(parts)

    # ------------------------------------------------------------ sums and maxima

    def _sum(self, target: Term, body: Term, swap: bool = True) -> Polynomial:
        if self.is_empty(target):
            return NOTHING
        if target.op == "single":
            return self.normal_form(open_body(body, target.children[0]))
        if target.op in ("union", "difference"):
            first, second = (self.normal_form(Term("sum", part, body)) for part in target.children)
            return poly.plus(first, second, 1 if target.op == "union" else -1)
        parts = []
        index, inside = self.enter(target)
        for monomial, coefficient in inside.normal_form(open_body(body, index)).items():
            outside, kept = self._leave_scope(monomial, index)
            total = self._sum_monomial(kept, index, swap)
            parts.append(self.product(poly.scale(outside, coefficient), total))
        return poly.total(parts)

    def _leave_scope(self, monomial: Monomial, index: Term) -> tuple[Polynomial, Monomial]:
        """The factors that do not need the index, normalised outside, and those that stay."""
        outside, kept = poly.constant(1), monomial
        for factor in poly.in_order(monomial):
            if index not in factor[0].free:
                with suppress(Unproved):
                    value = self.normal_form(poly.reify_monomial(frozenset({factor})))
                    outside, kept = self.product(outside, value), kept - {factor}
        return outside, kept

    def _sum_monomial(self, kept: Monomial, index: Term, swap: bool) -> Polynomial:
        """Σ over the set of the index.

        Σ_j h(j)·Σ_{t ∈ a⁻¹(j)} g(t, j) = Σ_{t ∈ source} h(a t)·g(t, a t); other nested sums by
        Fubini, in the smaller of the two orders.
        """
        target = index.children[0]
        orders = [self.atom(Term("sum", target, close(poly.reify_monomial(kept), index)))]
        for atom in [a for a, exponent in poly.in_order(kept) if a.op == "sum" and exponent >= 1]:
            inner, body = atom.children
            mapping = inner.children[0] if inner.op == "fibre" else inner
            fibre = mapping.op == "map" and inner.children[1] == index
            whole = fibre and target in (mapping.children[1], Term("range", mapping))
            token = Term("index", self.depth + 1, mapping.children[0] if whole else inner)
            rest = poly.reify_monomial(poly.join(kept, frozenset({(atom, Fraction(-1))})))
            summand = mul(rest, open_body(body, token))
            if whole:
                summand = substitute(summand, index, Term("value", mapping, token))
                return self.normal_form(bind("sum", token, summand))
            if swap and index not in inner.free:
                turned = close(bind("sum", index, summand), token)
                orders.append(self._sum(inner, turned, swap=False))
        return min(orders, key=lambda order: poly.reify(order).key)

    def _max(self, target: Term, body: Term) -> Polynomial:
        """Asks for a member of the set."""
        missing = Term("nonempty", target)
        require(self.inhabited(target), "the set of a max is not known to be non-empty", missing)
        index, inside = self.enter(target)
        member = inside.normal_form(open_body(body, index))
        return self.atom(Term("max", target, close(poly.reify(member), index)))


@lru_cache(maxsize=512)
def context_for(hypotheses: frozenset[Term], scope: frozenset[Term]) -> Context:
    """The context of a sequent; shared, since it depends on nothing else."""
    return Context(hypotheses, scope)


def context_of(hypotheses: frozenset[Term], *terms: Term) -> Context:
    """The context of the hypotheses and terms, with all their free indices in scope."""
    return context_for(hypotheses, frozenset().union(*(t.free for t in (*hypotheses, *terms))))
