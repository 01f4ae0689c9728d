"""The lines of a derivation, as SymPy has them, evaluated on numbers in either arithmetic.

A line is compiled from its expression by what its words mean (`derivations.counterexamples`), so
nothing of `checks` takes part: it is what the numeric side is compared with.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from derivations.counterexamples.arithmetic import Balls, Floats, precision
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.instance import Instance
from derivations.language.statements import state
from derivations.results.effective_key import effective_key


@dataclass(frozen=True)
class Layer:
    """Entities e and weights, all multiples of 1/4, of m frozen and p normal tokens.

    ``entities`` (m + p, D), ``w_q``, ``w_k``, ``w_v`` (D, D), ``owners`` (m,).
    """

    entities: np.ndarray
    w_q: np.ndarray
    w_k: np.ndarray
    w_v: np.ndarray
    owners: np.ndarray

    @property
    def frozen(self) -> int:
        return len(self.owners)

    @property
    def queries(self) -> np.ndarray:
        """One per normal token."""
        return self.entities[self.frozen :] @ self.w_q.T

    @property
    def keys(self) -> np.ndarray:
        return self.entities @ self.w_k.T

    @property
    def values(self) -> np.ndarray:
        return self.entities @ self.w_v.T


def drawn_layer(seed: int, frozen: int, normal: int, dimension: int, clustered: bool) -> Layer:
    """Small random multiples of 1/4; equal entities, hence equal values, if clustered."""
    rng = np.random.default_rng(seed)

    def quarters(*shape: int) -> np.ndarray:
        return rng.integers(-4, 5, size=shape) / 4.0

    owners = rng.integers(normal, size=frozen)
    entities = quarters(frozen + normal, dimension)
    w_v = quarters(dimension, dimension)
    if clustered:
        # The last component is invisible to W_V, so values agree where keys need not.
        entities[:frozen] = entities[frozen:][owners]
        entities[:frozen, -1] += quarters(frozen)
        w_v[:, -1] = 0.0
    return Layer(
        entities, quarters(dimension, dimension), quarters(dimension, dimension), w_v, owners
    )


def lines() -> list:
    """The expressions of the main derivation, first to last."""
    return [effective_key.start, *(line.right for line in effective_key.lines)]


def evaluated(line: object, layer: Layer, query: int, bits: int | None = None) -> list:
    """One line for one normal token i, in float64 or in balls of so many bits."""
    compiled = Compiled(state(line, "=", line))
    frozen, normal = layer.frozen, len(layer.queries)
    tokens = [("F", t + 1) for t in range(frozen)] + [("N", j + 1) for j in range(normal)]
    logits = layer.keys @ layer.queries[query]
    winners = {}
    for j in range(normal):
        group = [*np.flatnonzero(layer.owners == j), frozen + j]
        winners[tokens[frozen + j]] = tokens[max(group, key=lambda t: logits[t])]
    instance = Instance(
        dimension=layer.entities.shape[1],
        sets={"F": tuple(tokens[:frozen]), "N": tuple(tokens[frozen:])},
        maps={
            "a": {tokens[t]: tokens[frozen + j] for t, j in enumerate(layer.owners)},
            "w": winners,
        },
        indices={"i": tokens[frozen + query]},
        values={
            **{
                ("e", token): fractions(row)
                for token, row in zip(tokens, layer.entities, strict=True)
            },
            **{
                (name,): tuple(fractions(row) for row in matrix)
                for name, matrix in (("W_Q", layer.w_q), ("W_K", layer.w_k), ("W_V", layer.w_v))
            },
        },
    )
    if bits is None:
        world = compiled.world(instance, Floats(), "floats")
        return list(compiled.left(world, compiled.environment()))
    with precision(bits):
        world = compiled.world(instance, Balls(), bits)
        return list(compiled.left(world, compiled.environment()))


def fractions(row: np.ndarray) -> tuple[Fraction, ...]:
    return tuple(Fraction(float(x)) for x in row)
