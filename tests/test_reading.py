"""What is read is what is said: random statements, and the places where that once failed.

The comparison is in `tests/fuzz/readings.py`; a long run of it is recorded in docs/fuzzing.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count, islice

import pytest
from sympy import exp, log

from derivations import reading
from derivations.kernel.rules import exact, well_defined
from derivations.kernel.terms import Term, Unproved, mul, relation
from derivations.language import (
    LanguageError,
    Max,
    diameter,
    index_set,
    linear_map,
    norm,
    projection_off,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    vector,
    vectors,
)
from derivations.reading import read
from tests.fuzz.normal_forms import Tally
from tests.fuzz.readings import NOTHING, check_seed, value
from tests.kernel.evaluate import World

CHUNKS, SIZE = 4, 540
N = index_set("N")
s, v = scalars("s"), vectors("v")
x, u, W = scalar("x"), vector("u"), linear_map("W")


@pytest.fixture
def fresh_reading() -> Iterator[None]:
    """Readings made with a spoiled reader must not be remembered, nor good ones meanwhile."""
    cached = [one for one in vars(reading).values() if hasattr(one, "cache_clear")]
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_statements_are_read_as_what_they_say(chunk: int) -> None:
    tally = Tally()
    for seed in range(chunk * SIZE, (chunk + 1) * SIZE):
        check_seed(seed, 1 + (seed % 3 == 0), tally)
    assert not tally.complaints, tally.complaints[0]
    assert tally.counts["statements"] >= 500
    assert tally.counts["comparisons"] >= 2000
    assert tally.counts["undefined"] >= 50
    assert tally.counts["not decided"] < tally.counts["comparisons"] / 10


# ---- the comparison can fail --------------------------------------------------------------------


def _wrong_extremum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "Max", reading.Min)


def _largest_for_smallest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "neg", lambda term: term)


def _off_by_one(patch: pytest.MonkeyPatch) -> None:
    """The index of the binder further out is taken for the innermost one."""
    right = reading._Reader.index

    def index(reader: reading._Reader, element: object) -> Term:
        found = right(reader, element)
        opened = list(reader.scope.values())
        return opened[-2] if len(opened) > 1 and found == opened[-1] else found

    patch.setattr(reading._Reader, "index", index)


def _wrong_bound(op: str, instead: str) -> Callable[[pytest.MonkeyPatch], None]:
    right = reading.bind

    def spoil(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(
            reading, "bind", lambda kind, *rest: right(instead if kind == op else kind, *rest)
        )

    return spoil


def _wrong_term(op: str, change: Callable[..., Term]) -> Callable[[pytest.MonkeyPatch], None]:
    def spoil(patch: pytest.MonkeyPatch) -> None:
        def build(kind: str, *arguments: object) -> Term:
            return change(*arguments) if kind == op else Term(kind, *arguments)

        patch.setattr(reading, "Term", build)

    return spoil


def _no_strictness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "relation", lambda op, *sides: relation(op.replace("lt", "le"), *sides))


def _roots_for_powers(patch: pytest.MonkeyPatch) -> None:
    right = reading.power
    patch.setattr(reading, "power", lambda base, exponent: right(base, Fraction(1, 1) / exponent))


MISTAKES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "min for max of numbers": _wrong_extremum,
    "a sign forgotten": _largest_for_smallest,
    "a binder off by one": _off_by_one,
    "a sum for a max": _wrong_bound("max", "sum"),
    "all for exists": _wrong_bound("exists", "all"),
    "≤ for <": _no_strictness,
    "roots for powers": _roots_for_powers,
    "W for its transpose": _wrong_term("apply", lambda w, t, x: Term("apply", w, not t, x)),
    "A for A ∖ B": _wrong_term("difference", lambda whole, part: whole),
    "the source for a fibre": _wrong_term("fibre", lambda a, j: a.args[1]),
    "the target for the range": _wrong_term("range", lambda a: a.args[2]),
    "j for a(j)": _wrong_term("value", lambda a, j: j),
    "no log": _wrong_term("log", lambda term: term),
    "2 for e": _wrong_term("exp", lambda term: mul(2, term)),
    "no absolute value": _wrong_term("norm", lambda v: Term("inner", v, v)),
    "inhabited for empty": _wrong_term("empty", lambda target: Term("nonempty", target)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_reading_is_found(
    mistake: str, monkeypatch: pytest.MonkeyPatch, fresh_reading: None
) -> None:
    MISTAKES[mistake](monkeypatch)
    tally = Tally()
    for seed in islice(count(), 400):
        try:
            check_seed(seed, 2, tally)
        except (TypeError, KeyError):
            return
        if tally.complaints:
            return
    pytest.fail("the mistake was not found")


# ---- where the reading once failed -------------------------------------------------------------


def world(**numbers: Fraction) -> World:
    """Three members of N with numbers s = −1, 2, 1/2 and vectors v = s in the plane."""
    tokens = tuple(("N", k) for k in range(3))
    cells = {("scalar", name): number for name, number in numbers.items()}
    data = zip(tokens, map(Fraction, (-1, 2, "1/2")), strict=True)
    for token, number in data:
        cells["entry", "s", token] = number
        cells["ventry", "v", token] = (number, number)
    cells["vector", "u"] = (Fraction(0), Fraction(0))
    cells["apply", "W"] = ((Fraction(1), Fraction(2)), (Fraction(0), Fraction(1)))
    return World(2, {reading.read_set(N): tokens}, {}, {}, cells)


def test_a_diameter_inside_a_sum_does_not_take_its_index() -> None:
    """The definition of a diameter is two binders deep, the word only one."""
    spread = diameter(N, v, "j")
    for expr in (
        sum_over(N, lambda j: s[j] * spread, "j"),
        sum_over(N, lambda j: spread * s[j] + spread, "j"),
        sum_over(N, lambda i: sum_over(N, lambda j: spread * s[i] * s[j], "j"), "j"),
    ):
        assert value(world(), read(expr)) is not NOTHING
    total = value(world(), read(sum_over(N, lambda j: s[j] * spread, "j")))
    assert abs(float(total.mid()) - 1.5 * 3 * 2**0.5) < 1e-12
    nested = sum_over(N, lambda j: diameter(N, lambda t: s[j] * v[t], "j"), "j")
    assert abs(float(value(world(), read(nested)).mid()) - 3.5 * 3 * 2**0.5) < 1e-12


@pytest.mark.parametrize(
    "expr",
    [
        softmax_mean(N, lambda j: log(s[j]), s),
        (W - W)(u / x),
        (0 * W)(u / x),
        projection_off(u)(u),
        diameter(N, lambda j: u / x),
        diameter(N, lambda j: 1 / x),
    ],
    ids=str,
)
def test_what_sympy_would_simplify_stays_undefined(expr: object) -> None:
    """e^(log s_j) is no s_j where s_j < 0, and W v − W v no 0 where v has no value."""
    term = read(expr)
    assert value(world(x=Fraction(0)), term) is NOTHING
    with pytest.raises(Unproved):
        well_defined(exact([], term, term))


def test_what_the_kernel_has_no_word_for_is_refused() -> None:
    for expr in (x ** s[N.index("i")], exp(x) ** scalar("y") * 2**x):
        with pytest.raises(LanguageError):
            read(expr)


def test_a_maximum_of_numbers_and_a_norm_are_read() -> None:
    there = world(x=Fraction(3))
    assert value(there, read(Max(x, 5, -x))) == 5
    assert value(there, read(Max(x, 2, -x))) == 3
    assert value(there, read(norm(u))) == 0
