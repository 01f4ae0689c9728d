"""The few operations in which NumPy and PyTorch differ, so that streaming is written once.

A backend's ``xp`` is the namespace of the array type (``numpy`` or ``torch``); the operators and
``xp.exp``, ``xp.where``, ``xp.amax`` and the like mean the same in both.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array
from scipy.spatial.distance import cdist

from checks.inputs.rows import is_torch, to_numpy


@dataclass(frozen=True)
class NumpyBackend:
    """Arrays in this machine's memory; ``screen`` is the type that tells most distances apart."""

    xp: Any = np
    screen: str = "float32"

    def array(self, values: Any, dtype: str = "float64") -> Any:
        """`values` as an array of this backend."""
        return np.asarray(to_numpy(values), dtype=dtype)

    def full(self, shape: tuple[int, ...], value: float) -> Any:
        """A float64 array filled with one number."""
        return np.full(shape, value)

    def counting(self, stop: int) -> Any:
        """0, 1, ..., stop - 1 as indices."""
        return np.arange(stop)

    def indices(self, numbers: Any) -> Any:
        """NumPy indices for this backend."""
        return numbers

    def joined(self, parts: list[Any], axis: int = 0) -> Any:
        """Arrays joined along an axis."""
        return np.concatenate(parts, axis)

    def row_squares(self, rows: Any) -> Any:
        """The squared Euclidean norm of each row."""
        return np.einsum("ij,ij->i", rows, rows)

    def cast(self, array: Any, dtype: str) -> Any:
        """The array in this type; the same one if it has it."""
        return array.astype(dtype, copy=False)

    def product(self, left: Any, right: Any) -> Any:
        """The matrix product."""
        return left @ right

    def product_into(self, room: Any, left: Any, right: Any) -> Any:
        """The matrix product in the first entries of a flat array, of the same type."""
        shape = (left.shape[0], right.shape[1])
        place = room[: shape[0] * shape[1]].reshape(shape)
        return self.xp.matmul(left, right, out=place)

    def raise_to(self, target: Any, index: Any, values: Any) -> None:
        """target[index] = max(target[index], values) for flat arrays, repeated indices included."""
        np.maximum.at(target, index, values)

    def sums(self, index: Any, values: Any, size: int) -> Any:
        """The sum of the values at each index below size."""
        return np.bincount(index, values, minlength=size)

    def row_sums(self, index: Any, rows: Any, size: int) -> Any:
        """The sum of the rows (b, width) at each index (b,) below size: (size, width)."""
        starts = np.arange(len(index) + 1)
        return csc_array((np.ones(len(index)), index, starts), (size, len(index))) @ rows

    def counts(self, index: Any, size: int) -> Any:
        """How often each index below size occurs, as float64."""
        return np.bincount(index, minlength=size).astype(np.float64)

    def places(self, mask: Any) -> Any:
        """The flat indices at which the mask holds."""
        return np.flatnonzero(mask)

    def distances(self, left: Any, right: Any) -> Any:
        """Euclidean distances (rows of left, rows of right), each from its difference."""
        return cdist(left, right)

    def running_minimum(self, array: Any) -> Any:
        """The minimum of each row up to each column."""
        return np.minimum.accumulate(array, axis=1)

    def running_maximum(self, array: Any) -> Any:
        """The maximum of each row up to each column, for indices too."""
        return np.maximum.accumulate(array, axis=1)


@dataclass(frozen=True)
class TorchBackend:
    """PyTorch tensors on any device, where products in float32 may be coarser than that."""

    xp: Any
    device: Any
    screen: str = "float64"

    def array(self, values: Any, dtype: str = "float64") -> Any:
        """`values` as a tensor on the device."""
        kind = getattr(self.xp, dtype)
        return self.xp.tensor(np.asarray(values), dtype=kind, device=self.device)

    def full(self, shape: tuple[int, ...], value: float) -> Any:
        """A float64 tensor filled with one number."""
        return self.xp.full(shape, value, dtype=self.xp.float64, device=self.device)

    def counting(self, stop: int) -> Any:
        """0, 1, ..., stop - 1 as indices."""
        return self.xp.arange(stop, device=self.device)

    def indices(self, numbers: Any) -> Any:
        """NumPy indices for this backend."""
        return self.xp.as_tensor(numbers, device=self.device)

    def joined(self, parts: list[Any], axis: int = 0) -> Any:
        """Tensors joined along an axis."""
        return self.xp.cat(parts, axis)

    def row_squares(self, rows: Any) -> Any:
        """The squared Euclidean norm of each row."""
        return (rows * rows).sum(axis=1)

    def cast(self, array: Any, dtype: str) -> Any:
        """The tensor in this type; the same one if it has it."""
        return array.to(getattr(self.xp, dtype))

    def product(self, left: Any, right: Any) -> Any:
        """The matrix product."""
        return left @ right

    def product_into(self, room: Any, left: Any, right: Any) -> Any:
        """The matrix product in the first entries of a flat array, of the same type."""
        shape = (left.shape[0], right.shape[1])
        place = room[: shape[0] * shape[1]].reshape(shape)
        return self.xp.matmul(left, right, out=place)

    def raise_to(self, target: Any, index: Any, values: Any) -> None:
        """target[index] = max(target[index], values) for flat tensors, repeated ones included."""
        target.scatter_reduce_(0, index, values, "amax", include_self=True)

    def sums(self, index: Any, values: Any, size: int) -> Any:
        """The sum of the values at each index below size."""
        return self.full((size,), 0.0).scatter_add_(0, index, values)

    def row_sums(self, index: Any, rows: Any, size: int) -> Any:
        """The sum of the rows (b, width) at each index (b,) below size: (size, width)."""
        return self.full((size, rows.shape[1]), 0.0).index_add_(0, index, rows)

    def counts(self, index: Any, size: int) -> Any:
        """How often each index below size occurs, as float64."""
        return self.xp.bincount(index, minlength=size).double()

    def places(self, mask: Any) -> Any:
        """The flat indices at which the mask holds."""
        return self.xp.nonzero(mask.reshape(-1)).reshape(-1)

    def distances(self, left: Any, right: Any) -> Any:
        """Euclidean distances (rows of left, rows of right), each from its difference."""
        return self.xp.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist")

    def running_minimum(self, array: Any) -> Any:
        """The minimum of each row up to each column."""
        return self.xp.cummin(array, 1).values

    def running_maximum(self, array: Any) -> Any:
        """The maximum of each row up to each column, for indices too."""
        return self.xp.cummax(array, 1).values


Backend = NumpyBackend | TorchBackend


def backend_of(array: Any) -> Backend:
    """The backend of a block: PyTorch on its own device, or NumPy."""
    if is_torch(array):
        return TorchBackend(sys.modules["torch"], array.device)
    return NumpyBackend()
