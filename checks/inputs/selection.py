"""Which tokens are frozen and which are normal: by index, slice or mask.

Unless told otherwise the last tokens are the normal ones, one for each query, and those before them
the frozen ones. If one of the two sets is given, the other is the rest. If both are given, tokens
in neither are left out, as padding is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.inputs.rows import Order
from derivations.errors import UnusableInput

Chosen = str | slice | Sequence[int] | Sequence[bool] | NDArray[Any]
"""A text such as "0:33" or "0,4,9:12", a slice, indices, or a mask of all tokens."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The order that puts frozen tokens first (None: they are), and that of all tokens' queries.

    ``queries`` picks the normal tokens from arrays with one row per token. ``in_sequence`` says
    that every frozen token comes before every normal one and the normal ones are in order, which a
    causal mask needs.
    """

    tokens: Order
    queries: Order
    normal: int
    in_sequence: bool


def select(frozen: Chosen | None, normal: Chosen | None, *, tokens: int, queries: int) -> Selection:
    """The selection for this many tokens and rows of Q. Raises UnusableInput."""
    if frozen is None and normal is None:
        return Selection(None, slice(tokens - queries, tokens), queries, True)
    of_frozen = None if frozen is None else _indices(frozen, tokens, "frozen")
    of_normal = None if normal is None else _indices(normal, tokens, "normal")
    if of_frozen is None:
        of_frozen = _rest(of_normal, tokens)
    if of_normal is None:
        of_normal = _rest(of_frozen, tokens)
    both = np.intersect1d(of_frozen, of_normal)
    if both.size:
        raise UnusableInput(
            f"token {both[0]} is given as frozen and as normal; every token is one of the two."
        )
    if of_normal.size == 0:
        raise UnusableInput(
            f"all {tokens} tokens are frozen: there is no normal token, so nothing to update;"
            " leave out of --frozen at least one."
        )
    order = np.concatenate([of_frozen, of_normal])
    unchanged = len(order) == tokens and bool((np.diff(order) == 1).all())
    return Selection(
        tokens=None if unchanged else order,
        queries=of_normal,
        normal=len(of_normal),
        in_sequence=bool(np.all(np.diff(of_normal) > 0))
        and (of_frozen.size == 0 or int(of_frozen.max()) < int(of_normal.min())),
    )


def _rest(chosen: NDArray[np.intp] | None, tokens: int) -> NDArray[np.intp]:
    left = np.ones(tokens, dtype=bool)
    left[chosen] = False
    return np.flatnonzero(left)


def _indices(chosen: Chosen, tokens: int, what: str) -> NDArray[np.intp]:
    if isinstance(chosen, str):
        found = np.concatenate([_part(each, tokens, what) for each in chosen.split(",")])
    elif isinstance(chosen, slice):
        found = np.arange(tokens)[chosen]
    else:
        found = _from_array(to_numpy_indices(chosen), tokens, what)
    outside = found[(found < -tokens) | (found >= tokens)]
    if outside.size:
        raise UnusableInput(
            f"{what} token {outside[0]} does not exist; there are {tokens} tokens, counted from 0."
        )
    found = found % tokens
    if len(np.unique(found)) < len(found):
        twice = np.flatnonzero(np.bincount(found) > 1)[0]
        raise UnusableInput(f"{what} token {twice} is given twice; give each token once.")
    return np.asarray(found, dtype=np.intp)


def to_numpy_indices(chosen: Any) -> NDArray[Any]:
    """Indices or a mask of any library as a NumPy array."""
    return np.asarray(chosen.cpu() if hasattr(chosen, "cpu") else chosen)


def _from_array(array: NDArray[Any], tokens: int, what: str) -> NDArray[np.intp]:
    if array.dtype.kind == "b":
        if array.shape != (tokens,):
            raise UnusableInput(
                f"the mask of {what} tokens has shape {array.shape}, not ({tokens},);"
                " give one entry per token."
            )
        return np.flatnonzero(array)
    if array.ndim == 1 and array.size == 0:
        return np.empty(0, dtype=np.intp)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise UnusableInput(
            f"{what} tokens of shape {array.shape} and type {array.dtype} are neither indices nor"
            " a mask; give a list of integers, a slice, or one truth value per token."
        )
    return array.astype(np.intp)


def _part(text: str, tokens: int, what: str) -> NDArray[np.intp]:
    try:
        numbers = [int(each) if each.strip() else None for each in text.split(":")]
        if numbers == [None] or len(numbers) > 3:
            raise ValueError(text)
        if len(numbers) == 1:
            return np.array(numbers, dtype=np.intp)
        return np.arange(tokens)[slice(*numbers)]
    except ValueError as reason:
        raise UnusableInput(
            f"{text.strip()!r} names no {what} tokens; write indices and slices such as"
            " 0:33 or 0,4,9:12, or the name of an array in the file."
        ) from reason
