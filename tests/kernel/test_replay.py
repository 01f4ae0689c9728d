"""Stored proofs: what the kernel wrote is accepted, and any other file is refused.

Every edit must end in ProofRefused: never in another exception, never in a theorem.
"""

import json
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations.kernel.replay import replay as kernel_replay
from derivations.kernel.terms import add, mul
from derivations.lemmas import gibbs, recentring
from derivations.proof_files import ProofRefused, replay, replay_text, text_of, to_json, verify
from derivations.terms import number
from tests.kernel import every_rule as k
from tests.kernel.building import exp, le, x, y
from tests.kernel.cases import rule_names
from tests.kernel.edits import (
    INFINITY,
    NAN,
    Edit,
    changed,
    edits,
    nested,
    places,
    same,
)
from tests.kernel.forgeries import FORGERIES, small, stored


@cache
def of_gibbs() -> str:
    """Gibbs' inequality, a lemma of the library: seven steps."""
    return json.dumps(stored(gibbs.theorem()))


def refused(data: Any, what: object) -> None:
    with pytest.raises(ProofRefused) as caught:
        replay(data)
        raise AssertionError(f"accepted: {what}")
    assert str(caught.value)


def refused_or_honest(edit: Edit) -> bool:
    """Whether the edit is refused.

    A row of the term table is shared by the whole proof, and a step may have been given its
    hypotheses in another order: an edit there can turn the file into another proof.  That one is
    not refused if every step of it holds, and is then exactly what the kernel would write.
    """
    if edit.where[:1] != ("terms",) and "arguments" not in edit.where:
        refused(edit.data, edit)
        return True
    try:
        theorem = replay(edit.data)
    except ProofRefused:
        return True
    assert same(to_json(theorem), edit.data)
    return False


# ---- what is accepted --------------------------------------------------------------------------


def test_what_was_written_is_accepted() -> None:
    for theorem in (small(), gibbs.theorem(), recentring.numbers()):
        data = stored(theorem)
        again = replay(data)
        assert again.conclusion == theorem.conclusion
        assert again.hypotheses == theorem.hypotheses
        assert same(to_json(again), data)


def test_the_order_of_keys_is_no_part_of_a_proof() -> None:
    data = stored(small())
    turned = {key: data[key] for key in reversed(data)}
    assert replay(turned).conclusion == replay(data).conclusion


def test_a_file_is_known_by_its_text_or_else_by_its_data() -> None:
    data = stored(small())
    text = text_of(data)
    for written in (text, json.dumps(data, indent=1, sort_keys=True)):
        theorem, found = replay_text(written.encode())
        assert theorem.conclusion == small().conclusion
        assert same(found, data)
    edited = text.replace('{"term":0}', '{"term":false}')
    assert edited != text
    with pytest.raises(ProofRefused, match="not the one its own proof"):
        replay_text(edited.encode())


def test_a_step_made_twice_is_written_once() -> None:
    twice = [k.exp_tangent([], x) for _ in range(2)]
    both = k.bound([], "le", add(2, mul(2, x)), mul(2, exp(x)), [(1, one) for one in twice])
    assert len(stored(both)["steps"]) == 3
    assert verify(k.well_defined(both)).conclusion == both.conclusion


def test_the_file_names_its_lemmas_and_their_statements() -> None:
    data = stored(small())
    (lemma,) = data["lemmas"]
    assert lemma["name"] == "tangent"
    assert data["steps"][lemma["step"]]["rule"] == "cite"
    assert data["steps"][lemma["step"]]["arguments"][0] == "tangent"
    assert data["steps"][-1]["rule"] == "well_defined"


def test_a_theorem_that_is_not_well_defined_does_not_replay() -> None:
    for theorem in (small(), k.assume(le(x, y)), k.exact([], x, x)):
        with pytest.raises(ProofRefused):
            verify(theorem)
        refused(to_json(theorem), "a proof that does not end with well_defined")


def test_a_forged_theorem_does_not_replay() -> None:
    for name, value in (
        ("conclusion", le(1, 0)),
        ("hypotheses", frozenset()),
        ("hypotheses", frozenset({le(1, 0)})),
        ("rule", "assume"),
        ("arguments", ()),
    ):
        forged = k.well_defined(small())
        object.__setattr__(forged, name, value)
        with pytest.raises(ProofRefused):
            verify(forged)


# ---- what is refused: every field of a real proof ----------------------------------------------


def test_every_kind_of_edit_is_refused() -> None:
    """A spread of the edits: each kind, at its first and its last place."""
    kinds: dict[str, list[Edit]] = {}
    for edit in edits(stored(small())):
        kinds.setdefault(edit.what, []).append(edit)
    chosen = [edit for found in kinds.values() for edit in (found[0], found[-1])]
    assert len(kinds) >= 40 and len(chosen) >= 80
    assert sum(map(refused_or_honest, chosen)) >= len(chosen) - 8


def test_every_edit_of_a_library_proof_is_refused() -> None:
    """Constants, sets, names, references, rules, hypotheses, keys and types: every eighth edit."""
    found = list(edits(json.loads(of_gibbs())))
    outcomes = [refused_or_honest(edit) for edit in found[::8]]
    assert len(outcomes) >= 200
    assert outcomes.count(False) <= len(outcomes) // 20


def states(data: Any, theorem: k.Theorem) -> bool:
    """Whether the head of a file is this theorem, read without the kernel's help."""

    def spelled(item: Any, terms: Any) -> Any:
        if isinstance(item, dict) and "term" in item:
            return [spelled(part, terms) for part in terms[item["term"]]]
        if isinstance(item, dict):
            return str(Fraction(*item["fraction"]))
        return item

    def head(one: Any) -> list[str]:
        hypotheses = {json.dumps(spelled(h, one["terms"])) for h in one["hypotheses"]}
        return [*sorted(hypotheses), json.dumps(spelled(one["conclusion"], one["terms"]))]

    return head(data) == head(to_json(theorem))


def test_what_the_kernel_alone_accepts_proves_what_it_says() -> None:
    """The kernel may accept a proof that is written otherwise, but none of another statement."""
    accepted = 0
    for edit in [*edits(stored(small())), *edits(json.loads(of_gibbs()))][::9]:
        try:
            theorem = kernel_replay(edit.data)
        except ProofRefused:
            continue
        accepted += 1
        assert theorem.rule == "well_defined"
        assert states(edit.data, theorem), edit
        cited: Any = to_json(theorem)["lemmas"]
        assert {row["name"] for row in cited} <= {row["name"] for row in edit.data["lemmas"]}
    assert accepted


@pytest.mark.parametrize("change", ["conclusion", "hypotheses", "lemmas", "last"])
def test_the_kernel_alone_refuses_another_statement(change: str) -> None:
    data = stored(small())
    if change == "conclusion":
        data["conclusion"] = data["hypotheses"][0]
    elif change == "last":
        data["steps"].pop()
    else:
        data[change] = []
    with pytest.raises(ProofRefused):
        kernel_replay(data)


# ---- what is refused: forgeries that keep the file consistent ----------------------------------


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_consistent_forgeries_are_refused(forge: Any) -> None:
    refused(forge(), forge.__name__)


FRACTIONS: list[Any] = [
    [4, 2], [-2, -1], [2, 0], [2.0, 1], [True, 1], ["2", 1], ["٢", "١"], [2], [2, 1, 1], [[2], 1],
    [2, 1.0], [2, True], "2", "2/1", 2, 2.0, None, NAN, [NAN, 1], [10**5000, 1], {"term": 0},
]  # fmt: skip


@pytest.mark.parametrize("number_", range(len(FRACTIONS)))
def test_a_constant_is_written_in_one_way(number_: int) -> None:
    data = stored(k.bound([], "lt", 0, number(2)))
    entry = next(entry for entry in data["terms"] if entry == ["number", {"fraction": [2, 1]}])
    entry[1] = {"fraction": FRACTIONS[number_]}
    refused(data, FRACTIONS[number_])


NOT_PROOFS: list[Any] = [
    None, True, 0, -1, 1.5, NAN, INFINITY, "", "keystar proof 1", b"{}", [], [[]], {},
    {"format": 1},
    {"format": "keystar proof 1"}, {"format": ["keystar proof 1"]}, {"format": "keystar proof 2"},
    {"format": "keystar proof 1", "terms": [], "steps": [], "lemmas": [], "hypotheses": []},
    {"format": "keystar proof 1", "terms": None, "steps": None}, nested(50), nested(100_000),
    {"format": "keystar proof 1", "terms": nested(100_000), "steps": []},
    {"format": "keystar proof 1", "terms": {}, "steps": {}}, object(), lambda: None, {1: 2},
    {"format": "keystar proof 1", "terms": [], "steps": [nested(100_000)]},
]  # fmt: skip


@pytest.mark.parametrize("number_", range(len(NOT_PROOFS)))
def test_what_is_no_proof_at_all(number_: int) -> None:
    refused(NOT_PROOFS[number_], number_)


def test_the_kernel_says_what_is_no_proof() -> None:
    for data in (None, [], "proof", {}, {"format": "keystar proof 2"}):
        with pytest.raises(ProofRefused, match="this is no proof file"):
            kernel_replay(data)
    empty = {"format": "keystar proof 1", "terms": [], "steps": []}
    with pytest.raises(ProofRefused, match="the last step must be well_defined"):
        kernel_replay(empty)


def test_deeply_nested_terms_are_refused() -> None:
    """A term table whose last row is many levels deep, and arguments that deep."""
    data = stored(k.assume(le(x, y)))
    deep = {**data, "terms": list(data["terms"])}
    for _ in range(30_000):
        deep["terms"].append(["exp", {"term": len(deep["terms"]) - 1}])
    last = {"term": len(deep["terms"]) - 1}
    deep["terms"].append(["le", last, last])
    last = {"term": len(deep["terms"]) - 1}
    deep["steps"] = [{**data["steps"][0], "arguments": [last]}]
    refused(deep, "deep terms")
    listed = changed(data, ("steps", 0, "arguments"), nested(100_000))
    refused(listed, "deep arguments")


def test_arguments_of_every_rule_may_be_anything() -> None:
    """Every rule with missing, spare and wrong arguments: refused, nothing else."""
    data = stored(k.assume(le(x, y)))
    things: list[Any] = [{"term": 0}, {"step": 0}, "le", [], [[]], [{"step": 0}], [[{"term": 0}]]]
    last = len(data["steps"]) - 1
    for rule in sorted(rule_names()):
        for arguments in ([], *([thing] * count for thing in things for count in (1, 2, 3, 4))):
            step = {**data["steps"][last], "rule": rule, "arguments": arguments}
            forged = changed(data, ("steps", last), step)
            # A fact that `well_defined` is given need not be one that it uses.
            spare = rule == "well_defined" and {"step": 0} in arguments
            if not same(forged, data) and not spare:
                refused(forged, (rule, arguments))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from(["le", "assume", "number", "1/2", "keystar proof 1"])
    | st.builds(lambda number_: {"term": number_}, st.integers(0, 60))
    | st.builds(lambda number_: {"step": number_}, st.integers(0, 20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner,
                                                                 max_size=2),
    max_leaves=6,
)  # fmt: skip


@given(st.data())
def test_random_edits_are_refused(data: st.DataObject) -> None:
    """One to three random values at random places of a proof."""
    proof = json.loads(of_gibbs())
    edited = proof
    for _ in range(data.draw(st.integers(1, 3))):
        found = [path for path, _ in places(edited) if path]
        if not found:
            break
        path = data.draw(st.sampled_from(found))
        edited = changed(edited, path, data.draw(VALUES))
    if not same(edited, proof):
        refused_or_honest(Edit("random", ("terms",), edited))


def test_the_edits_would_notice_a_replay_that_accepts() -> None:
    """An edit that leaves the proof true is seen: the check can fail."""
    with pytest.raises(AssertionError, match="accepted"):
        refused(stored(small()), "nothing")
