"""Whole models are written, loaded without the studio, and compared with the run on its validation photos."""

from __future__ import annotations

import base64
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from tiny import LAST_BLOCK, LITE0, only, trained

from studio.engine.export.model import conversion, export_model, model_registry, onnx_file, plain_file, script
from studio.engine.predict.predict import predict
from studio.events import Certificate, ImagePrediction, ModelExported, Warned
from studio.jobs.protocol import Interrupted
from studio.runs import decision_file
from studio.spec import UserError
from studio.spec.decision import ClassThreshold, DecisionRule

pytestmark = pytest.mark.slow
SUFFIXES = {one.name: one.suffix for one in model_registry.MODEL_FORMATS}


@pytest.fixture(scope="module")
def run(shared_photos: Path, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("trained") / "run"
    trained(shared_photos, run, LAST_BLOCK, LITE0, epochs=2, lr=0.01, backbone_lr=0.01)
    rule = DecisionRule((ClassThreshold("warm", 0.3),), temperature=1.5, least_confidence=0.4)
    decision_file.write(run, rule)
    return run


def exported(run: Path, out: Path, name: str, **options) -> ModelExported:
    return only(list(export_model.export(run, out, name, **options)), ModelExported)[0]


@pytest.mark.parametrize("name", list(SUFFIXES))
def test_an_exported_model_is_verified_and_predicts_without_the_studio(run, tmp_path, name, shared_photos):
    if any(importlib.util.find_spec(module) is None for module in model_registry.model_format(name).libraries):
        pytest.skip("a library is missing")
    out = tmp_path / f"меd el{SUFFIXES[name]}"
    result = exported(run, out, name)
    certificate = result.certificate
    if name == "openvino" and not certificate.passed:
        # OpenVINO resizes a little differently, and the tiny network with random weights makes much of it.
        assert certificate.same_class == certificate.photos
        assert certificate.largest_difference < 2e-3
        assert result.file.endswith(".unproved")
        assert set(certificate.sha256_of_others) == {out.with_suffix(".bin").name}
        return
    assert certificate.passed, certificate.first_difference
    assert certificate.same_class == certificate.photos > 0
    assert certificate.thresholds_same == certificate.photos
    assert certificate.largest_difference <= 1e-3
    assert result.file == str(out)
    stored = out.with_name(f"{out.name}.certificate.json").read_bytes()
    assert msgspec.json.decode(stored, type=Certificate) == certificate
    assert all(Path(file).is_file() for file in result.files)
    assert {Path(file).name for file in result.files} == {file.name for file in tmp_path.iterdir()}
    # The golden photo gives its scores, in a process without the studio.
    golden = tmp_path / "golden.png"
    assert certificate.golden is not None
    golden.write_bytes(base64.b64decode(certificate.golden.png))
    program = [sys.executable, "-I", f"{out}{script.SUFFIX}", str(golden)]
    answer = json.loads(subprocess.run(program, capture_output=True, check=True, text=True).stdout)
    assert answer["probabilities"] == pytest.approx(certificate.golden.expected, abs=1e-3)
    ours = only(list(predict(run, [str(golden)], "cpu")), ImagePrediction)[0]
    assert (answer["class"], answer["sure"]) == (ours.predicted, ours.sure)
    # So it does in the studio, which reads it without running any code of it.
    events = list(predict(out, [str(golden)]))
    assert not only(events, Warned)
    found = only(events, ImagePrediction)[0]
    assert found.probabilities == pytest.approx(ours.probabilities, abs=1e-3)
    assert (found.predicted, found.sure, found.epoch) == (ours.predicted, ours.sure, ours.epoch)
    assert (found.unlike is None) == (name == "model" or ours.unlike is None)
    if name == "model" and ours.unlike is not None:
        with safe_open(out, "np") as opened:
            assert opened.metadata()["limits"] == plain_file.NO_UNLIKE
        assert json.loads(out.with_suffix(".json").read_text())["limits"] == plain_file.NO_UNLIKE


@pytest.mark.parametrize("name", ["model", "onnx", "openvino"])
def test_float16_is_half_as_large(run, tmp_path, name):
    pytest.importorskip("onnxruntime")
    small = exported(run, tmp_path / f"h{SUFFIXES[name]}", name, precision="float16").certificate
    large = exported(run, tmp_path / f"f{SUFFIXES[name]}", name).certificate
    assert small.passed, small.first_difference
    assert small.precision == "float16"
    assert small.bytes < 0.6 * large.bytes


def test_a_file_of_the_user_beside_a_new_model_is_never_replaced(run, tmp_path):
    pytest.importorskip("openvino")
    (tmp_path / "m.bin").write_text("mine")
    with pytest.raises(UserError, match="would replace it"):
        exported(run, tmp_path / "m.xml", "openvino")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("m.bin", "mine")]


def test_an_int8_file_is_smaller_and_its_certificate_states_the_differences(run, tmp_path):
    pytest.importorskip("onnxruntime")
    certificate = exported(run, tmp_path / "i.onnx", "onnx", precision="int8").certificate
    assert certificate.bytes < 8e6  # of 15 MB
    assert certificate.tolerance is None
    assert 0 < certificate.largest_difference < 1
    assert certificate.passed == (certificate.photos - certificate.same_class <= 1)


def test_the_onnx_file_has_the_documented_inputs_and_outputs(run, tmp_path):
    onnxruntime, onnx = pytest.importorskip("onnxruntime"), pytest.importorskip("onnx")
    out = tmp_path / "m.onnx"
    assert exported(run, out, "onnx").certificate.passed
    session = onnxruntime.InferenceSession(out)
    (image,) = session.get_inputs()
    assert (image.name, image.type, len(image.shape)) == ("image", "tensor(uint8)", 4)
    assert session.get_outputs()[0].name == "probabilities"
    assert {node.domain for node in onnx.load(out).graph.node} == {""}
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["classes"]) == ["cold", "warm"]
    assert json.loads(about["thresholds"]) == {"warm": 0.3}
    assert about["studio"]
    for shape in ((1, 40, 30, 3), (3, 5, 200, 3), (2, 1, 1, 3)):
        shares = session.run(["probabilities"], {"image": np.zeros(shape, np.uint8)})[0]
        assert shares.shape == (shape[0], 2)
        assert shares.dtype == np.float32
        assert shares.sum(axis=1) == pytest.approx(np.ones(shape[0]), abs=1e-5)


def test_both_exporters_are_tried(run, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    real = onnx_file.export

    def broken(model, file, writer):
        if writer == "torch.export":
            raise RuntimeError("it does not know this network")
        real(model, file, writer)

    monkeypatch.setattr(onnx_file, "export", broken)
    monkeypatch.setattr(conversion, "in_process", in_this_process)
    certificate = exported(run, tmp_path / "m.onnx", "onnx").certificate
    assert certificate.passed
    assert certificate.writer == "TorchScript"
    assert [attempt.passed for attempt in certificate.attempts] == [False, True]
    assert "does not know" in certificate.attempts[0].why


def test_a_full_disk_is_reported_and_no_other_exporter_is_tried(run, tmp_path, monkeypatch):
    tried = []

    def full(request, stop):
        tried.append(request.writer)
        raise conversion.WriterFailedError("SafetensorError: I/O error: No space left on device (os error 28)")
        yield

    monkeypatch.setattr(conversion, "in_process", full)
    with pytest.raises(UserError, match=r"m\.onnx cannot be written \(No space left on device\)") as caught:
        exported(run, tmp_path / "m.onnx", "onnx")
    assert "Free some space" in caught.value.hint
    assert len(tried) == 1
    assert not list(tmp_path.iterdir())


def in_this_process(request, stop):
    try:
        yield from conversion.convert(request)
    except RuntimeError as error:
        raise conversion.WriterFailedError(str(error)) from error


def test_a_wrong_file_is_not_verified(run, tmp_path, monkeypatch):
    out = tmp_path / "m.safetensors"
    good = exported(run, out, "model")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    real = model_registry.model_format("model").write

    def wrong(self, model, *options):
        model.base.network.conv_stem.weight.mul_(1.3)
        real(model, *options)

    monkeypatch.setattr(type(model_registry.model_format("model")), "write", wrong)
    monkeypatch.setattr(conversion, "in_process", in_this_process)
    events = list(export_model.export(run, out, "model"))
    result = only(events, ModelExported)[0]
    assert good.certificate.passed
    assert not result.certificate.passed
    assert result.file == f"{out}.unproved"
    assert Path(result.file).is_file()
    assert Path(f"{out}.unproved.certificate.json").is_file()
    first = result.certificate.first_difference
    assert first is not None
    assert first.difference > 1e-3
    assert first.photo in only(events, Warned)[-1].title
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    monkeypatch.undo()
    assert exported(run, out, "model").certificate.passed
    assert not list(tmp_path.glob("*unproved*"))


def test_photos_on_a_server_need_a_copy(run, tmp_path):
    with pytest.raises(UserError, match=r"on a server \(memory://bees\)") as error:
        list(export_model.export(run, tmp_path / "m.pt2", "pt2", data="memory://bees"))
    assert "--data" in error.value.hint
    assert not list(tmp_path.iterdir())


def test_the_card_has_the_lines_that_load_the_model(run, tmp_path):
    exported(run, tmp_path / "m.safetensors", "model")
    card = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    lines = card["example"].splitlines()
    assert len(lines) == 3
    code = [*lines, "print(tuple(model(torch.zeros(1, 3, 32, 32)).shape))"]
    program = [sys.executable, "-I", "-c", "\n".join(code)]
    assert subprocess.run(program, capture_output=True, check=True, text=True, cwd=tmp_path).stdout == "(1, 2)\n"


def test_a_stopped_export_leaves_no_file(run, tmp_path):
    calls = iter(range(1_000_000))
    with pytest.raises(Interrupted):
        list(export_model.export(run, tmp_path / "m.pt2", "pt2", stop=lambda: next(calls) > 5))
    assert not list(tmp_path.iterdir())


def test_missing_photos_are_reported(run, tmp_path):
    with pytest.raises(UserError, match="could not be checked"):
        list(export_model.export(run, tmp_path / "m.safetensors", "model", data=str(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_a_user_error(run, tmp_path, monkeypatch):
    monkeypatch.setitem(model_registry.model_format("onnx").libraries, "no_such_module", "no-such-package")
    with pytest.raises(UserError, match="no-such-package") as error:
        list(export_model.export(run, tmp_path / "m.onnx", "onnx"))
    assert "thaw-studio[onnx]" in error.value.hint


def test_photos_on_edge(run, tmp_path):
    """Transparent, gray, turned and palette photos are read alike."""
    photos = tmp_path / "odd"
    photos.mkdir()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (50, 40, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(photos / "alpha.png")
    Image.fromarray(pixels[..., 0]).save(photos / "gray.png")
    Image.fromarray(pixels[..., :3]).quantize(16).save(photos / "palette.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels[..., :3]).save(photos / "turned.jpg", exif=exif)
    out = tmp_path / "m.safetensors"
    exported(run, out, "model")
    paths = sorted(str(file) for file in photos.iterdir())
    program = [sys.executable, "-I", f"{out}{script.SUFFIX}", *paths]
    lines = subprocess.run(program, capture_output=True, check=True, text=True).stdout.splitlines()
    ours = only(list(predict(run, paths, "cpu")), ImagePrediction)
    for line, one in zip(lines, ours, strict=True):
        assert list(json.loads(line)["probabilities"].values()) == pytest.approx(one.probabilities, abs=1e-3)
