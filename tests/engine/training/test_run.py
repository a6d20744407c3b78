from __future__ import annotations

import csv
import math
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn import metrics as sklearn_metrics
from tiny import LAST_BLOCK, LITE0, finish, only, record, recorded, run_spec, trained
from trimming import few

from studio.catalog import catalog
from studio.engine.extraction import extract
from studio.engine.predict import trained_model
from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.engine.training.run_files import weight_files
from studio.events import (
    DatasetScanned,
    Epoch,
    Evaluated,
    FeaturesComputed,
    PredictedProbabilities,
    Progress,
    RunStarted,
    TrainingFinished,
    Warned,
)
from studio.jobs import progress
from studio.jobs.protocol import never
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, FreezePlan

NUMBERS = ("train_loss", "val_loss", "metrics")


def numbers(events) -> list[tuple[float, ...]]:
    return [tuple(getattr(epoch, name) for name in NUMBERS) for epoch in only(events, Epoch)]


def head_bytes(run: Path) -> bytes:
    return (run / "head.safetensors").read_bytes()


@pytest.mark.parametrize("plan", few([FreezePlan(), LAST_BLOCK], [FreezePlan()]), ids=["all frozen", "partly thawed"])
def test_training_learns_to_distinguish_the_classes(photos, tmp_path, plan):
    events = trained(photos, tmp_path / "run", plan, epochs=12, lr=0.01, batch_size=8)
    epochs = only(events, Epoch)
    assert [epoch.epoch for epoch in epochs] == list(range(1, 13))
    assert epochs[-1].train_loss < 0.5 * epochs[0].train_loss
    assert epochs[-1].val("accuracy") == 1.0


@pytest.mark.parametrize("plan", few([FreezePlan(), LAST_BLOCK, FreezePlan("none")], [LAST_BLOCK]))
def test_the_same_seed_gives_the_same_numbers_from_a_cold_and_a_warm_cache(photos, tmp_path, plan):
    first = trained(photos, tmp_path / "one", plan, backbone_lr=1e-3)
    second = trained(photos, tmp_path / "two", plan, backbone_lr=1e-3)
    assert [only(events, FeaturesComputed)[0].computed for events in (first, second)] == [24, 0]
    assert numbers(first) == numbers(second)
    assert head_bytes(tmp_path / "one") == head_bytes(tmp_path / "two")
    for one, two in zip(only(first, PredictedProbabilities), only(second, PredictedProbabilities), strict=True):
        assert np.array_equal(one.probabilities, two.probabilities)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_where_dropout_is_thawed(photos, tmp_path):
    backbone = BackboneSpec("mobilenet_v3_small", "none", 32)
    first = trained(photos, tmp_path / "one", FreezePlan("none"), backbone)
    assert numbers(first) == numbers(trained(photos, tmp_path / "two", FreezePlan("none"), backbone))


@pytest.mark.slow
def test_another_seed_gives_other_numbers(photos, tmp_path):
    one, two = (trained(photos, tmp_path / str(seed), seed=seed, batch_size=4) for seed in (1, 2))
    assert numbers(one) != numbers(two), "predictions are in the order of the photos; the head starts at zero"


@pytest.mark.slow
def test_a_frozen_run_states_its_cut_and_what_trains(photos, tmp_path):
    started = only(trained(photos, tmp_path / "run", backbone=LITE0), RunStarted)[0]
    assert (started.cut, started.feature_shape) == ("features", (1280,))
    assert started.trainable_parameters == 1280 * 2 + 2
    assert started.total_parameters == started.trainable_parameters + catalog.find(BUNDLED_BACKBONE).parameters
    assert started.device == "cpu"


@pytest.mark.slow
def test_a_partly_thawed_run_caches_the_output_before_the_thawed_block(photos, tmp_path):
    started = only(trained(photos, tmp_path / "run", LAST_BLOCK, LITE0, epochs=1), RunStarted)[0]
    assert (started.cut, started.feature_shape) == ("blocks.5", (192, 1, 1))
    assert 1280 * 2 + 2 < started.trainable_parameters < started.total_parameters


@pytest.mark.slow
def test_a_run_whose_first_layer_trains_caches_pixels(photos, tmp_path):
    started = only(trained(photos, tmp_path / "run", FreezePlan("none"), epochs=1), RunStarted)[0]
    assert (started.cut, started.feature_shape) == ("pixels", (3, 32, 32))


def test_thawing_layers_without_parameters_still_uses_cached_features(photos, tmp_path):
    started = only(trained(photos, tmp_path / "run", FreezePlan(thaw=("global_pool",)), epochs=1), RunStarted)[0]
    assert started.cut == "features"


def test_a_last_batch_of_one_photo_joins_the_one_before(photos, tmp_path):
    # 20 photos train, so batches of 19 leave one over; on maps of one pixel BatchNorm cannot train on it.
    events = trained(photos, tmp_path / "run", FreezePlan("none"), batch_size=19, epochs=1)
    assert sum(photo.split == "train" for photo in only(events, DatasetScanned)[-1].dataset.photos) == 20
    assert only(events, TrainingFinished)


def test_progress_has_the_batch_and_the_validation_photo(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)  # report every step
    events = trained(photos, tmp_path / "run", epochs=1, batch_size=7)
    details = [event.detail for event in only(events, Progress) if event.stage == "train" and event.detail]
    (scanned,) = only(events, DatasetScanned)[-1:]
    val = sum(photo.split == "val" for photo in scanned.dataset.photos)
    batches = -(-(24 - val) // 7)
    assert details[:batches] == [f"batch {number} of {batches}" for number in range(1, batches + 1)]
    assert details[-1] == f"validation photo {val} of {val}"


def test_each_photo_is_used_once_per_epoch(photos, tmp_path, monkeypatch):
    seen: list[list[int]] = []
    honest = OptimizerStep._accumulate

    def watched(self, number, index, batch):
        seen.append(batch.tolist())
        return honest(self, number, index, batch)

    monkeypatch.setattr(OptimizerStep, "_accumulate", watched)
    dataset = only(trained(photos, tmp_path / "run", batch_size=4, epochs=2), DatasetScanned)[-1].dataset
    train = [index for index, photo in enumerate(dataset.photos) if photo.split == "train"]
    first, second = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert sorted(chain(*first)) == sorted(chain(*second)) == train
    assert first != second, "each epoch has another order of photos"


def test_test_photos_are_neither_trained_on_nor_judged(photos, tmp_path):
    (tmp_path / "data").mkdir()
    for split, span in (("train", range(7)), ("val", range(7, 10)), ("test", range(10, 12))):
        for name in ("cold", "warm"):
            (tmp_path / "data" / split / name).mkdir(parents=True)
            for number in span:
                (photos / name / f"{number:02}.jpg").rename(tmp_path / "data" / split / name / f"{number}.jpg")
    events = trained(tmp_path / "data", tmp_path / "run")
    dataset = only(events, DatasetScanned)[-1].dataset
    assert [photo.split for photo in dataset.photos].count("test") == 4, "they are counted"
    assert only(events, FeaturesComputed)[0].computed == 20, "but not read"
    judged = {dataset.photos[index].path.split("/")[0] for index in only(events, PredictedProbabilities)[-1].photos}
    assert judged == {"val"}


def test_reported_numbers_equal_scikit_learns_on_the_written_predictions(photos, tmp_path):
    for number in range(6):  # some photos in the wrong folder, so that the accuracy is below 1
        (photos / "warm" / f"0{number}.jpg").rename(photos / "cold" / f"moved{number}.jpg")
    trained(photos, tmp_path / "run", epochs=3, batch_size=4)
    data = record(tmp_path / "run")
    with (tmp_path / "run" / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    true, predicted = [row["true"] for row in rows], [row["predicted"] for row in rows]
    table = np.array([[float(row[f"p({name})"]) for name in data["classes"]] for row in rows])
    assert len(rows) == sum(data["counts"]["val"].values())
    assert [data["classes"][index] for index in table.argmax(1)] == predicted
    assert data["val_accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(true, predicted))
    assert data["confusion"] == sklearn_metrics.confusion_matrix(true, predicted, labels=data["classes"]).tolist()
    loss = sklearn_metrics.log_loss(true, table / table.sum(1, keepdims=True), labels=data["classes"])
    assert data["epochs"][data["result_epoch"] - 1]["val_loss"] == pytest.approx(loss, rel=1e-3)
    scores = sklearn_metrics.precision_recall_fscore_support(true, predicted, labels=data["classes"], zero_division=0)
    for index, score in enumerate(data["report"]["classes"]):
        assert [score["precision"], score["recall"], score["f1"]] == pytest.approx([row[index] for row in scores[:3]])


def test_the_exported_head_takes_raw_features(photos, tmp_path):
    events = trained(photos, tmp_path / "run", epochs=3)
    dataset = only(events, DatasetScanned)[-1].dataset
    predicted = only(events, PredictedProbabilities)[-1]
    model = finish(trained_model.load(tmp_path / "run"))[1]
    _, extraction = finish(
        extract.extract(model.base, dataset, "features", torch.device("cpu"), never, photos.parent / "cache")
    )
    rows = extraction.rows.take(predicted.photos)
    weights = weight_files.load_head(tmp_path / "run" / "head.safetensors")
    scores = rows @ weights["weight"].numpy().T + weights["bias"].numpy()
    shares = np.exp(scores - scores.max(1, keepdims=True))
    np.testing.assert_allclose(shares / shares.sum(1, keepdims=True), predicted.probabilities, atol=1e-5)


def test_losses_are_mean_cross_entropies_in_nats(photos, tmp_path):
    first = only(trained(photos, tmp_path / "run", lr=1e-9), Epoch)[0]
    assert first.train_loss == pytest.approx(math.log(2), abs=0.5)
    assert 0 < first.seconds < 60


def test_closing_before_the_first_epoch_ends_leaves_no_head(photos, tmp_path):
    running = recorded(run_spec(photos), tmp_path / "run", photos.parent / "cache")
    while not isinstance(next(running), FeaturesComputed):
        pass
    running.close()
    assert not (tmp_path / "run" / "head.safetensors").exists()


@pytest.mark.slow
def test_the_report_advises_no_more_epochs_where_the_later_ones_overfit(tmp_path):
    random = np.random.default_rng(0)
    for index, name in enumerate(random.permutation(["ants", "bees"] * 16)):
        file = tmp_path / "photos" / name / f"{index}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8)).save(file)  # nothing to learn but noise
    events = trained(tmp_path / "photos", tmp_path / "run", epochs=8, lr=0.02, batch_size=4)
    assert any("overfit" in warned.title for warned in only(events, Warned))
    first, *_, last = only(events, Evaluated)
    assert "longer" in first.report.advice
    assert last.epoch < 8
    assert "longer" not in last.report.advice
