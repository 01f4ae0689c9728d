"""The normal form through `exact`: equations that hold, near misses that do not, and obligations.

Every near miss is what some wrong rewriting of the kernel would prove.
"""

import pytest

from derivations.kernel.normal_form import context_of
from derivations.kernel.polynomial import reify
from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.terms import div, neg, number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    HALF,
    ZERO,
    A,
    F,
    J,
    K,
    N,
    c,
    empty,
    eq,
    every,
    exp,
    f,
    fibre,
    i,
    image,
    index,
    j,
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
    t,
    tanh,
    total,
    u,
    union,
    v,
    value,
    without,
    x,
    y,
    z,
)

FN, FA = union(F, N), fibre(A, n)
SELF = Term("map", "e", J, J)
in_fibre, m = index("t", FA), index("m", N)
POSITIVE = [lt(0, x), lt(0, y)]
THIRD = number(1).args[0] / 3


def two(first: Term, second: Term) -> Term:
    return Term("entry", "h", first, second)


def inner(left: Term, right: Term) -> Term:
    return Term("inner", left, right)


def sqrt(term: Term) -> Term:
    return power(term, HALF)


def weight(e: Term) -> Term:
    return exp(s(e))


EQUAL = {
    "sums commute": ([], add(x, y, z), add(z, x, y)),
    "products distribute": ([], mul(x, add(y, z)), add(mul(x, y), mul(x, z))),
    "a square": ([], power(add(x, y), 2), add(power(x, 2), mul(2, x, y), power(y, 2))),
    "x⁰": ([], power(x, 0), number(1)),
    "a sum that cancels": ([nonzero(add(x, y))], div(mul(2, add(x, y)), add(x, y)), number(2)),
    "a difference of squares": ([nonzero(sub(x, y))], div(sub(power(x, 2), power(y, 2)), sub(x, y)),
                                add(x, y)),
    "1/(1/x)": ([nonzero(x)], power(power(x, -1), -1), x),
    "1/‖p‖": ([lt(0, norm(p))], div(norm(p), norm(p)), number(1)),
    "x < y": ([lt(x, y)], div(sub(x, y), sub(y, x)), number(-1)),
    "exp of a sum": ([], exp(add(x, y)), mul(exp(x), exp(y))),
    "exp 0": ([], exp(number(0)), number(1)),
    "exp of a multiple": ([], exp(mul(3, x)), power(exp(x), 3)),
    "exp of a fraction": ([], power(exp(div(x, 2)), 2), exp(x)),
    "exp of minus": ([], mul(exp(neg(x)), exp(x)), number(1)),
    "exp of log": (POSITIVE, exp(log(x)), x),
    "exp of twice log": (POSITIVE, exp(mul(2, log(x))), power(x, 2)),
    "exp of half log": (POSITIVE, exp(div(log(x), 2)), sqrt(x)),
    "exp of minus log": (POSITIVE, exp(neg(log(x))), power(x, -1)),
    "exp of a sum with a log": (POSITIVE, exp(add(y, log(x))), mul(x, exp(y))),
    "exp of what a denominator does not divide": (
        [], exp(add(exp(x), div(1, add(1, exp(x))))),
        mul(exp(exp(x)), exp(div(1, add(1, exp(x)))))),
    "log of exp": ([], log(exp(x)), x),
    "log of a product": (POSITIVE, log(mul(x, y)), add(log(x), log(y))),
    "log of a quotient": (POSITIVE, log(div(x, y)), sub(log(x), log(y))),
    "log of a power": (POSITIVE, log(power(x, 3)), mul(3, log(x))),
    "log of a root": (POSITIVE, log(sqrt(x)), div(log(x), 2)),
    "log 1": ([], log(number(1)), number(0)),
    "log of a common factor": ([], log(add(mul(exp(x), exp(y)), exp(x))),
                               add(x, log(add(exp(y), 1)))),
    "log of a fraction": ([], log(div(exp(x), add(1, exp(x)))), sub(x, log(add(1, exp(x))))),
    "tanh 0": ([], tanh(number(0)), number(0)),
    "tanh is odd": ([], tanh(neg(x)), neg(tanh(x))),
    "tanh by exponentials": ([], tanh(x), div(sub(exp(mul(2, x)), 1), add(exp(mul(2, x)), 1))),
    "the square of a root": ([le(0, x)], power(sqrt(x), 2), x),
    "a root times itself": ([le(0, x)], mul(sqrt(x), sqrt(x)), x),
    "a root in a denominator": (POSITIVE, power(x, -HALF), power(sqrt(x), -1)),
    "√2·√2": ([], mul(sqrt(number(2)), sqrt(number(2))), number(2)),
    "√0": ([], sqrt(number(0)), number(0)),
    "the root of a product": ([le(0, x), le(0, y)], sqrt(mul(x, y)), mul(sqrt(x), sqrt(y))),
    "the cube root of a cube": ([le(0, x)], power(power(x, 3), THIRD), x),
    "the root of a sum of squares": ([], power(sqrt(add(power(x, 2), power(y, 2))), 2),
                                     add(power(x, 2), power(y, 2))),
    "the root of a sum, cubed": ([lt(0, add(x, y))], power(add(x, y), 3 * HALF),
                                 mul(add(x, y), sqrt(add(x, y)))),
    "the root of ⟨p,p⟩": ([], sqrt(inner(p, p)), norm(p)),
    "‖−p‖": ([], norm(neg(p)), norm(p)),
    "‖2p‖": ([], norm(mul(-2, p)), mul(2, norm(p))),
    "‖x p‖": ([], norm(mul(x, p)), mul(norm(x), norm(p))),
    "‖0‖": ([], norm(ZERO), number(0)),
    "|−3|": ([], norm(number(-3)), number(3)),
    "‖p‖²": ([], power(norm(p), 2), inner(p, p)),
    "‖p‖³": ([], power(norm(p), 3), mul(inner(p, p), norm(p))),
    "‖p + q − u‖² where p + q = u": (
        [eq(add(p, q), u(i))], power(norm(sub(add(p, q), u(i))), 2),
        inner(sub(add(p, q), u(i)), sub(add(p, q), u(i)))),
    "|x|²": ([], power(norm(x), 2), power(x, 2)),
    "|x|⁴": ([], power(norm(x), 4), power(x, 4)),
    "|x|·|x|": ([], mul(norm(x), norm(x)), power(x, 2)),
    "|x| where x ≥ 0": ([le(0, x)], norm(x), x),
    "|x| where x ≤ 0": ([le(x, 0)], norm(x), neg(x)),
    "|x y|": ([], norm(mul(x, y)), mul(norm(x), norm(y))),
    "|x²|": ([], norm(power(x, 2)), power(x, 2)),
    "‖p − q‖": ([], norm(sub(p, q)), norm(sub(q, p))),
    "‖e^x p − e^x q‖": ([], norm(sub(mul(exp(x), p), mul(exp(x), q))),
                        mul(exp(x), norm(sub(p, q)))),
    "⟨p, q⟩": ([], inner(p, q), inner(q, p)),
    "⟨p + q, p − q⟩": ([], inner(add(p, q), sub(p, q)), sub(inner(p, p), inner(q, q))),
    "⟨x p, y q⟩": ([], inner(mul(x, p), mul(y, q)), mul(x, y, inner(p, q))),
    "⟨p, 0⟩": ([], inner(p, ZERO), number(0)),
    "⟨Σu, p⟩": ([], inner(total(J, u), p), total(J, lambda e: inner(u(e), p))),
    "⟨Σu, Σv⟩": ([], inner(total(J, u), total(K, v)),
                 total(J, lambda e: total(K, lambda o: inner(u(e), v(o))))),
    "⟨L p, q⟩": ([], inner(linear(p), q), inner(p, linear(q, transposed=True))),
    "⟨Lᵀ p, q⟩": ([], inner(linear(p, transposed=True), q), inner(p, linear(q))),
    "⟨L M p, q⟩": ([], inner(linear(linear(p, "M")), q),
                   inner(linear(p, "M"), linear(q, transposed=True))),
    "⟨L M p, q⟩ the other way": ([], inner(linear(linear(p, "M")), q),
                                 inner(p, linear(linear(q, transposed=True), "M", True))),
    "‖L p‖²": ([], power(norm(linear(p)), 2), inner(p, linear(linear(p), transposed=True))),
    "L(p + x q)": ([], linear(add(p, mul(x, q))), add(linear(p), mul(x, linear(q)))),
    "L 0": ([], linear(ZERO), ZERO),
    "L Σu": ([], linear(total(J, lambda e: mul(f(e), u(e)))),
             total(J, lambda e: mul(f(e), linear(u(e))))),
    "a constant sum": ([], total(J, lambda e: x), mul(size(J), x)),
    "a factor leaves a sum": ([], total(J, lambda e: mul(x, s(e))), mul(x, total(J, s))),
    "a factor leaves a sum of vectors": ([], total(J, lambda e: mul(s(e), p)),
                                         mul(total(J, s), p)),
    "a sum over one": ([], total(single(i), s), s(i)),
    "a sum of a sum": ([], total(J, lambda e: add(s(e), f(e))), add(total(J, s), total(J, f))),
    "a sum over a union": ([], total(FN, s), add(total(F, s), total(N, s))),
    "a sum over a difference": ([], total(without(J, single(i)), s), sub(total(J, s), s(i))),
    "a product of sums": ([], mul(total(J, s), total(K, f)),
                          total(J, lambda e: total(K, lambda o: mul(s(e), f(o))))),
    "sums are exchanged": ([], total(J, lambda e: total(K, lambda o: two(e, o))),
                           total(K, lambda o: total(J, lambda e: two(e, o)))),
    "sums over one set are exchanged": ([], total(J, lambda e: total(J, lambda o: two(e, o))),
                                        total(J, lambda e: total(J, lambda o: two(o, e)))),
    "a sum over fibres": ([], total(N, lambda e: total(fibre(A, e), s)), total(F, s)),
    "a sum over fibres in the range": ([], total(image(A), lambda e: total(fibre(A, e), s)),
                                       total(F, s)),
    "a weighted sum over fibres": ([], total(N, lambda e: mul(f(e), total(fibre(A, e), s))),
                                   total(F, lambda o: mul(f(value(A, o)), s(o)))),
    "a sum over fibres of pairs": ([], total(N, lambda e: total(fibre(A, e), lambda o: two(o, e))),
                                   total(F, lambda o: two(o, value(A, o)))),
    "a sum over fibres of a map into its own source": (
        [], total(J, lambda e: mul(f(e), total(fibre(SELF, e), s))),
        total(J, lambda o: mul(f(value(SELF, o)), s(o)))),
    "a(t) = n in its fibre": ([], total(FA, lambda e: f(value(A, e))), mul(size(FA), f(n))),
    "a(t) at a free member": ([], f(value(A, in_fibre)), f(n)),
    "a sum cancels inside": ([], total(J, lambda e: div(mul(s(e), size(J)), size(J))),
                             total(J, s)),
    "a quotient leaves once defined": ([nonempty(J)], total(J, lambda e: div(s(e), size(J))),
                                       div(total(J, s), size(J))),
    "an empty sum": ([empty(J)], total(J, lambda e: div(1, x)), number(0)),
    "a max of equal members": ([nonempty(J)], maximum(J, lambda e: add(s(e), x)),
                               maximum(J, lambda e: sub(add(x, mul(2, s(e))), s(e)))),
    "a max inside exp": ([nonempty(J)], exp(add(maximum(J, s), x)),
                         mul(exp(x), exp(maximum(J, s)))),
    "an equation about a max": ([eq(maximum(J, s), y), nonempty(J)], add(maximum(J, s), x),
                                add(x, y)),
    "an equation": ([eq(x, mul(y, z))], add(x, exp(x)), add(mul(y, z), exp(mul(y, z)))),
    "equations in a circle": ([eq(x, y), eq(y, x)], mul(2, exp(x)), add(exp(x), exp(x))),
    "an equation for every index": ([every(J, lambda e: eq(s(e), f(e)))], total(J, s), total(J, f)),
    "an equation at an index": ([every(J, lambda e: eq(s(e), f(e)))], exp(s(i)), exp(f(i))),
    "an equation under two quantifiers": ([every(J, lambda e: every(J, lambda o:
                                           eq(two(e, o), mul(f(e), f(o)))))],
                                          total(J, lambda e: two(e, i)), mul(total(J, f), f(i))),
    "an equation of vectors": ([every(J, lambda e: eq(u(e), mul(s(e), p)))], total(J, u),
                               mul(total(J, s), p)),
    "an equation of vectors inside": ([eq(p, mul(x, q))], inner(p, q), mul(x, inner(q, q))),
    "an equation about an inner product": ([eq(inner(p, q), y)], inner(q, mul(2, p)), mul(2, y)),
    "an equation for members of a fibre": ([every(F, lambda e: eq(u(e), v(value(A, e))))],
                                           total(FA, u), mul(size(FA), v(n))),
    "an equation about a linear map": ([eq(linear(p), q)], linear(mul(2, p)), mul(2, q)),
}  # fmt: skip

DIFFERENT = {
    "a square forgets the cross term": ([], power(add(x, y), 2), add(power(x, 2), power(y, 2))),
    "exp of a sum": ([], exp(add(x, y)), add(exp(x), exp(y))),
    "exp of a product": ([], exp(mul(x, y)), mul(exp(x), exp(y))),
    "exp of another": ([], exp(x), exp(y)),
    "exp of 1": ([], exp(number(1)), number(2)),
    "exp of a multiple of a log": (POSITIVE, exp(mul(y, log(x))), x),
    "exp of log²": (POSITIVE, exp(power(log(x), 2)), power(x, 2)),
    "exp of half of log x²": ([lt(0, power(x, 2))], exp(div(log(power(x, 2)), 2)), x),
    "exp of log x y": ([lt(0, mul(x, y)), lt(x, 0)], exp(div(log(power(mul(x, y), 2)), 2)),
                       mul(norm(x), y)),
    "exp is not its argument": ([], exp(x), x),
    "log of a sum": (POSITIVE, log(add(x, y)), add(log(x), log(y))),
    "log of a power": (POSITIVE, log(power(x, 2)), log(x)),
    "log of another": (POSITIVE, log(x), log(y)),
    "log 6": ([], log(number(6)), add(log(number(2)), log(number(4)))),
    "log ½": ([], log(number(HALF)), log(number(2))),
    "tanh of a double": ([], tanh(mul(2, x)), mul(2, tanh(x))),
    "tanh is not even": ([], tanh(neg(x)), tanh(x)),
    "the root of a square": ([], sqrt(power(x, 2)), x),
    "the root of a sum": ([le(0, x), le(0, y)], sqrt(add(x, y)), add(sqrt(x), sqrt(y))),
    "the root of x y²": ([le(0, x)], sqrt(mul(x, power(y, 2))), mul(sqrt(x), y)),
    "the root of ⟨p,q⟩": ([le(0, inner(p, q))], sqrt(inner(p, q)), norm(p)),
    "the root of ⟨q,p⟩": ([le(0, inner(p, q))], sqrt(inner(p, q)), norm(q)),
    "the root of a fourth power": ([], sqrt(power(x, 4)), norm(x)),
    "√8": ([], sqrt(number(8)), mul(4, sqrt(number(2)))),
    "√2": ([], sqrt(number(2)), number(1)),
    "the cube root of a square": ([le(0, x)], power(power(x, 2), THIRD), x),
    "‖p + q‖": ([], norm(add(p, q)), add(norm(p), norm(q))),
    "‖p − q‖ and ‖p + q‖": ([], norm(sub(p, q)), norm(add(p, q))),
    "‖x p‖": ([], norm(mul(x, p)), mul(x, norm(p))),
    "‖x p‖ where y ≥ 0": ([le(0, y)], norm(mul(x, p)), mul(x, norm(p))),
    "|x|": ([], norm(x), x),
    "|x| where x ≤ 0": ([le(x, 0)], norm(x), x),
    "|x|³": ([], power(norm(x), 3), power(x, 3)),
    "|x³|": ([], norm(power(x, 3)), power(x, 3)),
    "‖p‖": ([], norm(p), inner(p, p)),
    "‖p‖³": ([], power(norm(p), 3), inner(p, p)),
    "‖p‖²": ([], power(norm(p), 2), inner(p, q)),
    "‖2p‖": ([], norm(mul(2, p)), norm(p)),
    "|x + y|": ([le(0, x)], norm(add(x, y)), add(x, y)),
    "⟨p, q⟩ and ⟨p, p⟩": ([], inner(p, q), inner(p, p)),
    "⟨L p, q⟩ and ⟨p, L q⟩": ([], inner(linear(p), q), inner(p, linear(q))),
    "⟨Lᵀ p, q⟩ and ⟨p, Lᵀ q⟩": ([], inner(linear(p, transposed=True), q),
                                 inner(p, linear(q, transposed=True))),
    "L and Lᵀ": ([], linear(p), linear(p, transposed=True)),
    "L and M": ([], linear(p), linear(p, "M")),
    "L M and M L": ([], linear(linear(p, "M")), linear(linear(p), "M")),
    "⟨L M p, q⟩": ([], inner(linear(linear(p, "M")), q),
                   inner(linear(p), linear(q, "M", transposed=True))),
    "⟨L p, M q⟩ and ⟨M p, L q⟩": ([], inner(linear(p), linear(q, "M")),
                                   inner(linear(p, "M"), linear(q))),
    "L is no number": ([], linear(p), p),
    "L forgets its factor": ([], linear(mul(x, p)), linear(p)),
    "‖L p‖": ([], norm(linear(p)), norm(p)),
    "a constant sum": ([], total(J, lambda e: x), x),
    "a sum over one": ([], total(single(i), s), s(j)),
    "a sum over two": ([], size(FN), number(2)),
    "a product of sums": ([], mul(total(J, s), total(J, f)), total(J, lambda e: mul(s(e), f(e)))),
    "the square of a sum": ([], power(total(J, s), 2), total(J, lambda e: power(s(e), 2))),
    "a sum over another set": ([], total(J, s), total(K, s)),
    "a sum over a union": ([], total(FN, s), total(F, s)),
    "a sum over a difference": ([], total(without(J, single(i)), s), sub(total(J, s), s(j))),
    "a sum over a part": ([], total(part_of(J), s), total(J, s)),
    "pairs are ordered": ([], total(J, lambda e: two(e, i)), total(J, lambda e: two(i, e))),
    "pairs over two sets": ([], total(J, lambda e: total(K, lambda o: two(e, o))),
                            total(J, lambda e: total(K, lambda o: two(o, e)))),
    "the outer and the inner index": ([], total(J, lambda e: total(J, lambda o: mul(s(e), exp(
                                       two(e, o))))),
                                      total(J, lambda e: total(J, lambda o: mul(s(o), exp(
                                          two(e, o)))))),
    "a sum over fibres of another map": (
        [], total(N, lambda e: mul(f(e), total(fibre(A, e), s))),
        total(N, lambda e: mul(f(e), total(fibre(Term("map", "b", F, N), e), s)))),
    "a sum over some fibres": ([], total(part_of(N), lambda e: total(fibre(A, e), s)),
                               total(F, s)),
    "sums over fibres and their mean": (
        [], mul(size(part_of(N)), total(part_of(N), lambda e: mul(f(e), total(fibre(A, e), s)))),
        mul(total(part_of(N), f), total(part_of(N), lambda e: total(fibre(A, e), s)))),
    "sums over fibres through members and their mean": (
        [], mul(size(F), total(F, lambda e: mul(f(e), total(fibre(A, value(A, e)), s)))),
        mul(total(F, f), total(F, lambda e: total(fibre(A, value(A, e)), s)))),
    "a sum over fibres of a map into its own source": (
        [], total(J, lambda e: mul(f(e), total(fibre(SELF, e), s))),
        total(J, lambda o: mul(f(value(SELF, o)), s(value(SELF, o))))),
    "a sum over one fibre of pairs": (
        [], total(N, lambda e: total(FA, lambda o: two(o, e))),
        total(F, lambda o: two(o, value(A, o)))),
    "a sum over one fibre": ([], total(N, lambda e: total(FA, s)), total(F, s)),
    "a weighted sum over fibres": ([], total(N, lambda e: mul(f(e), total(fibre(A, e), s))),
                                   total(F, lambda o: mul(f(o), s(o)))),
    "the square over fibres": ([], total(N, lambda e: power(total(fibre(A, e), s), 2)),
                               total(F, lambda o: power(s(o), 2))),
    "a(t) outside the fibre": ([], f(value(A, t)), f(n)),
    "a(t) in another fibre": ([], f(value(A, in_fibre)), f(m)),
    "b(t) in a fibre of a": ([], f(value(Term("map", "b", F, N), in_fibre)), f(n)),
    "a quotient that may be empty": ([], total(J, lambda e: div(s(e), size(J))),
                                     div(total(J, s), size(J))),
    "a mean that may be empty": ([], total(J, lambda e: div(1, size(J))), number(1)),
    "a softmax that may be empty": ([], total(J, lambda e: div(weight(e), total(J, weight))),
                                    number(1)),
    "a negative factor and a max": ([nonempty(J)], maximum(J, lambda e: neg(s(e))),
                                    neg(maximum(J, s))),
    "an unknown factor and a max": ([nonempty(J)], maximum(J, lambda e: mul(x, s(e))),
                                    mul(x, maximum(J, s))),
    "a factor ≤ 0 and a max": ([nonempty(J), le(x, 0)], maximum(J, lambda e: mul(x, s(e))),
                               mul(x, maximum(J, s))),
    "a sum of maxima": ([nonempty(J)], maximum(J, lambda e: add(s(e), f(e))),
                        add(maximum(J, s), maximum(J, f))),
    "a max over another set": ([nonempty(J), nonempty(K)], maximum(J, s), maximum(K, s)),
    "a max over one side": ([nonempty(F), nonempty(N)], maximum(FN, s), maximum(N, s)),
    "a max over one": ([], maximum(single(i), s), s(j)),
    "a max and its sum": ([nonempty(J)], maximum(J, s), total(J, s)),
    "a max over an inhabited part": ([nonempty(J), nonempty(part_of(J))], maximum(J, s),
                                     maximum(part_of(J), s)),
    "an equation about a multiple": ([eq(mul(2, x), y)], x, y),
    "an equation about a square": ([eq(power(x, 2), y)], x, y),
    "an equation about minus": ([eq(neg(x), y)], x, y),
    "an equation about a sum": ([eq(add(x, 1), y)], x, y),
    "an equation about another family": ([every(J, lambda e: eq(f(e), x))], s(i), x),
    "an equation on a part": ([every(part_of(J), lambda e: eq(s(e), x))], s(i), x),
    "an equation on another set": ([every(K, lambda e: eq(s(e), x))], s(i), x),
    "an equation at another index": ([eq(s(i), x)], s(j), x),
    "an equation on the diagonal": ([every(J, lambda e: eq(two(e, e), x))], two(i, j), x),
    "an inequality": ([le(x, y)], x, y),
    "two quantifiers, one of them wrong": ([every(J, lambda e: every(part_of(J), lambda o: eq(
                                            two(e, o), x)))], two(i, j), x),
    "existence": ([Term("exists", J, eq(s(Term("bound", 0)), x))], s(i), x),
    "a vacuous equation": ([every(J, lambda e: eq(number(1), 0)), empty(J)], number(1), number(0)),
    "an equation in the wrong direction of a chain": ([eq(x, y), eq(z, y)], x, c),
}  # fmt: skip


@pytest.mark.parametrize("name", EQUAL)
def test_equations_that_hold(name: str) -> None:
    hypotheses, left, right = EQUAL[name]
    assert k.exact(hypotheses, left, right).conclusion == eq(left, right)
    assert k.exact(hypotheses, right, left).conclusion == eq(right, left)


@pytest.mark.parametrize("name", DIFFERENT)
def test_near_misses(name: str) -> None:
    hypotheses, left, right = DIFFERENT[name]
    for sides in ((left, right), (right, left)):
        with pytest.raises(Unproved):
            k.exact(hypotheses, *sides)


def test_results_do_not_depend_on_the_order_of_calls() -> None:
    """Every equation and near miss again, in the reverse order and after all the others."""
    from derivations.proof_files import replay, to_json

    for name in reversed(DIFFERENT):
        hypotheses, left, right = DIFFERENT[name]
        with pytest.raises(Unproved):
            k.exact(hypotheses, left, right)
    for name in reversed(EQUAL):
        theorem = k.exact(*EQUAL[name])
        stored = to_json(k.well_defined(theorem))
        assert to_json(replay(stored)) == stored


NESTED = {
    "a sum over fibres over a part": total(part_of(N), lambda e: total(fibre(A, e), f)),
    "a sum over groups": total(N, lambda e: total(union(single(e), fibre(A, e)), f)),
    "a sum over what is left": total(J, lambda e: total(without(J, single(e)), s)),
    "a product of sums over fibres": total(
        part_of(N), lambda e: mul(total(fibre(A, e), f), total(fibre(A, e), s))
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_no_index_leaves_its_scope(name: str) -> None:
    """Sums are exchanged only where the inner set does not depend on the outer index."""
    form = context_of(frozenset(), NESTED[name]).normal_form(NESTED[name])
    assert not reify(form).free
    k.well_defined(k.exact([], NESTED[name], NESTED[name]))
