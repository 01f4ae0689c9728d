"""Parts of a sweep on many workers: processes of this machine (joblib), or a Dask cluster.

Without joblib one process does everything. Results come in any order.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from functools import cache
from typing import Any

from checks.sweep.cell import Decisions, Part, measure_part
from checks.sweep.cluster import parts_on_cluster
from checks.sweep.statistics import Summary
from derivations.errors import UnusableInput

Result = tuple[Part, Summary, Decisions]
WATCH = 1.0
"""Seconds between two looks of a process whether the one that started it is still there."""


def measured_parts(
    parts: Sequence[Part],
    workers: int | None = None,
    scheduler: str | None = None,
    waiting: Callable[[bool], None] = lambda alone: None,
) -> Iterator[Result]:
    """The parts with their results, as they are finished.

    ``workers`` None means all processors. ``scheduler`` is the address of a Dask scheduler, which
    then decides about the workers; ``waiting`` is told when it has lost all of them (True) and
    when it has some again (False). Raises UnusableInput if workers or scheduler go away.
    """
    if scheduler is not None:
        yield from parts_on_cluster(parts, scheduler, waiting)
        return
    joblib = _joblib()
    count = workers or (joblib.cpu_count() if joblib else 1)
    if joblib is None or min(count, len(parts)) <= 1:
        yield from map(_work, parts)
        return
    parallel = joblib.Parallel(
        n_jobs=min(count, len(parts)),
        return_as="generator_unordered",
    )
    try:
        yield from parallel(joblib.delayed(_work_for)(os.getpid(), part) for part in parts)
    except BrokenExecutor as reason:
        raise UnusableInput(
            "a worker process died, perhaps for want of memory; run the sweep again to go on, with"
            " fewer --workers"
        ) from reason


def _work(part: Part) -> Result:
    return (part, *measure_part(part))


def _work_for(parent: int, part: Part) -> Result:
    """The work of a process that ends when the one that started it does, even if by a kill."""
    _end_with(parent)
    return _work(part)


@cache
def _end_with(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os._exit(1)

    if os.getpid() != parent:
        threading.Thread(target=watch, daemon=True).start()


def _joblib() -> Any:
    try:
        import joblib
    except ImportError:
        return None
    return joblib
