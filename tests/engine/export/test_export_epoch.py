"""The epoch whose weights are exported and used for predictions: the last one or the best one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from tiny import LAST_BLOCK, only, record, trained

from studio.engine.export import head as export
from studio.engine.predict import predict
from studio.engine.training.run_files import weight_files
from studio.events import ImagePrediction, Saved, Warned
from studio.spec import UserError


@pytest.fixture(scope="module")
def trained_once(shared_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose rates are so high that it gets worse: its best epoch is not its last."""
    run = tmp_path_factory.mktemp("worse") / "run"
    rates = {"lr": 30.0, "backbone_lr": 1e-9, "optimizer": "sgd"}
    trained(shared_photos, run, LAST_BLOCK, epochs=20, batch_size=4, patience=2, **rates)
    return run


@pytest.fixture
def run(trained_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_once, tmp_path / "run"))


def exported(run: Path, which: str, name: str = "head.safetensors") -> tuple[Path, dict]:
    out = run.parent / which / name
    assert only(list(export.export(run, out, which)), Saved)
    return out, json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))


def probabilities(source: Path, photos: Path, which: str | None = None) -> np.ndarray:
    asked = [str(path) for path in sorted(photos.glob("*/0*.jpg"))]
    events = list(predict.predict(source, asked, "cpu", which=which))
    return np.array([event.probabilities for event in only(events, ImagePrediction)])


def without_result(run: Path) -> None:
    """Remove the fields about the result from the record, as in runs of version 0.1."""
    data = record(run)
    del data["spec"]["train"]["result"], data["result_epoch"], data["criterion"]
    (run / "run.json").write_text(json.dumps(data))


@pytest.mark.slow
def test_the_file_and_its_card_name_their_epoch(run):
    data = record(run)
    last, best = len(data["epochs"]), data["best_epoch"]
    assert best < last
    for which, number in (("last", last), ("best", best)):
        out, card = exported(run, which)
        assert (card["epoch"], card["which"], card["epochs"], card["best_epoch"]) == (number, which, last, best)
        for figure in ("val_loss", "val_accuracy"):
            assert card["metrics"][figure] == data["epochs"][number - 1][figure]
        assert bool(card["metrics"]["report"]) == (which == "best"), "the report is that of the result"
        assert card["criterion"] == "lowest validation loss"
        with safetensors.safe_open(out, "pt") as file:
            assert (file.metadata()["epoch"], file.metadata()["which"]) == (str(number), which)


@pytest.mark.slow
def test_the_best_epoch_gives_the_same_predictions_from_the_run_and_from_the_file(run, shared_photos):
    head = run / "best" / "head.safetensors"
    with safetensors.safe_open(head, "pt") as file:  # so small that no score is quite 0 or 1
        tensors = {name: file.get_tensor(name) * 1e-4 for name in file.keys()}  # noqa: SIM118
    weight_files.save(head.parent, tensors, {}, weight_files.of_epoch(run, "best")[1])
    last, best = probabilities(run, shared_photos, "last"), probabilities(run, shared_photos)
    assert not np.allclose(last, best)
    np.testing.assert_array_equal(probabilities(run, shared_photos, "best"), best)
    without_result(run)
    np.testing.assert_array_equal(probabilities(run, shared_photos), last, "of a run that knew no result, the last one")
    for name in ("head.safetensors", "head.pt"):
        out, _ = exported(run, "best", name)
        np.testing.assert_array_equal(probabilities(out, shared_photos), best)


def test_the_card_says_that_the_last_epoch_is_the_best(photos, tmp_path):
    trained(photos, tmp_path / "run", epochs=2)
    assert record(tmp_path / "run")["best_epoch"] == 2
    (_, last), (_, best) = exported(tmp_path / "run", "last"), exported(tmp_path / "run", "best")
    assert last == best
    assert last["which"] == "last and best"
    one, other = weight_files.of_epoch(tmp_path / "run", "last"), weight_files.of_epoch(tmp_path / "run", "best")
    assert one[1] == other[1] == 2
    assert all(torch.equal(one[0][name], other[0][name]) for name in one[0].keys() | other[0].keys())


def test_an_exported_head_has_no_other_epochs(run):
    out, _ = exported(run, "last")
    with pytest.raises(UserError, match="one epoch only"):
        list(predict.predict(out, ["x.jpg"], "cpu", which="best"))


def test_an_export_of_missing_best_weights_is_an_error(run, tmp_path):
    shutil.rmtree(run / "best")
    with pytest.raises(UserError, match="best epoch are not in"):
        list(export.export(run, tmp_path / "head.pt", "best"))
    assert not (tmp_path / "head.pt").exists()


def test_weights_of_an_unrecorded_epoch_are_not_exported_with_metrics_of_another(run, tmp_path):
    data = record(run)
    data["epochs"].pop()
    (run / "run.json").write_text(json.dumps(data))
    events = list(export.export(run, tmp_path / "head.safetensors", "last"))
    assert "the run was interrupted" in only(events, Warned)[0].title
    card = json.loads((tmp_path / "head.json").read_text())
    assert card["epoch"] == len(data["epochs"]) + 1
    assert (card["metrics"]["val_loss"], card["metrics"]["val_accuracy"], card["which"]) == (None, None, "")
