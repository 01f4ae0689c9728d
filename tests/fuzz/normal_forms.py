"""What a normal form must keep: the value, definedness, the sign, whatever was asked before it."""

from __future__ import annotations

import importlib
import pkgutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from types import FrameType
from typing import Any

import derivations.kernel
from derivations.kernel.normal_form import context_of
from derivations.kernel.polynomial import reify
from derivations.kernel.rules import bound, exact
from derivations.kernel.sets import check_statement
from derivations.kernel.terms import KernelError, Sort, Term, Unproved
from derivations.terms import sort_of
from tests.fuzz.kernel_terms import Maker, change, free_scope
from tests.fuzz.kernel_worlds import HypothesisMaker, worlds
from tests.kernel.evaluate import (
    Evaluator,
    Floats,
    TooLarge,
    Undecided,
    Undefined,
    World,
    apart,
    decide,
)

ZERO = Term("zero")
WORLDS = 3
LONGEST = 5.0
"""Seconds of work that one question to the kernel may take."""


class TooSlow(Exception):
    """A question to the kernel took longer than a test can wait."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlow inside after that many seconds of work."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass
class Tally:
    """What was seen, counted, and every complaint with what is needed to see it again."""

    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def complain(self, what: str, *about: object) -> None:
        """One more complaint."""
        self.counts["complaints"] += 1
        self.complaints.append("\n    ".join([what, *map(repr, about)]))


# ---- one question to the kernel ----------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """Terms to be put into normal form under the same hypotheses, with the same free indices."""

    hypotheses: frozenset[Term]
    terms: tuple[Term, ...]


def question(seed: int, depth: int, count: int = 1) -> Question | None:
    """The question that the seed stands for; None if it is not well formed."""
    make = Maker(Random(seed))
    hypotheses = HypothesisMaker(make).some()
    scope = free_scope(make)
    terms = [
        (make.vector if make.chance(0.15) else make.real)(make.random.randint(1, depth), scope)
        for _ in range(count)
    ]
    try:
        for statement in (*hypotheses, *terms):
            check_statement(statement)
    except KernelError:
        return None
    return Question(frozenset(hypotheses), tuple(terms))


def answer(asked: Question, term: Term) -> tuple[Term, int, int] | str:
    """The normal form as a term with the signs of it and of its negative, or why there is none."""
    context = context_of(asked.hypotheses, *asked.terms)
    try:
        with time_limit(LONGEST):
            polynomial = context.normal_form(term)
            negative = {monomial: -factor for monomial, factor in polynomial.items()}
            form = reify(polynomial) if polynomial or sort_of(term) is Sort.REAL else ZERO
            return form, int(context.sign(polynomial)), int(context.sign(negative))
    except Unproved:
        return "unproved"
    except RecursionError:
        return "too deep"
    except TooSlow:
        return "too slow"


# ---- is the answer right? ----------------------------------------------------------------------


def check_seed(seed: int, depth: int, tally: Tally, spoil: Callable[[Term], Term] = Term) -> None:
    """Ask the question of this seed and check the answer; `spoil` makes it wrong on purpose."""
    tally.counts["terms"] += 1
    asked = question(seed, depth)
    if asked is None:
        tally.counts["ill-formed"] += 1
        return
    (term,) = asked.terms
    found = answer(asked, term)
    if isinstance(found, str):
        tally.counts[found] += 1
        return
    form, sign, opposite = found
    if spoil is not Term:
        form = spoil(form)
    tally.counts["normal forms"] += 1
    tally.counts["signs"] += bool(sign or opposite)
    random = Random(seed)
    for world in worlds(random, WORLDS, asked.hypotheses, asked.terms):
        tally.counts["worlds"] += 1
        if _leaves_a_source(world, form):
            tally.counts["forms that leave a map's source"] += 1
            world = extended(world, random)
        wrong = difference(world, term, form) or wrong_sign(world, term, sign, opposite)
        if wrong:
            tally.complain(f"seed {seed}: {wrong}", sorted_terms(asked), term, form, world)
            return


def check_claim(seed: int, depth: int, tally: Tally) -> None:
    """Claim a term equal to, or below, one with a small mistake; what is accepted must be true."""
    tally.counts["claims"] += 1
    asked = question(seed, depth)
    if asked is None:
        return
    (term,) = asked.terms
    random = Random(-seed)
    make = Maker(random)
    other = change(term, make)
    kind = random.choice(("eq", "eq", "le", "lt"))
    try:
        with time_limit(LONGEST):
            if kind == "eq":
                theorem = exact(asked.hypotheses, term, other)
            else:
                theorem = bound(asked.hypotheses, kind, term, other)
    except (KernelError, TypeError, RecursionError):
        return
    except TooSlow:
        tally.counts["too slow"] += 1
        return
    tally.counts["claims accepted"] += 1
    for world in worlds(random, WORLDS, theorem.hypotheses, [theorem.conclusion]):
        tally.counts["worlds"] += 1
        if fails(world, theorem.conclusion):
            tally.complain(f"seed {seed}: false", *theorem.hypotheses, theorem.conclusion, world)
            return


def sorted_terms(asked: Question) -> list[Term]:
    """The hypotheses, in a fixed order."""
    return sorted(asked.hypotheses, key=lambda h: h.key)


def difference(world: World, left: Term, right: Term) -> str:
    """How the two certainly differ in this world, definedness included; "" if they may agree."""
    if _nearly_equal(world, left, right):
        return ""
    try:
        found = decide(lambda: _apart(world, left, right))
    except Undefined as error:
        return f"no value: {error}"
    except (TooLarge, RecursionError):
        return ""
    return "different values" if found else ""


def _leaves_a_source(world: World, form: Term) -> bool:
    """Whether a map is applied outside its source.

    Inside an empty fibre over an index elsewhere a(t) is still replaced by that index: the empty
    sum then multiplies a family at a spot that no map leads to, which is 0 whatever is there.
    """
    try:
        Evaluator(world, Floats()).value(form)
    except Undefined as error:
        return error.args[0] == "value"
    except (TooLarge, OverflowError, RecursionError):
        return False
    return False


def extended(world: World, random: Random) -> World:
    """The world with every map continued to all tokens, in any way."""
    tokens = sorted({token for members in world.sets.values() for token in members})
    tokens += [token for token in world.indices.values() if token not in tokens]
    maps = {
        mapping: {token: random.choice(tokens) for token in tokens} | graph
        for mapping, graph in world.maps.items()
    }
    return World(world.dimension, world.sets, maps, world.indices, world.cells)


def _nearly_equal(world: World, left: Term, right: Term) -> bool:
    numbers = Floats()
    try:
        one, other = (Evaluator(world, numbers).value(side) for side in (left, right))
    except (Undefined, TooLarge, OverflowError, RecursionError):
        return False
    pairs = zip(one, other, strict=True) if isinstance(one, tuple) else [(one, other)]
    return all(numbers.less(p, q, True) is None and abs(p) < 1e9 for p, q in pairs)


def _apart(world: World, left: Term, right: Term) -> bool | None:
    values: list[Any] = []
    for name, side in (("term", left), ("normal form", right)):
        try:
            values.append(Evaluator(world).value(side))
        except Undefined as error:
            raise Undefined(name, *error.args) from None
    return True if apart(*values) else None


def wrong_sign(world: World, term: Term, sign: int, opposite: int) -> str:
    """Which sign is certainly wrong; "" if none is."""
    if sort_of(term) is Sort.VECTOR:
        return ""
    for known, factor in ((sign, 1), (opposite, -1)):
        if known and _below(world, term, known == 2, factor):
            return f"sign {known} of {factor} times the term"
    return ""


def _below(world: World, term: Term, strictly: bool, factor: int) -> bool:
    """Whether factor·term is certainly < 0, or ≤ 0 when that is asked."""

    def negative() -> bool | None:
        value = Evaluator(world).value(term) * factor
        return True if value < 0 or (strictly and value <= 0) else None

    try:
        return decide(negative) is True
    except (Undefined, TooLarge, RecursionError):
        return False


def fails(world: World, claim: Term) -> bool:
    """Whether the claim is certainly false in the world, or has no value there."""
    try:
        return decide(lambda: Evaluator(world).holds(claim)) is False
    except Undefined:
        return True
    except (TooLarge, Undecided, RecursionError):
        return False


# ---- does the answer depend on anything else? --------------------------------------------------


def clear_caches() -> None:
    """Forget everything the kernel remembers."""
    for found in pkgutil.iter_modules(derivations.kernel.__path__):
        module = importlib.import_module(f"derivations.kernel.{found.name}")
        for one in vars(module).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def answers(asked: Question, order: list[int]) -> list[str]:
    """What the kernel says of each term, asked in that order, written out."""
    found = {position: repr(answer(asked, asked.terms[position])) for position in order}
    return [found[position] for position in sorted(found)]


def depends_on_the_order(seed: int, depth: int, count: int = 5) -> str:
    """A question whose answers change with the order of asking; "" if this seed has none."""
    asked = question(seed, depth, count)
    if asked is None:
        return ""
    order = list(range(count))
    clear_caches()
    first = answers(asked, order)
    for again in (order[::-1], order):
        clear_caches()
        if answers(asked, again) != first:
            return f"seed {seed}: order {again} changes an answer"
        if answers(asked, order) != first:
            return f"seed {seed}: asking again changes an answer"
    for position in order:
        clear_caches()
        if answers(asked, [position]) != [first[position]]:
            return f"seed {seed}: asked alone, term {position} has another answer"
    return ""
