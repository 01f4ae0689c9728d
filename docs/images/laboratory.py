"""Makes the figures of docs/gaussian.md and docs/extremes.md.

    .venv/bin/python docs/images/laboratory.py

Needs matplotlib, the extra `plots`.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from checks.extremes.report import to_json
from checks.extremes.search import problems, search_extremes
from checks.plots import draw_theory
from checks.plots.sharpness import sharpness_figure

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Write the figures as PNG beside this file."""
    with TemporaryDirectory() as folder:
        for name in draw_theory(Path(folder)):
            if name.endswith(".png"):
                (HERE / name).write_bytes((Path(folder) / name).read_bytes())
    found = list(search_extremes(problems(), starts=6, seed=0))
    (HERE / "sharpness.png").write_bytes(bytes(sharpness_figure(to_json(found))["sharpness.png"]))


if __name__ == "__main__":
    main()
