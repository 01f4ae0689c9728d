"""Instances: what they hold, and one sentence for arrays that do not make one."""

import numpy as np
import pytest

from checks.instances import Instance, instance, instance_of_logits
from checks.tensors import UnusableInput

QUERY, KEYS = np.ones(2), np.arange(8.0).reshape(4, 2)
VALUES, OWNERS = np.ones((4, 3)), [0, 1]


def test_logits_are_scaled_products() -> None:
    made = instance(QUERY, KEYS, VALUES, OWNERS, scale=0.5, mask=[True, True, False, True][::-1])
    assert made.logits.tolist() == [0.5, -np.inf, 4.5, 6.5]
    assert (made.frozen, made.normal, made.factor) == (2, 2, 0.5)
    assert instance(QUERY, KEYS, VALUES, OWNERS).factor == 1 / np.sqrt(2)


def test_arrays_are_copied_and_read_only() -> None:
    keys = KEYS.copy()
    made = instance(QUERY, keys, VALUES, OWNERS)
    keys[0] = 7.0
    assert made.keys[0].tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        made.keys[0] = 1.0


def test_logits_can_be_given_instead() -> None:
    made = instance_of_logits([0.25, -np.inf, 1.0, 1e4], VALUES, [0, 1])
    assert made.logits.tolist() == [0.25, -np.inf, 1.0, 1e4]
    assert made.logits_made_at is made.logits
    moved = instance_of_logits([1.0, 2.0], np.ones((2, 1)), [0], made_at=[-3.0, 5.0])
    assert moved.logits.tolist() == [1.0, 2.0] and moved.logits_made_at.tolist() == [-3.0, 5.0]


def test_leading_axes() -> None:
    made = instance_of_logits(np.zeros((2, 3, 4)), np.ones((2, 3, 4, 1)), np.zeros((2, 3, 2), int))
    assert made.logits.shape == (2, 3, 4) and made.normal_values.shape == (2, 3, 2, 1)


def test_another_query_keeps_the_keys_of_the_first() -> None:
    made = instance(QUERY, KEYS, VALUES, OWNERS, scale=1.0)
    there = made.at([2.0, 0.0])
    assert there.logits.tolist() == [0.0, 4.0, 8.0, 12.0]
    assert there.logits_made_at.tolist() == made.logits.tolist()
    assert there.at([0.0, 0.0]).logits_made_at.tolist() == made.logits.tolist()


def test_what_a_masked_token_holds_does_not_matter() -> None:
    values = VALUES.copy()
    values[0] = np.nan
    made = instance(QUERY, KEYS, values, OWNERS, mask=[False, True, True, True])
    assert made.seen_values[0].tolist() == [0.0, 0.0, 0.0]


GOOD = {"query": QUERY, "keys": KEYS, "values": VALUES, "owners": OWNERS}
BAD = {
    "a query of another width": ({"query": np.ones(3)}, "query .3,., keys .4, 2.*do not belong"),
    "fewer values than keys": ({"values": np.ones((3, 3))}, "do not belong together"),
    "values without an axis": ({"values": np.ones(4)}, "do not belong together"),
    "keys without an axis": ({"keys": np.ones(4)}, "do not belong together"),
    "a mask of another length": ({"mask": [True]}, "do not belong together"),
    "another query of another width": ({"made_at": [1.0]}, "do not belong together"),
    "only frozen tokens": ({"owners": [0, 0, 0, 0]}, "more owners than tokens but one"),
    "an owner that is not there": ({"owners": [0, 2]}, r"owners 0..2 leave 0..1"),
    "a negative owner": ({"owners": [-1, 0]}, r"owners -1..0 leave 0..1"),
    "an owner between tokens": ({"owners": [0.5, 0]}, "owners of type float64 are not integers"),
    "no normal token seen": ({"mask": [True, True, False, False]}, "sees no normal token"),
    "a masked owner": ({"mask": [True, True, False, True]}, "has a masked owner"),
    "a scale of nan": ({"scale": np.nan}, "scale is nan; give a finite number"),
    "a query of nan": ({"query": [np.nan, 1.0]}, "query has entries that are no finite real"),
    "an infinite key": (
        {"keys": np.full((4, 2), np.inf)},
        "keys has entries that are no finite real",
    ),
    "an infinite value": ({"values": VALUES * np.inf}, "values has entries that are no finite"),
    "words": ({"values": np.full((4, 3), "x")}, "values has entries that are no finite real"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_bad_input_is_told_in_one_sentence(name: str) -> None:
    changed, told = BAD[name]
    with pytest.raises(UnusableInput, match=told) as caught:
        instance(**{**GOOD, **changed})
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_token_masked_for_one_query_only_is_refused() -> None:
    with pytest.raises(UnusableInput, match="must be masked for both queries"):
        instance_of_logits([0.0, -np.inf], np.ones((2, 1)), [0], made_at=[0.0, 1.0])


def test_the_good_input_is_good() -> None:
    assert isinstance(instance(**GOOD), Instance)
