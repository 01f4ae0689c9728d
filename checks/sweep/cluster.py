"""Parts of a sweep on a Dask cluster, and what is said when the cluster goes away.

A scheduler that dies takes the connection with it: that is noticed at once and is the end. Workers
that die may come back (a nanny starts a new process within seconds, a batch system within about a
minute), and Dask then does their parts again. So workers are waited for, but not for ever: a
command that waits costs its machine and nobody looks at it, and one that stops has lost nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from checks.sweep.cell import Decisions, Part, measure_part
from checks.sweep.statistics import Summary
from derivations.errors import UnusableInput, one_line
from derivations.version import VERSION

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 4.0
"""Seconds that a scheduler is given to answer."""
LOOK = 2.0
"""Seconds without a result after which one looks whether there are workers."""
WITHOUT_WORKERS = 60.0
"""Seconds that a cluster may be without workers."""
LOUD = ("distributed", "tornado", "asyncio")
"""Whose loggers write to standard error, traceback by traceback, that a connection is lost."""


def need_scheduler(address: str) -> None:
    """Raises UnusableInput unless a Dask scheduler with workers answers at this address.

    Asked without a client first: one that finds no scheduler hangs or complains when it is closed.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as reason:
        raise UnusableInput("--scheduler needs Dask; install keystar[parallel]") from reason
    try:
        workers = _workers_of(address)
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


def parts_on_cluster(
    parts: Sequence[Part], address: str, waiting: Callable[[bool], None]
) -> Iterator[tuple[Part, Summary, Decisions]]:
    """The parts with their results, as they are finished, from the workers of this scheduler.

    ``waiting`` is told True when there are no workers, and False when there are again. Raises
    UnusableInput if the scheduler or its workers cannot be used or go away.
    """
    need_scheduler(address)
    with _client(address) as client:
        _need_same_version(client, address)
        finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        # Each future is kept with its part: Dask drops the work of one that nobody holds.
        running = {client.submit(measure_part, part, pure=False): part for part in parts}
        for future in list(running):
            future.add_done_callback(finished.put)
        while running:
            future = _next(finished, address, waiting)
            yield running.pop(future), *_result(future, address)


def _next(
    finished: queue.SimpleQueue[Future], address: str, waiting: Callable[[bool], None]
) -> Future:
    """The next future that is done."""
    seen, alone = time.monotonic(), False
    try:
        while True:
            with contextlib.suppress(queue.Empty):
                return finished.get(timeout=LOOK)
            there = _has_workers(address)
            if there:
                seen = time.monotonic()
            elif time.monotonic() - seen > WITHOUT_WORKERS:
                raise UnusableInput(
                    f"no worker of the Dask scheduler at {address} was left for"
                    f" {WITHOUT_WORKERS:g} s; start some with `dask worker {address}` and run the"
                    " same command again to go on"
                )
            if there is alone:
                alone = not there
                waiting(alone)
    finally:
        if alone:
            waiting(False)


def _result(future: Future, address: str) -> tuple[Summary, Decisions]:
    """What the future has found; raises UnusableInput if the cluster is why it has not."""
    from distributed.scheduler import KilledWorker

    if future.status == "cancelled":
        raise _went_away(address)
    if future.status == "error":
        fault = future.exception()
        if isinstance(fault, KilledWorker):
            raise UnusableInput(
                f"workers of {address} died of one part of the sweep again and again, perhaps for"
                " want of memory; run the same command again to go on, with larger workers"
            ) from fault
        raise fault
    return future.result()


def _went_away(address: str) -> UnusableInput:
    return UnusableInput(
        f"the Dask scheduler at {address} went away; run the same command again to go on"
    )


def _has_workers(address: str) -> bool:
    """Whether the scheduler says so; one that does not answer in time has none for now."""
    try:
        return _workers_of(address) > 0
    except Exception:
        return False


def _workers_of(address: str) -> int:
    """How many workers the scheduler says it has."""

    async def asked() -> int:
        from distributed.comm import connect

        comm = await connect(address, timeout=PATIENCE)
        try:
            await comm.write({"op": "identity", "reply": True})
            answer = await comm.read()
        finally:
            comm.abort()
        return len(answer["workers"])

    with _quiet():
        return asyncio.run(asyncio.wait_for(asked(), PATIENCE))


@contextlib.contextmanager
def _client(address: str) -> Iterator[Client]:
    from distributed import Client

    with _quiet():
        try:
            client = Client(address, timeout=PATIENCE, set_as_default=False)
        except OSError as reason:
            raise _went_away(address) from reason
        with client:
            yield client


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
    """Dask and what it stands on log to standard error what becomes one sentence here.

    Dask gives some of its loggers a level and a handler of their own, so each is told.
    """
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in LOUD]
    loggers = [logging.getLogger(name) for name in {*names, *LOUD}]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
