"""How to get the same report again."""

from __future__ import annotations

from html import escape
from importlib.metadata import version

from checks.report.content import Report
from checks.report.html import Section, paragraph
from derivations.version import VERSION

SAID = (
    "On the same machine this gives the same files, byte for byte; another BLAS may change last"
    " digits of numbers, and another version of matplotlib the figures."
)


def section(report: Report) -> Section:
    """The command line and the versions."""
    body = f"<pre>{escape(report.command)}</pre>"
    body += paragraph(f"keystar {VERSION}, NumPy {version('numpy')}. {SAID}")
    return Section("reproduce", "How to reproduce this", body)
