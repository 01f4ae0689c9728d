"""A long run of the reading: python -m tests.fuzz.reading --count 104000 --write."""

import sys

from tests.fuzz.normal_forms import Tally
from tests.fuzz.readings import check_seed
from tests.fuzz.report import main


def check(seed: int, tally: Tally) -> None:
    """One statement; every third one is larger, every third one small."""
    check_seed(seed, 1 + seed % 3, tally)


if __name__ == "__main__":
    sys.exit(main("reading", check, 104_000, "Random statements, read and evaluated."))
