"""What kernel terms mean in one finite world, written apart from everything that is tested.

A world gives every set its tokens, every map its graph, every symbol its data.  Values are exact
fractions as long as that is possible and balls beyond (`Balls`), or plain floats (`Floats`).
`Undefined` says that there is no value (1/0, log 0, max over ∅, a union whose parts overlap);
`Total` gives such spots an arbitrary value instead, the same one for the same arguments.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zlib import crc32

from flint import arb, ctx, fmpq

from derivations.kernel.terms import Sort, Term, sort_of

Token = tuple[str, int]
Key = tuple[Any, ...]
PRECISIONS = (64, 192, 640)
MOST_STEPS = 20_000


class Undefined(Exception):
    """There is no value."""


class Undecided(Exception):
    """Whether there is a value is open at this precision."""


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


class Floats:
    """float64; what is nearly equal compares as None."""

    name = "floats"

    def number(self, value: Fraction) -> Any:
        return float(value)

    def exp(self, x: Any) -> Any:
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    def log(self, x: Any) -> Any:
        return math.log(x) if x > 0 else self.missing("log", x)

    def tanh(self, x: Any) -> Any:
        return math.tanh(x)

    def power(self, x: Any, exponent: Fraction) -> Any:
        if x == 0 and exponent < 0:
            return self.missing("power", x, exponent)
        if x < 0 and exponent.denominator > 1:
            return self.missing("power", x, exponent)
        try:
            return x ** (int(exponent) if exponent.denominator == 1 else float(exponent))
        except OverflowError:
            return math.inf

    def largest(self, values: Sequence[Any]) -> Any:
        return max(values) if values else self.missing("max")

    def length(self, vector: Sequence[Any]) -> Any:
        return math.hypot(*vector)

    def missing(self, what: str, *arguments: Any) -> Any:
        raise Undefined(what, *arguments)

    def less(self, x: Any, y: Any, strictly: bool) -> bool | None:
        near = not abs(x - y) > 1e-9 * (1 + abs(x) + abs(y))
        return None if near else x < y

    def equal(self, x: Any, y: Any) -> bool | None:
        return None if self.less(x, y, True) is None else False


class Balls:
    """Fractions while that is exact, balls of the precision set by `precision` beyond."""

    name = "balls"

    def number(self, value: Fraction) -> Any:
        return _exact(value)

    def exp(self, x: Any) -> Any:
        return fmpq(1) if type(x) is fmpq and x == 0 else arb(x).exp()

    def tanh(self, x: Any) -> Any:
        return fmpq(0) if type(x) is fmpq and x == 0 else arb(x).tanh()

    def log(self, x: Any) -> Any:
        if type(x) is fmpq and x == 1:
            return fmpq(0)
        if x > 0:
            return arb(x).log()
        if x <= 0:
            return self.missing("log", x)
        raise Undecided

    def power(self, x: Any, exponent: Fraction) -> Any:
        if exponent < 0 and x == 0:
            return self.missing("power", x, exponent)
        if exponent < 0 and not x != 0:
            raise Undecided
        if exponent.denominator == 1:
            return x ** int(exponent)
        if x < 0:
            return self.missing("power", x, exponent)
        if not x >= 0:
            raise Undecided
        return self._root(x, exponent.denominator) ** exponent.numerator

    def _root(self, x: Any, degree: int) -> Any:
        if type(x) is fmpq and degree == 2:
            above, below = math.isqrt(int(x.p)), math.isqrt(int(x.q))
            if above * above == x.p and below * below == x.q:
                return fmpq(above, below)
        return arb(x).root(degree)

    def largest(self, values: Sequence[Any]) -> Any:
        if not values:
            return self.missing("max")
        best = values[0]
        for value in values[1:]:
            if not best >= value:
                best = value if value >= best else arb(best).max(arb(value))
        return best

    def length(self, vector: Sequence[Any]) -> Any:
        square = sum((x * x for x in vector), fmpq(0))
        if len(vector) == 1:
            return abs(vector[0])
        return self._root(square if type(square) is fmpq else square.nonnegative_part(), 2)

    def missing(self, what: str, *arguments: Any) -> Any:
        raise Undefined(what, *arguments)

    def less(self, x: Any, y: Any, strictly: bool) -> bool | None:
        if x < y or (not strictly and x <= y):
            return True
        return False if x > y or (strictly and x >= y) else None

    def equal(self, x: Any, y: Any) -> bool | None:
        if x == y:
            return True
        return False if x != y else None


class Total(Balls):
    """Balls for total functions: what has no value gets an arbitrary one, chosen by the seed."""

    name = "total"

    def __init__(self, seed: int) -> None:
        self._parts = [fmpq((seed * (k + 3) + 5 * k) % 19 - 9, 4) for k in range(4)]

    def missing(self, what: str, *arguments: Any) -> Any:
        """A function of what is missing and the arguments, and of nothing else."""
        result = self._parts[len(what) % 4]
        for place, one in enumerate(arguments, start=1):
            value = _exact(one) if type(one) is Fraction else one
            result = result + self._parts[(len(what) + place) % 4] * value
        return result


@lru_cache(maxsize=4096)
def _exact(value: Fraction) -> Any:
    return fmpq(value.numerator, value.denominator)


Arithmetic = Floats | Balls
BALLS = Balls()


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


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of that many bits inside."""
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def decide(question: Callable[[], bool | None]) -> bool | None:
    """The first answer other than None at growing precision."""
    for bits in PRECISIONS:
        with precision(bits):
            try:
                answer = question()
            except Undecided:
                continue
        if answer is not None:
            return answer
    return None


def apart(left: Any, right: Any) -> bool:
    """Whether two values certainly differ."""
    if isinstance(left, tuple) != isinstance(right, tuple):
        return True
    if isinstance(left, tuple):
        return len(left) != len(right) or any(map(apart, left, right))
    return bool(left != right)
