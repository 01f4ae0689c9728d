"""The Hypothesis profiles of tests/conftest.py, and that one can be chosen."""

import subprocess
import sys

import pytest
from hypothesis import settings

from tests.process import ROOT, environment


def test_each_profile_draws_more_than_the_last() -> None:
    counts = [settings.get_profile(name).max_examples for name in ("quick", "ci", "thorough")]
    assert counts == sorted(set(counts)) and counts[0] <= 30 and counts[-1] >= 10_000


def test_ci_draws_the_same_examples_every_time() -> None:
    assert settings.get_profile("ci").derandomize and not settings.get_profile("quick").derandomize


@pytest.mark.parametrize("name", ["quick", "ci", "thorough"])
def test_a_profile_is_chosen_on_the_command_line(name: str) -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-v", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--hypothesis-profile={name}", "tests/test_profiles.py"],
        cwd=ROOT,
        env=environment(ROOT),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert f"hypothesis profile '{name}'" in done.stdout
