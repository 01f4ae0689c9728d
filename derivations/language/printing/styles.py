"""The two ways of writing: LaTeX and Unicode.  A style joins texts and knows no meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from sympy import Basic, latex, sstr

from derivations.language.printing.naming import latex_name, spelled_out, unicode_name

_TALL = re.compile(r"\\(frac|sum|max_|min_|left|sqrt)")
_LOOSE_SPACE = re.compile(r"(\\(?:in|sqcup|cup|setminus|subseteq|colon|to)) (?=\\)")
_DIGITS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_LATEX_MARKS = {
    "in": r"\in ",
    "member": r"\in ",
    "subset": r"\subseteq ",
    "union": r"\sqcup ",
    "cup": r"\cup ",
    "from": r"\colon ",
    "to": r"\to ",
    "minus": r"\setminus ",
    "such": r":\,",
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
_LATEX_FENCES = {
    "norm": (r"\lVert ", r"\rVert"),
    "inner": (r"\langle ", r"\rangle"),
    "abs": (r"\lvert ", r"\rvert"),
    "size": ("|", "|"),
    "set": (r"\{", r"\}"),
    "round": ("(", ")"),
}
_UNICODE_MARKS = {
    "in": "∈",
    "member": " ∈ ",
    "subset": " ⊆ ",
    "union": " ⊔ ",
    "cup": " ∪ ",
    "from": ": ",
    "to": " → ",
    "minus": " ∖ ",
    "such": ": ",
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
_UNICODE_FENCES = {
    "norm": ("‖", "‖"),
    "inner": ("⟨", "⟩"),
    "abs": ("|", "|"),
    "size": ("|", "|"),
    "set": ("{", "}"),
    "round": ("(", ")"),
}


class Style(Protocol):
    """What the walk over an expression asks for."""

    marks: Mapping[str, str]
    log_opens: bool
    tall_fractions: bool

    def name(self, text: str) -> str: ...
    def subscript(self, base: str, parts: Sequence[str], is_name: bool = True) -> str: ...
    def sort_key(self, text: str) -> str: ...
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
    def projection(self, direction: str) -> str: ...
    def indexed_function(self, name: str, under: str, argument: str) -> str: ...
    def operator_name(self, name: str) -> str: ...
    def bears_superscript(self, text: str) -> bool: ...
    def within(self, budget: str) -> str: ...
    def foreign(self, expr: Basic) -> str: ...
    def tidy(self, text: str) -> str: ...


class LatexStyle:
    """LaTeX as it is written in a paper."""

    marks: Mapping[str, str] = _LATEX_MARKS
    log_opens = True
    tall_fractions = True
    fences: Mapping[str, tuple[str, str]] = _LATEX_FENCES

    def name(self, text: str) -> str:
        return latex_name(text)

    def subscript(self, base: str, parts: Sequence[str], is_name: bool = True) -> str:
        inner = ",".join(parts)
        if is_name and "_" in base:
            stem, _, old = base.rpartition("_")
            if "^" in old:
                base = "{" + base + "}"
            else:
                old = old[1:-1] if old.startswith("{") and old.endswith("}") else old
                return f"{stem}_{{{old},{inner}}}"
        return base + "_" + (inner if len(inner) == 1 else "{" + inner + "}")

    def sort_key(self, text: str) -> str:
        return spelled_out(unicode_name(text))

    def bracket(self, text: str) -> str:
        return self.fence("round", text)

    def fence(self, kind: str, text: str) -> str:
        left, right = self.fences[kind]
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
        return command + ("" if text.startswith(("\\", "|")) else " ") + text

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

    def projection(self, direction: str) -> str:
        return rf"P_{{{direction}^{{\perp}}}}"

    def indexed_function(self, name: str, under: str, argument: str) -> str:
        under = under if len(under) == 1 else f"{{{under}}}"
        return f"{self.operator_name(name)}_{under}{self.bracket(argument)}"

    def operator_name(self, name: str) -> str:
        return rf"\operatorname{{{name}}}"

    def bears_superscript(self, text: str) -> bool:
        """Whether ^ stands in `text` outside of every brace and bracket."""
        depth = 0
        for letter in text:
            if letter == "^" and depth == 0:
                return True
            depth += (letter in "{(") - (letter in "})")
        return False

    def within(self, budget: str) -> str:
        return rf"\quad(\text{{within }}{budget})"

    def foreign(self, expr: Basic) -> str:
        return str(latex(expr))

    def tidy(self, text: str) -> str:
        return _LOOSE_SPACE.sub(r"\1", text)


class UnicodeStyle:
    """One line for a terminal."""

    marks: Mapping[str, str] = _UNICODE_MARKS
    log_opens = False
    tall_fractions = False
    fences: Mapping[str, tuple[str, str]] = _UNICODE_FENCES

    def name(self, text: str) -> str:
        return unicode_name(text)

    def subscript(self, base: str, parts: Sequence[str], is_name: bool = True) -> str:
        inner = ",".join(parts)
        return f"{base}_{inner}" if inner.isalnum() else f"{base}_{{{inner}}}"

    def sort_key(self, text: str) -> str:
        return spelled_out(text)

    def bracket(self, text: str) -> str:
        return f"({text})"

    def fence(self, kind: str, text: str) -> str:
        left, right = self.fences[kind]
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

    def projection(self, direction: str) -> str:
        return f"P_{{{direction}⊥}}"

    def indexed_function(self, name: str, under: str, argument: str) -> str:
        under = under if under.isalnum() else f"{{{under}}}"
        return f"{name}_{under}({argument})"

    def operator_name(self, name: str) -> str:
        return name

    def bears_superscript(self, text: str) -> bool:
        return "^" in text and not text.endswith((")", "⟩", "‖", "|"))

    def within(self, budget: str) -> str:
        return f" (within {budget})"

    def foreign(self, expr: Basic) -> str:
        return str(sstr(expr))

    def tidy(self, text: str) -> str:
        return text
