"""Exported heads give the same predictions as their run, with Thaw Studio and without it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import timm
import torch
from tiny import LAST_BLOCK, LITE0, only, record, trained
from trimming import few

from studio.catalog import catalog
from studio.commands import results
from studio.data.images.decode import read as read_photo
from studio.data.images.preprocess import frame
from studio.engine.export import head
from studio.engine.predict import predict
from studio.events import ImagePrediction, ImageSkipped, Saved
from studio.jobs.protocol import never
from studio.spec import BackboneSpec, FreezePlan, PreprocessSpec, UserError

PLANS = [FreezePlan(), LAST_BLOCK, FreezePlan("none")]
NAMES = ["all frozen", "partly thawed", "all thawed"]


CopyOfRun = Callable[..., Path]


@pytest.fixture(scope="module")
def trained_once() -> dict[FreezePlan, Path]:
    """Runs by freeze plan, trained when a test needs one first; each test gets a copy."""
    return {}


@pytest.fixture
def copy_of_run(trained_once, shared_photos: Path, tmp_path_factory, tmp_path: Path) -> CopyOfRun:
    def copy(plan: FreezePlan) -> Path:
        if plan not in trained_once:
            run = tmp_path_factory.mktemp("trained") / "run"
            trained(shared_photos, run, plan, LITE0, epochs=2, backbone_lr=0.01, lr=0.01)
            trained_once[plan] = run
        return Path(shutil.copytree(trained_once[plan], tmp_path / "run"))

    return copy


# The head of a fine-tuned run is exported by default in tests/runs.
@pytest.fixture(params=few(PLANS, PLANS[:1]), ids=NAMES)
def run(request, copy_of_run: CopyOfRun) -> Path:
    return copy_of_run(request.param)


@pytest.fixture
def frozen_run(copy_of_run: CopyOfRun) -> Path:
    return copy_of_run(PLANS[0])


@pytest.fixture(scope="module")
def tiny_run(shared_photos: Path, tmp_path_factory) -> Path:
    """A run with a thawed block of the tiny network."""
    run = tmp_path_factory.mktemp("tiny") / "run"
    trained(shared_photos, run, LAST_BLOCK, epochs=1)
    return run


def file_predictions(run: Path) -> tuple[list[str], np.ndarray]:
    with (run / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [row[0] for row in rows], np.array([[float(number) for number in row[3:]] for row in rows])


def predicted(source: Path, paths: list[str]) -> list[ImagePrediction]:
    return only(list(predict.predict(source, paths, "cpu")), ImagePrediction)


def exported(run: Path, name: str) -> Path:
    out = run.parent / "taken" / name
    (saved,) = only(list(head.export(run, out)), Saved)
    assert (saved.path, saved.kind) == (str(out), "head")
    return out


def test_the_run_and_both_files_give_the_stored_predictions(run, photos):
    paths, expected = file_predictions(run)
    full = [str(photos / path) for path in paths]
    for source in (run, exported(run, "head.safetensors"), exported(run, "head.pt")):
        predictions = predicted(source, full)
        assert [event.path for event in predictions] == full
        np.testing.assert_allclose([event.probabilities for event in predictions], expected, atol=1e-5)
        classes = record(run)["classes"]
        assert [event.predicted for event in predictions] == [classes[row.argmax()] for row in expected]


def test_the_card_is_enough_to_predict_with_torch_and_timm_alone(run, photos):
    out = exported(run, "head.safetensors")
    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    tensors = safetensors.torch.load_file(out)
    plain = torch.load(exported(run, "other.pt"), weights_only=True)
    assert all(torch.equal(plain[name], tensors[name]) for name in tensors.keys() | plain.keys())
    network = timm.create_model(card["backbone"]["arch"], num_classes=0)
    bundled = list(torch.load(catalog.packaged_file(), weights_only=True).values())
    network.load_state_dict(dict(zip(network.state_dict(), bundled, strict=False)))
    own = {name[len("backbone.") :]: value for name, value in tensors.items() if name.startswith("backbone.")}
    assert not network.load_state_dict(own, strict=False).unexpected_keys
    expects = card["preprocess"]
    spec = PreprocessSpec(**{key: tuple(value) if isinstance(value, list) else value for key, value in expects.items()})
    paths, expected = file_predictions(run)
    pixels = np.stack([frame(read_photo(photos / path), spec) for path in paths]) / 255
    inputs = torch.from_numpy(((pixels - expects["mean"]) / expects["std"]).astype(np.float32)).permute(0, 3, 1, 2)
    with torch.no_grad():
        features = network.eval()(inputs)
        shares = (features @ tensors["weight"].T + tensors["bias"]).softmax(1)
    np.testing.assert_allclose(shares, expected, atol=1e-4)


def test_the_card_has_the_facts_of_the_record(run):
    data, card = record(run), json.loads(exported(run, "head.safetensors").with_suffix(".json").read_text())
    assert card["classes"] == ["cold", "warm"]
    assert card["backbone"]["name"] == "tf_efficientnet_lite0"
    assert card["weights_hash"] == data["weights_hash"]
    assert card["cut"] == data["cut"]
    assert card["preprocess"] == data["preprocess"]
    assert card["metrics"]["val_accuracy"] == data["val_accuracy"]
    assert card["metrics"]["val_photos"] == 4
    assert card["versions"] == data["versions"]
    assert bool(card["thawed_tensors"]) == (data["cut"] != "features")


def test_an_exported_file_names_its_run(frozen_run):
    out = exported(frozen_run, "head.safetensors")
    with safetensors.safe_open(out, "pt") as file:
        assert file.metadata()["made_by"] == "Thaw Studio"


def test_an_unknown_suffix_is_an_error_before_anything_is_written(frozen_run, tmp_path):
    with pytest.raises(UserError, match=r"\.safetensors or \.pt"):
        list(head.export(frozen_run, tmp_path / "head.onnx"))
    assert not (tmp_path / "head.onnx").exists()


@pytest.mark.parametrize(
    "name",
    [
        "run.safetensors",
        "run.pt",
        "head.safetensors",
        "thawed.safetensors",
        "checkpoint.safetensors",
        "best/head.safetensors",
    ],
)
def test_an_export_never_replaces_the_runs_own_files(frozen_run, name):
    before = {file: file.read_bytes() for file in frozen_run.rglob("*") if file.is_file()}
    with pytest.raises(UserError, match="the run itself"):
        list(head.export(frozen_run, frozen_run / name))
    with pytest.raises(UserError, match="the run itself"):  # a run may be given by its record, too
        list(results.export(frozen_run / "run.json", frozen_run / name)(never))
    assert {file: file.read_bytes() for file in frozen_run.rglob("*") if file.is_file()} == before


def test_an_export_into_the_folder_of_the_run_is_allowed_under_another_name(frozen_run):
    list(head.export(frozen_run, frozen_run / "for-mary.safetensors"))
    assert record(frozen_run)["status"] == "done"


def test_a_folder_that_cannot_be_written_is_an_error(frozen_run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        list(head.export(frozen_run, tmp_path / "file" / "head.pt"))


def test_a_run_without_a_finished_epoch_has_no_head(frozen_run, tmp_path):
    (frozen_run / "head.safetensors").unlink()
    shutil.rmtree(frozen_run / "best")
    with pytest.raises(UserError, match="no trained head"):
        list(head.export(frozen_run, tmp_path / "head.pt"))
    assert not (tmp_path / "head.pt").exists()


@pytest.mark.slow
def test_other_weights_than_those_trained_on_are_refused(photos, tmp_path):
    weights = tmp_path / "net.pt"
    torch.manual_seed(1)
    torch.save(timm.create_model("mobilenetv2_035").state_dict(), weights)
    trained(photos, tmp_path / "run", backbone=BackboneSpec("mobilenetv2_035", str(weights), 32), epochs=1)
    assert predicted(tmp_path / "run", [str(photos / "cold" / "00.jpg")])
    torch.manual_seed(2)
    torch.save(timm.create_model("mobilenetv2_035").state_dict(), weights)
    with pytest.raises(UserError, match="not those that"):
        predicted(tmp_path / "run", [str(photos / "cold" / "00.jpg")])


@pytest.mark.slow
def test_random_weights_are_restored_from_their_seed(photos, tmp_path):
    backbone = BackboneSpec("mobilenetv2_035", "none", 32)
    trained(photos, tmp_path / "run", LAST_BLOCK, backbone, epochs=1, seed=99)
    paths, expected = file_predictions(tmp_path / "run")
    predictions = predicted(tmp_path / "run", [str(photos / path) for path in paths])
    np.testing.assert_allclose([event.probabilities for event in predictions], expected, atol=1e-5)


@pytest.mark.slow
def test_an_unreadable_photo_is_reported_and_the_others_are_predicted(frozen_run, photos):
    (photos / "bad.jpg").write_bytes(b"no photo")
    asked = [str(photos / name) for name in ("cold/00.jpg", "bad.jpg", "nowhere.jpg", "warm/00.jpg")]
    events = list(predict.predict(frozen_run, asked, "cpu"))
    assert [event.path for event in only(events, ImagePrediction)] == [asked[0], asked[3]]
    assert [event.path for event in only(events, ImageSkipped)] == [asked[1], asked[2]]


@pytest.mark.parametrize("spoil", ["head.safetensors", "thawed.safetensors", "run.json"])
def test_a_damaged_run_is_an_error_that_names_the_file(tiny_run, photos, tmp_path, spoil):
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    file = run / spoil if spoil == "run.json" else run / "best" / spoil
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(UserError, match=spoil):
        predicted(run, [str(photos / "cold" / "00.jpg")])


def test_a_file_without_a_head_or_without_its_card_is_an_error(frozen_run, tmp_path):
    out = exported(frozen_run, "head.pt")
    torch.save({"weight": torch.ones(2)}, out)
    with pytest.raises(UserError, match="holds no head"):
        predicted(out, ["x.jpg"])
    out.with_suffix(".json").unlink()
    with pytest.raises(UserError, match=r"head\.json"):
        predicted(out, ["x.jpg"])
    with pytest.raises(UserError, match="nowhere"):
        predicted(tmp_path / "nowhere.pt", ["x.jpg"])


def test_a_json_file_of_the_user_beside_the_export_is_not_replaced(frozen_run):
    out = frozen_run.parent / "head.safetensors"
    out.with_suffix(".json").write_text('{"mine": 1}')
    with pytest.raises(UserError, match=r"head\.json exists"):
        list(head.export(frozen_run, out))
    assert out.with_suffix(".json").read_text() == '{"mine": 1}'
    assert not out.exists()


def test_the_card_of_another_file_of_the_same_name_is_not_replaced(frozen_run, tmp_path):
    first, second = tmp_path / "h.safetensors", tmp_path / "h.pt"
    list(head.export(frozen_run, first))
    list(head.export(frozen_run, second))  # of the same head: the card is the same
    second.unlink()
    card = tmp_path / "h.json"
    other = json.dumps({**json.loads(card.read_text()), "epoch": 99})
    card.write_text(other)
    with pytest.raises(UserError, match=r"h\.json is the card of h\.safetensors"):
        list(head.export(frozen_run, second))
    assert (card.read_text(), second.exists()) == (other, False)
    list(head.export(frozen_run, first))  # the file itself is replaced with its card
    assert json.loads(card.read_text())["epoch"] != 99
