"""Measure the approximations of attention and their bounds on a user's own tensors.

    tensors = read_tensors("attention.npz", prefix="e0_l1_")
    result = measure(tensors, causal=True)
    result.render(console)
    json.dump(result.to_json(), file)

Every bound in the result holds for the exact real numbers of its query, not just up to rounding;
``certificates`` says how that was decided (:mod:`checks.certify`). The cluster map is the one
float64 finds: where two normal values tie to within rounding either would do, and every number
printed belongs to the map that was used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from checks.alternatives import compare_with_drop
from checks.balls import ExactQuery
from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate, certify_query
from checks.cluster_maps import MAPS
from checks.inputs.cluster_map import check_visible
from checks.measured_blocks import Block, hull_ends, in_memory, streamed_block, whole_block
from checks.reference import attention_scale
from checks.rounding import EVALUATION, error_radius
from checks.stored_update import checked_mismatch, stored_update_mismatch
from checks.streaming_rounding import PRECISIONS
from checks.tensors import Array, Tensors, UnusableInput

if TYPE_CHECKING:
    from rich.console import Console

COARSE = 2.0**-20
"""Rounding radius of a log-weight above which float64 bounds would be needlessly loose."""

HULL_UP_TO = 128
"""Normal tokens up to which the distance to the hull is measured unasked: it takes their cube."""

BALLS_UP_TO = 2**12
"""Tokens of a streamed head up to which doubtful queries are decided in ball arithmetic."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """What was measured, per query; every array is (*leading, p) and read-only.

    ``quantities``: alpha, delta, margin (smallest over visible groups, inf if all are single
    tokens), epsilon (largest gap), oscillation (osc epsilon), diameter (of visible normal values),
    and, unless streamed, weighted_residual (the mean of |r_t| under attention over F). ``errors``:
    drop, grouped, effective, log_count and constant, and, unless streamed, uniform_key, shared and
    shared_largest (:mod:`checks.alternatives`). ``bounds``: drop, grouped, effective, margin,
    joint, each rounded up. ``hull``: the ends lower and upper, both certain, of the distance to the
    hull of the visible normal values, which no replacement of keys alone undercuts; empty where it
    was not measured. ``certificates``: one :class:`Certificate` per query. ``comparisons``: by the
    name of an error, 1 where that replacement is certainly nearer to the exact update than dropping
    the context, -1 where certainly farther, 0 where equal or closer than rounding can tell.
    ``update_mismatch``: the largest distance to the stored update as a share of its largest entry
    (None without one). ``cluster_by`` is one of :data:`checks.cluster_maps.MAPS`. ``stored`` are
    the types in which Q, K and V came, ``accumulate`` the one of the products; ``streamed`` says
    whether they were computed in blocks of keys.
    """

    name: str
    frozen: int
    normal: int
    width: int
    value_width: int
    leading: tuple[int, ...]
    scale: float
    causal: bool
    quantities: Mapping[str, Array]
    errors: Mapping[str, Array]
    bounds: Mapping[str, Array]
    hull: Mapping[str, Array]
    certificates: NDArray[np.object_]
    comparisons: Mapping[str, NDArray[np.int_]]
    update_mismatch: float | None
    stored: Mapping[str, str]
    accumulate: str
    streamed: bool
    cluster_by: str = "value"

    @property
    def comparison(self) -> NDArray[np.int_]:
        """That of effective keys with dropping the context."""
        return self.comparisons["effective"]

    @property
    def certified(self) -> NDArray[np.bool_]:
        """Per query, whether all bounds are certain to hold."""
        holding = [each for each in Certificate if each.holds]
        return np.isin(self.certificates.astype(str), [str(each) for each in holding])

    @property
    def all_certified(self) -> bool:
        """Whether every bound is certain in every query."""
        return bool(self.certified.all())

    def looseness(self, bound: str) -> Array:
        """Bound / error per query; inf where the error is zero and the bound is not, 1 if both."""
        error, limit = self.errors[ERROR_OF_BOUND[bound]], self.bounds[bound]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(error == limit, 1.0, limit / error)

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and strings; an infinite or missing number is None."""
        from checks.tables import as_json

        return as_json(self)

    def render(self, console: Console) -> None:
        """Print the tables and the sentence that sums them up."""
        from checks.tables import render

        render(self, console)


def measure(
    tensors: Tensors,
    *,
    scale: float | None = None,
    causal: bool = False,
    accumulate: str = "float64",
    cluster_by: str | None = None,
    hull: bool | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Measurement:
    """Measure every head and query; ``scale`` None means 1 / sqrt(width).

    Heads with more scores than :data:`checks.tensors.STREAM_ABOVE` are measured in blocks of keys
    (:mod:`checks.streaming`), PyTorch tensors on their device. ``accumulate`` "float32" computes
    matrix products and weights in float32, always in blocks, and merges in float64. ``cluster_by``
    chooses the map a (:mod:`checks.cluster_maps`); None means the one that came with the tensors,
    or else by the nearest value. ``hull`` None measures the distance to the hull up to
    :data:`HULL_UP_TO` normal tokens.
    ``progress(done, total)`` is called with counts of queries. Raises UnusableInput if a stored
    update is not reproduced, if the scale is not a finite number, if a given map leads to tokens
    that the mask hides, or if heads that are streamed are not to be clustered by value.
    """
    width, normal = tensors.queries.shape[-1], tensors.normal
    factor = attention_scale(width, scale)
    if not np.isfinite(factor) or abs(factor) > 2.0**300:
        raise UnusableInput(f"scale is {factor}; give a finite number such as 1 / sqrt(width).")
    if causal and not tensors.in_sequence:
        raise UnusableInput(
            "a causal mask needs every frozen token before every normal one, and the normal ones in"
            " order; choose other frozen tokens or measure without the mask."
        )
    if accumulate not in PRECISIONS:
        raise UnusableInput(f"accumulation in {accumulate} is unknown; say float32 or float64.")
    in_blocks = tensors.streamed or accumulate != "float64"
    if cluster_by is None:
        cluster_by = "value" if tensors.cluster_map is None else "given"
    if cluster_by not in MAPS or (cluster_by == "given" and tensors.cluster_map is None):
        known = " or ".join(each for each in MAPS if each != "given")
        raise UnusableInput(f"the map {cluster_by} is unknown; say {known}, or give one.")
    if cluster_by == "given" and causal:
        check_visible(cast("NDArray[np.intp]", tensors.cluster_map))
    if in_blocks and cluster_by != "value":
        raise UnusableInput(
            "heads measured in blocks of keys are clustered by value only; leave the map out."
        )
    if hull is None:
        hull = normal <= HULL_UP_TO
    mismatch = None
    if tensors.update is not None and not tensors.streamed:
        mismatch = stored_update_mismatch(tensors, scale=scale, causal=causal)
    total = math.prod(tensors.leading) * normal
    parts: list[dict[str, Any]] = []
    done, farthest = 0, 0.0
    for heads in tensors.blocks(one_by_one=in_blocks):
        if in_blocks:
            report = _reporter(progress, done, total, normal)
            block, off = streamed_block(heads, scale, causal, accumulate, report)
            farthest = max(farthest, off)
        else:
            report = _reporter(progress, done, total, math.prod(heads.leading) * normal)
            block = whole_block(heads, scale, causal, cluster_by, report)
        by_balls = not in_blocks or (
            accumulate == "float64" and heads.keys.shape[-2] <= BALLS_UP_TO
        )
        clear, radius = _clear_in_float64(heads, block, coarse_is_clear=not by_balls)
        certificates = np.full(clear.shape, Certificate.ROUNDING, dtype=object)
        if not by_balls:
            _widen(block, radius, certificates, ~clear)
            clear = np.ones_like(clear)
        elif in_blocks and not clear.all():
            heads, block = in_memory(heads, block, causal)
        done += int(clear.sum())
        if progress is not None:
            progress(done, total)
        for place in map(tuple, np.argwhere(~clear)):
            exact = _exact_query(heads, block, place, scale, causal)
            certificates[place] = _replace_by_balls(block, radius, place, exact)
            done += 1
            if progress is not None:
                progress(done, total)
        parts.append(
            {
                "quantities": block.quantities,
                "errors": block.errors,
                "bounds": block.bounds,
                "hull": hull_ends(heads, block, causal) if hull else {},
                "certificates": certificates,
                "comparisons": compare_with_drop(block.errors, radius),
            }
        )

    if tensors.update is not None and tensors.streamed:
        mismatch = checked_mismatch(tensors, farthest, scale=scale, causal=causal)

    def gathered(kind: str) -> dict[str, NDArray[Any]]:
        return {
            name: _frozen_array([part[kind][name] for part in parts], tensors.leading)
            for name in parts[0][kind]
        }

    return Measurement(
        name=tensors.name,
        frozen=tensors.frozen,
        normal=normal,
        width=width,
        value_width=tensors.values.shape[-1],
        leading=tensors.leading,
        scale=factor,
        causal=causal,
        quantities=MappingProxyType(gathered("quantities")),
        errors=MappingProxyType(gathered("errors")),
        bounds=MappingProxyType(gathered("bounds")),
        hull=MappingProxyType(gathered("hull")),
        certificates=_frozen_array([part["certificates"] for part in parts], tensors.leading),
        comparisons=MappingProxyType(gathered("comparisons")),
        update_mismatch=mismatch,
        stored=MappingProxyType(dict(tensors.stored)),
        accumulate=accumulate,
        streamed=in_blocks,
        cluster_by=cluster_by,
    )


def _reporter(
    progress: Callable[[int, int], None] | None, done: int, total: int, queries: int
) -> Callable[[float], None] | None:
    """Turns shares of the work on some queries into counts of them."""
    if progress is None:
        return None
    share = 0.0

    def report(more: float) -> None:
        nonlocal share
        share += more
        progress(done + int(min(share, 1.0) * queries), total)

    return report


def _clear_in_float64(
    tensors: Tensors, block: Block, *, coarse_is_clear: bool = False
) -> tuple[NDArray[np.bool_], dict[str, Array]]:
    """Which queries the rounding analysis certifies, and the radius of each error."""
    if tensors.frozen == 0:
        exact = {name: np.zeros_like(error) for name, error in block.errors.items()}
        return np.ones(block.radii.update.shape, dtype=bool), exact | block.error_radii
    radius = {name: error_radius(block.radii, error) for name, error in block.errors.items()}
    radius |= block.error_radii
    clear = (block.radii.log_weight < COARSE) | coarse_is_clear
    for name, bound in block.bounds.items():
        error = ERROR_OF_BOUND[name]
        clear &= np.isfinite(bound) & _reaches(block.errors[error], radius[error], bound)
    return clear, radius


def _widen(
    block: Block,
    radius: dict[str, Array],
    certificates: NDArray[np.object_],
    doubtful: NDArray[np.bool_],
) -> None:
    """Raise the bounds of doubtful queries by what rounding can hide, and decide them by that.

    The computed error is at most the exact one plus its radius, so with two radii more than the
    rounded-up bound the exact error is certified, unless the bound is certainly violated.
    """
    for place in map(tuple, np.argwhere(doubtful)):
        certificates[place] = Certificate.ROUNDING
        for name, bound in block.bounds.items():
            error, doubt = (each[ERROR_OF_BOUND[name]][place] for each in (block.errors, radius))
            if not np.isfinite(bound[place] + 3.0 * doubt):
                certificates[place] = Certificate.UNDECIDED
            elif np.nextafter(error - doubt, -np.inf) > bound[place]:
                certificates[place] = Certificate.VIOLATED
            elif not np.nextafter(error + doubt, np.inf) <= bound[place]:
                bound[place] = np.nextafter((bound[place] + 2.0 * doubt) * EVALUATION, np.inf)


def _replace_by_balls(
    block: Block, radius: dict[str, Array], place: tuple[int, ...], exact: ExactQuery
) -> Certificate:
    """Decide one query by balls and put its errors, their radii and its bounds in place."""
    decided = certify_query(exact)
    for name, value in decided.errors.items():
        block.errors[name][place] = value
        radius[name][place] = decided.radii[name]
    for name, value in decided.bounds.items():
        block.bounds[name][place] = value
    return decided.certificate


def _reaches(error: Array, radius: Array, bound: Array) -> NDArray[np.bool_]:
    """Whether the error with its radius, the sum rounded up, is at most the bound."""
    return np.asarray(np.nextafter(error + radius, np.inf) <= bound)


def _exact_query(
    tensors: Tensors, block: Block, place: tuple[int, ...], scale: float | None, causal: bool
) -> ExactQuery:
    head, i = place
    tokens = tensors.frozen + i + 1 if causal else tensors.keys.shape[-2]
    return ExactQuery(
        query=tensors.queries[head, i],
        keys=tensors.keys[head, :tokens],
        values=tensors.values[head, :tokens],
        nearest=block.nearest[head, i].tolist(),
        scale=scale,
    )


def _frozen_array(parts: list[NDArray[Any]], leading: tuple[int, ...]) -> NDArray[Any]:
    whole = np.concatenate(parts)
    shaped = whole.reshape(*leading, whole.shape[-1])
    shaped.setflags(write=False)
    return shaped
