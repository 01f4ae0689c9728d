"""The formulas in a sentence are found, and its words are left alone."""

import pytest

from derivations.notes.formulas import parts, sentence
from derivations.notes.fragment import derivation_fragment
from derivations.results.effective_key import effective_key

FORMULAS = {
    "split over F ⊔ N": [r"F\sqcup N"],
    "group along a: F → N": [r"a\colon F\to N"],
    "j and its fibre make up the group of j": ["j", "j"],
    "at most log(1 + (n_j − 1)e^{−γ_j})": [r"\log(1+(n_{j}-1)e^{-\gamma _{j}})"],
    "γ = s_w − max of the rest": [r"\gamma =s_{w}"],
    "e^{−γ} ≤ 1": [r"e^{-\gamma}\le 1"],
    "n terms, each at most the largest": ["n"],
    "the key weights W_K'": ["W_{K}'"],
    "W′e_j": ["W'e_{j}"],
    "a⁻¹(j) is a fibre": ["a^{-1}(j)"],
    "x² ≥ 0": [r"x^{2}\ge 0"],
    "⟨q_i, k_j⟩ grows": [r"\langle q_{i}, k_{j}\rangle"],
    "‖v_t − v_{a(t)}‖ ≤ δ": [r"\|v_{t}-v_{a(t)}\|\le \delta"],
    "{j} ⊔ a⁻¹(j)": [r"\{j\}\sqcup a^{-1}(j)"],
    "at |N| = 2, c = 0, s_{N1} = 0": ["|N|=2", "c=0", r"s_{\mathrm{N1}}=0"],
    "softmax_j(z) within log n": [r"\operatorname{softmax}_{j}(z)", r"\log n"],
    "(as F ⊔ N)": [r"F\sqcup N"],
    "F (and N)": ["F", "N"],
    "x < y": ["x<y"],
    "step 3: x = y": ["x=y"],
    "A mixture over A": ["A"],
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_set_as_one(text: str) -> None:
    assert [part for is_formula, part in parts(text) if is_formula] == FORMULAS[text]
    assert all(part.isascii() for is_formula, part in parts(text) if is_formula)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a coefficient is exp(log-sum-exp)",
        "every frozen value is its cluster's",
        "i.e. or e.g. what I mean",
        "up to 50 % & 1/2 of 0.25",
        "my_file.py at k_b_c and N@F",
        "the winner's, the token’s",
        "( [ { ⟨ | ‖ ) = ≤ , :",
        "{x | y",
        "<b>bold</b>",
        "Grönwall and Ångström",
    ],
)
def test_words_stay_words(text: str) -> None:
    assert "".join(part for _, part in parts(text)) == text
    found = [part for is_formula, part in parts(text) if is_formula]
    assert found in ([], ["y"], ["x"], ["x", "y"]), found


def test_nothing_of_a_sentence_is_lost() -> None:
    text = "of α, W_K and  _odd_ ^things^ {unbalanced"
    assert sentence(text, lambda words: words, lambda formula: "") == (
        "of ,  and  _odd_ ^things^ {unbalanced"
    )


def test_reasons_in_print_are_mathematics() -> None:
    text = derivation_fragment(effective_key.report(search=False), "effective_key")
    assert r"\keystarreason{split over $F\sqcup N$}" in text
    assert r"\keystarreason{group along $a\colon F\to N$}" in text
