"""What is known at one spot of indices and sets: hypotheses, and the indices in scope.

Every answer is a sufficient test and depends on (hypotheses, scope, question) only.  A scope
entered for a binder has its own memory: what it learns from its member never reaches the scope
outside, while what is known outside holds inside as well.  What a hypothesis says is read in the
``bare`` scope, which knows the hypotheses about sets only.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, Self, TypeVar, cast

from .sets import member, subset
from .terms import Term, open_body

MAX_INSTANCES = 120
Terms = frozenset[Term]
Method = TypeVar("Method", bound=Callable[..., Any])


def remembered(method: Method) -> Method:
    """Keep the answers of a method in the memory of its own scope."""

    @wraps(method)
    def recall(scope: Any, *args: Any) -> Any:
        key = (method.__name__, *[frozenset(a.items()) if type(a) is dict else a for a in args])
        if key not in scope.memory:
            scope.memory[key] = method(scope, *args)
        return scope.memory[key]

    return cast(Method, recall)


class Scope:
    """Hypotheses with the free indices in scope, which are members of their sets."""

    def __init__(self, hypotheses: Terms, scope: Terms, depth: int = 0) -> None:
        self.hypotheses, self.scope, self.depth = hypotheses, scope, depth
        self.ordered = sorted(hypotheses, key=lambda h: h.key)
        self.memory: dict[object, Any] = {}

    @remembered
    def enter(self, target: Term) -> tuple[Term, Self]:
        """An index of the set, named by its level, and the scope in which it is a member."""
        index = Term("index", self.depth, target)
        return index, type(self)(self.hypotheses, self.scope | {index}, self.depth + 1)

    @remembered
    def bare(self) -> Self:
        """The same spot with the hypotheses about sets only."""
        about_sets = (h for h in self.hypotheses if _matrix(h).op in ("nonempty", "empty"))
        return type(self)(frozenset(about_sets), self.scope, self.depth)

    # ------------------------------------------------------------ sets

    def inhabited(self, target: Term) -> bool:
        """Whether the set is known to have a member: an index, or by a hypothesis."""
        known = [Term("single", index) for index in self.scope]
        known += [h.children[0] for h in self.ordered if h.op == "nonempty"]
        if target.op == "single" or any(subset(one, target) for one in known):
            return True
        if target.op == "union":
            return any(self.inhabited(part) for part in target.children)
        if target.op == "range":
            return self.inhabited(target.children[0].children[0])
        if target.op == "fibre":
            return member(target.children[1], Term("range", target.children[0]))
        return False

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

    def instances(self, op: str, indices: Iterable[Term]) -> Iterator[Term]:
        """The hypotheses that make such a claim, their quantifiers at those indices."""
        ordered = sorted(indices, key=lambda index: index.key)
        for claim in self.ordered:
            if _matrix(claim).op == op:
                yield from islice(_instances(claim, ordered), MAX_INSTANCES)


def _matrix(claim: Term) -> Term:
    return _matrix(claim.children[1]) if claim.op == "all" else claim


def _instances(claim: Term, indices: list[Term]) -> Iterator[Term]:
    if claim.op != "all":
        yield claim
    for index in indices if claim.op == "all" else ():
        if member(index, claim.children[0]):
            yield from _instances(open_body(claim.children[1], index), indices)


@lru_cache(maxsize=65536)
def nodes(term: Term) -> frozenset[Term]:
    """The term and every term inside it."""
    return frozenset({term}).union(*map(nodes, term.children))


@lru_cache(maxsize=65536)
def symbols(term: Term) -> frozenset[Term]:
    """The free indices and the maps that occur in the term."""
    return frozenset(node for node in nodes(term) if node.op in ("index", "map"))


@lru_cache(maxsize=65536)
def closed_indices(term: Term) -> frozenset[Term]:
    """The indices and values of maps that occur in the term and are not bound there."""
    return frozenset(n for n in nodes(term) if n.op in ("index", "value") and not n.loose)
