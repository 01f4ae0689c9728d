"""Common summands and factors taken out of maxima, and what must stay inside."""

import pytest

from derivations.kernel.terms import Term, Unproved, add, mul
from derivations.proof_files import verify
from derivations.search.derived_rules import weaken
from derivations.search.library import Library
from derivations.search.prover import Prover
from derivations.terms import sub
from tests.kernel.building import (
    A,
    F,
    J,
    eq,
    exp,
    f,
    fibre,
    i,
    le,
    lt,
    maximum,
    n,
    nonempty,
    s,
    single,
    total,
    value,
    x,
)

FA = fibre(A, n)
EQUAL = {
    "a max over one": ([], maximum(single(i), s), s(i)),
    "a constant max": ([nonempty(J)], maximum(J, lambda e: x), x),
    "a shift leaves a max": ([nonempty(J)], maximum(J, lambda e: add(s(e), x)),
                             add(maximum(J, s), x)),
    "a positive factor leaves a max": ([nonempty(J), lt(0, x)], maximum(J, lambda e: mul(x, s(e))),
                                       mul(x, maximum(J, s))),
    "a factor ≥ 0 leaves a max": ([nonempty(J), le(0, x)], maximum(J, lambda e: mul(x, s(e))),
                                  mul(x, maximum(J, s))),
    "a number leaves a max": ([nonempty(J)], maximum(J, lambda e: mul(2, s(e))),
                              mul(2, maximum(J, s))),
    "a max in a fibre": ([nonempty(FA)], maximum(FA, lambda e: add(s(e), f(value(A, e)))),
                         add(maximum(FA, s), f(n))),
    "a shift inside exp": ([nonempty(J)], exp(maximum(J, lambda e: add(s(e), x))),
                           mul(exp(x), exp(maximum(J, s)))),
    "a shift of each max in a sum": (
        [nonempty(J)],
        total(F, lambda t: exp(maximum(J, lambda e: add(s(e), f(t))))),
        mul(exp(maximum(J, s)), total(F, lambda t: exp(f(t)))),
    ),
    "logits less the largest": ([nonempty(J)], maximum(J, lambda e: sub(s(e), maximum(J, s))),
                                mul(0, x)),
}  # fmt: skip
DIFFERENT = {
    "a factor of unknown sign": ([nonempty(J)], maximum(J, lambda e: mul(x, s(e))),
                                 mul(x, maximum(J, s))),
    "a negative factor": ([nonempty(J), lt(x, 0)], maximum(J, lambda e: mul(x, s(e))),
                          mul(x, maximum(J, s))),
    "a shift that depends on the member": ([nonempty(J)], maximum(J, lambda e: add(s(e), f(e))),
                                           add(maximum(J, s), f(i))),
    "a shift over a set that may be empty": ([], maximum(J, lambda e: add(s(e), x)),
                                             add(maximum(J, s), x)),
    "half of a shift": ([nonempty(J)], maximum(J, lambda e: add(s(e), mul(2, x))),
                        add(maximum(J, s), x)),
}  # fmt: skip


def prove(hypotheses: list[Term], left: Term, right: Term):
    return Prover(Library(())).under_equations(frozenset(hypotheses), eq(left, right))


@pytest.mark.parametrize("name", EQUAL)
def test_equations_that_hold(name: str) -> None:
    hypotheses, left, right = EQUAL[name]
    theorem = prove(hypotheses, left, right)
    assert theorem.conclusion == eq(left, right)
    assert theorem.hypotheses <= set(hypotheses)
    from derivations.kernel.rules import well_defined

    verify(well_defined(weaken(theorem, hypotheses)))


@pytest.mark.parametrize("name", DIFFERENT)
def test_equations_that_do_not(name: str) -> None:
    with pytest.raises(Unproved):
        prove(*DIFFERENT[name])
