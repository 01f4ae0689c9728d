"""Write defined words out: names, softmax means, log-sum-exps, cardinalities."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from derivations.language.definitions import Named, unfold_once
from derivations.language.errors import LanguageError
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.structure import nodes, rewrite, unfolded


@dataclass(frozen=True)
class Unfold(Transformation):
    """Replace defined words by what they stand for (see `unfold`)."""

    words: tuple[type[Expr] | str, ...] = ()

    def __str__(self) -> str:
        return f"unfold({', '.join(map(_shown, self.words))})"

    def next_line(self, expression: Expr) -> NextLine:
        """The line with every such word written out, those inside the definitions too."""
        new = expression
        while any(map(self._is_meant, nodes(new))):
            new = rewrite(new, self._rule)
        if new == expression:
            wanted = " or ".join(map(_shown, self.words)) or "a defined word"
            raise self.refuse(expression, f"{wanted} and found none")
        return self.equals(new, "by definition")

    def _rule(self, node: Expr) -> Expr | None:
        return unfolded(node) if self._is_meant(node) else None

    def _is_meant(self, node: Expr) -> bool:
        if not self.words:
            return unfold_once(node) is not None
        return any(
            isinstance(node, Named) and node.name == word
            if isinstance(word, str)
            else isinstance(node, word)
            for word in self.words
        )


def _shown(word: type[Expr] | str) -> str:
    return word if isinstance(word, str) else word.__name__


def unfold(*words: type[Expr] | str) -> Unfold:
    """Write definitions out as sums: everything, or the given words.

    A word is a class of the language (LogSumExp) or the name of an abbreviation ("alpha").
    """
    for word in words:
        if not isinstance(word, str | type):
            raise LanguageError(f"unfold: {word!r} is neither a word of the language nor a name")
    return Unfold(words)
