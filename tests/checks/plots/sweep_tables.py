"""Tables as a sweep writes them, made up without drawing anything."""

import csv
import io
from pathlib import Path

from checks.plots.table import COLUMNS

CENTRE = {"d": 64, "n": 33, "m": 256, "p": 16}


def rows_of(model: str, level: float, **changed: float) -> list[dict[str, object]]:
    """One cell whose error grows with `level`, every bound above it."""
    point = {**CENTRE, "margin": "", "delta": 0.0, "correlation": 0.0, "scale": 1.0, **changed}
    cell = {"model": model, **point, "draws": 100}
    sizes = {
        **{("error", name): level for name in ("drop", "effective", "log_count")},
        ("error", "grouped"): 0.0,
        **{("bound", name): 3 * level for name in ("pair", "effective", "joint", "margin")},
        ("mass", "alpha"): 0.9,
    }
    table = []
    for (kind, quantity), size in sizes.items():
        statistics = {
            "mean": size,
            "standard_error": size / 50,
            "median": size,
            "q90": 1.5 * size,
            "worst": 2 * size,
        }
        table.append({**cell, "quantity": quantity, "kind": kind, **statistics})
    if not point["margin"] and model == "gaussian":
        table.append({**cell, "quantity": "alpha", "kind": "theory", "mean": 0.94})
    return table


def usual_rows() -> list[dict[str, object]]:
    """What a sweep without options has: d, n and the margin, one at a time."""
    table = []
    for model in ("gaussian", "sphere"):
        for d in (4, 16, 64):
            table += rows_of(model, 0.01, d=d)
    for n in (2, 8):
        table += rows_of("gaussian", 0.001 * n, n=n, m=8 * (n - 1))
    for margin in (0.0, 1.0, 5.0):
        table += rows_of("planted", 0.1 / (1 + margin), margin=margin)
    return table


def written(folder: Path, rows: list[dict[str, object]]) -> Path:
    """The folder, with the rows as its table.csv."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    folder.mkdir(exist_ok=True)
    (folder / "table.csv").write_text(text.getvalue(), "utf-8")
    return folder
