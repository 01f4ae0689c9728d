"""Index sets and indices as closures: which tokens a set has, which token an index is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import Basic

from derivations.counterexamples.arithmetic import Undefined
from derivations.counterexamples.instance import Token, token_text
from derivations.counterexamples.symbols import Symbols
from derivations.counterexamples.world import Environment, World
from derivations.language.errors import LanguageError
from derivations.language.sets import (
    Difference,
    Fibre,
    Index,
    IndexSet,
    MapValue,
    Range,
    SetExpr,
    Singleton,
    Union,
)

Scope = Mapping[Basic, int]
"""The depth at which each open bound index keeps its token."""
Members = Callable[[World, Environment], tuple[Token, ...]]
Pick = Callable[[World, Environment], Token]
DEEPEST = 64


class SetCompiler:
    """Compiles sets and indices."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols

    @staticmethod
    def environment() -> Environment:
        """Room for the token of every open bound index."""
        return [None] * DEEPEST

    @staticmethod
    def slot(scope: Scope) -> int:
        """The depth for one more bound index.  Raises LanguageError beyond 64."""
        if len(scope) >= DEEPEST:
            raise LanguageError(f"sums and maxima are nested more than {DEEPEST} deep")
        return len(scope)

    def index(self, element: Basic, scope: Scope) -> Pick:
        """A closure for the token that an index denotes."""
        if element in scope:
            slot = scope[element]
            return lambda w, env: env[slot]
        if isinstance(element, MapValue):
            label = self.symbols.label(element.map)
            argument = self.index(element.argument, scope)

            def value(w: World, env: Environment) -> Token:
                token, graph = argument(w, env), w.maps[label]
                if token not in graph:
                    raise Undefined(element, f"{token_text(token)} is not in the source of {label}")
                return graph[token]

            return value
        if isinstance(element, Index) and element.domain is not None:
            label = self.symbols.label(element)
            return lambda w, env: w.indices[label]
        raise LanguageError(f"the index {element} is free; bind it or give it its set")

    def set(self, domain: SetExpr, scope: Scope) -> Members:
        """A closure for the members of a set, as a tuple without repetitions."""
        if isinstance(domain, IndexSet):
            label = self.symbols.label(domain)
            return lambda w, env: w.sets[label]
        if isinstance(domain, Singleton):
            only = self.index(domain.args[0], scope)
            return lambda w, env: (only(w, env),)
        if isinstance(domain, Union):
            return self._union(domain, scope)
        if isinstance(domain, Difference):
            return self._difference(domain, scope)
        if isinstance(domain, Fibre):
            index_map, value = domain.args
            label = self.symbols.label(index_map)
            source, at = self.set(index_map.source, scope), self.index(value, scope)
            return lambda w, env: w.fibre(label, at(w, env), source(w, env))
        if isinstance(domain, Range):
            label = self.symbols.label(domain.args[0])
            source = self.set(domain.args[0].source, scope)

            def image(w: World, env: Environment) -> tuple[Token, ...]:
                return tuple(dict.fromkeys(w.maps[label][token] for token in source(w, env)))

            return image
        raise LanguageError(f"{domain!r} is not an index set of the language")

    def _union(self, domain: Union, scope: Scope) -> Members:
        left, right = (self.set(part, scope) for part in domain.args)

        def union(w: World, env: Environment) -> tuple[Token, ...]:
            one, other = left(w, env), right(w, env)
            for token in other:
                if token in one:
                    raise Undefined(domain, f"{token_text(token)} is in both parts of the union")
            return one + other

        return union

    def _difference(self, domain: Difference, scope: Scope) -> Members:
        whole, part = (self.set(one, scope) for one in domain.args)

        def difference(w: World, env: Environment) -> tuple[Token, ...]:
            kept, removed = whole(w, env), part(w, env)
            for token in removed:
                if token not in kept:
                    raise Undefined(domain, f"{token_text(token)} is not a member of the set")
            return tuple(token for token in kept if token not in removed)

        return difference
