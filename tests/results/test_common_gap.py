"""Equal gaps cancel."""

from derivations.language import equal, for_all, log_sum_exp, scalar, softmax_mean, winner_map
from derivations.results.common_gap import common_gap
from tests.results.checking import holds_on_instances, needs_hypothesis, proves, runs_as_script
from tests.results.setting import N, a, j, largest, s, v


def grouped(j):
    return log_sum_exp(a.group(j), s)


def test_statement() -> None:
    w = winner_map("w", N, a.group, by=s)
    gap = for_all(j, N, equal(grouped(j) - largest(j), scalar("c")))
    left, right = softmax_mean(N, grouped, v), softmax_mean(N, s @ w, v)
    proves(common_gap, left, "=", right, given=(gap,))


def test_numbers() -> None:
    holds_on_instances(common_gap)


def test_the_gap_must_be_common() -> None:
    needs_hypothesis(common_gap, 0)


def test_script() -> None:
    runs_as_script("common_gap")
