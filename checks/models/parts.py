"""The parts that both models are made of: linear maps, LayerNorm, heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.tensors import Array


@dataclass(frozen=True, eq=False)
class Linear:
    """x -> x W^T + b with W (out, in) and b (out,)."""

    weight: Array
    bias: Array

    def __call__(self, rows: Array) -> Array:
        return rows @ self.weight.T + self.bias


@dataclass(frozen=True, eq=False)
class LayerNorm:
    """x -> weight (x - mean) / sqrt(variance + epsilon) + bias over the last axis."""

    weight: Array
    bias: Array
    epsilon: float

    def __call__(self, rows: Array) -> Array:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + self.epsilon) * self.weight + self.bias


def split_heads(rows: Array, heads: int) -> Array:
    """(n, heads d) -> (heads, n, d)."""
    return np.ascontiguousarray(rows.reshape(len(rows), heads, -1).transpose(1, 0, 2))


def join_heads(rows: Array) -> Array:
    """(heads, n, d) -> (n, heads d)."""
    return rows.transpose(1, 0, 2).reshape(rows.shape[1], -1)
