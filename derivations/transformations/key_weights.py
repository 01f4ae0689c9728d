"""Read the effective keys as key weights: k_{w(j)} = W_K e_{w(j)} is W′ e_j."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Basic, Expr

from derivations.language.binders import exact
from derivations.language.definitions import placeholder
from derivations.language.errors import LanguageError
from derivations.language.families import VectorEntry
from derivations.language.linear import Apply, LinearMap
from derivations.language.printing import unicode_text
from derivations.language.propositions import Proposition, equal, for_all
from derivations.language.sets import IndexMap, MapValue
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.structure import nodes, rewrite


@dataclass(frozen=True)
class KeyWeights(Transformation):
    """Put W′e_j for the key of the token that a map sends j to (see `key_weights`)."""

    weights: LinearMap
    keys: LinearMap | Callable[[Basic], Expr]
    entities: Callable[[Basic], Expr]
    map: IndexMap | None = None

    def __str__(self) -> str:
        return f"key_weights({unicode_text(self.weights)})"

    def next_line(self, expression: Expr) -> NextLine:
        """Every key at w(j), as W′ applied to the entity of j."""
        found: list[tuple[MapValue, Expr]] = []

        def rule(node: Expr) -> Expr | None:
            if not isinstance(node, VectorEntry | Apply):
                return None
            for value in _map_values(node):
                wanted = self.map is None or value.map == self.map
                if wanted and node == self._key(value):
                    found.append((value, node))
                    return self.weights(exact(self.entities(value.argument)))
            return None

        new = rewrite(expression, rule)
        if not found:
            seen = {node for node in nodes(expression) if isinstance(node, VectorEntry | Apply)}
            shown = ", ".join(sorted(map(str, seen))) or "no vectors"
            own = self._key(placeholder("l"))
            raise self.refuse(expression, f"keys like {own} at an index l = w(j) and found {shown}")
        because = f"the effective keys are those of the key weights {unicode_text(self.weights)}"
        return self.equals(new, because, [self._hypothesis(value.map) for value, _ in found])

    def _key(self, at: MapValue) -> Expr:
        if isinstance(self.keys, LinearMap):
            return self.keys(exact(self.entities(at)))
        return exact(self.keys(at))

    def _hypothesis(self, index_map: IndexMap) -> Proposition:
        """∀j: W′ e_j = k_{w(j)}."""
        j = placeholder("j")
        claim = equal(self.weights(exact(self.entities(j))), self._key(index_map(j)))
        return for_all(j, index_map.source, claim)


def _map_values(expr: Basic) -> list[MapValue]:
    own = [expr] if isinstance(expr, MapValue) else []
    return own + [one for part in expr.args for one in _map_values(part)]


def key_weights(
    weights: LinearMap,
    keys: LinearMap | Callable[[Basic], Expr],
    entities: Callable[[Basic], Expr],
    *,
    map: IndexMap | None = None,
) -> KeyWeights:
    """Put W′e_j for k_{w(j)}, where W′e_j = k_{w(j)} for all j (the hypothesis of the step).

    `keys` is W_K, for keys W_K e_j, or the family k; `entities` is the family e; `map` picks one
    map w where keys at several are in the line.
    """
    if not isinstance(weights, LinearMap):
        raise LanguageError(f"key_weights: {weights!r} is not a linear map; use linear_map")
    return KeyWeights(weights, keys, entities, map)
