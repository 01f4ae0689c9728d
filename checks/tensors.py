"""The queries, keys and values of one attention layer, from a file or from memory, checked.

A source holds arrays ``Q``, ``K``, ``V`` and optionally ``Delta`` (the stored attention update), or
several such sets whose names share a prefix: ``e0_l1_Q``, ``e0_l1_K``, ``e0_l1_V``. ``Q`` has one
row per normal token; unless frozen or normal tokens are named, the last ``len(Q)`` rows of ``K``
and ``V`` belong to the normal tokens and the rows before them to the frozen ones. Leading axes such
as heads are allowed and must agree. With entities ``E`` and weights ``W_Q``, ``W_K``, ``W_V``, and
biases ``b_Q`` and so on, it is checked that the weights give these queries, keys and values.

Whatever cannot be used raises :class:`UnusableInput`, a ValueError, with one sentence that names
the array and says what to do. Pickled arrays are never loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from checks.inputs.cluster_map import check_cluster_map
from checks.inputs.entries import check_entries, check_type, kept, resolution_of, type_name
from checks.inputs.layout import arrange, check_shapes
from checks.inputs.memory import rows_of
from checks.inputs.projections import Projections, check_projections
from checks.inputs.rows import Rows, is_torch
from checks.inputs.selection import Chosen, Selection, select
from checks.inputs.sources import Source, open_source
from derivations.errors import UnusableInput as UnusableInput

Array = NDArray[np.float64]

BLOCK_ENTRIES = 2**19
"""Scores held at a time: one head, or as many as stay below this."""

STREAM_ABOVE = 2**19
"""Scores of one head above which it is streamed in blocks of keys."""


@dataclass(frozen=True, eq=False)
class Tensors:
    """Checked float64 tensors of one attention layer (read-only arrays).

    Shapes: ``queries`` (..., p, d), ``keys`` (..., m + p, d), ``values`` (..., m + p, c) and
    ``update`` (..., p, c) or None; the first m rows of keys and values are the frozen tokens.
    Large keys and values are :class:`checks.inputs.rows.Rows`, which stay as they are stored and
    read as float64. ``update_resolution`` is the relative spacing of the type in which the update
    was stored, ``stored`` the types of Q, K and V as they came. ``in_sequence`` says that the
    tokens' order allows a causal mask. ``projections`` are the entities and weights, if given, and
    ``cluster_map`` (..., p, m) is the map a, if one is given.
    """

    queries: Array
    keys: Array
    values: Array
    update: Array | None
    name: str
    update_resolution: float = 0.0
    stored: Mapping[str, str] = field(default_factory=dict)
    in_sequence: bool = True
    projections: Projections | None = None
    cluster_map: NDArray[np.intp] | None = None

    @property
    def leading(self) -> tuple[int, ...]:
        """The leading axes, e.g. (heads,)."""
        return self.queries.shape[:-2]

    @property
    def normal(self) -> int:
        """p, the number of normal tokens: one query each."""
        return int(self.queries.shape[-2])

    @property
    def frozen(self) -> int:
        """m, the number of frozen tokens (0 is allowed)."""
        return int(self.keys.shape[-2]) - self.normal

    @property
    def streamed(self) -> bool:
        """Whether a head has so many scores that it is measured in blocks of keys."""
        return self.normal * (self.frozen + self.normal) > STREAM_ABOVE

    def blocks(self, *, one_by_one: bool = False) -> Iterator[Tensors]:
        """The heads, all leading axes merged into one, in blocks of about BLOCK_ENTRIES scores.

        ``one_by_one`` gives single heads without a leading axis, keys and values as Rows.
        """
        places = list(np.ndindex(*self.leading))
        if one_by_one:
            for place in places:
                yield replace(
                    self,
                    queries=self.queries[place],
                    keys=cast(Array, _head(self.keys, place)),
                    values=cast(Array, _head(self.values, place)),
                    update=None if self.update is None else self.update[place],
                    cluster_map=None if self.cluster_map is None else self.cluster_map[place],
                )
            return
        step = max(1, BLOCK_ENTRIES // (self.normal * (self.frozen + self.normal)))
        for start in range(0, len(places), step):
            chosen = places[start : start + step]

            def together(array: Any, chosen: list[tuple[int, ...]] = chosen) -> Any:
                return None if array is None else np.stack([array[place] for place in chosen])

            yield replace(
                self,
                queries=together(self.queries),
                keys=together(self.keys),
                values=together(self.values),
                update=together(self.update),
                cluster_map=together(self.cluster_map),
            )


def _head(array: Array | Rows, place: tuple[int, ...]) -> Rows:
    if isinstance(array, Rows):
        return Rows(array.stored[place], array.bfloat16, array.order)
    return Rows(array[place])


def read_tensors(
    path: str | Path,
    prefix: str | None = None,
    *,
    frozen: Chosen | None = None,
    normal: Chosen | None = None,
    layout: str | None = None,
    weights: str | None = None,
    cluster_map: str | None = None,
) -> Tensors:
    """Read ``{prefix}Q``, ``{prefix}K``, ``{prefix}V`` and, if there, ``{prefix}Delta``.

    ``path`` is an .npz, .safetensors or PyTorch file, the .npy file of Q with those of K and V
    beside it, or the folder of all three. Without a prefix the plain names are read. ``frozen`` and
    ``normal`` may also name an array of indices or a mask in the file; ``layout`` names the axes
    (:mod:`checks.inputs.layout`). If the file has ``{prefix}E`` and ``W_Q``, ``W_K`` or ``W_V``
    with the prefix ``weights`` (or the same), they are checked. ``cluster_map`` names an array of
    the file that is the map a (:mod:`checks.inputs.cluster_map`). Raises UnusableInput.
    """
    source = open_source(path)
    chosen = prefix or ""
    label = source.path.name if not prefix else f"{source.path.name}:{prefix}"
    names = {kind: chosen + kind for kind in ("Q", "K", "V", "Delta")}
    if any(names[kind] not in source.names for kind in "QKV"):
        raise UnusableInput(_names_missing(source.path, source.names, chosen))
    found = {kind: source.read(name) for kind, name in names.items() if name in source.names}
    picked = [_stored_choice(each, source) for each in (frozen, normal)]
    entities, of_weights = _stored_projections(source, chosen, weights)
    found_map = None if cluster_map is None else _stored_map(cluster_map, source)
    return _with_map(
        _checked(found, names, label, picked[0], picked[1], layout, entities, of_weights),
        found_map,
        f"the map {cluster_map}",
    )


def as_tensors(
    queries: Any,
    keys: Any,
    values: Any,
    update: Any = None,
    name: str = "arrays",
    *,
    frozen: Chosen | None = None,
    normal: Chosen | None = None,
    layout: str | None = None,
    entities: Any = None,
    weights: Mapping[str, Any] | None = None,
    cluster_map: Any = None,
) -> Tensors:
    """The same checks for arrays already in memory: NumPy, PyTorch, __array__ or DLPack.

    Large arrays are not copied. ``weights`` may have W_Q, W_K, W_V (out, in) and b_Q, b_K, b_V; it
    is checked that they give the arrays from ``entities``. ``cluster_map`` is the map a, integers
    (m,), (..., m) or (..., p, m). Raises UnusableInput.
    """
    given = {"Q": queries, "K": keys, "V": values}
    if update is not None:
        given["Delta"] = update
    found = {kind: rows_of(array, kind) for kind, array in given.items()}
    of_weights = {kind: rows_of(each, kind) for kind, each in (weights or {}).items()}
    of_entities = None if entities is None else rows_of(entities, "E")
    names = {kind: kind for kind in found}
    return _with_map(
        _checked(found, names, name, frozen, normal, layout, of_entities, of_weights), cluster_map
    )


def prefixes(names: Iterable[str]) -> tuple[str, ...]:
    """The prefixes under which Q, K and V are all present, sorted; '' for the plain names.

    A prefix must end in something other than a letter, so that weight matrices called ``l0_WQ``,
    ``l0_WK``, ``l0_WV`` are not offered as tensors.
    """
    present = set(names)
    stems = {name[:-1] for name in present if name.endswith("Q")}
    return tuple(
        sorted(
            stem
            for stem in stems
            if {stem + "K", stem + "V"} <= present
            and not (stem and (stem[-1].isalpha() or stem.endswith(("W_", "b_"))))
        )
    )


def _names_missing(path: Path, names: Iterable[str], prefix: str) -> str:
    present = list(names)
    known = prefixes(present)
    missing = ", ".join(prefix + kind for kind in "QKV" if prefix + kind not in present)
    if known:
        choices = ", ".join(repr(each) if each else "none (plain Q, K, V)" for each in known)
        advice = f"choose one of the prefixes in the file: {choices}"
    else:
        listed = ", ".join(present[:8]) + (", ..." if len(present) > 8 else "")
        advice = f"no prefix has all of Q, K, V; the file holds {listed or 'nothing'}"
    return f"{path.name} has no {missing}; {advice}."


def _stored_choice(chosen: Chosen | None, source: Source) -> Chosen | None:
    if isinstance(chosen, str) and chosen in source.names:
        return to_indices(source.read(chosen))
    return chosen


def _stored_map(name: str, source: Source) -> NDArray[Any]:
    if name not in source.names:
        listed = ", ".join(list(source.names)[:8]) + (", ..." if len(source.names) > 8 else "")
        raise UnusableInput(
            f"the map {name} is neither a known one (value, key-value, optimised) nor an array of"
            f" {source.path.name}, which holds {listed or 'nothing'}."
        )
    return to_indices(source.read(name))


def _with_map(tensors: Tensors, given: Any, name: str = "the map") -> Tensors:
    if given is None:
        return tensors
    maps = check_cluster_map(given, tensors.leading, tensors.frozen, tensors.normal, name)
    return replace(tensors, cluster_map=maps)


def to_indices(rows: Rows) -> NDArray[Any]:
    """Stored indices or a stored mask as they are."""
    return np.asarray(rows.stored.cpu() if is_torch(rows.stored) else rows.stored)


def _stored_projections(
    source: Source, prefix: str, weights: str | None
) -> tuple[Rows | None, dict[str, Rows]]:
    stem = prefix if weights is None else weights
    entities = next((prefix + e for e in ("E", "E_N") if prefix + e in source.names), None)
    found = {}
    for letter in "QKV":
        for kind in "Wb":
            written = (f"{stem}{kind}_{letter}", f"{stem}{kind}{letter}")
            name = next((each for each in written if each in source.names), None)
            if name is not None:
                found[f"{kind}_{letter}"] = source.read(name)
    if weights is not None and not any(name.startswith("W") for name in found):
        raise UnusableInput(
            f"{source.path.name} has no {stem}W_Q, {stem}W_K or {stem}W_V;"
            " give the prefix of the weights in the file."
        )
    if weights is not None and entities is None:
        raise UnusableInput(
            f"{source.path.name} has no {prefix}E, the entities that the weights apply to;"
            " save them beside Q, K and V."
        )
    if entities is None or not any(name.startswith("W") for name in found):
        return None, {}
    return source.read(entities), found


def _checked(
    found: Mapping[str, Rows],
    names: Mapping[str, str],
    label: str,
    frozen: Chosen | None,
    normal: Chosen | None,
    layout: str | None,
    entities: Rows | None,
    weights: Mapping[str, Rows],
) -> Tensors:
    for kind, rows in found.items():
        check_type(rows, names[kind])
    found = arrange(found, layout)
    check_shapes({kind: rows.shape for kind, rows in found.items()}, names)
    tokens, queries = found["K"].shape[-2], found["Q"].shape[-2]
    selection = select(frozen, normal, tokens=tokens, queries=queries)
    found = _picked(found, selection, names)
    arrays = {kind: kept(rows, names[kind], kind in "KV") for kind, rows in found.items()}
    for kind, array in arrays.items():
        check_entries(array, names[kind])
    resolution = resolution_of(found["Delta"]) if "Delta" in found else 0.0
    projections = None
    if entities is not None or weights:
        projections = _projections(entities, weights, selection, arrays, found)
    return Tensors(
        queries=cast(Array, arrays["Q"]),
        keys=cast(Array, arrays["K"]),
        values=cast(Array, arrays["V"]),
        update=cast("Array | None", arrays.get("Delta")),
        name=label,
        update_resolution=resolution,
        stored={kind: type_name(found[kind]) for kind in "QKV"},
        in_sequence=selection.in_sequence,
        projections=projections,
    )


def _picked(
    found: Mapping[str, Rows], selection: Selection, names: Mapping[str, str]
) -> dict[str, Rows]:
    """Keys and values with the frozen tokens first; queries and updates of normal tokens only."""
    tokens, queries = found["K"].shape[-2], found["Q"].shape[-2]
    if queries not in (selection.normal, tokens):
        raise UnusableInput(
            f"{names['Q']} {found['Q'].shape} has {queries} rows for {selection.normal} normal"
            f" tokens of {tokens}; give one row for each normal token, or for each token."
        )
    of_all = queries == tokens and selection.normal < tokens
    return {
        kind: rows.pick(selection.tokens)
        if kind in "KV"
        else rows.pick(selection.queries if of_all else None)
        for kind, rows in found.items()
    }


def _projections(
    entities: Rows | None,
    weights: Mapping[str, Rows],
    selection: Selection,
    arrays: Mapping[str, Array | Rows],
    found: Mapping[str, Rows],
) -> Projections:
    if entities is None:
        raise UnusableInput("W_Q, W_K or W_V is given without E; give the entities as well.")
    unknown = [name for name in weights if name not in {f"{k}_{x}" for k in "Wb" for x in "QKV"}]
    if unknown:
        raise UnusableInput(
            f"{unknown[0]} is no known weight; the names are W_Q, W_K, W_V, b_Q, b_K and b_V."
        )
    tokens = found["K"].stored.shape[-2]
    if selection.tokens is not None and entities.shape[-2] == tokens:
        entities = entities.pick(selection.tokens)
    numbers = {}
    for name, rows in {"E": entities, **weights}.items():
        check_type(rows, name)
        numbers[name] = cast(Array, kept(rows, name, may_stay=name == "E"))
        check_entries(numbers[name], name)
    stored = [resolution_of(rows) for rows in (entities, *weights.values(), *found.values())]
    return check_projections(
        numbers["E"],
        {name[-1]: each for name, each in numbers.items() if name.startswith("W")},
        {name[-1]: each for name, each in numbers.items() if name.startswith("b")},
        arrays,
        max(stored),
    )
