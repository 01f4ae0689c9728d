"""Further replacements of the context, each with how far float64 can be off (mathematics, 3).

Effective keys with the bias log n_j, the plain mean key of a group with that bias, values merged
once for all queries (with the log-sum-exp or the largest logit), and the control, the mean update
of all queries. Merging per query and the weighted mean key at its own query are left out: they give
the exact and the grouped update by identity.

The radii continue the analysis of :mod:`checks.rounding`. A mean of n logits, each off by tau, is
off by tau + gamma(n + 4) max|s| more. A shared value is an average of values whose weights, each
off by a factor within exp(+-2 phi), are divided by their sum: with phi the largest of the queries
its components err by (exp(4 phi) - 1 + gamma(2 (p + 2 n + 8))) of the longest value, and a token
whose weights all vanish in float64 has less than TINY in any update.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.approximations import Groups, Indices, softmax_mean
from checks.rounding import OWN_ROUNDING, TINY, Radii, gamma
from checks.shared_merge import constant_update, shared_merged_values
from checks.tensors import Array

OVER_ALL_QUERIES = frozenset({"shared", "shared_largest", "constant"})
"""Replacements that average over the queries, so that the error at one depends on the others."""


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Per name the distance from the exact update (..., p) in units of the values, and its radius.

    The names are uniform_key, shared (logits z), shared_largest (logits M) and constant.
    """

    errors: dict[str, Array]
    radii: dict[str, Array]


def log_count_update(groups: Groups, values: Array) -> Array:
    """The winners' logits with the bias log n_j, M_j + log n_j, and the normal values (..., p, c).

    The rounding radius of an update (:func:`checks.rounding.rounding_radii`) covers it: the
    logarithm of a count costs less than a log-sum-exp.
    """
    count = np.log(np.maximum(groups.size, 1))
    return softmax_mean(groups.largest + count, values)


def uniform_logits(
    frozen_logits: Array, normal_logits: Array, nearest: Indices, groups: Groups
) -> Array:
    """The mean logit of each group plus log n_j, (..., p, p); -inf for a group that is not seen."""
    shape, frozen = normal_logits.shape, frozen_logits.shape[-1]
    rows = np.arange(normal_logits.size // shape[-1])[:, None] * shape[-1]
    group = (rows + nearest.reshape(len(rows), frozen)).reshape(-1)
    sums = np.bincount(group, frozen_logits.reshape(-1), minlength=normal_logits.size)
    total = np.where(normal_logits > -np.inf, normal_logits, 0.0) + sums.reshape(shape)
    size = np.maximum(groups.size, 1)
    return np.where(groups.size > 0, total / size + np.log(size), -np.inf)


def alternatives(
    frozen_logits: Array,
    normal_logits: Array,
    values: Array,
    nearest: Indices,
    groups: Groups,
    update: Array,
    radii: Radii,
    width: int,
) -> Alternatives:
    """Errors and radii for logits (..., p, m) and (..., p, p), -inf where hidden.

    ``values`` (..., m + p, c), ``nearest`` (..., p, m) the map of each query, ``update`` (..., p,
    c) the exact one in float64, ``width`` that of a query.
    """
    frozen, normal = frozen_logits.shape[-1], normal_logits.shape[-1]
    tokens, own = frozen + normal, values[..., frozen:, :]
    merged = shared_merged_values(frozen_logits, normal_logits, values, nearest)
    uniform = uniform_logits(frozen_logits, normal_logits, nearest, groups)
    updates = {
        "uniform_key": softmax_mean(uniform, own),
        "shared": softmax_mean(groups.log_sum_exp, merged),
        "shared_largest": softmax_mean(groups.largest, merged),
        "constant": constant_update(update),
    }
    longest = np.linalg.norm(values, axis=-1).max(axis=-1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        reach = radii.logit / gamma(width + 16)
        of_mean = OWN_ROUNDING * (radii.log_weight + gamma(tokens + 4) * reach)
        deepest = 2.0 * radii.log_weight.max(axis=-1, keepdims=True)
        of_value = mean_spread(deepest, 2 * (normal + 2 * tokens + 8)) * longest
        of_value = of_value + 8.0 * TINY * (1.0 + longest)
        of_shared = mean_spread(radii.log_weight, tokens + 2) * longest + of_value
        off = {
            "uniform_key": mean_spread(of_mean, tokens + 2) * longest,
            "shared": of_shared,
            "shared_largest": of_shared,
            "constant": radii.update.max(axis=-1, keepdims=True) + gamma(normal + 4) * longest,
        }
        errors = {name: np.linalg.norm(update - each, axis=-1) for name, each in updates.items()}
        found = {
            name: OWN_ROUNDING * (radii.update + off[name] + radii.distance * error) + TINY
            for name, error in errors.items()
        }
    for name in errors:
        if frozen == 0 and name != "constant":
            errors[name] = found[name] = np.zeros_like(errors[name])
        found[name] = np.where(np.isnan(found[name]), np.inf, found[name])
    return Alternatives(errors, found)


def compare_with_drop(
    errors: dict[str, Array], radius: dict[str, Array]
) -> dict[str, NDArray[np.int_]]:
    """1 where a replacement is certainly nearer than dropping, -1 where farther, else 0."""
    found = {}
    for name, error in errors.items():
        if name == "drop":
            continue
        # One step towards zero undoes what rounding the difference may have added.
        lead = np.nextafter(errors["drop"] - error, 0.0)
        doubt = np.nextafter(radius["drop"] + radius[name], np.inf)
        found[name] = np.where(lead > doubt, 1, np.where(lead < -doubt, -1, 0))
    return found


def mean_spread(log_weight: Array, terms: int) -> Array:
    """Relative error of a component of a softmax mean whose log-weights err by this much."""
    return OWN_ROUNDING * (np.expm1(2.0 * log_weight) + gamma(terms) * np.exp(2.0 * log_weight))
