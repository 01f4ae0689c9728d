"""What a stored benchmark says about where it ran: versions, never the machine's name."""

from importlib.metadata import version
from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Drop the host name and record the versions that decide the timings."""
    machine_info.pop("node", None)
    for distribution in ("sympy", "numpy", "scipy", "python-flint"):
        machine_info[distribution] = version(distribution)
