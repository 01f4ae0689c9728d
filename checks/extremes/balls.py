"""Softmax averages of exact floats in balls, and the formulas of the bounds once more.

Written apart from :mod:`checks.bounds`, as a second opinion; no maximum is decided by float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from flint import arb

from checks.tensors import Array

Balls = list[arb]


def balls(row: Array) -> Balls:
    """The floats (k,) as exact balls."""
    return [arb(x) for x in row.tolist()]


def rows(matrix: Array) -> list[Balls]:
    """The floats (k, c) as exact balls."""
    return [balls(row) for row in matrix]


def total(terms: Iterable[arb]) -> arb:
    """The sum, zero of nothing."""
    return sum(terms, start=arb(0))


def largest(terms: Iterable[arb]) -> arb:
    """The maximum of one or more balls."""
    return reduce(arb.max, terms)


def least(terms: Iterable[arb]) -> arb:
    """The minimum of one or more balls."""
    return reduce(arb.min, terms)


def softmax(logits: Sequence[arb]) -> Balls:
    """e^s / sum e^s."""
    powers = [s.exp() for s in logits]
    whole = total(powers)
    return [x / whole for x in powers]


def log_sum_exp(logits: Iterable[arb]) -> arb:
    """log sum e^s."""
    return total(s.exp() for s in logits).log()


def mean(weights: Sequence[arb], vectors: Sequence[Balls]) -> Balls:
    """sum_j w_j v_j."""
    width = range(len(vectors[0]))
    return [total(w * v[c] for w, v in zip(weights, vectors, strict=True)) for c in width]


def minus(left: Balls, right: Balls) -> Balls:
    """x - y."""
    return [x - y for x, y in zip(left, right, strict=True)]


def norm(vector: Balls) -> arb:
    """The Euclidean norm."""
    return total(abs(x) ** 2 for x in vector).nonnegative_part().sqrt()


def diameter(vectors: Sequence[Balls]) -> arb:
    """The largest distance between two of the vectors, zero of one."""
    return largest(
        [arb(0)] + [norm(minus(v, w)) for i, v in enumerate(vectors) for w in vectors[:i]]
    )


def oscillation(numbers: Sequence[arb]) -> arb:
    """Largest minus least."""
    return largest(numbers) - least(numbers)


def share(nu: arb) -> arb:
    """(sqrt nu - 1) / (sqrt nu + 1)."""
    return (nu.sqrt() - 1) / (nu.sqrt() + 1)


def mean_key_gap(x: arb) -> arb:
    """Phi(x) = log((e^x - 1) / x) - 1 + x / (e^x - 1) for x > 0."""
    return (x.expm1() / x).log() - 1 + x / x.expm1()
