"""Obligations: what has no normal form until something is known, and what is missing for it."""

import pytest

from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.terms import div, number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    HALF,
    A,
    F,
    J,
    K,
    N,
    empty,
    every,
    exp,
    f,
    fibre,
    i,
    index,
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
    power,
    q,
    s,
    single,
    size,
    tanh,
    total,
    union,
    x,
    y,
)

FN, FA = union(F, N), fibre(A, n)
in_fibre, m = index("t", FA), index("m", N)
POSITIVE = [lt(0, x), lt(0, y)]
THIRD = number(1).args[0] / 3


def inner(left: Term, right: Term) -> Term:
    return Term("inner", left, right)


def sqrt(term: Term) -> Term:
    return power(term, HALF)


def weight(e: Term) -> Term:
    return exp(s(e))


MISSING = {
    "1/x": ([], power(x, -1), nonzero(x)),
    "1/x where x ≥ 0": ([le(0, x)], power(x, -1), nonzero(x)),
    "1/x where y ≠ 0": ([nonzero(y)], power(x, -1), nonzero(x)),
    "1/x where x + 1 ≠ 0": ([nonzero(add(x, 1))], power(x, -1), nonzero(x)),
    "1/x where x² ≥ 0": ([le(0, power(x, 2))], power(x, -2), None),
    "1/(x y) where x ≠ 0": ([nonzero(x)], power(mul(x, y), -1), None),
    "1/(x + y) where both are not 0": ([nonzero(x), nonzero(y)], power(add(x, y), -1), None),
    "1/(x − y) where x + y ≠ 0": ([nonzero(add(x, y))], power(sub(x, y), -1), None),
    "1/(x − y) where x ≤ y": ([le(x, y)], power(sub(x, y), -1), None),
    "1/(x + 1) where x ≠ 0": ([nonzero(x)], power(add(x, 1), -1), None),
    "1/(x − x)": ([], power(sub(x, x), -1), nonzero(number(0))),
    "1/(x − x) where 0 ≠ 0": ([nonzero(number(0))], power(sub(x, x), -1), None),
    "1/(x² + y²)": ([], power(add(power(x, 2), power(y, 2)), -1), None),
    "1/‖p‖": ([], power(norm(p), -1), nonzero(norm(p))),
    "1/‖p‖ where q is not 0": ([lt(0, norm(q))], power(norm(p), -1), nonzero(norm(p))),
    "1/⟨p,p⟩": ([], power(inner(p, p), -1), nonzero(inner(p, p))),
    "1/⟨p,q⟩": ([lt(0, norm(p)), lt(0, norm(q))], power(inner(p, q), -1), None),
    "1/|x|": ([], power(norm(x), -1), None),
    "1/(e^x − 1)": ([], power(sub(exp(x), 1), -1), None),
    "1/(e^x − e^y)": ([], power(sub(exp(x), exp(y)), -1), None),
    "1/|J|": ([], power(size(J), -1), nonzero(size(J))),
    "1/|J| where another set has a member": ([nonempty(K)], power(size(J), -1), nonzero(size(J))),
    "1/Σe^s": ([], power(total(J, weight), -1), nonzero(total(J, weight))),
    "1/Σs": ([nonempty(J)], power(total(J, s), -1), nonzero(total(J, s))),
    "1/Σs²": ([nonempty(J)], power(total(J, lambda e: power(s(e), 2)), -1), None),
    "1/max": ([nonempty(J)], power(maximum(J, s), -1), nonzero(maximum(J, s))),
    "1/log x": ([lt(0, x)], power(log(x), -1), nonzero(log(x))),
    "1/tanh x": ([], power(tanh(x), -1), None),
    "1/√x": ([le(0, x)], power(x, -HALF), None),
    "√x": ([], sqrt(x), le(0, x)),
    "√x where x² is known": ([lt(0, power(x, 2))], sqrt(x), le(0, x)),
    "√(x y) where x ≥ 0": ([le(0, x)], sqrt(mul(x, y)), None),
    "√(x³)": ([], sqrt(power(x, 3)), None),
    "√(x − y) where y ≥ x": ([le(x, y)], sqrt(sub(x, y)), None),
    "√(−1)": ([], sqrt(number(-1)), le(0, number(-1))),
    "√⟨p,q⟩": ([], sqrt(inner(p, q)), None),
    "log x": ([], log(x), lt(0, x)),
    "log x where x ≥ 0": ([le(0, x)], log(x), lt(0, x)),
    "log x where x ≠ 0": ([nonzero(x)], log(x), lt(0, x)),
    "log(x y) where x > 0": ([lt(0, x)], log(mul(x, y)), None),
    "log ‖p‖": ([], log(norm(p)), lt(0, norm(p))),
    "log 0": ([], log(number(0)), lt(0, number(0))),
    "log(−1)": ([], log(number(-1)), lt(0, number(-1))),
    "log(e^x − 1)": ([], log(sub(exp(x), 1)), None),
    "log |J|": ([], log(size(J)), lt(0, size(J))),
    "log Σe^s": ([], log(total(J, weight)), lt(0, total(J, weight))),
    "log Σs": ([nonempty(J)], log(total(J, s)), lt(0, total(J, s))),
    "max": ([], maximum(J, s), nonempty(J)),
    "max of a constant": ([], maximum(J, lambda e: x), nonempty(J)),
    "max over an empty set": ([empty(J)], maximum(J, s), nonempty(J)),
    "max over a fibre": ([nonempty(F), nonempty(N)], maximum(FA, s), nonempty(FA)),
    "max over a union that may be empty": ([], maximum(FN, s), None),
    "max inside a sum": ([], total(J, lambda e: maximum(fibre(A, n), s)), nonempty(FA)),
    "1/f inside a sum": ([], total(J, lambda e: power(f(e), -1)), None),
    "1/f inside a sum, known elsewhere": (
        [nonzero(f(i))],
        total(J, lambda e: power(f(e), -1)),
        None,
    ),
    "1/x times 0": ([], mul(0, power(x, -1)), nonzero(x)),
    "1/x minus itself": ([], sub(power(x, -1), power(x, -1)), nonzero(x)),
    "1/x in exp": ([], exp(power(x, -1)), nonzero(x)),
    "1/x in a norm": ([], norm(mul(power(x, -1), p)), nonzero(x)),
    "1/x in an inner product": ([], inner(mul(power(x, -1), p), q), nonzero(x)),
    "1/x under a linear map": ([], inner(linear(mul(power(x, -1), p)), q), nonzero(x)),
    "1/x in a max": ([nonempty(J)], maximum(J, lambda e: mul(s(e), power(x, -1))), nonzero(x)),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_not_defined_has_no_normal_form(name: str) -> None:
    hypotheses, term, missing = MISSING[name]
    with pytest.raises(Unproved) as caught:
        k.exact(hypotheses, term, term)
    if missing is not None:
        assert caught.value.obligation == missing


DEFINED = {
    "1/x where 0 < x": ([lt(0, x)], power(x, -1)),
    "1/x where x < 0": ([lt(x, 0)], power(x, -1)),
    "1/(x y)": ([nonzero(x), nonzero(y)], power(mul(x, y), -1)),
    "1/x²": ([nonzero(x)], power(x, -2)),
    "1/(y − x)": ([lt(x, y)], power(sub(y, x), -1)),
    "1/e^x": ([], power(exp(x), -1)),
    "1/(1 + x²)": ([], power(add(1, power(x, 2)), -1)),
    "1/|J|": ([nonempty(J)], power(size(J), -1)),
    "1/|J| at a member": ([], mul(s(i), power(size(J), -1))),
    "1/Σe^s": ([nonempty(J)], power(total(J, weight), -1)),
    "1/Σe^s within a sum": ([], total(J, lambda e: power(total(J, weight), -1))),
    "1/f within a sum": ([every(J, lambda e: lt(0, f(e)))], total(J, lambda e: power(f(e), -2))),
    "√x": ([le(0, x)], sqrt(x)),
    "√x²": ([], sqrt(power(x, 2))),
    "1/√x": ([lt(0, x)], power(x, -HALF)),
    "log x": ([lt(0, x)], log(x)),
    "log(1 + e^x)": ([], log(add(1, exp(x)))),
    "log |J|": ([nonempty(J)], log(size(J))),
    "max": ([nonempty(J)], maximum(J, s)),
    "max at a member": ([], mul(f(i), maximum(J, s))),
    "max within a sum": ([], total(J, lambda e: maximum(J, s))),
    "max over a group": ([], maximum(union(single(n), FA), s)),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFINED)
def test_what_is_defined_has_one(name: str) -> None:
    hypotheses, term = DEFINED[name]
    k.well_defined(k.exact(hypotheses, term, term))


def test_a_zero_sum_of_undefined_terms_is_not_rescued_outside() -> None:
    """What is met at a member of the sum is asked again where the member is gone."""
    mean = div(1, total(J, weight))
    k.exact([], total(J, lambda e: mul(s(e), mean)), total(J, lambda e: mul(mean, s(e))))
    for wrong in (mul(total(J, s), mean), number(0)):
        with pytest.raises(Unproved):
            k.exact([], total(J, lambda e: mul(s(e), mean)), wrong)
    with pytest.raises(Unproved):
        k.exact([], sub(total(J, lambda e: mul(s(e), mean)), mul(total(J, s), mean)), number(0))
