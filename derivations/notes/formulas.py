"""The formulas in a user's sentence: "split over F ⊔ N" has one, and "a token" has none.

A reason is plain text, written for the terminal.  In print its formulas are set as mathematics:
single letters, Greek ones, and what operators and brackets join them to.  What is in doubt stays
text, which is always right, if not pretty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derivations.notes.plain import latex_of, mathematical

_INNER = r"\{(?:[^{}]|\{[^{}]*\})*\}|\w(?!\w)"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ"
_PRIME = r"′|'(?![A-Za-z])"
_FUNCTIONS = {
    **{name: rf"\{name}" for name in ("log", "exp", "max", "min", "tanh")},
    **{name: rf"\operatorname{{{name}}}" for name in ("osc", "diam", "softmax")},
}
_TOKEN = re.compile(
    rf"""
    (?P<function>(?<!\w)(?:{"|".join(_FUNCTIONS)})(?=\(|_\w\(|_\{{)|(?<!\w)log(?=\ [b-zB-Z](?!\w)))
        (?P<below>_(?:{_INNER}))?
    | (?P<letter>
        (?<![A-Za-zÀ-ÿ@.'’_<])[A-Za-z](?![A-Za-zÀ-ÿ0-9@>]|\.[A-Za-z0-9]|['’][A-Za-z])
        | [Α-Ωα-ωℓℝℕ])
      (?P<primes>(?:{_PRIME})*)
      (?P<sub>_(?:{_INNER}))?
      (?P<late>(?:{_PRIME})*)
      (?P<super>\^(?:{_INNER})|[{_RAISED}]+)?
      (?![_^])
    | (?P<number>(?<![\w.])\d+(?:\.\d+)?(?![\w.%]|\ %))
    | (?P<constant>[∅∞])
    | (?P<sign>(?<=\ )[<>](?=\ )|[=≤≥≠≈≪≫∈∉⊆⊂⊔∪∩∖→↦⇒⇔·×±+−/:])
    | (?P<comma>,)
    | (?P<bracket>[()\[\]{{}}⟨⟩|‖])
    """,
    re.VERBOSE,
)
_PAIRS = {")": "(", "]": "[", "}": "{", "⟩": "⟨"}
_OPERANDS = ("letter", "number", "constant", "function")


@dataclass(frozen=True)
class _Token:
    kind: str
    found: re.Match[str]

    @property
    def text(self) -> str:
        return self.found[0]


def parts(text: str) -> Iterator[tuple[bool, str]]:
    r"""The parts of `text` in order: words (False) as they are, formulas (True) in LaTeX.

    >>> list(parts("split over F ⊔ N"))
    [(False, 'split over '), (True, 'F\\sqcup N')]
    """
    done = 0
    for run in _runs(text):
        start, end = run[0].found.start(), run[-1].found.end()
        if start > done:
            yield False, text[done:start]
        yield True, "".join(_written(run)).strip()
        done = end
    if done < len(text):
        yield False, text[done:]


def sentence(text: str, words: Callable[[str], str], formula: Callable[[str], str]) -> str:
    """`text` with each part written by one of the two."""
    return "".join(formula(part) if is_formula else words(part) for is_formula, part in parts(text))


def _runs(text: str) -> Iterator[list[_Token]]:
    """Tokens that belong together, as far as they make sense alone."""
    run: list[_Token] = []
    for found in _TOKEN.finditer(text):
        token = _Token(_kind(found), found)
        if run and not _joined(text[run[-1].found.end() : found.start()], run[-1], token):
            yield from _trimmed(run)
            run = []
        run.append(token)
    yield from _trimmed(run)


def _kind(found: re.Match[str]) -> str:
    kinds = ("function", "letter", "number", "constant", "sign", "comma", "bracket")
    return next(kind for kind in kinds if found[kind] is not None)


def _joined(between: str, left: _Token, right: _Token) -> bool:
    """Whether two tokens can be parts of one formula, with this text between them."""
    if between == "":
        return True
    apart = {left.kind, right.kind} & {"sign", "comma"} or left.kind == "function"
    return between == " " and bool(apart)


def _trimmed(run: list[_Token]) -> Iterator[list[_Token]]:
    """The formulas in a run, without loose ends."""
    for piece in _cut(run):
        while piece and not _may_begin(piece):
            piece = piece[1:]
        while piece and not _may_end(piece):
            piece = piece[:-1]
        if piece and _is_formula(piece):
            yield piece


def _cut(run: list[_Token]) -> Iterator[list[_Token]]:
    """Cut at commas outside of brackets, and at colons there that introduce no map."""
    depth = 0
    piece: list[_Token] = []
    for number, token in enumerate(run):
        depth += (token.text in "([{⟨") - (token.text in _PAIRS)
        of_a_map = any(one.text == "→" for one in run[number:])
        if depth <= 0 and (token.kind == "comma" or (token.text == ":" and not of_a_map)):
            yield piece
            piece = []
        else:
            piece.append(token)
    yield piece


def _may_begin(piece: list[_Token]) -> bool:
    first = piece[0]
    if first.kind in ("sign", "comma"):
        return first.text == "−" and len(piece) > 1
    return first.kind != "bracket" or (first.text not in _PAIRS and _is_balanced(piece))


def _may_end(piece: list[_Token]) -> bool:
    last = piece[-1]
    if last.kind in ("sign", "comma", "function"):
        return False
    return last.kind != "bracket" or (last.text not in "([{⟨" and _is_balanced(piece))


def _is_balanced(piece: list[_Token]) -> bool:
    open_: list[str] = []
    for token in piece:
        if token.text in _PAIRS:
            if not open_ or open_.pop() != _PAIRS[token.text]:
                return False
        elif token.kind == "bracket" and token.text not in "|‖":
            open_.append(token.text)
    return not open_ and all(sum(one.text == bar for one in piece) % 2 == 0 for bar in "|‖")


def _is_formula(piece: list[_Token]) -> bool:
    if not _is_balanced(piece) or not any(one.kind in ("letter", "function") for one in piece):
        return False
    only = piece[0]
    if len(piece) > 1:
        return True
    is_article = only.text in ("a", "I") or (only.text == "A" and only.found.start() == 0)
    return not is_article


def _written(run: list[_Token]) -> Iterator[str]:
    for number, token in enumerate(run):
        found = token.found
        if token.kind == "function":
            yield _FUNCTIONS[found["function"]] + _script("_", found["below"])
            if number + 1 < len(run) and run[number + 1].kind == "letter":
                yield " "
        elif token.kind == "letter":
            above = found["super"] or ""
            primes = "'" * len(found["primes"] + found["late"])
            yield _symbol(found["letter"]) + _script("_", found["sub"]) + primes
            raised = unicodedata.normalize("NFKC", above) if above[:1] in _RAISED else ""
            yield f"^{{{_raised(raised)}}}" if raised else _script("^", above)
        elif token.text in "{}":
            yield f"\\{token.text}"
        elif token.text == ":":
            yield "\\colon "
        else:
            yield _symbol(token.text) + (" " if token.kind == "comma" else "")


def _symbol(letter: str) -> str:
    """The letter, or its command with the space that ends it."""
    made = mathematical(letter) if len(letter) == 1 and letter not in "|<>" else letter
    return f"{made} " if made.startswith("\\") and made[-1:].isalpha() else made


def _raised(text: str) -> str:
    return "".join(r"\top" if one == "T" else mathematical(one) for one in text)


def _script(mark: str, text: str | None) -> str:
    """A subscript or superscript as it is typed, with its mark, in LaTeX; nothing for nothing."""
    if not text:
        return ""
    inner = text[1:].removeprefix("{").removesuffix("}")
    found = list(parts(inner))
    if len(found) == 1 and found[0][0]:
        return f"{mark}{{{found[0][1]}}}"
    if inner.isdigit():
        return f"{mark}{{{inner}}}"
    return rf"{mark}{{\mathrm{{{latex_of(inner)}}}}}"
