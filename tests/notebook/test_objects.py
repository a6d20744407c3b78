"""Descriptions of the library's objects: folders, layers, predictions, and runs of earlier versions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import studio
from studio.notebook.tables import MOST_ROWS, Description

VERSIONS = sorted(folder for folder in (Path(__file__).parents[1] / "stored_runs").iterdir() if folder.is_dir())


def test_a_folder_describes_classes_counts_and_skipped_files(photos):
    (photos / "cold" / "00.jpg").write_bytes(b"no photo")
    folder = studio.scan(photos, val_fraction=0.5, progress=False)
    assert (len(folder), folder.classes, folder.path) == (23, ("cold", "warm"), photos)
    assert {split: sum(row.values()) for split, row in folder.counts.items()}.keys() == {"train", "val"}
    assert sum(sum(row.values()) for row in folder.counts.values()) == 23
    assert [skipped.path for skipped in folder.skipped] == ["cold/00.jpg"]
    text = repr(folder)
    assert text.splitlines()[0] == f"{photos}: 23 photos, 2 classes, split made here"
    assert text.splitlines()[1].split() == ["class", "train", "val"]
    assert "Left out: 1, the first cold/00.jpg:" in text


def test_an_untrainable_folder_is_described_and_raises_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    folder = studio.scan(tmp_path, progress=False)
    assert folder.problems
    assert folder.problems[0].title in repr(folder)


def test_a_missing_folder_is_a_user_error(tmp_path):
    with pytest.raises(studio.UserError, match="nowhere"):
        studio.scan(tmp_path / "nowhere", progress=False)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("name", ["frozen", "fine_tuned", "twelve_bits", "stopped"])
def test_a_run_of_an_earlier_version_opens(version, name):
    record = json.loads((version / name / "run.json").read_text())
    run = studio.open_run(version / name)
    assert len(run.epochs) == len(record["epochs"])
    assert run.classes == tuple(record["classes"])
    if record.get("report"):
        assert run.accuracy == record["val_accuracy"]
        assert run.confusion.tolist() == record["confusion"]
        wrong = sum(not photo.correct for photo in run.validation)
        assert wrong == run.confusion.sum() - run.confusion.trace()
    assert run.path.name in repr(run)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda folder: folder.name)
def test_a_regression_run_opens(version):
    record = json.loads((version / "regression" / "run.json").read_text())
    run = studio.open_run(version / "regression")
    assert run.mae == pytest.approx(record["val_mae"], rel=1e-6)
    assert (run.accuracy, run.confusion, run.class_scores) == (None, None, ())
    assert run.interval[0] < run.mae < run.interval[1]
    errors = [abs(photo.number - photo.truth) for photo in run.validation]
    assert sum(errors) / len(errors) == pytest.approx(run.mae, rel=1e-4)
    assert "mean absolute error" in repr(run)
    assert "truth" in repr(run.validation)


def test_a_folder_without_a_run_is_a_user_error(tmp_path):
    with pytest.raises(studio.UserError, match="no run"):
        studio.open_run(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({}, "Choose a larger total to extend it, for instance epochs=8."),
        ({"epochs": 4}, "Choose a larger total, for instance epochs=8."),
        ({"epochs": 5}, "Put them back, or name their current folder: studio.resume('{run}', data=FOLDER)"),
    ],
)
def test_hints_for_a_run_that_cannot_be_resumed_are_in_python(tmp_path, arguments, hint):
    run = Path(shutil.copytree(VERSIONS[0] / "frozen", tmp_path / "run"))
    with pytest.raises(studio.UserError) as caught:
        studio.open_run(run).resume(**arguments, progress=False)
    assert caught.value.hint == hint.format(run=run)


def test_layers_show_blocks_and_hold_everything():
    import tiny_network

    layers = studio.layers(tiny_network.NAME, image_size=32, progress=False)
    assert layers[0].path == "conv_stem"
    assert len(list(layers)) == len(layers) > 20
    assert layers.table.features == tiny_network.WIDTH
    assert "blocks.6" in repr(layers)
    assert "blocks.6.0.conv_pw" not in repr(layers)


def test_backbones_are_found_by_words_and_described_without_loading():
    assert studio.list_backbones()[0] == "tf_efficientnet_lite0"
    assert studio.list_backbones("efficientnet lite0")[0] == "tf_efficientnet_lite0"
    assert studio.backbone_info("resnet18").features == 512
    with pytest.raises(studio.UserError, match="resnet19"):
        studio.backbone_info("resnet19")


def test_an_error_is_raised_only_if_no_photo_can_be_predicted(tmp_path):
    with pytest.raises(studio.UserError, match=r"No prediction for .*gone\.jpg"):
        studio.predict(VERSIONS[0] / "frozen", tmp_path / "gone.jpg", progress=False)


def test_an_epoch_without_stored_weights_is_refused(tmp_path):
    with pytest.raises(studio.UserError, match="epoch cannot be 'first'"):
        studio.predict(VERSIONS[0] / "frozen", tmp_path, epoch="first", progress=False)
    with pytest.raises(studio.UserError, match="epoch cannot be 3"):
        studio.open_run(VERSIONS[0] / "frozen").export(tmp_path / "head.pt", epoch=3, progress=False)


def test_html_escapes_names_and_shortens_long_tables():
    rows = [["<class>", "n"], *([f"<b>{number}</b>", "1"] for number in range(MOST_ROWS + 5))]
    description = Description(("a < b",), rows, frozenset({1}), ("x & y",))
    html = description.html()
    assert "<b>" not in html
    assert "&lt;b&gt;0&lt;/b&gt;" in html
    assert "<p>a &lt; b</p>" in html
    assert "x &amp; y" in html
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "… and 5 more" in description.text()
    assert len(description.text().splitlines()) == MOST_ROWS + 4
