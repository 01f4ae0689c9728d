"""The rule that puts terms for the symbols of a theorem."""

from collections.abc import Iterable
from fractions import Fraction

from derivations.kernel.context import maps_of
from derivations.kernel.show import show
from derivations.kernel.terms import (
    BINDERS,
    IllSorted,
    Term,
    Unproved,
    close,
    free_indices,
    open_body,
    sort_of,
    substitute,
)
from derivations.kernel.theorem import Sequent, Theorem, rule

Table = dict[tuple[object, ...], tuple[Term, Term]]
_NOWHERE = Term("base", "", "")


@rule
def instantiate(th: Theorem, pairs: Iterable[tuple[Term, Term]]) -> Sequent:
    """
    G ⊢ p
    ───────────      σ: pairs (symbol, term) for the symbols of the theorem.
    Gσ ⊢ pσ

    A symbol is a scalar, a vector, a base set without a group, or a family at distinct free
    indices, the parameters of its replacement.  Fails for grouped sets, declared subsets and
    maps, and if a free index of a replacement ranges over a set that mentions a parameter.
    """
    table: Table = {}
    for symbol, replacement in pairs:
        _check_pair(symbol, replacement)
        if _symbol(symbol) in table:
            raise Unproved(f"{show(symbol)} is replaced twice")
        table[_symbol(symbol)] = (symbol, replacement)
    replaced = {statement: _instance(statement, table, 0) for statement in th.statements}
    symbols = free_indices(*th.statements) | maps_of(*th.statements)
    mentioned = tuple(_instance(symbol, table, 0) for symbol in symbols)
    hypotheses = [replaced[hypothesis] for hypothesis in th.hypotheses]
    return Sequent(hypotheses, replaced[th.conclusion], mentioned=mentioned)


def _symbol(term: Term) -> tuple[object, ...]:
    """What identifies a symbol: a family is its name and the number of its indices."""
    family = term.op in ("entry", "ventry")
    return (term.op, term.args[0], len(term.args)) if family else (term.op, *term.args)


def _check_pair(symbol: Term, replacement: Term) -> None:
    parameters = symbol.children
    if symbol.op not in ("scalar", "vector", "entry", "ventry", "base"):
        raise Unproved(f"{symbol.op} cannot be instantiated")
    if symbol.op == "base" and symbol.args[1] != "":
        raise Unproved("a set with a declared disjointness cannot be instantiated")
    if any(p.op != "index" for p in parameters) or len(set(parameters)) < len(parameters):
        raise Unproved("the parameters of a family must be distinct free indices")
    if sort_of(symbol) is not sort_of(replacement):
        raise IllSorted("a symbol and its replacement must be of the same sort")
    for index in replacement.free - set(parameters):
        if index.free & set(parameters):
            raise Unproved("a free index of the replacement ranges over a set with a parameter")


def _instance(term: Term, table: Table, depth: int) -> Term:
    """The term with the symbols replaced; binders are opened, so nothing is captured."""
    if term.op == "index" and type(term.args[0]) is int:
        return term
    parts: list[Term | str | int | Fraction | bool] = []
    for position, argument in enumerate(term.args):
        if type(argument) is Term and BINDERS.get(term.op) == position:
            level = Term("index", depth, _NOWHERE)
            opened = _instance(open_body(argument, level), table, depth + 1)
            parts.append(close(opened, level))
        else:
            parts.append(_instance(argument, table, depth) if type(argument) is Term else argument)
    rebuilt = Term(term.op, *parts)
    if _symbol(rebuilt) not in table:
        return rebuilt
    symbol, replacement = table[_symbol(rebuilt)]
    places = [Term("index", -1 - k, _NOWHERE) for k in range(len(symbol.children))]
    for parameter, place in zip(symbol.children, places, strict=True):
        replacement = substitute(replacement, parameter, place)
    for place, value in zip(places, rebuilt.children, strict=True):
        replacement = substitute(replacement, place, value)
    return replacement
