"""LaTeX as it is written in a paper, one line of Unicode, and SymPy's own printers."""

import pytest
import sympy
from sympy import Max, Rational

from derivations.language import (
    Abs,
    MapSetSum,
    at_most,
    attention,
    cardinality,
    cluster_map,
    diameter,
    equal,
    exp,
    for_all,
    index,
    index_set,
    index_sets,
    inner,
    less,
    linear_map,
    log,
    log_sum_exp,
    max_over,
    min_over,
    named,
    non_empty,
    norm,
    oscillation,
    outer,
    projection_off,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sqrt,
    sum_over,
    tanh,
    there_is,
    vector,
    vectors,
    winner_map,
)
from derivations.language.printing import definitions_in, latex_text, unicode_text
from derivations.language.propositions import Empty
from derivations.language.statements import state

F, N = index_sets("F", "N")
C = index_set("C", subset_of=N)
a = cluster_map("a", F, N)
i, j, t = N.index("i"), index("j"), index("t")
s, v, k, e, z = scalars("s"), vectors("v"), vectors("k"), vectors("e"), scalars("z")
q, u = vector("q_i"), vector("u")
x, y, eta = scalar("x"), scalar("y"), scalar("eta")
W, U = linear_map("W_K"), linear_map("U")
w = winner_map("w", N, a.group, by=lambda m: inner(q, k[m]))


def Z(domain, name="t"):
    """The partition sum."""
    return sum_over(domain, lambda m: exp(s[m]), name)


def weighted(domain, name="t"):
    """Σ e^{s} v."""
    return sum_over(domain, lambda m: exp(s[m]) * v[m], name)


alpha = named("alpha", Z(F) / (Z(F) + Z(N)))
delta = scalar("delta")


def grouped(m):
    """z_j."""
    return named("z", log_sum_exp(a.group(m), s), m)


PRINTED: list[tuple[object, str, str]] = [
    (weighted(N, "j"), r"\sum_{j\in N} e^{s_j} v_j", "Σ_{j∈N} exp(s_j)·v_j"),
    (sum_over(a.fibre(i), s, "t"), r"\sum_{t:\,a(t)=i} s_t", "Σ_{t: a(t)=i} s_t"),
    (
        max_over(a.group(i), s, "t"),
        r"\max_{t\in\{i\}\sqcup a^{-1}(i)} s_t",
        "max_{t∈{i} ⊔ a⁻¹(i)} s_t",
    ),
    (min_over(C, s), r"\min_{j\in C} s_j", "min_{j∈C} s_j"),
    (cardinality(F | N), r"|F\sqcup N|", "|F ⊔ N|"),
    (cardinality(a.range), "|a(F)|", "|a(F)|"),
    (
        log_sum_exp(a.group(i), s),
        r"\log\sum_{t\in\{i\}\sqcup a^{-1}(i)} e^{s_t}",
        "log Σ_{t∈{i} ⊔ a⁻¹(i)} exp(s_t)",
    ),
    (log(Z(N)), r"\log\sum_{t\in N} e^{s_t}", "log(Σ_{t∈N} exp(s_t))"),
    (
        softmax_mean(N, s, v),
        r"\sum_{j\in N}\operatorname{softmax}_j(s)\,v_j",
        "Σ_{j∈N} softmax_j(s)·v_j",
    ),
    (
        softmax_mean(N, grouped, v),
        r"\sum_{j\in N}\operatorname{softmax}_j(z)\,v_j",
        "Σ_{j∈N} softmax_j(z)·v_j",
    ),
    (
        attention(N, q, k @ w, v),
        r"\sum_{j\in N}\operatorname{softmax}_j(\langle q_i, k_{w(j)}\rangle)\,v_j",
        "Σ_{j∈N} softmax_j(⟨q_i, k_{w(j)}⟩)·v_j",
    ),
    (softmax(N, s, at=i), r"\operatorname{softmax}_{l\in N}(s_l)_i", "softmax_{l∈N}(s_l)_i"),
    (
        (weighted(F) + weighted(N)) / (Z(F) + Z(N)),
        r"\frac{\sum_{t\in F} e^{s_t} v_t + \sum_{t\in N} e^{s_t} v_t}"
        r"{\sum_{t\in F} e^{s_t} + \sum_{t\in N} e^{s_t}}",
        "(Σ_{t∈F} exp(s_t)·v_t + Σ_{t∈N} exp(s_t)·v_t)/(Σ_{t∈F} exp(s_t) + Σ_{t∈N} exp(s_t))",
    ),
    (alpha * delta, r"\alpha \delta", "α·δ"),
    ((1 - alpha) * u + alpha * v[i], r"\alpha v_i + (1 - \alpha)\,u", "α·v_i + (1 − α)·u"),
    (
        tanh(oscillation(N, lambda m: grouped(m) - s[m]) / 4) * diameter(N, v),
        r"\tanh\left( \frac{\operatorname{osc}_{j\in N}(z_j - s_j)}{4} \right)"
        r"\,\operatorname{diam}\{v_j : j\in N\}",
        "tanh(osc_{j∈N} (z_j − s_j)/4)·diam{v_j : j∈N}",
    ),
    (norm(v[i] - v[w(i)]), r"\lVert v_i - v_{w(i)}\rVert", "‖v_i − v_{w(i)}‖"),
    (norm(u) ** 2, r"\lVert u\rVert^{2}", "‖u‖²"),
    (
        norm(Z(F) * u),
        r"\left\lVert \left( \sum_{t\in F} e^{s_t} \right)\,u \right\rVert",
        "‖(Σ_{t∈F} exp(s_t))·u‖",
    ),
    (inner(q, k[w(i)]), r"\langle q_i, k_{w(i)}\rangle", "⟨q_i, k_{w(i)}⟩"),
    (W(e[i]), "W_K e_i", "W_K e_i"),
    (W.T(q), r"W_K^{\top} q_i", "W_Kᵀ q_i"),
    ((W.T @ U)(u), r"(W_K^{\top} U) u", "(W_Kᵀ U) u"),
    ((W @ U).T, r"(W_K U)^{\top}", "(W_K U)ᵀ"),
    (W(2 * u), "W_K (2 u)", "W_K (2·u)"),
    ((x * W - U)(u), "(x W_K - U) u", "(x·W_K − U) u"),
    (projection_off(u)(e[i]), r"P_{u^{\perp}} e_i", "P_{u⊥} e_i"),
    (outer(u, v[i])(q), r"(u v_i^{\top}) q_i", "(u v_iᵀ) q_i"),
    (
        MapSetSum(outer(v[j], k[j]), j, N),
        r"\sum_{j\in N} v_j k_j^{\top}",
        "Σ_{j∈N} v_j k_jᵀ",
    ),
    (sum_over(N.without(i), s), r"\sum_{j\in N\setminus\{i\}} s_j", "Σ_{j∈N ∖ {i}} s_j"),
    ((N - C) | F, r"(N\setminus C)\sqcup F", "(N ∖ C) ⊔ F"),
    (a.group(i), r"\{i\}\sqcup a^{-1}(i)", "{i} ⊔ a⁻¹(i)"),
    (k[w(i)], "k_{w(i)}", "k_{w(i)}"),
    (scalars("p")[i, w(i)], "p_{i,w(i)}", "p_{i,w(i)}"),
    (scalars("z_F")[i], "z_{F,i}", "z_F_i"),
    (x**2 - 1, "x^{2} - 1", "x² − 1"),
    (1 - x, "1 - x", "1 − x"),
    (-x - exp(-y), "-x - e^{-y}", "−x − exp(−y)"),
    (x / (1 + y) ** 2, r"\frac{x}{(1 + y)^{2}}", "x/(1 + y)²"),
    (3 * x * u / 4, r"\frac{3 x}{4}\,u", "3·x/4·u"),
    (x ** Rational(3, 2), "x^{3/2}", "x^(3/2)"),
    ((sqrt(x) - 1) / (sqrt(x) + 1), r"\frac{\sqrt{x} - 1}{1 + \sqrt{x}}", "(√x − 1)/(1 + √x)"),
    (x ** (-y), "x^{-y}", "x^(−y)"),
    (scalar("k^*") ** 2, "(k^*)^{2}", "(k^*)²"),
    (Abs(x - s[i]) * 2, r"2 \lvert x - s_i\rvert", "2·|x − s_i|"),
    (Abs(x * Abs(y - 1) + 1), r"\lvert 1 + x \lvert y - 1\rvert\rvert", "abs(1 + x·|y − 1|)"),
    (Max(x, s[i]), r"\max(s_i, x)", "max(s_i, x)"),
    (log(cardinality(N)), r"\log|N|", "log(|N|)"),
    (x * log(y) * exp(y), r"x e^{y} \log y", "x·exp(y)·log(y)"),
    (log(x) * log(y), r"(\log x)\,\log y", "log(x)·log(y)"),
    (sympy.pi * x, r"\pi x", "π·x"),
    (equal(s[i], 0), "s_i = 0", "s_i = 0"),
    (less(0, x), "0 < x", "0 < x"),
    (x <= s[i], r"x \le s_i", "x ≤ s_i"),
    (for_all(j, N, at_most(s[j], eta)), r"\forall j\in N\colon\ s_j \le \eta", "∀ j∈N: s_j ≤ η"),
    (
        for_all(j, N, for_all(t, a.group(j), at_most(s[t], s[w(j)]))),
        r"\forall j\in N\colon\ \forall t\in\{j\}\sqcup a^{-1}(j)\colon\ s_t \le s_{w(j)}",
        "∀ j∈N: ∀ t∈{j} ⊔ a⁻¹(j): s_t ≤ s_{w(j)}",
    ),
    (
        there_is(j, a.fibre(i), equal(v[j], u)),
        r"\exists j\in a^{-1}(i)\colon\ v_j = u",
        "∃ j∈a⁻¹(i): v_j = u",
    ),
    (non_empty(F), r"F\neq\emptyset", "F ≠ ∅"),
    (Empty(F), r"F = \emptyset", "F = ∅"),
    (state(x, "=", y), "x = y", "x = y"),
    (state(x, ">=", y), r"x \ge y", "x ≥ y"),
    (
        state(u, "approx", q, budget=alpha * delta),
        r"u \approx q_i\quad(\text{within }\alpha \delta)",
        "u ≈ q_i (within α·δ)",
    ),
    (s, "s", "s"),
    (a, "a", "a"),
    (w(i), "w(i)", "w(i)"),
    (0, "0", "0"),
    (scalar(r"\Delta^N"), r"\Delta^N", "Δ^N"),
    (scalar("lambda_max"), r"\lambda_{\mathrm{max}}", "λ_max"),
    (scalar("epsilon"), r"\varepsilon", "ε"),
    (scalar("ε_j"), r"\varepsilon_j", "ε_j"),
    (scalar(r"\bar{k}_j"), r"\bar{k}_j", "k̄_j"),
    (scalar("mass"), r"\mathrm{mass}", "mass"),
    (scalar("W_K'"), "W_K'", "W_K'"),
]


@pytest.mark.parametrize(
    ("thing", "latex", "plain"), PRINTED, ids=[str(n) for n in range(len(PRINTED))]
)
def test_printed(thing: object, latex: str, plain: str) -> None:
    assert latex_text(thing) == latex
    assert unicode_text(thing) == plain


PRIMED: list[tuple[object, str]] = [
    (sum_over(N, lambda m: sum_over(F, lambda n: s[m] * s[n])), "Σ_{j∈N} Σ_{j'∈F} s_j·s_{j'}"),
    (sum_over(N, lambda m: s[m] * s[i], "i"), "Σ_{i'∈N} s_i·s_{i'}"),
    (sum_over(N, lambda m: x * s[m], "x"), "Σ_{x'∈N} s_{x'}·x"),
    (sum_over(N, s, "N"), "Σ_{N'∈N} s_{N'}"),
    (sum_over(N, s) + sum_over(F, s), "Σ_{j∈F} s_j + Σ_{j∈N} s_j"),
    (sum_over(N, s) * s[N.index("j")], "s_j·Σ_{j'∈N} s_{j'}"),
    (sum_over(N, s).body, "s_j"),
    (sum_over(N, lambda m: sum_over(N, lambda n: s[m] * s[n])).body, "Σ_{j'∈N} s_j·s_{j'}"),
    (sum_over(N, lambda m: diameter(F, lambda n: s[m] * v[n])), "Σ_{j∈N} diam{s_j·v_{j'} : j'∈F}"),
]


@pytest.mark.parametrize(("thing", "plain"), PRIMED, ids=[str(n) for n in range(len(PRIMED))])
def test_no_two_indices_in_sight_share_a_name(thing: object, plain: str) -> None:
    assert unicode_text(thing) == plain


def test_print_and_str_write_unicode() -> None:
    assert str(weighted(F)) == repr(weighted(F)) == "Σ_{t∈F} exp(s_t)·v_t"
    assert str(a.group(i)) == "{i} ⊔ a⁻¹(i)"
    assert str(non_empty(N)) == "N ≠ ∅"
    assert f"{alpha}" == "α"
    assert str(W.T) == "W_Kᵀ"


def test_inside_expressions_of_sympy_ours_are_bracketed() -> None:
    assert str(2 * sum_over(N, s)) == "2*(Σ_{j∈N} s_j)"
    assert str(norm(q) * x) == "x*‖q_i‖"
    assert sympy.latex(2 * sum_over(N, s)) == r"2 \left( \sum_{j\in N} s_j \right)"
    assert sympy.latex(exp(s[i]) + 1) == r"e^{s_i} + 1"
    assert sympy.latex(alpha) == r"\alpha"


def test_notebooks_and_pretty_printing() -> None:
    assert weighted(F)._repr_latex_() == r"$\displaystyle \sum_{t\in F} e^{s_t} v_t$"
    assert sympy.pretty(sum_over(N, s)) == "Σ_{j∈N} s_j"
    assert "Σ_{t∈N} exp(s_t)" in sympy.pretty(1 / Z(N), use_unicode=True)


def test_classes_that_share_a_name_with_sympy_print_as_ours() -> None:
    for printer in (str, sympy.latex, sympy.pretty):
        assert "W" in printer(W.T)
        assert "F" in printer(F | N)
        assert printer(a.range)


def test_definitions_come_in_order_of_dependence() -> None:
    z_f = named("Z_F", Z(F))
    share = named("alpha", z_f / (z_f + Z(N)))
    listed = definitions_in(share * named("beta", 1 - share))
    names = [unicode_text(name) for name, _ in listed]
    assert names == ["Z_F", "α", "β"]
    assert [unicode_text(meaning) for _, meaning in listed] == [
        "Σ_{t∈F} exp(s_t)",
        "Z_F/(Z_F + Σ_{t∈N} exp(s_t))",
        "1 − α",
    ]


def test_a_definition_with_an_index_is_listed_once() -> None:
    expr = softmax_mean(N, grouped, v) + grouped(i) * u + sum_over(N, grouped, "l") * q
    (name, meaning), *others = definitions_in(expr)
    assert not others
    assert unicode_text(name) in ("z_i", "z_j", "z_l")
    letter = unicode_text(name)[-1]
    assert unicode_text(meaning) == f"log Σ_{{t∈{{{letter}}} ⊔ a⁻¹({letter})}} exp(s_t)"


def test_a_definition_at_the_value_of_a_map_is_an_instance() -> None:
    def shifted(m):
        return named("y", s[m] + 1, m)

    both = definitions_in(shifted(w(i)) + shifted(i))
    assert [unicode_text(name) for name, _ in both] == ["y_i"]
    assert [unicode_text(name) for name, _ in definitions_in(shifted(w(i)))] == ["y_{w(i)}"]


def test_definitions_in_statements_are_those_of_all_parts() -> None:
    made = state(
        u,
        "approx",
        alpha * u,
        budget=named("beta", alpha * x),
        given=[at_most(named("gamma", x), 1)],
    )
    assert [unicode_text(name) for name, _ in definitions_in(made)] == ["α", "β", "γ"]
    assert definitions_in(x) == []


def test_definitions_of_things_shown_together_are_listed_once() -> None:
    here = sum_over(N, grouped, "j")
    there = sum_over(N, grouped, "l")
    assert [unicode_text(name) for name, _ in definitions_in(here, there)] == ["z_j"]


def test_a_definition_in_the_logit_of_a_winner_map_has_a_printable_index() -> None:
    def logit(m):
        return named("y", s[m] + x, m)

    chosen = winner_map("u", N, a.group, by=logit)
    ((name, meaning),) = definitions_in(v[chosen(i)])
    assert (unicode_text(name), unicode_text(meaning)) == ("y_t", "s_t + x")


def test_greek_letters_are_ordered_by_their_names() -> None:
    expr = tanh(x) + alpha * delta
    assert unicode_text(expr) == "α·δ + tanh(x)"
    assert latex_text(expr) == r"\alpha \delta + \tanh x"


def test_two_meanings_of_one_name_are_both_listed() -> None:
    both = named("alpha", x) + named("alpha", y)
    assert sorted(unicode_text(meaning) for _, meaning in definitions_in(both)) == ["x", "y"]
