"""A transformation that does not apply says where it looked and what it expected."""

import pytest
from sympy import exp

from derivations.language import (
    LanguageError,
    SetSum,
    cluster_map,
    index,
    index_sets,
    inner,
    linear_map,
    log_sum_exp,
    max_over,
    norm,
    scalar,
    scalars,
    softmax_mean,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.errors import FloatRefused
from derivations.transformations import (
    DoesNotApply,
    NextLine,
    cluster,
    convex,
    fold_logsumexp,
    group,
    key_weights,
    max_for_logsumexp,
    split,
    unfold,
    winner_keys,
)

F, N, M = index_sets("F", "N", "M", nonempty="N")
a = cluster_map("a", F, N)
s, r, x = scalars("s"), scalars("r"), scalars("x")
v, u, k, e = vectors("v"), vectors("u"), vectors("k"), vectors("e")
q, delta = vector("q"), scalar("delta")
t, j = index("t"), index("j")
w = winner_map("w", N, a.group, s)
attended = softmax_mean(F | N, s, v)
Z_F, Z_N = (sum_over(A, lambda t: exp(s(t))) for A in (F, N))
V_F, V_N = (sum_over(A, lambda t: exp(s(t)) * v(t)) for A in (F, N))
grouped = softmax_mean(N, lambda j: log_sum_exp(a.group(j), s), v)
W, W_K = linear_map("W'"), linear_map("W_K")

REFUSED = {
    "nothing to split": (
        split(F, N),
        softmax_mean(N, s, v),
        ["split(F, N) does not apply", "Σ_{j∈N} softmax_j(s", "over F ⊔ N", "found only N"],
    ),
    "no union at all": (split(), Z_F, ["a disjoint union", "found only F"]),
    "no mixture": (convex(F, N), Z_F + Z_N, ["a softmax mean over F ⊔ N", "sums over"]),
    "not split yet": (cluster(a), attended, ["over F", "only F ⊔ N", "apply split first"]),
    "nothing over the source": (cluster(a), V_N, ["sum or softmax mean over F", "only N"]),
    "numbers only": (cluster(a), Z_F, ["vectors summed over F", "of="]),
    "already clustered": (
        cluster(a),
        sum_over(F, lambda t: exp(s(t)) * v(a(t))),
        ["values that depend on the cluster alone"],
    ),
    "inside an exponential": (
        cluster(a, delta),
        exp(norm(V_F)),
        ["exp(‖Σ_{j∈F} exp(s_j)·v_j‖)", "an error is known to stay small"],
    ),
    "two moving factors": (
        cluster(a, delta),
        norm(V_F) * norm(V_F + V_N),
        ["an error is known to stay small"],
    ),
    "two families": (
        cluster(a, delta),
        sum_over(F, lambda t: exp(s(t)) * v(t) + exp(r(t)) * u(t)),
        ["one family of values", "of=v"],
    ),
    "not clustered yet": (
        group(a),
        (V_F + V_N) / sum_over(M, s),
        ["Σ_{j∈F} exp(s_j)·v_j", "depend on the cluster a alone", "apply cluster first"],
    ),
    "grouping before splitting": (group(a), attended, ["a sum over F", "apply split first"]),
    "nothing over the source of the map": (group(a), Z_N, ["a sum over F", "only N"]),
    "no partner": (group(a), Z_F, ["a sum over F with a partner over N"]),
    "no quotient": (fold_logsumexp(), V_N, ["a quotient Σ_j C_j u_j / Σ_j C_j", "over N"]),
    "other coefficients": (
        fold_logsumexp(),
        V_N / sum_over(N, lambda j: exp(r(j))),
        ["with the same coefficients"],
    ),
    "coefficients without a sign": (
        fold_logsumexp(),
        sum_over(N, lambda j: r(j) * v(j)) / sum_over(N, r),
        ["r_j", "a coefficient whose form shows that it is positive"],
    ),
    "not folded": (max_for_logsumexp(), V_N / Z_N, ["use fold_logsumexp first"]),
    "no log-sum-exp": (
        max_for_logsumexp(),
        softmax_mean(N, s, v),
        ["Σ_{j∈N} softmax_j(s", "its logits are s_j"],
    ),
    "a shift common to all": (
        max_for_logsumexp(),
        softmax_mean(N, lambda j: s(j) + log_sum_exp(N, s), v),
        ["that depends on the index"],
    ),
    "no maximum": (
        winner_keys(w),
        grouped,
        ["winner_keys(w)", "a maximum over {j} ⊔ a⁻¹(j)", "found maxima over no set"],
    ),
    "a maximum over another set": (winner_keys(w), max_over(N, s), ["over {j} ⊔ a⁻¹(j)", "over N"]),
    "another logit": (
        winner_keys(w),
        softmax_mean(N, lambda j: max_over(a.group(j), r), v),
        ["max_{j", "r_{", "the maximum of s_t", "w picks the winner"],
    ),
    "a negative multiple": (
        winner_keys(w),
        max_over(a.group(N.index("i")), lambda t: -s(t)),
        ["the maximum of s_t"],
    ),
    "no such keys": (
        key_weights(W, W_K, e),
        softmax_mean(N, lambda j: inner(q, k(j)), v),
        ["keys like W_K e_l", "k_j"],
    ),
    "no defined word": (unfold(), Z_N, ["a defined word"]),
    "no such name": (unfold("alpha"), grouped, ["alpha"]),
}


@pytest.mark.parametrize(("step", "line", "said"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_where_and_what(step, line, said):
    with pytest.raises(DoesNotApply) as caught:
        step(line)
    message = str(caught.value)
    assert all(part in message for part in said), message
    assert "\n" not in message and "Bound(" not in message and "placeholder" not in message


@pytest.mark.parametrize(
    "made",
    [
        lambda: split(F, "N"),
        lambda: split(F, F),
        lambda: split(F),
        lambda: split(F, N, indices=("t",)),
        lambda: convex(F),
        lambda: cluster(w),
        lambda: cluster("a"),
        lambda: group(w),
        lambda: winner_keys(a),
        lambda: key_weights("W", W_K, e),
        lambda: unfold(3),
    ],
)
def test_what_makes_no_transformation(made):
    with pytest.raises(LanguageError):
        made()


def test_floats_are_refused():
    with pytest.raises(FloatRefused):
        cluster(a, 0.5)
    with pytest.raises(FloatRefused):
        split(F, N)(0.5 * Z_F)


def test_a_transformation_is_a_value():
    assert split(F, N) == split(F, N) and hash(group(a)) == hash(group(a))
    with pytest.raises(AttributeError):
        group(a).map = w
    made = split(F, N)(attended)
    assert isinstance(made, NextLine)
    with pytest.raises(AttributeError):
        made.budget = delta


def test_the_line_that_was_given_does_not_change():
    before = SetSum(exp(s[t]) * v[t], t, F)
    cluster(a)(before)
    assert before == SetSum(exp(s[t]) * v[t], t, F)
