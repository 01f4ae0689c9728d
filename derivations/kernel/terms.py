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
Numbers are exact: floats and booleans are refused when a term is built.
Well-formedness, which needs facts about sets, is ``derivations.kernel.sets.check_well_formed``.
"""

from collections.abc import Iterator
from enum import Enum
from fractions import Fraction
from typing import NoReturn, TypeGuard


class KernelError(Exception):
    """What the kernel raises; every message is one sentence for a reader of the statement."""


class IllSorted(KernelError, TypeError):
    """A term mixes sorts: v·v, exp of a vector, an index used as a number."""


class IllFormed(KernelError, ValueError):
    """A union not known disjoint, a map applied outside its source, an escaped bound index."""


class Unproved(KernelError):
    """A rule could not be applied; ``obligation`` is the proposition that was missing, if any."""

    def __init__(self, message: str, obligation: "Term | None" = None) -> None:
        super().__init__(message)
        self.obligation = obligation


class Sort(Enum):
    """The sort of a term."""

    REAL = "real"
    VECTOR = "vector"
    INDEX = "index"
    SET = "set"
    MAP = "map"
    PROPOSITION = "proposition"


Key = tuple[object, ...]


class Term:
    """An immutable node; equal terms are equal values, up to the names of bound indices.

    ``free`` is the set of free indices inside (those in the sets of other indices included) and
    ``loose`` the number of enclosing binders the term still needs.  Raises TypeError when the
    arguments do not have the shape of the operator.
    """

    __slots__ = ("_hash", "_key", "_sort", "args", "free", "loose", "op")
    op: str
    args: tuple["Term | str | int | Fraction | bool", ...]
    free: frozenset["Term"]
    loose: int
    _hash: int
    _key: Key | None
    _sort: Sort | None

    def __init__(self, op: str, *args: "Term | str | int | Fraction | bool") -> None:
        _check_shape(op, args)
        free: frozenset[Term] = frozenset()
        loose = 0
        binder = BINDERS.get(op)
        for position, argument in enumerate(args):
            if type(argument) is Term:
                if argument.free:
                    free = free | argument.free if free else argument.free
                loose = max(loose, argument.loose - (position == binder))
        store = object.__setattr__
        store(self, "op", op)
        store(self, "args", args)
        store(self, "_hash", hash((op, args)))
        store(self, "_key", None)
        store(self, "_sort", None)
        if op == "bound":
            loose = int(args[0]) + 1  # type: ignore[arg-type]
        store(self, "loose", loose)
        store(self, "free", free)
        if op == "index":
            store(self, "free", free | {self})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("terms are immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("terms are immutable")

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            type(other) is Term
            and self._hash == other._hash
            and self.op == other.op
            and self.args == other.args
        )

    def __bool__(self) -> NoReturn:
        raise TypeError("a term has no truth value; prove it or compare with ==")

    def __repr__(self) -> str:
        return f"Term({', '.join([repr(self.op), *map(repr, self.args)])})"

    @property
    def children(self) -> tuple["Term", ...]:
        """The arguments that are terms, in order."""
        return tuple(a for a in self.args if type(a) is Term)

    @property
    def key(self) -> Key:
        """A structural total order, the same in every process (never used for equality)."""
        if self._key is None:
            parts = (a.key if type(a) is Term else (type(a).__name__, a) for a in self.args)
            object.__setattr__(self, "_key", (self.op, tuple(parts)))
        return self._key  # type: ignore[return-value]


# The argument at this position is under one more binder.
BINDERS = {"sum": 1, "max": 1, "all": 1, "exists": 1, "map": 2}
RELATIONS = frozenset({"le", "lt", "eq"})
# Result sort -> operators with their arguments.  Capitals are plain data (I index name, N natural
# number, Q fraction, S string, B boolean); "number" is real or vector; a trailing + repeats.
_SIGNATURES = {
    Sort.INDEX: "bound N; index I set; value map index",
    Sort.MAP: "map S set set",
    Sort.SET: "base S S; subset S set; union set set; single index; difference set set; "
    "fibre map index; range map",
    Sort.REAL: "number Q; scalar S; entry S index+; power real Q; exp real; log real; tanh real; "
    "add real+; mul real+; sum set real; max set real; norm number; inner vector vector",
    Sort.VECTOR: "vector S; ventry S index+; zero; apply S B vector; add vector+; mul number+; "
    "sum set vector",
    Sort.PROPOSITION: "le real real; lt real real; eq number number; nonzero real; nonempty set; "
    "empty set; all set proposition; exists set proposition",
}
_DATA: dict[str, tuple[type, ...]] = {
    "I": (str, int),
    "N": (int,),
    "Q": (Fraction,),
    "S": (str,),
    "B": (bool,),
}


def _read_signatures() -> dict[str, list[tuple[list[str], Sort]]]:
    table: dict[str, list[tuple[list[str], Sort]]] = {}
    for result, line in _SIGNATURES.items():
        for entry in line.split("; "):
            op, *wanted = entry.split()
            table.setdefault(op, []).append((wanted, result))
    return table


_READINGS = _read_signatures()
OPERATORS = frozenset(_READINGS)


def argument_kinds(op: str, count: int, reading: int = 0) -> list[str]:
    """What an operator with this many arguments takes: letters for data, names of sorts."""
    wanted = _READINGS[op][reading][0]
    if wanted and wanted[-1].endswith("+"):
        last = wanted[-1].rstrip("+")
        return wanted[:-1] + [last] * max(1, count - len(wanted) + 1)
    return wanted


def _check_shape(op: str, args: tuple[object, ...]) -> None:
    if op not in OPERATORS:
        raise TypeError(f"{op!r} is not an operator of the kernel")
    wanted = argument_kinds(op, len(args))
    right = len(args) == len(wanted)
    for argument, want in zip(args, wanted, strict=False):
        right = right and type(argument) in _DATA.get(want, (Term,))
    if op == "bound" and right and int(args[0]) < 0:  # type: ignore[call-overload]
        right = False
    if not right:
        found = ", ".join(type(a).__name__ for a in args)
        raise TypeError(f"{op} cannot be built from ({found}); only exact, closed shapes are terms")


def is_term(value: object) -> TypeGuard[Term]:
    """Whether the value is a term (subclasses are not)."""
    return type(value) is Term


def child(term: Term, position: int) -> Term:
    """The argument at a position where the operator's shape puts a term."""
    argument = term.args[position]
    if type(argument) is not Term:
        raise TypeError(f"argument {position} of {term.op} is not a term")
    return argument


# ---------------------------------------------------------------- building


def exact_fraction(value: object) -> Fraction:
    """An int or Fraction as a Fraction; floats, booleans and anything else raise TypeError."""
    if type(value) is Fraction:
        return value
    if type(value) is int:
        return Fraction(value)
    raise TypeError(f"{value!r} is not exact: only integers and fractions enter a proof")


def number(value: int | Fraction) -> Term:
    """The real number ``value``."""
    return Term("number", exact_fraction(value))


def lift(value: "Term | int | Fraction") -> Term:
    """A term as it is, an exact number as a term."""
    return value if type(value) is Term else number(value)  # type: ignore[arg-type]


def add(*summands: Term | int | Fraction) -> Term:
    """The sum of one or more summands."""
    return lift(summands[0]) if len(summands) == 1 else Term("add", *map(lift, summands))


def mul(*factors: Term | int | Fraction) -> Term:
    """The product of one or more factors, at most one of them a vector."""
    return lift(factors[0]) if len(factors) == 1 else Term("mul", *map(lift, factors))


def neg(term: Term | int | Fraction) -> Term:
    """(−1)·x."""
    return mul(-1, term)


def sub(left: Term | int | Fraction, right: Term | int | Fraction) -> Term:
    """x + (−1)·y."""
    return add(left, neg(right))


def power(base: Term | int | Fraction, exponent: int | Fraction) -> Term:
    """x to an exact rational exponent."""
    return Term("power", lift(base), exact_fraction(exponent))


def div(left: Term | int | Fraction, right: Term | int | Fraction) -> Term:
    """x · y⁻¹."""
    return mul(left, power(right, -1))


def relation(op: str, left: Term | int | Fraction, right: Term | int | Fraction) -> Term:
    """``le``, ``lt`` or ``eq`` of two sides."""
    if op not in RELATIONS:
        raise TypeError(f"{op!r} is not a relation; use le, lt or eq")
    return Term(op, lift(left), lift(right))


def bind(op: str, index: Term, body: Term) -> Term:
    """``sum``, ``max``, ``all`` or ``exists`` over the set of a free index, which becomes bound."""
    return Term(op, child(index, 1), close(body, index))


# ---------------------------------------------------------------- binding


def _replace_index(term: Term, index: Term, new: Term | None, depth: int) -> Term:
    if index not in term.free:
        return term
    if term == index:
        return Term("bound", depth) if new is None else new
    binder = BINDERS.get(term.op)
    return Term(
        term.op,
        *(
            _replace_index(a, index, new, depth + (position == binder)) if type(a) is Term else a
            for position, a in enumerate(term.args)
        ),
    )


def _replace_bound(term: Term, value: Term, depth: int) -> Term:
    if term.loose <= depth:
        return term
    if term.op == "bound":
        return value if term.args[0] == depth else term
    binder = BINDERS.get(term.op)
    return Term(
        term.op,
        *(
            _replace_bound(a, value, depth + (position == binder)) if type(a) is Term else a
            for position, a in enumerate(term.args)
        ),
    )


def _require_closed(term: Term) -> None:
    if term.loose:
        raise IllFormed("a bound index escapes its binder")


def close(term: Term, index: Term) -> Term:
    """Replace a free index by the bound index of an enclosing binder (a body for ``bind``)."""
    _require_closed(term)
    return _replace_index(term, index, None, 0)


def open_body(body: Term, value: Term) -> Term:
    """The body of a binder, or the target of a map, with ``value`` for the bound index."""
    _require_closed(value)
    return _replace_bound(body, value, 0)


def substitute(term: Term, index: Term, value: Term) -> Term:
    """Replace a free index by a closed index term, in the sets of other indices too."""
    _require_closed(value)
    return _replace_index(term, index, value, 0)


def nodes(term: Term) -> Iterator[Term]:
    """Every subterm, the term itself first (repeated occurrences are repeated)."""
    stack = [term]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def free_indices(*terms: Term) -> frozenset[Term]:
    """The free indices of the terms."""
    return frozenset().union(*(t.free for t in terms))


# ---------------------------------------------------------------- sorts

_ACCEPTS = {sort.value: (sort,) for sort in Sort} | {"number": (Sort.REAL, Sort.VECTOR)}


def _derive_sort(term: Term) -> Sort:
    sorts = [sort_of(a) for a in term.children]
    for number, (_, result) in enumerate(_READINGS[term.op]):
        kinds = argument_kinds(term.op, len(term.args), number)
        wanted = [_ACCEPTS[kind] for kind in kinds if kind not in _DATA]
        if all(s in accepted for s, accepted in zip(sorts, wanted, strict=True)):
            vectors = sorts.count(Sort.VECTOR)
            if term.op == "mul" and result is Sort.VECTOR and vectors != 1:
                continue
            if term.op == "eq" and vectors == 1:
                continue
            return result
    found = ", ".join(s.value for s in sorts)
    raise IllSorted(f"{term.op} cannot take ({found}); check what is a number and what a vector")


def sort_of(term: Term) -> Sort:
    """The sort of a term; raises IllSorted for v·v, exp v, v ≤ w, an index used as a number."""
    if term._sort is None:
        object.__setattr__(term, "_sort", _derive_sort(term))
    return term._sort  # type: ignore[return-value]
