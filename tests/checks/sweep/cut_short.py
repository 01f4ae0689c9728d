"""A Dask cluster in processes of their own, which a test can kill at a known moment."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.sweep.cell import Part, measure_part
from tests.process import environment

BLOCKED = "KEYSTAR_TEST_BLOCKED"
"""A worker with this variable in its environment never gets beyond the first part of a cell."""

ALL_IN_ONE = """
import sys
from distributed import LocalCluster
options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
with LocalCluster(host="127.0.0.1", dashboard_address="127.0.0.1:0", **options) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def measured_or_blocked(part: Part):
    """What a worker does instead of measure_part."""
    if part.number and BLOCKED in os.environ:
        threading.Event().wait()
    return measure_part(part)


@contextmanager
def scheduler_with_blocked_worker(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a scheduler, and the process that it and its only worker are."""
    with subprocess.Popen(
        [sys.executable, "-c", ALL_IN_ONE],
        cwd=folder,
        env=environment(folder) | {BLOCKED: ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.kill()


@contextmanager
def worker(address: str, folder: Path, blocked: bool) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that no nanny starts again when it is killed."""
    program = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
    with subprocess.Popen(
        [*program, "--nthreads", "1", "--no-dashboard"],
        cwd=folder,
        env=environment(folder) | ({BLOCKED: ""} if blocked else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
