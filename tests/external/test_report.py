"""The page of a report in a browser and its LaTeX in TeX: needs Chromium, TeX and poppler."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest

from checks.plots import style
from checks.report.files import report_files
from derivations.notes.typesetting import find_tex
from derivations.writing import write_whole
from tests.checks.report.samples import broken, report_of_the_model, report_on

pytestmark = pytest.mark.external

DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{keystar-macros}
\begin{document}
\input{x}
\input{x_figures}
\end{document}
"""
ROLES = ("BLUE", "VERMILION", "GREEN", "PURPLE", "ORANGE", "SKY")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a layer of the model that comes along."""
    folder = tmp_path_factory.mktemp("report")
    write_whole(folder, report_files(report_of_the_model(), "x"))
    return folder


def requests_of(browse: Callable[..., str], page: Path, log: Path) -> list[str]:
    """The addresses that a page asks for, by the browser's own record; none of them is reached.

    What the browser asks for on its own account (the time, updates) has no origin.
    """
    browse(page, f"--log-net-log={log}", "--proxy-server=127.0.0.1:9", "--dump-dom")
    record = json.loads(log.read_text("utf-8"))
    started = record["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    every = [each["params"] for each in record["events"] if each["type"] == started]
    asked = [each for each in every if "url" in each and "initiator" in each]
    return [each["url"] for each in asked if each["initiator"] != "not an origin"]


def test_the_page_makes_no_request(
    folder: Path, browse: Callable[..., str], tmp_path: Path
) -> None:
    assert "The effective weights" in browse(folder / "x.html", "--dump-dom")
    assert requests_of(browse, folder / "x.html", tmp_path / "log.json") == []


def test_a_request_would_be_noticed_and_the_policy_stops_it(
    folder: Path, browse: Callable[..., str], tmp_path: Path
) -> None:
    picture = '<img src="http://picture.invalid/a.png"><link rel="stylesheet" href="//x.invalid/a">'
    page = tmp_path / "page.html"
    page.write_text(picture)
    asked = requests_of(browse, page, tmp_path / "log.json")
    assert "http://picture.invalid/a.png" in asked
    page.write_text((folder / "x.html").read_text("utf-8").replace("</h1>", f"</h1>{picture}", 1))
    assert requests_of(browse, page, tmp_path / "log.json") == []


def test_the_figures_are_seen(folder: Path, browse: Callable[..., str], tmp_path: Path) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.image import imread

    picture = tmp_path / "page.png"
    browse(folder / "x.html", f"--screenshot={picture}", "--window-size=1000,8000")
    pixels = imread(picture)[..., :3]
    for role in ROLES:
        wanted = np.array(to_rgb(getattr(style, role)))
        seen = int((np.abs(pixels - wanted).max(axis=-1) < 0.02).sum())
        assert seen > 50, f"nothing is drawn in {role}"


def test_without_its_figures_the_colours_are_missing(
    folder: Path, browse: Callable[..., str], tmp_path: Path
) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.image import imread

    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text((folder / "x.html").read_text("utf-8").replace("<svg ", "<svg hidden "))
    style_of_hidden = "<style>svg[hidden] { display: none !important }</style></head>"
    page.write_text(page.read_text("utf-8").replace("</head>", style_of_hidden, 1))
    browse(page, f"--screenshot={picture}", "--window-size=1000,8000")
    pixels = imread(picture)[..., :3]
    blue = np.array(to_rgb(style.BLUE))
    assert int((np.abs(pixels - blue).max(axis=-1) < 0.02).sum()) < 50


@pytest.mark.parametrize("holds", [True, False])
def test_the_latex_says_the_same_on_paper(holds: bool, tmp_path: Path) -> None:
    report = report_of_the_model() if holds else report_on(broken())
    write_whole(tmp_path, {**report_files(report, "x"), "all.tex": DOCUMENT})
    command = [find_tex(), "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert b"Overfull" not in done.stdout
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "all.pdf", "-"], capture_output=True, check=True
    ).stdout.decode()
    text = normalize("NFKC", " ".join(text.split()))  # ligatures
    loud = "NOT ALL BOUNDS ARE CERTAIN" in text and text.count("NOT CERTAIN") >= 5
    assert loud is not holds
    assert ("certified in all 96 queries" in text) is holds
    assert "[U+" not in text and "??" not in text
