"""Arguments that a rule was not made for, and values that only look like another one."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from derivations.kernel.polynomial import MAX_PRODUCTS, MAX_TERMS, Polynomial, multiply, variable
from derivations.kernel.replay import FORMAT, ProofRefused, replay
from derivations.kernel.terms import (
    IllSorted,
    KernelError,
    Term,
    Unproved,
    add,
    lift,
    mul,
    relation,
)
from tests.kernel import every_rule as k
from tests.kernel.building import (
    HALF,
    ZERO,
    A,
    F,
    J,
    N,
    entry,
    eq,
    exp,
    fibre,
    i,
    image,
    le,
    log,
    lt,
    norm,
    p,
    power,
    q,
    s,
    some,
    total,
    u,
    value,
    x,
    y,
)
from tests.kernel.forgeries import small, stored

FOUND = some(J, lambda e: le(s(e), x))


def test_terms_whose_hashes_collide_are_still_different() -> None:
    """A hash of 64 bits may be the same by chance, or by design of who writes the names.

    Terms are shared, so these have a name of their own.
    """
    a, b = Term("scalar", "one of two that collide"), Term("scalar", "the other one")
    for one, other in ((exp(a), log(a)), (exp(a), exp(b)), (le(a, b), lt(a, b))):
        object.__setattr__(other, "hashed", hash(one))
        assert hash(one) == hash(other) and one != other
        assert len({one, other}) == 2


def test_a_relation_is_one_of_three() -> None:
    for op in ("le", "lt", "eq"):
        assert relation(op, x, 1) == Term(op, x, lift(1))
    for op in ("add", "mul", "inner", "nonzero", "all", "ge", ""):
        with pytest.raises(IllSorted, match="not a relation"):
            relation(op, x, y)
    with pytest.raises(IllSorted, match="not a relation"):
        k.bound([], "add", x, y)


@pytest.mark.parametrize("witness", [x, ZERO, J, total(J, s), u(i), FOUND], ids=lambda w: w.op)
def test_a_witness_is_an_index(witness: Term) -> None:
    with pytest.raises(KernelError):
        k.exists_elim(k.assume(FOUND), k.assume(le(x, y)), witness)
    with pytest.raises(KernelError):
        k.generalize(witness, k.exact([], x, x))


def test_the_zero_vector_is_instantiated_as_itself() -> None:
    th = k.exact([], Term("add", p, ZERO), p)
    assert k.instantiate(th, [(p, q)]).conclusion == eq(Term("add", q, ZERO), q)
    assert k.instantiate(th, [(p, ZERO)]).conclusion == eq(Term("add", ZERO, ZERO), ZERO)


def test_premises_are_of_the_sort_of_the_claim() -> None:
    """An equation of vectors is no help for numbers, whatever its factor, nor the other way."""
    vectors, numbers = k.exact([], p, p), k.exact([], x, x)
    for factor in (0, 1, y):
        with pytest.raises(IllSorted):
            k.exact([], x, x, [(factor, vectors)])
        with pytest.raises(IllSorted):
            k.exact([], p, p, [(factor, numbers)])
        with pytest.raises(IllSorted):
            k.bound([], "le", x, x, [(factor, vectors)])
    with pytest.raises(IllSorted):
        k.exact([], x, x, [(p, numbers)])


class Changing(dict[str, Any]):
    """A dictionary that answers as it likes."""


def test_a_proof_is_a_plain_dictionary() -> None:
    data = stored(small())
    assert data["format"] == FORMAT and replay(data).conclusion == small().conclusion
    with pytest.raises(ProofRefused, match="no proof file"):
        replay(Changing(data))
    for wrong in ({**data, "format": FORMAT + "0"}, {**data, "format": None}, list(data.items())):
        with pytest.raises(ProofRefused, match="no proof file"):
            replay(wrong)
    with pytest.raises(ProofRefused, match="last step must be well_defined"):
        replay({**data, "steps": [], "lemmas": []})


def test_every_row_of_a_proof_states_what_its_step_derives() -> None:
    """Even where nothing rests on it: a reader of the file sees it."""
    for number in range(len(stored(small())["steps"])):
        for field, wrong in (("conclusion", {"term": 0}), ("hypotheses", [{"term": 0}])):
            data = stored(small())
            if data["steps"][number][field] == wrong:
                continue
            data["steps"][number][field] = wrong
            with pytest.raises(ProofRefused, match=f"step {number} derives another sequent"):
                replay(data)


def powers(count: int) -> Polynomial:
    """1 + x + … + x^(count − 1)."""
    return {key: value for e in range(count) for key, value in variable(x, e).items()}


def scalars(name: str, count: int) -> Polynomial:
    """name₁ + … + name_count."""
    names = [variable(Term("scalar", f"{name}{number}")) for number in range(count)]
    return {key: value for one in names for key, value in one.items()}


LARGE: dict[str, Callable[[], Polynomial]] = {
    "many products, few summands": lambda: multiply(powers(300), powers(300)),
    "few products, many summands": lambda: multiply(scalars("a", 80), scalars("b", 60)),
}


@pytest.mark.parametrize("name", LARGE)
def test_each_budget_of_a_product_is_kept(name: str) -> None:
    assert 300 * 300 > MAX_PRODUCTS > 80 * 60 > MAX_TERMS > 2 * 300
    with pytest.raises(Unproved, match="term budget exceeded"):
        LARGE[name]()


def test_a_power_of_one_symbol_has_no_budget() -> None:
    """x^n is one factor, however large n is."""
    large = 10**9
    assert k.exact([], power(x, large), mul(power(x, large - 1), x)).conclusion.op == "eq"
    assert k.exact([], exp(mul(large, x)), power(exp(x), large)).conclusion.op == "eq"


def test_a_norm_takes_even_powers_out_as_they_are() -> None:
    """‖x⁻²p‖ = x⁻²‖p‖ needs x ≠ 0 only."""
    apart = Term("nonzero", x)
    left, right = norm(mul(power(x, -2), p)), mul(power(x, -2), norm(p))
    assert k.exact([apart], left, right).hypotheses == {apart}
    with pytest.raises(Unproved):
        k.exact([], left, right)


def test_a_norm_is_cleared_of_each_denominator_once() -> None:
    """‖p/(1 + e^x) + e^(−3y) q‖ = ‖p + (1 + e^x) e^(−3y) q‖/(1 + e^x)."""
    below, small_ = add(1, exp(x)), exp(mul(-3, y))
    left = norm(add(mul(power(below, -1), p), mul(small_, q)))
    right = mul(power(below, -1), norm(add(p, mul(below, small_, q))))
    assert k.exact([], left, right).conclusion == eq(left, right)


@pytest.mark.parametrize(("above", "below"), [("f", "g"), ("g", "f")])
def test_a_sum_below_is_not_opened_for_the_one_above(above: str, below: str) -> None:
    """Σ_{j ∈ range a} T_j/S_j = Σ_{t ∈ F} f_t/S_{a(t)}, whichever of T and S comes first."""
    above_, below_ = entry(above), entry(below)

    def over(point: Term) -> Term:
        return power(total(fibre(A, point), lambda e: exp(below_(e))), -1)

    left = total(image(A), lambda e: mul(total(fibre(A, e), lambda o: exp(above_(o))), over(e)))
    right = total(F, lambda e: mul(exp(above_(e)), over(value(A, e))))
    assert k.exact([], left, right).conclusion == eq(left, right)


def test_a_root_of_a_sum_over_a_fibre_is_no_factor_of_it() -> None:
    """Σ_{j ∈ N} (Σ_{t ∈ a⁻¹(j)} s_t²)^(1/2) asks nothing, though each of its sums may be 0."""

    def roots(exponent: Fraction) -> Term:
        return total(N, lambda e: power(total(fibre(A, e), lambda o: power(s(o), 2)), exponent))

    assert k.exact([], add(roots(HALF), x), add(x, roots(HALF))).conclusion.op == "eq"
    assert k.exact([], roots(HALF * 3), roots(HALF * 3)).conclusion.op == "eq"
    with pytest.raises(Unproved):
        k.exact([], roots(-HALF), roots(-HALF))


def test_a_fact_for_the_last_step_rests_on_hypotheses_of_the_theorem() -> None:
    """On all of them, on some, on none; but on no other."""
    th = k.discharge(k.exact([], p, p), k.assume(le(0, x)), k.assume(le(0, y)))
    assert th.hypotheses == {le(0, x), le(0, y)}
    for given in ([le(0, x), le(0, y)], [le(0, x)], []):
        fact = k.exact(given, x, x)
        assert k.well_defined(th, fact).hypotheses == th.hypotheses
    with pytest.raises(Unproved, match="other hypotheses"):
        k.well_defined(th, k.exact([le(0, x), le(0, y), le(x, y)], x, x))
