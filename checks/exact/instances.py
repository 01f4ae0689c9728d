"""Everything the theorems speak of, for one instance, in an arithmetic that encloses it.

Mathematics, sections 0 to 3. Written from the definitions; :mod:`checks.approximations` has the
same numbers in plain float64 for many instances at once, and the tests compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from checks.exact.arithmetic import Arithmetic, Numbers
from checks.exact.bounds import gap_limits
from checks.exact.shifts import distances, largest_entry, softmax_mean
from checks.instances import Indices, Instance
from checks.tensors import Array, UnusableInput


@dataclass(frozen=True, eq=False)
class ExactGroup:
    """Seen members of one group, and the logits less the largest of all."""

    members: Indices
    gap: Numbers
    largest: Numbers
    margin: Numbers | None

    def limits(self, ops: Arithmetic) -> tuple[Numbers, Numbers]:
        """Between what the gap lies, for a group of two or more."""
        return gap_limits(ops, ops.numbers(float(len(self.members))), self.margin)


class ExactInstance:
    """One instance (no leading axes) without its masked tokens. Raises UnusableInput."""

    def __init__(self, ops: Arithmetic, instance: Instance) -> None:
        if instance.query.ndim != 1:
            raise UnusableInput(
                f"the instance has leading axes {instance.query.shape[:-1]}; give one at a time."
            )
        self.ops, seen, frozen = ops, instance.seen, instance.frozen
        place = np.cumsum(seen[frozen:]) - 1
        self.owners: Indices = place[instance.owners[seen[:frozen]]].astype(np.intp)
        self.frozen = int(seen[:frozen].sum())
        self.normal = int(seen[frozen:].sum())
        self.values = ops.numbers(instance.values[seen])
        keys, width = ops.numbers(instance.keys[seen]), instance.query.shape[-1]
        self.factor = (
            1.0 / ops.sqrt(ops.numbers(float(width)))
            if instance.scale is None
            else ops.numbers(float(instance.scale))
        )
        guide = instance.logits[seen]
        self.guide: Array = guide
        logits = ops.total(keys * ops.numbers(instance.query)) * self.factor
        self.logits = logits - float(guide.max())
        self.weights = ops.exp(self.logits)
        self.moved = ops.numbers(np.zeros(len(guide)))
        self.guide_made_at = guide
        if instance.made_at is not None:
            before = ops.numbers(instance.query) - ops.numbers(instance.made_at)
            self.moved = ops.total(keys * before) * self.factor
            self.guide_made_at = instance.logits_made_at[seen]

    @property
    def of_frozen(self) -> slice:
        """Where the frozen tokens stand."""
        return slice(0, self.frozen)

    @property
    def of_normal(self) -> slice:
        """Where the normal tokens stand."""
        return slice(self.frozen, None)

    @cached_property
    def alpha(self) -> Numbers:
        """The mass on the frozen tokens."""
        return self.ops.total(self.weights[self.of_frozen]) / self.ops.total(self.weights)

    @cached_property
    def shares(self) -> Numbers:
        """p_t for the frozen tokens, (m,)."""
        return self.weights[self.of_frozen] / self.ops.total(self.weights)

    @cached_property
    def update(self) -> Numbers:
        """Delta, (c,)."""
        return softmax_mean(self.ops, self.weights, self.values)

    @cached_property
    def dropped(self) -> Numbers:
        """Delta^N."""
        return self._mean_of_normal(self.weights[self.of_normal])

    @cached_property
    def grouped(self) -> Numbers:
        """Delta^G."""
        return self._mean_of_normal(self.group_weights)

    @cached_property
    def effective(self) -> Numbers:
        """Delta*."""
        ops = self.ops
        return self._mean_of_normal(ops.exp(ops.join([group.largest for group in self.groups])))

    @cached_property
    def group_weights(self) -> Numbers:
        """e^{z_j}, up to the common factor."""
        return self.ops.join([self.ops.total(self.weights[each]) for each in self._members])

    def error(self, approximation: Numbers) -> Numbers:
        """|Delta - approximation|."""
        return self.ops.norm(self.update - approximation)

    @cached_property
    def residuals(self) -> Numbers:
        """|r_t|, (m,)."""
        home = self.values[self.of_normal][self.owners]
        return self.ops.norm(self.values[self.of_frozen] - home)

    @property
    def delta(self) -> Numbers:
        """The largest residual, 0 without frozen tokens."""
        return self.ops.largest(self.residuals) if self.frozen else self.ops.numbers(0.0)

    @cached_property
    def distances(self) -> Numbers:
        """|v_j - v_k| between normal values, (p, p)."""
        normal = self.values[self.of_normal]
        return distances(self.ops, normal, normal)

    @property
    def diameter(self) -> Numbers:
        """The largest distance between normal values."""
        return largest_entry(self.ops, self.distances)

    @property
    def spread(self) -> Numbers:
        """The largest distance from a frozen to a normal value, 0 without frozen tokens."""
        if not self.frozen:
            return self.ops.numbers(0.0)
        values = self.values
        apart = distances(self.ops, values[self.of_frozen], values[self.of_normal])
        return largest_entry(self.ops, apart)

    @cached_property
    def groups(self) -> list[ExactGroup]:
        """The groups of the seen normal tokens, in their order."""
        return [self._group(each) for each in self._members]

    @property
    def gaps(self) -> Numbers:
        """epsilon_j, (p,)."""
        return self.ops.join([group.gap for group in self.groups])

    @property
    def oscillation(self) -> Numbers:
        """max epsilon - min epsilon, exactly 0 for one group."""
        if self.normal == 1:
            return self.ops.numbers(0.0)
        return self.ops.largest(self.gaps) + self.ops.largest(-self.gaps)

    @property
    def excesses(self) -> Numbers:
        """nu_j - 1 = (n_j - 1) e^{-gamma_j}, (p,)."""
        ops = self.ops
        return ops.join(
            [
                ops.numbers(0.0)
                if group.margin is None
                else ops.exp(-group.margin) * float(len(group.members) - 1)
                for group in self.groups
            ]
        )

    @property
    def excess(self) -> Numbers:
        """nu - 1."""
        return self.ops.largest(self.excesses)

    @cached_property
    def mean_key_logits(self) -> Numbers:
        """z_j(q) + mean key . (q' - q), less the common shift."""
        ops, logits = self.ops, []
        for members in self._members:
            centre = self._first(members, self.guide_made_at)
            before = self.logits[members] - self.moved[members]
            apart = before - before[centre]
            weights = ops.exp(apart)
            total = ops.total(weights)
            moved = ops.total(weights * self.moved[members]) / total
            logits.append(before[centre] + ops.log(total) + moved)
        return ops.join(logits)

    @cached_property
    def mean_key(self) -> Numbers:
        """The update with mean keys and their bias."""
        return self._mean_of_normal(self._shifted(self.mean_key_logits))

    @cached_property
    def uniform_key_logits(self) -> Numbers:
        """The mean logit of each group, with the bias log n_j."""
        ops = self.ops
        return ops.join(
            [
                ops.total(self.logits[each]) / float(len(each)) + ops.log(ops.numbers(len(each)))
                for each in self._members
            ]
        )

    @cached_property
    def uniform_key(self) -> Numbers:
        """The update with the plain means of the keys and the bias log n_j."""
        return self._mean_of_normal(self._shifted(self.uniform_key_logits))

    @property
    def grouped_logits(self) -> Numbers:
        """z_j, less the common shift."""
        return self.ops.join([group.largest + group.gap for group in self.groups])

    def spreads(self, logits: Numbers) -> Numbers:
        """Largest less smallest of these numbers (n,) in every group: (p,)."""
        ops = self.ops
        return ops.join(
            [
                ops.largest(logits[g]) + ops.largest(-logits[g]) if len(g) > 1 else ops.numbers(0.0)
                for g in self._members
            ]
        )

    @cached_property
    def _members(self) -> list[Indices]:
        own = np.arange(self.normal) + self.frozen
        return [
            np.append(np.flatnonzero(self.owners == j), own[j]).astype(np.intp)
            for j in range(self.normal)
        ]

    def _first(self, members: Indices, guide: Array) -> int:
        return int(guide[members].argmax())

    def _group(self, members: Indices) -> ExactGroup:
        """z_j = s_w + log(1 + sum of the others e^{s_t - s_w}) for any w; w wins in float64."""
        ops, centre = self.ops, self._first(members, self.guide)
        base = self.logits[members[centre]]
        others: NDArray[np.intp] = np.delete(members, centre)
        if not len(others):
            return ExactGroup(members, ops.numbers(0.0), base, None)
        apart = self.logits[others] - base
        lead = ops.maximum(ops.largest(apart), 0.0)
        gap = ops.log1p(ops.total(ops.exp(apart))) - lead
        first, second = ops.maximum(apart[0], 0.0), ops.minimum(apart[0], 0.0)
        for number in range(1, len(others)):
            second = ops.maximum(second, ops.minimum(first, apart[number]))
            first = ops.maximum(first, apart[number])
        return ExactGroup(members, gap, base + lead, first - second)

    def _shifted(self, logits: Numbers) -> Numbers:
        return self.ops.exp(logits - self.ops.largest(logits))

    def _mean_of_normal(self, weights: Numbers) -> Numbers:
        return softmax_mean(self.ops, weights, self.values[self.of_normal])
