"""A compiled network gives the rows of torch, which computes them otherwise; and OpenVINO reports nothing."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from tiny import LITE0, load, plain
from torch import Tensor
from trimming import few

from studio.engine.backbones.backbone import normalize
from studio.engine.extraction import extract, openvino, runtime
from studio.jobs.protocol import Interrupted, never

pytest.importorskip("openvino")

CPU = torch.device("cpu")
WHOLE = functools.partial(extract.output_at, "features")


@pytest.fixture(autouse=True)
def as_users_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THAW_RUNTIME")


def some_photos(count: int, size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *size, 3), dtype=np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("name", few(["tf_efficientnet_lite0", "resnet18", "convnext_atto"], ["convnext_atto"]))
def test_rows_equal_the_networks_output(name: str) -> None:
    base = load(LITE0) if name == "tf_efficientnet_lite0" else plain(name)
    quick = extract.make_runtime(base, "features", CPU)
    assert quick.name == "openvino"
    photos = some_photos(5, base.preprocess.size)
    with torch.no_grad():
        expected = base.features(normalize(photos, base.preprocess, CPU)).numpy()
    actual = extract.forward(quick, photos)
    quick.close()
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.slow
def test_compiling_does_not_change_the_network() -> None:
    base = plain("resnet10t")
    base.network.requires_grad_(False)
    thawed = next(base.network.parameters()).requires_grad_(True)
    before = {name: tensor.clone() for name, tensor in base.network.state_dict().items()}
    assert openvino.compile_network(base, WHOLE) is not None
    assert [parameter for parameter in base.network.parameters() if parameter.requires_grad] == [thawed]
    assert all(torch.equal(before[name], tensor) for name, tensor in base.network.state_dict().items())
    assert not any(module._forward_hooks for module in base.network.modules())


@pytest.mark.slow
def test_a_network_with_other_results_in_openvino_is_computed_by_torch() -> None:
    base = plain("resnet10t")

    def by_what_the_photo_shows(network: torch.nn.Module, photos: Tensor) -> Tensor:
        rows = WHOLE(network, photos)
        is_rough = bool(
            photos.diff(dim=3).abs().mean() > 0.5
        )  # a Python condition, of which a trace has only one branch
        return rows if is_rough else -rows

    assert openvino.compile_network(base, by_what_the_photo_shows) is None
    fallback = runtime.find(base, by_what_the_photo_shows, CPU, never)
    assert fallback.name == "torch"


@pytest.mark.slow
def test_a_network_that_openvino_cannot_translate_is_computed_by_torch() -> None:
    def untranslatable(network: torch.nn.Module, photos: Tensor) -> Tensor:
        return torch.special.bessel_j0(WHOLE(network, photos))

    assert openvino.compile_network(plain("resnet10t"), untranslatable) is None


@pytest.mark.slow
def test_extraction_can_be_stopped_during_translation_and_during_computation() -> None:
    base = plain("resnet10t")
    with pytest.raises(Interrupted):
        openvino.compile_network(base, WHOLE, lambda: True)
    assert not any(module._forward_hooks for module in base.network.modules())
    stopped = threading.Event()
    base = plain("resnet18", 512)  # computing one photo takes longer than the interval of checking `stop`
    network = openvino.compile_network(base, WHOLE, stopped.is_set)
    assert network is not None
    stopped.set()
    with pytest.raises(Interrupted):
        network.row(some_photos(1, (512, 512))[0])
    stopped.clear()
    assert network.row(some_photos(1, (512, 512))[0]).shape == (512,)


def test_openvino_is_not_used_on_a_gpu_for_large_networks_or_where_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert openvino.is_eligible(1000, CPU)
    assert not openvino.is_eligible(openvino.MAX_PARAMETERS + 1, CPU)
    assert not openvino.is_eligible(1000, torch.device("cuda"))
    monkeypatch.setenv("THAW_RUNTIME", "eager")
    assert not openvino.is_eligible(1000, CPU)


@pytest.mark.slow
def test_openvino_telemetry_is_not_imported() -> None:
    code = """
import sys
from studio.engine.extraction.compiled import library
library()
assert "openvino" in sys.modules
assert not [name for name in sys.modules if name.startswith("openvino_telemetry")]
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
