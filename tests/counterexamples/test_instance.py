"""Instances, their JSON form, and what is refused when one is read or rechecked."""

import json
from fractions import Fraction

import pytest

from derivations.counterexamples import (
    Instance,
    InstanceError,
    evaluate_witness,
    recheck,
    witness_of,
)
from derivations.language import (
    cluster_map,
    exp,
    index_set,
    index_sets,
    inner,
    linear_map,
    scalar,
    scalars,
    sum_over,
    vector,
    winner_map,
)
from derivations.language.statements import state
from derivations.verdicts import Verdict

F1, N1, N2 = ("F", 1), ("N", 1), ("N", 2)
HALF, ONE = Fraction(1, 2), Fraction(1)
FULL = Instance(
    dimension=2,
    sets={"F": (F1,), "N": (N1, N2), "E": ()},
    maps={"a": {F1: N2}},
    indices={"i": N1},
    values={
        ("x",): Fraction(-3, 4),
        ("s", N1): HALF,
        ("g", F1, N2): ONE,
        ("q",): (HALF, ONE),
        ("v", N2): (ONE, HALF),
        ("W",): ((ONE, HALF), (HALF, ONE)),
    },
)


def test_an_instance_survives_its_json_text() -> None:
    assert Instance.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL
    assert FULL.to_json() == Instance.from_json(FULL.to_json()).to_json()
    assert FULL.to_json()["values"]["g"] == {"F1;N2": "1"}


def test_set_names_that_end_in_digits_stay_apart() -> None:
    """The first token of N1 is not the eleventh of N."""
    eleventh, first = ("N", 11), ("N1", 1)
    one = Instance(sets={"N": (eleventh,), "N1": (first,)}, values={("s", first): ONE})
    assert one.to_json()["sets"] == {"N": ["N:11"], "N1": ["N1:1"]}
    assert Instance.from_json(one.to_json()) == one


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sets": None}, "an instance is an object"),
        ({"dimension": 0}, "positive integer"),
        ({"dimension": True}, "positive integer"),
        ({"sets": {"N": ["N1", "N1"]}}, "twice in the set N"),
        ({"sets": {"N": ["N"]}}, "not a token"),
        ({"sets": {"N": [1]}}, "not a token"),
        ({"sets": {"N": 3}}, "the set N is 3; give the list of its tokens"),
        ({"sets": [3]}, '"sets" is .3.; it must be an object'),
        ({"maps": "a"}, '"maps" is .a.; it must be an object'),
        ({"maps": {"a": "F1"}}, "the map a is 'F1'; give the token for each token"),
        ({"values": {"x": [[["1"]]]}}, "x is nested deeper than a matrix|components"),
        ({"maps": {"a": {"F1": "X1"}}}, "in none of the sets"),
        ({"values": {"x": "1/0"}}, "x is '1/0'"),
        ({"values": {"x": 0.5}}, "x is 0.5"),
        ({"values": {"q": ["1", "2", "3"]}}, "q has 3 components; the dimension is 2"),
    ],
)
def test_unreadable_instances_are_refused(change: dict, message: str) -> None:
    data = FULL.to_json() | change
    if change.get("sets", True) is None:
        del data["sets"]
    with pytest.raises(InstanceError, match=message):
        Instance.from_json(data)


F, N = index_sets("F", "N", nonempty="N")
C = index_set("C", subset_of=N)
a = cluster_map("a", F, N)
s, x = scalars("s"), scalar("x")
CLAIM = state(
    sum_over(N, lambda j: sum_over(a.fibre(j), s)) + s[N.index("i")] + sum_over(C, s), "<=", x
)
GOOD = {
    "sets": {"F": ["F1"], "N": ["N1", "N2"], "C": ["N1"]},
    "maps": {"a": {"F1": "N1"}},
    "indices": {"i": "N1"},
    "values": {"s": {"F1": "1", "N1": "0", "N2": "0"}, "x": "1/2"},
}


def test_a_stored_witness_is_rechecked() -> None:
    assert recheck(CLAIM, GOOD) is Verdict.REFUTED
    assert recheck(CLAIM, GOOD | {"values": GOOD["values"] | {"x": "1"}}) is Verdict.OPEN
    found = evaluate_witness(CLAIM, GOOD)
    assert (found.left, found.right) == ("1", "1/2")


def test_a_stored_witness_is_told_again() -> None:
    told = witness_of(CLAIM, GOOD)
    assert (told.left, told.right, told.instance["indices"]) == ("1", "1/2", {"i": "N1"})
    assert told.text.startswith("|C| = |F| = 1, |N| = 2, C = {N1}, ")
    with pytest.raises(ValueError, match="no witness: every hypothesis holds and so does"):
        witness_of(CLAIM, GOOD | {"values": GOOD["values"] | {"x": "1"}})


def test_an_undefined_side_is_rechecked() -> None:
    claim = state(1 / x, "=", 0)
    assert witness_of(claim, {"sets": {}, "values": {"x": "0"}}).left == "undefined"
    assert recheck(claim, {"sets": {}, "values": {"x": "0"}}) is Verdict.ILL_DEFINED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sets": {"F": ["F1"], "N": ["N1", "N2"]}}, "no value for the set C"),
        ({"maps": {}}, "no value for the map a"),
        ({"indices": {}}, "no value for the index i"),
        ({"values": {"s": {"F1": "1"}, "x": "1"}}, "no value for s at N1"),
        ({"values": {"s": {"F1": "1", "N1": ["1"]}, "x": "1"}}, "s is not a family of numbers"),
        ({"sets": {"F": ["F1"], "N": ["N1", "N2"], "C": ["F1"]}}, "member outside"),
        ({"sets": {"F": ["F1", "N1"], "N": ["N1", "N2"], "C": []}}, "disjoint, but share N1"),
        ({"maps": {"a": {"F1": "F1"}}}, "out of its target"),
        ({"maps": {"a": {}}}, "no value at F1"),
        ({"indices": {"i": "F1"}}, "i is not in its set"),
    ],
)
def test_an_instance_that_is_no_world_of_the_statement_is_refused(change, message) -> None:
    with pytest.raises(InstanceError, match=message):
        recheck(CLAIM, GOOD | change)


def test_a_witness_that_breaks_a_hypothesis_shows_nothing() -> None:
    claim = state(x, "<=", 0, given=[x < 1])
    world = {"sets": {}, "values": {"x": "1"}}
    assert recheck(claim, world) is Verdict.OPEN
    assert recheck(claim, {"sets": {}, "values": {"x": "1/2"}}) is Verdict.REFUTED
    empty = {"sets": {"N": []}, "values": {"x": "1", "s": {}}}
    assert recheck(state(sum_over(N, lambda j: exp(s[j])), ">=", x), empty) is Verdict.OPEN


def test_a_winner_must_win() -> None:
    w = winner_map("w", N, lambda j: N, s)
    claim = state(sum_over(N, lambda j: s[w(j)]), "<=", x)
    data = {
        "sets": {"N": ["N1", "N2"]},
        "maps": {"w": {"N1": "N2", "N2": "N2"}},
        "values": {"s": {"N1": "0", "N2": "1"}, "x": "0"},
    }
    assert recheck(claim, data) is Verdict.REFUTED
    data["maps"] = {"w": {"N1": "N1", "N2": "N2"}}
    assert recheck(claim, data) is Verdict.OPEN


def test_dimensions_and_matrices_are_checked() -> None:
    W, q = linear_map("W"), vector("q")
    claim = state(inner(q, W(q)), "=", 0)
    good = {"dimension": 1, "sets": {}, "values": {"W": [["1"]], "q": ["1"]}}
    assert recheck(claim, good) is Verdict.REFUTED
    with pytest.raises(InstanceError, match="W is not a linear map"):
        recheck(claim, good | {"values": {"W": ["1"], "q": ["1"]}})
