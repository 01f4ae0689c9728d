"""What a rule leaves behind of premises whose indices and maps are gone, and only of those."""

import pytest

from tests.kernel import every_rule as k
from tests.kernel.building import A, F, J, N, every, f, i, j, le, nonempty, p, t, value, x, y

AT = f(value(A, t))
INDEX_GONE = (0, k.exact([], f(i), f(i)))
MAP_GONE = (0, k.exact([], AT, AT))


def test_a_member_that_is_still_there_keeps_its_set_inhabited() -> None:
    """i vanishes; j ∈ J in the conclusion, or in a hypothesis, says that J has a member."""
    assert k.exact([], x, x, [INDEX_GONE]).hypotheses == {nonempty(J)}
    assert not k.exact([], f(j), f(j), [INDEX_GONE]).hypotheses
    assert k.exact([le(f(j), 0)], x, x, [INDEX_GONE]).hypotheses == {le(f(j), 0)}


def test_a_map_that_a_hypothesis_mentions_has_not_vanished() -> None:
    """Without a map F → N there may be members of F and none of N."""
    about = le(AT, 0)
    assert k.exact([about], x, x, [MAP_GONE]).hypotheses == {about}
    needed = {every(F, lambda e: nonempty(N)), nonempty(F)}
    assert k.exact([], x, x, [MAP_GONE]).hypotheses == needed


def test_hypotheses_may_be_any_collection_of_propositions() -> None:
    given = [le(x, y), le(0, x)]
    for collection in (list, tuple, set, frozenset):
        assert k.exact(collection(given), p, p).hypotheses == set(given)
    for wrong in (iter(given), dict.fromkeys(given), None, 1.0, True):
        with pytest.raises(TypeError):
            k.exact(wrong, p, p)  # type: ignore[arg-type]
