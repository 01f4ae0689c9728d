"""Sets, indices and maps: what is declared is known, and nothing else."""

from collections.abc import Callable

import pytest

from derivations.language import (
    LanguageError,
    OverlapError,
    Singleton,
    cardinality,
    cluster_map,
    index,
    index_set,
    index_sets,
    named,
    non_empty,
    scalars,
    softmax,
    sum_over,
    winner_map,
)
from derivations.language.sets import Union, known_disjoint, known_member, known_subset

F, N = index_sets("F", "N", nonempty="N")
C = index_set("C", subset_of=N)
D = index_set("D", subset_of=C)
a = cluster_map("a", F, N)
i, t, j = N.index("i"), F.index("t"), index("j")
s = scalars("s")
w = winner_map("w", N, a.group, by=s)

OVERLAPS: dict[str, Callable[[], object]] = {
    "a set with itself": lambda: N | N,
    "declared one by one": lambda: index_set("A") | index_set("B"),
    "a set and its part": lambda: N | C,
    "two parts of one set": lambda: C | index_set("E", subset_of=N),
    "a member": lambda: N | Singleton(i),
    "another declaration of the same names": lambda: F | index_sets("F", "N", "G")[1],
    "a union that holds it": lambda: (F | N) | C,
    "the range of a map": lambda: a.range | N,
    "the fibre of a map": lambda: a.fibre(i) | F,
    "two members": lambda: Singleton(i) | Singleton(N.index("l")),
    "a member and what it may be": lambda: Singleton(w(i)) | N,
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_a_union_of_what_may_overlap_is_refused(case: str) -> None:
    with pytest.raises(OverlapError, match="not declared disjoint"):
        OVERLAPS[case]()


DISJOINT: dict[str, Callable[[], object]] = {
    "declared together": lambda: F | N,
    "parts of disjoint sets": lambda: F | C,
    "a token and the tokens sent to it": lambda: a.group(i),
    "a rest and what was taken out": lambda: (N - C) | C,
    "a rest and a part of what was taken out": lambda: (N - C) | D,
    "a rest and its member": lambda: N.without(i) | Singleton(i),
    "a fibre and the target": lambda: a.fibre(i) | N,
    "a range and the source": lambda: a.range | F,
    "three sets": lambda: Union(*index_sets("A", "B", "G")[:2]),
}


@pytest.mark.parametrize("case", DISJOINT)
def test_a_union_of_what_is_known_to_be_disjoint_is_made(case: str) -> None:
    assert isinstance(DISJOINT[case](), Union)


def test_what_is_contained_is_known_from_the_declarations() -> None:
    assert known_subset(C, N)
    assert known_subset(D, N)
    assert known_subset(F, F | N)
    assert known_subset(F | C, F | N)
    assert known_subset(a.fibre(i), F)
    assert known_subset(a.range, N)
    assert known_subset(N - C, N)
    assert known_subset(Singleton(i), N)
    assert not known_subset(N, C)
    assert not known_subset(F, N)
    assert not known_subset(w.range, N)


def test_members_are_known_from_the_declarations() -> None:
    assert known_member(i, N)
    assert known_member(w(i), F | N)
    assert known_member(a(t), N)
    assert not known_member(i, C)
    assert not known_member(j, N)


def test_a_difference_needs_a_part() -> None:
    assert known_disjoint(N - C, C)
    with pytest.raises(LanguageError, match="declare it with subset_of=F"):
        F - C
    with pytest.raises(LanguageError, match="not known to be contained"):
        N.without(t)
    with pytest.raises(LanguageError, match="must be index sets"):
        N - i


def test_a_loose_singleton_waits_for_its_set() -> None:
    assert sum_over(N, lambda m: sum_over(N.without(m), s)).open(i) == sum_over(N.without(i), s)


def test_declarations_are_told_apart() -> None:
    assert index_set("A") != index_set("A", nonempty=True)
    assert index_sets("A", "B")[0] == index_sets("B", "A")[1]
    assert index_sets("A", "B")[0] != index_set("A")
    assert N.nonempty
    assert not F.nonempty
    assert C.parent == N


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no name": (lambda: index_set(""), "not a name"),
    "a blank name": (lambda: index("  "), "not a name"),
    "a name that is none": (lambda: index_sets("F", 3), "not a name"),
    "one name for two sets": (lambda: index_sets("F", "F"), "occurs twice"),
    "a set that is not there": (lambda: index_sets("F", "N", nonempty="G"), "not one of the sets"),
    "a union with a number": (lambda: F | 3, "not an index set"),
    "a member that is none": (lambda: Singleton(s[i]), "not an index"),
    "a fibre over a number": (lambda: a.fibre(s[i]), "not an index"),
    "a map of a number": (lambda: a(s[i]), "not an index"),
    "a map outside its source": (lambda: a(i), "i is in N, but a maps from F"),
    "a map from no set": (lambda: cluster_map("a", s[i], N), "not an index set"),
    "a map to no set": (lambda: cluster_map("a", F, 3), "not an index set"),
    "a winner from no set": (lambda: winner_map("w", 3, a.group, by=s), "not an index set"),
    "a group that is no set": (lambda: winner_map("w", N, lambda m: m, by=s), "not an index set"),
    "a fibre of a winner map": (lambda: w.fibre(t), "no fibres"),
    "an entry at a number": (lambda: s[3], "not an index"),
    "an entry at a set": (lambda: s[N], "not an index"),
    "an entry at nothing": (lambda: s(), "needs an index"),
    "a family after no map": (lambda: s @ 3, "must be an index map"),
    "the size of a number": (lambda: cardinality(3), "not an index set"),
    "a number that is inhabited": (lambda: non_empty(s[i]), "not an index set"),
    "a softmax at a number": (lambda: softmax(N, s, at=3), "not an index"),
    "a name at a number": (lambda: named("z", s[i], 3), "not an index"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_meant_is_refused_in_a_sentence(case: str) -> None:
    make, message = BAD[case]
    with pytest.raises(LanguageError, match=message):
        make()


def test_a_family_after_a_map() -> None:
    assert (s @ w)(i) == s[w(i)]
    assert (s @ a)(t) == s[a(t)]
