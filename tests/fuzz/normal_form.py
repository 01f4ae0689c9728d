"""A long run of the kernel: python -m tests.fuzz.normal_form --count 20000 --write."""

import sys

from tests.fuzz.normal_forms import Tally, check_claim, check_seed, depends_on_the_order
from tests.fuzz.report import main
from tests.fuzz.theorems import run_session


def check(seed: int, tally: Tally) -> None:
    """A normal form and a claim; every tenth time a derivation, every fiftieth the order too."""
    depth = 2 + seed % 3
    check_seed(seed, depth, tally)
    check_claim(seed, depth, tally)
    if seed % 10 == 0:
        run_session(seed, tally)
    if seed % 50 == 0:
        tally.counts["orders of questions"] += 1
        found = depends_on_the_order(seed, depth)
        if found:
            tally.complain(found)


if __name__ == "__main__":
    sys.exit(main("kernel", check, 20_000, "Random kernel terms, claims and derivations."))
