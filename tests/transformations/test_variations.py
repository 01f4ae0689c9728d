"""The transformations on lines of a different but natural shape, checked by number."""

import pytest
from sympy import Rational, exp, log

from derivations.language import (
    SetSum,
    cardinality,
    cluster_map,
    index,
    index_set,
    index_sets,
    inner,
    log_sum_exp,
    max_over,
    min_over,
    named,
    norm,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.binders import SetMax
from derivations.language.definitions import LogSumExp, Named, SoftmaxMean
from derivations.language.propositions import non_empty
from derivations.language.sets import Singleton
from derivations.transformations import (
    cluster,
    convex,
    fold_logsumexp,
    group,
    max_for_logsumexp,
    split,
    unfold,
    winner_keys,
)
from derivations.transformations.structure import domains, nodes, same
from tests.transformations.evaluation import World, distance

F, N = index_sets("F", "N", nonempty="N")
C = index_set("C", nonempty=True, subset_of=N)
a = cluster_map("a", F, N)
s, x, r, c = scalars("s"), scalars("x"), scalars("r"), scalars("c")
v, u, k = vectors("v"), vectors("u"), vectors("k")
q, delta = vector("q"), scalar("delta")
t, j = index("t"), index("j")
Z_F, Z_N = (sum_over(A, lambda t: exp(s(t))) for A in (F, N))
V_F = SetSum(exp(s[t]) * v[t], t, F)
V_A = SetSum(exp(s[t]) * v[a(t)], t, F)
V_N = SetSum(exp(s[j]) * v[j], j, N)
grouped = softmax_mean(N, lambda j: log_sum_exp(a.group(j), s), v)


def agrees(line, new, sizes=((0, 1), (1, 1), (2, 3), (3, 2)), clustered=()):
    """The new line has the value of the old one, to rounding."""
    for frozen, normal in sizes:
        for seed in range(4):
            world = World(seed, {"F": frozen, "N": normal, "C": max(1, normal - 1)}, clustered)
            if distance(world.value(line), world.value(new)) > 1e-9:
                return False
    return True


CLUSTERED = {
    "one quotient": (V_A + V_N) / (Z_F + Z_N),
    "two quotients": V_A / (Z_F + Z_N) + V_N / (Z_F + Z_N),
    "divisor inside the sums": (
        SetSum(exp(s[t]) / (Z_F + Z_N) * v[a(t)], t, F)
        + SetSum(exp(s[j]) / (Z_F + Z_N) * v[j], j, N)
    ),
    "named sums": (V_A + V_N) / (named("Z_F", Z_F) + named("Z_N", Z_N)),
    "named divisor": (V_A + V_N) / named("Z", Z_F + Z_N),
    "named numerator": named("A", V_A + V_N) / (Z_F + Z_N),
    "other order": (V_N + V_A) / (Z_N + Z_F),
    "through log-sum-exp": (V_A + V_N)
    / (exp(log_sum_exp(N, s)) + Z_F).xreplace({exp(log_sum_exp(N, s)): Z_N}),
}


@pytest.mark.parametrize("line", CLUSTERED.values(), ids=CLUSTERED)
def test_grouping_and_folding_any_natural_shape(line):
    new = group(a)(line).expression
    assert agrees(line, new)
    assert same(fold_logsumexp()(new).expression, grouped)


def test_grouping_inside_a_norm_of_a_difference_leaves_the_rest_alone():
    alone = softmax_mean(N, s, v)
    line = norm((V_A + V_N) / (Z_F + Z_N) - alone)
    new = fold_logsumexp()(group(a)(line).expression).expression
    assert same(new, norm(grouped - alone)) and agrees(line, new)


def test_grouping_different_functions_keeps_them_apart():
    line = SetSum(r[t] * v[a(t)], t, F) + V_N
    new = group(a)(line).expression
    wanted = sum_over(N, lambda j: (exp(s(j)) + sum_over(a.fibre(j), r)) * v(j))
    assert same(new, wanted) and agrees(line, new)


def test_grouping_a_weight_that_depends_on_the_cluster():
    line = SetSum(exp(s[t] - c[a(t)]) * v[a(t)], t, F) + SetSum(exp(s[j] - c[j]) * v[j], j, N)
    new = group(a)(line).expression
    wanted = sum_over(N, lambda j: sum_over(a.group(j), lambda t: exp(s(t) - c(j))) * v(j))
    assert same(new, wanted) and agrees(line, new)


def test_grouping_a_sum_over_the_source_alone():
    new = group(a)(V_A).expression
    assert same(new, sum_over(N, lambda j: sum_over(a.fibre(j), lambda t: exp(s(t))) * v(j)))
    assert agrees(V_A, new)


def test_grouping_a_mean_over_the_source_alone():
    line = softmax_mean(F, s, v @ a)
    new = group(a)(line).expression
    assert agrees(line, new, sizes=((1, 1), (3, 2)))
    assert N in domains(new, SetSum) and not new.has(SoftmaxMean)


def test_grouping_numbers():
    line = log(Z_F + Z_N)
    new = group(a)(line).expression
    inside = sum_over(N, lambda j: sum_over(a.group(j), lambda t: exp(s(t))))
    assert same(new, log(inside)) and agrees(line, new)
    line = SetSum(r[t] * x[a(t)], t, F) + SetSum(r[j] * x[j], j, N)
    new = group(a)(line).expression
    assert same(new, sum_over(N, lambda j: x(j) * sum_over(a.group(j), r))) and agrees(line, new)


def test_grouping_pairs_each_numerator_with_its_own_partner():
    other = SetSum(exp(r[t]) * u[a(t)], t, F) + SetSum(exp(r[j]) * u[j], j, N)
    line = V_A + V_N + other
    new = group(a)(line).expression
    wanted = [
        sum_over(N, lambda j, f=f, y=y: sum_over(a.group(j), lambda t: exp(f(t))) * y(j))
        for f, y in ((s, v), (r, u))
    ]
    assert same(new, sum(wanted[1:], wanted[0])) and agrees(line, new)


def test_clustering_a_mean_of_the_convex_form():
    share = named("alpha", Z_F / (Z_F + Z_N))
    line = share * softmax_mean(F, s, v) + (1 - share) * softmax_mean(N, s, v)
    new = cluster(a, delta)(line)
    assert new.budget == share * delta
    assert same(new.expression, line.xreplace({softmax_mean(F, s, v): softmax_mean(F, s, v @ a)}))


def test_clustering_reuses_the_names_of_the_line():
    Z = named("Z", Z_F + Z_N)
    budget = cluster(a, delta, name=None)((V_F + V_N) / Z).budget
    assert same(budget, delta * Z_F / (Z_F + Z_N)) and budget.atoms(Named) == {Z}
    parts = {named("Z_F", Z_F), named("Z_N", Z_N)}
    budget = cluster(a, delta, name=None)((V_F + V_N) / sum(parts)).budget
    assert same(budget, delta * Z_F / (Z_F + Z_N)) and budget.atoms(Named) == parts


def test_clustering_numbers_that_are_named():
    line = (SetSum(exp(s[t]) * x[t], t, F) + SetSum(exp(s[j]) * x[j], j, N)) / (Z_F + Z_N)
    new = cluster(a, delta, of=x)(line)
    wanted = (SetSum(exp(s[t]) * x[a(t)], t, F) + SetSum(exp(s[j]) * x[j], j, N)) / (Z_F + Z_N)
    assert same(new.expression, wanted)
    assert new.budget.has(delta) and same(new.budget, delta * Z_F / (Z_F + Z_N))


def test_clustering_one_family_of_two():
    line = SetSum(exp(s[t]) * v[t] + exp(r[t]) * u[t], t, F)
    new = cluster(a, delta, of=u, name=None)(line)
    assert same(new.expression, SetSum(exp(s[t]) * v[t] + exp(r[t]) * u[a(t)], t, F))
    assert same(new.budget, delta * SetSum(exp(r[t]), t, F))


def test_clustering_leaves_keys_alone():
    line = sum_over(F, lambda t: exp(inner(q, v(t))) * v(t))
    new = cluster(a)(line).expression
    assert same(new, sum_over(F, lambda t: exp(inner(q, v(t))) * v(a(t))))


def test_the_cost_of_an_unsigned_weight_has_bars():
    new = cluster(a, delta, name=None)(sum_over(F, lambda t: r(t) * v(t)))
    assert same(new.budget, delta * sum_over(F, lambda t: abs(r(t))))


def test_splitting_every_kind_of_binder():
    for whole in (
        sum_over(F | N, s),
        log_sum_exp(F | N, s),
        softmax(F | N, s, N.index("i")),
        softmax_mean(F | N, s, v),
        cardinality(F | N),
        norm(softmax_mean(F | N, s, v) - softmax_mean(N, s, v)),
    ):
        new = split(F, N)(whole)
        assert not any(one == F | N for one in domains(new.expression)) and new.hypotheses == ()
        assert agrees(whole, new.expression)
        assert same(split()(whole).expression, new.expression)
    for extremum in (max_over, min_over):
        whole = extremum(F | N, s)
        new = split(F, N)(whole)
        assert new.hypotheses == (non_empty(F), non_empty(N))
        assert agrees(whole, new.expression, sizes=((1, 1), (3, 2)))


def test_splitting_the_union_in_the_other_order_and_a_subset():
    assert agrees(sum_over(N | F, s), split(F, N)(sum_over(N | F, s)).expression)
    new = split(C, N - C)(sum_over(N, s)).expression
    assert same(new, sum_over(C, s) + sum_over(N - C, s)) and agrees(sum_over(N, s), new)
    i = N.index("i")
    alone = Singleton(i)
    new = split(alone, N.without(i))(sum_over(N, s)).expression
    assert agrees(sum_over(N, s), new)


def test_splitting_names_its_indices():
    new = split(F, N, indices=("t", "j"))(softmax_mean(F | N, s, v)).expression
    assert new == (V_F + V_N) / (SetSum(exp(s[t]), t, F) + SetSum(exp(s[j]), j, N))


def test_convex_of_a_mean_and_of_a_quotient():
    whole = softmax_mean(F | N, s, v)
    quotient = split(F, N)(whole).expression
    sizes = ((1, 1), (2, 3), (3, 2))
    for line in (whole, quotient, norm(whole), quotient - softmax_mean(N, s, v)):
        new = convex(F, N)(line)
        assert new.hypotheses == (non_empty(F), non_empty(N))
        assert agrees(line, new.expression, sizes)
    assert convex()(whole).expression == convex(F, N)(whole).expression
    assert same(convex(F, N)(quotient).expression, convex(F, N)(whole).expression)
    named_line = V_F / named("Z", Z_F + Z_N) + V_N / named("Z", Z_F + Z_N)
    assert agrees(named_line, convex(N, F)(quotient).expression, sizes)


FOLDED = {
    "exponentials": (V_N / Z_N, softmax_mean(N, s, v)),
    "divisor inside": (SetSum(exp(s[j]) / Z_N * v[j], j, N), softmax_mean(N, s, v)),
    "softmax inside": (
        SetSum(softmax(N, s, j) * v[j], j, N),
        softmax_mean(N, s, v),
    ),
    "bracket written out": (
        sum_over(N, lambda j: (exp(s(j)) + sum_over(a.fibre(j), lambda t: exp(s(t)))) * v(j))
        / sum_over(N, lambda j: exp(s(j)) + sum_over(a.fibre(j), lambda t: exp(s(t)))),
        grouped,
    ),
    "divisor in two sums": (
        sum_over(N, lambda j: (exp(s(j)) + sum_over(a.fibre(j), lambda t: exp(s(t)))) * v(j))
        / (Z_N + sum_over(N, lambda j: sum_over(a.fibre(j), lambda t: exp(s(t))))),
        grouped,
    ),
    "numbers": (
        sum_over(N, lambda j: exp(s(j)) * x(j)) / Z_N,
        softmax_mean(N, s, x),
    ),
    "multiplicities": (
        sum_over(N, lambda j: cardinality(a.group(j)) * exp(s(j)) * v(j))
        / sum_over(N, lambda j: cardinality(a.group(j)) * exp(s(j))),
        softmax_mean(N, lambda j: s(j) + log(cardinality(a.group(j))), v),
    ),
    "a multiple": (3 * V_N / Z_N, 3 * softmax_mean(N, s, v)),
}


@pytest.mark.parametrize(("line", "wanted"), FOLDED.values(), ids=FOLDED)
def test_folding(line, wanted):
    new = fold_logsumexp()(line).expression
    assert same(new, wanted) and agrees(line, new)


def test_folding_under_a_name():
    line = group(a)((V_A + V_N) / (Z_F + Z_N)).expression
    new = fold_logsumexp(name="z")(line).expression
    (logit,) = {one for one in nodes(new) if isinstance(one, Named)}
    assert logit.name == "z" and len(logit.indices) == 1 and same(new, grouped)
    assert same(
        max_for_logsumexp()(new).expression,
        softmax_mean(N, lambda j: max_over(a.group(j), s), v),
    )


def test_the_maximum_in_other_shapes():
    wanted = softmax_mean(N, lambda j: max_over(a.group(j), s), v)
    in_full = softmax_mean(N, lambda j: log_sum_exp(a.group(j), s).unfold(), v)
    quotient = sum_over(N, lambda j: exp(log_sum_exp(a.group(j), s)) * v(j)) / sum_over(
        N, lambda j: exp(log_sum_exp(a.group(j), s))
    )
    for line in (grouped, in_full, quotient):
        new = max_for_logsumexp(name=None)(line)
        assert same(new.expression, wanted)
        for seed in range(8):
            world = World(seed, {"F": 3, "N": 2})
            error = distance(world.value(line), world.value(new.expression))
            assert error <= world.value(new.budget) + 1e-12
    twice = max_for_logsumexp()(-2 * grouped)
    assert same(twice.budget, 2 * max_for_logsumexp()(grouped).budget)


def test_a_bias_beside_the_log_sum_exp_stays():
    line = softmax_mean(N, lambda j: log_sum_exp(a.group(j), s) + c(j), v)
    new = max_for_logsumexp()(line)
    wanted = softmax_mean(N, lambda j: max_over(a.group(j), s) + c(j), v)
    assert same(new.expression, wanted)
    assert same(new.budget, max_for_logsumexp()(grouped).budget)


def test_the_winner_of_a_multiple_and_of_a_shift():
    w = winner_map("w", N, a.group, s)
    for shape in (lambda y: y, lambda y: y / 2, lambda y: y + c(N.index("i"))):
        line = softmax_mean(N, lambda j, f=shape: max_over(a.group(j), lambda t: f(s(t))), v)
        new = winner_keys(w)(line).expression
        assert not new.has(SetMax) and agrees(line, new)
    with_name = softmax_mean(N, lambda j: named("M", max_over(a.group(j), s), j), v)
    assert same(winner_keys(w)(with_name).expression, softmax_mean(N, s @ w, v))


def test_the_winner_at_a_free_index():
    w = winner_map("w", N, lambda j: a.fibre(j) | Singleton(j), s)
    i = N.index("i")
    assert winner_keys(w)(max_over(a.group(i), s)).expression == s(w(i))


def test_unfolding():
    share = named("alpha", Z_F / (Z_F + Z_N))
    line = share * softmax_mean(N, s, v)
    assert same(unfold("alpha")(line).expression, share.meaning * softmax_mean(N, s, v))
    assert unfold(SoftmaxMean)(line).expression == share * V_N / Z_N
    everything = unfold()(line).expression
    assert not everything.has(Named, SoftmaxMean) and agrees(line, everything)
    inside = log_sum_exp(N, lambda j: log_sum_exp(a.group(j), s))
    assert not unfold()(inside).expression.has(LogSumExp)
    assert agrees(inside, unfold(LogSumExp)(inside).expression)


def test_an_index_of_the_same_name_outside_is_not_captured():
    """Σ_j below an outer index j: the group's own index must stay apart from it."""
    line = sum_over(N, lambda j: x(j) * log(Z_F + Z_N + exp(r(j))), "j")
    new = group(a)(line).expression
    assert agrees(line, new)
    weighted = sum_over(
        N,
        lambda i: x(i) * norm(sum_over(F, lambda j: exp(s(j) * x(i)) * v(a(j)), "j")),
        "j",
    )
    assert agrees(weighted, group(a)(weighted).expression)
    half = Rational(1, 2) * weighted
    assert agrees(half, group(a)(half).expression)
