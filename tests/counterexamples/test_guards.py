"""What the evaluator refuses, each refusal shown to fire."""

import pytest
from sympy import Integer, oo, sin
from sympy.core.symbol import Str

from derivations.counterexamples.compiled_sets import DEEPEST, SetCompiler
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.source import statement_source
from derivations.counterexamples.symbols import Symbols
from derivations.language import (
    LanguageError,
    cluster_map,
    index,
    index_set,
    scalar,
    scalars,
    sum_over,
    vector,
    winner_map,
)
from derivations.language.linear import Apply, LinearMap
from derivations.language.sets import IndexMap, SetExpr
from derivations.language.statements import Relation, Statement, state

N = index_set("N")
s, x = scalars("s"), scalar("x")


def unchecked(left: object, right: object = Integer(0)) -> Statement:
    """A statement that `state` would have refused."""
    return Statement(left, Relation.EQUAL, right, None, ())


class Foreign(LinearMap):
    """A map of which the evaluator knows nothing."""


class Odd(SetExpr):
    """A set of which the evaluator knows nothing."""


def test_infinity_is_no_number() -> None:
    with pytest.raises(LanguageError):
        Compiled(unchecked(oo))


def test_foreign_words_are_refused() -> None:
    with pytest.raises(LanguageError, match="sin"):
        Compiled(unchecked(sin(x)))
    with pytest.raises(LanguageError, match="no instance can give Foreign a value"):
        Compiled(unchecked(Apply(Foreign(), vector("q")), vector("q")))


def test_a_foreign_set_is_refused() -> None:
    with pytest.raises(LanguageError, match="not an index set"):
        SetCompiler(Symbols([])).set(Odd(), {})


def test_a_loose_index_is_refused() -> None:
    with pytest.raises(LanguageError, match="the index t is free"):
        SetCompiler(Symbols([])).index(index("t"), {})


def test_what_is_no_symbol_has_no_label() -> None:
    with pytest.raises(TypeError, match="not a symbol"):
        Symbols([]).label(Integer(1))


def test_nesting_has_a_limit() -> None:
    full = {index(f"t{at}"): at for at in range(DEEPEST)}
    with pytest.raises(LanguageError, match="more than 64 deep"):
        SetCompiler.slot(full)
    assert SetCompiler.slot({}) == 0


def test_a_dependent_map_without_a_rule_has_no_source() -> None:
    winner = winner_map("w", N, lambda j: N.without(j), s)
    free = IndexMap(Str("b"), N, winner.args[2], winner.args[3])
    statement = state(sum_over(N, lambda j: s[free(j)]), "=", 0)
    with pytest.raises(ValueError, match="dependent target and no winner rule"):
        statement_source(statement, Compiled(statement).symbols)


def test_symbols_of_one_name_get_labels_of_their_own() -> None:
    """A number, a family and two different sets, all called N, which `state` would refuse."""
    other = index_set("N", subset_of=index_set("M"))
    a, b = cluster_map("N", N, N), cluster_map("N", other, N)
    family, number = scalars("N"), scalar("N")
    claim = unchecked(
        sum_over(N, lambda j: family[a(j)] * number) + sum_over(other, lambda j: family[b(j)])
    )
    symbols = Compiled(claim).symbols
    assert sorted(symbols.sets) == ["M", "N", "N′"]
    assert sorted(symbols.maps) == ["N", "N′"]
    assert sorted(symbols.kinds) == ["N", "N′"]
