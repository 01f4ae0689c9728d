"""The rule that puts terms for the symbols of a theorem."""

from collections.abc import Iterable

from .scope import symbols
from .terms import IllSorted, Term, close, open_body, rebuild, require, substitute
from .theorem import Sequent, Theorem, rule

Table = dict[tuple[object, ...], tuple[Term, Term]]
_NOWHERE = Term("base", "", "nowhere")


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
        require(_name(symbol) not in table, "a symbol is replaced twice", None)
        table[_name(symbol)] = (symbol, replacement)
    mentioned = [_instance(one, table) for th_ in th.statements for one in symbols(th_)]
    hypotheses = [_instance(hypothesis, table) for hypothesis in th.hypotheses]
    return Sequent(hypotheses, _instance(th.conclusion, table), mentioned=mentioned)


def _name(term: Term) -> tuple[object, ...]:
    """What identifies a symbol: a family is its name and the number of its indices."""
    family = term.op in ("entry", "ventry")
    return (term.op, term.args[0], len(term.args)) if family else (term.op, *term.args)


def _check_pair(symbol: Term, replacement: Term) -> None:
    parameters = frozenset(symbol.children)
    ungrouped = (symbol.op, *symbol.args[1:]) == ("base", "")
    known = ungrouped or symbol.op in ("scalar", "vector", "entry", "ventry")
    require(known, "only scalars, vectors, families and sets without a group are instantiated")
    distinct = len(parameters) == len(symbol.children) and all(p.op == "index" for p in parameters)
    require(distinct, "the parameters of a family must be distinct free indices")
    if symbol.sort is not replacement.sort:
        raise IllSorted("a symbol and its replacement must be of the same sort")
    apart = all(not index.free & parameters for index in replacement.free - parameters)
    require(apart, "a free index of the replacement ranges over a set with a parameter")


def _instance(term: Term, table: Table, depth: int = 0) -> Term:
    """The term with the symbols replaced; binders are opened, so nothing is captured."""

    def change(part: Term, under: bool) -> Term:
        if not under:
            return _instance(part, table, depth)
        level = Term("index", depth, _NOWHERE)
        return close(_instance(open_body(part, level), table, depth + 1), level)

    rebuilt = rebuild(term, change)
    if _name(rebuilt) not in table:
        return rebuilt
    symbol, replacement = table[_name(rebuilt)]
    places = [Term("index", -1 - k, _NOWHERE) for k in range(len(symbol.children))]
    for parameter, place in zip(symbol.children, places, strict=True):
        replacement = substitute(replacement, parameter, place)
    for place, value in zip(places, rebuilt.children, strict=True):
        replacement = substitute(replacement, place, value)
    return replacement
