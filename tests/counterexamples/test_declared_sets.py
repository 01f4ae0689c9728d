"""Sets that are declared in terms of maps and indices, and families beyond the set at hand."""

import random
from collections import Counter

import pytest

from derivations import check
from derivations.language import (
    LanguageError,
    Singleton,
    at_most,
    cardinality,
    cluster_map,
    index_set,
    index_sets,
    log_sum_exp,
    max_over,
    norm,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    vectors,
    winner_map,
)
from derivations.language.sets import SetExpr
from derivations.second_witness import second_witness
from derivations.verdicts import SecondWitness, Verdict

F, N = index_sets("F", "N", nonempty="N")
M = index_set("M")
C = index_set("C", subset_of=N)
a, b = cluster_map("a", F, N), cluster_map("b", N, M)
i, f, c, m = N.index("i"), F.index("f"), C.index("c"), M.index("m")
s, z, v = scalars("s"), scalars("z"), vectors("v")
w = winner_map("w", N, a.group, by=s)
PARENTS: dict[str, SetExpr] = {
    "a fibre": a.fibre(i),
    "a range": a.range,
    "a group": a.group(i),
    "a rest": N.without(i),
    "a fibre of a value": b.fibre(b(i)),
    "a winner": Singleton(w(i)),
}


@pytest.mark.parametrize("parent", PARENTS)
def test_a_set_within_what_a_map_makes_is_refuted_within(parent: str) -> None:
    inside = index_set("H", subset_of=PARENTS[parent])
    found = check(cardinality(inside), "<=", 0)
    assert found.verdict is Verdict.REFUTED, found.reason
    assert found.smallest is not None
    namespace: dict[str, object] = {}
    exec(found.smallest.test, namespace)
    tests = [one for name, one in namespace.items() if name.startswith("test")]
    assert len(tests) == 1
    tests[0]()
    below = check(cardinality(inside), "<=", cardinality(PARENTS[parent]))
    assert below.verdict is not Verdict.REFUTED


@pytest.mark.parametrize("parent", PARENTS)
def test_the_second_witness_does_not_apply_there(parent: str) -> None:
    inside = index_set("H", subset_of=PARENTS[parent])
    found = check(sum_over(inside, s) * 2, "=", sum_over(inside, lambda t: 2 * s[t]))
    assert found.verdict is Verdict.PROVED
    assert second_witness(found.statement).status is not SecondWitness.DISAGREES


@pytest.mark.parametrize("at", [m, b(i), b(a(f))])
def test_a_softmax_beyond_its_set_has_logits_there(at) -> None:
    found = check(softmax(N, s, at=at), "<=", 1)
    assert found.verdict is Verdict.REFUTED, found.reason


class Statements:
    """Random statements that mix all kinds of sets and indices, sensible ones or not."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sets = [F, N, M, C, F | N, a.group(i), N - C, Singleton(f) | N, b.range, b.fibre(m)]
        self.sets += [index_set(f"H{n}", subset_of=one) for n, one in enumerate(PARENTS.values())]
        self.indices = [i, f, c, m, a(f), w(i), b(i), b(a(f)), b(c), w(a(f))]

    def number(self, depth: int = 0):
        pick = self.random.choice
        domain, at, kind = pick(self.sets), pick(self.indices), self.random.randrange(8)
        if depth > 2 or kind == 0:
            return pick([s, z])[at]
        if kind == 1:
            return cardinality(domain)
        if kind == 2:
            return log_sum_exp(domain, s)
        if kind == 3:
            return softmax(domain, s, at=at)
        if kind == 4:
            return norm(softmax_mean(domain, s, v) - v[at])
        inside = self.number(depth + 1)
        if kind == 5:
            return sum_over(domain, lambda j: s[j] * inside)
        if kind == 6:
            return max_over(domain, lambda j: s[j] + inside)
        return inside + self.number(depth + 1)


@pytest.mark.parametrize("seed", range(2))
def test_random_statements_end_in_a_verdict_or_a_sentence(seed: int) -> None:
    made = Statements(seed)
    ends: Counter[object] = Counter()
    for _ in range(10):
        relation = made.random.choice(["=", "<=", "approx"])
        try:
            left, right, budget = made.number(), made.number(), made.number()
            given = [at_most(made.number(2), made.number(2))] if made.random.random() < 0.3 else []
            found = check(
                left, relation, right, budget if relation == "approx" else None, given, time_limit=2
            )
            ends[found.verdict] += 1
        except LanguageError:
            ends["refused"] += 1
    assert ends[Verdict.REFUTED] > ends["refused"]
    assert ends[Verdict.OPEN] < 3
