"""Terms of the kernel: one immutable node class, its sorts, binding and substitution.

A term is ``Term(op, *args)``.  Bound indices are de Bruijn numbers, so renamed sums are the same
value and capture cannot happen; ``bind`` closes a named free index into a binder and ``open_body``
puts an index back.  The operators, with the sort of each argument:

    index        bound n | index NAME SET (a NAME is a str, or an int in scopes) | value MAP i
    map          map NAME SRC DST          DST may use ``bound 0`` for the argument
    set          base NAME GROUP | subset NAME PARENT | union A B | single i | difference A B
                 fibre MAP j | range MAP
    real         number q | scalar NAME | entry NAME i.. | power x q | exp x | log x | tanh x
                 max A body | norm x | inner u v
    real/vector  add x.. | mul x.. (at most one vector) | sum A body
    vector       vector NAME | ventry NAME i.. | zero | apply NAME TRANSPOSED v
    proposition  le x y | lt x y | eq x y | nonzero x | nonempty A | empty A | all A p | exists A p

Two bases with different names are disjoint only if they carry the same non-empty GROUP.
Numbers are exact: floats and booleans are refused when a term is built, and so is a mix of sorts.
Well-formedness, which needs facts about sets, is ``derivations.kernel.sets.check_well_formed``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, NoReturn


class KernelError(Exception):
    """What the kernel raises; every message is one sentence for a reader of the statement."""


class IllSorted(KernelError, TypeError):
    """A term mixes sorts: v·v, exp of a vector, an index used as a number, a float."""


class IllFormed(KernelError, ValueError):
    """A union not known disjoint, a map applied outside its source, an escaped bound index."""


class Unproved(KernelError):
    """A rule could not be applied; ``obligation`` is the proposition that was missing, if any."""

    def __init__(self, message: str, obligation: "Term | None" = None) -> None:
        super().__init__(message)
        self.obligation = obligation


def require(known: bool, message: str, obligation: "Term | None" = None) -> None:
    """Raise Unproved with the message and what was missing, unless the condition is known."""
    if not known:
        raise Unproved(message, obligation)


class Sort(Enum):
    """The sort of a term, with its letter in the table of operators."""

    REAL, VECTOR, INDEX, SET, MAP, PROPOSITION = "RVISMP"


# Result sort -> operators with a pattern of their arguments: capitals are sorts, small letters are
# data (s string, n whole number, q fraction, b boolean).
OPERATORS = {
    Sort.INDEX: "bound n, index [sn]S, value MI",
    Sort.MAP: "map sSS",
    Sort.SET: "base ss, subset sS, union SS, single I, difference SS, fibre MI, range M",
    Sort.REAL: "number q, scalar s, entry sI+, add R+, mul R+, power Rq, exp R, log R, tanh R, "
    "sum SR, max SR, norm [RV], inner VV",
    Sort.VECTOR: "vector s, ventry sI+, zero, add V+, mul R*VR*, sum SV, apply sbV",
    Sort.PROPOSITION: "le RR, lt RR, eq (RR|VV), nonzero R, nonempty S, empty S, all SP, exists SP",
}
# The argument at this position is under one more binder.
BINDERS = {"sum": 1, "max": 1, "all": 1, "exists": 1, "map": 2}
RELATIONS = ("le", "lt", "eq")
_DATA = {str: "s", int: "n", Fraction: "q", bool: "b"}
Key = tuple[object, ...]


@lru_cache(maxsize=4096)
def _result_sort(op: str, letters: str) -> Sort:
    for sort, operators in OPERATORS.items():
        for operator in operators.split(", "):
            name, _, pattern = operator.partition(" ")
            if name == op and re.fullmatch(pattern, letters):
                return sort
    raise IllSorted(f"{op!r} cannot take ({', '.join(letters)}); check the sorts of its arguments")


@dataclass(frozen=True, eq=False, repr=False, init=False, slots=True)
class Term:
    """An immutable node; equal terms are equal values, up to the names of bound indices.

    ``free`` is the set of free indices inside (those in the sets of other indices included),
    ``loose`` the number of enclosing binders the term still needs, ``key`` a total order that is
    the same in every process.  Raises IllSorted, a TypeError, for arguments of the wrong sort.
    """

    op: str
    args: tuple[Any, ...]
    children: tuple["Term", ...]
    sort: Sort
    free: frozenset["Term"]
    loose: int
    key: Key
    hashed: int

    def __new__(cls, op: str, *args: Any) -> "Term":
        letters = [a.sort.value if type(a) is Term else _DATA.get(type(a), "?") for a in args]
        sort = _result_sort(op, "".join(letters))
        children = tuple([a for a in args if type(a) is Term])
        free = frozenset().union(*[a.free for a in children])
        loose = args[0] + 1 if op == "bound" else 0
        for position, argument in enumerate(args):
            if type(argument) is Term:
                loose = max(loose, argument.loose - (BINDERS.get(op) == position))
        if op == "bound" and args[0] < 0:
            raise IllFormed("a bound index counts the binders around it from 0")
        key = (op, tuple([a.key if type(a) is Term else (type(a).__name__, a) for a in args]))
        term = object.__new__(cls)
        values = (op, args, children, sort, free, loose, key, hash((op, args)))
        for name, value in zip(cls.__slots__, values, strict=True):
            object.__setattr__(term, name, value)
        if op == "index":
            object.__setattr__(term, "free", free | {term})
        return term

    def __hash__(self) -> int:
        return self.hashed

    def __eq__(self, other: object) -> bool:
        if self is other or type(other) is not Term:
            return self is other
        return self.hashed == other.hashed and self.op == other.op and self.args == other.args

    def __bool__(self) -> NoReturn:
        raise TypeError("a term has no truth value; prove it or compare with ==")

    def __repr__(self) -> str:
        return f"Term({', '.join(map(repr, (self.op, *self.args)))})"


# Most terms are asked for again and again.
Term.__new__ = lru_cache(maxsize=65536, typed=True)(Term.__new__)  # type: ignore[assignment, method-assign]


# ---------------------------------------------------------------- building

Number = Term | int | Fraction


def lift(value: Number) -> Term:
    """A term as it is, an exact number as a term; floats and booleans raise TypeError."""
    if type(value) is Term:
        return value
    return Term("number", Fraction(value) if type(value) is int else value)


def add(*summands: Number) -> Term:
    """The sum of one or more summands."""
    return lift(summands[0]) if len(summands) == 1 else Term("add", *map(lift, summands))


def mul(*factors: Number) -> Term:
    """The product of one or more factors, at most one of them a vector."""
    return lift(factors[0]) if len(factors) == 1 else Term("mul", *map(lift, factors))


def relation(op: str, left: Number, right: Number) -> Term:
    """``le``, ``lt`` or ``eq`` of two sides."""
    if op not in RELATIONS:
        raise IllSorted(f"{op!r} is not a relation; use le, lt or eq")
    return Term(op, lift(left), lift(right))


def bind(op: str, index: Term, body: Term) -> Term:
    """``sum``, ``max``, ``all`` or ``exists`` over the set of a free index, which becomes bound."""
    return Term(op, index.children[0], close(body, index))


# ---------------------------------------------------------------- binding


def rebuild(term: Term, change: Callable[[Term, bool], Term]) -> Term:
    """The term with its subterms changed; ``change`` is told which one is under the binder."""
    binder = BINDERS.get(term.op)
    parts = [change(a, i == binder) if type(a) is Term else a for i, a in enumerate(term.args)]
    return Term(term.op, *parts)


@lru_cache(maxsize=65536)
def _replace(term: Term, old: Term | None, new: Term | None, depth: int = 0) -> Term:
    """Put ``new`` for an index ``old``; None is the bound index of the binder at this depth."""
    if (term if new is None else new).loose > (depth if new is None else 0):
        raise IllFormed("a bound index escapes its binder")
    if term.loose <= depth if old is None else old not in term.free:
        return term
    if term == old or term.op == "bound":
        if new is None:
            return Term("bound", depth)
        return new if old is not None or term.args[0] == depth else term
    return rebuild(term, lambda part, under: _replace(part, old, new, depth + under))


def close(term: Term, index: Term) -> Term:
    """Replace a free index by the bound index of an enclosing binder (a body for ``bind``)."""
    return _replace(term, index, None)


def open_body(body: Term, value: Term) -> Term:
    """The body of a binder, or the target of a map, with ``value`` for the bound index."""
    return _replace(body, None, value)


def substitute(term: Term, index: Term, value: Term) -> Term:
    """Replace a free index by a closed index term, in the sets of other indices too."""
    return _replace(term, index, value)
