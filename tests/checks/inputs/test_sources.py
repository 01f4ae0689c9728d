"""Every format gives the same numbers; damage and code in a file get one sentence."""

import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from checks.inputs import npz
from checks.inputs.rows import Rows
from checks.inputs.sources import open_source
from checks.tensors import UnusableInput, read_tensors

PLAIN = Path(__file__).parent / "data" / "plain.pt"
Q = np.arange(12.0, dtype=np.float32).reshape(3, 4)
K = np.arange(32.0).reshape(8, 4)
V = np.arange(16.0, dtype=np.float16).reshape(8, 2)
ARRAYS = {"Q": Q, "K": K, "V": V}
CODES = {"float32": "F32", "float64": "F64", "float16": "F16", "uint16": "BF16", "int64": "I64"}


def safetensors(arrays: dict[str, np.ndarray], **changes: object) -> bytes:
    """The bytes of a .safetensors file; uint16 arrays are bfloat16."""
    header, data = {"__metadata__": {"made": "here"}}, b""
    for name, array in arrays.items():
        content = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": CODES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(content)],
        } | changes
        data += content
    said = json.dumps(header).encode()
    return struct.pack("<Q", len(said)) + said + data


def written(folder: Path, kind: str) -> Path:
    """ARRAYS in one of the formats."""
    path = folder / f"tensors.{kind}"
    if kind == "npz":
        np.savez(path, **ARRAYS)
    elif kind == "compressed":
        path = folder / "compressed.npz"
        np.savez_compressed(path, **ARRAYS)
    elif kind in ("folder", "npy"):
        for name, array in ARRAYS.items():
            np.save(folder / f"x_{name}.npy", array)
        path = folder if kind == "folder" else folder / "x_Q.npy"
    elif kind == "safetensors" or kind == "unnamed":
        path.write_bytes(safetensors(ARRAYS))
    return path


@pytest.mark.parametrize("kind", ["npz", "compressed", "folder", "npy", "safetensors", "unnamed"])
@pytest.mark.parametrize("kept_above", [0, 2**23], ids=["large", "small"])
def test_every_format_gives_the_same_numbers(tmp_path, monkeypatch, kind, kept_above):
    for module in ("npz", "npy_files", "entries"):
        monkeypatch.setattr(f"checks.inputs.{module}.KEPT_ABOVE", kept_above)
    tensors = read_tensors(written(tmp_path, kind), "x_" if kind == "folder" else None)
    for name, array in (("queries", Q), ("keys", K), ("values", V)):
        found = getattr(tensors, name)
        np.testing.assert_array_equal(np.asarray(found), array.astype(np.float64))
        assert isinstance(found, Rows) == (kept_above == 0 and name != "queries")
    assert tensors.stored == {"Q": "float32", "K": "float64", "V": "float16"}


def test_large_members_of_an_archive_are_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "KEPT_ABOVE", 0)
    stored = open_source(written(tmp_path, "npz")).read("K").stored
    assert isinstance(stored, np.memmap) and not stored.flags.writeable
    path = tmp_path / "order.npz"
    np.savez(path, K=np.asfortranarray(K))
    np.testing.assert_array_equal(open_source(path).read("K").stored, K)


def test_a_file_written_by_torch_is_read_without_torch():
    """Views with strides, parameters, a state_dict, bfloat16 and other types."""
    source = open_source(PLAIN)
    assert list(source.names) == ["V", "Q", "K", "nested.half", "E"]
    np.testing.assert_array_equal(source.read("Q").stored, Q)
    np.testing.assert_array_equal(source.read("K").stored, np.arange(40.0).reshape(5, 8).T[:, :4])
    np.testing.assert_array_equal(source.read("E").stored, [[3, 4, 5]])
    half = source.read("nested.half")
    np.testing.assert_array_equal(half.stored.view(np.uint16), [0x3FC0, 0xC000])
    assert half.bfloat16
    tensors = read_tensors(PLAIN)
    assert (tensors.frozen, tensors.normal) == (5, 3)
    assert tensors.stored["K"] == "float64"


def test_bfloat16_is_read_exactly(tmp_path):
    numbers = np.array([[1.0, -2.5], [0.0, 3.015625]])
    bits = (numbers.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    path = tmp_path / "half.safetensors"
    path.write_bytes(safetensors({"Q": bits, "K": bits, "V": bits}))
    tensors = read_tensors(path)
    np.testing.assert_array_equal(tensors.keys, numbers)
    assert set(tensors.stored.values()) == {"bfloat16"}


class Harmful:
    """Unpickling this makes a folder."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


def torch_file(path: Path, pickled: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", pickled)
        archive.writestr("x/data/0", bytes(48))
    return path


def test_code_in_a_file_never_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    harmful = pickle.dumps({"Q": Harmful()}, protocol=2)
    with pytest.raises(UnusableInput, match=r"more than plain tensors \(.*mkdir\).*use safetens"):
        open_source(torch_file(tmp_path / "x.pt", harmful))
    (tmp_path / "old.pt").write_bytes(harmful)
    with pytest.raises(UnusableInput, match=r"old\.pt is a pickle, not a file of today's"):
        open_source(tmp_path / "old.pt")
    np.save(tmp_path / "Q.npy", np.array([Harmful()]), allow_pickle=True)
    with pytest.raises(UnusableInput, match=r"Q in Q\.npy is an object array.*running code"):
        open_source(tmp_path / "Q.npy").read("Q")
    assert not (tmp_path / "unpickled").exists()
    pickle.loads(harmful)
    assert (tmp_path / "unpickled").exists()


def tensor(offset=0, shape=(3, 4), strides=(4, 1), kind="FloatStorage", length=12) -> bytes:
    """The index of a file with one tensor Q, in the opcodes that torch.save writes."""

    def number(n: int) -> bytes:
        return b"J" + struct.pack("<i", n)

    def text(said: str) -> bytes:
        return b"X" + struct.pack("<I", len(said)) + said.encode()

    def many(numbers: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(number, numbers)) + b"t"

    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text("0") + text("cpu")
    storage += number(length) + b"tQ"
    call = b"(" + storage + number(offset) + many(shape) + many(strides) + b"\x89}tR"
    return b"\x80\x02}" + text("Q") + b"ctorch._utils\n_rebuild_tensor_v2\n" + call + b"s."


@pytest.mark.parametrize(
    ("pickled", "message"),
    [
        (tensor(length=12, offset=1), "reaches beyond what is stored"),
        (tensor(strides=(-4, 1)), "reaches beyond what is stored"),
        (tensor(shape=(3, 40)), "reaches beyond what is stored"),
        (tensor(length=100, shape=(25, 4)), "is cut short"),
        (tensor(kind="ComplexFloatStorage"), r"of a type that is not read \(ComplexFloat"),
    ],
)
def test_tensors_that_do_not_fit_their_storage(tmp_path, pickled, message):
    source = open_source(torch_file(tmp_path / "x.pt", pickled))
    with pytest.raises(UnusableInput, match=message):
        source.read("Q")


def test_the_handmade_index_is_one_that_is_read(tmp_path):
    source = open_source(torch_file(tmp_path / "x.pt", tensor()))
    np.testing.assert_array_equal(source.read("Q").stored, np.zeros((3, 4)))


@pytest.mark.parametrize(
    "pickled",
    [b"", b"\x80\x02}", b"\x80\x02R.", b"junk", b"\x80\x02(K\x01K\x02K\x03u.", tensor()[:-30]],
)
def test_a_damaged_index_of_a_torch_file(tmp_path, pickled):
    with pytest.raises(UnusableInput, match=r"x\.pt holds more than plain tensors|is damaged"):
        open_source(torch_file(tmp_path / "x.pt", pickled))


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.pt", cut(PLAIN.read_bytes()), r"x\.pt is not a PyTorch file, or it was cut short"),
        ("x.pt", b"", "not a PyTorch file"),
        ("x.safetensors", b"", r"not a \.safetensors file, or it was cut short"),
        ("x.safetensors", safetensors(ARRAYS)[:40], "cut short"),
        ("x.safetensors", safetensors(ARRAYS)[:-1], "V in x.safetensors is cut short"),
        ("x.safetensors", struct.pack("<Q", 4) + b"[{}]", "not a .safetensors file"),
        ("x.safetensors", safetensors(ARRAYS, dtype="F8_E4M3"), "Q .* has type F8_E4M3, which is"),
        ("x.safetensors", safetensors(ARRAYS, shape=[9, 9]), "not have the size its header says"),
        ("x.safetensors", safetensors(ARRAYS, shape=None), "does not say what Q is"),
        ("Q.npy", b"\x93NUMPY\x01", r"Q\.npy is damaged or cut short .*again with numpy\.save"),
        ("one.npy", b"", "one.npy is one array; name the file of the queries"),
    ],
)
def test_damaged_files(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableInput, match=message):
        source = open_source(tmp_path / name)
        for each in source.names:
            source.read(each)


def test_a_large_damaged_member_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "KEPT_ABOVE", 0)
    path = written(tmp_path, "npz")
    content = bytearray(path.read_bytes())
    content[content.index(b"NUMPY") + 130] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(UnusableInput, match=r"Q in tensors\.npz is damaged \(Bad CRC-32"):
        open_source(path).read("Q")


def test_a_folder_without_arrays_and_a_zip_that_is_no_torch_file(tmp_path):
    with pytest.raises(UnusableInput, match=r"is not a file; give .* a folder that holds"):
        open_source(tmp_path)
    buffer = io.BytesIO()
    np.savez(buffer, Q=Q)
    (tmp_path / "x.pt").write_bytes(buffer.getvalue())
    with pytest.raises(UnusableInput, match="is a zip archive but no PyTorch file"):
        open_source(tmp_path / "x.pt")
