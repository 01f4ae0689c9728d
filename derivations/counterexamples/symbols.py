"""The symbols of a statement, each with a label under which an instance stores its data.

Two symbols are the same when the kernel would read them as the same: numbers and families by
name, sets by name and declaration.  Different symbols with one name get labels N, N′, N″.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from sympy import Add, Basic, Mul, Symbol

from derivations.language.binders import Binder
from derivations.language.definitions import Softmax
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import NamedMap
from derivations.language.sets import (
    Difference,
    Fibre,
    Index,
    IndexMap,
    IndexSet,
    MapValue,
    Singleton,
    Union,
    WinnerMap,
)


class Kind(Enum):
    """What a cell of an instance holds."""

    NUMBER = "number"
    ENTRY = "family of numbers"
    VECTOR = "vector"
    VECTOR_ENTRY = "family of vectors"
    LINEAR_MAP = "linear map"

    @property
    def is_number(self) -> bool:
        """Whether one fraction fills the cell."""
        return self in (Kind.NUMBER, Kind.ENTRY)


_KINDS: tuple[tuple[type[Basic], Kind], ...] = (
    (Symbol, Kind.NUMBER),
    (Entry, Kind.ENTRY),
    (Vector, Kind.VECTOR),
    (VectorEntry, Kind.VECTOR_ENTRY),
    (NamedMap, Kind.LINEAR_MAP),
)
Bases = frozenset[str]


class Symbols:
    """Everything that an instance of a statement must give a value to.

    Attributes (each by label, in an order in which later ones depend on earlier ones only):
        sets, maps, indices: the symbols of the language.
        kinds: what the cells of a label hold.
        places: for a label, the tuples of base sets over which its family is indexed.
    """

    def __init__(self, parts: Iterable[Basic]) -> None:
        self.sets: dict[str, IndexSet] = {}
        self.maps: dict[str, IndexMap] = {}
        self.indices: dict[str, Index] = {}
        self.kinds: dict[str, Kind] = {}
        self.places: dict[str, set[tuple[Bases, ...]]] = {}
        self._labels: dict[tuple[object, ...], str] = {}
        for part in parts:
            self._visit(part, {})

    @property
    def has_vectors(self) -> bool:
        """Whether the dimension matters."""
        return any(not kind.is_number for kind in self.kinds.values())

    def label(self, symbol: Basic) -> str:
        """The label of a symbol of the statement."""
        return self._labels[_identity(symbol)]

    def _add(self, symbol: Basic, taken: Mapping[str, object]) -> tuple[str, bool]:
        """The label of `symbol` and whether it is new."""
        identity = _identity(symbol)
        if identity in self._labels:
            return self._labels[identity], False
        label = str(symbol.name)
        while label in taken:
            label += "′"
        self._labels[identity] = label
        return label, True

    def _visit(self, node: Basic, scope: Mapping[Basic, Bases]) -> None:
        if isinstance(node, Binder):
            domain = node.domain
            self._visit(domain, scope)
            inside = {**scope, node.bound: self._bases(domain, scope)}
            for body in node.args[: node.bodies]:
                self._visit(body, inside)
            for rest in node.args[node.bodies + 2 :]:
                self._visit(rest, scope)
            if isinstance(node, Softmax):  # the logit is taken there, member of the set or not
                self._visit(node.body, {**scope, node.bound: self._home(node.at, scope)})
        elif isinstance(node, IndexSet):
            if node.parent is not None:
                self._visit(node.parent, scope)
            label, new = self._add(node, self.sets)
            if new or node.nonempty:
                self.sets[label] = node
        elif isinstance(node, IndexMap):
            self._visit_map(node, scope)
        elif isinstance(node, Index):
            if node.domain is not None:
                self._visit(node.domain, scope)
                label, new = self._add(node, self.indices)
                if new:
                    self.indices[label] = node
        else:
            for part in ordered(node):
                self._visit(part, scope)
            for cls, kind in _KINDS:
                if isinstance(node, cls):
                    self._visit_cell(node, kind, scope)

    def _visit_map(self, node: IndexMap, scope: Mapping[Basic, Bases]) -> None:
        self._visit(node.source, scope)
        inside = {**scope, node.args[2]: self._bases(node.source, scope)}
        self._visit(node.args[3], inside)
        if isinstance(node, WinnerMap):
            group = self._bases(node.args[3], inside)
            self._visit(node.args[5], {**scope, node.args[4]: group})
        label, new = self._add(node, self.maps)
        if new:
            self.maps[label] = node

    def _visit_cell(self, node: Basic, kind: Kind, scope: Mapping[Basic, Bases]) -> None:
        label, _ = self._add(node, self.kinds)
        self.kinds[label] = kind
        indices = node.indices if isinstance(node, Entry | VectorEntry) else ()
        place = tuple(self._home(one, scope) for one in indices)
        self.places.setdefault(label, set()).add(place)

    def _home(self, element: Basic, scope: Mapping[Basic, Bases]) -> Bases:
        """The named sets in which the element may lie."""
        if isinstance(element, MapValue):
            index_map = element.map
            argument = self._home(element.argument, scope)
            return self._bases(index_map.args[3], {**scope, index_map.args[2]: argument})
        if isinstance(element, Index) and element.domain is not None:
            return self._bases(element.domain, scope)
        return scope[element]

    def _bases(self, domain: Basic, scope: Mapping[Basic, Bases]) -> Bases:
        """The named sets whose tokens the set may have."""
        if isinstance(domain, IndexSet):
            return frozenset([self.label(domain)])
        if isinstance(domain, Union):
            return frozenset().union(*(self._bases(one, scope) for one in domain.args))
        if isinstance(domain, Singleton):
            return self._home(domain.args[0], scope)
        if isinstance(domain, Difference):
            return self._bases(domain.args[0], scope)
        if isinstance(domain, Fibre):
            return self._bases(domain.args[0].source, scope)
        index_map = domain.args[0]  # a Range
        source = self._bases(index_map.source, scope)
        return self._bases(index_map.args[3], {**scope, index_map.args[2]: source})


def ordered(node: Basic) -> list[Basic]:
    """The arguments; those of sums and products in an order that no hash can change."""
    if isinstance(node, Add | Mul):
        return sorted(node.args, key=lambda one: one.sort_key())
    return list(node.args)


def _identity(symbol: Basic) -> tuple[object, ...]:
    if isinstance(symbol, IndexSet):
        return IndexSet, symbol.name, symbol.group, symbol.parent
    if isinstance(symbol, IndexMap):
        return IndexMap, symbol.name, symbol.source, symbol.args[3]
    if isinstance(symbol, Index):
        return Index, symbol.name, symbol.domain
    for cls, kind in _KINDS:
        if isinstance(symbol, cls):
            return kind, str(symbol.name)
    raise TypeError(f"{symbol!r} is not a symbol")
