"""What the language refuses, each in one sentence with a remedy."""

from __future__ import annotations


class LanguageError(ValueError):
    """A statement that cannot be meant: the message says what, where, and what to do."""


class FloatRefused(LanguageError):
    """A floating-point number in a statement; only exact numbers enter a proof."""


class OverlapError(LanguageError):
    """A disjoint union of two sets that were not declared disjoint."""


class IllSorted(LanguageError):
    """A vector where a number belongs, or the other way round."""


class FreeIndex(LanguageError):
    """An index that no sum, maximum or quantifier binds and that has no set of its own."""
