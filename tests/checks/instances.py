"""Small single queries with exact data, drawn by Hypothesis or built for equality."""

import numpy as np
from flint import arb
from hypothesis import strategies as st

from checks.balls import ExactQuery, query_balls
from checks.bounds import ERROR_OF_BOUND

quarters = st.integers(-16, 16).map(lambda n: n / 4)


def from_groups(groups, own_values, frozen_values=None, nearest=None) -> ExactQuery:
    """A query whose logits are these: ``groups[j]`` lists that of normal token j, then its frozen.

    Frozen tokens have the value of their normal token unless values are given.
    """
    owners = [j for j, group in enumerate(groups) for _ in group[1:]]
    logits = [s for group in groups for s in group[1:]] + [group[0] for group in groups]
    own = np.asarray(own_values, dtype=float)
    frozen = own[owners] if frozen_values is None else np.asarray(frozen_values, dtype=float)
    return ExactQuery(
        query=np.ones(1),
        keys=np.asarray(logits, dtype=float)[:, None],
        values=np.concatenate([frozen.reshape(len(owners), own.shape[1]), own]),
        nearest=owners if nearest is None else nearest,
        scale=1.0,
    )


@st.composite
def queries(draw, *, residuals=True, largest=4) -> ExactQuery:
    """Any cluster map, quarter-integer logits and values; values clustered exactly if asked."""
    normal, frozen = draw(st.integers(1, 3)), draw(st.integers(0, largest))
    owner = st.integers(0, normal - 1)
    owners = sorted(draw(st.lists(owner, min_size=frozen, max_size=frozen)))
    groups = [[draw(quarters)] for _ in range(normal)]
    for j in owners:
        groups[j].append(draw(quarters))
    width = draw(st.integers(1, 2))

    def rows(count):
        return [[draw(quarters) for _ in range(width)] for _ in range(count)]

    return from_groups(groups, rows(normal), rows(frozen) if residuals else None)


def exceeds(query: ExactQuery, bound: str, factor: float) -> bool:
    """Whether the exact error is certainly more than this factor times the exact bound."""
    balls = query_balls(query, 256)
    return bool(balls.errors[ERROR_OF_BOUND[bound]] > arb(factor) * balls.bounds[bound])
