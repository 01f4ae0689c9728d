"""The heads beside each other."""

from __future__ import annotations

from checks.report.content import Report
from checks.report.html import Section, figure


def section(report: Report) -> Section | None:
    """The figure; None for a single head."""
    picture = report.pictures.get("heads")
    return None if picture is None else Section("heads", "Head by head", figure(picture))
