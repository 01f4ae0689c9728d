"""Stored proofs: what the kernel wrote is accepted, and any other file is refused.

Every edit must end in ProofRefused: never in another exception, never in a theorem.
"""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations.kernel import rules as k
from derivations.kernel.replay import ProofRefused, replay, to_json, verify
from derivations.kernel.terms import add, mul, number
from derivations.lemmas import gibbs, recentring
from tests.kernel.building import J, K, eq, every, exp, f, g, i, le, lt, nonempty, s, x, y
from tests.kernel.cases import rule_names
from tests.kernel.edits import (
    INFINITY,
    NAN,
    Edit,
    changed,
    edits,
    moved,
    nested,
    permuted,
    places,
    same,
    with_step,
)


def stored(theorem: k.Theorem) -> dict[str, Any]:
    """The proof as it comes out of a file."""
    return json.loads(json.dumps(to_json(k.well_defined(theorem))))


@cache
def of_gibbs() -> str:
    """Gibbs' inequality, a lemma of the library: seven steps."""
    return json.dumps(stored(gibbs.theorem()))


def small() -> k.Theorem:
    """A proof with two premises, a lemma, constants, sets and a substitution."""
    lemma = k.cite("tangent", k.exp_tangent([nonempty(J)], mul(2, x)))
    at = k.instantiate(lemma, [(x, s(i))])
    premise = k.specialize(k.assume(every(J, lambda e: le(f(e), g(e)))), i)
    step = k.bound([lt(0, y)], "le", add(1, mul(2, s(i)), f(i)), add(exp(mul(2, s(i))), g(i)),
                   [(1, at), (1, premise)])  # fmt: skip
    return k.generalize(i, step)


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
    """Constants, sets, names, references, rules, hypotheses, keys and types: every fourth edit."""
    found = list(edits(json.loads(of_gibbs())))
    outcomes = [refused_or_honest(edit) for edit in found[::4]]
    assert len(outcomes) >= 300
    assert outcomes.count(False) <= len(outcomes) // 20


# ---- what is refused: forgeries that keep the file consistent ----------------------------------


def row(data: dict[str, Any], *values: Any) -> dict[str, int]:
    """A reference to a row of the term table, which is appended if it is not there."""
    if list(values) not in data["terms"]:
        data["terms"].append(list(values))
    return {"term": data["terms"].index(list(values))}


def constant(data: dict[str, Any], value: int) -> dict[str, int]:
    return row(data, "number", {"fraction": [value, 1]})


def with_rule(data: dict[str, Any], rule: str) -> dict[str, Any]:
    """The first step with this rule, to be changed in place."""
    return next(step for step in data["steps"] if step["rule"] == rule)


def forged_conclusion() -> Any:
    data = stored(small())
    data["steps"][-1]["conclusion"] = row(data, "le", constant(data, 1), constant(data, 0))
    return data


def forged_premise() -> Any:
    """1 ≤ 0 as the conclusion of `assume`, with no hypothesis, and what follows from it."""
    data = stored(k.bound([], "le", 2, 0, [(2, k.assume(le(1, 0)))]))
    for step in data["steps"]:
        step["hypotheses"] = []
    return data


def without_hypothesis() -> Any:
    data = stored(k.bound([lt(0, x)], "le", 0, mul(2, x)))
    for step in data["steps"]:
        step["hypotheses"] = []
    return data


def without_hypothesis_everywhere() -> Any:
    """The hypothesis is dropped from the arguments too, so the file is consistent."""
    data = without_hypothesis()
    data["steps"][0]["arguments"][0] = []
    return data


def more_hypotheses() -> Any:
    data = stored(k.bound([lt(0, x)], "le", 0, mul(2, x)))
    extra = row(data, "nonempty", row(data, "base", "J", ""))
    for step in data["steps"]:
        step["hypotheses"] = [*step["hypotheses"], extra]
    return data


def weaker_lemma() -> Any:
    """The step of the lemma states more than was proved."""
    data = stored(small())
    with_rule(data, "cite")["conclusion"] = data["steps"][-1]["conclusion"]
    return data


def lemma_without_hypotheses() -> Any:
    data = stored(small())
    with_rule(data, "cite")["hypotheses"] = []
    return data


def lemma_renamed() -> Any:
    data = stored(small())
    data["lemmas"][0]["name"] = "another"
    return data


def lemma_renamed_in_its_step() -> Any:
    data = stored(small())
    with_rule(data, "cite")["arguments"][0] = "another"
    return data


def lemma_of_another_step() -> Any:
    data = stored(small())
    data["lemmas"][0]["step"] -= 1
    return data


def lemma_invented() -> Any:
    data = stored(small())
    data["lemmas"].append({**data["lemmas"][0], "name": "invented"})
    return data


def lemma_hidden() -> Any:
    return stored(small()) | {"lemmas": []}


def lemma_quietly_used() -> Any:
    """The step `cite` becomes a step that names nothing, with the same sequent."""
    data = stored(small())
    step = with_rule(data, "cite")
    step["rule"], step["arguments"] = "weaken", [step["arguments"][1], []]
    return data


def no_well_defined() -> Any:
    data = stored(small())
    data["steps"] = data["steps"][:-1]
    return data


def not_last() -> Any:
    """`well_defined` is there, but another step is the last."""
    data = stored(small())
    done = {key: data["steps"][-1][key] for key in ("hypotheses", "conclusion")}
    data["steps"].append(
        {"rule": "weaken", "arguments": [{"step": len(data["steps"]) - 1}, []], **done}
    )
    return data


def unused_step() -> Any:
    data = stored(small())
    spare = {**data["steps"][0], "rule": "weaken", "arguments": [{"step": 0}, []]}
    return with_step(data, 1, spare)


def repeated_step() -> Any:
    data = stored(small())
    return with_step(data, 1, data["steps"][0])


def step_of_the_future() -> Any:
    data = stored(small())
    step = next(step for step in data["steps"] if {"step": 0} in step["arguments"])
    step["arguments"][step["arguments"].index({"step": 0})] = {"step": len(data["steps"]) - 1}
    return data


def step_of_itself() -> Any:
    data = stored(small())
    data["steps"][-1]["arguments"] = [{"step": len(data["steps"]) - 1}]
    return data


def steps_exchanged() -> Any:
    """Two independent steps in the other order, all references moved."""
    data = stored(small())
    rules = [step["rule"] for step in data["steps"]]
    first, second = sorted((rules.index("exp_tangent"), rules.index("assume")))
    place = {first: second, second: first}
    turned = moved(data, "step", lambda number: place.get(number, number))
    steps = turned["steps"]
    steps[first], steps[second] = steps[second], steps[first]
    return turned


def terms_exchanged() -> Any:
    """The term table in another order that is still from the bottom up."""
    data = stored(small())
    atoms = [n for n, entry in enumerate(data["terms"]) if entry[0] in ("scalar", "number")]
    order = atoms + [n for n in range(len(data["terms"])) if n not in atoms]
    turned = permuted(data, order)
    assert not same(turned, data)
    return turned


def term_twice() -> Any:
    """The first row again at the end, used by one step."""
    data = stored(small())
    step = data["steps"][-1]
    data["terms"].append(data["terms"][step["conclusion"]["term"]])
    step["conclusion"] = {"term": len(data["terms"]) - 1}
    return data


def unused_term() -> Any:
    data = stored(small())
    data["terms"].append(["scalar", "unused"])
    return data


def term_of_the_future() -> Any:
    data = stored(small())
    next(entry for entry in data["terms"] if entry[0] == "exp")[1] = {
        "term": len(data["terms"]) - 1
    }
    return data


def term_of_itself() -> Any:
    data = stored(small())
    target = next(n for n, entry in enumerate(data["terms"]) if entry[0] == "exp")
    data["terms"][target][1] = {"term": target}
    return data


def negative_reference() -> Any:
    data = stored(small())
    data["steps"][-1]["conclusion"]["term"] -= len(data["terms"])
    return data


def negative_step() -> Any:
    data = stored(small())
    data["steps"][-1]["arguments"] = [{"step": -1}]
    return data


def hypotheses_in_another_order() -> Any:
    data = stored(k.weaken(k.assume(le(x, y)), [lt(0, x), nonempty(J)]))
    data["steps"][-1]["hypotheses"].reverse()
    return data


def hypothesis_twice() -> Any:
    data = stored(k.assume(le(x, y)))
    data["steps"][-1]["hypotheses"] *= 2
    return data


def another_rule_with_the_same_sequent() -> Any:
    """`exact` for `bound`: the sequent could be the same, the arguments are not."""
    data = stored(k.bound([], "le", x, x))
    data["steps"][0]["rule"] = "exact"
    return data


def private_function_as_rule() -> Any:
    data = stored(k.assume(le(x, y)))
    data["steps"][0]["rule"] = "check_proposition"
    return data


def attribute_as_rule() -> Any:
    data = stored(k.assume(le(x, y)))
    data["steps"][0]["rule"] = "__class__"
    return data


def term_for_a_step() -> Any:
    data = stored(k.assume(le(x, y)))
    data["steps"][-1]["arguments"] = [data["steps"][-1]["conclusion"]]
    return data


def argument_with_two_meanings() -> Any:
    data = stored(k.assume(le(x, y)))
    data["steps"][-1]["arguments"] = [{"step": 0, **data["steps"][-1]["conclusion"]}]
    return data


def last_key_counts() -> Any:
    """Two values under one key, the false one last."""
    text = json.dumps(stored(small()))
    return json.loads(text[:-1] + ', "lemmas": []}')


def floats_for_references() -> Any:
    data = stored(small())
    data["steps"] = json.loads(json.dumps(data["steps"]).replace('"step": 0', '"step": 0.0'))
    return data


def truth_values_for_references() -> Any:
    data = stored(small())
    data["steps"] = json.loads(json.dumps(data["steps"]).replace('"step": 1}', '"step": true}'))
    return data


def truth_value_for_a_bound_index() -> Any:
    data = stored(k.assume(every(J, lambda a: every(K, lambda b: eq(mul(f(a), g(b)), 0)))))
    for entry in data["terms"]:
        if entry[0] == "bound":
            entry[1] = bool(entry[1])
    return data


FORGERIES = [
    forged_conclusion, forged_premise, without_hypothesis, without_hypothesis_everywhere,
    more_hypotheses, weaker_lemma, lemma_without_hypotheses, lemma_renamed,
    lemma_renamed_in_its_step,
    lemma_of_another_step, lemma_invented, lemma_hidden, lemma_quietly_used, no_well_defined,
    not_last, unused_step, repeated_step, step_of_the_future, step_of_itself, steps_exchanged,
    terms_exchanged, term_twice, unused_term, term_of_the_future, term_of_itself,
    negative_reference,
    negative_step, hypotheses_in_another_order, hypothesis_twice,
    another_rule_with_the_same_sequent, private_function_as_rule, attribute_as_rule,
    term_for_a_step, argument_with_two_meanings, last_key_counts, floats_for_references,
    truth_values_for_references, truth_value_for_a_bound_index,
]  # fmt: skip


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
            if not same(forged, data):
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
