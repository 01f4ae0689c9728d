"""Parts of a sweep on many workers: processes of this machine, or a Dask cluster.

Both are used through joblib; without it one process does everything. Results come in any order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

from checks.sweep.cell import Decisions, Part, measure_part
from checks.sweep.statistics import Summary
from derivations.errors import UnusableInput, one_line
from derivations.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

Result = tuple[Part, Summary, Decisions]
PATIENCE = 4.0
"""Seconds that a scheduler is given to answer."""
WATCH = 1.0
"""Seconds between two looks of a process whether the one that started it is still there."""


def measured_parts(
    parts: Sequence[Part], workers: int | None = None, scheduler: str | None = None
) -> Iterator[Result]:
    """The parts with their results, as they are finished.

    ``workers`` None means all processors. ``scheduler`` is the address of a Dask scheduler, which
    then decides about the workers. Raises UnusableInput if it cannot be reached or used.
    """
    if scheduler is not None:
        yield from _on_cluster(parts, scheduler)
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


def need_scheduler(address: str) -> None:
    """Raises UnusableInput unless a Dask scheduler with workers answers at this address.

    Asked without a client first: one that finds no scheduler hangs or complains when it is closed.
    """
    try:
        import distributed  # noqa: F401
        import joblib  # noqa: F401
    except ImportError as reason:
        raise UnusableInput(
            "--scheduler needs joblib and Dask; install keystar[parallel]"
        ) from reason
    try:
        with _quiet():
            workers = asyncio.run(asyncio.wait_for(_workers_of(address), PATIENCE))
    except Exception as reason:
        said = one_line(reason, 120) or f"nothing within {PATIENCE:g} s"
        raise UnusableInput(
            f"no Dask scheduler answers at {address!r}: {said}; start one with `dask scheduler` and"
            " give its address"
        ) from reason
    if not workers:
        raise UnusableInput(
            f"the scheduler at {address} has no workers; start some with `dask worker {address}`"
        )


async def _workers_of(address: str) -> int:
    """How many workers the scheduler says it has."""
    from distributed.comm import connect

    comm = await connect(address, timeout=PATIENCE)
    try:
        await comm.write({"op": "identity", "reply": True})
        answer = await comm.read()
    finally:
        comm.abort()
    return len(answer["workers"])


def _on_cluster(parts: Sequence[Part], address: str) -> Iterator[Result]:
    need_scheduler(address)
    import joblib
    from distributed import Client

    with (
        _quiet(),
        Client(address, timeout=PATIENCE, set_as_default=False) as client,
        joblib.parallel_config(backend="dask", client=client),
    ):
        _need_same_version(client, address)
        parallel = joblib.Parallel(return_as="generator_unordered")
        yield from parallel(joblib.delayed(_work)(part) for part in parts)


def _need_same_version(client: Client, address: str) -> None:
    """Raises UnusableInput unless all workers have this version of keystar."""
    try:
        versions = set(client.run(_version).values())
    except Exception as reason:
        raise UnusableInput(
            f"the workers of {address} cannot run keystar ({one_line(reason, 120)}); install"
            " keystar[parallel] there"
        ) from reason
    if versions != {VERSION}:
        raise UnusableInput(
            f"the workers of {address} have keystar {', '.join(sorted(versions))}, this is"
            f" {VERSION}; install the same version everywhere"
        )


def _version() -> str:
    return VERSION


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dask logs to standard error what becomes one sentence here."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
