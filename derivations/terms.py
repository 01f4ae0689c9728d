"""Writing kernel terms, and taking them apart, in fewer words.  Nothing here is trusted.

It needs the kernel and the standard library only, so that a proof can be shown in the process
that replayed it.
"""

from collections.abc import Iterator
from fractions import Fraction

from derivations.kernel.terms import Number, Sort, Term, add, lift, mul

number = lift


def neg(term: Number) -> Term:
    """(−1)·x."""
    return mul(-1, term)


def sub(left: Number, right: Number) -> Term:
    """x + (−1)·y."""
    return add(left, neg(right))


def power(base: Number, exponent: int | Fraction) -> Term:
    """x to an exact rational exponent."""
    return Term("power", lift(base), *lift(exponent).args)


def div(left: Number, right: Number) -> Term:
    """x · y⁻¹."""
    return mul(left, power(right, -1))


def sort_of(term: Term) -> Sort:
    """The sort of a term."""
    return term.sort


def child(term: Term, position: int) -> Term:
    """The argument at a position where the operator's shape puts a term."""
    argument: Term = term.args[position]
    return argument


def free_indices(*terms: Term) -> frozenset[Term]:
    """The free indices of the terms."""
    return frozenset().union(*(term.free for term in terms))


def nodes(term: Term) -> Iterator[Term]:
    """Every subterm, the term itself first (repeated occurrences are repeated)."""
    stack = [term]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))
