"""When does the context drop out?  Not because q·k ≈ 0, but because of a gap of about log m."""

from sympy import Rational, exp

from derivations.chain import Claim, Derivation
from derivations.language import (
    SetSum,
    at_most,
    attention,
    cardinality,
    equal,
    for_all,
    inner,
    max_over,
    norm,
    scalar,
    there_is,
    vector,
    vectors,
)
from derivations.language.statements import state
from derivations.results._setting import F, N, alpha, j, normal_update, s, t, update, v
from derivations.script import run_as_script

ORDER = 3

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
            at_most(0, D),
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

q, k = vector("q"), vectors("k")


def _logit(one):
    return inner(q, k[one])


_unrelated = for_all(t, F, equal(_logit(t), 0))

# The board: "q·k ≈ 0 for the context, so the context drops out."
drops_out = Claim(
    "q·k = 0, so the context drops out",
    state(attention(F | N, q, k, v), "=", attention(N, q, k, v), given=[_unrelated]),
    witness={
        "dimension": 1,
        "sets": {"F": ["F1"], "N": ["N1"]},
        "maps": {},
        "indices": {},
        "values": {"q": ["0"], "k": {"F1": ["0"], "N1": ["0"]}, "v": {"F1": ["0"], "N1": ["1"]}},
    },
    title="The board's claim, with q·k = 0 for the whole context",
)

small_mass = Claim(
    "q·k = 0, so the context has little mass",
    state(
        SetSum(exp(_logit(t)), t, F) / SetSum(exp(_logit(t)), t, F | N),
        "<=",
        Rational(1, 2),
        given=[_unrelated],
    ),
    witness={
        "dimension": 1,
        "sets": {"F": ["F1", "F2"], "N": ["N1"]},
        "maps": {},
        "indices": {},
        "values": {"q": ["0"], "k": {"F1": ["0"], "F2": ["0"], "N1": ["0"]}},
    },
    title="The board's claim, for the mass on the context",
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
