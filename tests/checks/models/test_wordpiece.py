"""Cutting words as BERT does; the expected pieces are those of the original tokenizer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.models.wordpiece import encode, read_vocabulary, split_words

PIECES = [
    "[UNK]",
    "[CLS]",
    "un",
    "##aff",
    "##able",
    "##ff",
    "##a",
    "a",
    "wa",
    "##nt",
    "want",
    ",",
    "日",
]
VOCABULARY = {piece: token for token, piece in enumerate(PIECES)}


def pieces(text):
    return [PIECES[token] for token in encode(text, VOCABULARY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unaffable", ["un", "##aff", "##able"]),
        ("UNaffable, want", ["un", "##aff", "##able", ",", "want"]),
        ("wantx unaff", ["[UNK]", "un", "##aff"]),
        ("a日a", ["a", "日", "a"]),
        ("want" + "\u0301", ["want"]),
        ("a" * 101, ["[UNK]"]),
        ("a" * 100, ["a"] + ["##a"] * 99),
        ("", []),
        (" \t\n ", []),
    ],
)
def test_pieces(text, expected):
    assert pieces(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WORLD!", ["hello", ",", "world", "!"]),
        ("don't stop…", ["don", "'", "t", "stop", "…"]),
        ("Café NAÏVE", ["cafe", "naive"]),
        ("a\u200bb\u00a0c\x00d", ["ab", "cd"]),
        ("x^2 + $5", ["x", "^", "2", "+", "$", "5"]),
        ("ΟΔΟΣ", ["οδοσ"]),
        ("[SEP]", ["[", "sep", "]"]),
    ],
)
def test_words(text, expected):
    assert split_words(text) == expected


@given(st.text(max_size=40))
def test_words_are_clean_and_splitting_is_stable(text):
    words = split_words(text)
    assert all(word and not any(c.isspace() for c in word) for word in words)
    assert split_words(" ".join(words)) == words


def test_a_vocabulary_is_numbered_by_lines(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\nab\n##c\n", encoding="utf-8")
    vocabulary = read_vocabulary(path)
    assert vocabulary == {"[PAD]": 0, "ab": 1, "##c": 2}
    assert encode("abc", vocabulary | {"[UNK]": 9}) == [1, 2]
