"""A user's plain text (names, reasons, witnesses) as LaTeX text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from html import escape

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\^{}",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    '"': r"\textquotedbl{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "\N{NO-BREAK SPACE}": "~",
}
_SCRIPT = re.compile(
    r"(?:(?<=[^\W\d_])(?<![^\W\d_Δ][^\W\d_])|(?<=[)\]|]))"  # after a letter, or Δx, or a bracket
    r"([_^])(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w)(?!\w))"
)
_TAGS = {"sub": "sub", "super": "sup"}
LATIN = "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž"
_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "varphi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Υ": "Upsilon",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}
_SYMBOLS = {
    "−": "-",
    "·": r"\cdot",
    "×": r"\times",
    "±": r"\pm",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "≪": r"\ll",
    "≫": r"\gg",
    "≻": r"\succ",
    "∈": r"\in",
    "∉": r"\notin",
    "⊂": r"\subset",
    "⊆": r"\subseteq",
    "⊔": r"\sqcup",
    "∪": r"\cup",
    "∩": r"\cap",
    "∖": r"\setminus",
    "∅": r"\emptyset",
    "∀": r"\forall",
    "∃": r"\exists",
    "∑": r"\sum",
    "∏": r"\prod",
    "∫": r"\int",
    "√": r"\surd",
    "∞": r"\infty",
    "→": r"\to",
    "←": r"\leftarrow",
    "↦": r"\mapsto",
    "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow",
    "‖": r"\|",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "⊥": r"\perp",
    "⊤": r"\top",
    "ℓ": r"\ell",
    "ℝ": r"\mathbb{R}",
    "ℕ": r"\mathbb{N}",
    "′": r"{}^{\prime}",
    "⊢": r"\vdash",
    "✓": r"\checkmark",
}


def latex_of(text: str) -> str:
    r"""`text` as LaTeX that prints it, letter by letter; foreign letters show their code.

    >>> latex_of("50 % of F ⊔ N")
    '50 \\% of F \\ensuremath{\\sqcup} N'
    """
    return "".join(map(_letter, unicodedata.normalize("NFC", " ".join(text.split()))))


def formula_of(text: str) -> str:
    r"""The same, with indices and powers (k_{F1}, e^{−γ}) printed as such; spaces at its ends stay.

    >>> formula_of("n_j in my_file")
    'n\\textsubscript{j} in my\\_file'
    """
    return "".join(
        part if kind is None else rf"\text{kind}script{{{part}}}"
        for kind, part in _scripts(text, _spaced, formula_of)
    )


def html_of(text: str) -> str:
    """`text` for a page, with indices and powers.

    >>> html_of("e^{−γ_j} < 1")
    'e<sup>−γ<sub>j</sub></sup> &lt; 1'
    """
    return "".join(
        part if kind is None else f"<{_TAGS[kind]}>{part}</{_TAGS[kind]}>"
        for kind, part in _scripts(text, escape, html_of)
    )


def _scripts(
    text: str, plain: Callable[[str], str], inside: Callable[[str], str]
) -> Iterator[tuple[str | None, str]]:
    """The parts of `text`, each written already: plain ones (None), and sub- and superscripts."""
    done = 0
    for found in _SCRIPT.finditer(text):
        yield None, plain(text[done : found.start()])
        kind = "sub" if found[1] == "_" else "super"
        yield kind, inside(found[2] if found[3] is None else found[3])
        done = found.end()
    yield None, plain(text[done:])


def _spaced(text: str) -> str:
    """`latex_of` for a part of a text: a space at either end stays."""
    left = " " if text[:1].isspace() else ""
    right = " " if text[-1:].isspace() and text.strip() else ""
    return left + latex_of(text) + right


def _letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter in _GREEK:
        return rf"\ensuremath{{\{_GREEK[letter]}}}"
    if letter in _SYMBOLS:
        return rf"\ensuremath{{{_SYMBOLS[letter]}}}"
    if letter.isascii():
        return letter
    kind, _, digit = unicodedata.decomposition(letter).partition(" ")
    base = chr(int(digit, 16)) if digit and " " not in digit else ""
    if kind in ("<sub>", "<super>") and base:
        return rf"\ensuremath{{{'_' if kind == '<sub>' else '^'}{{{mathematical(base)}}}}}"
    if _is_latin(letter):
        return letter
    return f"[U+{ord(letter):04X}]"


def mathematical(letter: str) -> str:
    """One letter within a formula."""
    if letter in _GREEK:
        return "\\" + _GREEK[letter]
    if letter in _SYMBOLS:
        return _SYMBOLS[letter]
    return letter if letter.isascii() and letter not in _SPECIAL else f"[{ord(letter):04X}]"


def _is_latin(letter: str) -> bool:
    """Accented letters that LaTeX has in the T1 encoding."""
    western = "À" <= letter <= "ÿ" and letter not in "×÷"
    return western or letter in LATIN
