"""The one class of complaints that a user can do something about."""

from __future__ import annotations


class UnusableInput(ValueError):
    """What was given cannot be used; the message is one sentence that says what to change.

    The command prints the sentence alone and exits with status 2.
    """


def one_line(text: object, longest: int = 400) -> str:
    """`text` on one line, cut after `longest` characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
