"""Grouping: with clustered values, frozen tokens only change the normal ones' coefficients."""

from sympy import exp

from derivations.chain import Derivation
from derivations.language import SetSum, softmax_mean
from derivations.results._setting import (
    Z_F,
    Z_N,
    F,
    N,
    a,
    grouped_logit,
    j,
    s,
    t,
    v,
    weighted,
)
from derivations.script import run_as_script

ORDER = 5

_coefficient = exp(s[j]) + SetSum(exp(s[t]), t, a.fibre(j))
_group = SetSum(exp(s[t]), t, a.group(j))

grouping = (
    Derivation(
        "grouping",
        (weighted(F, lambda one: v[a(one)]) + weighted(N)) / (Z_F + Z_N),
        title="Grouping along the cluster map",
    )
    .equal(
        SetSum(_coefficient * v[j], j, N) / SetSum(_coefficient, j, N),
        because="the fibres of a partition F",
    )
    .equal(
        SetSum(_group * v[j], j, N) / SetSum(_group, j, N),
        because="j and its fibre make up the group of j",
    )
    .equal(softmax_mean(N, grouped_logit, v), because="a coefficient is exp(log-sum-exp)")
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
