"""One immutable value that every approximation takes: queries with the tokens they see, grouped.

Mathematics, section 0. Leading axes are instances: one query each. The m frozen tokens come first,
then the p normal ones; ``owners`` is the cluster map a. A masked token is removed from its set: its
logit is -inf, it counts in no group, and its value is never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from checks.reference import attention_scale, scaled_logits
from checks.tensors import Array, UnusableInput

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Instance:
    """Queries, keys, values, the cluster map and the mask; n = m + p tokens.

    ``query`` (..., d), ``keys`` (..., n, d), ``values`` (..., n, c): real numbers, float32 or
    float64, taken as exact. ``owners`` (..., m): a(t), counted among the normal tokens. ``seen``
    (..., n): False for a masked token; every query sees a normal one, and the owner of every frozen
    one that it sees. The arrays become read-only. ``scale`` multiplies q . k,
    None is 1 / sqrt(d). ``made_at`` (..., d): the query at which keys and values are merged and
    winners chosen; None is ``query`` itself. Raises UnusableInput.
    """

    query: NDArray[np.floating[Any]]
    keys: NDArray[np.floating[Any]]
    values: NDArray[np.floating[Any]]
    owners: Indices
    seen: NDArray[np.bool_]
    scale: float | None = None
    made_at: NDArray[np.floating[Any]] | None = None

    def __post_init__(self) -> None:
        _check(self)
        for array in (self.query, self.keys, self.values, self.owners, self.seen, self.made_at):
            if array is not None:
                array.setflags(write=False)

    @property
    def frozen(self) -> int:
        """m, the number of frozen tokens, masked ones included."""
        return int(self.owners.shape[-1])

    @property
    def normal(self) -> int:
        """p, the number of normal tokens, masked ones included."""
        return int(self.keys.shape[-2]) - self.frozen

    @property
    def factor(self) -> float:
        """The factor on q . k."""
        return attention_scale(self.query.shape[-1], self.scale)

    @cached_property
    def logits(self) -> Array:
        """(..., n) in float64, -inf where masked."""
        return scaled_logits(self.query, self.keys, self.scale, self.seen)

    @cached_property
    def logits_made_at(self) -> Array:
        """(..., n): the logits of the query at which the keys were made."""
        if self.made_at is None:
            return self.logits
        return scaled_logits(self.made_at, self.keys, self.scale, self.seen)

    @property
    def normal_values(self) -> Array:
        """(..., p, c) in float64; 0 where masked, so that a weight of 0 meets no infinity."""
        return self.seen_values[..., self.frozen :, :]

    @cached_property
    def seen_values(self) -> Array:
        """(..., n, c) in float64; 0 where masked."""
        return np.where(self.seen[..., None], self.values, 0.0).astype(np.float64, copy=False)

    def at(self, query: ArrayLike) -> Instance:
        """The same tokens asked by another query, with the keys made at the present one."""
        made_at = self.query if self.made_at is None else self.made_at
        return replace(self, query=np.array(query), made_at=made_at)


def instance(
    query: ArrayLike,
    keys: ArrayLike,
    values: ArrayLike,
    owners: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    scale: float | None = None,
    made_at: ArrayLike | None = None,
) -> Instance:
    """An :class:`Instance` of array-likes; ``mask`` is True where a token is seen."""
    keys = np.array(keys)
    seen = np.ones(keys.shape[:-1], dtype=bool) if mask is None else np.array(mask, dtype=bool)
    return Instance(
        query=np.array(query),
        keys=keys,
        values=np.array(values),
        owners=_as_indices(owners),
        seen=seen,
        scale=scale,
        made_at=None if made_at is None else np.array(made_at),
    )


def instance_of_logits(
    logits: ArrayLike, values: ArrayLike, owners: ArrayLike, *, made_at: ArrayLike | None = None
) -> Instance:
    """An instance with these logits (..., n) exactly, -inf where masked.

    Without ``made_at`` its keys are one number each, the logit, and its query is 1. With the logits
    ``made_at`` of another query, keys are pairs and the queries are (1, 0) and (0, 1).
    """
    logits = np.array(logits, dtype=np.float64)
    seen = logits > -np.inf
    columns = [logits]
    if made_at is not None:
        before = np.array(made_at, dtype=np.float64)
        if before.shape != logits.shape or ((before > -np.inf) != seen).any():
            raise UnusableInput(
                "logits and made_at differ in shape or in which of them are -inf;"
                " a masked token must be masked for both queries."
            )
        columns.append(before)
    keys = np.where(seen[..., None], np.stack(columns, axis=-1), 0.0)
    unit = np.eye(len(columns))
    leading = (*logits.shape[:-1], len(columns))
    return Instance(
        query=np.broadcast_to(unit[0], leading).copy(),
        keys=keys,
        values=np.array(values),
        owners=_as_indices(owners),
        seen=seen,
        scale=1.0,
        made_at=None if made_at is None else np.broadcast_to(unit[1], leading).copy(),
    )


def _as_indices(owners: ArrayLike) -> Indices:
    given = np.array(owners)
    if given.size and given.dtype.kind not in "iu":
        raise UnusableInput(
            f"owners of type {given.dtype} are not integers;"
            " give the number of a normal token, from 0, for every frozen one."
        )
    return given.astype(np.intp)


def _check(it: Instance) -> None:
    shapes = f"query {it.query.shape}, keys {it.keys.shape}, values {it.values.shape}"
    told = f"{shapes}, owners {it.owners.shape}, mask {it.seen.shape}"
    tokens = it.keys.shape[:-1]
    if (
        it.keys.ndim < 2
        or it.keys.shape[-1] < 1
        or it.query.shape != (*tokens[:-1], it.keys.shape[-1])
        or it.values.ndim != it.keys.ndim
        or it.values.shape[:-1] != tokens
        or it.owners.shape[:-1] != tokens[:-1]
        or it.owners.ndim != len(tokens)
        or it.seen.shape != tokens
        or (it.made_at is not None and it.made_at.shape != it.query.shape)
    ):
        raise UnusableInput(
            f"{told} do not belong together; give (..., d), (..., n, d), (..., n, c),"
            " (..., m) and (..., n) with the same leading axes."
        )
    if it.normal < 1:
        raise UnusableInput(f"{told}: there are more owners than tokens but one; give n > m.")
    if it.owners.size and not (it.owners.min() >= 0 and it.owners.max() < it.normal):
        raise UnusableInput(
            f"owners {it.owners.min()}..{it.owners.max()} leave 0..{it.normal - 1};"
            " give the number of a normal token, from 0, for every frozen one."
        )
    if not it.seen[..., it.frozen :].any(axis=-1).all():
        raise UnusableInput(
            "a query sees no normal token, so attention over them has no value;"
            " leave at least one normal token unmasked."
        )
    home = np.take_along_axis(it.seen[..., it.frozen :], it.owners, axis=-1)
    if not (home | ~it.seen[..., : it.frozen]).all():
        raise UnusableInput(
            "a frozen token that is seen has a masked owner, so it is in no group;"
            " map it to a normal token that is seen."
        )
    if it.scale is not None and not np.isfinite(it.scale):
        raise UnusableInput(f"scale is {it.scale}; give a finite number such as 1 / sqrt(d).")
    named = {"query": it.query, "made_at": it.made_at}
    named |= {"keys": it.keys[it.seen], "values": it.values[it.seen]}
    for name, array in named.items():
        if array is None:
            continue
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise UnusableInput(
                f"{name} has entries that are no finite real numbers where tokens are seen;"
                " mask such tokens instead."
            )
