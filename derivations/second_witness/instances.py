"""All instances of a statement at small sizes: members of sets, values of maps and indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations, product

from sympy import Basic

from derivations.language.propositions import Empty, ForAll, NonEmpty, Proposition
from derivations.language.sets import (
    Bound,
    Difference,
    Fibre,
    Index,
    IndexMap,
    IndexSet,
    MapValue,
    Range,
    SetExpr,
    Singleton,
    Union,
)
from derivations.second_witness.fractions import Unsupported

Token = tuple[str, int]
Scope = Mapping[Basic, Token]


@dataclass(frozen=True)
class Instance:
    """Who is in which set, what the maps do, which tokens the free indices are."""

    sets: Mapping[IndexSet, tuple[Token, ...]]
    maps: Mapping[IndexMap, Mapping[Token, Token]] = field(default_factory=dict)
    indices: Mapping[Index, Token] = field(default_factory=dict)

    def members(self, domain: SetExpr, scope: Scope) -> tuple[Token, ...]:
        """The tokens in a set, given the tokens of the bound indices."""
        if isinstance(domain, IndexSet):
            return self.sets[domain]
        if isinstance(domain, Union):
            return tuple(token for part in domain.args for token in self.members(part, scope))
        if isinstance(domain, Singleton):
            return (self.token(domain.args[0], scope),)
        if isinstance(domain, Difference):
            whole, part = (self.members(one, scope) for one in domain.args)
            return tuple(token for token in whole if token not in part)
        if isinstance(domain, Fibre):
            index_map, value = domain.args
            wanted = self.token(value, scope)
            values = self._values(index_map)
            source = self.members(index_map.source, scope)
            return tuple(token for token in source if values[token] == wanted)
        if isinstance(domain, Range):
            return tuple(dict.fromkeys(self._values(domain.args[0]).values()))
        raise Unsupported(f"the set {domain}")

    def token(self, index: Basic, scope: Scope) -> Token:
        """The token that an index is."""
        if isinstance(index, MapValue):
            argument = self.token(index.argument, scope)
            values = self._values(index.map)
            if argument not in values:
                raise Unsupported(f"{index} outside the source of the map")
            return values[argument]
        if isinstance(index, Bound):
            return scope[index]
        if index not in self.indices:
            raise Unsupported(f"the index {index}, in terms of which a set is declared")
        return self.indices[index]

    def satisfies(self, hypothesis: Proposition, scope: Scope) -> bool | None:
        """Whether a hypothesis about sets holds; None for any other hypothesis."""
        if isinstance(hypothesis, NonEmpty | Empty):
            inhabited = bool(self.members(hypothesis.args[0], scope))
            return inhabited == isinstance(hypothesis, NonEmpty)
        if isinstance(hypothesis, ForAll) and about_sets(hypothesis):
            return all(
                self.satisfies(hypothesis.body, {**scope, hypothesis.bound: token})
                for token in self.members(hypothesis.domain, scope)
            )
        return None

    def describe(self) -> str:
        """Sizes, maps and indices in one line."""
        said = [f"|{one.name}| = {len(tokens)}" for one, tokens in self.sets.items()]
        for index_map, values in self.maps.items():
            said += [f"{index_map.name}({show(t)}) = {show(j)}" for t, j in values.items()]
        said += [f"{one.name} = {show(token)}" for one, token in self.indices.items()]
        return ", ".join(said)

    def _values(self, index_map: IndexMap) -> Mapping[Token, Token]:
        if index_map not in self.maps:
            raise Unsupported(f"the map {index_map.name}, which depends on a bound index")
        return self.maps[index_map]


def about_sets(hypothesis: Proposition) -> bool:
    """Whether a hypothesis only says that sets are empty or not."""
    while isinstance(hypothesis, ForAll):
        hypothesis = hypothesis.body
    return isinstance(hypothesis, NonEmpty | Empty)


def show(token: Token) -> str:
    """F1, F2, ... as a reader counts."""
    return f"{token[0]}{token[1]}"


def parts_of(exprs: Sequence[Basic], kind: type[Basic]) -> list[Basic]:
    """Everything of one kind inside the expressions, in order of appearance, each once."""
    found: dict[Basic, None] = {}
    seen: set[Basic] = set()

    def walk(part: Basic) -> None:
        if part in seen or not isinstance(part, Basic):
            return
        seen.add(part)
        for inner in part.args:
            walk(inner)
        if isinstance(part, kind):
            found[part] = None

    for expr in exprs:
        walk(expr)
    return list(found)


def instances(exprs: Sequence[Basic], largest: int) -> Iterator[Instance]:
    """Every instance with named sets of at most `largest` members, the smallest first.

    Named sets without a parent are disjoint here: an identity between generic families that
    holds for disjoint sets holds for overlapping ones too.
    """
    named = sorted(parts_of(exprs, IndexSet), key=lambda one: (_depth(one), one.name))
    roots = [one for one in named if one.parent is None]
    subsets = [one for one in named if one.parent is not None]
    maps = sorted(parts_of(exprs, IndexMap), key=lambda one: (one.is_dependent, one.name))
    indices = [one for one in parts_of(exprs, Index) if one.domain is not None]
    labels = _labels(roots)
    for sizes in sorted(product(range(largest + 1), repeat=len(roots)), key=lambda s: (sum(s), s)):
        sets = {
            root: tuple((labels[root], k + 1) for k in range(size))
            for root, size in zip(roots, sizes, strict=True)
        }
        if any(root.nonempty and not sets[root] for root in roots):
            continue
        for instance in _with_subsets(Instance(sets), subsets):
            for mapped in _with_maps(instance, maps):
                yield from _with_indices(mapped, indices)


def is_first_of_its_kind(instance: Instance) -> bool:
    """Whether no renaming of tokens gives an instance that comes earlier.

    Data are generic, so that what holds at one instance holds at all its renamings.
    """
    roots = [one for one in instance.sets if one.parent is None]
    own = _code(instance, {})
    for shuffled in product(*(permutations(instance.sets[one]) for one in roots)):
        renamed = {
            old: new
            for one, tokens in zip(roots, shuffled, strict=True)
            for old, new in zip(instance.sets[one], tokens, strict=True)
        }
        if _code(instance, renamed) < own:
            return False
    return True


def _code(instance: Instance, renamed: Mapping[Token, Token]) -> list[object]:
    """The instance after a renaming, as something that can be compared."""
    new = renamed.get
    code: list[object] = [
        sorted(new(t, t) for t in tokens)
        for one, tokens in instance.sets.items()
        if one.parent is not None
    ]
    for values in instance.maps.values():
        code.append(sorted((new(t, t), new(j, j)) for t, j in values.items()))
    code.append([new(token, token) for token in instance.indices.values()])
    return code


def _depth(one: IndexSet) -> int:
    parents = [] if one.parent is None else parts_of([one.parent], IndexSet)
    return 1 + max(map(_depth, parents), default=0) if one.parent is not None else 0


def _labels(roots: Sequence[IndexSet]) -> dict[IndexSet, str]:
    names = [one.name for one in roots]
    return {
        one: one.name if names.count(one.name) == 1 else f"{one.name}({k})"
        for k, one in enumerate(roots)
    }


def _with_subsets(instance: Instance, subsets: Sequence[IndexSet]) -> Iterator[Instance]:
    if not subsets:
        yield instance
        return
    first, *others = subsets
    whole = instance.members(first.parent or first, {})
    for size in range(1 if first.nonempty else 0, len(whole) + 1):
        for chosen in combinations(whole, size):
            yield from _with_subsets(Instance({**instance.sets, first: chosen}), others)


def _with_maps(instance: Instance, maps: Sequence[IndexMap]) -> Iterator[Instance]:
    if not maps:
        yield instance
        return
    first, *others = maps
    if first.source.has(Bound):
        raise Unsupported(f"the map {first.name}, which depends on a bound index")
    source = instance.members(first.source, {})
    try:
        targets = [instance.members(first.args[3], {first.args[2]: token}) for token in source]
    except KeyError:
        raise Unsupported(f"the map {first.name}, which depends on a bound index") from None
    for values in product(*targets):
        chosen = dict(zip(source, values, strict=True))
        longer = Instance(instance.sets, {**instance.maps, first: chosen})
        yield from _with_maps(longer, others)


def _with_indices(instance: Instance, indices: Sequence[Index]) -> Iterator[Instance]:
    for tokens in product(*(instance.members(one.domain or one, {}) for one in indices)):
        yield Instance(instance.sets, instance.maps, dict(zip(indices, tokens, strict=True)))
