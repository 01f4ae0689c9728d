"""What is known at one spot of indices and sets: hypotheses, and the indices in scope.

Every answer is a sufficient test and depends on (hypotheses, scope, fuel, question) only.  A scope
entered for a binder has its own memory: what it learns from its member never reaches the scope
outside, while what is known outside holds inside as well.  Facts about a hypothesis are computed
with one unit of fuel less; without fuel no order fact and no equation is used.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, Self, TypeVar, cast

from .sets import member, subset
from .terms import Term, Unproved, nodes, open_body, require

FUEL = 2
MAX_INSTANCES = 120
Terms = frozenset[Term]
Method = TypeVar("Method", bound=Callable[..., Any])


def remembered(method: Method) -> Method:
    """Keep the answers of a method, failures included, in the memory of its own scope."""

    @wraps(method)
    def recall(scope: Any, *args: Any) -> Any:
        key = (method.__name__, *(frozenset(a.items()) if type(a) is dict else a for a in args))
        if key not in scope.memory:
            try:
                scope.memory[key] = method(scope, *args)
            except Unproved as missing:
                scope.memory[key] = missing
        found = scope.memory[key]
        if isinstance(found, Unproved):
            raise Unproved(str(found), found.obligation)
        return found

    return cast(Method, recall)


class Scope:
    """Hypotheses with the free indices in scope, which are members of their sets."""

    def __init__(self, hypotheses: Terms, scope: Terms, fuel: int = FUEL) -> None:
        self.hypotheses, self.scope, self.fuel = hypotheses, scope, fuel
        self.ordered = sorted(hypotheses, key=lambda h: h.key)
        self.memory: dict[object, Any] = {}
        self.outside: Self | None = None
        self.index: Term | None = None
        self.depth = 0

    @remembered
    def enter(self, target: Term) -> tuple[Term, Self]:
        """An index of the set, named by its level, and the scope in which it is a member."""
        index = Term("index", self.depth, target)
        inner = type(self)(self.hypotheses, self.scope | {index}, self.fuel)
        inner.depth, inner.outside, inner.index = self.depth + 1, self, index
        return index, inner

    @remembered
    def with_fuel(self, fuel: int) -> Self:
        """The same spot with so much fuel."""
        if self.outside is None or self.index is None:
            return type(self)(self.hypotheses, self.scope, fuel)
        return self.outside.with_fuel(fuel).enter(self.index.children[0])[1]

    def home(self, term: Term) -> Self:
        """The outermost scope on the way here that has the indices of the term."""
        scope = self
        while scope.outside is not None and scope.index not in term.free:
            scope = scope.outside
        return scope

    # ------------------------------------------------------------ sets

    @remembered
    def _known_sets(self) -> list[Term]:
        """Sets with a member: of the free indices, of hypotheses, targets of maps from those."""
        known = [index.children[0] for index in sorted(self.scope, key=lambda i: i.key)]
        known += [h.children[0] for h in self.ordered if h.op == "nonempty"]
        maps = {symbol for h in self.ordered for symbol in symbols(h) if symbol.op == "map"}
        for mapping in sorted(maps, key=lambda m: m.key):
            source, target = mapping.children
            if not target.loose and any(subset(one, source) for one in known):
                known.append(target)
        return known

    def inhabited(self, target: Term) -> bool:
        """Whether the set is known to have a member."""
        if target.op == "single" or any(subset(known, target) for known in self._known_sets()):
            return True
        if target.op == "union":
            return any(self.inhabited(part) for part in target.children)
        if target.op == "range":
            return self.inhabited(target.children[0].children[0])
        if target.op == "fibre":
            return member(target.children[1], Term("range", target.children[0]))
        return any(member(index, target) for index in self.scope)

    def require_inhabited(self, target: Term) -> None:
        """Raise Unproved unless the set is known to have a member."""
        missing = Term("nonempty", target)
        require(self.inhabited(target), "the set of a max is not known to be non-empty", missing)

    def is_empty(self, target: Term) -> bool:
        """Whether the set is known to have no member."""
        if target.op == "union":
            return all(self.is_empty(part) for part in target.children)
        if target.op == "range" and self.is_empty(target.children[0].children[0]):
            return True
        return any(h.op == "empty" and subset(target, h.children[0]) for h in self.ordered)

    def has_member(self, claim: Term) -> bool:
        """Whether a claim ``nonempty A``, perhaps for all members of some set, is known."""
        if claim.op == "nonempty":
            return self.inhabited(claim.children[0])
        target, body = claim.children
        index, inside = self.enter(target)
        return self.is_empty(target) or inside.has_member(open_body(body, index))

    # ------------------------------------------------------------ hypotheses

    def instances(self, wanted: Callable[[Term], bool], indices: Sequence[Term]) -> Iterator[Term]:
        """The hypotheses with a wanted claim, their quantifiers at those indices."""
        for claim in self.ordered if self.fuel else ():
            if wanted(_matrix(claim)):
                yield from islice(_instances(claim, indices), MAX_INSTANCES)


def _matrix(claim: Term) -> Term:
    return _matrix(claim.children[1]) if claim.op == "all" else claim


def _instances(claim: Term, indices: Sequence[Term]) -> Iterator[Term]:
    if claim.op != "all":
        yield claim
    for index in indices if claim.op == "all" else ():
        if member(index, claim.children[0]):
            yield from _instances(open_body(claim.children[1], index), indices)


@lru_cache(maxsize=65536)
def symbols(term: Term) -> frozenset[Term]:
    """The free indices and the maps that occur in the term."""
    return frozenset(node for node in nodes(term) if node.op in ("index", "map"))


@lru_cache(maxsize=65536)
def _indices(term: Term) -> frozenset[Term]:
    return frozenset(n for n in nodes(term) if n.op in ("index", "value") and not n.loose)


def closed_indices(terms: Iterable[Term]) -> list[Term]:
    """The indices that occur in the terms and are not bound there, in the order of their keys."""
    return sorted(frozenset().union(*map(_indices, terms)), key=lambda index: index.key)
