"""The command `thaw` for regression."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from epochs import class_epoch, number_epoch
from msgspec.structs import replace
from stories import finished

from studio.cli import training
from studio.commands import results
from studio.events import Figure, ImagePrediction, ImageSkipped, Report
from studio.jobs import event_lines
from studio.runs.files.record import document

QUICK = ("--image-size", "32", "--device", "cpu")
ADVICE = "The predicted numbers are off by 3.21 on average."
FIGURES = (
    Figure("mae", 3.214, (2.0, 4.5)), Figure("rmse", 4.1), Figure("r2", 0.93), Figure("baseline_mae", 9.08),
)  # fmt: skip
REPORT = Report(24, FIGURES, "Good", ADVICE, highest=16.5)


HEAD_ALONE = class_epoch(1, 0.5, 0.9, 0.6, 0.5, 0.1, phase="head")


@pytest.fixture
def targets(shared_photos: Path, tmp_path: Path) -> Path:
    """Targets: the position of each photo in its class, plus 5 for warm ones; one line names no photo."""
    lines = [
        f"{photo.relative_to(shared_photos).as_posix()};{int(photo.stem) + 5 * (photo.parent.name == 'warm')},5"
        for photo in sorted(shared_photos.glob("*/*.jpg"))
    ]
    file = tmp_path / "ages.csv"
    file.write_text("\n".join(["path;age", *lines, "gone.jpg;3"]))
    return file


@pytest.mark.slow
def test_scan_reports_the_range_of_targets(thaw, shared_photos: Path, targets: Path) -> None:
    status, out, _ = thaw("scan", shared_photos, "--targets", targets)
    assert status == 0
    assert "age        19    5" in out
    assert "24 photos with a number, lowest 0.500, mean 8.50, highest 16.5, split made here" in out
    assert "no such photo in the folder (ages.csv, line 26)" in out
    answer = json.loads(thaw("scan", shared_photos, "--targets", targets, "--json")[1])
    assert (answer["target"], answer["photos"], answer["highest"]) == ("age", 24, 16.5)


@pytest.mark.parametrize("command", ["scan", "train"])
def test_a_missing_file_is_one_line_and_exit_2(thaw, shared_photos: Path, tmp_path: Path, command: str) -> None:
    status, out, err = thaw(command, shared_photos, "--targets", tmp_path / "none.csv")
    assert (status, out) == (2, "")
    assert "There is no file" in err.splitlines()[-1]
    assert "none.csv" in err.splitlines()[-1]


def test_equal_numbers_end_a_scan_with_what_to_do(thaw, shared_photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "same.csv"
    file.write_text("".join(f"cold/{number:02}.jpg,4\n" for number in range(12)))
    status, _, err = thaw("scan", shared_photos, "--targets", file)
    assert status == 2
    assert "Every training photo has the same value, 4" in err
    assert "numbers that differ" in err


@pytest.mark.slow
def test_extracted_vectors_come_with_their_numbers(thaw, shared_photos: Path, targets: Path, tmp_path: Path) -> None:
    for name in ("f.npz", "f.csv", "f.safetensors"):
        status, _, err = thaw("extract", shared_photos, "--targets", targets, *QUICK, "--out", tmp_path / name)
        assert status == 0, err
    loaded = np.load(tmp_path / "f.npz")
    assert str(loaded["target"]) == "age"
    assert loaded["paths"][0] == "cold/00.jpg"
    assert loaded["targets"][:3].tolist() == [0.5, 1.5, 2.5]
    assert "labels" not in loaded
    header, first = (tmp_path / "f.csv").read_text().splitlines()[:2]
    assert header.split(",")[:4] == ["path", "age", "split", "f0"]
    assert first.split(",")[1] == "0.5"
    from safetensors.numpy import load_file

    np.testing.assert_array_equal(load_file(tmp_path / "f.safetensors")["targets"], loaded["targets"])


def test_predicted_numbers_and_unreadable_files_are_printed(thaw, tmp_path: Path, monkeypatch) -> None:
    written = document(finished(best_epoch=3, target="age", classes=("age",)))
    (tmp_path / "run.json").write_text(json.dumps(written))
    said = (ImagePrediction("a.jpg", (), "", 31.25), ImageSkipped("b.jpg", "empty file"))
    monkeypatch.setattr(results, "predict", lambda *_: lambda stop: iter(said))
    status, out, err = thaw("predict", tmp_path, "a.jpg", "b.jpg")
    assert (status, out) == (2, "a.jpg: age 31.250\n")
    assert "b.jpg was left out" in err
    answer = json.loads(thaw("predict", tmp_path, "a.jpg", "--json")[1])
    assert answer["predictions"] == [{"path": "a.jpg", "number": 31.25, "unlike": None, "distance": None}]
    assert answer["epoch"] == 3


def test_the_epoch_is_that_of_the_weights_if_the_record_is_older(thaw, tmp_path: Path, monkeypatch):
    """The state after a kill between writing the two files."""
    written = document(finished(best_epoch=3, classes=("a",)))
    (tmp_path / "run.json").write_text(json.dumps(written))
    for known, expected in ((5, 5), (0, 3)):
        prediction = ImagePrediction("a.jpg", (1.0,), "a", epoch=known)
        monkeypatch.setattr(results, "predict", lambda *_, prediction=prediction: lambda stop: iter([prediction]))
        assert json.loads(thaw("predict", tmp_path, "a.jpg", "--json")[1])["epoch"] == expected


def test_the_epoch_of_a_report_is_named_if_it_is_not_the_result(capsys) -> None:
    """If the predictions of the best epoch are lost, metric and interval are of one epoch, which is named."""
    figures = (Figure("accuracy", 0.5, (0.4, 0.6)),)
    report = Report(0, figures, "Poor", "More photos.", confusion=np.zeros((0, 0), np.int64))
    record = finished(report=report, judged_epoch=4)
    training._say_report(replace(record, result_epoch=2))
    out = capsys.readouterr().out
    assert "Validation accuracy 50.0 % (95 % interval 40.0 % to 60.0 %), on " in out
    assert ", epoch 4 of 4, not the result, epoch 2" in out
    training._say_report(replace(record, result_epoch=4))
    assert "epoch 4 of 4, lowest validation loss" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"best_epoch": 2, "criterion": "lowest validation loss"}, "4 epochs; epoch 2 had the lowest validation loss"),
        ({"epochs": ()}, "0 epochs"),
        ({"epochs": (HEAD_ALONE, *finished(3).epochs)}, "1 + 3 epochs, the first 1 of head warm-up"),
        ({"stopped_early": True}, "4 epochs; stopped early: no improvement for 0 epochs"),
    ],
)
def test_the_progress_of_a_run_in_a_line(fields, words) -> None:
    assert training._course(finished(**fields)) == words


def test_the_end_of_a_regression_run_prints_the_error_and_its_baseline(capsys) -> None:
    training._say_report(finished(3, target="age", report=REPORT, judged_epoch=2, result_epoch=2))
    out = capsys.readouterr().out
    assert "epoch 2 of 3, lowest mean absolute error" in out
    assert "age: mean absolute error 3.21 ± 1.25 (95 % interval 2.00 to 4.50), RMSE 4.10, R² 0.930, " in out
    assert "R² 0.930, MAE of predicting the mean 9.08, on 24 validation photos" in out


def test_an_epoch_of_regression_prints_its_error_and_no_accuracy() -> None:
    words = event_lines.epoch_words(number_epoch(2, 0.5, 0.6, 0.25, 12.5, 13.0))
    assert "validation loss 0.6000, error 13.0" in words
    assert "accuracy" not in words
