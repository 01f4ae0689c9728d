"""Stored proofs that were forged with care, so that the file stays consistent in itself."""

import json
from typing import Any

from derivations.kernel.terms import add, mul
from derivations.proof_files import to_json
from tests.kernel import every_rule as k
from tests.kernel.building import J, K, eq, every, exp, f, g, i, le, lt, nonempty, s, x, y
from tests.kernel.edits import moved, permuted, same, with_step


def stored(theorem: k.Theorem) -> dict[str, Any]:
    """The proof as it comes out of a file."""
    return json.loads(json.dumps(to_json(k.well_defined(theorem))))


def small() -> k.Theorem:
    """A proof with two premises, a lemma, constants, sets and a substitution."""
    lemma = k.cite("tangent", k.exp_tangent([nonempty(J)], mul(2, x)))
    at = k.instantiate(lemma, [(x, s(i))])
    premise = k.specialize(k.assume(every(J, lambda e: le(f(e), g(e)))), i)
    step = k.bound([lt(0, y)], "le", add(1, mul(2, s(i)), f(i)), add(exp(mul(2, s(i))), g(i)),
                   [(1, at), (1, premise)])  # fmt: skip
    return k.generalize(i, step)


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
