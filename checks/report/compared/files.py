"""All files of the report of a whole model, made in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checks.report.compared.content import Comparison
from checks.report.files import bundle, need_libraries


def comparison_files(
    report: Comparison, stem: str, progress: Callable[[int, int], None] | None = None
) -> dict[str, str | bytes]:
    """File name -> content; all but the macros begin with ``stem``. Raises UnusableInput."""
    need_libraries()
    from checks.plots.compared import compared_pictures
    from checks.report.compared.latex import comparison_figures, comparison_fragment
    from checks.report.compared.page import comparison_page
    from checks.report.compared.table import comparison_columns

    report = replace(report, pictures=compared_pictures(report.result, progress))
    return bundle(
        stem,
        comparison_page(report),
        comparison_columns(report.result),
        report.data,
        comparison_fragment(report),
        comparison_figures(report, stem),
        report.pictures,
    )
