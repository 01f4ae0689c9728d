"""TeX is found on the PATH, run apart from the output, and its complaint is passed on."""

from pathlib import Path

import pytest

from derivations.errors import UnusableInput
from derivations.notes.typesetting import find_tex, pdf_of

GOOD = '#!/bin/sh\nfor last; do :; done\nprintf "%%PDF made" > "${last%.tex}.pdf"\n'
BAD = "#!/bin/sh\necho '! Undefined control sequence.'\necho 'l.7 \\\\nonsense'\nexit 1\n"
SILENT = "#!/bin/sh\nexit 0\n"


def engine(folder: Path, script: str, name: str = "pdflatex") -> str:
    """A program called `name` that runs `script`."""
    path = folder / name
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def test_the_pdf_is_what_the_engine_made(tmp_path: Path) -> None:
    assert pdf_of({"all.tex": "x"}, "all.tex", engine(tmp_path, GOOD)) == b"%PDF made"
    assert pdf_of({"all.tex": "x"}, "all.tex", engine(tmp_path, GOOD, "tectonic")) == b"%PDF made"


def test_a_complaint_of_tex_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        UnusableInput, match=r"^pdflatex failed: ! Undefined control sequence. l\.7"
    ):
        pdf_of({"all.tex": "x"}, "all.tex", engine(tmp_path, BAD))


def test_an_engine_that_makes_nothing_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="made no PDF"):
        pdf_of({"all.tex": "x"}, "all.tex", engine(tmp_path, SILENT))


def test_engines_are_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnusableInput, match="--pdf needs TeX"):
        find_tex()
    expected = engine(tmp_path, GOOD, "lualatex")
    assert find_tex() == expected
