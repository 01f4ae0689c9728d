"""The same numbers from one process, from two and from a Dask cluster; one sentence if it fails."""

import os
import socket
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import joblib
import pytest
from distributed import LocalCluster

from checks.sweep import workers as module
from checks.sweep.run import sweep
from checks.sweep.workers import measured_parts, need_scheduler
from derivations.errors import UnusableInput
from tests.checks.sweep.points import KINDS

POINTS = [KINDS["clustered"], KINDS["planted"], KINDS["sphere"]]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def cluster():
    """A scheduler with two workers, each a process of its own that finds this checkout."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([before] if before else [])])
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    try:
        with LocalCluster(host="127.0.0.1", **options) as running:
            yield running.scheduler_address
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def files(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_processes_and_cluster_give_the_bytes_of_one_process(tmp_path, cluster):
    draws = 9000
    sweep(POINTS, tmp_path / "one", draws=draws, workers=1)
    sweep(POINTS, tmp_path / "two", draws=draws, workers=2)
    sweep(POINTS, tmp_path / "cluster", draws=draws, scheduler=cluster)
    assert len(files(tmp_path / "one")) == 4 + len(POINTS)
    assert files(tmp_path / "one") == files(tmp_path / "two") == files(tmp_path / "cluster")


def test_a_cluster_can_go_on_where_one_process_stopped(tmp_path, cluster):
    sweep(POINTS, tmp_path / "whole", draws=500, workers=1)
    sweep(POINTS, tmp_path / "cut", draws=500, workers=1)
    for path in list((tmp_path / "cut" / "parts").iterdir())[1:]:
        path.unlink()
    sweep(POINTS, tmp_path / "cut", draws=500, scheduler=cluster)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


def test_workers_of_another_version_are_refused(cluster, monkeypatch):
    monkeypatch.setattr(module, "VERSION", "9.9.9")
    with pytest.raises(UnusableInput, match=r"have keystar .*, this is 9\.9\.9; install the same"):
        list(measured_parts([], scheduler=cluster))


def test_without_joblib_one_process_does_it_all(tmp_path, monkeypatch):
    sweep(POINTS, tmp_path / "with", draws=50, workers=2)
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert sweep(POINTS, tmp_path / "without", draws=50).remarks == ()
    assert files(tmp_path / "with") == files(tmp_path / "without")
    with pytest.raises(UnusableInput, match=r"--scheduler needs joblib and Dask; install keystar"):
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
    options = {"n_workers": 0, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with (
        LocalCluster(**options) as empty,
        pytest.raises(UnusableInput, match="has no workers; start some with `dask worker"),
    ):
        need_scheduler(empty.scheduler_address)


def test_a_process_that_dies_is_one_sentence(monkeypatch):
    class Dying:
        def __init__(self, **options):
            pass

        def __call__(self, tasks):
            raise BrokenExecutor

    monkeypatch.setattr(joblib, "Parallel", Dying)
    with pytest.raises(UnusableInput, match="a worker process died"):
        list(measured_parts([None, None], workers=2))
