"""From an instance that breaks a claim to a small one: fewer tokens first, then simpler numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from derivations.counterexamples.choices import VALUES
from derivations.counterexamples.instance import Cell, Instance, Token, Value

RANK = {value: at for at, value in enumerate(VALUES)}
Cost = tuple[int, int, int, int]


def cost(instance: Instance) -> Cost:
    """Tokens, dimension, how complicated the numbers are, how many of them differ from 0."""
    numbers = [number for value in instance.values.values() for number in _flat(value)]
    return (
        len(instance.tokens) + sum(map(len, instance.sets.values())),
        instance.dimension,
        sum(map(_rank, numbers)),
        sum(number != 0 for number in numbers),
    )


def shrink(
    instance: Instance,
    accept: Callable[[Instance], Instance | None],
    rank: Callable[[Instance], tuple[Any, ...]],
    more_time: Callable[[], bool],
) -> Instance:
    """The smallest instance that `accept` lets through.

    `accept` may repair what it is given, and answers None where the claim survives.  A repaired
    instance counts only if it is smaller than the best one so far.
    """

    def order(one: Instance) -> tuple[Any, ...]:
        return (*rank(one), *_choices(one))

    best = instance
    improved = True
    while improved and more_time():
        improved = False
        for smaller in (
            _renumbered,
            _fewer_tokens,
            _lower_dimension,
            _simpler_maps,
            _simpler_numbers,
        ):
            found = _descend(best, smaller, accept, order, more_time)
            improved = improved or found is not best
            best = found
    return best


def _descend(
    best: Instance,
    smaller: Callable[[Instance], Iterator[Instance]],
    accept: Callable[[Instance], Instance | None],
    order: Callable[[Instance], tuple[Any, ...]],
    more_time: Callable[[], bool],
) -> Instance:
    again = True
    while again:
        again = False
        for attempt in smaller(best):
            if not more_time():
                return best
            found = accept(attempt)
            if found is not None and order(found) < order(best):
                best, again = found, True
                break
    return best


def _choices(instance: Instance) -> tuple[Any, ...]:
    """Token numbers, then the maps and the indices: first tokens are the simplest."""
    graphs = (sorted(graph.items()) for graph in instance.maps.values())
    return sorted(instance.tokens), list(graphs), list(instance.indices.items())


# ---- steps ---------------------------------------------------------------------------------


def _renumbered(instance: Instance) -> Iterator[Instance]:
    """The same with every set's own tokens numbered from 1."""
    counts: dict[str, int] = {}
    new: dict[Token, Token] = {}
    for token in instance.tokens:
        counts[token[0]] = counts.get(token[0], 0) + 1
        new[token] = (token[0], counts[token[0]])
    if any(old != fresh for old, fresh in new.items()):
        yield Instance(
            instance.dimension,
            {label: tuple(map(new.__getitem__, one)) for label, one in instance.sets.items()},
            {
                label: {new[token]: new[image] for token, image in graph.items()}
                for label, graph in instance.maps.items()
            },
            {label: new[token] for label, token in instance.indices.items()},
            {
                (label, *map(new.__getitem__, tokens)): value
                for (label, *tokens), value in instance.values.items()
            },
        )


def _fewer_tokens(instance: Instance) -> Iterator[Instance]:
    """Without one token everywhere, or without it in one of several sets."""
    for token in reversed(instance.tokens):
        yield from _without(instance, token)
    for label, members in instance.sets.items():
        for token in members:
            if sum(token in others for others in instance.sets.values()) > 1:
                kept = tuple(one for one in members if one != token)
                yield Instance(
                    instance.dimension,
                    {**instance.sets, label: kept},
                    instance.maps,
                    instance.indices,
                    instance.values,
                )


def _without(instance: Instance, token: Token) -> Iterator[Instance]:
    sets = {
        label: tuple(one for one in members if one != token)
        for label, members in instance.sets.items()
    }
    homes = [label for label, members in instance.sets.items() if token in members]
    heirs = list(dict.fromkeys(one for label in homes for one in sets[label]))
    values = {cell: value for cell, value in instance.values.items() if token not in cell[1:]}
    aimed = token in instance.indices.values() or any(
        image == token for graph in instance.maps.values() for image in graph.values()
    )
    for heir in heirs if aimed else [token]:
        yield Instance(
            instance.dimension,
            sets,
            {
                label: {
                    one: heir if image == token else image
                    for one, image in graph.items()
                    if one != token
                }
                for label, graph in instance.maps.items()
            },
            {label: heir if one == token else one for label, one in instance.indices.items()},
            values,
        )


def _lower_dimension(instance: Instance) -> Iterator[Instance]:
    if instance.dimension > 1:
        for kept in range(instance.dimension):
            values: dict[Cell, Value] = {}
            for cell, value in instance.values.items():
                values[cell] = _component(value, kept) if isinstance(value, tuple) else value
            yield Instance(1, instance.sets, instance.maps, instance.indices, values)


def _component(value: Any, kept: int) -> Value:
    part = value[kept]
    return ((part[kept],),) if isinstance(part, tuple) else (part,)


def _simpler_maps(instance: Instance) -> Iterator[Instance]:
    for label, graph in instance.maps.items():
        images = sorted(set(graph.values()), key=str)
        for token, image in graph.items():
            for other in images[: images.index(image)]:
                maps = {**instance.maps, label: {**graph, token: other}}
                yield Instance(
                    instance.dimension, instance.sets, maps, instance.indices, instance.values
                )


def _simpler_numbers(instance: Instance) -> Iterator[Instance]:
    zero = Fraction(0)
    labels = dict.fromkeys(cell[0] for cell in instance.values)
    for label in labels:
        cells = [cell for cell in instance.values if cell[0] == label]
        if len(cells) > 1 or isinstance(instance.values[cells[0]], tuple):
            yield _with(instance, {cell: _map(instance.values[cell], zero) for cell in cells})
    yield from _shifted(instance)
    for cell, value in instance.values.items():
        flat = list(_flat(value))
        for at, number in enumerate(flat):
            for simpler in _simpler(number):
                parts = iter([*flat[:at], simpler, *flat[at + 1 :]])
                yield _with(instance, {cell: _rebuild(value, parts)})


def _shifted(instance: Instance) -> Iterator[Instance]:
    """Families moved so that one member is 0, or scaled so that one number is 1."""
    for label in dict.fromkeys(cell[0] for cell in instance.values if len(cell) > 1):
        family = {
            cell: list(_flat(one)) for cell, one in instance.values.items() if cell[0] == label
        }
        for origin in family.values():
            if any(origin):
                moved = {
                    cell: _rebuild(
                        instance.values[cell],
                        iter([x - y for x, y in zip(numbers, origin, strict=True)]),
                    )
                    for cell, numbers in family.items()
                }
                yield _with(instance, moved)
        for unit in sorted({one for numbers in family.values() for one in numbers if one}):
            scaled = {
                cell: _rebuild(instance.values[cell], iter([x / unit for x in numbers]))
                for cell, numbers in family.items()
            }
            yield _with(instance, scaled)


def _with(instance: Instance, values: dict[Cell, Value]) -> Instance:
    return Instance(
        instance.dimension,
        instance.sets,
        instance.maps,
        instance.indices,
        {**instance.values, **values},
    )


def _simpler(number: Fraction) -> Iterator[Fraction]:
    rank = _rank(number)
    if rank == 0:
        return
    nearest = Fraction(round(number))
    quarter = Fraction(round(number * 4), 4)
    for value in dict.fromkeys((*VALUES[:5], nearest, quarter, -number)):
        if _rank(value) < rank:
            yield value


def _rank(number: Fraction) -> int:
    found = RANK.get(number)
    if found is not None:
        return found
    return len(VALUES) + abs(number.numerator).bit_length() + 4 * number.denominator.bit_length()


def _flat(value: Any) -> Iterator[Fraction]:
    if isinstance(value, tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _map(value: Any, number: Fraction) -> Any:
    if isinstance(value, tuple):
        return tuple(_map(part, number) for part in value)
    return number


def _rebuild(value: Any, parts: Iterator[Fraction]) -> Any:
    if isinstance(value, tuple):
        return tuple(_rebuild(part, parts) for part in value)
    return next(parts)
