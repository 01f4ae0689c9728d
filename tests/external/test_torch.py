"""PyTorch tensors are measured on their own device, by the same code."""

from pathlib import Path

import numpy as np
import pytest

from checks.inputs.rows import Rows
from checks.measure import measure
from checks.streaming import Head, plan, stream
from checks.tensors import UnusableInput, as_tensors, read_tensors

pytestmark = pytest.mark.external


@pytest.fixture(scope="module")
def devices():
    """The processor, and the accelerator where there is one."""
    import torch

    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def tensors(dtype="float64", normal=6, frozen=300, width=8):
    """Q, K, V drawn from a seed."""
    import torch

    dtype = getattr(torch, dtype)
    drawn = torch.Generator().manual_seed(0)
    rows = (normal, frozen + normal, frozen + normal)
    return [torch.randn(n, width, dtype=dtype, generator=drawn) for n in rows]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("factor", [1.0, 900.0], ids=["plain", "far apart"])
@pytest.mark.parametrize("cluster_by", ["value", "key-value"])
def test_pytorch_agrees_with_numpy(monkeypatch, devices, causal, factor, cluster_by):
    monkeypatch.setattr(plan, "BLOCK_ENTRIES", 500)
    queries, keys, values = tensors()
    given = as_tensors(factor * queries, keys, values)
    whole = measure(given, causal=causal, cluster_by=cluster_by)

    def streamed(rows):
        asked = {"by_key": cluster_by == "key-value", "merged": True, "keep_winners": True}
        return stream(Head(factor * queries.numpy(), *map(Rows, rows), None, causal, **asked))

    plain = streamed([keys.numpy(), values.numpy()])
    for device in devices:
        parts = streamed([each.to(device) for each in (keys, values)])
        for part, other in zip(parts, plain, strict=True):
            np.testing.assert_array_equal(part.winners, other.winners)
        for kind in ("quantities", "errors", "bounds"):
            for name, wanted in getattr(whole, kind).items():
                if name == "constant":
                    continue
                found = np.concatenate([getattr(part, kind)[name] for part in parts])
                np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
@pytest.mark.parametrize("accumulate", ["float32", "float64"])
def test_large_tensors_stay_where_they_are(devices, dtype, accumulate):
    given = tensors(dtype, normal=64, frozen=2**15, width=32)
    plain = measure(as_tensors(*(each.double().numpy() for each in given)))
    for device in devices:
        own = as_tensors(*(each.to(device) for each in given))
        assert isinstance(own.keys, Rows) and own.keys.stored.device.type == device
        result = measure(own, accumulate=accumulate)
        assert result.streamed and result.all_certified
        assert set(result.stored.values()) == {dtype}
        for name in ("effective", "uniform_key", "shared", "shared_largest"):
            np.testing.assert_allclose(
                result.errors[name], plain.errors[name], rtol=1e-3, atol=1e-6
            )


def test_a_file_that_pytorch_writes_today_is_read(tmp_path: Path):
    import torch

    queries, keys, values = tensors("bfloat16")
    torch.save({"Q": queries, "K": keys.T.contiguous().T, "V": values[:, :3]}, tmp_path / "x.pt")
    found = read_tensors(tmp_path / "x.pt")
    np.testing.assert_array_equal(found.keys, keys.double().numpy())
    np.testing.assert_array_equal(found.values, values[:, :3].double().numpy())


def test_a_file_of_the_old_format_is_left_to_pytorch(tmp_path: Path):
    import torch

    content = dict(zip("QKV", tensors(), strict=True))
    torch.save(content, tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    np.testing.assert_array_equal(read_tensors(tmp_path / "x.pt").keys, content["K"].numpy())


def test_coarser_products_are_refused_for_float32():
    import torch

    torch.set_float32_matmul_precision("medium")
    try:
        with pytest.raises(UnusableInput, match="float32 products have the precision 'medium'"):
            measure(
                as_tensors(*tensors("float32", normal=64, frozen=2**15, width=64)),
                accumulate="float32",
            )
    finally:
        torch.set_float32_matmul_precision("highest")
