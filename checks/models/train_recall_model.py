"""Train the small causal model of :mod:`checks.models.recall` in plain NumPy, from a seed.

    python -m checks.models.train_recall_model -o model.npz --seed 0

Adam with decoupled weight decay on freshly drawn sequences, gradients written out by hand. The
number of steps is fixed and every random number comes from the seed, so the same machine and the
same NumPy write the same file; another BLAS, or another number of its threads, adds up in another
order, and the float32 parameters then drift apart while the model learns the same task. On one
thread seed 0 gives the shipped ``recall_model_seed0.npz``. The shipped ``recall_model.npz`` was
trained before, under a limit on wall time and not on steps: a model of the same kind and sizes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from checks.models.recall import (
    EPSILON,
    KEY_TOKENS,
    VALUE_TOKENS,
    RecallModel,
    RecallTask,
    accuracy,
    assemble,
    draw_task,
)
from checks.models.replacement import Replacement
from derivations.writing import write_whole

Weights = dict[str, NDArray[np.floating]]

WIDTH, HEADS, LAYERS = 64, 4, 2
ASKED, FEWEST, MOST = 12, 4, 24
POSITIONS = 2 * (MOST + ASKED)
STEPS, TOKENS = 3000, 2304
RATE, DECAY, CLIP, BETAS = 3e-3, 1e-2, 1.0, (0.9, 0.98)
WARM_UP, FLAT, LEAST_RATE = 200, 0.6, 0.03
GROWTH = (0.25, 0.7)
"""Between these shares of the steps the longest context grows from FEWEST to MOST pairs."""


def initial_weights(seed: int) -> Weights:
    """Uniform linear maps (one over the square root of the inputs) and normal embeddings."""
    rng = np.random.default_rng([seed, 0])
    weights: Weights = {
        "tok_weight": rng.normal(scale=0.5, size=(KEY_TOKENS + VALUE_TOKENS, WIDTH)),
        "pos_weight": rng.normal(scale=0.5, size=(POSITIONS, WIDTH)),
    }

    def linear(name: str, outputs: int) -> None:
        reach = 1.0 / np.sqrt(WIDTH)
        weights[f"{name}_weight"] = rng.uniform(-reach, reach, (outputs, WIDTH))
        weights[f"{name}_bias"] = rng.uniform(-reach, reach, outputs)

    def norm(name: str) -> None:
        weights[f"{name}_weight"], weights[f"{name}_bias"] = np.ones(WIDTH), np.zeros(WIDTH)

    for layer in range(LAYERS):
        norm(f"layers_{layer}_ln")
        for part in "qkvo":
            linear(f"layers_{layer}_{part}", WIDTH)
    norm("lnf")
    linear("out", VALUE_TOKENS)
    return {name: array.astype(np.float32) for name, array in weights.items()}


def loss_and_gradients(weights: Weights, task: RecallTask) -> tuple[float, Weights]:
    """The mean cross-entropy of the answers, in nats, and its gradient by every parameter."""
    tape = _Tape(weights)
    tokens = np.asarray(task.tokens)
    states = weights["tok_weight"][tokens] + weights["pos_weight"][: tokens.shape[1]]
    for layer in range(LAYERS):
        states = tape.attention(states, f"layers_{layer}_")
    asked = tape.linear(tape.norm(states[:, task.frozen :: 2], "lnf"), "out")
    shifted = asked - asked.max(axis=-1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    places = task.answers[..., None]
    loss = -float(np.take_along_axis(log_shares, places, axis=-1).mean())
    slope = np.exp(log_shares)
    np.put_along_axis(slope, places, np.take_along_axis(slope, places, axis=-1) - 1.0, axis=-1)
    slope /= task.answers.size

    gradients = tape.gradients
    of_asked = tape.back(tape.back(slope))
    of_states = np.zeros_like(states)
    of_states[:, task.frozen :: 2] = of_asked
    for _ in range(LAYERS):
        of_states = tape.back(of_states)
    gradients["tok_weight"] = np.zeros_like(weights["tok_weight"])
    np.add.at(gradients["tok_weight"], tokens.ravel(), of_states.reshape(-1, WIDTH))
    gradients["pos_weight"] = np.zeros_like(weights["pos_weight"])
    gradients["pos_weight"][: tokens.shape[1]] = of_states.sum(axis=0)
    return loss, gradients


class _Tape:
    """Runs the parts of the model forwards and remembers how to go back through them."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.gradients: Weights = {}
        self._steps: list[Callable[[NDArray], NDArray]] = []

    def back(self, slope: NDArray) -> NDArray:
        """The slope by the last part's input, given that by its output; the part is taken off."""
        return self._steps.pop()(slope)

    def linear(self, rows: NDArray, name: str) -> NDArray:
        """rows W^T + b."""
        weight = self.weights[f"{name}_weight"]

        def back(slope: NDArray) -> NDArray:
            flat = slope.reshape(-1, slope.shape[-1])
            self.gradients[f"{name}_weight"] = flat.T @ rows.reshape(-1, rows.shape[-1])
            self.gradients[f"{name}_bias"] = flat.sum(axis=0)
            return slope @ weight

        self._steps.append(back)
        return rows @ weight.T + self.weights[f"{name}_bias"]

    def norm(self, rows: NDArray, name: str) -> NDArray:
        """LayerNorm over the last axis."""
        weight = self.weights[f"{name}_weight"]
        centred = rows - rows.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + rows.dtype.type(EPSILON))
        unit = centred / spread

        def back(slope: NDArray) -> NDArray:
            self.gradients[f"{name}_weight"] = (slope * unit).reshape(-1, unit.shape[-1]).sum(0)
            self.gradients[f"{name}_bias"] = slope.reshape(-1, unit.shape[-1]).sum(0)
            inner = slope * weight
            along = (inner * unit).mean(axis=-1, keepdims=True)
            return (inner - inner.mean(axis=-1, keepdims=True) - unit * along) / spread

        self._steps.append(back)
        return unit * weight + self.weights[f"{name}_bias"]

    def attention(self, states: NDArray, at: str) -> NDArray:
        """states + W_o Delta + b_o with causal attention over LayerNorm of the states."""
        batch, length, _ = states.shape
        entities = self.norm(states, at + "ln")
        split = (batch, length, HEADS, WIDTH // HEADS)
        query, key, value = (
            self.linear(entities, at + part).reshape(split).transpose(0, 2, 1, 3) for part in "qkv"
        )
        scale = states.dtype.type(1.0 / np.sqrt(WIDTH // HEADS))
        scores = query @ key.transpose(0, 1, 3, 2) * scale
        scores += np.triu(np.full((length, length), -np.inf, dtype=states.dtype), 1)
        scores -= scores.max(axis=-1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=-1, keepdims=True)
        joined = (shares @ value).transpose(0, 2, 1, 3).reshape(states.shape)
        updated = states + self.linear(joined, at + "o")
        output, to_value, to_key, to_query, to_states = (self._steps.pop() for _ in range(5))

        def back(slope: NDArray) -> NDArray:
            of_update = output(slope).reshape(split).transpose(0, 2, 1, 3)
            of_shares = of_update @ value.transpose(0, 1, 3, 2)
            of_scores = shares * (of_shares - (of_shares * shares).sum(axis=-1, keepdims=True))
            of_scores *= scale
            slopes = (
                (to_query, of_scores @ key),
                (to_key, of_scores.transpose(0, 1, 3, 2) @ query),
                (to_value, shares.transpose(0, 1, 3, 2) @ of_update),
            )
            of_entities = np.zeros_like(slope)
            for step, part in slopes:
                of_entities += step(part.transpose(0, 2, 1, 3).reshape(slope.shape))
            return slope + to_states(of_entities)

        self._steps.append(back)
        return updated


@dataclass(frozen=True)
class Progress:
    """One step of the training: its number from 1, the loss in nats, the rate used."""

    step: int
    loss: float
    rate: float


def train(
    weights: Weights, seed: int, steps: int = STEPS, tokens: int = TOKENS
) -> Iterator[Progress]:
    """Change ``weights`` in place, one :class:`Progress` per step of about ``tokens`` tokens.

    Contexts of FEWEST pairs come first, because looking back is learned fastest on them; then the
    longest grows to MOST, and every length up to it is drawn equally often. The rate rises over
    WARM_UP steps and falls linearly over the last 1 - FLAT of them.
    """
    first = {name: np.zeros_like(array) for name, array in weights.items()}
    second = {name: np.zeros_like(array) for name, array in weights.items()}
    for step in range(1, steps + 1):
        rng = np.random.default_rng([seed, 1, step])
        longest = int(np.interp(step / steps, GROWTH, (FEWEST, MOST)))
        pairs = int(rng.integers(FEWEST, longest + 1))
        asked = min(pairs, ASKED)
        batch = max(1, tokens // (2 * (pairs + asked)))
        task = draw_task(batch, int(rng.integers(2**31)), pairs=pairs, asked=asked)
        loss, gradients = loss_and_gradients(weights, task)
        falling = max(LEAST_RATE, (1 - step / steps) / (1 - FLAT))
        rate = RATE * min(1.0, step / WARM_UP) * (1.0 if step / steps < FLAT else falling)
        length = float(
            np.sqrt(sum(float((g.astype(float) ** 2).sum()) for g in gradients.values()))
        )
        shrink = min(1.0, CLIP / (length + 1e-6))
        for name, weight in weights.items():
            gradient = gradients[name] * shrink
            first[name] += (1 - BETAS[0]) * (gradient - first[name])
            second[name] += (1 - BETAS[1]) * (gradient**2 - second[name])
            size = np.sqrt(second[name] / (1 - BETAS[1] ** step)) + 1e-8
            weight *= 1 - rate * DECAY
            weight -= rate / (1 - BETAS[0] ** step) * first[name] / size
        yield Progress(step, loss, rate)


def as_model(weights: Weights) -> RecallModel:
    """The trained parameters as a float64 model."""
    return assemble({name: array.astype(np.float64) for name, array in weights.items()}, HEADS)


def as_archive(weights: Weights) -> bytes:
    """The bytes of an .npz file with the parameters under the names P_*."""
    arrays: dict[str, Any] = {f"P_{name}": array for name, array in weights.items()}
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)
    return whole.getvalue()


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--steps", type=click.IntRange(1), default=STEPS, show_default=True)
def main(output: Path, seed: int, steps: int) -> None:
    """Train the model and write its parameters P_* to an .npz file."""
    weights = initial_weights(seed)
    for progress in train(weights, seed, steps):
        if progress.step % 250 == 0 or progress.step == steps:
            click.echo(f"step {progress.step}: loss {progress.loss:.4f} nats")
    write_whole(output.parent, {output.name: as_archive(weights)})
    found = accuracy(as_model(weights), draw_task(60, seed), Replacement.EXACT)
    click.echo(f"{found.right} of {found.total} fresh answers right; wrote {output}")


if __name__ == "__main__":
    main()
