"""WordPiece as BERT uses it: lower case, no accents, words cut into the longest known pieces."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

UNKNOWN, CLASSIFY, SEPARATE = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100
"""Words with more characters than this become one unknown token, as in the original."""

# The blocks that BERT treats as Chinese characters, each a word of its own.
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def read_vocabulary(path: Path) -> dict[str, int]:
    """The pieces of a ``vocab.txt``, one a line, with their line numbers as tokens."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return {piece: token for token, piece in enumerate(lines) if piece}


def encode(text: str, vocabulary: Mapping[str, int]) -> list[int]:
    """The tokens of a text, without the special ones that frame a sequence.

    Names of special tokens in the text, such as "[SEP]", are read as ordinary characters.
    """
    return [token for word in split_words(text) for token in _pieces(word, vocabulary)]


def split_words(text: str) -> list[str]:
    """Normalised words and single punctuation marks, in order."""
    kept = "".join(_clean(character) for character in text)
    plain = "".join(
        c for c in unicodedata.normalize("NFD", kept) if unicodedata.category(c) != "Mn"
    )
    words = []
    # Letter by letter, so that no final sigma appears, as in the original.
    for chunk in "".join(c.lower() for c in plain).split():
        word = ""
        for character in chunk:
            if _is_punctuation(character):
                words += [word, character]
                word = ""
            else:
                word += character
        words.append(word)
    return [word for word in words if word]


def _clean(character: str) -> str:
    code = ord(character)
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    # Characters not assigned yet (Cn) stay: which ones those are changes with the Unicode version.
    if code in (0, 0xFFFD) or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    if any(low <= code <= high for low, high in _IDEOGRAPHS):
        return f" {character} "
    return character


def _is_punctuation(character: str) -> bool:
    ascii_mark = "!" <= character <= "~" and not character.isalnum()
    return ascii_mark or unicodedata.category(character).startswith("P")


def _pieces(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    """The longest known piece first, then the longest known continuation, until the word ends."""
    if len(word) > LONGEST_WORD:
        return [vocabulary[UNKNOWN]]
    tokens, start = [], 0
    while start < len(word):
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            token = vocabulary.get(prefix + word[start:end])
            if token is not None:
                break
        else:
            return [vocabulary[UNKNOWN]]
        tokens.append(token)
        start = end
    return tokens
