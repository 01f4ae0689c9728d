"""Symbols of a theorem, and terms put for them.

A symbol is a scalar, a vector, a base set without a group, or a family at distinct free indices,
the parameters of its replacement.
"""

from collections.abc import Iterable

from .terms import IllSorted, Key, Term, close, open_body, rebuild, require, substitute


def name(term: Term) -> Key:
    """What identifies a symbol: a family is its name and the number of its indices."""
    family = term.op in ("entry", "ventry")
    return (term.op, term.args[0], len(term.args)) if family else (term.op, *term.args)


def place(number: int) -> Term:
    """An index that no statement can contain: for bound ones, and below 0 for parameters."""
    return Term("index", number, Term("base", "", "nowhere"))


def replacements(pairs: Iterable[tuple[Term, Term]]) -> dict[Key, Term]:
    """What is put for each symbol, by name, with the places −1, −2, .. for its parameters."""
    table: dict[Key, Term] = {}
    for symbol, replacement in pairs:
        parameters = frozenset(symbol.children)
        ungrouped = (symbol.op, *symbol.args[1:]) == ("base", "")
        known = ungrouped or symbol.op in ("scalar", "vector", "entry", "ventry")
        require(known, "only scalars, vectors, families and sets without a group are instantiated")
        indices = all(parameter.op == "index" for parameter in parameters)
        distinct = indices and len(parameters) == len(symbol.children)
        require(distinct, "the parameters of a family must be distinct free indices")
        if symbol.sort is not replacement.sort:
            raise IllSorted("a symbol and its replacement must be of the same sort")
        apart = not any((index.free - {index}) & parameters for index in replacement.free)
        require(apart, "a free index of the replacement ranges over a set with a parameter")
        require(name(symbol) not in table, "a symbol is replaced twice")
        for number, parameter in enumerate(symbol.children):
            replacement = substitute(replacement, parameter, place(-1 - number))
        table[name(symbol)] = replacement
    return table


def replace_symbols(term: Term, table: dict[Key, Term], depth: int = 0) -> Term:
    """The term with its symbols replaced; binders are opened, so nothing is captured."""

    def change(part: Term, under: bool) -> Term:
        if not under:
            return replace_symbols(part, table, depth)
        level = place(depth)
        return close(replace_symbols(open_body(part, level), table, depth + 1), level)

    rebuilt = rebuild(term, change)
    if name(rebuilt) not in table:
        return rebuilt
    replacement = table[name(rebuilt)]
    for number, value in enumerate(rebuilt.children):
        replacement = substitute(replacement, place(-1 - number), value)
    return replacement
