"""Two sets of logits on the normal tokens, and the softmax means they give, enclosed.

Mathematics, section 2: the pair theorem, its corollaries, and the first order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checks.exact.arithmetic import Arithmetic, Numbers
from checks.tensors import Array


@dataclass(frozen=True, eq=False)
class LogitShift:
    """The pair theorem's data: logits l (p,), gaps epsilon (p,), values (p, c); z = l + epsilon."""

    logits: Array
    gaps: Array
    values: Array


class ExactShift:
    """What the pair theorem and the first order speak of."""

    def __init__(self, ops: Arithmetic, shift: LogitShift) -> None:
        self.ops = ops
        # softmax ignores a common shift, and without it exp would overflow.
        top = float((shift.logits + shift.gaps).max())
        self.gaps = ops.numbers(shift.gaps)
        self.values = ops.numbers(shift.values)
        lowest = float(shift.gaps.min())
        logits = ops.numbers(shift.logits)
        self.shifted = ops.exp(logits - top + self.gaps)
        self.plain = ops.exp(logits - top + lowest)

    @cached_property
    def difference(self) -> Numbers:
        """sum softmax(l) v - sum softmax(z) v, (c,)."""
        before = softmax_mean(self.ops, self.plain, self.values)
        return before - softmax_mean(self.ops, self.shifted, self.values)

    @cached_property
    def weights(self) -> Numbers:
        """w = softmax(z)."""
        return self.shifted / self.ops.total(self.shifted)

    @cached_property
    def total_variation(self) -> Numbers:
        """Half the sum of |w_j - w*_j|."""
        plain = self.plain / self.ops.total(self.plain)
        return self.ops.total(self.ops.absolute(self.weights - plain)) / 2.0

    @cached_property
    def covariance(self) -> Numbers:
        """Cov_w(epsilon, v), (c,)."""
        centred = self.gaps - self.ops.total(self.weights * self.gaps)
        return self.ops.total((self.weights * centred) * self.values.T)

    @property
    def oscillation(self) -> Numbers:
        """max epsilon - min epsilon."""
        return self.ops.largest(self.gaps) + self.ops.largest(-self.gaps)

    @cached_property
    def distances(self) -> Numbers:
        """|v_j - v_k|, (p, p)."""
        return distances(self.ops, self.values, self.values)

    @property
    def diameter(self) -> Numbers:
        """The largest of the distances."""
        return largest_entry(self.ops, self.distances)


def distances(ops: Arithmetic, left: Numbers, right: Numbers) -> Numbers:
    """Euclidean distances (a, b) between rows (a, c) and (b, c)."""
    (rows, width), columns = left.shape, right.shape[0]
    return ops.norm(left.reshape(rows, 1, width) - right.reshape(1, columns, width))


def largest_entry(ops: Arithmetic, table: Numbers) -> Numbers:
    """The largest number of a table with two axes."""
    return ops.largest(table.reshape(table.shape[0] * table.shape[1]))


def softmax_mean(ops: Arithmetic, weights: Numbers, values: Numbers) -> Numbers:
    """Rows (k, c) averaged with weights (k,) that need not add up to 1."""
    return ops.total(weights * values.T) / ops.total(weights)
