"""The tensors of a named model, ready to be measured: `keystar measure --model minilm`.

All chosen layers and heads come as leading axes, with the entities that enter attention and each
head's weights and biases, so that effective weights can be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from checks.inputs.projections import check_projections
from checks.models import minilm, recall
from checks.models.parts import Linear
from checks.reference import exact_update
from checks.tensors import Array, Tensors, UnusableInput, as_tensors

MODELS = ("minilm", "recall")
ALL = "all"


def minilm_tensors(
    context: str,
    question: str,
    layer: str = ALL,
    head: str = ALL,
    model: minilm.MiniLM | None = None,
) -> Tensors:
    """Tensors of the encoder for a text; measure them without a mask.

    ``layer`` and ``head`` are a number or "all". Raises UnusableInput if the package is missing,
    the text is too long, or there is no such layer or head.
    """
    model = minilm.load_minilm() if model is None else model
    tokens, frozen = model.tokens(context, question)
    states = model.states(tokens)[:-1]
    rows = [model.head_rows(index, each) for index, each in enumerate(states)]
    linear = [(each.query, each.key, each.value) for each in model.layers]
    return _stacked("MiniLM", rows, states, linear, model.heads, frozen, (layer, head), False)


def recall_tensors(
    seed: int | None = None,
    layer: str = ALL,
    head: str = ALL,
    model: recall.RecallModel | None = None,
) -> Tensors:
    """Tensors of the small model for a sequence drawn from a seed, or the first stored one.

    Measure them with a causal mask. Raises UnusableInput if there is no such layer or head.
    """
    model = recall.load_recall() if model is None else model
    task = recall.shipped_task() if seed is None else recall.draw_task(1, seed)
    states = model.states(task.tokens[0])[:-1]
    rows = [model.head_rows(index, each) for index, each in enumerate(states)]
    entered = [layer.norm(each) for layer, each in zip(model.layers, states, strict=True)]
    linear = [(each.query, each.key, each.value) for each in model.layers]
    name = "recall model" if seed is None else f"recall model, sequence of seed {seed}"
    return _stacked(name, rows, entered, linear, model.heads, task.frozen, (layer, head), True)


def _stacked(
    name: str,
    rows: Sequence[tuple[Array, Array, Array]],
    entities: Sequence[Array],
    linear: Sequence[tuple[Linear, Linear, Linear]],
    heads: int,
    frozen: int,
    wanted: tuple[str, str],
    causal: bool,
) -> Tensors:
    """Layers and heads as leading axes (layers, heads), without the axis of a single one."""
    layer, head = (
        _chosen(kind, text, count)
        for kind, text, count in zip(("layer", "head"), wanted, (len(rows), heads), strict=True)
    )
    place = (layer, head)
    queries, keys, values = (np.stack(each)[place] for each in zip(*rows, strict=True))
    states = np.stack(entities)[:, None]
    states = np.broadcast_to(states, (len(rows), heads, *states.shape[2:]))[place]
    weights, biases = {}, {}
    for index, letter in enumerate("QKV"):
        of_layers = [each[index] for each in linear]
        width = len(of_layers[0].bias) // heads
        stacked = np.stack([each.weight.reshape(heads, width, -1) for each in of_layers])
        weights[letter] = stacked[place]
        biases[letter] = np.stack([each.bias.reshape(heads, width) for each in of_layers])[place]
    update = exact_update(queries, keys, values, causal=causal)[..., frozen:, :]
    label = "".join(
        f", {kind} {text}"
        for kind, text in zip(("layer", "head"), wanted, strict=True)
        if text != ALL
    )
    tensors = as_tensors(queries[..., frozen:, :], keys, values, update, name=name + label)
    given = {"Q": tensors.queries, "K": tensors.keys, "V": tensors.values}
    found = check_projections(states, weights, biases, given, 2.0**-40)
    return replace(tensors, projections=found)


def _chosen(kind: str, text: str, count: int) -> int | slice:
    if text == ALL:
        return slice(None)
    if not text.isdecimal() or int(text) >= count:
        raise UnusableInput(f"{kind} {text} is none of 0 to {count - 1}; give one or say all.")
    return int(text)
