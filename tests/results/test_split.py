"""The split of attention over F ⊔ N."""

from derivations.results.split import split
from tests.results.checking import holds_here, holds_on_instances, proves, runs_as_script
from tests.results.setting import F, N, mass, update, weighted


def test_statement() -> None:
    proves(split, update, "=", (weighted(F) + weighted(N)) / (mass(F) + mass(N)))


def test_numbers() -> None:
    holds_on_instances(split)


def test_an_empty_context() -> None:
    sets = {"F": [], "N": ["N1"]}
    holds_here(split, sets=sets, values={"s": {"N1": "0"}, "v": {"N1": ["3"]}})


def test_script() -> None:
    runs_as_script("split")
