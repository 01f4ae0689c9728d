"""A sweep on a Dask cluster: the bytes of one process, and one sentence when it goes away."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from click.testing import CliRunner
from distributed import Client, LocalCluster

from checks.cli import main
from checks.sweep import cluster as module
from checks.sweep.cell import parts
from checks.sweep.cluster import need_scheduler
from checks.sweep.run import sweep
from checks.sweep.workers import measured_parts
from derivations.errors import UnusableInput
from tests.checks.sweep.cut_short import (
    measured_or_blocked,
    scheduler_with_blocked_worker,
    worker,
)
from tests.checks.sweep.points import KINDS
from tests.process import ROOT, contents, environment

POINTS = [KINDS["clustered"], KINDS["planted"], KINDS["sphere"]]
SIZES = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}


@pytest.fixture(scope="module")
def cluster():
    """A scheduler with two workers, each a process of its own that finds this checkout."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([before] if before else [])])
    try:
        with LocalCluster(n_workers=2, threads_per_worker=1, **SIZES) as running:
            yield running.scheduler_address
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def test_a_cluster_gives_the_bytes_of_one_process(tmp_path, cluster):
    draws = 9000
    sweep(POINTS, tmp_path / "one", draws=draws, workers=1)
    sweep(POINTS, tmp_path / "cluster", draws=draws, scheduler=cluster)
    assert len(list((tmp_path / "one" / "parts").iterdir())) == len(POINTS)
    assert contents(tmp_path / "one") == contents(tmp_path / "cluster")


def test_a_cluster_can_go_on_where_one_process_stopped(tmp_path, cluster):
    sweep(POINTS, tmp_path / "whole", draws=500, workers=1)
    sweep(POINTS, tmp_path / "cut", draws=500, workers=1)
    for path in list((tmp_path / "cut" / "parts").iterdir())[1:]:
        path.unlink()
    sweep(POINTS, tmp_path / "cut", draws=500, scheduler=cluster)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_the_work_is_done_there_even_if_there_is_one_worker(monkeypatch):
    monkeypatch.setattr(module, "measure_part", where)
    with LocalCluster(n_workers=1, threads_per_worker=1, **SIZES) as running:
        found = list(measured_parts(parts(POINTS[0], 0, 9), scheduler=running.scheduler_address))
    assert [process != os.getpid() for _, process, _ in found] == [True]


def where(part):
    """The process that a part is measured in, where its result should be."""
    return os.getpid(), None


def test_workers_of_another_version_are_refused(cluster, monkeypatch):
    monkeypatch.setattr(module, "VERSION", "9.9.9")
    with pytest.raises(UnusableInput, match=r"have keystar .*, this is 9\.9\.9; install the same"):
        list(measured_parts([], scheduler=cluster))


def test_without_dask_a_scheduler_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UnusableInput, match=r"--scheduler needs Dask; install keystar\[parallel\]"):
        sweep(POINTS, tmp_path / "none", draws=50, scheduler="127.0.0.1:1")
    assert not (tmp_path / "none").exists()


def test_a_scheduler_that_does_not_answer_is_named_quickly(tmp_path):
    began = time.monotonic()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for address in (f"tcp://127.0.0.1:{silent.getsockname()[1]}", "nonsense", "", "x://1:2"):
            with pytest.raises(UnusableInput, match="no Dask scheduler answers at") as refusal:
                sweep(POINTS, tmp_path / "out", draws=10, scheduler=address)
            assert "\n" not in str(refusal.value)
    assert time.monotonic() - began < 3 * module.PATIENCE
    assert not (tmp_path / "out").exists()


def test_a_scheduler_without_workers_is_named():
    with (
        LocalCluster(n_workers=0, **SIZES) as empty,
        pytest.raises(UnusableInput, match="has no workers; start some with `dask worker"),
    ):
        need_scheduler(empty.scheduler_address)


# ---- a cluster that goes away in the middle -----------------------------------------------------

KILLING_AFTER_ONE_PART = """
import os, signal, sys
from checks.cli import main
from checks.sweep import cluster
from checks.sweep.store import Store
from tests.checks.sweep.cut_short import measured_or_blocked

put = Store.put

def put_and_kill(*arguments):
    put(*arguments)
    os.kill(int(sys.argv[1]), signal.SIGKILL)

Store.put = put_and_kill
cluster.measure_part = measured_or_blocked
main(sys.argv[2:])
"""
CELL = ("--model", "planted", "--d", "5", "--n", "4", "--m", "8", "--p", "4", "--draws", "300000")


def test_a_scheduler_that_dies_is_one_sentence_and_the_sweep_goes_on_later(tmp_path, monkeypatch):
    monkeypatch.setattr("checks.commands.sweep.draw_figures", lambda folder: ([], None))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with scheduler_with_blocked_worker(temporary) as (address, process):
        arguments = ["sweep", *CELL, "--scheduler", address, "-o", "cut"]
        done = subprocess.run(
            [sys.executable, "-c", KILLING_AFTER_ONE_PART, str(process), *arguments],
            cwd=tmp_path,
            env=environment(temporary),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"keystar: the Dask scheduler at {address} went away; run the same command again to go on"
        "\n",
    )
    assert set(contents(tmp_path / "cut")) >= {"manifest.json", "parts"}
    assert len(list((tmp_path / "cut" / "parts").iterdir())) == 1
    for folder in ("cut", "whole"):
        arguments = ["sweep", *CELL, "--workers", "1", "-o", str(tmp_path / folder)]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "cut" / "parts").iterdir())) > 1
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


@pytest.fixture
def abandoned(tmp_path, monkeypatch):
    """A sweep whose only worker was killed after the first part, and the address to help it at.

    A worker that is started during the test is killed after it.
    """
    monkeypatch.setattr(module, "measure_part", measured_or_blocked)
    monkeypatch.setattr(module, "LOOK", 0.05)
    work = parts(KINDS["planted"], seed=0, draws=300_000)
    told = []
    with ExitStack() as stack:
        running = stack.enter_context(LocalCluster(n_workers=0, **SIZES))
        address = running.scheduler_address
        first = stack.enter_context(worker(address, tmp_path, blocked=True))
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)

        def waiting(alone):
            told.append(alone)
            if alone and module.WITHOUT_WORKERS > 1:
                stack.enter_context(worker(address, tmp_path, blocked=False))

        results = measured_parts(work, scheduler=address, waiting=waiting)
        found = [next(results)]
        first.kill()
        yield work, found, results, told


def test_workers_that_come_back_finish_the_sweep(abandoned):
    work, found, results, told = abandoned
    found += results
    assert {part.number for part, _, _ in found} == {part.number for part in work}
    assert len(found) == len(work) > 1
    assert told == [True, False]


def test_a_cluster_without_workers_is_not_waited_for_without_end(abandoned, monkeypatch):
    monkeypatch.setattr(module, "WITHOUT_WORKERS", 0.3)
    _, _, results, told = abandoned
    wanted = r"no worker of .* was left for 0\.3 s; start some .* the same command again to go on"
    with pytest.raises(UnusableInput, match=wanted):
        list(results)
    assert told == [True, False]


def test_a_part_that_kills_every_worker_is_one_sentence(monkeypatch):
    monkeypatch.setattr(module, "measure_part", end)
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, threads_per_worker=1, **SIZES) as running,
        pytest.raises(UnusableInput, match="died of one part of the sweep again and again"),
    ):
        list(measured_parts(parts(POINTS[0], 0, 9), scheduler=running.scheduler_address))


def end(part):
    """What a want of memory does to the process of a worker."""
    os._exit(1)


def test_an_error_in_a_part_is_not_taken_for_the_loss_of_the_cluster(cluster, monkeypatch):
    monkeypatch.setattr(module, "measure_part", wrong)
    with pytest.raises(ZeroDivisionError):
        list(measured_parts(parts(POINTS[0], 0, 9), scheduler=cluster))


def wrong(part):
    """A fault of the program."""
    return 1 / 0
