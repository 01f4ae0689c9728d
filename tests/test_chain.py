"""Chains: what may be chained, what adds up, where a line is, and what a report says."""

import pytest

from derivations import (
    Claim,
    Derivation,
    Verdict,
    at_most,
    cardinality,
    cluster,
    cluster_map,
    exp,
    for_all,
    index,
    index_sets,
    log,
    log_sum_exp,
    max_over,
    non_empty,
    norm,
    scalar,
    scalars,
    softmax_mean,
    split,
    state,
    sum_over,
    vector,
    vectors,
    winner_keys,
    winner_map,
)
from derivations.errors import UnusableInput
from derivations.language.errors import LanguageError
from derivations.language.statements import Relation
from derivations.proof_files import replay
from derivations.transformations import DoesNotApply, group
from derivations.verdicts import SecondWitness

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
s, x, v = scalars("s"), scalar("x"), vectors("v")
one, two, three = vector("u_1"), vector("u_2"), vector("u_3")
b, c = scalar("b"), scalar("c")
t = index("t")


def total(domain):
    return sum_over(domain, lambda j: exp(s[j]))


def here() -> int:
    """The line of the caller."""
    import sys

    return sys._getframe(1).f_lineno


# ---- relations -----------------------------------------------------------------------------------


def test_upper_and_lower_bounds_do_not_mix() -> None:
    chain = Derivation("mixed", total(N)).at_most(total(F | N))
    with pytest.raises(LanguageError, match=r"≤ and ≥ at test_chain\.py:\d+"):
        chain.at_least(total(N))


def test_an_approximation_and_a_bound_do_not_mix() -> None:
    chain = Derivation("mixed", total(N)).approx(total(N), error=0)
    with pytest.raises(LanguageError, match=r"≈ and ≤|≤ and ≈"):
        chain.at_most(total(F | N))


@pytest.mark.parametrize("method", ["at_most", "at_least"])
def test_exact_lines_go_with_bounds(method: str) -> None:
    parts = total(F) + total(N)
    if method == "at_most":
        chain = Derivation("up", total(N)).at_most(total(F | N)).equal(parts)
    else:
        chain = Derivation("down", total(F | N)).equal(parts).at_least(total(N))
    report = chain.qed().report()
    assert report.verdict is Verdict.PROVED
    assert report.relation.value == {"at_most": "<=", "at_least": ">="}[method]
    assert report.budget is None
    assert replay(report.proof).conclusion.op == "le"


def test_two_bounds_in_a_row() -> None:
    chain = Derivation("maxima", max_over(N, s)).at_most(log_sum_exp(N, s))
    chain = chain.at_most(max_over(N, s) + log(cardinality(N))).qed()
    report = chain.report()
    assert report.verdict is Verdict.PROVED
    assert report.relation is Relation.AT_MOST


# ---- budgets and hypotheses ----------------------------------------------------------------------


def test_budgets_add_and_exact_lines_are_free() -> None:
    near = [at_most(norm(one - two), b), at_most(norm(two - three), c)]
    chain = (
        Derivation("three vectors", one, given=near)
        .approx(two, error=b)
        .equal(two + 0 * one)
        .approx(three, error=c)
        .qed()
    )
    report = chain.report()
    assert report.verdict is Verdict.PROVED
    assert report.budget == b + c == chain.total
    assert [step.budget for step in report.steps] == [b, None, c]
    assert set(report.hypotheses) == set(near)
    assert report.claim == at_most(norm(one - three), b + c)


def test_a_total_that_is_too_small_is_refuted_at_its_step() -> None:
    near = [at_most(norm(one - two), b), at_most(norm(two - three), c)]
    chain = Derivation("too small", one, given=near).approx(two, error=b).approx(three, error=c / 2)
    report = chain.qed().report()
    assert [step.verdict for step in report.steps] == [Verdict.PROVED, Verdict.REFUTED]
    assert report.verdict is Verdict.REFUTED
    assert report.proof is None


def test_hypotheses_of_transformations_accumulate() -> None:
    delta = scalar("delta")
    chain = Derivation("clusters", softmax_mean(F | N, s, v)).apply(split(F, N))
    assert chain.given == ()
    longer = chain.apply(cluster(a, residual=delta))
    assert longer.given == (for_all(t, F, at_most(norm(v[t] - v[a(t)]), delta)),)
    report = longer.qed().report()
    assert report.verdict is Verdict.PROVED
    assert set(report.hypotheses) == {*longer.given, non_empty(N)}


def test_a_hypothesis_under_another_name_is_not_added_twice() -> None:
    from derivations.results.effective_key import weights_reading

    assert len(weights_reading.given) == 1


def test_only_hypotheses_of_the_lines_are_reported() -> None:
    report = Derivation("sums", total(F | N)).equal(total(F) + total(N)).qed().report()
    assert report.hypotheses == (non_empty(N),)


# ---- the value itself ----------------------------------------------------------------------------


def test_a_derivation_does_not_change() -> None:
    start = Derivation("sums", total(F | N))
    first = start.equal(total(F) + total(N), because="split")
    second = start.equal(total(N) + total(F), because="the other way round")
    assert start.lines == ()
    assert (len(first.lines), len(second.lines)) == (1, 1)
    assert first.lines[0].because == "split"
    assert first.equal(total(F | N)).lines[:1] == first.lines
    assert start.current == total(F | N)


def test_a_chain_without_a_line_has_no_end() -> None:
    with pytest.raises(LanguageError, match="'empty' has no step; add"):
        Derivation("empty", total(N)).qed()
    with pytest.raises(LanguageError, match="has no step"):
        Derivation("empty", total(N)).report()


def test_an_ill_defined_start_is_unusable() -> None:
    chain = Derivation("mean", total(N) / cardinality(F)).equal(total(N) / cardinality(F))
    with pytest.raises(
        LanguageError, match=r"the start .* is ill-defined at \|F\| = 0, .*hypothesis"
    ):
        chain.report()


def test_a_hypothesis_makes_the_start_defined() -> None:
    chain = Derivation("mean", total(N) / cardinality(F), given=[non_empty(F)])
    assert chain.equal(total(N) / cardinality(F)).report().verdict is Verdict.PROVED


@pytest.mark.parametrize("wrong", [0.5, sum_over(N, s) * 0 + v[t], s[t]])
def test_a_line_that_makes_no_sense_is_refused_where_it_is_written(wrong) -> None:
    with pytest.raises(LanguageError):
        Derivation("sums", total(N)).equal(wrong)


# ---- places --------------------------------------------------------------------------------------


def test_a_line_knows_its_place() -> None:
    start = Derivation("places", total(F | N))
    first = start.equal(total(F) + total(N))
    assert first.lines[0].place == f"test_chain.py:{here() - 1}"
    second = first.equal(
        total(F | N),
        because="back",
    )
    assert second.lines[1].place == f"test_chain.py:{here() - 4}"
    assert start.file == __file__


def test_an_applied_line_has_the_users_place() -> None:
    chain = Derivation("applied", softmax_mean(F | N, s, v)).apply(split(F, N))
    assert chain.lines[0].place == f"test_chain.py:{here() - 1}"
    assert chain.report().steps[0].place == chain.lines[0].place


def test_a_transformation_that_does_not_apply_says_where_it_looked() -> None:
    with pytest.raises(DoesNotApply, match="group"):
        Derivation("nothing to group", total(N)).apply(group(a))
    w = winner_map("w", N, a.group, by=s)
    with pytest.raises(DoesNotApply, match="w"):
        Derivation("no maximum", total(N)).apply(winner_keys(w))


# ---- reports -------------------------------------------------------------------------------------


def broken() -> Derivation:
    return (
        Derivation("broken", total(F | N))
        .equal(total(F) + total(N), because="split")
        .equal(total(F), because="drop N")
        .equal(total(F) + 0, because="never reached")
        .qed()
    )


def test_a_report_stops_at_the_first_step_that_is_not_proved() -> None:
    report = broken().report()
    assert [step.verdict for step in report.steps] == [Verdict.PROVED, Verdict.REFUTED]
    assert report.unreached == ("never reached",)
    assert report.end == total(F)
    assert report.proof is None


def test_the_same_seed_gives_the_same_witnesses() -> None:
    first, second = (broken().report(seed=7).steps[1].outcome for _ in range(2))
    assert first.smallest == second.smallest
    assert first.worst == second.worst
    assert first.reason == second.reason


def test_without_search_a_false_step_is_open() -> None:
    step = broken().report(search=False).steps[1]
    assert step.verdict is Verdict.OPEN
    assert step.outcome.smallest is None


def test_progress_is_told_before_each_step() -> None:
    told: list[str] = []
    broken().report(progress=told.append)
    assert told == ["broken: step 1", "broken: step 2"]


def test_the_second_witness_is_asked_for() -> None:
    chain = Derivation("sums", total(F | N)).equal(total(F) + total(N)).qed()
    assert chain.report().steps[0].second_witness is SecondWitness.NOT_RUN
    assert chain.report(second_witness=True).steps[0].second_witness is SecondWitness.AGREES


def test_an_unknown_lemma_is_named() -> None:
    chain = Derivation("lemma", total(N)).at_most(total(F | N), by="no such theorem")
    with pytest.raises(LanguageError, match="no such theorem"):
        chain.report()


def test_by_takes_a_name_or_a_lemma_and_nothing_else() -> None:
    with pytest.raises(LanguageError, match="by=3: give a library lemma or its name"):
        Derivation("lemma", total(N)).at_most(total(F | N), by=3)


# ---- claims --------------------------------------------------------------------------------------

WITNESS = {"dimension": 1, "sets": {"F": ["F1"], "N": ["N1"]}, "maps": {}, "indices": {}}


def test_a_claim_is_refuted_by_its_stored_witness() -> None:
    values = {"s": {"F1": "0", "N1": "0"}}
    claim = Claim(
        "F drops out", state(total(F | N), "=", total(N)), witness=WITNESS | {"values": values}
    )
    report = claim.report()
    assert report.verdict is report.expected is Verdict.REFUTED
    assert report.witness is not None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"values": {"s": {"F1": ["0"], "N1": "0"}}}, "value for s is not a family of numbers"),
        ({"sets": {"F": ["F1", "N1"], "N": ["N1"]}}, "the sets F and N are disjoint, but share N1"),
        ({"sets": {"F": ["F1"]}}, "the token .N1. is in none of the sets"),
    ],
)
def test_a_witness_that_is_no_instance_is_refused(change, sentence) -> None:
    values = {"values": {"s": {"F1": "0", "N1": "0"}}}
    claim = Claim(
        "F drops out", state(total(F | N), "=", total(N)), witness=WITNESS | values | change
    )
    with pytest.raises(UnusableInput, match=f"of the claim 'F drops out' is no .*{sentence}"):
        claim.report()


def test_a_witness_that_shows_nothing_is_noticed() -> None:
    values = {"s": {"F1": "0", "N1": "0"}}
    true = state(total(F | N), "=", total(N) + total(F))
    report = Claim("true", true, witness=WITNESS | {"values": values}).report()
    assert report.verdict is Verdict.OPEN
    assert report.reason == "the stored witness does not break the statement"
