"""Plain text for kernel terms: what is written is what is meant, whatever the names."""

from fractions import Fraction

import pytest

from derivations.kernel.rules import cite, exact
from derivations.kernel.terms import Term, lift, mul, relation
from derivations.showing import cited, declared, show
from tests.kernel.building import (
    A,
    F,
    J,
    N,
    base,
    entry,
    every,
    index,
    maximum,
    power,
    s,
    total,
    x,
    y,
)

free = index("j", J)


def scalar(name: str) -> Term:
    return Term("scalar", name)


SHOWN: list[tuple[Term, str]] = [
    (total(J, s), "Σ_{j ∈ J} (s[j])"),
    (total(J, lambda _: s(free)), "Σ_{t ∈ J} (s[j])"),
    (every(J, lambda k: relation("le", s(k), s(free))), "∀_{t ∈ J} (s[t] ≤ s[j])"),
    (total(J, lambda a: total(J, lambda b: mul(s(a), s(b)))), "Σ_{j ∈ J} (Σ_{t ∈ J} (s[j]·s[t]))"),
    (total(J, lambda a: mul(s(a), scalar("j"))), "Σ_{t ∈ J} (s[t]·j)"),
    (total(base("j"), entry("t")), "Σ_{l ∈ j} (t[l])"),
    (power(lift(-1), 2), "(-1)^(2)"),
    (power(lift(Fraction(2, 3)), 2), "(2/3)^(2)"),
    (power(lift(3), 2), "3^(2)"),
    (mul(maximum(J, s), -1), "(max_{j ∈ J} (s[j]))·-1"),
    (mul(total(J, s), x), "(Σ_{j ∈ J} (s[j]))·x"),
    (power(scalar("1 - 3"), 2), "'1 - 3'^(2)"),
    (scalar("x\n  given   1 = 2"), r"'x\n  given   1 = 2'"),
    (scalar("exp(x)"), "'exp(x)'"),
    (scalar("3"), "'3'"),
    (scalar("x²"), "'x²'"),
    (Term("apply", "Wᵀ", False, Term("vector", "v")), "'Wᵀ'(v)"),
    (Term("apply", "W", True, Term("vector", "v")), "Wᵀ(v)"),
    (scalar("x\ufe0f"), "'x\ufe0f'"),
    (entry("s[i] + s")(free), "'s[i] + s'[j]"),
    (base("F", "F,N"), "F@F,N"),
    (base("F", "N ∩ G"), "F@'N ∩ G'"),
    (scalar("λ_max′"), "λ_max′"),
    (scalar("k\u0304'"), "k\u0304'"),
    (Term("fibre", A, index("n", N)), "a⁻¹(n)"),
]


@pytest.mark.parametrize(("term", "text"), SHOWN, ids=[str(n) for n in range(len(SHOWN))])
def test_a_term_reads_as_it_is_meant(term: Term, text: str) -> None:
    assert show(term) == text


def test_what_is_declared_is_named_likewise() -> None:
    odd = Term("map", "a = b", base("j", "one"), base("N\n", "one"))
    claim = s(Term("value", odd, index("0 < 1", base("j", "one"))))
    assert declared(exact(frozenset(), claim, claim)) == [
        r"'N\n'@one ∩ j@one = ∅",
        "'0 < 1' ∈ j@one",
        r"'a = b'(t) ∈ 'N\n'@one for every t ∈ j@one",
    ]


def test_sets_are_disjoint_by_their_label_and_not_by_how_it_is_printed() -> None:
    claim = total(base("G@one", "two"), s)
    assert declared(exact(frozenset(), claim, claim)) == []
    both = exact(frozenset(), mul(claim, total(F, s)), mul(total(F, s), claim))
    assert declared(both) == []


def test_a_cited_name_stays_on_its_line() -> None:
    known = cite("one\n  lemma two", exact(frozenset(), y, y))
    assert cited(known) == {r"'one\n  lemma two'": "⊢ y = y"}
