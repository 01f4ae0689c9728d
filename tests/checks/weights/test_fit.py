"""Fitted heads: what each fit asks for is what attention with the new weights gives."""

import numpy as np
import pytest

from checks.models.replacement import Replacement, replaced_update
from checks.shared_merge import shared_merge
from checks.tensors import UnusableInput, as_tensors
from checks.weights.fit import Fit, fit_head
from checks.weights.transfer import changed_update


def head(seed, p=4, m=7, d=6, width=8):
    rng = np.random.default_rng(seed)
    keys, values = rng.normal(size=(m + p, d)), rng.normal(size=(m + p, 3))
    return as_tensors(rng.normal(size=(p, d)), keys, values), rng.normal(size=(p, width))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("scale", [None, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_with_room_every_fit_is_attained(seed, scale, causal):
    """p <= d and p <= D with independent rows: weights reach each approximation exactly."""
    tensors, entities = head(seed)
    arrays = (tensors.queries, tensors.keys, tensors.values)
    options = {"scale": scale, "causal": causal}
    expected = {
        Fit.DROPPED: replaced_update(Replacement.DROPPED, *arrays, **options),
        Fit.WINNERS: replaced_update(Replacement.EFFECTIVE, *arrays, **options),
        Fit.LOG_SUM_EXP: replaced_update(Replacement.LOG_SUM_EXP, *arrays, **options),
        Fit.MERGED: shared_merge(*arrays, **options),
    }
    for fit, update in expected.items():
        fitted = fit_head(tensors, entities, fit, **options)
        changes = (fitted.key_change, fitted.value_change)
        assert (changes[0] is None, changes[1] is None) == (
            fit is Fit.DROPPED,
            fit is not Fit.MERGED,
        )
        reached = changed_update(tensors, entities, *changes, **options)
        np.testing.assert_allclose(reached, update, atol=1e-8)


def test_without_room_a_residual_is_left_and_reported():
    tensors, entities = head(1, p=9, d=2, width=3)
    fitted = fit_head(tensors, entities, Fit.MERGED)
    assert fitted.key is not None and fitted.value is not None
    assert fitted.key.solvable is False and fitted.key.residual > 0.1
    assert not fitted.value.solvable and fitted.value.residual > 0.1


def test_what_cannot_be_fitted_is_named():
    tensors, entities = head(2)
    with pytest.raises(UnusableInput, match="scale is 0"):
        fit_head(tensors, entities, Fit.WINNERS, scale=0.0)
    heads = as_tensors(np.ones((2, 1, 3)), np.ones((2, 4, 3)), np.ones((2, 4, 3)))
    with pytest.raises(UnusableInput, match="leading axes"):
        fit_head(heads, entities, Fit.WINNERS)
