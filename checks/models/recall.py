"""The project's small causal model in plain NumPy, with attention replaced in every layer.

The model looks up pairs. Its context lists (key, value) pairs; its question repeats some of the
keys, each followed by its value, and after each key the model has to name the value. It is causal,
so the context never depends on the question: its states stay exact while the updates of the
question's tokens are replaced, layer after layer, on the states the replacements led to.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checks.models.parts import LayerNorm, Linear, join_heads, split_heads
from checks.models.replacement import Replacement, replaced_update
from checks.reference import exact_update
from checks.tensors import Array, Tensors, UnusableInput, as_tensors

Tokens = NDArray[np.integer]

SHIPPED = Path(__file__).parents[1] / "data" / "recall_model.npz"
EPSILON = 1e-5
KEY_TOKENS, VALUE_TOKENS = 40, 16


@dataclass(frozen=True, eq=False)
class RecallLayer:
    """LayerNorm, then heads that are consecutive blocks of rows, then the output matrix."""

    norm: LayerNorm
    query: Linear
    key: Linear
    value: Linear
    output: Linear


@dataclass(frozen=True, eq=False)
class RecallModel:
    """Embeddings, layers x -> x + W_o Delta + b_o, and the map to the logits of the 16 values."""

    words: Array
    positions: Array
    layers: tuple[RecallLayer, ...]
    finished: LayerNorm
    answer: Linear
    heads: int

    def embed(self, tokens: Tokens) -> Array:
        """The states (n, D) that enter layer 0."""
        return self.words[tokens] + self.positions[: len(tokens)]

    def head_rows(self, layer: int, states: Array) -> tuple[Array, Array, Array]:
        """Queries, keys and values (heads, n, d) of states (n, D)."""
        weights = self.layers[layer]
        entities = weights.norm(states)
        query, key, value = (
            split_heads(linear(entities), self.heads)
            for linear in (weights.query, weights.key, weights.value)
        )
        return query, key, value

    def step(
        self, layer: int, states: Array, frozen: int, which: Replacement = Replacement.EXACT
    ) -> Array:
        """The states (n, D) after one layer; only tokens from ``frozen`` on are replaced."""
        queries, keys, values = self.head_rows(layer, states)
        update = exact_update(queries, keys, values, causal=True)
        if which is not Replacement.EXACT:
            normal = replaced_update(which, queries[:, frozen:], keys, values, causal=True)
            update = np.concatenate([update[:, :frozen], normal], axis=1)
        return states + self.layers[layer].output(join_heads(update))

    def states(
        self, tokens: Tokens, frozen: int = 0, which: Replacement = Replacement.EXACT
    ) -> list[Array]:
        """The states (n, D) entering each layer and, last, those leaving the last one."""
        found = [self.embed(tokens)]
        for layer in range(len(self.layers)):
            found.append(self.step(layer, found[-1], frozen, which))
        return found

    def logits(self, states: Array) -> Array:
        """The logits (n, 16) of the value tokens from the last states."""
        return self.answer(self.finished(states))


def load_recall(path: Path = SHIPPED) -> RecallModel:
    """Read the parameters ``P_*`` of an .npz file as float64. Raises UnusableInput."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = {
                name[2:]: np.asarray(archive[name], dtype=np.float64)
                for name in archive.files
                if name.startswith("P_")
            }
    except (OSError, ValueError, zipfile.BadZipFile) as reason:
        raise UnusableInput(f"{path} cannot be read as an .npz file ({reason}).") from reason
    return assemble(found, heads=4)


def assemble(found: Mapping[str, Array], heads: int) -> RecallModel:
    """The model from its parameters by name. Raises UnusableInput if one is missing."""

    def number(name: str) -> Array:
        if name not in found:
            raise UnusableInput(f"the model has no parameter {name}; its file is incomplete.")
        return found[name]

    def linear(name: str) -> Linear:
        return Linear(number(f"{name}_weight"), number(f"{name}_bias"))

    def norm(name: str) -> LayerNorm:
        return LayerNorm(number(f"{name}_weight"), number(f"{name}_bias"), EPSILON)

    count = sum(name.startswith("layers_") and name.endswith("_q_weight") for name in found)
    return RecallModel(
        words=number("tok_weight"),
        positions=number("pos_weight"),
        layers=tuple(
            RecallLayer(
                norm(f"layers_{i}_ln"),
                *(linear(f"layers_{i}_{part}") for part in ("q", "k", "v", "o")),
            )
            for i in range(count)
        ),
        finished=norm("lnf"),
        answer=linear("out"),
        heads=heads,
    )


@dataclass(frozen=True, eq=False)
class RecallTask:
    """Sequences (s, n) whose first ``frozen`` tokens are the context, and answers (s, n_pairs).

    The answer after the key at normal position 2r is ``answers[:, r]``, a value from 0 to 15.
    """

    tokens: Tokens
    answers: Tokens
    frozen: int

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Whether the value asked for already stands in the question: (s, n_pairs)."""
        earlier = np.tril(np.ones((self.answers.shape[1],) * 2, dtype=bool), -1)
        return ((self.answers[:, :, None] == self.answers[:, None, :]) & earlier).any(axis=2)


def draw_task(
    sequences: int, seed: int, *, pairs: int = 16, asked: int = 12, one_context: bool = False
) -> RecallTask:
    """Fresh sequences: distinct keys, any values, and a question of some of the pairs.

    With ``one_context`` all of them ask the same pairs.
    """
    if not 1 <= asked <= pairs <= KEY_TOKENS:
        raise UnusableInput(f"a question of {asked} out of {pairs} pairs of {KEY_TOKENS} keys.")
    rng = np.random.default_rng(seed)
    keys = np.argsort(rng.random((sequences, KEY_TOKENS)), axis=1)[:, :pairs]
    values = rng.integers(0, VALUE_TOKENS, (sequences, pairs))
    if one_context:
        keys, values = keys[[0] * sequences], values[[0] * sequences]
    chosen = np.argsort(rng.random((sequences, pairs)), axis=1)[:, :asked]
    asked_keys = np.take_along_axis(keys, chosen, axis=1)
    answers = np.take_along_axis(values, chosen, axis=1)
    context = np.stack([keys, values + KEY_TOKENS], axis=2).reshape(sequences, -1)
    question = np.stack([asked_keys, answers + KEY_TOKENS], axis=2).reshape(sequences, -1)
    return RecallTask(np.hstack([context, question]), answers, 2 * pairs)


def shipped_task(path: Path = SHIPPED) -> RecallTask:
    """The four stored sequences and the twelve that share one context."""
    with np.load(path, allow_pickle=False) as archive:
        tokens = np.concatenate([archive["tokens"], archive["shared_tokens"]])
        answers = np.concatenate([archive["answers"], archive["shared_answers"]])
    return RecallTask(tokens, answers, 32)


def shipped_questions(path: Path = SHIPPED) -> RecallTask:
    """The twelve stored sequences that share one context."""
    whole = shipped_task(path)
    return RecallTask(whole.tokens[4:], whole.answers[4:], whole.frozen)


def extract(model: RecallModel, tokens: Tokens, frozen: int) -> list[Tensors]:
    """Every layer's tensors, heads first, of one sequence; measure them with ``causal=True``."""
    found = []
    for layer, states in enumerate(model.states(tokens)[:-1]):
        queries, keys, values = model.head_rows(layer, states)
        update = exact_update(queries[:, frozen:], keys, values, causal=True)
        name = f"recall model layer {layer}"
        found.append(as_tensors(queries[:, frozen:], keys, values, update, name=name))
    return found


@dataclass(frozen=True)
class Accuracy:
    """Right answers out of all, and apart for values that stand earlier in the question or not."""

    right: int
    total: int
    right_repeated: int
    repeated: int

    @property
    def share(self) -> float:
        """Right answers as a share of all."""
        return self.right / self.total

    @property
    def share_new(self) -> float | None:
        """The share among answers that only the context holds (None if there are none)."""
        new = self.total - self.repeated
        return (self.right - self.right_repeated) / new if new else None


def accuracy(model: RecallModel, task: RecallTask, which: Replacement) -> Accuracy:
    """How many answers come out right with every layer's update replaced."""
    right = np.empty(task.answers.shape, dtype=bool)
    for row, (tokens, answers) in enumerate(zip(task.tokens, task.answers, strict=True)):
        logits = model.logits(model.states(tokens, task.frozen, which)[-1])
        right[row] = logits[task.frozen :: 2].argmax(axis=1) == answers
    return counted(right, task.repeated)


def counted(right: NDArray[np.bool_], repeated: NDArray[np.bool_]) -> Accuracy:
    """The counts of answers that are right, and of those whose value stands in the question."""
    return Accuracy(int(right.sum()), right.size, int(right[repeated].sum()), int(repeated.sum()))


def accuracy_table(
    model: RecallModel, task: RecallTask, rows: Iterable[Replacement] = tuple(Replacement)
) -> dict[Replacement, Accuracy]:
    """The accuracy under each replacement, in the order given."""
    return {which: accuracy(model, task, which) for which in rows}
