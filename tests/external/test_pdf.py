"""The notes compile to PDFs that hold text: needs TeX and poppler."""

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.external


def test_every_standalone_document_has_a_pdf_with_text(notes: Path) -> None:
    sources = [
        path for path in notes.rglob("*.tex") if r"\documentclass" in path.read_text("utf-8")
    ]
    assert sources
    for source in sources:
        pdf = source.with_suffix(".pdf")
        assert pdf.is_file(), f"{source.name} has no PDF beside it"
        done = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True)
        assert len(done.stdout.split()) > 20, f"{pdf.name} holds almost no text"
        assert "??" not in done.stdout, f"{pdf.name} has an unresolved reference"
