"""The lemmas: discovered by folder, proved in the kernel, found by name."""

import pytest

from derivations.kernel.rules import well_defined
from derivations.language.errors import LanguageError
from derivations.proof_files import replay, to_json
from derivations.search.library import LibraryLemma, discover
from derivations.verdicts import Known

LEMMAS = discover().lemmas


def test_what_there_is() -> None:
    names = [one.name for one in LEMMAS]
    assert len(set(names)) == len(names)
    assert {"softmax stability", "Gibbs' inequality", "recentring"} <= set(names)


@pytest.mark.parametrize("lemma", LEMMAS, ids=lambda one: one.name)
def test_a_lemma_is_proved_from_nothing_and_replays(lemma: LibraryLemma) -> None:
    theorem = lemma.theorem()
    again = replay(to_json(well_defined(theorem)))
    assert again.conclusion == theorem.conclusion
    assert again.hypotheses == theorem.hypotheses
    assert lemma.known is not Known.TRUST
    assert lemma.title


def test_a_report_entry() -> None:
    entry = discover().lemma("softmax stability")
    assert (entry.name, entry.known) == ("softmax stability", Known.KERNEL)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(LanguageError, match=r"no library lemma 'magic'; there are .*recentring"):
        discover().find("magic")


def test_an_empty_folder_has_no_lemmas() -> None:
    assert discover("derivations.notes").lemmas == ()
