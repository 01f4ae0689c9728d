"""Instances that satisfy a statement's hypotheses, constructed rather than filtered.

First the combinatorial part is drawn (sizes, subsets, overlaps, maps, free indices) until every
hypothesis about sets alone holds; then numbers from a small palette; then `repair` solves each
remaining hypothesis for data that can absorb it.  What cannot be solved is given up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from derivations.counterexamples.arithmetic import (
    Balls,
    NeedsPrecision,
    Undefined,
    precision,
    to_fraction,
)
from derivations.counterexamples.choices import (
    PALETTES,
    SMALL_PALETTES,
    VALUES,
    Choices,
    DrawnChoices,
    pick,
)
from derivations.counterexamples.evaluate import Compiled, every
from derivations.counterexamples.instance import Cell, Instance, Token, Value
from derivations.counterexamples.repair import repair
from derivations.counterexamples.symbols import Kind, Symbols
from derivations.counterexamples.world import World
from derivations.language.propositions import Empty, Exists, NonEmpty
from derivations.language.sets import Index, IndexSet, WinnerMap, known_disjoint, known_subset

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

BITS = 64
ATTEMPTS = 12
_SIZES = (1, 2, 0, 1, 2, 3, 4)
_SMALL_SIZES = (1, 0, 1, 2)


def drawn_instances(compiled: Compiled) -> SearchStrategy[Instance]:
    """A Hypothesis strategy for instances; draws that cannot meet the hypotheses are rejected."""
    from hypothesis import reject, strategies

    @strategies.composite
    def drawn(draw: Any) -> Instance:
        found = generate(compiled, DrawnChoices(draw))
        if found is None:
            reject()
        return found

    return drawn()


def generate(compiled: Compiled, choices: Choices, small: bool = False) -> Instance | None:
    """One instance; None where the hypotheses could not be met.

    `small` keeps to dimension 1, sets of at most two tokens and five values.
    """
    skeleton = _skeleton(compiled, choices, small)
    if skeleton is None:
        return None
    values = _values(compiled.symbols, skeleton, choices, small)
    raw = Instance(skeleton.dimension, skeleton.sets, skeleton.maps, skeleton.indices, values)
    return repaired(compiled, raw, choices)


def repaired(
    compiled: Compiled, instance: Instance, choices: Choices, tighten: bool | None = None
) -> Instance | None:
    """The instance with its data changed until every hypothesis holds; None if they resist.

    `tighten` makes those that hold already hold just so (None: leave that to the choices).
    """
    if not compiled.hypotheses:
        return instance
    with precision(BITS):
        w = compiled.world(instance, Balls(), BITS)
        if not repair(compiled, w, choices, tighten):
            return None
        values: dict[Cell, Value] = {cell: _exact(value) for cell, value in w.cells.items()}
    return Instance(instance.dimension, instance.sets, w.maps, instance.indices, values)


def _exact(value: Any) -> Any:
    return tuple(map(_exact, value)) if isinstance(value, tuple) else to_fraction(value)


# ---- sets, maps, indices -------------------------------------------------------------------


def _skeleton(compiled: Compiled, choices: Choices, small: bool) -> Instance | None:
    """Sets, maps and indices for which every hypothesis about them alone holds."""
    combinatorial = [one for one in compiled.hypotheses if not one.cells]
    bounds = _size_bounds(compiled)
    for _ in range(ATTEMPTS):
        found = _draw_skeleton(compiled, bounds, choices, small)
        if found is None:
            continue
        try:
            with precision(BITS):
                w = compiled.world(found, Balls(), BITS)
                env = compiled.environment()
                if every(one.condition.holds(w, env) for one in combinatorial):
                    return found
        except (Undefined, NeedsPrecision):
            continue
    return None


def _size_bounds(compiled: Compiled) -> dict[str, tuple[int, int]]:
    """What the hypotheses say directly about the size of each named set."""
    symbols = compiled.symbols
    bounds = {label: (0, 4) for label in symbols.sets}
    inhabited = [one.domain for one in symbols.indices.values()]
    for one in compiled.hypotheses:
        claim = one.source
        if isinstance(claim, Exists):
            inhabited.append(claim.domain)
        elif isinstance(claim, NonEmpty):
            inhabited.append(claim.args[0])
        elif isinstance(claim, Empty) and isinstance(claim.args[0], IndexSet):
            bounds[symbols.label(claim.args[0])] = (0, 0)
    for domain in inhabited:
        while isinstance(domain, IndexSet):
            label = symbols.label(domain)
            bounds[label] = (1, bounds[label][1])
            domain = domain.parent
    return bounds


def _draw_skeleton(
    compiled: Compiled, bounds: dict[str, tuple[int, int]], choices: Choices, small: bool
) -> Instance | None:
    symbols = compiled.symbols
    dimension = 1 + choices.below(2) if symbols.has_vectors and not small else 1
    sets: dict[str, tuple[Token, ...]] = {}
    maps: dict[str, dict[Token, Token]] = {}
    indices: dict[str, Token] = {}
    w = compiled.world(Instance(dimension, sets, maps, indices), Balls(), BITS)
    w.sets, w.maps, w.indices = sets, maps, indices
    try:
        if not _draw_declared(compiled, w, bounds, _SMALL_SIZES if small else _SIZES, choices):
            return None
    except (KeyError, Undefined):
        return None
    return Instance(dimension, sets, maps, indices)


def _draw_declared(
    compiled: Compiled,
    w: World,
    bounds: dict[str, tuple[int, int]],
    sizes: Sequence[int],
    choices: Choices,
) -> bool:
    """Sets, free indices and maps, each once those in terms of which it is declared are known."""
    env, symbols = compiled.environment(), compiled.symbols
    waiting: list[tuple[str, Any]] = [*symbols.sets.items(), *symbols.indices.items()]
    waiting += symbols.maps.items()
    for _ in range(len(waiting) + 1):
        later = []
        for label, one in waiting:
            try:
                w.fibres.clear()
                if isinstance(one, IndexSet):
                    members = _members(compiled, w, bounds[label], sizes, label, one, choices)
                    w.sets[label] = members  # type: ignore[index]
                elif not _draw_one(compiled, w, env, label, one, choices):
                    return False
            except KeyError:
                later.append((label, one))
        waiting = later
    return not waiting


def _members(
    compiled: Compiled,
    w: World,
    bounds: tuple[int, int],
    sizes: Sequence[int],
    label: str,
    one: IndexSet,
    choices: Choices,
) -> tuple[Token, ...]:
    low, high = bounds
    if one.parent is not None:
        whole = compiled.compiler.set(one.parent, {})(w, compiled.environment())
        members = [token for token in whole if choices.below(2)]
        return tuple(whole[:low] if len(members) < low else members)
    fitting = [n for n in sizes if low <= n <= high]
    members = _overlap(compiled.symbols, w.sets, one, choices)
    fresh = pick(choices, fitting or [low]) if not members or choices.below(2) else 0
    fresh = min(fresh, high - len(members))
    return (*members, *((label, number + 1) for number in range(fresh)))


def _draw_one(
    compiled: Compiled, w: World, env: list[Any], label: str, one: Any, choices: Choices
) -> bool:
    if isinstance(one, Index):
        members = compiled.domains[label](w, env)
        if members:
            w.indices[label] = pick(choices, members)  # type: ignore[index]
        return bool(members)
    graph: dict[Token, Token] = {}
    for token in compiled.compiler.set(one.source, {})(w, env):
        env[0] = token
        members = compiled.targets[label](w, env)
        if not members:
            return False
        graph[token] = members[0] if isinstance(one, WinnerMap) else pick(choices, members)
    w.maps[label] = graph
    return True


def _overlap(
    symbols: Symbols, sets: Mapping[str, tuple[Token, ...]], one: IndexSet, choices: Choices
) -> list[Token]:
    """Tokens of earlier sets that the new one shares, where no declaration forbids it."""
    shared: list[Token] = []
    for token in dict.fromkeys(token for members in sets.values() for token in members):
        homes = [symbols.sets[label] for label, members in sets.items() if token in members]
        if any(known_disjoint(one, home) for home in homes) or len(shared) == 4:
            continue
        if not any(known_subset(home, one) for home in homes) and choices.below(2):
            shared.append(token)
    return shared


# ---- numbers -------------------------------------------------------------------------------


def _values(
    symbols: Symbols, skeleton: Instance, choices: Choices, small: bool
) -> dict[Cell, Value]:
    values: dict[Cell, Value] = {}
    for label, cells in cells_of(symbols, skeleton):
        palette = pick(choices, SMALL_PALETTES if small else PALETTES)

        def number(palette: int = palette) -> Fraction:
            return VALUES[choices.below(palette)]

        for cell in cells:
            values[cell] = _fill(symbols.kinds[label], skeleton.dimension, number)
    return values


def _fill(kind: Kind, dimension: int, number: Any) -> Value:
    if kind.is_number:
        return number()
    if kind is Kind.LINEAR_MAP:
        return tuple(tuple(number() for _ in range(dimension)) for _ in range(dimension))
    return tuple(number() for _ in range(dimension))


def cells_of(symbols: Symbols, skeleton: Instance) -> Iterator[tuple[str, list[Cell]]]:
    """Every label with the cells that an instance over these sets needs."""
    for label, places in symbols.places.items():
        cells: dict[Cell, None] = {}
        for place in sorted(places, key=lambda place: [sorted(bases) for bases in place]):
            pools = [
                dict.fromkeys(token for base in sorted(bases) for token in skeleton.sets[base])
                for bases in place
            ]
            cells.update(dict.fromkeys((label, *tokens) for tokens in product(*pools)))
        yield label, list(cells)
