"""Tensors that cannot be measured: exit status 2 and one exact sentence, nothing written."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.process import complaint

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(3, 4)), RNG.normal(size=(8, 4)), RNG.normal(size=(8, 5))
CUT = (
    "tensors.npz is not an .npz archive, or it was cut short;"
    " write it again with numpy.savez(path, Q=..., K=..., V=...)."
)


def archive(**arrays: np.ndarray) -> bytes:
    """The bytes of an .npz file with Q, K and V, some of them replaced."""
    buffer = io.BytesIO()
    np.savez(buffer, **({"Q": Q, "K": K, "V": V} | arrays))
    return buffer.getvalue()


def changed(array: np.ndarray, place: tuple[int, ...], entry: float) -> np.ndarray:
    copy = array.copy()
    copy[place] = entry
    return copy


def members(content: bytes) -> bytes:
    """A whole archive whose members hold this content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in "QKV":
            file.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def header_of_a_huge_array() -> bytes:
    buffer = io.BytesIO()
    described = {"descr": "<f8", "fortran_order": False, "shape": (10**7, 10**7)}
    np.lib.format.write_array_header_1_0(buffer, described)
    return buffer.getvalue()


def flipped(content: bytes) -> bytes:
    """The same archive with one byte of the first array's data changed."""
    place = content.index(b"NUMPY") + 200
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def refusal(folder: Path, content: bytes, *options: str) -> str:
    """What `keystar measure` says to a file with this content."""
    (folder / "tensors.npz").write_bytes(content)
    return complaint(folder, "measure", "tensors.npz", "-o", "out", *options)


def test_what_is_not_there(tmp_path: Path) -> None:
    said = complaint(tmp_path, "measure", "none.npz")
    assert said == "none.npz does not exist; give the path of an .npz file."
    assert complaint(tmp_path, "measure", ".", "--json").startswith(". is not a file;")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\n", archive()[:10], archive()[:700], archive()[:-1], b"\x93NUMPY" * 9],
    ids=["empty", "text", "10 bytes", "half", "one byte short", "no archive"],
)
def test_what_is_no_whole_archive(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content) == CUT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (flipped(archive()), "Q in tensors.npz is damaged (Bad CRC-32 for file 'Q.npy');"),
        (members(b"junk"), "Q in tensors.npz is not an array;"),
        (members(header_of_a_huge_array()), "Q in tensors.npz is damaged (Unable to allocate"),
    ],
    ids=["a flipped byte", "junk", "a huge array"],
)
def test_members_that_are_damaged(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert refusal(tmp_path, content).startswith(sentence)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (
            {"K": changed(K, (2, 1), np.nan)},
            "K (8, 4) has 1 entries that are not finite, the first NaN at index (2, 1);"
            " remove padded or masked rows before saving.",
        ),
        (
            {"V": changed(V, (0, 3), -np.inf)},
            "V (8, 5) has 1 entries that are not finite, the first infinity at index (0, 3);"
            " remove padded or masked rows before saving.",
        ),
        (
            {"Q": changed(Q, (0, 3), 1e200)},
            "Q (3, 4) has the entry 1e+200 at index (0, 3), so large that float64 may overflow;"
            " rescale it below 2e+90.",
        ),
        (
            {"K": K[:, :3]},
            "Q (3, 4) and K (8, 3) differ in width (the last axis); queries and keys need the"
            " same; the shapes would fit with the last two axes of Q swapped, so Q may be"
            " transposed: save (tokens, width).",
        ),
        (
            {"V": V[:7]},
            "K (8, 4) and V (7, 5) differ in length; give one key row and one value row per token.",
        ),
        (
            {"K": K[:2], "V": V[:2]},
            "K (2, 4) has fewer rows than Q (3, 4);"
            " the last rows of K and V must be those of the tokens in Q.",
        ),
        (
            {"Q": Q[0]},
            "Q (4,) needs at least two axes: (tokens, width), heads first if any.",
        ),
        (
            {"Q": Q[None]},
            "Q (1, 3, 4) and K (8, 4) differ in their leading axes;"
            " repeat shared keys and values once per query head.",
        ),
        (
            {"Q": Q[:, :0], "K": K[:, :0]},
            "Q (3, 0) is empty; every axis needs at least one entry.",
        ),
        (
            {"Q": Q[:0]},
            "Q (0, 4) has no rows: there is no normal token, so nothing to update;"
            " give Q one row per normal token.",
        ),
        (
            {"K": np.array([1, "x", None], dtype=object)},
            "K in tensors.npz is an object array, which only unpickling (running code from the"
            " file) could read; save it as one rectangular float array.",
        ),
        (
            {"Q": Q + 1j},
            "Q of shape (3, 4) has type complex128, not real numbers;"
            " save it as float32 or float64.",
        ),
        (
            {"Delta": np.zeros((3, 4))},
            "Delta (3, 4) should have shape (3, 5): one row per query, as wide as V.",
        ),
    ],
)
def test_arrays_that_cannot_be_used(
    tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str
) -> None:
    assert refusal(tmp_path, archive(**arrays)) == sentence


def test_files_of_other_formats(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(pickle.dumps({"Q": print}))
    said = complaint(tmp_path, "measure", "x.pt", "-o", "out")
    assert said == (
        "x.pt is a pickle, not a file of today's torch.save; save plain tensors,"
        " torch.save({'Q': Q, 'K': K, 'V': V}, path), or use safetensors."
    )
    (tmp_path / "x.safetensors").write_bytes(b"12345678{}")
    said = complaint(tmp_path, "measure", "x.safetensors", "-o", "out")
    assert said == "x.safetensors is not a .safetensors file, or it was cut short; write it again."
    np.save(tmp_path / "Q.npy", Q)
    said = complaint(tmp_path, "measure", "Q.npy", "-o", "out")
    assert said == ("Q.npy has no K, V; no prefix has all of Q, K, V; the file holds Q.")


def test_weights_that_do_not_give_the_tensors(tmp_path: Path) -> None:
    said = refusal(tmp_path, archive(E=K, W_K=np.eye(4)[::-1]))
    assert said.startswith("W_K (4, 4) do not give the keys (8, 4) from the entities E (8, 4): off")


def test_an_update_that_is_not_the_one_of_these_tensors(tmp_path: Path) -> None:
    said = refusal(tmp_path, archive(Delta=np.zeros((3, 5))))
    assert said.startswith("the stored Delta (3, 5) of tensors.npz is not reproduced: ")
    assert said.endswith(
        "(scale 0.5, not causal), which usually means a wrong scale or causal flag."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--prefix", "l0_", "--frozen", "0:9,12"),
            "frozen token 12 does not exist; there are 8 tokens, counted from 0.",
        ),
        (
            ("--prefix", "l0_", "--frozen", "7", "--causal"),
            "l0_Q (3, 4) has 3 rows for 7 normal tokens of 8; give one row for each normal token,"
            " or for each token.",
        ),
        (
            ("--prefix", "l0_", "--layout", "heads width"),
            "the layout 'heads width' must name the axes tokens and width once each, and the"
            " leading ones; write for example 'tokens heads width'.",
        ),
        (
            ("--prefix", "l1_"),
            "tensors.npz has no l1_Q, l1_K, l1_V;"
            " choose one of the prefixes in the file: none (plain Q, K, V), 'l0_'.",
        ),
        (("--scale", "nan"), "scale is nan; give a finite number such as 1 / sqrt(width)."),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: tuple[str, ...], sentence: str) -> None:
    assert refusal(tmp_path, archive(l0_Q=Q, l0_K=K, l0_V=V), *options) == sentence
