"""The texts that a model is measured on: a file with the context, a question, a second one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Texts:
    """What was given with --context, --question and --second-question."""

    context: Path | None
    question: str | None
    second: str | None = None

    def read(self) -> tuple[str, str, str | None]:
        """The context, the question and the second one, for a model that reads text.

        Raises UnusableInput if the first two are not there, a question is empty, or the file cannot
        be read.
        """
        from derivations.errors import UnusableInput

        if self.context is None or self.question is None or not self.question.strip():
            raise UnusableInput(
                'minilm needs a text and a question: --context FILE --question "…", both not empty.'
            )
        if self.second is not None and not self.second.strip():
            raise UnusableInput("--second-question is empty; give a question or leave it out.")
        try:
            return self.context.read_text("utf-8"), self.question, self.second
        except (OSError, UnicodeDecodeError) as reason:
            raise UnusableInput(f"{self.context} cannot be read as a text ({reason}).") from reason

    def need_none(self) -> None:
        """Raises UnusableInput if there is any, for the model that reads none."""
        from derivations.errors import UnusableInput

        if (self.context, self.question, self.second) != (None, None, None):
            raise UnusableInput(
                "the recall model reads no text: it looks up pairs; draw a sequence with --seed."
            )
