"""Non-negative multipliers: what is suggested satisfies the inequalities, exactly."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from derivations.search.feasibility import multipliers

ROWS = ("a", "b", "c")
numbers = st.integers(-3, 3).map(Fraction)
vectors = st.fixed_dictionaries({name: numbers for name in ROWS})


def left_over(target, columns, chosen):
    return {
        name: target.get(name, Fraction(0))
        - sum(
            (
                weight * column.get(name, Fraction(0))
                for weight, column in zip(chosen, columns, strict=True)
            ),
            Fraction(0),
        )
        for name in ROWS
    }


@given(vectors, st.lists(vectors, max_size=5), st.sets(st.sampled_from(ROWS)))
def test_what_is_suggested_is_right(target, columns, free) -> None:
    chosen = multipliers(target, columns, frozenset(free))
    if chosen is not None:
        assert all(weight >= 0 for weight in chosen)
        for name, value in left_over(target, columns, chosen).items():
            assert value == 0 if name in free else value >= 0


@given(st.lists(vectors, min_size=1, max_size=5), st.data())
def test_a_combination_is_found_again(columns, data) -> None:
    weights = [data.draw(st.integers(0, 3).map(Fraction)) for _ in columns]
    target = {
        name: sum((w * one[name] for w, one in zip(weights, columns, strict=True)), Fraction(0))
        for name in ROWS
    }
    assert multipliers(target, columns, frozenset(ROWS)) is not None


def test_a_known_system() -> None:
    target = {"a": Fraction(1), "b": Fraction(-1)}
    column = {"a": Fraction(1), "b": Fraction(-2)}
    (weight,) = multipliers(target, [column], frozenset())
    assert Fraction(1, 2) <= weight <= 1
    assert multipliers(target, [column], frozenset({"a", "b"})) is None
    assert multipliers({"b": Fraction(-1)}, [{"a": Fraction(1)}], frozenset()) is None
