"""Settings of a GPU's algorithms, number types and memory errors. These tests need no GPU."""

from __future__ import annotations

import os
import warnings

import pytest
import torch
from tiny import ALL_FROZEN, load, record, trained
from torch import nn

from studio.engine.device import devices, precision
from studio.engine.extraction import extract
from studio.spec import UserError

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda:0"), torch.device("mps")


def switches() -> dict[str, object]:
    return {**devices._settings(), "workspace": os.environ.get(devices.CUBLAS_VARIABLE)}


@pytest.fixture(autouse=True)
def no_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(devices.CUBLAS_VARIABLE, raising=False)


@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_settings_are_set_and_restored(deterministic: bool, dtype: torch.dtype) -> None:
    before = switches()
    with devices.deterministic_mode(CUDA, deterministic, dtype):
        now = switches()
        assert now["mode"] == now["deterministic"] == deterministic
        assert now["benchmark"] is not deterministic
        assert now["workspace"] == (":4096:8" if deterministic else None)
        assert now["convolutions"] is (dtype != torch.float32)
    assert switches() == before


def test_settings_are_restored_where_a_run_fails() -> None:
    before = switches()
    with pytest.raises(ZeroDivisionError), devices.deterministic_mode(CUDA, True, torch.float32):
        raise ZeroDivisionError
    assert switches() == before


def test_the_users_own_workspace_setting_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.CUBLAS_VARIABLE, ":16:8")
    with devices.deterministic_mode(CUDA, True, torch.float32):
        assert os.environ[devices.CUBLAS_VARIABLE] == ":16:8"
    assert os.environ[devices.CUBLAS_VARIABLE] == ":16:8"


def test_no_settings_are_changed_on_a_cpu() -> None:
    before = switches()
    with devices.deterministic_mode(CPU, True, torch.float32):
        assert switches() == before


def test_operations_without_a_deterministic_algorithm_are_named_each_time() -> None:
    for _ in range(2):  # the warning is shown again for a second run in the same program
        with devices.deterministic_mode(CUDA, True, torch.float32) as operations:
            torch.zeros(3).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))  # warns on CPUs, too
        assert operations == {"put_"}


def test_other_warnings_are_shown() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with devices.deterministic_mode(CUDA, True, torch.float32) as operations:
            warnings.warn("something else", stacklevel=1)
    assert [str(warning.message) for warning in caught] == ["something else"]
    assert not operations


def test_possible_differences_are_described() -> None:
    assert devices.differences(CPU, True) == ()
    assert "the run lists those it used" in devices.differences(CUDA, True)[0]
    assert "selected by benchmark" in devices.differences(CUDA, False)[0]
    assert "no setting" in devices.differences(MPS, True)[0]


def test_the_record_has_precision_and_differences(photos, tmp_path) -> None:
    trained(photos, tmp_path / "run", ALL_FROZEN, epochs=1)
    assert (record(tmp_path / "run")["precision"], record(tmp_path / "run")["differences"]) == ("float32", [])


# ------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(("major", "expected"), [(9, torch.bfloat16), (8, torch.bfloat16), (7, torch.float32)])
def test_auto_selects_bfloat16_where_the_gpu_supports_it(monkeypatch: pytest.MonkeyPatch, major: int, expected) -> None:
    card = type("Card", (), {"major": major})
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _device: card)
    assert precision.training_dtype("auto", CUDA) == precision.frozen_dtype("auto", CUDA) == expected


def test_a_cpu_computes_frozen_layers_in_float32() -> None:
    assert precision.frozen_dtype("bfloat16", CPU) == precision.frozen_dtype("float16", CPU) == torch.float32
    assert precision.training_dtype("bfloat16", CPU) == torch.bfloat16
    assert precision.training_dtype("auto", MPS) == torch.float32


def test_a_mac_without_bfloat16_is_an_error() -> None:
    if torch.backends.mps.is_available():
        pytest.skip("this one has a GPU")
    with pytest.raises(UserError, match="bfloat16"):
        precision.training_dtype("bfloat16", MPS)


def test_rows_of_another_number_type_are_in_another_store() -> None:
    base = load()
    keys = {extract.store_key(base, "features", dtype) for dtype in (torch.float32, torch.bfloat16, torch.float16)}
    assert len(keys) == 3
    assert extract.store_key(base, "features") in keys
    pixels = {extract.store_key(base, "pixels", dtype) for dtype in (torch.float32, torch.bfloat16)}
    assert len(pixels) == 1, "pixels are not computed"


# ------------------------------------------------------------------------------------------------ memory


def test_the_error_for_a_network_that_does_not_fit_has_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    network = nn.Linear(1, 1)
    monkeypatch.setattr(network, "to", full)
    with pytest.raises(UserError, match="put the network on cuda:0") as fault:
        devices.move_network(network, CUDA)
    assert "smaller backbone" in fault.value.hint
