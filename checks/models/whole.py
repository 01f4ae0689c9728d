"""T_W'(y) against T_W(xy) for both models: weights fitted layer by layer, question run alone.

Every head's weights are fitted on the states with the context (:mod:`checks.weights.fit`); then the
question's tokens run through the model alone with these weights, at their own positions. What the
same replacements give when they are made anew on the states they led to, with the context's keys
and values at hand, is ``minilm_refitted`` here and ``RecallModel.states``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checks.approximations import softmax_mean, visible_logits
from checks.layers import (
    GELU_SLOPE,
    LayerComparison,
    attention_lipschitz,
    compare_layers,
    norm_lipschitz,
    norm_radius,
    spectral_norm,
)
from checks.models.minilm import EncoderLayer, MiniLM
from checks.models.parts import LayerNorm, Linear, join_heads
from checks.models.recall import RecallModel, Tokens
from checks.models.replacement import Replacement, replaced_update
from checks.tensors import Array, as_tensors
from checks.weights.fit import Fit, FittedHead, fit_head


@dataclass(frozen=True, eq=False)
class Heads:
    """The weights of one layer's heads, consecutive blocks of rows, with the fitted changes."""

    query: Linear
    key: Linear
    value: Linear
    output: Linear
    fitted: tuple[FittedHead, ...]
    causal: bool

    def update(self, entities: Array) -> Array:
        """W_o Delta + b_o (p, D) of the normal tokens (p, D) alone, with the changed weights."""
        updates = []
        for head, (query, key, value) in enumerate(self._weights()):
            rows = self._rows(head)
            logits = visible_logits(
                entities @ query.T + self.query.bias[rows],
                entities @ key.T + self.key.bias[rows],
                causal=self.causal,
            )[1]
            updates.append(softmax_mean(logits, entities @ value.T + self.value.bias[rows]))
        return self.output(join_heads(np.stack(updates)))

    def lipschitz(self, radius: float) -> float:
        """Lip of ``update`` on tokens no longer than ``radius``: the heads' constants added."""
        return sum(
            attention_lipschitz(
                query,
                self.query.bias[self._rows(head)],
                key,
                value,
                radius=radius,
                output=self.output.weight[:, self._rows(head)],
            )
            for head, (query, key, value) in enumerate(self._weights())
        )

    def _rows(self, head: int) -> slice:
        width = len(self.query.weight) // len(self.fitted)
        return slice(head * width, (head + 1) * width)

    def _weights(self) -> list[tuple[Array, Array, Array]]:
        found = []
        for head, fitted in enumerate(self.fitted):
            rows = self._rows(head)
            key, value = self.key.weight[rows], self.value.weight[rows]
            if fitted.key_change is not None:
                key = key + fitted.key_change
            if fitted.value_change is not None:
                value = value + fitted.value_change
            found.append((self.query.weight[rows], key, value))
        return found


@dataclass(frozen=True, eq=False)
class WholeModel:
    """The comparison of states, and those (p, D) of the question run alone after the last layer."""

    comparison: LayerComparison
    final: Array


def fit_recall(model: RecallModel, tokens: Tokens, frozen: int, fit: Fit) -> tuple[Heads, ...]:
    """Fitted weights of every layer of the small causal model, for the question in ``tokens``."""
    found = []
    for index, (layer, rows) in enumerate(zip(model.layers, model.states(tokens), strict=False)):
        fitted = _fit(model.head_rows(index, rows), layer.norm(rows), frozen, fit, causal=True)
        found.append(Heads(layer.query, layer.key, layer.value, layer.output, fitted, causal=True))
    return tuple(found)


def fit_minilm(model: MiniLM, tokens: Tokens, frozen: int, fit: Fit) -> tuple[Heads, ...]:
    """Fitted weights of every layer of the encoder, for the question in ``tokens``."""
    found = []
    for index, (layer, rows) in enumerate(zip(model.layers, model.states(tokens), strict=False)):
        fitted = _fit(model.head_rows(index, rows), rows, frozen, fit, causal=False)
        found.append(Heads(layer.query, layer.key, layer.value, layer.output, fitted, causal=False))
    return tuple(found)


def recall_alone(
    model: RecallModel, layers: tuple[Heads, ...], tokens: Tokens, frozen: int
) -> WholeModel:
    """The question of ``tokens`` (from ``frozen`` on) run alone with fitted weights.

    With the tokens of another question over the same context this is the weights' transfer.
    """
    states = model.states(tokens)

    def step(index: int, rows: Array) -> Array:
        return rows + layers[index].update(model.layers[index].norm(rows))

    def lipschitz(index: int, away: float) -> float:
        norm = model.layers[index].norm
        inner = norm_lipschitz(norm.weight, norm.epsilon, states[index][frozen:], away)
        return 1.0 + layers[index].lipschitz(norm_radius(norm.weight, norm.bias)) * inner

    return _compare([rows[frozen:] for rows in states], step, lipschitz)


def recall_final(
    model: RecallModel, layers: tuple[Heads, ...], tokens: Tokens, frozen: int
) -> Array:
    """Only the last states (p, D) of :func:`recall_alone`, without distances and bounds."""
    rows = model.embed(tokens)[frozen:]
    for layer, heads in zip(model.layers, layers, strict=True):
        rows = rows + heads.update(layer.norm(rows))
    return rows


def minilm_alone(
    model: MiniLM, layers: tuple[Heads, ...], tokens: Tokens, frozen: int
) -> WholeModel:
    """The question and [SEP] run alone with fitted weights, at the positions they had."""
    states = model.states(tokens)

    def step(index: int, rows: Array) -> Array:
        return model.layers[index].finish_attended(rows, layers[index].update(rows))

    def lipschitz(index: int, away: float) -> float:
        before = model.embedded if index == 0 else model.layers[index - 1].finished
        rows = states[index][frozen:]
        return _encoder_lipschitz(model.layers[index], layers[index], before, rows, away)

    return _compare([rows[frozen:] for rows in states], step, lipschitz)


def _compare(
    own: list[Array],
    step: Callable[[int, Array], Array],
    lipschitz: Callable[[int, float], float],
) -> WholeModel:
    final = own[0]
    for index in range(len(own) - 1):
        final = step(index, final)
    return WholeModel(compare_layers(own, step, lipschitz, own[0]), final)


def minilm_refitted(model: MiniLM, tokens: Tokens, frozen: int, which: Replacement) -> list[Array]:
    """The normal tokens' states (p, D), layer by layer, with every update replaced.

    The replaced update of a layer sees the context's keys and values as they are with the context,
    and the question's from the states that the replacements so far led to.
    """
    states = model.states(tokens)
    found = [states[0][frozen:]]
    for index, layer in enumerate(model.layers):
        together = np.concatenate([states[index][:frozen], found[-1]])
        queries, keys, values = model.head_rows(index, together)
        update = replaced_update(which, queries[:, frozen:], keys, values)
        found.append(layer.finish(found[-1], update))
    return found


def _encoder_lipschitz(
    layer: EncoderLayer, heads: Heads, before: LayerNorm, rows: Array, away: float
) -> float:
    """The constant of attention times that of what follows."""
    attention = 1.0 + heads.lipschitz(norm_radius(before.weight, before.bias))
    return attention * finish_lipschitz(layer, rows + heads.update(rows), attention * away)


def finish_lipschitz(layer: EncoderLayer, summed: Array, away: float) -> float:
    """Lip of what follows attention: LayerNorm, the two-layer map and LayerNorm.

    Between the rows of ``summed`` (p, D), the states with the update added, and rows at most
    ``away`` from them.
    """
    first, last = layer.attended, layer.finished
    to_middle = norm_lipschitz(first.weight, first.epsilon, summed, away)
    middle = first(summed)
    mapped = 1.0 + GELU_SLOPE * spectral_norm(layer.expand.weight) * spectral_norm(
        layer.contract.weight
    )
    ended = middle + layer.transform(middle)
    reach = mapped * to_middle
    return reach * norm_lipschitz(last.weight, last.epsilon, ended, reach * away)


def _fit(
    rows: tuple[Array, Array, Array], entities: Array, frozen: int, fit: Fit, *, causal: bool
) -> tuple[FittedHead, ...]:
    queries, keys, values = rows
    return tuple(
        fit_head(as_tensors(query[frozen:], key, value), entities[frozen:], fit, causal=causal)
        for query, key, value in zip(queries, keys, values, strict=True)
    )
