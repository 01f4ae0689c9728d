"""Grouping along the cluster map."""

from derivations.language import log_sum_exp, softmax_mean
from derivations.results.grouping import grouping
from tests.results.checking import holds_here, holds_on_instances, proves, runs_as_script
from tests.results.setting import N, a, clustered, s, v


def test_statement() -> None:
    right = softmax_mean(N, lambda j: log_sum_exp(a.group(j), s), v)
    proves(grouping, clustered, "=", right)


def test_numbers() -> None:
    holds_on_instances(grouping)


def test_an_empty_context() -> None:
    holds_here(
        grouping,
        sets={"F": [], "N": ["N1"]},
        maps={"a": {}},
        values={"s": {"N1": "0"}, "v": {"N1": ["5"]}},
    )


def test_script() -> None:
    runs_as_script("grouping")
