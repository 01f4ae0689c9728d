"""The whole argument, derived: from attention over F ⊔ N to attention over N alone."""

import pytest
from sympy import exp, tanh

from derivations.language import (
    attention,
    cluster_map,
    diameter,
    for_all,
    index,
    index_sets,
    inner,
    linear_map,
    norm,
    oscillation,
    scalar,
    scalars,
    softmax_mean,
    vector,
    vectors,
    winner_map,
)
from derivations.language.definitions import Named, log_sum_exp, max_over, sum_over
from derivations.language.propositions import Equal, at_most, equal, non_empty
from derivations.language.statements import Relation, distance, state
from derivations.transformations import (
    cluster,
    convex,
    fold_logsumexp,
    group,
    key_weights,
    max_for_logsumexp,
    split,
    winner_keys,
)
from derivations.transformations.structure import same
from tests.transformations.evaluation import World
from tests.transformations.evaluation import distance as far

F, N = index_sets("F", "N", nonempty="N")
a = cluster_map("a", F, N)
t, j = index("t"), index("j")
delta = scalar("delta")
e = vectors("e")
W_Q, W_K, W_V, W = (linear_map(name) for name in ("W_Q", "W_K", "W_V", "W'"))
token = N.index("i")

ABSTRACT = (vector("q"), vectors("k"), vectors("v"))
ENTITIES = (W_Q(e[token]), lambda t: W_K(e[t]), lambda t: W_V(e[t]))
SIZES = [(0, 1), (0, 3), (1, 1), (1, 2), (3, 1), (2, 2), (3, 3)]


def winner(query, keys):
    return winner_map("w", N, a.group, lambda t: inner(query, keys(t)))


def chain(query, keys, values, *, residual=None, steps=None):
    """The lines and what made them: (line before, NextLine)."""
    line = attention(F | N, query, keys, values)
    usual = (
        split(F, N),
        cluster(a, residual),
        group(a),
        fold_logsumexp(),
        max_for_logsumexp(),
        winner_keys(winner(query, keys)),
    )
    made = []
    for step in steps or usual:
        new = step(line)
        made.append((line, new))
        line = new.expression
    return made


@pytest.mark.parametrize("data", [ABSTRACT, ENTITIES], ids=["keys and values", "entities"])
@pytest.mark.parametrize("residual", [None, delta], ids=["exact", "residual"])
def test_the_chain_ends_at_attention_over_normal_tokens_with_the_winners_keys(data, residual):
    query, keys, values = data
    w = winner(query, keys)
    end = chain(query, keys, values, residual=residual)[-1][1].expression
    assert end == attention(N, query, lambda j: keys(w(j)), values)


def test_every_line_can_be_stated():
    for line, new in chain(*ENTITIES, residual=delta):
        statement = state(line, new.relation, new.expression, new.budget, new.hypotheses)
        assert set(new.hypotheses) <= set(statement.hypotheses)


def test_what_each_step_costs_and_needs():
    query, keys, values = ABSTRACT
    lines = [new for _, new in chain(query, keys, values, residual=delta)]
    weights = lambda A: sum_over(A, lambda t: exp(inner(query, keys(t))))  # noqa: E731
    alpha = weights(F) / (weights(F) + weights(N))
    assert [one.relation for one in lines] == [
        Relation.EQUAL,
        Relation.APPROX,
        Relation.EQUAL,
        Relation.EQUAL,
        Relation.APPROX,
        Relation.EQUAL,
    ]
    names = {one.name: one for one in lines[1].budget.atoms(Named)}
    assert same(names["alpha"].meaning, alpha)
    assert lines[1].budget == delta * names["alpha"]
    (residual,) = lines[1].hypotheses
    assert same_claim(residual, for_all(t, F, at_most(norm(values(t) - values(a(t))), delta)))
    gap = lambda j: (  # noqa: E731
        log_sum_exp(a.group(j), lambda t: inner(query, keys(t)))
        - max_over(a.group(j), lambda t: inner(query, keys(t)))
    )
    expected = tanh(oscillation(N, gap) / 4) * diameter(N, values)
    assert same(lines[4].budget, expected)
    assert lines[4].lemma == "softmax stability" and lines[4].hypotheses == (non_empty(N),)
    assert [one.lemma for one in lines[:4]] == [None] * 4
    assert "F ⊔ N" in lines[0].because and "winner w" in lines[5].because


def same_claim(left, right):
    """Two ∀ over one set with the same body at one index."""
    one = index("same")
    bodies = [claim.body.xreplace({claim.bound: one}) for claim in (left, right)]
    return left.domain == right.domain and bodies[0] == bodies[1]


def test_the_exact_cluster_step_needs_equal_values():
    (_, new) = chain(*ABSTRACT)[1]
    assert new.relation is Relation.EQUAL and new.budget is None
    v = ABSTRACT[2]
    assert same_claim(new.hypotheses[0], for_all(t, F, equal(v(t), v(a(t)))))


def test_the_key_weights_end_the_chain():
    query, keys, values = ENTITIES
    w = winner(query, keys)
    line = attention(N, query, lambda j: keys(w(j)), values)
    new = key_weights(W, W_K, e)(line)
    assert new.expression == attention(N, query, lambda j: W(e[j]), values)
    (claim,) = new.hypotheses
    assert same_claim(claim, for_all(j, N, equal(W(e[j]), W_K(e[w(j)]))))


def test_key_weights_of_a_family_of_keys():
    query, keys, values = ABSTRACT
    w = winner(query, keys)
    new = key_weights(W, keys, e)(attention(N, query, keys @ w, values))
    assert new.expression == attention(N, query, lambda j: W(e[j]), values)
    assert isinstance(new.hypotheses[0].body, Equal)


def test_by_way_of_the_convex_combination():
    query, keys, values = ABSTRACT
    steps = (convex(F, N), cluster(a, delta), group(a), fold_logsumexp())
    made = chain(query, keys, values, steps=steps)
    usual = chain(query, keys, values)[3][1].expression
    assert made[-1][1].expression == usual
    (alpha,) = made[1][1].budget.atoms(Named)
    assert made[1][1].budget == alpha * delta and alpha.name == "alpha"


@pytest.mark.parametrize(("frozen", "normal"), SIZES)
@pytest.mark.parametrize("residual", [None, delta], ids=["exact", "residual"])
def test_every_line_is_true_in_numbers(frozen, normal, residual):
    query, keys, values = ABSTRACT
    for seed in range(6):
        clustered = () if residual else ("v",)
        world = World(seed, {"F": frozen, "N": normal}, clustered)
        if frozen:
            residuals = max_over(F, lambda t: norm(values(t) - values(a(t))))
            world.given["delta"] = world.value(residuals)
        else:
            world.given["delta"] = 0
        for line, new in chain(query, keys, values, residual=residual):
            error = far(world.value(line), world.value(new.expression))
            budget = 0 if new.budget is None else world.value(new.budget)
            assert error <= budget + 1e-9, (seed, new.because)


def test_the_cost_of_a_difference_is_that_of_its_parts():
    query, keys, values = ABSTRACT
    whole = split(F, N)(attention(F | N, query, keys, values)).expression
    alone = attention(N, query, keys, values)
    inside = cluster(a, delta)(norm(whole - alone))
    outside = cluster(a, delta)(whole)
    assert inside.budget == outside.budget
    assert inside.expression == norm(outside.expression - alone)
    assert distance(whole, alone) == norm(whole - alone)
    doubled = cluster(a, delta)(3 * whole)
    assert doubled.budget == 3 * outside.budget
    assert 2 * outside.budget == cluster(a, delta)(-2 * whole).budget


def test_families_by_other_names():
    X, Y = index_sets("ctx", "ques", nonempty="ques")
    b = cluster_map("b", X, Y)
    h, u = scalars("h"), vectors("u")
    line = softmax_mean(X | Y, h, u, "p")
    for step in (split(X, Y), cluster(b), group(b), fold_logsumexp(name="z")):
        line = step(line).expression
    assert same(line, softmax_mean(Y, lambda y: log_sum_exp(b.group(y), h), u))
