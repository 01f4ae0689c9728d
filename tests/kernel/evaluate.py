"""What kernel terms mean in one finite world, written apart from everything that is tested.

A world gives every set its tokens, every map its graph, every symbol its data.  Values are exact
fractions as long as that is possible and balls beyond (`Balls`), or plain floats (`Floats`).
`Undefined` says that there is no value (1/0, log 0, max over ∅, a union whose parts overlap);
`Total` gives such spots an arbitrary value instead, the same one for the same arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from zlib import crc32

from derivations.kernel.terms import Sort, Term
from derivations.terms import sort_of
from tests.kernel.evaluate_numbers import BALLS as BALLS
from tests.kernel.evaluate_numbers import PRECISIONS as PRECISIONS
from tests.kernel.evaluate_numbers import Arithmetic as Arithmetic
from tests.kernel.evaluate_numbers import Floats as Floats
from tests.kernel.evaluate_numbers import Total as Total
from tests.kernel.evaluate_numbers import Undecided as Undecided
from tests.kernel.evaluate_numbers import Undefined as Undefined
from tests.kernel.evaluate_numbers import apart as apart
from tests.kernel.evaluate_numbers import decide as decide
from tests.kernel.evaluate_numbers import precision as precision

Token = tuple[str, int]
Key = tuple[Any, ...]
MOST_STEPS = 20_000


class TooLarge(Exception):
    """More steps than an evaluation in a test may take."""


@dataclass(frozen=True)
class Computed:
    """A cell whose value is that of a term with these tokens for its bound indices."""

    term: Term
    tokens: tuple[Token, ...]


@dataclass
class World:
    """Data for every symbol: sets, maps and indices by their terms, cells by (operator, name, …).

    A linear map is a tuple of rows under ("apply", name).
    """

    dimension: int = 1
    sets: dict[Term, tuple[Token, ...]] = field(default_factory=dict)
    maps: dict[Term, dict[Token, Token]] = field(default_factory=dict)
    indices: dict[Term, Token] = field(default_factory=dict)
    cells: dict[Key, Any] = field(default_factory=dict)


class Evaluator:
    """Values of terms in one world; `bound` holds the tokens of the open binders."""

    def __init__(self, world: World, arithmetic: Arithmetic = BALLS) -> None:
        self.world = world
        self.numbers = arithmetic
        self.bound: tuple[Token, ...] = ()
        self.steps = 0

    # ---- indices and sets

    def token(self, index: Term) -> Token:
        """The token an index denotes."""
        if index.op == "bound":
            return self.bound[-1 - index.args[0]]
        if index.op == "index":
            return self.world.indices[index]
        graph, argument = self.world.maps[index.args[0]], self.token(index.args[1])
        if argument not in graph:
            raise Undefined("value", argument)
        return graph[argument]

    def members(self, target: Term) -> tuple[Token, ...]:
        """The tokens of a set, each once."""
        match target.op:
            case "subset" if target not in self.world.sets:
                return self._part(target)
            case "base" | "subset":
                return self.world.sets[target]
            case "single":
                return (self.token(target.args[0]),)
            case "union":
                left, right = map(self.members, target.args)
                if set(left) & set(right):
                    raise Undefined("union")
                return left + right
            case "difference":
                whole, part = map(self.members, target.args)
                if not set(part) <= set(whole):
                    raise Undefined("difference")
                return tuple(token for token in whole if token not in part)
        graph = self.world.maps[target.args[0]]
        source = self.members(target.args[0].args[1])
        if target.op == "range":
            return tuple(dict.fromkeys(graph[token] for token in source))
        if target.op != "fibre":
            raise TypeError(f"{target!r} is not a set")
        image = self.token(target.args[1])
        return tuple(token for token in source if graph[token] == image)

    def _part(self, target: Term) -> tuple[Token, ...]:
        """A declared subset the world does not list: chosen by its name and its grounded parent."""
        name = repr((target.args[0], self._ground(target.args[1])))
        whole = self.members(target.args[1])
        return tuple(token for token in whole if crc32(f"{name}{token}".encode()) % 4)

    def _ground(self, term: Any) -> Any:
        if type(term) is not Term:
            return term
        if term.op in ("index", "value", "bound"):
            return self.token(term)
        return (term.op, *map(self._ground, term.args))

    def each(self, binder: Term, ask: Callable[[Term], Any]) -> list[Any]:
        """What `ask` says of the body of a binder, once for each token of the set."""
        outside, found = self.bound, []
        try:
            for token in self.members(binder.args[0]):
                self.bound = (*outside, token)
                found.append(ask(binder.args[1]))
        finally:
            self.bound = outside
        return found

    # ---- numbers and vectors

    def value(self, term: Term) -> Any:
        """A number, or the tuple of components of a vector."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooLarge
        return _MEANINGS[term.op](self, term)

    def cell(self, term: Term) -> Any:
        key = (term.op, term.args[0], *map(self.token, term.args[1:]))
        return self._data(self.world.cells[key])

    def _data(self, data: Any) -> Any:
        if isinstance(data, tuple):
            return tuple(map(self._data, data))
        if not isinstance(data, Computed):
            return self.numbers.number(data)
        outside, self.bound = self.bound, data.tokens
        try:
            return self.value(data.term)
        finally:
            self.bound = outside

    def zero(self, term: Term) -> Any:
        return (self.numbers.number(Fraction(0)),) * self.world.dimension

    def add(self, values: Sequence[Any], nothing: Any) -> Any:
        result = nothing
        for value in values:
            if isinstance(value, tuple):
                result = tuple(x + y for x, y in zip(result, value, strict=True))
            else:
                result = result + value
        return result

    def mul(self, values: Sequence[Any]) -> Any:
        result = self.numbers.number(Fraction(1))
        for value in values:
            if not isinstance(value, tuple):
                result = result * value
        for value in values:
            if isinstance(value, tuple):
                return tuple(result * x for x in value)
        return result

    def total(self, term: Term) -> Any:
        vector = sort_of(term) is Sort.VECTOR
        parts = self.each(term, self.value) if term.op == "sum" else [*map(self.value, term.args)]
        return self.add(parts, self.zero(term) if vector else self.numbers.number(Fraction(0)))

    def inner(self, term: Term) -> Any:
        left, right = map(self.value, term.args)
        products = [x * y for x, y in zip(left, right, strict=True)]
        return self.add(products, self.numbers.number(Fraction(0)))

    def apply(self, term: Term) -> Any:
        rows = self._data(self.world.cells["apply", term.args[0]])
        vector = self.value(term.args[2])
        if term.args[1]:
            rows = tuple(zip(*rows, strict=True))
        nothing = self.numbers.number(Fraction(0))
        return tuple(
            self.add([x * y for x, y in zip(row, vector, strict=True)], nothing) for row in rows
        )

    def norm(self, term: Term) -> Any:
        value = self.value(term.args[0])
        return self.numbers.length(value) if isinstance(value, tuple) else abs(value)

    # ---- propositions

    def holds(self, claim: Term, hasty: bool = False) -> bool | None:
        """True, False or None (open).

        Every member of a quantifier's set is looked at, so that nothing undefined is missed; with
        `hasty`, none after the first that decides.
        """
        match claim.op:
            case "nonempty" | "empty":
                return bool(self.members(claim.args[0])) is (claim.op == "nonempty")
            case "all" | "exists":
                return self._quantified(claim, hasty)
            case "nonzero":
                same = self.numbers.equal(self.value(claim.args[0]), self._exact_zero())
                return None if same is None else not same
        left, right = map(self.value, claim.args)
        if claim.op != "eq":
            return self.numbers.less(left, right, claim.op == "lt")
        if not isinstance(left, tuple):
            left, right = (left,), (right,)
        same_parts = [self.numbers.equal(x, y) for x, y in zip(left, right, strict=True)]
        return False if False in same_parts else None if None in same_parts else True

    def _quantified(self, claim: Term, hasty: bool) -> bool | None:
        decisive = claim.op == "exists"
        found: set[bool | None] = set()

        def ask(body: Term) -> None:
            if not (hasty and decisive in found):
                found.add(self.holds(body, hasty))

        self.each(claim, ask)
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    def _exact_zero(self) -> Any:
        return self.numbers.number(Fraction(0))


_MEANINGS: dict[str, Callable[[Evaluator, Term], Any]] = {
    "number": lambda e, t: e.numbers.number(t.args[0]),
    "zero": Evaluator.zero,
    "scalar": Evaluator.cell,
    "entry": Evaluator.cell,
    "vector": Evaluator.cell,
    "ventry": Evaluator.cell,
    "add": Evaluator.total,
    "sum": Evaluator.total,
    "mul": lambda e, t: e.mul([e.value(part) for part in t.args]),
    "power": lambda e, t: e.numbers.power(e.value(t.args[0]), t.args[1]),
    "exp": lambda e, t: e.numbers.exp(e.value(t.args[0])),
    "log": lambda e, t: e.numbers.log(e.value(t.args[0])),
    "tanh": lambda e, t: e.numbers.tanh(e.value(t.args[0])),
    "max": lambda e, t: e.numbers.largest(e.each(t, e.value)),
    "norm": Evaluator.norm,
    "inner": Evaluator.inner,
    "apply": Evaluator.apply,
}
