"""The sentence that opens a theorem: "Let F and N be disjoint finite sets, a: F → N and i ∈ N."

Words and formulas are kept apart, because LaTeX and the page write formulas in different ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Basic

from derivations.language.declarations import (
    Declarations,
    Phrase,
    declarations_of,
    finite_sets,
    is_single,
    listed,
    symbols_in,
)

_SPACE = "a real inner product space"


def setting(parts: Iterable[Basic | None]) -> Phrase:
    """What was declared of the symbols in `parts`, as prose; empty if they have no symbol.

    >>> from derivations.language import index_sets, scalars, sum_over
    >>> F, N = index_sets("F", "N")
    >>> print(*setting([sum_over(F | N, scalars("s"))]), sep="")
    Let F and N be disjoint finite sets. Here s_t are real numbers.
    """
    found = declarations_of(parts)
    first, second = _sentence("Let ", _objects(found)), _sentence("Here ", _numbers(found))
    return (*first, *([" "] if first and second else []), *second)


def setting_of_lines(theorem: Iterable[Basic], lines: Iterable[Basic | None]) -> Phrase:
    """The same for lines that have symbols which the theorem has not; else nothing."""
    said, stated = list(lines), list(theorem)
    return setting(said) if symbols_in(said) - symbols_in(stated) else ()


def _objects(found: Declarations) -> list[Phrase]:
    clauses: list[Phrase] = []
    for number, group in enumerate(found.sets):
        verb = "" if number else " be"
        clauses.append((*listed(group, " and "), f"{verb} {finite_sets(group)}"))
    return clauses + [found.phrase(one) for one in found.others]


def _numbers(found: Declarations) -> list[Phrase]:
    kinds: Sequence[tuple[Sequence[Basic], str, str]] = (
        (found.numbers, "a real number", "real numbers"),
        (found.vectors, f"a vector of {_SPACE}", f"vectors of {_SPACE}"),
        (found.linear_maps, "a linear map", "linear maps"),
    )
    return [
        (*listed(some, " and "), f" is {one}" if is_single(some) else f" are {several}")
        for some, one, several in kinds
        if some
    ]


def _sentence(opening: str, clauses: Sequence[Phrase]) -> Phrase:
    """The clauses with commas and an "and"; nothing when there are none."""
    if not clauses:
        return ()
    parts: list[str | Basic] = [opening, *clauses[0]]
    for number, clause in enumerate(clauses[1:], 2):
        parts += [" and " if number == len(clauses) else ", ", *clause]
    return (*parts, ".")
