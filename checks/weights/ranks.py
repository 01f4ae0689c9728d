"""The rank of a float64 matrix, taken as exact rational numbers: no tolerance decides it."""

from __future__ import annotations

import numpy as np
from flint import fmpz, fmpz_mat, nmod_mat

from checks.tensors import Array

LARGE_PRIME = 2**61 - 1


def exact_rank(matrix: Array) -> int:
    """The rank over the rationals of a finite matrix (rows, columns).

    Modulo a prime the rank can only drop, so a full rank there is the rank; only where it is not
    full are the integers themselves eliminated. Rows and columns of zeros are left out first.
    """
    matrix = matrix[(matrix != 0).any(axis=1)]
    matrix = matrix[:, (matrix != 0).any(axis=0)]
    if matrix.size == 0:
        return 0
    integers = _scaled_to_integers(matrix)
    modular = int(nmod_mat(integers, LARGE_PRIME).rank())
    return modular if modular == min(matrix.shape) else int(integers.rank())


def contains_columns(space: Array, columns: Array) -> bool:
    """Whether every column of ``columns`` (rows, k) lies in the column space of ``space``."""
    return exact_rank(np.hstack([space, columns])) == exact_rank(space)


def _scaled_to_integers(matrix: Array) -> fmpz_mat:
    """The matrix with every row multiplied by a power of two, which leaves the rank alone.

    frexp gives x = f 2^e with f a multiple of 2^-53, so x 2^(53 - least e) is an integer.
    """
    fractions, exponents = np.frexp(matrix)
    mantissas = np.ldexp(fractions, 53).astype(np.int64)
    least = np.where(mantissas != 0, exponents, np.iinfo(np.int32).max).min(axis=1, keepdims=True)
    shifts = np.where(mantissas != 0, exponents - least, 0)
    return fmpz_mat(
        [
            [fmpz(int(x)) << int(s) for x, s in zip(*row, strict=True)]
            for row in zip(mantissas, shifts, strict=True)
        ]
    )
