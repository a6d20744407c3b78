"""The second prediction uses the network compiled by the first: with the same result, and without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from head_network import network_of
from safetensors.torch import load_file, save_file
from tiny import ALL_FROZEN, LAST_BLOCK, load, only, trained
from tiny_network import NAME
from trimming import few

from studio.engine.cache import artifacts
from studio.engine.extraction import compiled
from studio.engine.predict import compiled_model, head_arrays, predict
from studio.events import Event, ImagePrediction, Stage, Warned
from studio.jobs.protocol import never
from studio.spec import BackboneSpec, HeadSpec, UserError
from studio.system import paths


@pytest.fixture(autouse=True)
def with_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THAW_RUNTIME", raising=False)
    if not compiled.is_supported():
        pytest.skip("rows come from torch here")


@pytest.fixture
def backbone(tmp_path: Path) -> BackboneSpec:
    save_file({f"m.{name}": value for name, value in load().network.state_dict().items()}, tmp_path / "w.safetensors")
    return BackboneSpec(NAME, str(tmp_path / "w.safetensors"), 32)


@pytest.fixture
def photo(photos: Path) -> str:
    return str(photos / "cold" / "00.jpg")


def reports(events: list[Event]) -> list[Event]:
    """Stages other than imports, and warnings."""
    return [event for event in events if isinstance(event, Stage | Warned) and getattr(event, "name", "") != "import"]


def is_cached(run: Path, device: str = "auto") -> bool:
    cached = compiled_model.load(run, device, never, None)
    if cached is not None:
        cached[0].runtime.close()
    return cached is not None


@pytest.mark.parametrize("plan", few([ALL_FROZEN, LAST_BLOCK], [ALL_FROZEN]))
def test_a_second_prediction_equals_the_first_without_torch(photos, tmp_path, photo, backbone, plan, monkeypatch):
    run = tmp_path / "run"
    trained(photos, run, plan, backbone, epochs=1)
    assert not is_cached(run)
    first = list(predict.predict(run, [photo], "auto"))
    monkeypatch.delattr(predict, "_load_with_torch")
    second = list(predict.predict(run, [photo], "auto"))
    assert only(first, ImagePrediction) == only(second, ImagePrediction), "to the last bit"
    assert reports(first) == reports(second)
    assert any("Read" in stage.title for stage in only(second, Stage)), "the note about the weights file is repeated"


@pytest.mark.slow
def test_another_epoch_head_or_file_is_another_model(photos, tmp_path, photo, backbone):
    run = tmp_path / "run"
    trained(photos, run, LAST_BLOCK, backbone, epochs=1)
    list(predict.predict(run, [photo], "cpu"))
    assert is_cached(run)
    tensors = load_file(backbone.weights)
    save_file({name: value + 1 for name, value in tensors.items()}, backbone.weights)
    assert not is_cached(run)
    with pytest.raises(UserError, match="are not those that"):
        list(predict.predict(run, [photo], "cpu"))
    save_file(tensors, backbone.weights)
    for file in (run / "thawed.safetensors", run / "best" / "thawed.safetensors"):
        file.unlink()
    assert not is_cached(run)


@pytest.mark.slow
def test_a_compiled_model_of_another_version_or_machine_is_compiled_again(
    photos, tmp_path, photo, backbone, monkeypatch
):
    run = tmp_path / "run"
    trained(photos, run, ALL_FROZEN, backbone, epochs=1)
    list(predict.predict(run, [photo], "cpu"))
    changes = [
        (artifacts, "version", lambda library: f"{library} of tomorrow"),
        (compiled_model, "_processor", lambda: "another"),
        (compiled_model, "GPU_DRIVERS", (Path(__file__),)),
        (compiled_model, "VERSION", compiled_model.VERSION + 1),
    ]
    for change in changes:
        with monkeypatch.context() as changed:
            changed.setattr(*change)
            assert not is_cached(run), change
    with monkeypatch.context() as changed:
        changed.setenv("THAW_RUNTIME", "eager")
        assert not is_cached(run)
    assert not is_cached(run, "cuda")
    file = next(paths.cache_folder().glob("*/content.artifact"))
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:100] + b"\0\1\2" + whole[103:], b""):
        file.write_bytes(damaged)
        assert not is_cached(run)
    assert only(list(predict.predict(run, [photo], "cpu")), ImagePrediction)
    assert is_cached(run), "computed again"
    about, blob = compiled_model._unpack(artifacts.read(paths.cache_folder(), file.parent.name))
    packed = compiled_model._pack(about | {"auto": False}, blob)  # as computed on the CPU of a computer with a GPU
    artifacts.write(paths.cache_folder(), file.parent.name, packed, {})
    assert is_cached(run, "cpu")
    assert not is_cached(run, "auto")


@pytest.mark.parametrize("spec", [HeadSpec(), HeadSpec("mlp", hidden=5)])
def test_a_head_computed_with_arrays_equals_torchs(spec):
    generator = torch.Generator().manual_seed(0)
    shapes = {"weight": (3, 7), "bias": (3,)}
    if spec.kind == "mlp":
        shapes = {"hidden.weight": (5, 7), "hidden.bias": (5,), "weight": (3, 5), "bias": (3,)}
    head = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    row = torch.randn(7, generator=generator)
    arrays = {name: value.numpy() for name, value in head.items()}
    with torch.no_grad():
        expected = network_of(head)(row[None])[0]
    actual = head_arrays.scores(arrays, row.numpy())
    np.testing.assert_allclose(actual, expected.numpy(), rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(head_arrays.softmax(actual), expected.softmax(0).numpy(), rtol=2e-6, atol=1e-7)


@pytest.mark.slow
def test_a_damaged_head_is_not_read_as_arrays(photos, tmp_path, backbone):
    run = tmp_path / "run"
    trained(photos, run, ALL_FROZEN, backbone, epochs=1)
    saved = head_arrays.read(run, "last")
    assert saved is not None
    assert (saved.epoch, saved.moved) == (1, "")
    file = run / "head.safetensors"
    file.write_bytes(file.read_bytes()[:-4] + b"\x01\x02\x03\x04")
    assert head_arrays.read(run, "last") is None
    assert head_arrays.read(tmp_path / "nothing", None) is None


@pytest.mark.slow
def test_the_second_process_imports_no_torch(photos, tmp_path, photo):
    run = tmp_path / "run"
    trained(photos, run, ALL_FROZEN, BackboneSpec(image_size=32), epochs=1)
    code = (
        "import json, sys; from studio.cli.main import main\n"
        f"status = main(['predict', {str(run)!r}, {photo!r}, '--json'])\n"
        "heavy = {'torch', 'torchvision', 'timm', 'sklearn', 'openvino_telemetry'} & set(sys.modules)\n"
        "print(json.dumps(sorted(heavy)), file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    done = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert done[0].stdout == done[1].stdout
    assert json.loads(done[1].stderr.splitlines()[-1]) == []


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_stored_and_predictions_continue(photos, tmp_path, photo, backbone, monkeypatch):
    run = tmp_path / "run"
    trained(photos, run, ALL_FROZEN, backbone, epochs=1)

    def full(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts.atomic_files, "atomic_write", full)
    assert only(list(predict.predict(run, [photo], "cpu")), ImagePrediction)
    assert not is_cached(run)
