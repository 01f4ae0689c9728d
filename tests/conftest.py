"""Hypothesis profiles, and what pytest must not import while it collects.

quick is the default: a glance at every property (the theorems on the error take seconds). ci is
the same on every machine and in every run. thorough takes hours. Choose one with
`pytest --hypothesis-profile=NAME`, or for a whole session with HYPOTHESIS_PROFILE.
"""

import os
from pathlib import Path

from hypothesis import settings

settings.register_profile("quick", max_examples=25, deadline=None, derandomize=False)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=20_000, deadline=None, derandomize=False)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick")
)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the wrong derivations in tests/refused/ alone: they are input, not modules.

    The search for doctests would import them; only the tests that expect their refusal may.
    """
    is_input = collection_path.parent.name == "refused" and collection_path.suffix == ".py"
    return True if is_input and not collection_path.name.startswith("test_") else None
