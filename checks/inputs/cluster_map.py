"""A map a: F -> N that the user gives: one group for every frozen token."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.inputs.selection import to_numpy_indices
from derivations.errors import UnusableInput


def check_cluster_map(
    given: Any, leading: tuple[int, ...], frozen: int, normal: int, name: str = "the map"
) -> NDArray[np.intp]:
    """The map of every query, (*leading, p, m), read-only.

    ``given`` holds integers 0..p-1: (m,) for all heads and queries, (*leading, m) for all queries
    of a head, or (*leading, p, m). Frozen tokens come in the order chosen for them, and targets
    are counted among the normal tokens as chosen. Raises UnusableInput for another shape or type,
    or an entry outside N.
    """
    found = to_numpy_indices(given)
    shapes = [(frozen,), (*leading, frozen), (*leading, normal, frozen)]
    if found.dtype.kind not in "iu" and found.size:
        raise UnusableInput(
            f"{name} has entries of type {found.dtype}; give integers, the number of a normal token"
            " for every frozen one."
        )
    if found.shape not in shapes:
        listed = " or ".join(str(shape) for shape in dict.fromkeys(shapes))
        raise UnusableInput(
            f"{name} has shape {found.shape}, not {listed}; give one normal token for each of the"
            f" {frozen} frozen ones."
        )
    outside = np.argwhere((found < 0) | (found >= normal))
    if len(outside):
        place = tuple(int(i) for i in outside[0])
        raise UnusableInput(
            f"{name} sends frozen token {place[-1]} to normal token {found[place]} (at index"
            f" {place}); there are {normal} normal tokens, counted from 0."
        )
    if found.shape == (*leading, frozen) and found.shape != shapes[-1]:
        found = found[..., None, :]
    maps = np.broadcast_to(found.astype(np.intp), (*leading, normal, frozen))
    maps.setflags(write=False)
    return maps


def check_visible(maps: NDArray[np.intp], name: str = "the map") -> None:
    """Raises UnusableInput if a query's map leads to a normal token after it: (..., p, m)."""
    unseen = np.argwhere(maps > np.arange(maps.shape[-2])[:, None])
    if len(unseen):
        *_, query, token = (int(i) for i in unseen[0])
        raise UnusableInput(
            f"{name} sends frozen token {token} to normal token {maps[tuple(unseen[0])]}, which"
            f" query {query} does not see under the causal mask; give a row for each query"
            " (…, queries, frozen tokens) that keeps to what it sees."
        )
