"""The training of the small model: right gradients, reproducible steps, a readable file."""

import numpy as np
import pytest
from click.testing import CliRunner

from checks.models.recall import draw_task, load_recall
from checks.models.train_recall_model import (
    as_archive,
    as_model,
    initial_weights,
    loss_and_gradients,
    main,
    train,
)


def test_every_gradient_against_differences():
    weights = {name: array.astype(float) for name, array in initial_weights(1).items()}
    task = draw_task(2, 5, pairs=12)
    _, gradients = loss_and_gradients(weights, task)
    assert set(gradients) == set(weights)
    rng = np.random.default_rng(0)
    step = 1e-5
    for name, array in weights.items():
        direction = rng.normal(size=array.shape)
        losses = []
        for sign in (1, -1):
            moved = weights | {name: array + sign * step * direction}
            losses.append(loss_and_gradients(moved, task)[0])
        slope = (losses[0] - losses[1]) / (2 * step)
        assert slope == pytest.approx((gradients[name] * direction).sum(), rel=1e-6, abs=1e-9), name


def test_the_loss_is_that_of_the_model_that_is_shipped_code():
    """The forward pass here and the one in checks.models.recall are two pieces of code."""
    weights = {name: array.astype(float) for name, array in initial_weights(2).items()}
    task = draw_task(3, 1)
    model = as_model(weights)
    losses = []
    for tokens, answers in zip(task.tokens, task.answers, strict=True):
        logits = model.logits(model.states(tokens)[-1])[task.frozen :: 2]
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses.append(-np.log(shares[np.arange(12), answers]))
    assert loss_and_gradients(weights, task)[0] == pytest.approx(np.mean(losses))


def trained(seed, steps=3):
    weights = initial_weights(seed)
    losses = [progress.loss for progress in train(weights, seed, steps, tokens=64)]
    return weights, losses


def test_a_seed_gives_the_same_bits_again():
    (first, losses), (again, same) = trained(0), trained(0)
    assert losses == same
    assert all((first[name] == again[name]).all() for name in first)
    other, _ = trained(1)
    assert all((first[name] != other[name]).any() for name in first)


def test_steps_lower_the_loss_on_what_they_saw():
    """On one fixed task thirty plain gradient steps must lower its loss."""
    weights = initial_weights(3)
    task = draw_task(8, 2)
    before, _ = loss_and_gradients(weights, task)
    for _ in range(30):
        _, gradients = loss_and_gradients(weights, task)
        for name, gradient in gradients.items():
            weights[name] -= 0.1 * gradient
    assert loss_and_gradients(weights, task)[0] < before - 0.05


def test_the_rate_rises_and_falls():
    weights = initial_weights(0)
    rates = [progress.rate for progress in train(weights, 0, 10, tokens=1)]
    assert rates[:6] == pytest.approx([3e-3 * step / 200 for step in range(1, 7)])
    assert rates[-1] == pytest.approx(3e-3 * 10 / 200 * 0.03)


def test_the_file_is_read_by_the_model(tmp_path):
    path = tmp_path / "deep" / "model.npz"
    result = CliRunner().invoke(main, ["-o", str(path), "--steps", "2", "--seed", "5"])
    assert result.exit_code == 0, result.output
    assert "step 2: loss" in result.output and "of 720 fresh answers" in result.output
    model = load_recall(path)
    weights = initial_weights(5)
    for _ in train(weights, 5, 2):
        pass
    assert path.read_bytes() == as_archive(weights)
    np.testing.assert_array_equal(model.words, weights["tok_weight"].astype(float))
