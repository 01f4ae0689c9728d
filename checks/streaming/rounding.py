"""How far streamed float64 or float32 numbers can be from the exact real ones.

The analysis of :mod:`checks.rounding` holds with these changes; b is the number of keys in
a block and B the number of blocks.

1. |q| max |k| stands for max_j sum_l |q_l k_jl|: Cauchy and Schwarz, and no fourth product.
2. A term of a sum passes through at most b additions in its block, one for each normal token and
   three operations (scale, add, the ending) for each later block. Scaling multiplies by the
   exponential of a difference of references: together they cost 745 u, for beyond that the term
   vanishes, and 9 u each. So 12 (b + p + 2 B) + 2000 takes the place of 12 n + 2000, and
   b + p + 2 B + 2 that of n + 2.
3. If products are computed in float32 (unit v = 2^-24, inputs rounded to it), a logit errs by
   gamma_v(d + 16) |scale| |q| max |k|, a weight by 300 v more and the product of weights and
   values by gamma_v(b + 8). Blocks are merged in float64. Whatever is below 2^-126 vanishes: a
   weight, an entry or a product of two, which costs a logit d 2^-125 (1 + |scale| |q| + max |k|)
   and an update c n 2^-125.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.inputs.rows import Array
from checks.rounding import OWN_ROUNDING, TINY, UNIT_ROUNDOFF, Radii, gamma

SINGLE_ROUNDOFF = 2.0**-24
LARGEST_SINGLE = 2.0**120


@dataclass(frozen=True)
class Precision:
    """The type of the products and its limits; merging is always in float64.

    ``unit`` is the unit roundoff, ``deepest`` how far below the largest logit a group's weights
    still have all their digits, ``vanishing`` what a weight may lose by underflow.
    """

    name: str
    unit: float
    deepest: float
    vanishing: float


DOUBLE = Precision("float64", UNIT_ROUNDOFF, 600.0, 0.0)
SINGLE = Precision("float32", SINGLE_ROUNDOFF, 50.0, 2.0**-126)
PRECISIONS = {each.name: each for each in (DOUBLE, SINGLE)}


def streaming_radii(
    precision: Precision,
    lengths: Array,
    longest_key: float,
    longest_value: float,
    *,
    widths: tuple[int, int],
    frozen: int,
    block: int,
    terms: int,
) -> Radii:
    """The radii of queries (p,) whose |scale| |q| are ``lengths``.

    ``widths`` are d and c, ``block`` is b and ``terms`` b + p + 2 B.
    """
    width, value_width = widths
    relative = gamma(width + 16)
    noise, product, lost = 0.0, 0.0, 0.0
    small = 2.0 * precision.vanishing
    if precision is SINGLE:
        relative = single_gamma(width + 16)
        noise = 300 * SINGLE_ROUNDOFF
        product = single_gamma(block + 8)
        lost = frozen * precision.vanishing
    least = width * small * (1.0 + lengths + longest_key)
    logit = OWN_ROUNDING * (relative * lengths * longest_key + noise + least) + TINY
    log_weight = OWN_ROUNDING * (logit + gamma(12 * terms + 2000) + lost)
    with np.errstate(over="ignore", invalid="ignore"):
        growth = np.exp(2.0 * log_weight)
        factor = np.expm1(2.0 * log_weight) + (gamma(terms + 2) + product + lost) * growth
        update = OWN_ROUNDING * (factor * longest_value + value_width * frozen * small) + TINY
    return Radii(logit, log_weight, update, gamma(value_width + 4))


def single_gamma(terms: float) -> float:
    """:func:`checks.rounding.gamma` for float32."""
    return terms * SINGLE_ROUNDOFF / (1.0 - terms * SINGLE_ROUNDOFF)
