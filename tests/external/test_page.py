"""The notes' HTML pages show something in a browser: needs Chromium."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.external


def visible_text(page: str) -> str:
    """The text of a page's body, without tags, scripts and styles."""
    body = page[page.index("<body") :]
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", body, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def test_every_page_has_text_once_it_is_loaded(notes: Path, browse: Callable[..., str]) -> None:
    pages = sorted(notes.rglob("*.html"))
    assert pages
    for page in pages:
        assert len(visible_text(browse(page, "--dump-dom")).split()) > 20, f"{page.name} is bare"


def test_every_page_loads_nothing_from_elsewhere(notes: Path) -> None:
    for page in sorted(notes.rglob("*.html")):
        loaded = re.findall(
            r"""<(?:script|img|link|iframe)\b[^>]*(?:src|href)=["'](?:https?:)?//""",
            page.read_text("utf-8"),
        )
        assert loaded == [], f"{page.name} needs the network"


def test_a_picture_of_every_page_is_not_blank(
    notes: Path, browse: Callable[..., str], tmp_path: Path
) -> None:
    from matplotlib.image import imread

    pages = sorted(notes.rglob("*.html"))
    assert pages
    for page in pages:
        picture = tmp_path / "page.png"
        browse(page, f"--screenshot={picture}", "--window-size=1000,1400")
        pixels = imread(picture)
        assert (abs(pixels - pixels[0, 0]) > 0.2).sum() > 1000, f"{page.name} looks blank"
        picture.unlink()
