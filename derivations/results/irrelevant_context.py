"""When does the context drop out?  Not because q·k ≈ 0, but because of a gap of about log m."""

from sympy import Abs, exp

from derivations.chain import Claim, Derivation, run_as_script
from derivations.language import (
    at_most,
    cardinality,
    for_all,
    inner,
    max_over,
    norm,
    scalar,
    softmax_mean,
    there_is,
    vector,
    vectors,
)
from derivations.language.statements import state
from derivations.results._setting import F, N, alpha, j, normal_update, s, t, update, v

eta, mu, D = scalar("eta"), scalar("mu"), scalar("D")
m = cardinality(F)
_low_context = for_all(t, F, at_most(s[t], eta))
_bound = m * exp(eta) / (m * exp(eta) + exp(mu))

irrelevant_context = (
    Derivation(
        "irrelevant context",
        alpha,
        given=[_low_context, at_most(mu, max_over(N, s))],
        title="The mass on the context",
    )
    .at_most(_bound, because="m logits at most η against one of at least μ")
    .qed()
)

irrelevant_update = (
    Derivation(
        "irrelevant context, update",
        norm(update - normal_update),
        given=[
            _low_context,
            there_is(j, N, at_most(mu, s[j])),
            for_all(t, F, for_all(j, N, at_most(norm(v[t] - v[j]), D))),
        ],
        title="The update without the context",
    )
    .at_most(alpha * D, because="the two means are α times an average of v_t − v_j apart")
    .at_most(_bound * D, because="the bound on α")
    .qed()
)

rho = scalar("rho")
q, k = vector("q"), vectors("k")


def _logits(one):
    return inner(q, k[one])


# The board: "q·k ≈ 0 for the context, so the context drops out."
_statement = state(
    softmax_mean(F | N, _logits, v),
    "approx",
    softmax_mean(N, _logits, v),
    rho * max_over(F, lambda one: max_over(N, lambda other: norm(v[one] - v[other]), "j"), "t"),
    [for_all(t, F, at_most(Abs(_logits(t)), rho)), at_most(0, rho)],
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
