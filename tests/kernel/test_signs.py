"""What is known of signs, through `bound`: > 0, ≥ 0, or nothing; the last is most of the cases."""

import pytest

from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.terms import div, neg, number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    HALF,
    A,
    F,
    J,
    K,
    N,
    base,
    empty,
    eq,
    every,
    exp,
    f,
    fibre,
    i,
    j,
    k_,
    le,
    linear,
    log,
    lt,
    maximum,
    n,
    nonempty,
    nonzero,
    norm,
    p,
    part_of,
    power,
    q,
    s,
    single,
    size,
    some,
    t,
    tanh,
    total,
    u,
    union,
    value,
    x,
    y,
    z,
)

FA = fibre(A, n)


def weight(e: Term) -> Term:
    return exp(s(e))


def square(e: Term) -> Term:
    return power(s(e), 2)


def inner(left: Term, right: Term) -> Term:
    return Term("inner", left, right)


POSITIVE = {
    "1": ([], number(1)),
    "e^x": ([], exp(x)),
    "y − x where 2 x < 2 y": ([lt(mul(2, x), mul(2, y))], sub(y, x)),
    "y/3 − x/3 where x < y": ([lt(x, y)], div(sub(y, x), 3)),
    "x where x ≥ 0 and x > 0": ([le(0, x), lt(0, x)], x),
    "s_{a(t)} where all are": ([every(N, lambda e: lt(0, s(e)))], s(value(A, t))),
    "e^x e^y": ([], mul(exp(x), exp(y))),
    "e^−x": ([], exp(neg(x))),
    "e^x + ‖p‖": ([], add(exp(x), norm(p))),
    "1 + x²": ([], add(1, power(x, 2))),
    "1/(1 + e^x)": ([], power(add(1, exp(x)), -1)),
    "x where 0 < x": ([lt(0, x)], x),
    "1/x where 0 < x": ([lt(0, x)], power(x, -1)),
    "√x where 0 < x": ([lt(0, x)], power(x, HALF)),
    "−x where x < 0": ([lt(x, 0)], neg(x)),
    "x y": ([lt(0, x), lt(0, y)], mul(x, y)),
    "y − x where x < y": ([lt(x, y)], sub(y, x)),
    "x where x = e^y": ([eq(x, exp(y))], x),
    "1/x²": ([nonzero(x)], power(x, -2)),
    "|J|": ([nonempty(J)], size(J)),
    "Σe^s": ([nonempty(J)], total(J, weight)),
    "Σe^s at a member": ([le(f(i), 0)], total(J, weight)),
    "max e^s": ([nonempty(J)], maximum(J, weight)),
    "s_i where all are": ([every(J, lambda e: lt(0, s(e)))], s(i)),
    "Σs where all are": ([every(J, lambda e: lt(0, s(e))), nonempty(J)], total(J, s)),
    "Σe^s over a union": ([nonempty(F)], total(union(F, N), weight)),
    "1/Σe^s at a member of it": ([le(f(i), 0)], power(total(J, weight), -1)),
    "Σs²·Σf² where both are": (
        [lt(0, total(J, square)), lt(0, total(J, lambda e: power(f(e), 2)))],
        mul(total(J, square), total(J, lambda e: power(f(e), 2))),
    ),
    "‖p‖ ‖q‖ where it is": ([lt(0, mul(norm(p), norm(q)))], mul(norm(p), norm(q))),
    "‖p‖ where 0 < ‖p‖": ([lt(0, norm(p))], norm(p)),
}
NONNEGATIVE = {
    "0": ([], number(0)),
    "x − x": ([], sub(x, x)),
    "‖p‖": ([], norm(p)),
    "|x|": ([], norm(x)),
    "x²": ([], power(x, 2)),
    "x⁴y²": ([], mul(power(x, 4), power(y, 2))),
    "⟨p,p⟩": ([], inner(p, p)),
    "⟨p−q,p−q⟩": ([], norm(sub(p, q))),
    "x where 0 ≤ x": ([le(0, x)], x),
    "√x where 0 ≤ x": ([le(0, x)], power(x, HALF)),
    "x y where both ≥ 0": ([le(0, x), le(0, y)], mul(x, y)),
    "x y where one is > 0": ([le(0, x), lt(0, y)], mul(x, y)),
    "−x where x ≤ 0": ([le(x, 0)], neg(x)),
    "y − x where x ≤ y": ([le(x, y)], sub(y, x)),
    "|J|": ([], size(J)),
    "|J| where K has a member": ([nonempty(K)], size(J)),
    "Σe^s": ([], total(J, weight)),
    "Σs²": ([], total(J, square)),
    "Σs² where J has a member": ([nonempty(J)], total(J, square)),
    "max s²": ([nonempty(J)], maximum(J, square)),
    "s_i where all are": ([every(J, lambda e: le(0, s(e)))], s(i)),
    "Σs where all are": ([every(J, lambda e: le(0, s(e)))], total(J, s)),
    "Σs where all are > 0": ([every(J, lambda e: lt(0, s(e)))], total(J, s)),
    "Σ e^f/(1 + e^f e^g)": (
        [],
        total(J, lambda e: div(exp(f(e)), add(1, mul(exp(f(e)), exp(Term("entry", "g", e)))))),
    ),
    "‖p‖ e^x": ([], mul(norm(p), exp(x))),
    "‖p‖/(1 + e^x)": ([], div(norm(p), add(1, exp(x)))),
}
UNKNOWN = {
    "−1": ([], number(-1)),
    "x − y where 2 x ≤ 2 y": ([le(mul(2, x), mul(2, y))], sub(x, y)),
    "x where x = y": ([eq(x, y)], x),
    "x − y where x ≠ y, turned": ([nonzero(sub(y, x))], sub(x, y)),
    "y − 2 x where x ≤ y": ([le(x, y)], sub(y, mul(2, x))),
    "s_i − f_i where s ≤ f": ([every(J, lambda e: le(s(e), f(e)))], sub(s(i), f(i))),
    "x": ([], x),
    "x − y": ([], sub(x, y)),
    "x³": ([], power(x, 3)),
    "−x²": ([], neg(power(x, 2))),
    "x² + y": ([], add(power(x, 2), y)),
    "x² − y²": ([], sub(power(x, 2), power(y, 2))),
    "1/x where x ≠ 0": ([nonzero(x)], power(x, -1)),
    "1/x³ where x ≠ 0": ([nonzero(x)], power(x, -3)),
    "1/(x − y) where x ≠ y": ([nonzero(sub(x, y))], power(sub(x, y), -1)),
    "1/(y − x) where x ≠ y": ([nonzero(sub(x, y))], power(sub(y, x), -1)),
    "1/(y − x)³ where x ≠ y": ([nonzero(sub(x, y))], power(sub(y, x), -3)),
    "x where |z| x ≥ 0": ([le(0, mul(norm(z), x))], x),
    "x where z² x ≥ 0": ([le(0, mul(power(z, 2), x))], x),
    "x where √z x ≥ 0": ([le(0, z), le(0, mul(power(z, HALF), x))], x),
    "x where |J| x ≥ 0": ([le(0, mul(size(J), x))], x),
    "x where z x ≥ 0": ([le(0, mul(z, x)), le(0, z)], x),
    "x where x ≠ 0": ([nonzero(x)], x),
    "x where x ≤ 0": ([le(x, 0)], x),
    "x where x < 0": ([lt(x, 0)], x),
    "−x where 0 ≤ x": ([le(0, x)], neg(x)),
    "x where 0 ≤ y": ([le(0, y)], x),
    "x where −1 ≤ x": ([le(-1, x)], x),
    "x where x ≤ y and 0 ≤ y": ([le(x, y), le(0, y)], x),
    "x − y where x ≤ y": ([le(x, y)], sub(x, y)),
    "x where 0 ≤ 2 + x": ([le(0, add(2, x))], x),
    "x y where x > 0": ([lt(0, x)], mul(x, y)),
    "x y where both ≤ 0": ([le(x, 0), le(y, 1)], mul(x, y)),
    "z x − z y where z is unknown": ([le(y, x)], sub(mul(z, x), mul(z, y))),
    "z x − z y where z ≤ 0": ([le(y, x), le(z, 0)], sub(mul(z, x), mul(z, y))),
    "x/z − y/z where z is not 0": ([le(y, x), nonzero(z)], sub(div(x, z), div(y, z))),
    "⟨p,q⟩": ([], inner(p, q)),
    "−⟨p,p⟩": ([], neg(inner(p, p))),
    "⟨p,L p⟩": ([], inner(p, linear(p))),
    "‖p‖ − ‖q‖": ([], sub(norm(p), norm(q))),
    "‖p‖ − 1": ([], sub(norm(p), 1)),
    "‖p‖ x": ([], mul(norm(p), x)),
    "e^x − 1": ([], sub(exp(x), 1)),
    "e^x − e^y": ([], sub(exp(x), exp(y))),
    "1 − e^x": ([], sub(1, exp(x))),
    "log x": ([lt(0, x)], log(x)),
    "log e^x": ([], log(exp(x))),
    "log(1/2)": ([], log(number(HALF))),
    "log(x) where 1/2 ≤ x": ([le(number(HALF), x)], log(x)),
    "tanh x": ([], tanh(x)),
    "|J| − 1": ([], sub(size(J), 1)),
    "|J| − 2": ([nonempty(J)], sub(size(J), 2)),
    "1 − |J|": ([nonempty(J)], sub(1, size(J))),
    "|J| − 1 where K has a member": ([nonempty(K)], sub(size(J), 1)),
    "|J| − 1 where J is empty": ([empty(J)], sub(size(J), 1)),
    "|J| − |K|": ([nonempty(J), nonempty(K)], sub(size(J), size(K))),
    "|C| − 1 where J has a member": ([nonempty(J)], sub(size(part_of(J)), 1)),
    "|a⁻¹(n)| − 1": ([nonempty(F)], sub(size(FA), 1)),
    "Σs": ([], total(J, s)),
    "Σs where one is ≥ 0": ([le(0, s(i))], total(J, s)),
    "Σs where a part is": ([every(part_of(J), lambda e: le(0, s(e)))], total(J, s)),
    "Σs where another set is": ([every(K, lambda e: le(0, s(e)))], total(J, s)),
    "−Σe^s": ([], neg(total(J, weight))),
    "Σe^s − e^{s_k}": ([], sub(total(J, weight), weight(k_))),
    "Σe^s − 2 e^{s_i}": ([], sub(total(J, weight), mul(2, weight(i)))),
    "Σe^s − e^{s_i} − e^{s_j}": ([], sub(sub(total(J, weight), weight(i)), weight(j))),
    "Σ over a part − e^{s_i}": ([], sub(total(part_of(J), weight), weight(i))),
    "Σs − s_i": ([], sub(total(J, s), s(i))),
    "max s": ([nonempty(J)], maximum(J, s)),
    "max s where one is ≥ 0, by existence": ([some(J, lambda e: le(0, s(e))), nonempty(J)],
                                             s(i)),
    "max s − s_k": ([nonempty(J)], sub(maximum(J, s), s(k_))),
    "s_i − max s": ([], sub(s(i), maximum(J, s))),
    "s_i where all of a part are": ([every(part_of(J), lambda e: le(0, s(e)))], s(i)),
    "s_i where s_j is": ([le(0, s(j))], s(i)),
    "s_i where all f are": ([every(J, lambda e: le(0, f(e)))], s(i)),
    "s_{a(t)} where those of F are": ([every(F, lambda e: le(0, s(e)))], s(value(A, t))),
    "x under a vacuous hypothesis": ([every(J, lambda e: le(0, x))], x),
    "x under a vacuous hypothesis, J empty": ([every(J, lambda e: le(0, x)), empty(J)], x),
    "log |J|": ([nonempty(J)], neg(log(size(J)))),
}  # fmt: skip


@pytest.mark.parametrize("name", POSITIVE)
def test_known_to_be_positive(name: str) -> None:
    hypotheses, term = POSITIVE[name]
    assert k.bound(hypotheses, "lt", 0, term).conclusion == lt(0, term)
    assert k.bound(hypotheses, "le", 0, term).conclusion == le(0, term)


@pytest.mark.parametrize("name", NONNEGATIVE)
def test_known_to_be_nonnegative_only(name: str) -> None:
    hypotheses, term = NONNEGATIVE[name]
    assert k.bound(hypotheses, "le", 0, term).conclusion == le(0, term)
    with pytest.raises(Unproved):
        k.bound(hypotheses, "lt", 0, term)


@pytest.mark.parametrize("name", UNKNOWN)
def test_not_known_at_all(name: str) -> None:
    hypotheses, term = UNKNOWN[name]
    for kind in ("le", "lt"):
        with pytest.raises(Unproved):
            k.bound(hypotheses, kind, 0, term)


def test_a_sign_inside_a_sum_is_that_of_every_member() -> None:
    """Σ of x where x ≥ 0 is known of the member only."""
    inside = total(J, lambda e: mul(norm(x), s(e)))
    k.bound([every(J, lambda e: le(0, s(e)))], "le", 0, inside)
    with pytest.raises(Unproved):
        k.bound([le(0, s(i))], "le", 0, inside)
    with pytest.raises(Unproved):
        k.bound([every(J, lambda e: lt(0, s(e)))], "lt", 0, total(J, s))
    double = total(J, lambda e: total(K, lambda o: mul(exp(s(e)), f(o))))
    k.bound([every(K, lambda o: le(0, f(o)))], "le", 0, double)
    with pytest.raises(Unproved):
        k.bound([every(J, lambda o: le(0, f(o)))], "le", 0, double)


def test_a_member_taken_out_of_a_sum_is_taken_once() -> None:
    """Σe^s over J is at least its value at i, for a member and once."""
    both = add(weight(i), weight(j))
    with pytest.raises(Unproved):
        k.bound([], "le", both, total(J, weight))
    k.sum_above([], total(J, weight), single(i))
    with pytest.raises(Unproved):
        k.bound([], "lt", weight(i), total(J, weight))
    signed = every(J, lambda e: le(-1, s(e)))
    with pytest.raises(Unproved):
        k.bound([signed], "le", s(i), total(J, s))


def test_facts_are_used_with_the_right_multiple() -> None:
    """2x ≤ y gives x ≤ y/2 and no more; a fact turned round gives nothing."""
    fact = [le(mul(2, x), y)]
    k.bound(fact, "le", x, div(y, 2))
    k.bound(fact, "le", mul(4, x), mul(2, y))
    for left, right in ((x, y), (mul(4, x), y), (y, mul(2, x)), (neg(mul(2, x)), y)):
        with pytest.raises(Unproved):
            k.bound(fact, "le", left, right)
    with pytest.raises(Unproved):
        k.bound([lt(x, y)], "lt", mul(norm(z), x), mul(norm(z), y))


def test_a_nonnegative_fact_is_not_a_positive_one() -> None:
    for hypotheses, term in (
        ([le(0, x), le(0, y)], add(x, y)),
        ([le(x, y)], sub(y, x)),
        ([le(0, x), lt(0, y)], mul(x, y)),
        ([le(0, norm(p))], norm(p)),
        ([le(0, x)], power(x, HALF)),
    ):
        k.bound(hypotheses, "le", 0, term)
        with pytest.raises(Unproved):
            k.bound(hypotheses, "lt", 0, term)
    k.bound([le(0, x), lt(0, y)], "lt", 0, add(x, y))


def test_vectors_have_no_sign() -> None:
    with pytest.raises((Unproved, TypeError)):
        k.bound([], "le", 0, inner(p, mul(norm(u(i)), q)))
    with pytest.raises((Unproved, TypeError)):
        k.sum_above([], total(base("L"), lambda e: mul(exp(s(e)), p)), part_of(base("L")))


def test_hypotheses_that_are_undefined_are_no_facts() -> None:
    """0 ≤ 1/x·y says nothing unless x ≠ 0 is known: 1/0 has some value.

    As a premise it says so where x > 0; a hypothesis is read without the other ones.
    """
    for hypothesis in (le(0, mul(power(x, -1), y)), le(0, mul(log(x), y)), eq(y, power(x, -1))):
        for term in (y, mul(x, y), mul(power(x, 2), y)):
            with pytest.raises(Unproved):
                k.bound([hypothesis], "le", 0, term)
    given = k.assume(le(0, mul(power(x, -1), y)))
    k.bound([lt(0, x)], "le", 0, y, [(x, given)])


def test_a_root_is_taken_apart_only_if_all_its_factors_are_known() -> None:
    """x (y − z) > 0 makes its root > 0, though y − z alone, where x ≥ 0, has no known sign."""
    product = mul(x, sub(y, z))
    k.bound([le(0, x), lt(0, product)], "lt", 0, power(product, HALF))
    with pytest.raises(Unproved):
        k.bound([le(0, x), le(0, product)], "lt", 0, power(product, HALF))
