"""Attention and its approximations once more: loops over Python floats, one query at a time."""

import math
from dataclasses import dataclass

Vector = list[float]


@dataclass(frozen=True)
class SlowQuery:
    """Everything measured of one query, straight from the definitions."""

    update: Vector
    alpha: float
    delta: float
    margin: float
    epsilon: float
    oscillation: float
    diameter: float
    drop: Vector
    grouped: Vector
    effective: Vector
    spread: float


def distance(left: Vector, right: Vector) -> float:
    """The Euclidean distance."""
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(left, right, strict=True)))


def average(logits: Vector, values: list[Vector]) -> Vector:
    """The values averaged with the softmax of the logits."""
    top = max(logits)
    weights = [math.exp(s - top) for s in logits]
    total = math.fsum(weights)
    return [
        math.fsum(w * v[c] for w, v in zip(weights, values, strict=True)) / total
        for c in range(len(values[0]))
    ]


def slow_query(
    query: Vector, keys: list[Vector], values: list[Vector], frozen: int, scale: float
) -> SlowQuery:
    """One query that sees all these tokens, the first ``frozen`` of which are frozen."""
    logits = [scale * math.fsum(x * y for x, y in zip(query, k, strict=True)) for k in keys]
    normal = values[frozen:]
    top = max(logits)
    shares = [math.exp(s - top) for s in logits]
    groups = [[s] for s in logits[frozen:]]
    residuals = [0.0]
    for t in range(frozen):
        distances = [distance(values[t], v) for v in normal]
        a = distances.index(min(distances))
        residuals.append(distances[a])
        groups[a].append(logits[t])
    largest = [max(g) for g in groups]
    gaps = [
        math.log(math.fsum(math.exp(s - m) for s in g))
        for g, m in zip(groups, largest, strict=True)
    ]
    summed = [m + gap for m, gap in zip(largest, gaps, strict=True)]
    margins = [sorted(g)[-1] - sorted(g)[-2] if len(g) > 1 else math.inf for g in groups]
    return SlowQuery(
        update=average(logits, values),
        alpha=math.fsum(shares[:frozen]) / math.fsum(shares),
        delta=max(residuals),
        margin=min(margins),
        epsilon=max(gaps),
        oscillation=max(gaps) - min(gaps),
        diameter=max(distance(v, w) for v in normal for w in normal),
        drop=average(logits[frozen:], normal),
        grouped=average(summed, normal),
        effective=average(largest, normal),
        spread=max([distance(v, w) for v in values[:frozen] for w in normal], default=0.0),
    )
