"""Edits of a stored proof: every field in turn, and forgeries that keep the file consistent."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
SWAPS = {"le": "lt", "lt": "le", "eq": "le", "all": "exists", "exists": "all", "add": "mul",
         "mul": "add", "sum": "max", "max": "sum", "exp": "log", "log": "exp",
         "nonempty": "empty", "empty": "nonempty", "assume": "weaken", "bound": "exact",
         "exact": "bound", "generalize": "specialize", "specialize": "generalize"}  # fmt: skip
NAN, INFINITY = float("nan"), float("inf")


@dataclass(frozen=True)
class Edit:
    """What was done, where, and the edited file."""

    what: str
    where: Path
    data: Any

    def __str__(self) -> str:
        return f"{self.what} at {'/'.join(map(str, self.where)) or 'the top'}"


def places(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a JSON document with the path to it, the document itself first."""
    yield path, data
    if isinstance(data, dict):
        for key in data:
            yield from places(data[key], (*path, key))
    elif isinstance(data, list):
        for position, item in enumerate(data):
            yield from places(item, (*path, position))


def changed(data: Any, path: Path, value: Any) -> Any:
    """The document with one value replaced; nothing else is copied or shared."""
    if not path:
        return value
    result = copy.deepcopy(data)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return result


def of_number(value: int) -> Iterator[tuple[str, Any]]:
    yield "next number", value + 1
    yield "previous number", value - 1
    yield "huge number", 10**400
    yield "number as text", str(value)
    yield "number as float", float(value)
    yield "number as truth value", bool(value)
    yield "number left out", None


def of_text(value: str) -> Iterator[tuple[str, Any]]:
    yield "text renamed", f"{value}'"
    yield "text emptied", ""
    yield "text as list", [value]
    yield "text left out", None
    if value in SWAPS:
        yield "operator or rule exchanged", SWAPS[value]
    if value.lstrip("-").replace("/", "").isdigit():
        yield "constant raised", f"{int(value.split('/')[0]) + 1}"
        yield "constant negated", value[1:] if value.startswith("-") else f"-{value}"
        yield "constant in other digits", f"0{value}"
        yield "constant as number", 1
        yield "constant NaN", NAN
        yield "constant over zero", "1/0"
        yield "constant not reduced", "2/2"
        yield "constant huge", "9" * 5000


def of_list(value: list[Any]) -> Iterator[tuple[str, Any]]:
    for position in range(len(value)):
        yield f"item {position} dropped", value[:position] + value[position + 1 :]
        yield f"item {position} twice", [*value[: position + 1], *value[position:]]
        if position + 1 < len(value):
            swapped = list(value)
            swapped[position : position + 2] = swapped[position : position + 2][::-1]
            yield f"items {position} and next exchanged", swapped
    yield "list reversed", value[::-1]
    yield "list emptied", []
    yield "something appended", [*value, 0]
    yield "list wrapped", [value]
    yield "list as text", json.dumps(value)
    yield "list as object", dict(enumerate(map(str, value)))


def of_object(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in value:
        yield f"{key} dropped", {name: item for name, item in value.items() if name != key}
        yield (
            f"{key} renamed",
            {(f"{key}s" if name == key else name): item for name, item in value.items()},
        )
    yield "extra key", {**value, "extra": 1}
    yield "object as list", list(value.items())


def edits(data: dict[str, Any]) -> Iterator[Edit]:
    """Every edit of every field; one that changes nothing is left out."""
    kinds: dict[type, Callable[[Any], Iterator[tuple[str, Any]]]] = {
        int: of_number, str: of_text, list: of_list, dict: of_object}  # fmt: skip
    for path, value in places(data):
        for what, replacement in kinds[type(value)](value):
            if same(value, replacement):
                continue
            yield Edit(what, path, changed(data, path, replacement))


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same file; keys of objects have no order, floats differ."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def moved(value: Any, kind: str, places_now: Callable[[int], int]) -> Any:
    """The document with every reference {kind: n} pointing to another row."""
    if isinstance(value, list):
        return [moved(item, kind, places_now) for item in value]
    if isinstance(value, dict):
        return {
            key: places_now(item) if key == kind else moved(item, kind, places_now)
            for key, item in value.items()
        }
    return value


def permuted(data: dict[str, Any], order: list[int]) -> dict[str, Any]:
    """The same proof with the rows of its term table in another order, all references moved."""
    place = {old: new for new, old in enumerate(order)}
    turned = moved(data, "term", place.__getitem__)
    return {**turned, "terms": [turned["terms"][old] for old in order]}


def with_step(data: dict[str, Any], position: int, step: dict[str, Any]) -> dict[str, Any]:
    """The same proof with one more step at a position, all references moved."""
    later = moved(data, "step", lambda number: number + (number >= position))
    return {**later, "steps": [*later["steps"][:position], step, *later["steps"][position:]]}


def nested(depth: int) -> list[Any]:
    """A list in a list, this many times."""
    result: list[Any] = []
    for _ in range(depth):
        result = [result]
    return result
