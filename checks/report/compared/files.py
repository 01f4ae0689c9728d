"""All files of the report of a whole model, made in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from checks.report.compared.content import Comparison
from checks.report.files import macros, need_libraries


def comparison_files(
    report: Comparison, stem: str, progress: Callable[[int, int], None] | None = None
) -> dict[str, str | bytes]:
    """File name -> content; all but the macros begin with ``stem``. Raises UnusableInput."""
    need_libraries()
    from checks.plots.compared import compared_pictures
    from checks.report.compared.latex import comparison_figures, comparison_fragment
    from checks.report.compared.page import comparison_page
    from checks.report.compared.table import comparison_columns
    from checks.report.table import as_csv, as_parquet

    report = replace(report, pictures=compared_pictures(report.result, progress))
    table = comparison_columns(report.result)
    made: dict[str, str | bytes] = {
        f"{stem}.html": comparison_page(report),
        f"{stem}.csv": as_csv(table),
        f"{stem}.parquet": as_parquet(table),
        f"{stem}.json": json.dumps(report.data, indent=1, allow_nan=False) + "\n",
        f"{stem}.tex": comparison_fragment(report),
        f"{stem}_figures.tex": comparison_figures(report, stem),
        **macros(),
    }
    return made | {f"{stem}_{each.stem}.pdf": each.pdf for each in report.pictures.values()}
