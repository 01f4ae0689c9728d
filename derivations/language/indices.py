"""Indices, and scopes in which a bound index is known to nobody outside.

A bound index is named by its height: how many binders lie below it.  So an inner and an outer index
of the same name are different objects, and expressions that differ in nothing are equal.  `Scoping`
keeps it that way through `xreplace`, `subs` and SymPy's rebuilding with `func(*args)`: nothing that
is put into a scope is captured there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import count

from sympy import Basic, Integer, S
from sympy.core.symbol import Str

from derivations.language.printed import Printed

_serial = count(2)
_NONE: frozenset[Basic] = frozenset()


class Index(Printed, Basic):
    """An index: free with its own set (`N.index("i")`), or loose until a sum binds it."""

    @property
    def name(self) -> str:
        return self.args[0].name

    @property
    def domain(self) -> Basic | None:
        return None if self.args[1] == S.false else self.args[1]


class Bound(Printed, Basic):
    """A bound index with its height; a negative height is a placeholder's."""

    @property
    def name(self) -> str:
        return self.args[0].name

    @property
    def height(self) -> int:
        return int(self.args[1])


def placeholder(name: str) -> Bound:
    """An index unlike any other, for a binder that is about to be built around it."""
    return Bound(Str(name), Integer(-next(_serial)))


def occurs(part: Index | Bound, expr: Basic) -> bool:
    """Whether the index is somewhere in `expr`."""
    return part in _indices(expr)


@lru_cache(maxsize=16384)
def _indices(expr: Basic) -> frozenset[Basic]:
    """Every index in `expr`, free, loose or bound."""
    within = frozenset().union(*map(_indices, expr.args)) if expr.args else _NONE
    return within | {expr} if isinstance(expr, Index | Bound) else within


def settle(
    bodies: Sequence[Basic],
    bound: Index | Bound,
    outside: Iterable[Basic],
    height_of: Callable[[Basic], int],
) -> tuple[list[Basic], Bound]:
    """The bodies with the bound index at its height, and that index.

    While an expression is rebuilt from the inside, an index of a binder further out may have that
    height; then the next height is taken, and the outer binder, rebuilt last, settles both.
    """
    settled = list(bodies)
    height = 1 + max(map(height_of, settled))
    if isinstance(bound, Bound) and bound.height == height:
        return settled, bound
    if isinstance(bound, Bound) and bound.height >= 0:
        blank = placeholder(bound.name)
        settled = [body.xreplace({bound: blank}) for body in settled]
        bound = blank
        height = 1 + max(map(height_of, settled))
    parts = [*settled, *outside]
    fresh = Bound(Str(bound.name), Integer(height))
    while any(occurs(fresh, part) for part in parts):
        height += 1
        fresh = Bound(Str(bound.name), Integer(height))
    return [body.xreplace({bound: fresh}) for body in settled], fresh


class Scoping:
    """Mixed into classes with bound indices; `scopes` says where those and their bodies stand."""

    __slots__ = ()
    args: tuple[Basic, ...]
    func: Callable[..., Basic]

    @classmethod
    def scopes(cls) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """The position of each bound index among the arguments, with those of its bodies."""
        raise NotImplementedError

    def _xreplace(self, rule: dict[Basic, Basic]) -> tuple[object, bool]:
        if self in rule:
            return rule[self], True
        if all(isinstance(old, Index | Bound) for old in rule) and _indices(self).isdisjoint(rule):
            return self, False
        own = [self.args[position] for position, _ in self.scopes()]
        sides = [side for pair in rule.items() for side in pair if isinstance(side, Basic)]
        clash = any(occurs(bound, side) for bound in own for side in sides)
        arguments = self._renamed() if clash else list(self.args)
        fixed = {position for position, _ in self.scopes()}
        replaced = [
            (one, False) if position in fixed else one._xreplace(rule)
            for position, one in enumerate(arguments)
        ]
        if not any(changed for _, changed in replaced):
            return self, False
        return self.func(*(one for one, _ in replaced)), True

    def _eval_subs(self, old: Basic, new: Basic) -> Basic:
        fixed = {position for position, _ in self.scopes()}
        arguments = [
            one if position in fixed else one._subs(old, new)
            for position, one in enumerate(self._renamed())
        ]
        return self.func(*arguments)

    def _renamed(self) -> list[Basic]:
        """The arguments with placeholders for the bound indices."""
        arguments = list(self.args)
        for position, bodies in self.scopes():
            bound = arguments[position]
            blank = placeholder(bound.name)
            arguments[position] = blank
            for body in bodies:
                arguments[body] = arguments[body].xreplace({bound: blank})
        return arguments
