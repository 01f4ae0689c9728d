"""How operators over a set (sum, maximum, softmax, …) and propositions are written."""

from __future__ import annotations

from sympy import Basic

from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Cardinality,
    Diameter,
    LogSumExp,
    Named,
    Oscillation,
    Softmax,
    SoftmaxMean,
)
from derivations.language.families import Entry
from derivations.language.linear import MapSetSum
from derivations.language.printing.layout import Layout, Level, Piece, Writer
from derivations.language.propositions import (
    AtMost,
    Empty,
    Equal,
    Exists,
    ForAll,
    Less,
    NonEmpty,
)


def write_operator(on: Layout, name: str, expr: Binder) -> Piece:
    """An operator over a set, open to the right."""
    with on.under(expr) as under:
        if isinstance(expr, LogSumExp):
            body = on.style.exponential(on.text(expr.body))
        elif isinstance(expr, SoftmaxMean):
            body = _softmax_mean_body(on, expr)
        else:
            body = on.text(expr.body, Level.PRODUCT)
    return Piece(on.style.operator(name, under, body), Level.PRODUCT, True)


def _softmax_mean_body(on: Layout, expr: SoftmaxMean) -> str:
    """softmax_j(s) v_j; a logit that is just a family's member at j shows the family's name."""
    logit = expr.body
    is_family = isinstance(logit, Entry | Named) and logit.indices == (expr.bound,)
    inner = on.style.name(logit.name) if is_family else on.text(logit)
    head = on.style.indexed_function("softmax", on.name_of(expr.bound), inner)
    return on.product([Piece(head), on.piece(expr.value)]).text


def _write_softmax(on: Layout, expr: Softmax) -> Piece:
    at = on.text(expr.at)
    with on.under(expr) as under:
        head = on.style.indexed_function("softmax", under, on.text(expr.body))
    return Piece(on.style.subscript(head, [at], is_name=False), Level.POWER)


def _write_diameter(on: Layout, expr: Diameter) -> Piece:
    domain = on.text(expr.domain)
    with on.binding(expr) as name:
        inner = f"{on.text(expr.body)} : {name}{on.style.marks['in']}{domain}"
    return Piece(on.style.operator_name("diam") + on.style.fence("set", inner), Level.POWER)


def _write_quantifier(on: Layout, expr: Binder) -> Piece:
    marks = on.style.marks
    head = marks["for_all" if isinstance(expr, ForAll) else "exists"]
    domain = on.text(expr.domain)
    with on.binding(expr) as name:
        text = f"{head}{name}{marks['in']}{domain}{marks['colon']}{on.text(expr.body)}"
    return Piece(text, Level.CLAIM)


def _named_operator(name: str) -> Writer:
    return lambda on, expr: write_operator(on, name, expr)


def _relation(mark: str) -> Writer:
    def write(on: Layout, expr: Basic) -> Piece:
        left, right = map(on.text, expr.args)
        return Piece(left + on.style.marks[mark] + right, Level.CLAIM)

    return write


def _state_of_set(mark: str) -> Writer:
    return lambda on, expr: Piece(on.text(expr.args[0]) + on.style.marks[mark], Level.CLAIM)


OPERATOR_WRITERS: dict[type, Writer] = {
    SetSum: _named_operator("sum"),
    SoftmaxMean: _named_operator("sum"),
    MapSetSum: _named_operator("sum"),
    SetMax: _named_operator("max"),
    SetMin: _named_operator("min"),
    Oscillation: _named_operator("osc"),
    LogSumExp: _named_operator("log_sum"),
    Softmax: _write_softmax,
    Diameter: _write_diameter,
    Cardinality: lambda on, expr: Piece(on.style.fence("size", on.text(expr.args[0]))),
    ForAll: _write_quantifier,
    Exists: _write_quantifier,
    Equal: _relation("equal"),
    AtMost: _relation("at_most"),
    Less: _relation("less"),
    NonEmpty: _state_of_set("inhabited"),
    Empty: _state_of_set("empty"),
}
