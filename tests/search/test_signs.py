"""How signs are searched: what each step of the search finds, where it stops, and that it stops.

The kernel looks a sign up and combines nothing; what is found here it is told as theorems.
"""

import pytest

from derivations.kernel import rules as kernel
from derivations.kernel.terms import Term, Unproved, add, lift, mul
from derivations.proof_files import verify
from derivations.search.chains import LONGEST
from derivations.search.definedness import defined
from derivations.search.signs import bound, exact
from derivations.terms import div, neg, number, sub
from tests.kernel.building import (
    HALF,
    ZERO,
    J,
    eq,
    every,
    exp,
    f,
    g,
    i,
    le,
    log,
    lt,
    nonempty,
    norm,
    p,
    power,
    s,
    size,
    tanh,
    total,
    x,
    y,
    z,
)

a, b = Term("scalar", "a"), Term("scalar", "b")


def proved(hypotheses: list[Term], kind: str, term: Term) -> bool:
    """Whether 0 ≤ or 0 < a term is found; if not, exactly that is said to be missing."""
    try:
        return bound(hypotheses, kind, 0, term).conclusion == Term(kind, lift(0), term)
    except Unproved as refusal:
        assert refusal.obligation is not None and refusal.obligation.op == kind
        return False


def chain(length: int) -> tuple[list[Term], Term]:
    """0 < c₁ ≤ … ≤ c_n, and c_n."""
    links = [Term("scalar", f"c{number}") for number in range(length)]
    return [lt(0, links[0]), *map(le, links, links[1:])], links[-1]


POSITIVE = {
    "1 − 1/(1 + e^x)": ([], sub(1, power(add(1, exp(x)), -1))),
    "y − x where x + 1 ≤ y": ([le(add(x, 1), y)], sub(y, x)),
    "x where 1 ≤ x": ([le(1, x)], x),
    "x where y ≤ x and 0 < y": ([le(y, x), lt(0, y)], x),
    "x where y < x and 0 ≤ y": ([lt(y, x), le(0, y)], x),
    "e^z x − e^z y": ([lt(y, x)], sub(mul(exp(z), x), mul(exp(z), y))),
    "Σg where 0 < f ≤ g": (
        [every(J, lambda e: lt(0, f(e))), every(J, lambda e: le(f(e), g(e))), nonempty(J)],
        total(J, g),
    ),
    "log(2 + e^x)": ([], log(add(2, exp(x)))),
    "log 2": ([], log(number(2))),
    "log(1 + x) where 0 < x": ([lt(0, x)], log(add(1, x))),
    "1 + tanh x tanh y": ([], add(1, mul(tanh(x), tanh(y)))),
}
NONNEGATIVE = {
    "z − x y where x y = z": ([eq(mul(x, y), z)], sub(z, mul(x, y))),
    "x y − z where x y = z": ([eq(mul(x, y), z)], sub(mul(x, y), z)),
    "x where y ≤ x and 0 ≤ y": ([le(y, x), le(0, y)], x),
    "e^z x − e^z y": ([le(y, x)], sub(mul(exp(z), x), mul(exp(z), y))),
    "|z| x − |z| y": ([lt(y, x)], sub(mul(norm(z), x), mul(norm(z), y))),
    "log |J| where 1 ≤ |J|": ([le(1, size(J))], log(size(J))),
    "Σg where 1/Σe^s ≤ g": (
        [every(J, lambda e: le(power(total(J, lambda o: exp(s(o))), -1), g(e)))],
        total(J, g),
    ),
}


UNKNOWN = {
    "log(1/2)": ([], log(number(HALF))),
    "log x where x > 0": ([lt(0, x)], log(x)),
    "x where x ≤ y and 0 ≤ y": ([le(x, y), le(0, y)], x),
    "z x − z y where z is unknown": ([le(y, x)], sub(mul(z, x), mul(z, y))),
    "Σg where 0 ≤ f and f ≤ g for one": (
        [every(J, lambda e: le(0, f(e))), le(f(i), g(i))],
        total(J, g),
    ),
    "1 − tanh x − tanh y": ([], sub(1, add(tanh(x), tanh(y)))),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_not_known_at_all(name: str) -> None:
    given, term = UNKNOWN[name]
    assert not proved(given, "le", term) and not proved(given, "lt", term)


@pytest.mark.parametrize("name", POSITIVE)
def test_known_to_be_positive(name: str) -> None:
    given, term = POSITIVE[name]
    assert proved(given, "lt", term) and proved(given, "le", term)
    with pytest.raises(Unproved):
        kernel.bound(given, "lt", 0, term)


@pytest.mark.parametrize("name", NONNEGATIVE)
def test_known_to_be_nonnegative_only(name: str) -> None:
    given, term = NONNEGATIVE[name]
    assert proved(given, "le", term) and not proved(given, "lt", term)
    with pytest.raises(Unproved):
        kernel.bound(given, "le", 0, term)


def test_a_denominator_is_shown_to_be_positive_over_another() -> None:
    """1 + tanh x tanh y ≠ 0, which the kernel sees when it is told so."""
    together = div(add(tanh(x), tanh(y)), add(1, mul(tanh(x), tanh(y))))
    theorem = exact([], tanh(add(x, y)), together)
    assert verify(defined(theorem)).conclusion == eq(tanh(add(x, y)), together)
    with pytest.raises(Unproved):
        kernel.exact([], tanh(add(x, y)), together)


def test_what_is_discharged_is_gone() -> None:
    given = [le(1, x), le(x, y)]
    assert bound(given, "lt", 0, y).hypotheses == set(given)
    assert exact(given, div(y, y), 1).hypotheses == set(given)


def test_a_chain_of_hypotheses_is_followed_to_a_fixed_length() -> None:
    for length in range(1, 5):
        given, last = chain(length)
        assert proved(given, "lt", last) == (length <= LONGEST + 1)


def test_hypotheses_that_go_round_are_given_up_with_what_is_missing() -> None:
    """x ≤ y ≤ x: subtracting one and then the other comes back to x for ever."""
    for given in ([le(x, y), le(y, x)], [eq(x, y)], [lt(x, y), lt(y, x)]):
        assert not proved(given, "le", mul(x, exp(z)))
        assert not proved(given, "le", sub(exp(z), x))


def test_positive_summands_are_positive_over_any_denominator() -> None:
    """1/(1 − x) + e^x + e^y + e^z > 0 for x < 1, summand by summand; not so multiplied out."""
    summands = add(power(sub(1, x), -1), exp(x), exp(y), exp(z))
    assert proved([lt(x, 1)], "lt", summands)
    with pytest.raises(Unproved):
        bound([le(x, 1)], "lt", 0, summands)


def test_each_factor_of_a_product_may_have_a_chain_of_its_own() -> None:
    given = [lt(0, a), le(a, x), lt(0, b), le(b, y)]
    assert proved(given, "lt", mul(x, y))
    for gone in given:
        assert not proved([one for one in given if one != gone], "lt", mul(x, y))


def test_a_strict_hypothesis_counts_after_a_weak_one() -> None:
    assert proved([le(0, x), lt(0, x)], "lt", x)
    assert not proved([le(0, x)], "lt", x)


def test_an_equation_of_vectors_says_nothing_about_numbers() -> None:
    """p = 0 cancels no number: were a vector positive, −1 − (1/p)(−p) = 0 would prove 0 ≤ −1."""
    for claim in (lift(-1), neg(exp(z)), neg(y)):
        assert not proved([eq(p, ZERO), lt(0, y)], "le", claim)


def test_a_norm_below_is_left_there() -> None:
    """(b − a)‖x − y‖ + 1/‖x − y‖ ≥ 0 by a ≤ b; multiplied out, ‖x − y‖² has signs of its own."""
    apart = norm(sub(x, y))
    given = [le(a, b), lt(0, apart)]
    sides = add(mul(sub(b, a), apart), power(apart, -1))
    for term in (sides, add(sides, power(add(1, exp(z)), HALF))):
        assert proved(given, "le", term)
        assert not proved(given[1:], "le", term)


def test_only_what_hides_a_sum_is_cleared() -> None:
    """(b − a)/(1 + e^z) + 1/x ≥ 0: times 1 + e^z, and not times x, which is > 0 by hypothesis."""
    given = [le(a, b), lt(0, x)]
    term = add(mul(sub(b, a), power(add(1, exp(z)), -1)), power(x, -1))
    assert proved(given, "le", term)
    with pytest.raises(Unproved):
        bound([le(a, b), lt(x, 0)], "le", 0, term)


def test_a_root_is_taken_apart_only_if_all_its_factors_are_known() -> None:
    """x (y − z) > 0 makes its root > 0, though y − z alone, where x ≥ 0, has no known sign."""
    product = mul(x, sub(y, z))
    assert proved([le(0, x), lt(0, product)], "lt", power(product, HALF))
    assert not proved([le(0, x), le(0, product)], "lt", power(product, HALF))
