"""One concrete world: finite sets of tokens, maps between them, exact numbers and vectors.

An instance says nothing about truth; `evaluate` reads a statement in it.  Every number is a
fraction, so an instance is exact and its JSON form is too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Token = tuple[str, int]
Vector = tuple[Fraction, ...]
Matrix = tuple[Vector, ...]
Value = Fraction | Vector | Matrix
Cell = tuple[Any, ...]
"""A label, then the tokens at which the family is taken: ("s", ("F", 1)) is s_{F1}."""


class InstanceError(ValueError):
    """An instance that cannot be read, or that lacks what a statement needs."""


@dataclass(frozen=True)
class Instance:
    """Data for every symbol of a statement.

    Attributes:
        dimension: length of every vector; linear maps are square matrices of that size.
        sets: the members of every named set, by its label.
        maps: the value of every index map at every member of its source.
        indices: the token that each free index stands for.
        values: a Fraction (numbers), a tuple of Fractions (vectors) or a tuple of rows (linear
            maps) for every cell; a cell is a label followed by its tokens.
    """

    dimension: int = 1
    sets: Mapping[str, tuple[Token, ...]] = field(default_factory=dict)
    maps: Mapping[str, Mapping[Token, Token]] = field(default_factory=dict)
    indices: Mapping[str, Token] = field(default_factory=dict)
    values: Mapping[Cell, Value] = field(default_factory=dict)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Every token of every set, each once, in order of first occurrence."""
        return tuple(dict.fromkeys(token for members in self.sets.values() for token in members))

    def to_json(self) -> dict[str, Any]:
        """A JSON value from which `from_json` rebuilds the same instance."""
        separator = _separator(self.sets)
        values: dict[str, Any] = {}
        for (label, *tokens), value in self.values.items():
            if tokens:
                at = ";".join(token_text(token, separator) for token in tokens)
                values.setdefault(label, {})[at] = _value_to_json(value)
            else:
                values[label] = _value_to_json(value)
        return {
            "dimension": self.dimension,
            "sets": {
                label: [token_text(token, separator) for token in members]
                for label, members in self.sets.items()
            },
            "maps": {
                label: {
                    token_text(token, separator): token_text(image, separator)
                    for token, image in graph.items()
                }
                for label, graph in self.maps.items()
            },
            "indices": {
                label: token_text(token, separator) for label, token in self.indices.items()
            },
            "values": values,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Instance:
        """Raises InstanceError, naming the part that cannot be read."""
        if not isinstance(data, Mapping) or "sets" not in data:
            raise InstanceError(
                'an instance is an object with "dimension", "sets", "maps", "indices" and '
                '"values", as Instance.to_json writes it'
            )
        dimension = data.get("dimension", 1)
        if not isinstance(dimension, int) or isinstance(dimension, bool) or dimension < 1:
            raise InstanceError(f'"dimension" is {dimension!r}; it must be a positive integer')
        for key in ("sets", "maps", "indices", "values"):
            if not isinstance(data.get(key, {}), Mapping):
                raise InstanceError(f'"{key}" is {data[key]!r}; it must be an object')
        separator = _separator(data["sets"])

        def token(text: object) -> Token:
            return _token_from_text(text, separator)

        for label, texts in data["sets"].items():
            if not isinstance(texts, list | tuple):
                raise InstanceError(f"the set {label} is {texts!r}; give the list of its tokens")
        sets = {label: tuple(map(token, texts)) for label, texts in data["sets"].items()}
        known = {one for members in sets.values() for one in members}

        def member(text: object) -> Token:
            found = token(text)
            if found not in known:
                raise InstanceError(f"the token {text!r} is in none of the sets")
            return found

        for label, members in sets.items():
            if len(set(members)) != len(members):
                raise InstanceError(f"a token occurs twice in the set {label}")
        for label, graph in data.get("maps", {}).items():
            if not isinstance(graph, Mapping):
                raise InstanceError(f"the map {label} is {graph!r}; give the token for each token")
        values: dict[Cell, Value] = {}
        for label, entry in data.get("values", {}).items():
            if isinstance(entry, Mapping):
                for at, value in entry.items():
                    cell = (label, *map(member, at.split(";")))
                    values[cell] = _value_from_json(value, dimension, f"{label}[{at}]")
            else:
                values[(label,)] = _value_from_json(entry, dimension, label)
        return cls(
            dimension=dimension,
            sets=sets,
            maps={
                label: {member(one): member(image) for one, image in graph.items()}
                for label, graph in data.get("maps", {}).items()
            },
            indices={label: member(one) for label, one in data.get("indices", {}).items()},
            values=values,
        )


def token_text(token: Token, separator: str = "") -> str:
    """F1 for the first token of F."""
    name, number = token
    return f"{name}{separator}{number}"


def _separator(labels: Any) -> str:
    """Nothing, unless a set's name ends in a digit: then N1 could be read in two ways."""
    return ":" if any(label[-1:].isdigit() for label in labels) else ""


def _token_name(text: object) -> str:
    return text.rstrip("0123456789") if isinstance(text, str) else ""


def _token_from_text(text: object, separator: str) -> Token:
    if isinstance(text, str):
        if separator and separator in text:
            name, _, digits = text.rpartition(separator)
        else:
            name = _token_name(text)
            digits = text[len(name) :]
        if name and digits.isdigit():
            return name, int(digits)
    raise InstanceError(f"{text!r} is not a token; write a set's name and a number, as in F1")


def _value_to_json(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_value_to_json(one) for one in value]
    return str(value)


def _value_from_json(value: Any, dimension: int, where: str, depth: int = 0) -> Any:
    if isinstance(value, list | tuple):
        if depth == 2:
            raise InstanceError(f"{where} is nested deeper than a matrix")
        parts = tuple(_value_from_json(one, dimension, where, depth + 1) for one in value)
        if len(parts) != dimension:
            raise InstanceError(
                f"{where} has {len(parts)} components; the dimension is {dimension}"
            )
        return parts
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            pass
    raise InstanceError(f'{where} is {value!r}; write a fraction as a string, such as "1/4"')
