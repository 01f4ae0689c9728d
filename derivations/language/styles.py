"""The two ways of writing: LaTeX and Unicode.  A style joins finished texts and knows no meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from derivations.language.naming import latex_name, unicode_name

_TALL = re.compile(r"\\(frac|sum|max_|min_|left|sqrt)")
_DIGITS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Style(Protocol):
    """What the walk over an expression asks for."""

    marks: dict[str, str]
    log_opens: bool
    tall_fractions: bool

    def name(self, text: str) -> str: ...
    def subscript(self, base: str, parts: Sequence[str]) -> str: ...
    def bracket(self, text: str) -> str: ...
    def fence(self, kind: str, text: str) -> str: ...
    def product(self, factors: Sequence[str]) -> str: ...
    def apply_map(self, linear_map: str, vector: str) -> str: ...
    def fraction(self, top: str, bottom: str) -> str: ...
    def power(self, base: str, exponent: str) -> str: ...
    def root(self, text: str, simple: bool) -> str: ...
    def exponential(self, text: str) -> str: ...
    def function(self, name: str, text: str, simple: bool) -> str: ...
    def operator(self, name: str, under: str, body: str) -> str: ...
    def preimage(self, name: str, value: str) -> str: ...
    def transposed(self, text: str) -> str: ...
    def projection(self, direction: str, simple: bool) -> str: ...


class LatexStyle:
    """LaTeX as it is written in a paper."""

    marks = {
        "in": r"\in ",
        "union": r"\sqcup ",
        "minus": r"\setminus ",
        "such": r":\,",
        "comma": ",",
        "plus": " + ",
        "subtract": " - ",
        "negative": "-",
        "equal": " = ",
        "at_most": r" \le ",
        "at_least": r" \ge ",
        "less": " < ",
        "approx": r" \approx ",
        "empty": r" = \emptyset",
        "inhabited": r"\neq\emptyset",
        "for_all": r"\forall ",
        "exists": r"\exists ",
        "colon": r"\colon\ ",
        "identity": "I",
    }
    log_opens = True
    tall_fractions = True
    _fences = {
        "norm": (r"\lVert ", r"\rVert"),
        "inner": (r"\langle ", r"\rangle"),
        "abs": (r"\lvert ", r"\rvert"),
        "size": ("|", "|"),
        "set": (r"\{", r"\}"),
        "round": ("(", ")"),
    }

    def name(self, text: str) -> str:
        return latex_name(text)

    def subscript(self, base: str, parts: Sequence[str]) -> str:
        inner = ",".join(parts)
        stem, mark, old = base.rpartition("_")
        if mark and "^" not in old:
            old = old[1:-1] if old.startswith("{") and old.endswith("}") else old
            return f"{stem}_{{{old},{inner}}}"
        if "_" in base:
            base = "{" + base + "}"
        return base + "_" + (inner if len(inner) == 1 else "{" + inner + "}")

    def bracket(self, text: str) -> str:
        return self.fence("round", text)

    def fence(self, kind: str, text: str) -> str:
        left, right = self._fences[kind]
        if _TALL.search(text):
            return rf"\left{left.strip()} {text} \right{right}"
        return (left.strip() + text if text.startswith("\\") else left + text) + right

    def product(self, factors: Sequence[str]) -> str:
        text = factors[0]
        for factor in factors[1:]:
            if factor[0].isdigit():
                gap = r" \cdot "
            elif text.endswith(")") or factor.startswith(("(", r"\left", r"\frac")):
                gap = r"\,"
            else:
                gap = r"\," if text.startswith(r"\frac") else " "
            text += gap + factor
        return text

    def apply_map(self, linear_map: str, vector: str) -> str:
        return f"{linear_map} {vector}"

    def fraction(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def root(self, text: str, simple: bool) -> str:
        return rf"\sqrt{{{text}}}"

    def exponential(self, text: str) -> str:
        return f"e^{{{text}}}"

    def function(self, name: str, text: str, simple: bool) -> str:
        command = "\\" + name if name in ("log", "tanh", "max", "min") else rf"\mathrm{{{name}}}"
        if not simple:
            return command + self.bracket(text)
        return command + ("" if text.startswith("\\") else " ") + text

    def operator(self, name: str, under: str, body: str) -> str:
        command = {"log_sum": r"\log\sum", "sum": r"\sum", "max": r"\max", "min": r"\min"}.get(
            name, rf"\operatorname{{{name}}}"
        )
        head = f"{command}_{under}" if len(under) == 1 else f"{command}_{{{under}}}"
        return head + ("" if body.startswith(("\\", "(")) else " ") + body

    def preimage(self, name: str, value: str) -> str:
        return f"{name}^{{-1}}({value})"

    def transposed(self, text: str) -> str:
        return rf"{text}^{{\top}}"

    def projection(self, direction: str, simple: bool) -> str:
        direction = direction if simple else self.bracket(direction)
        return rf"P_{{{direction}^{{\perp}}}}"


class UnicodeStyle:
    """One line for a terminal."""

    marks = {
        "in": "∈",
        "union": " ⊔ ",
        "minus": " ∖ ",
        "such": ": ",
        "comma": ",",
        "plus": " + ",
        "subtract": " − ",
        "negative": "−",
        "equal": " = ",
        "at_most": " ≤ ",
        "at_least": " ≥ ",
        "less": " < ",
        "approx": " ≈ ",
        "empty": " = ∅",
        "inhabited": " ≠ ∅",
        "for_all": "∀ ",
        "exists": "∃ ",
        "colon": ": ",
        "identity": "I",
    }
    log_opens = False
    tall_fractions = False
    _fences = {
        "norm": ("‖", "‖"),
        "inner": ("⟨", "⟩"),
        "abs": ("|", "|"),
        "size": ("|", "|"),
        "set": ("{", "}"),
        "round": ("(", ")"),
    }

    def name(self, text: str) -> str:
        return unicode_name(text)

    def subscript(self, base: str, parts: Sequence[str]) -> str:
        inner = ",".join(parts)
        return f"{base}_{inner}" if inner.isalnum() else f"{base}_{{{inner}}}"

    def bracket(self, text: str) -> str:
        return f"({text})"

    def fence(self, kind: str, text: str) -> str:
        left, right = self._fences[kind]
        if left == right and left in text:
            return f"{kind}({text})"
        return left + text + right

    def product(self, factors: Sequence[str]) -> str:
        return "·".join(factors)

    def apply_map(self, linear_map: str, vector: str) -> str:
        return f"{linear_map} {vector}"

    def fraction(self, top: str, bottom: str) -> str:
        return f"{top}/{bottom}"

    def power(self, base: str, exponent: str) -> str:
        if exponent.lstrip("-").isdigit():
            return base + exponent.translate(_DIGITS)
        return f"{base}^{exponent}" if exponent.isalnum() else f"{base}^({exponent})"

    def root(self, text: str, simple: bool) -> str:
        return f"√{text}" if simple else f"√({text})"

    def exponential(self, text: str) -> str:
        return f"exp({text})"

    def function(self, name: str, text: str, simple: bool) -> str:
        return f"{name}({text})"

    def operator(self, name: str, under: str, body: str) -> str:
        name = {"log_sum": "log Σ", "sum": "Σ"}.get(name, name)
        return (f"{name}_{under} " if under.isalnum() else f"{name}_{{{under}}} ") + body

    def preimage(self, name: str, value: str) -> str:
        return f"{name}⁻¹({value})"

    def transposed(self, text: str) -> str:
        return f"{text}ᵀ"

    def projection(self, direction: str, simple: bool) -> str:
        return f"P_{{{direction}⊥}}" if simple else f"P_{{({direction})⊥}}"
