"""Random derivations: random applicable rules on a growing pool of theorems, each one checked.

A theorem must hold in every world in which its hypotheses do, whatever value 1/0, the log of a
non-positive number and the max over ∅ may have there; one that is `well_defined` must not need
any of those values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from derivations.kernel import rules as kernel
from derivations.kernel.normal_form import context_of
from derivations.kernel.polynomial import reify
from derivations.kernel.rules import Theorem
from derivations.kernel.terms import KernelError, Sort, Term, add, mul, open_body, relation
from derivations.terms import number, sort_of
from tests.fuzz.kernel_terms import MAPS, K, M, Maker, change, free_scope, fresh, over, value
from tests.fuzz.kernel_worlds import HypothesisMaker, world_for
from tests.fuzz.normal_forms import LONGEST, Tally, TooSlow, time_limit
from tests.kernel import every_rule as rules
from tests.kernel.evaluate import (
    BALLS,
    Computed,
    Evaluator,
    TooLarge,
    Total,
    Undefined,
    World,
    decide,
)

STEPS = 16
WORLDS = 2
MOST_HYPOTHESES = 5
NO_REFUSALS = (KernelError, TypeError, IndexError)
"""IndexError: `random.choice` found nothing to choose from."""


class Session:
    """One derivation: a pool of theorems that random moves add to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.make = Maker(self.random)
        self.hypothesis = HypothesisMaker(self.make)
        self.given = [self.hypothesis.one() for _ in range(self.random.choice((0, 1, 1, 2)))]
        self.scope = free_scope(self.make)
        self.pool: list[Theorem] = []

    def move(self, name: str) -> Theorem:
        """A theorem by the rule of that name; raises what the rule or the choice raises."""
        return MOVES[name](self)

    # ---- choices

    def theorem(self, *ops: str) -> Theorem:
        """A theorem of the pool whose conclusion is of one of these kinds."""
        fitting = [th for th in self.pool if not ops or th.conclusion.op in ops]
        return self.random.choice(fitting[-12:])

    def real(self) -> Term:
        return self.make.real(self.random.choice((1, 1, 2)), self.scope)

    def vector(self) -> Term:
        return self.make.vector(self.random.choice((1, 1, 2)), self.scope)

    def side(self) -> Term:
        return self.vector() if self.make.chance(0.2) else self.real()

    def facts(self) -> list[Term]:
        """Some of what is given, and something more at times."""
        kept = [one for one in self.given if self.make.chance(0.8)]
        return [*kept, self.hypothesis.one()] if self.make.chance(0.2) else kept

    def member(self, target: Term) -> Term:
        """An index that is, or may be, in the set."""
        if target.op == "single" and self.make.chance(0.5):
            return target.args[0]
        options = [Term("index", "k", target), fresh(target), *self.scope]
        options += [value(m, i) for m in MAPS for i in self.scope if m.args[1] == i.args[1]]
        return self.random.choice(options)

    def relation(self, *ops: str) -> tuple[Theorem, Term, Term]:
        th = self.theorem(*ops)
        return th, th.conclusion.args[0], th.conclusion.args[1]

    # ---- the moves

    def exact(self) -> Theorem:
        given = self.facts()
        left = self.side()
        if self.make.chance(0.3) and self.pool:
            th, low, high = self.relation("eq")
            factor = self.real() if sort_of(low) is Sort.REAL else number(2)
            return rules.exact(given, mul(factor, low), mul(factor, high), [(factor, th)])
        if self.make.chance(0.5):
            return rules.exact(given, left, change(left, self.make))
        form = context_of(frozenset(given), left).normal_form(left)
        right = reify(form) if form or sort_of(left) is Sort.REAL else Term("zero")
        return rules.exact(given, left, right)

    def bound(self) -> Theorem:
        given, kind = self.facts(), self.random.choice(("le", "lt"))
        if self.make.chance(0.5) and self.pool:
            th, low, high = self.relation("le", "lt", "eq")
            factor = self.random.choice((number(1), self.make.positive(1, self.scope)))
            more = self.random.choice((number(0), self.make.positive(1, self.scope)))
            right = add(mul(factor, high), more)
            return rules.bound(given, kind, mul(factor, low), right, [(factor, th)])
        options = (number(0), number(1), self.real())
        return rules.bound(
            given, kind, self.random.choice(options), self.make.positive(2, self.scope)
        )

    def antisymmetric(self) -> Theorem:
        th, low, high = self.relation("eq")
        below = rules.bound(th.hypotheses, "le", low, high, [(1, th)])
        above = rules.bound(th.hypotheses, "le", high, low, [(-1, th)])
        return rules.antisymmetric(below, above)

    def triangle(self) -> Theorem:
        if self.make.chance(0.5):
            make = self.vector if self.make.chance(0.5) else self.real
            return rules.triangle(self.facts(), add(make(), make()))
        total = self.make.binder("sum", 1, self.scope, vector=self.make.chance(0.5))
        return rules.triangle(self.facts(), total)

    def generalize(self) -> Theorem:
        th = self.theorem()
        free = sorted(th.conclusion.free, key=lambda index: index.key)
        return rules.generalize(self.random.choice(free), th)

    def specialize(self) -> Theorem:
        th = self.theorem("all")
        return rules.specialize(th, self.member(th.conclusion.args[0]))

    def exists_elim(self) -> Theorem:
        existing = [th for th in self.pool if th.conclusion.op == "exists"]
        if not existing or self.make.chance(0.4):
            body = self.make.set(self.scope)
            claim = over("exists", body, lambda i: self.make.relation(1, [*self.scope, i, i]))
            existing = [rules.assume(claim)]
        existence = self.random.choice(existing)
        target, body = existence.conclusion.args
        witness = Term("index", "witness", target)
        at = rules.assume(open_body(body, witness))
        th = self.random.choice(
            (
                lambda: rules.bound(self.facts(), "le", *at.conclusion.args, [(1, at)]),
                lambda: rules.weaken(self.theorem(), [at.conclusion]),
                lambda: at,
                lambda: rules.bound(
                    [], "le", 1, over("sum", target, lambda i: number(1)), [(0, at)]
                ),
            )
        )()
        return rules.exists_elim(existence, th, witness)

    def sum_above(self) -> Theorem:
        target = self.make.set(self.scope)
        total = over("sum", target, lambda i: self.make.positive(1, [*self.scope, i, i]))
        part = self.random.choice((Term("single", self.member(target)), self.make.set(self.scope)))
        return rules.sum_above(self.facts(), total, part)

    def max_above(self) -> Theorem:
        largest = self.make.binder("max", 1, self.scope)
        return rules.max_above(self.facts(), largest, self.member(largest.args[0]))

    def max_below(self) -> Theorem:
        if self.make.chance(0.6):
            return rules.max_below(self.theorem("all"))
        largest = self.make.binder("max", 1, self.scope)
        index = fresh(largest.args[0])
        each = rules.max_above(self.facts(), largest, index)
        above = add(largest, self.make.positive(1, self.scope))
        more = rules.bound(each.hypotheses, "le", each.conclusion.args[0], above, [(1, each)])
        return rules.max_below(rules.generalize(index, more))

    def cases_order(self) -> Theorem:
        left, right = self.random.choice((self.real(), number(0))), self.real()
        gap = Term("norm", add(left, mul(-1, right)))
        claims: tuple[Callable[[list[Term]], Theorem], ...] = (
            lambda given: rules.bound(given, "le", 0, gap),
            lambda given: rules.bound(given, "le", right, add(left, gap)),
            lambda given: rules.exact(given, mul(gap, gap), mul(gap, gap)),
        )
        claim, kept = self.random.choice(claims), self.facts()
        first = claim([*kept, relation("le", left, right)])
        second = claim([*kept, relation("lt", right, left)])
        return rules.cases_order(first, second, left, right)

    def cases(self) -> Theorem:
        """Either kind of cases, by the rule of the kernel itself."""
        theorem = self.cases_order() if self.make.chance(0.5) else self.cases_empty()
        return rules.cases(*theorem.arguments)

    def cases_empty(self) -> Theorem:
        target, kept = self.make.set(self.scope), self.facts()
        body = self.make.real(1, self.scope)
        left, right = (over("sum", target, lambda i: number(1)), number(0))
        if self.make.chance(0.5):
            left = over("sum", target, lambda i: mul(body, self.make.real(1, [*self.scope, i])))
            right = change(left, self.make)
        claims: tuple[Callable[[list[Term]], Theorem], ...] = (
            lambda given: rules.bound(given, "le", right, left),
            lambda given: rules.exact(given, left, right),
        )
        claim = self.random.choice(claims)
        first = claim([*kept, Term("empty", target)])
        return rules.cases_empty(first, claim([*kept, Term("nonempty", target)]), target)

    def absurd(self) -> Theorem:
        claim = self.make.proposition(1, self.scope)
        if self.make.chance(0.5):
            return rules.absurd(self.theorem("le", "lt", "empty", "nonempty"), claim)
        wrong = self.random.choice(
            (
                relation("lt", self.make.positive(1, self.scope), 0),
                relation("le", add(1, self.make.positive(1, self.scope)), 1),
                relation("le", Term("exp", self.real()), 0),
                Term("empty", self.make.set(self.scope)),
            )
        )
        return rules.absurd(rules.weaken(rules.assume(wrong), self.facts()), claim)

    def discharge(self) -> Theorem:
        th = self.theorem()
        provers = [one for one in self.pool if one.conclusion in th.hypotheses]
        return rules.discharge(th, self.random.choice(provers), *provers[:1])

    def instantiate(self) -> Theorem:
        th = self.theorem()
        pairs = [self.pair(kind) for kind in self.random.sample(("K", "M", "s", "v", "x", "p"), 2)]
        return rules.instantiate(th, pairs)

    def pair(self, kind: str) -> tuple[Term, Term]:
        """A symbol and something to put for it."""
        if kind in "KM":
            return (K if kind == "K" else M), self.make.set(self.scope)
        if kind == "x":
            return Term("scalar", "x"), self.real()
        if kind == "p":
            return Term("vector", "p"), self.vector()
        index = self.random.choice((Term("index", "n", self.make.set([])), *self.scope))
        if kind == "s":
            return Term("entry", "s", index), self.make.real(1, [*self.scope, index, index])
        return Term("ventry", "v", index), self.make.vector(1, [*self.scope, index, index])

    def well_defined(self) -> Theorem:
        return rules.well_defined(self.theorem())


MOVES: dict[str, Callable[[Session], Theorem]] = {
    "absurd": Session.absurd,
    "antisymmetric": Session.antisymmetric,
    "assume": lambda s: rules.assume(
        s.random.choice((*s.given, s.make.proposition(2, s.scope), s.make.relation(1, s.scope)))
    ),
    "bound": Session.bound,
    "cases": Session.cases,
    "cases_empty": Session.cases_empty,
    "cases_order": Session.cases_order,
    "cauchy_schwarz": lambda s: rules.cauchy_schwarz(s.facts(), s.vector(), s.vector()),
    "cite": lambda s: rules.cite("a lemma", s.theorem()),
    "discharge": Session.discharge,
    "exact": Session.exact,
    "exists_elim": Session.exists_elim,
    "exp_tangent": lambda s: rules.exp_tangent(s.facts(), s.real()),
    "generalize": Session.generalize,
    "instantiate": Session.instantiate,
    "max_above": Session.max_above,
    "max_attained": lambda s: rules.max_attained(s.facts(), s.make.binder("max", 1, s.scope)),
    "max_below": Session.max_below,
    "monotone": lambda s: rules.monotone(
        s.random.choice(("exp", "log", "tanh", "sqrt")), s.theorem("le", "lt", "eq")
    ),
    "reciprocal": lambda s: rules.reciprocal(s.theorem("le", "lt", "eq")),
    "specialize": Session.specialize,
    "sum_above": Session.sum_above,
    "sum_monotone": lambda s: rules.sum_monotone(s.theorem("all")),
    "triangle": Session.triangle,
    "weaken": lambda s: rules.weaken(s.theorem(), s.facts()),
    "well_defined": Session.well_defined,
}
PROPORTION = {name: 1 for name in MOVES} | {"assume": 2, "bound": 4, "exact": 2, "generalize": 3}


def rule_names() -> list[str]:
    """The rules of the kernel, which its module of rules wraps, and the derived ones."""
    found = vars(kernel).items()
    wrapped = {
        name
        for name, one in found
        if hasattr(one, "__wrapped__") and not hasattr(one, "cache_clear")
    }
    return sorted(wrapped | rules.DERIVED)


def run_session(seed: int, tally: Tally, forge: Callable[[Theorem], Theorem] | None = None) -> None:
    """One derivation; every theorem is checked.  `forge` spoils theorems on purpose."""
    session = Session(seed)
    names = [name for name in rule_names() for _ in range(PROPORTION.get(name, 1))]
    random = Random(-1 - seed)
    for _ in range(STEPS):
        name = session.random.choice(names)
        tally.counts["rules tried"] += 1
        try:
            with time_limit(LONGEST):
                theorem = session.move(name)
        except NO_REFUSALS:
            continue
        except RecursionError:
            tally.counts["too deep"] += 1
            continue
        except TooSlow:
            tally.counts["too slow"] += 1
            continue
        theorem = theorem if forge is None else forge(theorem)
        tally.counts[f"by {name}"] += 1
        tally.counts["theorems"] += 1
        if len(theorem.hypotheses) <= MOST_HYPOTHESES:
            session.pool.append(theorem)
        if name != "cite" and not check_theorem(theorem, random, tally):
            tally.complain(
                f"session {seed}: {name}", *sorted_hypotheses(theorem), theorem.conclusion
            )


def sorted_hypotheses(theorem: Theorem) -> list[Term]:
    """The hypotheses in a fixed order."""
    return sorted(theorem.hypotheses, key=lambda h: h.key)


def check_theorem(theorem: Theorem, random: Random, tally: Tally) -> bool:
    """Whether no world was found in which it is false."""
    for _ in range(WORLDS):
        total = Total(random.randrange(10**6))
        world = world_for(random, theorem.hypotheses, [theorem.conclusion], total)
        if world is None:
            tally.counts["theorems without a world"] += 1
            return True
        tally.counts["worlds"] += 1
        if _false(world, theorem.conclusion, total):
            return False
        if theorem.rule == "well_defined" and _undefined(
            world, [*theorem.hypotheses, theorem.conclusion]
        ):
            return False
    return True


def _false(world: World, claim: Term, numbers: Total) -> bool:
    try:
        return decide(lambda: Evaluator(world, numbers).holds(claim)) is False
    except (TooLarge, RecursionError):
        return False


def _undefined(world: World, claims: Iterable[Term]) -> bool:
    """Whether a side has no value.  A repaired cell may have none, so such worlds do not count."""
    if any(isinstance(data, Computed) for data in world.cells.values()):
        return False
    for claim in claims:
        try:
            decide(lambda claim=claim: Evaluator(world, BALLS).holds(claim))  # type: ignore[misc]
        except Undefined:
            return True
        except (TooLarge, RecursionError):
            continue
    return False
