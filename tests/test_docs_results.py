"""The LaTeX in docs/results is what `keystar notes` writes today (`make docs` writes it anew)."""

from pathlib import Path

from click.testing import CliRunner

from checks.cli import main

STORED = Path(__file__).resolve().parents[1] / "docs" / "results"


def test_the_stored_fragments_are_current(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["notes", "-o", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    new = {path.name: path.read_text("utf-8") for path in (tmp_path / "new").iterdir()}
    stored = {path.name: path.read_text("utf-8") for path in STORED.iterdir()}
    assert sorted(stored) == sorted(new)
    outdated = [name for name in new if new[name] != stored[name]]
    assert outdated == [], "run make docs"


def test_nothing_stored_is_less_than_proved_or_as_expected() -> None:
    text = (STORED / "all.tex").read_text("utf-8")
    table = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [row for row in table.splitlines() if row.endswith(r"\\") and " & " in row][1:]
    assert len(rows) == len(list(STORED.glob("*.tex"))) - 1
    assert all(r"\keystarverdict{PROVED}" in row or r"\keystarexpected{" in row for row in rows)
