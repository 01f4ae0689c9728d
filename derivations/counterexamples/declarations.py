"""Whether an instance is a world of the statement at all: sets, maps and indices as declared."""

from __future__ import annotations

from itertools import combinations

from derivations.counterexamples.arithmetic import Balls, Undefined
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.instance import Instance, token_text
from derivations.counterexamples.symbols import Kind
from derivations.language.sets import known_disjoint


def broken_declaration(compiled: Compiled, instance: Instance) -> str | None:
    """One sentence on the first declaration that the instance breaks; None if it keeps all.

    What the statement lists as hypotheses (non-empty sets, largest logits) is left to `judge`.
    """
    missing = _missing(compiled, instance)
    return missing or _sets(compiled, instance) or _maps(compiled, instance)


def _missing(compiled: Compiled, instance: Instance) -> str | None:
    symbols = compiled.symbols
    for kind, wanted, given in (
        ("set", symbols.sets, instance.sets),
        ("map", symbols.maps, instance.maps),
        ("index", symbols.indices, instance.indices),
    ):
        for label in wanted:
            if label not in given:
                return f"the instance has no value for the {kind} {label}"
    for cell, value in instance.values.items():
        expected = symbols.kinds.get(cell[0])
        if expected is None:
            continue
        depth = 2 if expected is Kind.LINEAR_MAP else 0 if expected.is_number else 1
        if _depth(value) != depth:
            return f"the instance's value for {cell[0]} is not a {expected.value}"
    return None


def _depth(value: object) -> int:
    return 1 + _depth(value[0]) if isinstance(value, tuple) and value else 0


def _sets(compiled: Compiled, instance: Instance) -> str | None:
    symbols = compiled.symbols
    w = compiled.world(instance, Balls(), 64)
    env = compiled.environment()
    for label, one in symbols.sets.items():
        if one.parent is not None:
            try:
                whole = compiled.compiler.set(one.parent, {})(w, env)
            except Undefined as error:
                return str(error)
            if not set(instance.sets[label]) <= set(whole):
                return f"the set {label} is declared a subset, but has a member outside"
    for (label, one), (other_label, other) in combinations(symbols.sets.items(), 2):
        if known_disjoint(one, other):
            shared = set(instance.sets[label]) & set(instance.sets[other_label])
            if shared:
                token = token_text(min(shared))
                return f"the sets {label} and {other_label} are disjoint, but share {token}"
    return None


def _maps(compiled: Compiled, instance: Instance) -> str | None:
    symbols = compiled.symbols
    w = compiled.world(instance, Balls(), 64)
    env = compiled.environment()
    try:
        for label, index_map in symbols.maps.items():
            graph = instance.maps[label]
            for token in compiled.compiler.set(index_map.source, {})(w, env):
                if token not in graph:
                    return f"the map {label} has no value at {token_text(token)}"
                env[0] = token
                if graph[token] not in compiled.targets[label](w, env):
                    return f"the map {label} sends {token_text(token)} out of its target"
        for label, domain in compiled.domains.items():
            if instance.indices[label] not in domain(w, env):
                return f"the index {label} is not in its set"
    except Undefined as error:
        return str(error)
    except KeyError as error:
        return f"a map has no value at {error.args[0]}"
    return None
