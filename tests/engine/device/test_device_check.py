"""Check of devices: a device works only if its results equal the CPU's."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from studio.engine.device import device_check


def test_the_cpu_is_listed_and_correct():
    assert device_check.names()[0] == "cpu"
    result = device_check.check("cpu")
    assert result.ok
    assert 0 < result.difference < 1e-5


def test_the_check_does_not_change_the_random_state():
    before = torch.get_rng_state()
    device_check.check("cpu")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("wrong", [0.1, math.nan, math.inf])
def test_a_kernel_with_wrong_results_is_detected(monkeypatch, wrong):
    conv2d = functional.conv2d

    def broken(photos, kernels, **more):
        rows = conv2d(photos, kernels, **more)
        return rows + wrong if photos.dtype == torch.float32 else rows

    monkeypatch.setattr(functional, "conv2d", broken)
    result = device_check.check("cpu")
    assert not result.ok
    assert result.error == ""


def test_a_wrong_gradient_is_detected(monkeypatch):
    class Halved(torch.autograd.Function):
        @staticmethod
        def forward(_context, rows):
            return rows.clamp_min(0)

        @staticmethod
        def backward(_context, gradient):
            return gradient / 2

    relu = torch.relu
    monkeypatch.setattr(torch, "relu", lambda rows: Halved.apply(rows) if rows.dtype == torch.float32 else relu(rows))
    assert not device_check.check("cpu").ok


def test_a_device_without_kernels_has_a_reason(monkeypatch):
    def none(*_arguments, **_more):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nCompile with …")

    monkeypatch.setattr(functional, "conv2d", none)
    result = device_check.check("cpu")
    assert (result.ok, result.error) == (
        False,
        "CUDA error: no kernel image is available for execution on the device",
    )


def test_a_missing_device_is_not_a_defect():
    result = device_check.check("cuda:99")
    assert not result.ok
    assert result.error


def test_a_gpu_that_torch_does_not_use_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device_check, "DRIVER", tmp_path / "version")
    assert device_check.unused_gpu() == ""
    (tmp_path / "version").touch()
    monkeypatch.setattr(torch.version, "cuda", None)
    assert device_check.unused_gpu() == "this torch was built without CUDA"

    def old() -> None:
        raise RuntimeError("The NVIDIA driver on your system is too old.\nPlease update")

    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "init", old)
    assert device_check.unused_gpu() == "The NVIDIA driver on your system is too old"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_each_gpu_is_correct():
    names = [name for name in device_check.names() if name.startswith("cuda")]
    assert names
    for name in names:
        result = device_check.check(name)
        assert result.ok, result
        assert "compute capability" in result.model
    assert device_check.unused_gpu() == ""
