"""A common gap cancels: with equal ε_j the effective-key update is exactly the grouped update.

A clear winner in every group is sufficient for a small error, not necessary: only the spread of
the gaps over the groups matters.
"""

from derivations.chain import Derivation
from derivations.language import equal, for_all, scalar, softmax_mean, winner_map
from derivations.results._setting import N, a, grouped_logit, j, largest_logit, s, v
from derivations.script import run_as_script

ORDER = 8

w = winner_map("w", N, a.group, by=s)
_gap = scalar("c")

common_gap = (
    Derivation(
        "common gap",
        softmax_mean(N, grouped_logit, v),
        given=[for_all(j, N, equal(grouped_logit(j) - largest_logit(j), _gap))],
        title="A common gap cancels",
    )
    .equal(
        softmax_mean(N, largest_logit, v), because="softmax ignores a shift common to all tokens"
    )
    .equal(softmax_mean(N, lambda one: s[w(one)], v), because="the largest logit is the winner's")
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
