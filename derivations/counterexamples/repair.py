"""Make the hypotheses hold by changing data: each is solved for something that can absorb it.

A hypothesis is expanded into its ground atoms, one per choice of its bound indices.  An atom that
does not hold is solved for one of the cells it reads, while every atom that was settled before is
kept.  Where that fails the hypothesis is moved to the front and everything starts again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derivations.counterexamples.arithmetic import NeedsPrecision, Undefined
from derivations.counterexamples.choices import Choices
from derivations.counterexamples.evaluate import (
    Atom,
    Compiled,
    Condition,
    Hypothesis,
    Quantified,
    SetAtom,
    Truth,
    Winner,
)
from derivations.counterexamples.instance import Cell, Token
from derivations.counterexamples.solve import Effort, candidates
from derivations.counterexamples.symbols import Kind
from derivations.counterexamples.world import Environment, Watched, World

PLAIN = (Fraction(0), Fraction(1, 4), Fraction(1))
MOST_CELLS = 8
MOST_ATTEMPTS = 400
_PREFERENCE = (Kind.NUMBER, Kind.ENTRY, Kind.VECTOR_ENTRY, Kind.VECTOR, Kind.LINEAR_MAP)


@dataclass(eq=False)
class Ground:
    """An atom at fixed tokens, and the cells it reads."""

    atom: Atom | SetAtom
    env: Environment
    reads: dict[Cell, None] = field(default_factory=dict)

    def holds(self, w: World) -> Truth:
        """Three-valued; an atom without a value does not hold."""
        try:
            return self.atom.holds(w, self.env)
        except Undefined:
            return False
        except NeedsPrecision:
            return None


class _Impossible(Exception):
    """There is nothing in a set that must have a member."""


def repair(compiled: Compiled, w: World, choices: Choices, tighten: bool | None = None) -> bool:
    """Change the world's cells and winners until every hypothesis holds; False if they resist."""
    order = sorted(
        (one for one in compiled.hypotheses if one.cells),
        key=lambda one: (one.winner is None, len(one.cells)),
    )
    for plainness in (None, None, *PLAIN):
        failed = _Repair(compiled, w, choices, tighten).run(order)
        if failed is None:
            return _all_hold(compiled, w)
        order.remove(failed)
        order.insert(0, failed)
        if plainness is not None:
            _make_plain(compiled, w, failed, plainness)
    return False


def _make_plain(compiled: Compiled, w: World, hypothesis: Hypothesis, number: Fraction) -> None:
    """Give one number to everything that the hypothesis reads: a better place to start from."""
    plain = w.arithmetic.number(number)
    for cell, value in w.cells.items():
        if cell[0] in hypothesis.cells:
            kind = compiled.symbols.kinds[cell[0]]
            if kind.is_number:
                w.cells[cell] = plain
            elif kind is not Kind.LINEAR_MAP:
                w.cells[cell] = (plain,) * len(value)
    w.touch()


def _all_hold(compiled: Compiled, w: World) -> bool:
    try:
        return compiled.hypotheses_hold(w) is True
    except (Undefined, NeedsPrecision):
        return False


class _Repair:
    """One pass through the hypotheses."""

    def __init__(
        self, compiled: Compiled, w: World, choices: Choices, tighten: bool | None
    ) -> None:
        self.kinds = compiled.symbols.kinds
        self.env = compiled.environment()
        self.w = w
        self.choices = choices
        self.tighten = tighten
        self.settled: list[Ground] = []
        self.attempts = 0

    def run(self, order: list[Hypothesis]) -> Hypothesis | None:
        """The first hypothesis that could not be settled, or None."""
        for one in order:
            try:
                if one.winner is not None:
                    self.choose_winners(one.winner)
                if not self.settle(one):
                    return one
            except (Undefined, NeedsPrecision, _Impossible):
                return one
        return None

    def choose_winners(self, winner: Winner) -> None:
        """Send every token to a member of its group with the largest logit."""
        w, env = self.w, self.env
        graph = w.maps[winner.label]
        for token in winner.source(w, env):
            env[0] = token
            best: list[Token] = []
            largest: Any = None
            for member in winner.group(w, env):
                env[0] = member
                logit = winner.logit(w, env)
                if not best or w.arithmetic.less(largest, logit):
                    best, largest = [member], logit
                elif w.arithmetic.equal(largest, logit):
                    best.append(member)
            graph[token] = best[self.choices.below(len(best))]
        w.touch_maps()

    def settle(self, hypothesis: Hypothesis) -> bool:
        grounds = list(self.expand(hypothesis.condition, list(self.env)))
        if not grounds:
            return True
        effort = Effort(self.choices.below(3), self.choices.below(4))
        tighten = self.choices.below(3) == 2 if self.tighten is None else self.tighten
        tighten = tighten and hypothesis.winner is None
        for _ in range(2):
            for ground in grounds:
                if ground.holds(self.w) is True and not tighten:
                    continue
                if not self.solve(ground, grounds, effort) and ground.holds(self.w) is not True:
                    return False
            tighten = False
            if all(ground.holds(self.w) is True for ground in grounds):
                self.settled += grounds
                return True
        return False

    def expand(self, condition: Condition, env: Environment) -> Iterator[Ground]:
        """The atoms that together say what the condition says; one member stands for ∃."""
        if isinstance(condition, Quantified):
            members = condition.members(self.w, env)
            if not condition.for_all:
                if not members:
                    raise _Impossible
                members = (members[self.choices.below(len(members))],)
            for token in members:
                env[condition.slot] = token
                yield from self.expand(condition.body, env)
        else:
            ground = Ground(condition, list(env))
            ground.reads = self.reads(ground)
            yield ground

    def reads(self, ground: Ground) -> dict[Cell, None]:
        cells = self.w.cells
        watched = Watched(cells)
        self.w.cells = watched
        self.w.touch()
        try:
            ground.holds(self.w)
        finally:
            self.w.cells = cells
            self.w.touch()
        return watched.seen

    def solve(self, ground: Ground, grounds: list[Ground], effort: Effort) -> bool:
        """Change one cell so that the atom holds and nothing settled breaks."""
        if self.attempts > MOST_ATTEMPTS:
            return False
        tried = sorted(ground.reads, key=lambda cell: _PREFERENCE.index(self.kinds[cell[0]]))
        at = effort.rotation % len(tried) if tried else 0
        for cell in (tried[at:] + tried[:at])[:MOST_CELLS]:
            kept = [one for one in self.settled if cell in one.reads]
            wider = kept + [one for one in grounds if cell in one.reads]
            if self.change(cell, wider, effort):
                return True
            narrow = [*kept, ground]
            if len(narrow) < len(wider) and self.change(cell, narrow, effort):
                return True
        return False

    def change(self, cell: Cell, grounds: list[Ground], effort: Effort) -> bool:
        """Give the cell the first value for which all these atoms hold."""
        w = self.w
        before = w.cells[cell]
        atoms = [(one.atom, one.env) for one in grounds if isinstance(one.atom, Atom)]
        for value in candidates(w, cell, self.kinds[cell[0]], atoms, effort):
            self.attempts += 1
            if self.attempts > MOST_ATTEMPTS:
                break
            w.cells[cell] = value
            w.touch()
            if all(one.holds(w) is True for one in grounds):
                return True
        w.cells[cell] = before
        w.touch()
        return False
