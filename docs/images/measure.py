"""Makes the picture of docs/measure.md: a figure of the report on the model in the box.

    .venv/bin/python docs/images/measure.py

Needs matplotlib, the extra `plots`, and poppler (pdftoppm).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from checks.commands.measure import SHIPPED, SHIPPED_PREFIX
from checks.measure import measure
from checks.plots.measured.errors import errors_picture
from checks.tensors import read_tensors

HERE = Path(__file__).resolve().parent
DOTS_PER_INCH = 200


def main() -> None:
    """Write measure.png beside this file."""
    picture = errors_picture(measure(read_tensors(SHIPPED, SHIPPED_PREFIX), causal=True))
    if picture is None:
        raise SystemExit("docs/images/measure.py: the model in the box has no context")
    command = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-png", "-singlefile", "-"]
    subprocess.run([*command, str(HERE / "measure")], input=picture.pdf, check=True)


if __name__ == "__main__":
    main()
