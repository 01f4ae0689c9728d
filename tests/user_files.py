"""Users' files for the tests of the command: one that holds, one that does not, and so on."""

from pathlib import Path

HEAD = """\
from derivations.chain import Claim, Derivation
from derivations.language import exp, index_sets, scalars, sum_over

F, N = index_sets("F", "N")
s = scalars("s")


def total(domain):
    return sum_over(domain, lambda j: exp(s[j]))


"""
PROVED = HEAD + 'd = Derivation("mine", total(F | N)).equal(total(F) + total(N), because="split")\n'
REFUTED = (
    HEAD
    + """\
d = (
    Derivation("mine", total(F | N))
    .equal(total(F) + total(N), because="split")
    .equal(total(F), because="drop N")
    .equal(total(N), because="swap")
)
"""
)


def written(folder: Path, text: str, name: str = "mine.py") -> str:
    """The path of a file with this text."""
    path = folder / name
    path.write_text(text)
    return str(path)
