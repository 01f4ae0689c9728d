"""How sets, indices, index maps and linear maps are written."""

from __future__ import annotations

from sympy import Basic

from derivations.language.declarations import Member, Signature, Subset, codomain
from derivations.language.linear import (
    Apply,
    Composition,
    Identity,
    MapSum,
    NamedMap,
    Outer,
    ProjectionOff,
    Scaled,
    Transpose,
)
from derivations.language.printing.layout import Layout, Level, Piece, Writer
from derivations.language.printing.numbers import signed
from derivations.language.sets import (
    Bound,
    Difference,
    Fibre,
    Index,
    IndexMap,
    IndexSet,
    MapValue,
    Range,
    Singleton,
    Union,
    known_disjoint,
)


def _write_name(on: Layout, expr: Basic) -> Piece:
    return Piece(on.style.name(expr.name))


def _write_union(on: Layout, expr: Union) -> Piece:
    left, right = expr.args
    first = on.text(left, Level.CLAIM if isinstance(left, Union) else Level.ATOM)
    return Piece(first + on.style.marks["union"] + on.text(right, Level.ATOM), Level.SUM)


def _write_difference(on: Layout, expr: Difference) -> Piece:
    left, right = (on.text(one, Level.ATOM) for one in expr.args)
    return Piece(left + on.style.marks["minus"] + right, Level.SUM)


def _write_fibre(on: Layout, expr: Fibre) -> Piece:
    index_map, value = expr.args
    return Piece(on.style.preimage(on.style.name(index_map.name), on.text(value)))


def _write_range(on: Layout, expr: Range) -> Piece:
    (index_map,) = expr.args
    return Piece(f"{on.style.name(index_map.name)}({on.text(index_map.source)})")


def _write_map_value(on: Layout, expr: MapValue) -> Piece:
    return Piece(f"{on.style.name(expr.map.name)}({on.text(expr.argument)})")


def _write_signature(on: Layout, expr: Signature) -> Piece:
    marks, parts = on.style.marks, codomain(expr.map)
    apart = all(known_disjoint(one, two) for n, one in enumerate(parts) for two in parts[:n])
    texts = [on.text(one, Level.ATOM if len(parts) > 1 else Level.CLAIM) for one in parts]
    image = marks["union" if apart else "cup"].join(texts)
    name = on.style.name(expr.map.name)
    return Piece(name + marks["from"] + on.text(expr.map.source) + marks["to"] + image, Level.CLAIM)


def _between(mark: str) -> Writer:
    def write(on: Layout, expr: Basic) -> Piece:
        left, right = map(on.text, expr.args)
        return Piece(left + on.style.marks[mark] + right, Level.CLAIM)

    return write


def _write_apply(on: Layout, expr: Apply) -> Piece:
    linear_map, vector = expr.args
    least = Level.PRODUCT if isinstance(vector, Apply) else Level.POWER
    map_text = on.text(linear_map, Level.POWER)
    return Piece(on.style.apply_map(map_text, on.text(vector, least)), Level.PRODUCT)


def _write_transpose(on: Layout, expr: Transpose) -> Piece:
    return Piece(on.style.transposed(on.base(expr.args[0])), Level.POWER)


def _write_composition(on: Layout, expr: Composition) -> Piece:
    left, right = expr.args
    first = on.text(left, Level.PRODUCT if isinstance(left, Composition) else Level.POWER)
    return Piece(on.style.apply_map(first, on.text(right, Level.POWER)), Level.PRODUCT)


def _write_map_sum(on: Layout, expr: MapSum) -> Piece:
    left, right = expr.args
    sign = "plus"
    if isinstance(right, Scaled) and right.args[0] == -1:
        right, sign = right.args[1], "subtract"
    text = on.text(left, Level.SUM) + on.style.marks[sign] + on.text(right, Level.PRODUCT)
    return Piece(text, Level.SUM)


def _write_scaled(on: Layout, expr: Scaled) -> Piece:
    factor, linear_map = expr.args
    negative, piece = signed(on, factor)
    text = held = on.text(linear_map, Level.POWER)
    if factor != -1:
        text = on.style.product([on.hold(piece, Level.PRODUCT, False), held])
    if negative:
        return Piece(on.style.marks["negative"] + text, Level.SUM)
    return Piece(text, Level.PRODUCT)


def _write_outer(on: Layout, expr: Outer) -> Piece:
    left, right = expr.args
    right_text = on.style.transposed(on.base(right))
    return Piece(on.style.apply_map(on.text(left, Level.POWER), right_text), Level.PRODUCT)


SPACE_WRITERS: dict[type, Writer] = {
    Index: _write_name,
    IndexMap: _write_name,
    IndexSet: _write_name,
    NamedMap: _write_name,
    Bound: lambda on, expr: Piece(on.name_of(expr)),
    MapValue: _write_map_value,
    Union: _write_union,
    Difference: _write_difference,
    Singleton: lambda on, expr: Piece(on.style.fence("set", on.text(expr.args[0]))),
    Fibre: _write_fibre,
    Member: _between("member"),
    Subset: _between("subset"),
    Signature: _write_signature,
    Range: _write_range,
    Apply: _write_apply,
    Transpose: _write_transpose,
    Composition: _write_composition,
    MapSum: _write_map_sum,
    Scaled: _write_scaled,
    Outer: _write_outer,
    ProjectionOff: lambda on, expr: Piece(on.style.projection(on.base(expr.args[0]))),
    Identity: lambda on, expr: Piece(on.style.marks["identity"]),
}
