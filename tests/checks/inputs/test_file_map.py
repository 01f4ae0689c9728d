"""Files that stay where they are: every view is read by position, and a loss is noticed."""

import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import checks.tensors
from checks.cli import main
from checks.inputs import file_map
from checks.inputs.file_map import map_file, read
from checks.inputs.rows import Rows
from checks.measure import measure
from checks.tensors import UnusableInput, as_tensors, read_tensors

RNG = np.random.default_rng(0)
ARRAYS = {
    "Q": RNG.normal(size=(4, 2, 3)),
    "K": RNG.normal(size=(90, 2, 3)),
    "V": RNG.normal(size=(90, 2, 3)),
}
LAYOUT = "tokens heads width"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file of numbers behind seven other bytes, the numbers, and the file mapped."""
    path = tmp_path_factory.mktemp("map") / "numbers"
    numbers = RNG.normal(size=(5, 6, 7)).astype(np.float32)
    path.write_bytes(bytes(7) + numbers.tobytes())
    return numbers, map_file(path, numbers.dtype, 7, numbers.shape)


def slices(length):
    """Slices of an axis, backward and empty ones included."""
    ends = st.one_of(st.none(), st.integers(-length - 1, length + 1))
    return st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, -1, -3]))


@given(
    place=st.tuples(*(st.one_of(slices(n), st.integers(0, n - 1)) for n in (5, 6, 7))),
    axes=st.permutations(range(3)),
    span=st.sampled_from([4, 60, 2**23]),
)
def test_every_view_is_read_as_it_is(whole, place, axes, span):
    numbers, mapped = whole
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(file_map, "SPAN_AT_ONCE", span)
        turned, expected = (np.transpose(each, axes) for each in (mapped, numbers))
        by_axis = tuple(place[axis] for axis in axes)
        found = read(turned[by_axis])
    np.testing.assert_array_equal(found, expected[by_axis])
    assert not np.shares_memory(found, mapped)


@pytest.mark.parametrize("stretch", [0, 4], ids=["map", "stretch"])
def test_picked_rows_are_read_in_their_order(whole, monkeypatch, stretch):
    monkeypatch.setattr("checks.inputs.rows.LONGEST_STRETCH", stretch)
    numbers, mapped = whole
    order = np.array([5, 1, 2, 4])
    np.testing.assert_array_equal(
        Rows(mapped, order=order).block((3,), 1, 4), numbers[3, order[1:]]
    )
    assert Rows(mapped, order=order).block((3,), 2, 2).shape == (0, 7)


def stored(folder: Path, kind: str) -> Path:
    """ARRAYS in one of the formats that are mapped."""
    if kind == "npz":
        np.savez(folder / "x.npz", **ARRAYS)
        return folder / "x.npz"
    for name, array in ARRAYS.items():
        np.save(folder / f"{name}.npy", np.asfortranarray(array) if kind == "fortran" else array)
    return folder


@pytest.fixture
def large(monkeypatch):
    """Every array counts as large."""
    for module in ("npz", "npy_files", "entries"):
        monkeypatch.setattr(f"checks.inputs.{module}.KEPT_ABOVE", 0)
    monkeypatch.setattr("checks.tensors.STREAM_ABOVE", 0)
    monkeypatch.setattr("checks.streaming.plan.BLOCK_ENTRIES", 40)


@pytest.mark.parametrize("kind", ["npz", "folder", "fortran"])
@pytest.mark.parametrize("span", [100, 2**23])
def test_mapped_files_are_measured_like_arrays(tmp_path, monkeypatch, large, kind, span):
    monkeypatch.setattr(file_map, "SPAN_AT_ONCE", span)
    found = measure(read_tensors(stored(tmp_path, kind), layout=LAYOUT))
    wanted = measure(as_tensors(*ARRAYS.values(), layout=LAYOUT))
    for name, error in wanted.errors.items():
        np.testing.assert_array_equal(found.errors[name], error)


def test_a_file_that_was_replaced_is_read_to_its_end(tmp_path, large):
    """What is mapped is the file that was opened, whatever takes its name."""
    tensors = read_tensors(stored(tmp_path, "folder"), layout=LAYOUT)
    np.save(tmp_path / "other.npy", np.zeros((90, 2, 3)))
    os.replace(tmp_path / "other.npy", tmp_path / "V.npy")
    np.testing.assert_array_equal(np.asarray(tensors.values), ARRAYS["V"].swapaxes(0, 1))


@pytest.mark.parametrize("kind", ["npz", "folder", "fortran"])
def test_a_file_that_loses_its_end_gets_a_sentence(tmp_path, monkeypatch, large, kind):
    """Cut after it was opened and checked: touching its map would end the process."""
    path = stored(tmp_path, kind)
    cut = path if path.is_file() else path / "V.npy"
    original = checks.tensors.check_entries

    def check_then_cut(array, name):
        original(array, name)
        if name == "V":
            os.truncate(cut, 100)

    monkeypatch.setattr(checks.tensors, "check_entries", check_then_cut)
    arguments = ["measure", str(path), "--layout", LAYOUT, "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2, result.output
    (line,) = result.output.splitlines()
    assert line == (
        f"keystar: {cut.name} was cut short while it was read; write it again, and measure it"
        " when it is whole."
    )
    assert not (tmp_path / "out").exists()


def test_a_file_that_cannot_be_read_any_more(whole, monkeypatch):
    def broken(*arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(file_map.os, "preadv", broken)
    with pytest.raises(UnusableInput, match=r"could no longer be read \(Input/output error\); mea"):
        read(whole[1][0])


def test_reading_goes_on_where_it_was_interrupted(whole, monkeypatch):
    numbers, mapped = whole
    original = os.preadv
    monkeypatch.setattr(
        file_map.os,
        "preadv",
        lambda file, rooms, place: original(file, [rooms[0][:10]], place),
    )
    np.testing.assert_array_equal(read(mapped[1]), numbers[1])
