"""Measurements to report on: small ones of every shape, and one that does not hold."""

from dataclasses import replace
from functools import cache

import numpy as np

from checks.certify import Certificate
from checks.measure import Measurement, measure
from checks.models.measured import recall_tensors
from checks.plots.measured import measured_pictures
from checks.report.content import Report
from checks.tensors import Tensors, as_tensors
from checks.weights.effective import effective_weights


def tensors(leading: tuple[int, ...] = (), frozen: int = 5, normal: int = 3) -> Tensors:
    random = np.random.default_rng(0)
    tokens = frozen + normal
    shapes = ((normal, 4), (tokens, 4), (tokens, 5))
    return as_tensors(*(random.normal(size=(*leading, *shape)) for shape in shapes))


@cache
def measured(
    leading: tuple[int, ...] = (), frozen: int = 5, normal: int = 3, causal: bool = False
) -> Measurement:
    return measure(tensors(leading, frozen, normal), causal=causal)


def report_on(result: Measurement) -> Report:
    return Report(result, (), "keystar measure x.npz -o report", result.to_json())


@cache
def report_of_the_model() -> Report:
    """The model that comes along, one layer of it, with its effective weights."""
    given = recall_tensors(layer="1")
    result = measure(given, causal=True)
    heads = effective_weights(given, causal=True)
    return Report(result, heads, "keystar measure --model recall -o report", result.to_json())


@cache
def drawn(report: Report) -> Report:
    """With its figures, which take seconds."""
    return replace(report, pictures=measured_pictures(report.result, report.heads))


@cache
def report_of_broken() -> Report:
    return drawn(report_on(broken()))


@cache
def broken() -> Measurement:
    """One query violates the joint bound and one is undecided, with an infinite margin bound."""
    result = measured((2, 3))
    certificates = result.certificates.copy()
    bounds = {name: bound.copy() for name, bound in result.bounds.items()}
    certificates[0, 1, 2] = Certificate.VIOLATED
    bounds["joint"][0, 1, 2] = result.errors["effective"][0, 1, 2] / 4.0
    certificates[1, 2, 0] = Certificate.UNDECIDED
    bounds["margin"][1, 2, 0] = np.inf
    return replace(result, certificates=certificates, bounds=bounds)


def repeated(result: Measurement, times: int) -> Measurement:
    """The same queries over and over, without the leading axes' help."""

    def tiled(group):
        return {name: np.tile(values, times) for name, values in group.items()}

    return replace(
        result,
        quantities=tiled(result.quantities),
        errors=tiled(result.errors),
        bounds=tiled(result.bounds),
        hull=tiled(result.hull),
        comparisons=tiled(result.comparisons),
        certificates=np.tile(result.certificates, times),
    )


@cache
def poor() -> Measurement:
    """What a streamed head has: no mean residual, fewer errors, no hull; and infinite margins."""
    result = measured((2,))
    gone = ("weighted_residual", "uniform_key", "shared", "shared_largest")

    def kept(group):
        return {name: values for name, values in group.items() if name not in gone}

    return replace(
        result,
        quantities={**kept(result.quantities), "margin": np.full((2, 3), np.inf)},
        errors=kept(result.errors),
        comparisons=kept(result.comparisons),
        hull={},
        streamed=True,
    )


EVERY = {
    "usual": lambda: measured((2, 3), causal=True),
    "one head": lambda: measured(),
    "no context": lambda: measured(frozen=0),
    "one normal token": lambda: measured((2,), normal=1),
    "one of each": lambda: measured(frozen=1, normal=1),
    "three leading axes": lambda: measured((2, 1, 3)),
    "broken": broken,
    "poor": poor,
}
