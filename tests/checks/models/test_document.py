"""The examples of docs/models.md print what it says."""

import doctest
from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs" / "models.md"


def test_the_examples_of_the_document():
    found = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert found.attempted >= 10 and found.failed == 0
