"""The examples in the guide to the vocabulary say what really happens."""

import doctest
from pathlib import Path

import derivations.language as language

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "language.md"


def test_every_example_in_the_guide_runs() -> None:
    result = doctest.testfile(str(GUIDE), module_relative=False, encoding="utf-8")
    assert result.attempted > 30
    assert result.failed == 0


def test_every_word_of_the_vocabulary_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    missing = [
        word for word in language.__all__ if f"`{word}" not in text and f"{word}(" not in text
    ]
    assert missing == []
