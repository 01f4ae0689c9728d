"""One layer with effective keys, started from the states with the context, and the theorem's bound.

Every query has the keys of its own winners. By the theorem (mathematics, section 2, end to end)
one head's update is then off by at most alpha delta + diam min(tanh(osc epsilon / 4), g_nu),
rounded up as :mod:`checks.measure` does. The output matrix carries the heads' bounds b_h of a token
to sum_h |W_O^h| b_h, and the rest of the layer to its Lipschitz constant times that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.layers import largest_row, spectral_norm
from checks.measured_blocks import whole_block
from checks.models.minilm import MiniLM
from checks.models.parts import Linear, join_heads
from checks.models.recall import RecallModel, Tokens
from checks.models.replacement import Replacement, replaced_update
from checks.models.whole import finish_lipschitz
from checks.reference import exact_update
from checks.tensors import Array, as_tensors


@dataclass(frozen=True, eq=False)
class OneLayer:
    """Layer by layer (L,), in units of the states.

    ``error``: eps_l = max_i |x_i^(l+1) - T_l(x^l)_i| for T_l with effective keys per query.
    ``bound``: what the theorem allows.
    """

    error: Array
    bound: Array

    @property
    def holds(self) -> bool:
        """Whether no error is above its bound, both as float64 numbers."""
        return bool((self.error <= self.bound).all())


def recall_one_layer(model: RecallModel, tokens: Tokens, frozen: int) -> OneLayer:
    """The small causal model: x + W_O Delta + b_O, so the heads' bound is the layer's."""
    states = model.states(tokens)
    errors, bounds = [], []
    for index, layer in enumerate(model.layers):
        replaced = model.step(index, states[index], frozen, Replacement.EFFECTIVE)
        errors.append(largest_row((states[index + 1] - replaced)[frozen:]))
        rows = model.head_rows(index, states[index])
        bounds.append(float(carried(layer.output, update_bounds(rows, frozen, causal=True)).max()))
    return OneLayer(np.array(errors), np.array(bounds))


def minilm_one_layer(model: MiniLM, tokens: Tokens, frozen: int) -> OneLayer:
    """The encoder: two LayerNorms and a two-layer map come after W_O."""
    states = model.states(tokens)
    errors, bounds = [], []
    for index, layer in enumerate(model.layers):
        queries, keys, values = model.head_rows(index, states[index])
        own = states[index][frozen:]
        replaced = replaced_update(Replacement.EFFECTIVE, queries[:, frozen:], keys, values)
        errors.append(largest_row(states[index + 1][frozen:] - layer.finish(own, replaced)))
        away = float(carried(layer.output, update_bounds((queries, keys, values), frozen)).max())
        exact = exact_update(queries[:, frozen:], keys, values)
        summed = own + layer.output(join_heads(exact))
        bounds.append(finish_lipschitz(layer, summed, away) * away if away > 0 else 0.0)
    return OneLayer(np.array(errors), np.array(bounds))


def update_bounds(rows: tuple[Array, Array, Array], frozen: int, *, causal: bool = False) -> Array:
    """What each head's update is off by at most with effective keys, (heads, p), rounded up.

    ``rows``: queries, keys and values (heads, m + p, d) with m = ``frozen``.
    """
    queries, keys, values = rows
    tensors = as_tensors(queries[:, frozen:], keys, values)
    found = whole_block(tensors, None, causal)
    return np.minimum(found.bounds["effective"], found.bounds["joint"])


def carried(output: Linear, bounds: Array) -> Array:
    """sum_h |W_O^h| b_h (p,) for bounds b (heads, p) and consecutive blocks W_O^h of columns."""
    blocks = np.split(output.weight, len(bounds), axis=1)
    return np.array([spectral_norm(block) for block in blocks]) @ bounds
