"""What is known at one spot: hypotheses, the indices in scope, and the signs they give.

Every answer is a sufficient test and depends on (hypotheses, scope, fuel, question) only.  A
context entered for a binder has its own memory: what it learns from its member never reaches the
context outside, while what is known outside holds inside as well.  Facts about a hypothesis are
computed with one unit of fuel less; without fuel no order fact and no equation is used.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from derivations.kernel import polynomial as poly
from derivations.kernel.arithmetic import Sign as Sign
from derivations.kernel.normal_form import NormalForm
from derivations.kernel.polynomial import COMPOUND, Monomial, Polynomial
from derivations.kernel.sets import member, subset
from derivations.kernel.terms import (
    Sort,
    Term,
    Unproved,
    child,
    free_indices,
    nodes,
    number,
    open_body,
    sort_of,
    sub,
)

FUEL = 2
SEARCH_DEPTH = 2
MAX_REWRITES = 24
MAX_INSTANCES = 120
MAX_SEARCHED = 24


class Context(NormalForm):
    """Normal forms and signs under hypotheses; free indices are members of their sets."""

    def __init__(
        self,
        hypotheses: frozenset[Term],
        scope: frozenset[Term],
        fuel: int = FUEL,
        outside: "Context | None" = None,
        index: Term | None = None,
    ) -> None:
        super().__init__()
        self.hypotheses = hypotheses
        self.scope = scope
        self.fuel = fuel
        self.outside = outside
        self.index = index
        self.depth = 0 if outside is None else outside.depth + 1
        self._ordered = sorted(hypotheses, key=lambda h: h.key)
        self._equations = [h for h in self._ordered if _matrix(h).op == "eq"] if fuel else []
        self._pending: list[Term] = [] if outside is None else outside._pending
        self._inside: dict[Term, tuple[Term, Context]] = {}
        self._weaker: dict[Term | None, Context] = {}
        self._signs: dict[tuple[frozenset[tuple[Monomial, Fraction]], int], Sign] = {}
        self._fact_lists: dict[tuple[Term, ...], list[tuple[Polynomial, bool]]] = {}
        self._known_sets = self._find_known_sets()

    # ------------------------------------------------------------ scopes

    def enter(self, target: Term) -> tuple[Term, "Context"]:
        """An index of the set, named by its level, and the context that has it in scope."""
        if target not in self._inside:
            index = Term("index", self.depth, target)
            scope = self.scope | {index}
            inner = Context(self.hypotheses, scope, self.fuel, self, index)
            self._inside[target] = (index, inner)
        return self._inside[target]

    def weaker(self, without: Term | None = None) -> "Context":
        """The same spot with one unit of fuel less, and perhaps without one hypothesis."""
        if without not in self._weaker:
            if self.outside is None or self.index is None:
                kept = self.hypotheses - {without}
                found = Context(frozenset(kept), self.scope, self.fuel - 1)
            else:
                found = self.outside.weaker(without).enter(child(self.index, 1))[1]
            self._weaker[without] = found
        return self._weaker[without]

    def home(self, free: frozenset[Term]) -> "Context":
        """The outermost context on the way here that has all these indices in scope."""
        context = self
        while context.outside is not None and context.index not in free:
            context = context.outside
        return context

    def inherited(self, term: Term) -> Polynomial | None:
        """The outer normal form of a term that does not mention this scope's index."""
        if self.outside is None or self.index in term.free:
            return None
        try:
            return self.outside.normal_form(term)
        except Unproved:
            return None

    # ------------------------------------------------------------ sets

    def _find_known_sets(self) -> list[Term]:
        """Sets with a member: of the free indices, of hypotheses, targets of maps from those."""
        known = [child(index, 1) for index in sorted(self.scope, key=lambda i: i.key)]
        known += [child(h, 0) for h in self._ordered if h.op == "nonempty"]
        for mapping in sorted(maps_of(*self._ordered), key=lambda m: m.key):
            source, target = child(mapping, 1), child(mapping, 2)
            if not target.loose and any(subset(one, source) for one in known):
                known.append(target)
        return known

    def inhabited(self, target: Term) -> bool:
        """Whether the set is known to have a member."""
        if any(subset(known, target) for known in self._known_sets):
            return True
        match target.op:
            case "single":
                return True
            case "union":
                return any(self.inhabited(part) for part in target.children)
            case "range":
                return self.inhabited(child(child(target, 0), 1))
            case "fibre":
                return member(child(target, 1), Term("range", child(target, 0)))
        return any(member(index, target) for index in self.scope)

    def is_empty(self, target: Term) -> bool:
        """Whether the set is known to have no member."""
        if target.op == "union":
            return all(self.is_empty(part) for part in target.children)
        if target.op == "range" and self.is_empty(child(child(target, 0), 1)):
            return True
        return any(h.op == "empty" and subset(target, child(h, 0)) for h in self._ordered)

    # ------------------------------------------------------------ hypotheses

    def _instances(self, hypothesis: Term, indices: list[Term]) -> Iterator[Term]:
        """The hypothesis with its quantifiers at the given indices, each a known member."""
        if hypothesis.op != "all":
            yield hypothesis
            return
        for index in indices:
            if member(index, child(hypothesis, 0)):
                yield from self._instances(open_body(child(hypothesis, 1), index), indices)

    def _facts(self, polynomial: Polynomial) -> list[tuple[Polynomial, bool]]:
        """(f, strict): polynomials the hypotheses make ≥ 0 or > 0, for the indices that occur."""
        indices = _closed_indices({a for monomial in polynomial for a, _ in monomial})
        if tuple(indices) not in self._fact_lists:
            self._fact_lists[tuple(indices)] = self._find_facts(indices)
        return self._fact_lists[tuple(indices)]

    def _find_facts(self, indices: list[Term]) -> list[tuple[Polynomial, bool]]:
        found: list[tuple[Polynomial, bool]] = []
        for hypothesis in self._ordered if self.fuel else ():
            if _matrix(hypothesis).op not in ("le", "lt", "eq"):
                continue
            for fact in islice(self._instances(hypothesis, indices), MAX_INSTANCES):
                difference = self.home(fact.free).weaker().difference(fact)
                if difference is not None:
                    found.append((difference, fact.op == "lt"))
                    if fact.op == "eq":
                        found.append((poly.scale(difference, -1), False))
        return found

    def difference(self, relation: Term) -> Polynomial | None:
        """right − left of a relation between numbers, if both have a normal form."""
        left, right = relation.children
        if sort_of(left) is Sort.VECTOR:
            return None
        try:
            return poly.plus(self.normal_form(right), self.normal_form(left), -1)
        except Unproved:
            return None

    def rewritten(self, atom: Term) -> Polynomial | None:
        """The right side of an equation whose left side's own normal form is this atom."""
        for equation in self._equations:
            left = child(_matrix(equation), 0)
            if left.op != atom.op or (left.op in _NAMED and left.args[0] != atom.args[0]):
                continue
            indices = _closed_indices({atom})
            for instance in islice(self._instances(equation, indices), MAX_INSTANCES):
                if self.home(instance.free).weaker(equation).is_atom(child(instance, 0), atom):
                    return self._rewrite(atom, child(instance, 1))
        return None

    def is_atom(self, term: Term, atom: Term) -> bool:
        """Whether the normal form of the term is the atom alone."""
        try:
            return self.normal_form(term) == poly.variable(atom)
        except Unproved:
            return False

    def _rewrite(self, atom: Term, replacement: Term) -> Polynomial:
        if atom in self._pending or len(self._pending) >= MAX_REWRITES:
            raise Unproved("the equations among the hypotheses rewrite in a circle; drop one")
        self._pending.append(atom)
        try:
            return self.normal_form(replacement)
        finally:
            self._pending.pop()

    # ------------------------------------------------------------ signs

    def sign(self, polynomial: Polynomial) -> Sign:
        """What is known of the sign of a polynomial made in this context."""
        return self._sign(polynomial, SEARCH_DEPTH)

    def is_nonzero(self, polynomial: Polynomial) -> bool:
        """Whether the polynomial is known not to vanish, as a whole or factor by factor."""
        if self._known_nonzero(polynomial):
            return True
        _, monomial, primitive = poly.content(polynomial)
        factors = [poly.variable(atom) for atom, exponent in monomial if exponent > 0]
        factors += [primitive] if len(primitive) > 1 else []
        return all(map(self._known_nonzero, factors))

    def _known_nonzero(self, polynomial: Polynomial) -> bool:
        term = poly.reify(polynomial)
        if term.op == "norm" and sort_of(child(term, 0)) is Sort.REAL:
            return self.is_nonzero(self.normal_form(child(term, 0)))
        if Sign.POSITIVE in (self.sign(polynomial), self.sign(poly.scale(polynomial, -1))):
            return True
        return any(
            self.home(hypothesis.free).weaker().is_multiple(child(hypothesis, 0), polynomial)
            for hypothesis in (self._ordered if self.fuel else ())
            if hypothesis.op == "nonzero"
        )

    def is_multiple(self, term: Term, polynomial: Polynomial) -> bool:
        """Whether the polynomial is a non-zero rational multiple of the term's normal form."""
        try:
            known = self.normal_form(term)
        except Unproved:
            return False
        if not known or not polynomial:
            return False
        ratio = poly.content(polynomial)[0] / poly.content(known)[0]
        return polynomial in (poly.scale(known, ratio), poly.scale(known, -ratio))

    def _sign(self, polynomial: Polynomial, depth: int) -> Sign:
        key = (frozenset(polynomial.items()), depth)
        if key not in self._signs:
            self._signs[key] = self._find_sign(polynomial, depth)
        return self._signs[key]

    def _find_sign(self, polynomial: Polynomial, depth: int) -> Sign:
        found = self._termwise(polynomial, depth)
        if found:
            return found
        if any(e < 0 and a.op == "add" for monomial in polynomial for a, e in monomial):
            polynomial, _ = self.clear(
                polynomial, lambda atom: self._atom_sign(atom, depth) is Sign.POSITIVE
            )
            found = self._termwise(polynomial, depth)
        if not found:
            found = self._termwise(self._with_member_out(polynomial), depth)
        return found or self._by_facts(polynomial, depth)

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
            if not result:
                break
        return result

    def _atom_sign(self, atom: Term, depth: int) -> Sign:
        if sort_of(atom) is Sort.VECTOR:
            return Sign.UNKNOWN
        if atom.op == "exp":
            return Sign.POSITIVE
        if atom.op in COMPOUND:
            return self._sign(poly.parse(atom), depth)
        found = Sign.UNKNOWN
        if atom.op in ("sum", "max"):
            index, inside = self.enter(child(atom, 0))
            found = inside._sign(inside.normal_form(open_body(child(atom, 1), index)), depth)
            if atom.op == "sum" and not self.inhabited(child(atom, 0)):
                found = min(found, Sign.NONNEGATIVE)
        elif atom.op == "log":
            found = self._sign(poly.plus(poly.parse(child(atom, 0)), poly.constant(-1)), depth)
        elif atom.op == "norm" or (atom.op == "inner" and atom.args[0] == atom.args[1]):
            found = Sign.NONNEGATIVE
        if found is Sign.POSITIVE:
            return found
        return max(found, self._by_facts(poly.variable(atom), depth))

    def _with_member_out(self, polynomial: Polynomial) -> Polynomial:
        """Σ_A f = f(i) + Σ_{A∖i} f for an index i that occurs, |A| = 1 + ‖|A| − 1‖ without one.

        What it returns is for reading signs only: a set has at least as much as one member of it.
        """
        sums = {a for m in polynomial for a, e in m if a.op == "sum" and sort_of(a) is Sort.REAL}
        indices = _closed_indices({a for monomial in polynomial for a, _ in monomial})
        for atom in sorted(sums, key=lambda a: a.key):
            home, body = child(atom, 0), child(atom, 1)
            inside = [Term("single", index) for index in indices if member(index, home)]
            if inside:
                rest = Term("sum", Term("difference", home, inside[0]), body)
                taken = self.normal_form(open_body(body, child(inside[0], 0)))
                split = poly.plus(taken, poly.variable(rest))
            elif body == number(1) and self.inhabited(home):
                split = poly.plus(poly.constant(1), poly.variable(Term("norm", sub(atom, 1))))
            else:
                continue
            result: Polynomial = {}
            for monomial, coefficient in polynomial.items():
                part: Polynomial = {frozenset(f for f in monomial if f[0] != atom): coefficient}
                exponent = dict(monomial).get(atom, Fraction(0))
                whole = int(exponent) if exponent in (1, 2) else 0
                part = poly.multiply(part, poly.variable(atom, exponent - whole))
                for _ in range(whole):
                    part = poly.multiply(part, split)
                result = poly.plus(result, part)
            polynomial = result
        return polynomial

    def _by_facts(self, polynomial: Polynomial, depth: int) -> Sign:
        """Subtract a multiple of a hypothesis that cancels a summand of unknown sign."""
        if depth == 0 or len(polynomial) > MAX_SEARCHED:
            return Sign.UNKNOWN
        bad = [
            (m, c)
            for m, c in sorted(polynomial.items(), key=lambda item: poly.monomial_key(item[0]))
            if c < 0 or self._monomial_sign(m, 0) < (1 if len(polynomial) > 1 else Sign.POSITIVE)
        ]
        best = Sign.UNKNOWN
        for fact, strict in self._facts(polynomial) if bad else ():
            for monomial, coefficient in bad:
                for other, divisor in fact.items():
                    factor = poly.join(monomial, poly.invert(other))
                    if coefficient * divisor < 0 or not self._is_multiplier(factor):
                        continue
                    step = self.product({factor: coefficient / divisor}, fact)
                    found = self._sign(poly.plus(polynomial, step, -1), depth - 1)
                    if found and strict and self._monomial_sign(factor, 0) is Sign.POSITIVE:
                        found = Sign.POSITIVE
                    best = max(best, found)
                    if best is Sign.POSITIVE:
                        return best
        return best

    def _is_multiplier(self, monomial: Monomial) -> bool:
        """Whether the monomial is known ≥ 0 and divides by nothing that might vanish."""
        whole = all(e.denominator == 1 and e > 0 for _, e in monomial)
        positive = whole or all(
            self._atom_sign(a, 0) is Sign.POSITIVE
            for a, e in monomial
            if e < 0 or e.denominator > 1
        )
        return positive and self._monomial_sign(monomial, 0) > Sign.UNKNOWN


_NAMED = frozenset({"scalar", "vector", "entry", "ventry", "apply"})


def _matrix(proposition: Term) -> Term:
    """The proposition under its universal quantifiers."""
    while proposition.op == "all":
        proposition = child(proposition, 1)
    return proposition


@lru_cache(maxsize=65536)
def maps_of(*terms: Term) -> frozenset[Term]:
    """The maps that occur in the terms."""
    return frozenset(n for term in terms for n in nodes(term) if n.op == "map")


@lru_cache(maxsize=65536)
def _indices_of(atom: Term) -> frozenset[Term]:
    return frozenset(n for n in nodes(atom) if n.op in ("index", "value") and not n.loose)


def _closed_indices(atoms: set[Term]) -> list[Term]:
    """The indices that occur in the atoms and are not bound there, in the order of their keys."""
    found = frozenset().union(*(_indices_of(atom) for atom in atoms))
    return sorted(found, key=lambda index: index.key)


@lru_cache(maxsize=512)
def context_for(hypotheses: frozenset[Term], scope: frozenset[Term]) -> Context:
    """The context of a sequent; shared, since it depends on nothing else."""
    return Context(hypotheses, scope)


def context_of(hypotheses: frozenset[Term], *terms: Term) -> Context:
    """The context of the hypotheses and terms, with all their free indices in scope."""
    return context_for(hypotheses, free_indices(*hypotheses, *terms))
