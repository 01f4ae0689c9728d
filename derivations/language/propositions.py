"""Propositions: equality, order, non-emptiness, for all, there is.

SymPy's own relations decide themselves at construction; these never do.  What SymPy's operators
build (`a <= b`) is accepted wherever a proposition is, by `proposition`.
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Basic, Expr
from sympy.core.relational import Equality, GreaterThan, LessThan, StrictGreaterThan, StrictLessThan
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derivations.language.binders import Binder
from derivations.language.errors import LanguageError
from derivations.language.exactness import exact
from derivations.language.printed import Printed
from derivations.language.sets import Index, SetExpr


class Proposition(Printed, Basic):
    """Something that a derivation may assume or state."""

    def __bool__(self) -> bool:
        raise TypeError(f"{self} has no truth value here; a derivation must prove it")


class Equal(Proposition):
    """a = b, two numbers or two vectors."""


class AtMost(Proposition):
    """a ≤ b."""


class Less(Proposition):
    """a < b."""


class NonEmpty(Proposition):
    """A ≠ ∅."""


class Empty(Proposition):
    """A = ∅."""


class ForAll(Binder, Proposition):
    """∀ j ∈ A: p.  Arguments: p, j, A."""


class Exists(Binder, Proposition):
    """∃ j ∈ A: p.  Arguments: p, j, A."""


def equal(left: Expr, right: Expr) -> Equal:
    """left = right.

    >>> from derivations.language import scalar
    >>> print(equal(scalar("x"), 1))
    x = 1
    """
    return Equal(exact(left), exact(right))


def at_most(left: Expr, right: Expr) -> AtMost:
    """left ≤ right.

    >>> from derivations.language import scalar
    >>> print(at_most(scalar("x"), 1))
    x ≤ 1
    """
    return AtMost(exact(left), exact(right))


def less(left: Expr, right: Expr) -> Less:
    """left < right.

    >>> from derivations.language import scalar
    >>> print(less(0, scalar("x")))
    0 < x
    """
    return Less(exact(left), exact(right))


def non_empty(domain: SetExpr) -> NonEmpty:
    """A ≠ ∅.

    >>> from derivations.language import index_set
    >>> print(non_empty(index_set("F")))
    F ≠ ∅
    """
    if not isinstance(domain, SetExpr):
        raise LanguageError(f"non_empty({domain!r}): that is not an index set")
    return NonEmpty(domain)


def for_all(bound: Index, domain: SetExpr, body: object) -> ForAll:
    """∀ bound ∈ domain: body.

    >>> from derivations.language import index, index_set, scalars
    >>> j, N, s = index("j"), index_set("N"), scalars("s")
    >>> print(for_all(j, N, at_most(s[j], 0)))
    ∀ j∈N: s_j ≤ 0
    """
    return ForAll(proposition(body), bound, domain)


def there_is(bound: Index, domain: SetExpr, body: object) -> Exists:
    """∃ bound ∈ domain: body.

    >>> from derivations.language import index, index_set, scalars
    >>> j, N, s = index("j"), index_set("N"), scalars("s")
    >>> print(there_is(j, N, equal(s[j], 0)))
    ∃ j∈N: s_j = 0
    """
    return Exists(proposition(body), bound, domain)


def propositions(given: object) -> tuple[Proposition, ...]:
    """`given`, one proposition or several, as propositions.

    >>> from derivations.language import scalar
    >>> print(*propositions(at_most(scalar("x"), 1)), *propositions([scalar("x") >= 0]), sep="; ")
    x ≤ 1; 0 ≤ x
    """
    if isinstance(given, Basic | bool):
        return (proposition(given),)
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise LanguageError(f"given={given!r} is not a list of propositions, as in [at_most(x, 1)]")
    return tuple(map(proposition, given))


def proposition(value: object) -> Proposition:
    """`value` as a proposition; SymPy relations are converted, anything else is refused.

    >>> from derivations.language import scalar
    >>> print(proposition(scalar("x") >= 1))
    1 ≤ x
    """
    if isinstance(value, Proposition):
        return value
    if isinstance(value, LessThan):
        return at_most(value.lhs, value.rhs)
    if isinstance(value, GreaterThan):
        return at_most(value.rhs, value.lhs)
    if isinstance(value, StrictLessThan):
        return less(value.lhs, value.rhs)
    if isinstance(value, StrictGreaterThan):
        return less(value.rhs, value.lhs)
    if isinstance(value, Equality):
        return equal(value.lhs, value.rhs)
    if isinstance(value, BooleanTrue | BooleanFalse | bool):
        raise LanguageError(
            f"a hypothesis was decided to be {value} before it could be read; "
            "write it with at_most(a, b), less(a, b) or equal(a, b)"
        )
    raise LanguageError(f"{value!r} is not a proposition; write at_most(a, b), for_all(j, N, ...)")
