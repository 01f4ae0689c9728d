"""Input larger than the memory a process may have, measured under a limit of the system's."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from checks.measure import measure
from checks.tensors import as_tensors

NORMAL, FROZEN, WIDTH = 16, 400_000, 64

LIMITED = """
import json, resource, sys, threading
import numpy as np
from checks.measure import measure
from checks.tensors import as_tensors, read_tensors

folder, accumulate = sys.argv[1:]
rng = np.random.default_rng(1)
rows = [rng.normal(size=(n, 64)) for n in (16, 40_000, 40_000)]
# Whatever is loaded and allocated once is there before the limit is set: BLAS sets 32 MiB aside for
# every thread that multiplies while others do.
together = threading.Barrier(4)
def multiply():
    for dtype in (np.float64, np.float32):
        square = np.ones((700, 700), dtype)
        together.wait()
        square @ square
workers = [threading.Thread(target=multiply) for _ in range(4)]
for each in workers:
    each.start()
for each in workers:
    each.join()
measure(as_tensors(*rows), accumulate=accumulate)
with open("/proc/self/status") as file:
    data = next(int(line.split()[1]) for line in file if line.startswith("VmData")) * 1024
limit = data + 64 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    np.load(folder + "/K.npy")
except MemoryError:
    loaded = False
else:
    loaded = True
result = measure(read_tensors(folder), accumulate=accumulate)
medians = {name: float(np.median(error)) for name, error in result.errors.items()}
json.dump({"loaded": loaded, "certified": result.all_certified, "errors": medians}, sys.stdout)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Queries, and two files of 98 MiB, which do not stay."""
    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    for name, rows in (("Q", NORMAL), ("K", FROZEN + NORMAL), ("V", FROZEN + NORMAL)):
        stored = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float32, (rows, WIDTH))
        for start in range(0, rows, 50_000):
            stored[start : start + 50_000] = rng.random(stored[start : start + 50_000].shape) - 0.5
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read")
@pytest.mark.parametrize("accumulate", ["float64", "float32"])
def test_files_larger_than_the_memory_that_is_left(folder, accumulate):
    """64 MiB are left of what the system grants; one of the two files alone would not fit."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder), accumulate],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["certified"] and not found["loaded"]
    arrays = [np.load(folder / f"{name}.npy") for name in "QKV"]
    for name, error in measure(as_tensors(*arrays)).errors.items():
        assert found["errors"][name] == pytest.approx(float(np.median(error)), rel=1e-3)
