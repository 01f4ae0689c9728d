"""Log-sum-exp against the maximum: with no margin, and with a margin γ below a clear winner."""

from sympy import exp, log

from derivations.chain import Derivation
from derivations.language import (
    at_most,
    cardinality,
    for_all,
    index,
    index_set,
    log_sum_exp,
    max_over,
    non_empty,
    scalar,
    scalars,
)
from derivations.script import run_as_script

ORDER = 6

A = index_set("A", nonempty=True)
s, gamma, t = scalars("s"), scalar("gamma"), index("t")
w = A.index("w")
n = cardinality(A)
_lse, _max = log_sum_exp(A, s), max_over(A, s, "t")
_margin = for_all(t, A.without(w), at_most(s[t], s[w] - gamma))

above_the_maximum = (
    Derivation("max below log-sum-exp", _max, title="The maximum is a lower bound")
    .at_most(_lse, because="one term is at most the sum")
    .qed()
)

within_log_n = (
    Derivation("log-sum-exp within log n", _lse, title="At most log n above the maximum")
    .at_most(_max + log(n), because="n terms, each at most the largest")
    .qed()
)

gap_above = (
    Derivation(
        "gap with a margin, above",
        _lse - s[w],
        given=[_margin],
        title="The gap with a margin: upper bound",
    )
    .at_most(log(1 + (n - 1) * exp(-gamma)), because="n − 1 terms at least γ below the winner")
    .qed()
)

gap_below_log_n = (
    Derivation(
        "gap with a margin, below log n",
        log(1 + (n - 1) * exp(-gamma)),
        given=[at_most(0, gamma)],
        title="The margin never hurts",
    )
    .at_most(log(n), because="e^{−γ} ≤ 1")
    .qed()
)

_rest = A.without(w)
_second = max_over(_rest, s, "t")

gap_from_below = (
    Derivation(
        "gap with a margin, from below",
        log(1 + exp(_second - s[w])),
        given=[non_empty(_rest)],
        title="The gap with a margin: lower bound",
    )
    .at_most(_lse - s[w], because="the winner and the runner-up alone, γ = s_w − max of the rest")
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
