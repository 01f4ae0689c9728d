"""What is printed of the symbols of a statement: disjoint sets, subsets, maps, free indices."""

import pytest

from derivations.language import (
    Singleton,
    at_most,
    cardinality,
    cluster_map,
    index,
    index_set,
    index_sets,
    linear_map,
    named,
    norm,
    scalar,
    scalars,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.declarations import Signature, codomain
from derivations.language.printing import declaration_texts, latex_text, unicode_text
from derivations.language.statements import state
from derivations.notes.setting import setting

F, N = index_sets("F", "N", nonempty="N")
A, B, D = index_sets("A", "B", "D")
M = index_set("M")
C = index_set("C", subset_of=N)
a, b = cluster_map("a", F, N), cluster_map("b", C, M)
i, m = N.index("i"), M.index("m")
s, g = scalars("s"), scalars("g")
k, v = vectors("k"), vectors("v")
W, q, x = linear_map("W"), vector("q"), scalar("x")
w = winner_map("w", N, a.group, by=s)


def test_a_winner_lies_in_its_group() -> None:
    """The hypothesis that it is largest says nothing of that, and |a⁻¹(i)| ≥ 1 needs it."""
    fibre = winner_map("u", N, a.fibre, by=s)
    said = state(1, "<=", cardinality(a.fibre(i)), given=[at_most(s[fibre(i)], 0)])
    assert "u: N → F with u(j) ∈ a⁻¹(j) for every j ∈ N" in declaration_texts(said)


def test_a_free_index_is_in_its_set() -> None:
    said = state(cardinality(M), ">=", 1, given=[at_most(s[m], 0)])
    assert declaration_texts(said) == ["M a finite set", "m ∈ M", "s_t real"]


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        (cardinality(F | N), ["F, N disjoint finite sets"]),
        (cardinality((A | B) | D), ["A, B, D pairwise disjoint finite sets"]),
        (cardinality(A) + cardinality(D), ["A, D disjoint finite sets"]),
        (cardinality(A), ["A a finite set"]),
        (cardinality(F) - cardinality(M), ["F a finite set", "M a finite set"]),
        (cardinality(N - C), ["N a finite set", "C ⊆ N"]),
        (cardinality(a.range), ["F, N disjoint finite sets", "a: F → N"]),
        (s[b(C.index("c"))], ["M a finite set", "N a finite set", "C ⊆ N", "b: C → M", "c ∈ C"]),
        (s[index("l", F | N)], ["F, N disjoint finite sets", "l ∈ F ⊔ N"]),
        (norm(W(q)), ["q a vector", "W linear"]),
        (x + sum_over(M, lambda t: g(t, t)), ["M a finite set", "x, g_{t,t'} real"]),
        (norm(v[m] - k[m]), ["M a finite set", "m ∈ M", "k_t, v_t vectors"]),
    ],
)
def test_what_is_declared_is_told_once_and_in_order(expression, texts: list[str]) -> None:
    told = declaration_texts(expression)
    assert [text for text in told if not text.startswith("s_")] == texts
    assert told == declaration_texts(expression, expression)


def test_what_words_mean_and_winners_are_chosen_by_counts_too() -> None:
    told = declaration_texts(named("y", x + s[w(i)]))
    assert told == [
        "F, N disjoint finite sets",
        "a: F → N",
        "i ∈ N",
        "w: N → F ⊔ N with w(j) ∈ {j} ⊔ a⁻¹(j) for every j ∈ N",
        "x, s_t real",
    ]
    assert declaration_texts(named("y", scalar("z"))) == ["z real"]


def test_a_name_that_is_taken_is_not_used_for_any_token() -> None:
    told = declaration_texts(s[w(N.index("j"))] + s[F.index("t")])
    assert "w: N → F ⊔ N with w(j') ∈ {j'} ⊔ a⁻¹(j') for every j' ∈ N" in told
    assert "s_{t'} real" in told


def test_a_subset_of_what_a_map_makes_comes_after_the_map() -> None:
    told = declaration_texts(cardinality(index_set("H", subset_of=a.fibre(i))))
    assert told == ["F, N disjoint finite sets", "a: F → N", "i ∈ N", "H ⊆ a⁻¹(i)"]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (lambda j: Singleton(j), "u: N → N"),
        (lambda j: M, "u: N → M"),
        (lambda j: N.without(j), "u: N → N"),
        (lambda j: a.group(j).without(j), "u: N → F ⊔ N"),
        (lambda j: index_set("H", subset_of=a.fibre(j)), "u: N → F"),
        (lambda j: Singleton(w(j)), "u: N → F ⊔ N"),
        (lambda j: Singleton(j) | M, "u: N → M ∪ N"),
    ],
)
def test_where_a_map_goes(group, expected: str) -> None:
    found = winner_map("u", N, group, by=s)
    assert unicode_text(Signature(found)) == expected
    assert not any(one.has(found.args[2]) for one in codomain(found))


def test_latex() -> None:
    assert latex_text(Signature(w)) == r"w\colon N\to F\sqcup N"
    text = "".join(one if isinstance(one, str) else f"${latex_text(one)}$" for one in setting([C]))
    assert text == r"Let $N$ be a finite set and $C\subseteq N$."


def test_the_sentence_of_a_theorem() -> None:
    prose = setting([norm(v[w(i)]), W(q), x, cardinality(M)])
    assert "".join(map(str, prose)) == (
        "Let F and N be disjoint finite sets, M a finite set, a: F → N, i ∈ N and w: N → F ⊔ N "
        "with w(j) ∈ {j} ⊔ a⁻¹(j) for every j ∈ N. Here x and s_t are real numbers, q and v_t are "
        "vectors of a real inner product space and W is a linear map."
    )
    assert setting([]) == ()
    assert "".join(map(str, setting([x]))) == "Here x is a real number."
