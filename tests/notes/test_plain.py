"""Plain text becomes LaTeX that prints it."""

import string

import pytest

from derivations.notes.plain import latex_of

MATHEMATICS = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ−·×±≤≥≠≈≪≫≻∈∉⊂⊆⊔∪∩∖∅∀∃∑∏∫√∞→←↦⇒⇔‖⟨⟩⊥⊤ℓℝℕ′⊢✓"


@pytest.mark.parametrize("letter", "\\{}$&%#_^~")
def test_what_tex_would_obey_is_escaped(letter: str) -> None:
    assert latex_of(letter) != letter
    assert latex_of(letter).startswith("\\")


def test_letters_and_digits_stay() -> None:
    text = string.ascii_letters + string.digits
    assert latex_of(text) == text


def test_mathematical_letters_become_commands() -> None:
    for letter in MATHEMATICS:
        made = latex_of(letter)
        assert made.isascii(), letter
        assert made.startswith(r"\ensuremath{"), letter


def test_accents_stay_and_foreign_letters_show_their_code() -> None:
    assert latex_of("Grönwall") == "Grönwall"
    assert latex_of("字") == "[U+5B57]"


def test_raised_and_lowered_digits() -> None:
    assert latex_of("a⁻¹(j)") == r"a\ensuremath{^{-}}\ensuremath{^{1}}(j)"
    assert latex_of("s₁") == r"s\ensuremath{_{1}}"


def test_line_breaks_become_spaces() -> None:
    assert latex_of("one\n\n  two") == "one two"
