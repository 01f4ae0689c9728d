"""Files appear whole or not at all."""

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from derivations.errors import UnusableInput, one_line
from derivations.writing import need_folder, stems, write_whole


def test_files_are_written_with_ordinary_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = write_whole(folder, {"a.txt": "α", "b.bin": b"\x00"})
    assert paths == [folder / "a.txt", folder / "b.bin"]
    assert (folder / "a.txt").read_text("utf-8") == "α"
    assert (folder / "b.bin").read_bytes() == b"\x00"
    reference = tmp_path / "reference"
    reference.write_text("")
    assert (folder / "a.txt").stat().st_mode == reference.stat().st_mode
    assert sorted(os.listdir(folder)) == ["a.txt", "b.bin"]


def test_nothing_appears_when_one_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    with pytest.raises(UnusableInput, match="cannot write into the folder"):
        write_whole(tmp_path, {"old.txt": "new", "missing/b.txt": "b"})
    assert os.listdir(tmp_path) == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableInput, match=r"cannot write into the folder .*; name another"):
        write_whole(tmp_path / "file", {"a": "a"})
    with pytest.raises(UnusableInput):
        write_whole(tmp_path / "file" / "below", {"a": "a"})


def test_stems_are_plain_and_all_different() -> None:
    assert stems(["effective key", "Effective-Key", "α", "β", "  "]) == [
        "effective_key",
        "effective_key_2",
        "derivation",
        "derivation_2",
        "derivation_3",
    ]


def test_one_line_joins_and_cuts() -> None:
    assert one_line("a\n  b") == "a b"
    assert one_line("x" * 50, longest=10) == "x" * 9 + "…"


def test_new_folders_go_again_when_a_file_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"folder .*: File name too long"):
        write_whole(tmp_path / "new" / "folder", {"a.txt": "a", "b" * 300: "b"})
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full(io.FileIO):
        write = full

    def temporary(*, dir: Path, prefix: str, delete: bool) -> io.FileIO:
        return Full(dir / f"{prefix}x", "w")

    monkeypatch.setattr("derivations.writing.NamedTemporaryFile", temporary)
    with pytest.raises(UnusableInput, match="No space left on device; name another folder"):
        write_whole(tmp_path / "new", {"a.txt": "a"})
    assert os.listdir(tmp_path) == []


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(dict[str, str]):
        def items(self) -> Iterator[tuple[str, str]]:  # type: ignore[override]
            yield "a.txt", "a"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "new", Interrupted())
    assert os.listdir(tmp_path) == []


def test_a_folder_is_looked_at_before_the_work_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_folder(None)
    need_folder(tmp_path / "new" / "folder")
    assert os.listdir(tmp_path) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableInput, match="file is no folder; name another folder"):
        need_folder(tmp_path / "file" / "below" / "that")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UnusableInput, match="Permission denied"):
        need_folder(tmp_path / "new")
