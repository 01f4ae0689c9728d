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
from typing import Any, NamedTuple, ParamSpec

from .normal_form import context_of
from .scope import symbols
from .sets import check_proposition, check_statement
from .terms import Term, Unproved, lift

P = ParamSpec("P")
_TOKEN = object()


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Theorem:
    """A proved sequent with the rule and the arguments that made it; only rules make one."""

    token: InitVar[object]
    hypotheses: frozenset[Term]
    conclusion: Term
    rule: str
    arguments: tuple[Any, ...]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise TypeError("theorems are made by the rules of the kernel only")

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
    mentioned: Iterable[Term] | None = None


def _argument(value: object) -> object:
    """An argument as immutable data: terms, theorems, strings and tuples of those."""
    if type(value) is Term:
        check_statement(value)
    elif type(value) in (int, Fraction):
        return lift(value)  # type: ignore[arg-type]
    elif isinstance(value, frozenset | set):
        return _argument(sorted(map(lift, value), key=lambda item: item.key))
    elif isinstance(value, list | tuple):
        return tuple(map(_argument, value))
    elif type(value) not in (Theorem, str):
        raise TypeError(f"{value!r} is no argument of a rule; pass terms, theorems and names")
    return value


def _mentioned(argument: object) -> tuple[Term, ...]:
    """The terms in an argument and the statements of the theorems in it."""
    if type(argument) is tuple:
        return tuple(term for item in argument for term in _mentioned(item))
    if type(argument) is Theorem:
        return argument.statements
    return (argument,) if type(argument) is Term else ()


def _footprints(sequent: Sequent, mentioned: Iterable[Term]) -> frozenset[Term]:
    """The hypotheses with what vanished left behind.

    The premises held for all values of their indices and for all maps.  Where one no longer
    occurs, its set must have a member (a map must exist) for the premise to say anything.
    """
    hypotheses = frozenset(sequent.hypotheses)
    lost = frozenset().union(*map(symbols, mentioned)) - sequent.closed
    for symbol in sorted(lost, key=lambda s: (s.op, -len(symbols(s)), s.key)):
        needed = Term("nonempty", symbol.children[-1])
        if symbol.op == "map":
            needed = Term("all", symbol.children[0], needed)
        statements = (*hypotheses, sequent.conclusion)
        occurs = any(symbol in symbols(statement) for statement in statements)
        if not occurs and not context_of(hypotheses, sequent.conclusion).has_member(needed):
            hypotheses |= {needed}
    return hypotheses


def rule(derive: Callable[P, Sequent]) -> Callable[P, Theorem]:
    """Turn what a function derives into a theorem that records how it was derived."""
    form = signature(derive)

    @wraps(derive)
    def apply(*args: P.args, **kwargs: P.kwargs) -> Theorem:
        try:
            arguments = tuple(map(_argument, form.bind(*args, **kwargs).args))
            sequent = derive(*arguments)  # type: ignore[arg-type, call-arg]
            for proposition in (*sequent.hypotheses, sequent.conclusion):
                check_proposition(proposition)
            mentioned = _mentioned(arguments) if sequent.mentioned is None else sequent.mentioned
            hypotheses = _footprints(sequent, mentioned)
        except RecursionError:
            raise Unproved("the terms are nested too deeply; split the step") from None
        return Theorem(_TOKEN, hypotheses, sequent.conclusion, derive.__name__, arguments)

    return apply
