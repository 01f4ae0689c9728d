"""Names as they are typed (`alpha`, `W_K`, `k^*`, `eta_max`) and as they are printed."""

from __future__ import annotations

import re

_LETTERS = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
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
    "φ": "phi",
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
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}
GREEK = {name: letter for letter, name in _LETTERS.items()}
_MACROS = GREEK | {"ell": "ℓ", "star": "*", "ast": "*", "top": "⊤", "prime": "′", "infty": "∞"}
_VARIANTS = {"epsilon": r"\varepsilon", "phi": r"\varphi"}
_ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303"}
_ACCENT = re.compile(r"\\(bar|hat|tilde)\s*\{?\s*(\w)\s*\}?")
_MACRO = re.compile(r"\\([A-Za-z]+)\s*")
_BRACED = re.compile(r"\{(\w)\}")
_PARTS = re.compile(r"([_^])")


def latex_name(name: str) -> str:
    r"""`name` in LaTeX; a name that holds a backslash passes through as it is.

    >>> latex_name("alpha"), latex_name("W_K"), latex_name("k^*"), latex_name(r"\Delta^N")
    ('\\alpha', 'W_K', 'k^*', '\\Delta^N')
    >>> latex_name("eta_max"), latex_name("z'")
    ('\\eta_{\\mathrm{max}}', "z'")
    """
    if "\\" in name:
        return name
    stem = name.rstrip("'′") if "_" in name else name
    base, *rest = _PARTS.split(stem)
    text = _latex_word(base)
    for mark, part in zip(rest[::2], rest[1::2], strict=True):
        inner = ",".join(_latex_word(word) for word in part.strip("{}").split(","))
        text += mark + (inner if len(inner) == 1 else "{" + inner + "}")
    return text + "'" * (len(name) - len(stem))


def unicode_name(name: str) -> str:
    r"""`name` for a terminal: Greek letters instead of their names.

    >>> unicode_name("alpha"), unicode_name("W_K"), unicode_name(r"\Delta^{F}"), unicode_name("k^*")
    ('α', 'W_K', 'Δ^F', 'k^*')
    """
    if "\\" in name:
        name = _ACCENT.sub(lambda found: found[2] + _ACCENTS[found[1]], name)
        name = _MACRO.sub(lambda found: _MACROS.get(found[1], found[1]), name)
        name = name.replace(r"\,", " ").replace("\\", "")
    name = _BRACED.sub(r"\1", name)
    return "".join(
        GREEK.get(part, part) for part in re.split(r"([^A-Za-z]+)", name.replace("∗", "*"))
    )


def spelled_out(text: str) -> str:
    """`text` with the names of Greek letters, for sorting: α comes before b."""
    return "".join(_LETTERS.get(letter, letter) for letter in text)


def _latex_word(word: str) -> str:
    letters = word.rstrip("'*′")
    tail = word[len(letters) :].replace("′", "'")
    if letters in _LETTERS:
        letters = _LETTERS[letters]
    if letters in GREEK:
        return _VARIANTS.get(letters, "\\" + letters) + tail
    if len(letters) > 1 and letters.isalpha():
        return rf"\mathrm{{{letters}}}" + tail
    return letters + tail
