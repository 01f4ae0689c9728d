"""Expressions and claims as text: LaTeX as a mathematician writes it, Unicode for a terminal.

Every name of the language prints as itself; defined words (α, z_j) print as their name, and
`definitions_in` lists what they stand for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sympy import Basic, sympify

from derivations.language.declarations import declarations_of
from derivations.language.definitions import Named, loose
from derivations.language.families import Family
from derivations.language.printing.layout import Layout, Level, Piece
from derivations.language.printing.numbers import NUMBER_WRITERS
from derivations.language.printing.operators import OPERATOR_WRITERS
from derivations.language.printing.spaces import SPACE_WRITERS
from derivations.language.printing.styles import LatexStyle, Style, UnicodeStyle
from derivations.language.sets import Bound, Index, index
from derivations.language.statements import Relation, Statement

_WRITERS = NUMBER_WRITERS | OPERATOR_WRITERS | SPACE_WRITERS
_MARKS = {
    Relation.EQUAL: "equal",
    Relation.AT_MOST: "at_most",
    Relation.AT_LEAST: "at_least",
    Relation.APPROX: "approx",
}


def latex_text(thing: object) -> str:
    r"""`thing` (expression, set, index, map, proposition, Statement, family) in LaTeX, no dollars.

    >>> from derivations.language import index_sets, scalars, sum_over, exp
    >>> F, N = index_sets("F", "N")
    >>> s = scalars("s")
    >>> latex_text(sum_over(F | N, lambda j: exp(s[j])))
    '\\sum_{j\\in F\\sqcup N} e^{s_j}'
    """
    return _write(thing, LatexStyle()).text


def unicode_text(thing: object) -> str:
    """`thing` in one line of Unicode for a terminal.

    >>> from derivations.language import index_sets, scalars, vectors, sum_over, exp
    >>> F, N = index_sets("F", "N")
    >>> s, v = scalars("s"), vectors("v")
    >>> unicode_text(sum_over(F, lambda t: exp(s[t]) * v[t], "t"))
    'Σ_{t∈F} exp(s_t)·v_t'
    """
    return _unicode(thing) if isinstance(thing, Basic) else _write(thing, UnicodeStyle()).text


@lru_cache(maxsize=4096)
def _unicode(expr: Basic) -> str:
    return _write(expr, UnicodeStyle()).text


def latex_inside(expr: Basic) -> str:
    """`expr` in LaTeX, bracketed unless it holds together by itself."""
    return _held(_write(expr, LatexStyle()), LatexStyle())


def unicode_inside(expr: Basic) -> str:
    """`expr` in Unicode, bracketed unless it holds together by itself."""
    return _held(_write(expr, UnicodeStyle()), UnicodeStyle())


def definitions_in(*things: object) -> list[tuple[Named, Basic]]:
    """What the abbreviations in all `things` stand for, each after those that its meaning uses.

    Give everything that is shown together in one call: an abbreviation with indices is listed
    once, with indices of its own (z_j = log Σ_{t∈G_j} …), although it may be z_t elsewhere.

    >>> from derivations.language import named, scalar
    >>> x = named("x", scalar("t") + 1)
    >>> [unicode_text(name) for name, _ in definitions_in(named("y", 2 * x))]
    ['x', 'y']
    """
    found: dict[Basic, Named] = {}
    seen: set[Basic] = set()
    for part in (part for thing in things for part in _parts(thing)):
        _collect(part, found, seen)
    generic = [one for one in found.values() if _plain(one)]
    listed = [one for one in found.values() if _plain(one) or not _covered(one, generic)]
    return [(one, one.meaning) for one in listed]


def declaration_texts(*things: object) -> list[str]:
    """What was declared of the symbols in all `things`, in Unicode, one text for each declaration.

    >>> from derivations.language import index_sets, sum_over, scalars
    >>> F, N = index_sets("F", "N")
    >>> declaration_texts(sum_over(F | N, scalars("s")))
    ['F, N disjoint finite sets', 's_t real']
    """
    found = declarations_of(part for thing in things for part in _parts(thing))
    return [
        "".join(part if isinstance(part, str) else unicode_text(part) for part in phrase)
        for phrase in found.phrases()
    ]


def _parts(thing: object) -> list[Basic]:
    if isinstance(thing, Statement):
        return list(thing.parts)
    return [thing] if isinstance(thing, Basic) else []


def _collect(expr: Basic, found: dict[Basic, Named], seen: set[Basic]) -> None:
    """Abbreviations under a key that forgets the names of their indices, inner ones first."""
    if expr in seen:
        return
    seen.add(expr)
    if not isinstance(expr, Named):
        for part in expr.args:
            _collect(part, found, seen)
        return
    key = _with_indices(expr, [f"#{n}" for n in range(len(expr.indices))]) if _plain(expr) else expr
    if key not in found:
        _collect(expr.meaning, found, seen)
        found[key] = _with_indices(expr, _own_names(expr)) if _plain(expr) else expr


def _plain(expr: Named) -> bool:
    """Whether the indices are distinct and none is a map's value, so that they can be renamed."""
    indices = expr.indices
    return len(set(indices)) == len(indices) and all(isinstance(i, Index | Bound) for i in indices)


def _with_indices(expr: Named, names: list[str]) -> Named:
    return expr.xreplace({old: index(new) for old, new in zip(expr.indices, names, strict=True)})


def _own_names(expr: Named) -> list[str]:
    """The names of the indices, primed where the meaning uses the name for another index."""
    taken = {one.name for one in loose(expr.meaning) if one not in expr.indices}
    names: list[str] = []
    for one in expr.indices:
        name = one.name if one.name.strip("@") else "t"
        while name in taken:
            name += "'"
        taken.add(name)
        names.append(name)
    return names


def _covered(expr: Named, generic: list[Named]) -> bool:
    """Whether `expr`, such as z_{w(j)}, is an instance of one of the generic forms."""
    return any(
        one.name == expr.name
        and len(one.indices) == len(expr.indices)
        and one.xreplace(dict(zip(one.indices, expr.indices, strict=True))) == expr
        for one in generic
    )


def _write(thing: object, style: Style) -> Piece:
    if isinstance(thing, Family):
        return Piece(style.name(thing.name))
    if isinstance(thing, Statement):
        left, right = (_write(side, style).text for side in (thing.left, thing.right))
        text = left + style.marks[_MARKS[thing.relation]] + right
        if thing.budget is not None:
            text += style.within(_write(thing.budget, style).text)
        return Piece(text, Level.CLAIM)
    expr = thing if isinstance(thing, Basic) else sympify(thing)
    piece = Layout(expr, style, _WRITERS).piece(expr)
    return replace(piece, text=style.tidy(piece.text))


def _held(piece: Piece, style: Style) -> str:
    return piece.text if piece.level is Level.ATOM else style.bracket(piece.text)
