"""Arrays of any library, and arrays that are kept as they are stored."""

import numpy as np
import pytest

from checks.inputs.memory import rows_of
from checks.inputs.rows import Rows
from checks.measure import measure
from checks.tensors import UnusableInput, as_tensors

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(2, 3)), RNG.normal(size=(9, 3)), RNG.normal(size=(9, 2))


class Wrapped:
    """Speaks __array__ only."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class Exchanged:
    """Speaks DLPack only."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


@pytest.mark.parametrize("speak", [Wrapped, Exchanged, np.ndarray.tolist, np.asarray])
def test_whatever_speaks_an_array_protocol_is_read(speak):
    tensors = as_tensors(*(speak(each.copy()) for each in (Q, K, V)))
    np.testing.assert_array_equal(tensors.keys, K)


class Elsewhere:
    """An array on a device that NumPy cannot reach."""

    def __dlpack__(self, **options):
        raise BufferError("it lies on another device")

    def __dlpack_device__(self):
        return (2, 0)


@pytest.mark.parametrize("given", [[[1.0], [1.0, 2.0]], Elsewhere()])
def test_what_cannot_be_read_as_an_array(given):
    with pytest.raises(UnusableInput, match=r"Q cannot be read as an array \(.*\); give a rect"):
        as_tensors(given, K, V)


def test_large_arrays_are_not_copied(monkeypatch):
    monkeypatch.setattr("checks.inputs.entries.KEPT_ABOVE", 0)
    tensors = as_tensors(Q, K, V)
    assert tensors.keys.stored is K and tensors.values.stored is V
    whole = measure(as_tensors(Q, K, V))
    monkeypatch.setattr("checks.tensors.STREAM_ABOVE", 0)
    streamed = measure(tensors)
    assert streamed.streamed and not whole.streamed
    for kind in ("quantities", "errors"):
        found, wanted = getattr(streamed, kind), getattr(whole, kind)
        assert set(found) == set(wanted)
        for name, each in found.items():
            np.testing.assert_allclose(each, wanted[name], rtol=1e-12)


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (-np.inf, "infinity"), (1e200, "1e")])
def test_bad_entries_of_large_arrays_are_located(monkeypatch, bad, word):
    monkeypatch.setattr("checks.inputs.entries.KEPT_ABOVE", 0)
    monkeypatch.setattr("checks.inputs.rows.READ_AT_ONCE", 4)
    values = np.stack([V, V])
    values[1, 7, 1] = bad
    with pytest.raises(UnusableInput, match=rf"V \(2, 9, 2\) .*{word}.* index \(1, 7, 1\)"):
        as_tensors(np.stack([Q, Q]), np.stack([K, K]), values)


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_mapped_files_keep_what_was_written_into_them(tmp_path, mode):
    np.save(tmp_path / "K.npy", np.zeros((5000, 4)))
    mapped = np.load(tmp_path / "K.npy", mmap_mode=mode)
    wanted = np.zeros((5000, 4))
    if mode != "r":
        mapped[7], wanted[7] = 3.0, 3.0
    rows = Rows(mapped[2:], order=slice(1, None))
    rows.release()
    np.testing.assert_array_equal(np.asarray(rows), wanted[3:])


def test_rows_read_like_an_array():
    stored = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    picked = np.array([3, 0, 2])
    for order, wanted in (
        (None, stored),
        (slice(1, 4), stored[:, 1:4]),
        (slice(None, None, -2), stored[:, ::-2]),
        (picked, stored[:, picked]),
    ):
        rows = Rows(stored, order=order)
        assert rows.shape == wanted.shape and rows.size == wanted.size
        np.testing.assert_array_equal(np.asarray(rows), wanted)
        np.testing.assert_array_equal(rows[1], wanted[1])
        np.testing.assert_array_equal(rows[1, 1:3], wanted[1, 1:3])
        np.testing.assert_array_equal(rows[..., 1:, :], wanted[..., 1:, :])
        np.testing.assert_array_equal(np.asarray(rows.pick(slice(0, 2))), wanted[:, :2])
    with pytest.raises(ValueError, match="needs a copy"):
        np.array(rows, copy=False)
    assert rows_of(rows, "K") is rows
