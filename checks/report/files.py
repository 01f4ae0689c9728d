"""All files of a report, made in memory, so that they appear together or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from checks.report.content import Report
from derivations.errors import UnusableInput
from derivations.notes.collection import MACROS

if TYPE_CHECKING:
    from checks.plots.picture import Picture
    from checks.report.table import Columns

LIBRARIES = {"matplotlib": "matplotlib", "latex2mathml": "latex2mathml", "pyarrow": "pyarrow"}


def need_libraries() -> None:
    """Raises UnusableInput, naming the extra, when a library is missing that a report needs."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise UnusableInput(
            f"-o writes a report, which needs {' and '.join(missing)}; install keystar[report],"
            " or leave -o out and say --json"
        )


def report_files(
    report: Report, stem: str, progress: Callable[[int, int], None] | None = None
) -> dict[str, str | bytes]:
    """File name -> content; all but the macros begin with ``stem``. Raises UnusableInput."""
    need_libraries()
    from checks.plots.measured import measured_pictures
    from checks.report.latex import figures_fragment, fragment
    from checks.report.page import page
    from checks.report.table import columns

    pictures = measured_pictures(report.result, report.heads, progress)
    report = replace(report, pictures=pictures)
    table = columns(report.result)
    figures = figures_fragment(report, stem) if pictures else ""
    return bundle(stem, page(report), table, report.data, fragment(report), figures, pictures)


def bundle(
    stem: str,
    page: str,
    table: Columns,
    data: Mapping[str, Any],
    fragment: str,
    figures: str,
    pictures: Mapping[str, Picture],
) -> dict[str, str | bytes]:
    """What every report consists of, by file name; ``figures`` only where there are pictures."""
    from checks.report.table import as_csv, as_parquet

    made: dict[str, str | bytes] = {
        f"{stem}.html": page,
        f"{stem}.csv": as_csv(table),
        f"{stem}.parquet": as_parquet(table),
        f"{stem}.json": json.dumps(data, indent=1, allow_nan=False) + "\n",
        f"{stem}.tex": fragment,
        # The macros that every fragment needs.
        MACROS: files("derivations.notes").joinpath(MACROS).read_text("utf-8"),
    }
    if pictures:
        made[f"{stem}_figures.tex"] = figures
        made |= {f"{stem}_{each.stem}.pdf": each.pdf for each in pictures.values()}
    return made
