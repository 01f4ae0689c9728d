"""`keystar notes`: what it writes, and that it writes all of it or nothing."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checks.cli import main
from tests.user_files import PROVED, REFUTED, written

TEX = '#!/bin/sh\nfor last; do :; done\nprintf "%%PDF made" > "${last%.tex}.pdf"\n'


def keystar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["notes", *arguments])


def tex_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str | None) -> None:
    """Make `script` the only program on the PATH, called pdflatex; no program for None."""
    programs = folder / "programs"
    programs.mkdir()
    if script is not None:
        (programs / "pdflatex").write_text(script)
        (programs / "pdflatex").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/bin" if script else str(programs))


def test_a_proved_file_becomes_a_theorem(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = keystar(written(tmp_path, PROVED), "-o", str(out))
    assert result.exit_code == 0, result.output
    assert sorted(os.listdir(out)) == ["all.tex", "keystar-macros.sty", "mine.tex"]
    assert r"\begin{keystartheorem}" in (out / "mine.tex").read_text("utf-8")
    assert f"3 files written to {out}" in result.output


def test_a_refuted_file_is_written_and_marked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = keystar(written(tmp_path, REFUTED), "-o", str(out), "--html")
    assert result.exit_code == 1
    assert "mine: not proved, and marked so" in result.output
    text = (out / "mine.tex").read_text("utf-8")
    assert r"\begin{keystarnotproved}" in text
    assert "keystartheorem" not in text
    assert text.count("NOT CHECKED") == 1
    assert "NOT CHECKED" in (out / "all.html").read_text("utf-8")


def test_a_result_by_name_with_page_and_pdf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tex_on_path(tmp_path, monkeypatch, TEX)
    out = tmp_path / "out"
    result = keystar("split", "-o", str(out), "--pdf", "--html", "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert {Path(one).name for one in data["files"]} == set(os.listdir(out))
    assert {"all.pdf", "all.html", "all.tex", "split.tex"} <= set(os.listdir(out))
    assert (out / "all.pdf").read_bytes() == b"%PDF made"
    assert data["derivations"][0]["verdict"] == "PROVED"


def test_pdf_without_tex_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tex_on_path(tmp_path, monkeypatch, None)
    path = written(tmp_path, PROVED)
    out = tmp_path / "out"
    result = keystar(path, "-o", str(out), "--pdf")
    assert result.exit_code == 2
    assert "--pdf needs TeX" in result.output
    assert len(result.output.splitlines()) == 1
    assert not out.exists()
    assert keystar(path, "-o", str(out)).exit_code == 0


def test_when_tex_fails_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tex_on_path(tmp_path, monkeypatch, "#!/bin/sh\necho '! Emergency stop.'\nexit 1\n")
    out = tmp_path / "out"
    result = keystar(written(tmp_path, PROVED), "-o", str(out), "--pdf")
    assert result.exit_code == 2
    assert "pdflatex failed: ! Emergency stop." in result.output
    assert not out.exists()


def test_page_without_the_converter_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    out = tmp_path / "out"
    result = keystar(written(tmp_path, PROVED), "-o", str(out), "--html")
    assert result.exit_code == 2
    assert "--html needs latex2mathml" in result.output
    assert not out.exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    path = written(tmp_path, PROVED)
    result = keystar(path, "-o", path)
    assert result.exit_code == 2
    assert "cannot write into the folder" in result.output
    assert len(result.output.splitlines()) == 1


def test_names_that_do_not_exist_and_a_missing_folder(tmp_path: Path) -> None:
    result = keystar("nonsense", "-o", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "there is no result called 'nonsense'" in result.output
    assert not (tmp_path / "out").exists()
    assert keystar("split").exit_code == 2


def test_quiet_and_verbose(tmp_path: Path) -> None:
    path = written(tmp_path, PROVED)
    assert keystar(path, "-o", str(tmp_path / "out"), "-q").output == ""
    assert "mine.tex" in keystar(path, "-o", str(tmp_path / "out"), "-v").output
