"""How sums, products, quotients, powers and functions are written."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Basic, Expr, Rational

from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import Cardinality, Diameter, Named, Oscillation
from derivations.language.errors import LanguageError
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import Inner, Norm
from derivations.language.printing.layout import Layout, Level, Piece, Writer
from derivations.language.printing.operators import write_operator
from derivations.language.sorts import Sort, sort_of

_ONE = Piece("1")


def signed(on: Layout, expr: Expr) -> tuple[bool, Piece]:
    """Whether a minus sign stands in front, and the rest."""
    if isinstance(expr, Rational):
        return bool(expr < 0), _quotient(on, [], None, [abs(expr)])
    if not isinstance(expr, sympy.Mul):
        return False, on.piece(expr)
    numbers = [one for one in expr.args if isinstance(one, Rational)]
    factors = [one for one in expr.args if not isinstance(one, Rational)]
    negative = sum(1 for one in numbers if one < 0) % 2 == 1
    vectors = [one for one in factors if _is_vector(one)]
    vector = vectors[0] if len(vectors) == 1 else None
    if vector is not None:
        factors.remove(vector)
    return negative, _quotient(on, factors, vector, [abs(one) for one in numbers])


def _quotient(
    on: Layout, factors: Sequence[Expr], vector: Expr | None, numbers: Sequence[Rational]
) -> Piece:
    """Scalar factors over their denominators, then the vector."""
    above: list[tuple[int, Piece]] = []
    below: list[tuple[int, Piece]] = []
    for one in factors:
        if isinstance(one, sympy.Pow) and _is_negative(one.exp):
            below.append((_rank(one.base), _power(on, one.base, -one.exp)))
        else:
            above.append((_rank(one), on.piece(one)))
    top = [Piece(str(one.p)) for one in numbers if one.p != 1] + _in_order(on, above)
    bottom = [Piece(str(one.q)) for one in numbers if one.q != 1] + _in_order(on, below)
    if len(above) == 1 and not below and vector is None and _scales(factors[0], numbers):
        over, under = above[0][1], bottom[0]
        if not on.style.tall_fractions:
            return Piece(on.style.fraction(over.text, under.text), Level.PRODUCT, True)
    held = None if vector is None else on.piece(vector)
    if not bottom:
        pieces = top + ([] if held is None else [held])
        return on.product(pieces) if pieces else _ONE
    if held is None:
        return _fraction(on, on.product(top) if top else _ONE, on.product(bottom))
    if not top:
        return _fraction(on, held, on.product(bottom))
    return on.product([_fraction(on, on.product(top), on.product(bottom)), held])


def _scales(factor: Expr, numbers: Sequence[Rational]) -> bool:
    """Whether factor · numbers is an extremum over a number: inside or outside is the same."""
    return isinstance(factor, Oscillation | SetMax | SetMin) and [
        (one.p, one.q != 1) for one in numbers
    ] == [(1, True)]


def _fraction(on: Layout, top: Piece, bottom: Piece) -> Piece:
    if on.style.tall_fractions:
        return Piece(on.style.fraction(top.text, bottom.text), Level.PRODUCT)
    above, below = on.hold(top, Level.PRODUCT, False), on.hold(bottom, Level.POWER)
    return Piece(on.style.fraction(above, below), Level.PRODUCT)


def _power(on: Layout, base: Expr, exponent: Expr) -> Piece:
    if exponent == 1:
        return on.piece(base)
    if exponent == Rational(1, 2):
        inner = on.piece(base)
        return Piece(on.style.root(inner.text, inner.level is Level.ATOM), Level.POWER)
    shown = str(exponent) if isinstance(exponent, Rational) else on.text(exponent)
    return Piece(on.style.power(on.base(base), shown), Level.POWER)


def _write_number(on: Layout, expr: Expr) -> Piece:
    negative, piece = signed(on, expr)
    if not negative:
        return piece
    text = on.style.marks["negative"] + on.hold(piece, Level.PRODUCT)
    return Piece(text, Level.SUM, piece.opens)


def _write_pow(on: Layout, expr: sympy.Pow) -> Piece:
    if _is_negative(expr.exp):
        return _fraction(on, _ONE, _power(on, expr.base, -expr.exp))
    return _power(on, expr.base, expr.exp)


def _write_add(on: Layout, expr: sympy.Add) -> Piece:
    """Positive terms first, operators over sets last among them; a number leads or closes."""
    terms = []
    for one in expr.args:
        negative, piece = signed(on, one)
        text = on.hold(piece, Level.PRODUCT)
        terms.append((negative, _term_key(on, one, negative, piece), text))
    terms.sort()
    marks = on.style.marks
    text = (marks["negative"] if terms[0][0] else "") + terms[0][2]
    for negative, _, one in terms[1:]:
        text += (marks["subtract"] if negative else marks["plus"]) + one
    return Piece(text, Level.SUM)


def _term_key(on: Layout, term: Expr, negative: bool, piece: Piece) -> tuple[int, str, str]:
    """Numbers, names, products, operators (by their sets); a negative number comes last."""
    text = on.style.sort_key(piece.text)
    if term.is_Number:
        return (6 if negative else 0), "", text
    if piece.opens:
        factors = [one.args[0] if isinstance(one, sympy.log) else one for one in term.args]
        domains = [on.text(one.domain) for one in (term, *factors) if isinstance(one, Binder)]
        return 5, on.style.sort_key("".join(domains[:1])), text
    if piece.level is Level.ATOM:
        return 1, "", text
    return (3 if text.startswith("(") else 2), "", text


def _write_function(on: Layout, expr: Expr) -> Piece:
    name, argument = type(expr).__name__, expr.args[0]
    if name == "log" and isinstance(argument, SetSum) and on.style.log_opens:
        return write_operator(on, "log_sum", argument)
    inner = on.piece(argument)
    simple = inner.level is Level.ATOM
    opens = simple and on.style.log_opens
    level = Level.PRODUCT if opens else Level.POWER
    return Piece(on.style.function(name, inner.text, simple), level, opens)


def _write_extremum(on: Layout, expr: Expr) -> Piece:
    inner = ", ".join(sorted(on.text(one) for one in expr.args))
    return Piece(on.style.function(type(expr).__name__.lower(), inner, False), Level.POWER)


def _write_exp(on: Layout, expr: Expr) -> Piece:
    return Piece(on.style.exponential(on.text(expr.args[0])), Level.POWER)


def _write_constant(on: Layout, expr: Expr) -> Piece:
    return Piece(on.style.name("e" if expr is sympy.E else str(expr)))


def _write_name(on: Layout, expr: Basic) -> Piece:
    return Piece(on.style.name(expr.name))


def _write_entry(on: Layout, expr: Basic) -> Piece:
    return Piece(on.subscripted(expr.name, expr.indices))


def _write_inner(on: Layout, expr: Inner) -> Piece:
    left, right = map(on.text, expr.args)
    return Piece(on.style.fence("inner", f"{left}, {right}"))


def _rank(expr: Basic) -> int:
    """Where a factor stands: constants, counts, names, sums, then everything else."""
    if expr.is_number:
        return 0
    ranks = (Cardinality, sympy.Symbol | Named | Entry, sympy.Add)
    for rank, kind in enumerate(ranks, 1):
        if isinstance(expr, kind):
            return rank
    return 5 if isinstance(expr, Diameter | Norm | Inner) else 4


def _in_order(on: Layout, ranked: Sequence[tuple[int, Piece]]) -> list[Piece]:
    def key(it: tuple[int, Piece]) -> tuple[bool, int, str]:
        rank, piece = it
        return piece.opens, rank, on.style.sort_key(piece.text)

    return [piece for _, piece in sorted(ranked, key=key)]


def _is_vector(expr: Basic) -> bool:
    try:
        return sort_of(expr) is Sort.VECTOR
    except LanguageError:
        return False


def _is_negative(expr: Expr) -> bool:
    return isinstance(expr, Rational) and bool(expr < 0)


NUMBER_WRITERS: dict[type, Writer] = {
    Rational: _write_number,
    sympy.Mul: _write_number,
    sympy.Add: _write_add,
    sympy.Pow: _write_pow,
    sympy.NumberSymbol: _write_constant,
    sympy.exp: _write_exp,
    sympy.log: _write_function,
    sympy.tanh: _write_function,
    sympy.Max: _write_extremum,
    sympy.Min: _write_extremum,
    sympy.Abs: lambda on, expr: Piece(on.style.fence("abs", on.text(expr.args[0]))),
    sympy.Symbol: _write_name,
    Vector: _write_name,
    Entry: _write_entry,
    VectorEntry: _write_entry,
    Named: _write_entry,
    Norm: lambda on, expr: Piece(on.style.fence("norm", on.text(expr.args[0]))),
    Inner: _write_inner,
}
