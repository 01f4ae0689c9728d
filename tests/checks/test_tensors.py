"""Every kind of unusable input gets one sentence naming the array and saying what to do."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from checks.tensors import UnusableInput, as_tensors, prefixes, read_tensors


def arrays(normal=2, frozen=3, width=4, value_width=5, heads=()):
    """Well-formed Q, K, V of ones and counting numbers."""
    tokens = normal + frozen
    return {
        "Q": np.ones((*heads, normal, width), dtype=np.float32),
        "K": np.ones((*heads, tokens, width), dtype=np.float32),
        "V": np.ones((*heads, tokens, value_width), dtype=np.float32),
    }


def saved(folder: Path, **content) -> Path:
    """An .npz file with these arrays."""
    path = folder / "tensors.npz"
    np.savez(path, **content)
    return path


def test_reads_plain_names_as_float64_and_read_only(tmp_path):
    tensors = read_tensors(saved(tmp_path, **arrays(heads=(7,))))
    assert (tensors.leading, tensors.frozen, tensors.normal) == ((7,), 3, 2)
    assert tensors.queries.dtype == np.float64 and tensors.update is None
    with pytest.raises(ValueError, match="read-only"):
        tensors.values[...] = 0


def test_reads_names_with_a_prefix_and_the_stored_update(tmp_path):
    content = {"x_" + name: array for name, array in arrays().items()}
    tensors = read_tensors(saved(tmp_path, **content, x_Delta=np.ones((2, 5))), "x_")
    assert tensors.name == "tensors.npz:x_" and tensors.update.shape == (2, 5)


def test_no_frozen_tokens_are_allowed():
    assert as_tensors(**_named(arrays(frozen=0))).frozen == 0


@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.uint8, ">f8"])
def test_types_that_fit_into_float64_are_read_exactly(dtype):
    content = {name: array.astype(dtype) for name, array in arrays().items()}
    assert (as_tensors(**_named(content)).keys == 1).all()


def test_heads_come_in_blocks_that_cover_all(monkeypatch):
    monkeypatch.setattr("checks.tensors.BLOCK_ENTRIES", 25)
    content = arrays(heads=(3, 2))
    content["Q"] = np.arange(content["Q"].size, dtype=float).reshape(content["Q"].shape)
    tensors = as_tensors(**_named(content))
    blocks = [block.queries for block in tensors.blocks()]
    assert [len(block) for block in blocks] == [2, 2, 2]
    assert (np.concatenate(blocks).reshape(content["Q"].shape) == content["Q"]).all()


def test_prefixes_leave_out_weight_matrices():
    names = ["Q", "K", "V", "a_Q", "a_K", "a_V", "b_Q", "b_K", "l0_WQ", "l0_WK", "l0_WV"]
    assert prefixes(names) == ("", "a_")


def test_a_missing_or_wrong_prefix_lists_those_there_are(tmp_path):
    content = {p + name: array for p in ("e0_", "e1_") for name, array in arrays().items()}
    path = saved(tmp_path, **content)
    for prefix in (None, "e2_"):
        with pytest.raises(UnusableInput, match=r"choose one of .*'e0_', 'e1_'"):
            read_tensors(path, prefix)
    with pytest.raises(UnusableInput, match=r"has no K, V; no prefix has all .* holds Q"):
        read_tensors(saved(tmp_path, Q=np.ones((2, 2))))


def test_a_file_that_is_missing_a_folder_or_no_archive(tmp_path):
    with pytest.raises(UnusableInput, match="does not exist"):
        read_tensors(tmp_path / "nowhere.npz")
    with pytest.raises(UnusableInput, match="is not a file"):
        read_tensors(tmp_path)
    np.save(tmp_path / "one.npy", np.ones(3))
    with pytest.raises(UnusableInput, match=r"one\.npy is one array; name the file of the queries"):
        read_tensors(tmp_path / "one.npy")
    (tmp_path / "empty.npz").touch()
    with pytest.raises(UnusableInput, match=r"not an \.npz archive, or it was cut short"):
        read_tensors(tmp_path / "empty.npz")


def test_an_archive_cut_short_or_damaged(tmp_path):
    path = saved(tmp_path, **arrays(normal=50, frozen=50))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableInput, match="cut short"):
        read_tensors(path)
    place = whole.index(b"\x00\x00\x80\x3f" * 8)
    path.write_bytes(whole[:place] + b"\x01" + whole[place + 1 :])
    with pytest.raises(UnusableInput, match=r"Q in tensors\.npz is damaged"):
        read_tensors(path)


def test_a_member_that_is_no_array(tmp_path):
    path = saved(tmp_path, **{k: a for k, a in arrays().items() if k != "V"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("V", b"text")
    with pytest.raises(UnusableInput, match=r"V in tensors\.npz is not an array"):
        read_tensors(path)


def test_pickled_arrays_are_never_loaded(tmp_path):
    content = arrays() | {"K": np.array([[1.0], [1.0, 2.0]], dtype=object)}
    with pytest.raises(UnusableInput, match=r"K in .* object array.*unpickling.*save it as"):
        read_tensors(saved(tmp_path, **content))
    with pytest.raises(UnusableInput, match=r"K is an object array of shape \(2,\)"):
        as_tensors(**_named(content))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"V": np.ones((4, 5))}, r"K \(5, 4\) and V \(4, 5\) differ in length"),
        ({"Q": np.ones((2, 6))}, r"Q \(2, 6\) and K \(5, 4\) differ in width"),
        ({"Q": np.ones((6, 4))}, r"K \(5, 4\) has fewer rows than Q \(6, 4\)"),
        ({"Q": np.ones((0, 4))}, r"Q \(0, 4\) has no rows: there is no normal token"),
        ({"Q": np.ones(4)}, r"Q \(4,\) needs at least two axes"),
        ({"K": np.ones((2, 5, 4))}, r"Q \(2, 4\) and K \(2, 5, 4\) differ in their leading axes"),
        ({"V": np.ones((5, 0))}, r"V \(5, 0\) is empty"),
        ({"Delta": np.ones((2, 4))}, r"Delta \(2, 4\) should have shape \(2, 5\)"),
        ({"V": np.full((5, 5), "1")}, r"V of shape \(5, 5\) has type <U1, not real numbers"),
        ({"V": np.ones((5, 5), dtype=complex)}, "type complex128, not real numbers"),
        ({"V": np.ones((5, 5), dtype=bool)}, "type bool, not real numbers"),
        ({"K": np.full((5, 4), 2**53 + 1)}, "does not fit into float64 without rounding"),
        ({"K": np.full((5, 4), 1e200)}, r"K \(5, 4\) has the entry 1e\+200 at index \(0, 0\)"),
    ],
)
def test_wrong_shapes_and_types(change, message):
    with pytest.raises(UnusableInput, match=message):
        as_tensors(**_named(arrays() | change))


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_entries_that_are_not_finite_are_located(bad, word):
    content = arrays(heads=(2,))
    content["V"][1, 3, 2] = bad
    with pytest.raises(UnusableInput, match=rf"V .* has 1 .* first {word} at index \(1, 3, 2\)"):
        as_tensors(**_named(content))


def _named(content):
    names = {"Q": "queries", "K": "keys", "V": "values", "Delta": "update"}
    return {names[key]: array for key, array in content.items()}
