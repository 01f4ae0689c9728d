"""What a theorem is, and the one way to make it: a rule derives a sequent, this file keeps it.

``hypotheses ⊢ conclusion`` says: for all finite index sets (empty ones included) that are disjoint
or included as declared, all maps, all real and vector families (vectors of one real inner product
space), all linear maps, and all values of the free indices in their sets, the hypotheses imply the
conclusion.  Functions are total (1/0, log of a negative number and a max over ∅ have some value).
"""

from collections.abc import Callable, Iterable
from dataclasses import InitVar, dataclass
from fractions import Fraction
from functools import wraps
from inspect import signature
from typing import NamedTuple, ParamSpec

from derivations.kernel.context import context_of, maps_of
from derivations.kernel.sets import check_statement
from derivations.kernel.show import show
from derivations.kernel.terms import (
    IllSorted,
    Sort,
    Term,
    Unproved,
    child,
    free_indices,
    lift,
    open_body,
    sort_of,
)

P = ParamSpec("P")
_TOKEN = object()


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Theorem:
    """A proved sequent with the rule and the arguments that made it; only rules make one."""

    token: InitVar[object]
    hypotheses: frozenset[Term]
    conclusion: Term
    rule: str
    arguments: tuple[object, ...]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise TypeError("theorems are made by the rules of the kernel only")

    def __repr__(self) -> str:
        ordered = sorted(self.hypotheses, key=lambda h: h.key)
        return f"{', '.join(map(show, ordered))} ⊢ {show(self.conclusion)}"

    @property
    def statements(self) -> tuple[Term, ...]:
        """The hypotheses and the conclusion."""
        return (*self.hypotheses, self.conclusion)


class Sequent(NamedTuple):
    """What a rule derives.

    ``closed`` are indices the rule has bound; ``mentioned`` are the terms the premises were about,
    when these are not the premises themselves.
    """

    hypotheses: Iterable[Term]
    conclusion: Term
    closed: frozenset[Term] = frozenset()
    mentioned: tuple[Term, ...] | None = None


def _argument(value: object) -> object:
    """An argument as immutable data: terms, theorems, strings and tuples of those."""
    if type(value) is Theorem or type(value) is str:
        return value
    if type(value) is Term:
        check_statement(value)
        return value
    if type(value) in (int, Fraction):
        return lift(value)  # type: ignore[arg-type]
    if isinstance(value, frozenset | set):
        terms = [lift(item) for item in value]
        return tuple(_argument(item) for item in sorted(terms, key=lambda item: item.key))
    if isinstance(value, list | tuple):
        return tuple(_argument(item) for item in value)
    raise TypeError(f"{value!r} is no argument of a rule; pass terms, theorems and names")


def _mentioned(arguments: tuple[object, ...]) -> list[Term]:
    found: list[Term] = []
    for argument in arguments:
        if type(argument) is Term:
            found.append(argument)
        elif type(argument) is Theorem:
            found.extend(argument.statements)
        elif type(argument) is tuple:
            found.extend(_mentioned(argument))
    return found


def _footprints(sequent: Sequent, mentioned: Iterable[Term]) -> frozenset[Term]:
    """The hypotheses with what vanished left behind.

    The premises held for all values of their indices and for all maps.  Where one no longer
    occurs, its set must have a member (a map must exist) for the premise to say anything.
    """
    hypotheses = frozenset(sequent.hypotheses)
    lost = free_indices(*mentioned) - sequent.closed
    for index in sorted(lost, key=lambda i: (-len(i.free), i.key)):
        here = context_of(hypotheses, sequent.conclusion)
        if index not in here.scope and not here.inhabited(child(index, 1)):
            hypotheses |= {Term("nonempty", child(index, 1))}
    for mapping in sorted(maps_of(*mentioned), key=lambda m: (-len(maps_of(m)), m.key)):
        if mapping not in maps_of(*hypotheses, sequent.conclusion):
            here = context_of(hypotheses, sequent.conclusion)
            source, target = child(mapping, 1), child(mapping, 2)
            index, inside = here.enter(source)
            if not (here.is_empty(source) or inside.inhabited(open_body(target, index))):
                hypotheses |= {Term("all", source, Term("nonempty", target))}
    return hypotheses


def rule(derive: Callable[P, Sequent]) -> Callable[P, Theorem]:
    """Turn what a function derives into a theorem that records how it was derived."""

    @wraps(derive)
    def apply(*args: P.args, **kwargs: P.kwargs) -> Theorem:
        bound = signature(derive).bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            arguments = tuple(_argument(value) for value in bound.args)
            sequent = derive(*arguments)  # type: ignore[arg-type, call-arg]
            mentioned = sequent.mentioned
            if mentioned is None:
                mentioned = tuple(_mentioned(arguments))
            for proposition in (*sequent.hypotheses, sequent.conclusion):
                check_proposition(proposition)
            hypotheses = _footprints(sequent, mentioned)
        except RecursionError:
            raise Unproved("the terms are nested too deeply; split the step") from None
        return Theorem(_TOKEN, hypotheses, sequent.conclusion, derive.__name__, arguments)

    return apply


def check_proposition(term: Term) -> None:
    check_statement(term)
    if sort_of(term) is not Sort.PROPOSITION:
        raise IllSorted("a theorem is about propositions; this is a number, a set or a map")
