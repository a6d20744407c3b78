"""`thaw evaluate` and `thaw compare` with the stored runs of earlier versions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from html_checks import Page
from terminal import refused

from studio.cli.evaluation.photo_lists import _votes
from studio.commands.evaluation import report as report_commands
from studio.commands.evaluation.evaluation import TESTED
from studio.events import ValueRanges
from studio.formatting.numbers import megabytes, plain
from studio.jobs.protocol import never

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"

FIELDS = {
    "metrics", "per_class", "confusion", "slices", "verdict", "probe", "calibration", "threshold", "hardest",
    "label_errors", "unlike",
}  # fmt: skip


@pytest.mark.parametrize("name", ["frozen", "fine_tuned", "regression", "twelve_bits", "stopped"])
def test_a_stored_run_is_evaluated_without_torch(name, thaw, monkeypatch):
    monkeypatch.setattr("studio.commands.evaluation.evaluation.imported", lambda: pytest.fail("torch is imported"))
    status, out, _ = thaw("evaluate", STORED / name, "--json")
    document = json.loads(out)
    assert status == 0
    assert document.keys() >= FIELDS
    for one in document["metrics"].values():
        assert one.keys() >= {"value", "low", "high", "n"}
        assert one["n"] == document["photos"]
    assert document["verdict"].keys() == {"word", "reasons"}
    assert document["verdict"]["reasons"]
    assert (document["part"], document["name"]) == ("val", name)


def test_json_document_of_a_classification_run(thaw):
    document = json.loads(thaw("evaluate", STORED / "frozen", "--json")[1])
    accuracy = document["metrics"]["accuracy"]
    assert (accuracy["value"], accuracy["n"], accuracy["method"]) == (0.75, 4, "Wilson")
    assert (accuracy["low"], accuracy["high"]) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert document["confusion"] == {"classes": ["cold", "warm"], "counts": [[2, 0], [1, 1]]}
    assert [row["support"] for row in document["per_class"]] == [2, 2]
    assert document["per_class"][0]["note"] == "only 2 photos of this class"
    first = document["hardest"][0]
    assert (first["path"], first["true"], first["predicted"]) == ("warm/03.jpg", "warm", "cold")
    reasons = document["verdict"]["reasons"]
    assert (document["verdict"]["word"], reasons[0]["rule"]) == ("Overfitting", "Overfitting")
    few = next(reason for reason in reasons if reason["rule"] == "Too few photos")
    assert few["classes"] == ["cold", "warm"]
    assert sum(one["count"] for one in document["calibration"]["bins"]) == 4
    assert (document["epoch"], document["epochs"], document["best_epoch"]) == (4, 4, 1)


def test_an_evaluation_has_thresholds(thaw):
    document = json.loads(thaw("evaluate", STORED / "frozen", "--threshold", "recall=0.5", "--json")[1])
    assert document["threshold"]["rule"] == "recall at least 0.5"
    assert [row["class"] for row in document["threshold"]["classes"]] == ["cold", "warm"]
    assert document["threshold"]["classes"][0].keys() >= {"value", "precision", "recall", "f1", "folds"}


def test_the_text_of_an_evaluation(thaw):
    status, out, _ = thaw("evaluate", STORED / "frozen")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "frozen, epoch 4 of 4, the last one: 4 validation photos"
    assert lines[1] == "Overfitting."
    for words in ("accuracy", "75.0 %", "30.1 % – 95.4 %", "macro F1", "only 2 photos of this class", "warm → cold: 1"):
        assert words in out
    status, out, _ = thaw("evaluate", STORED / "regression")
    assert status == 0
    assert "mean absolute error" in out
    assert "warm/00.jpg: 5.00 → 0.602" in out


def test_two_runs_are_compared(thaw):
    status, out, _ = thaw("compare", STORED / "frozen", STORED / "fine_tuned", "--json")
    document = json.loads(out)
    assert status == 0
    counts = [document[key] for key in ("common", "fixed", "broken", "both_wrong", "both_right")]
    assert counts == [4, 1, 0, 0, 3]
    assert document["photos"]["fixed"] == ["warm/03.jpg"]
    assert document["p_value"] == 1.0
    assert (document["difference"]["value"], document["difference"]["n"]) == (0.25, 4)
    assert document["difference"]["low"] < 0 < document["difference"]["high"]
    settings = {row["setting"]: (row["a"], row["b"]) for row in document["settings"]}
    assert settings["train.epochs"] == (4, 2)
    status, out, err = thaw("compare", STORED / "frozen", STORED / "fine_tuned")
    assert "Only 1 photo differs: too few to tell" in out
    assert TESTED not in err
    assert "fixed by B 1, broken by B 0, both wrong 0, both right 3" in out
    assert "+25.0 points (" in out, "in points, as in the window"


def test_a_run_compared_with_itself_has_no_differences(thaw):
    document = json.loads(thaw("compare", STORED / "frozen", STORED / "frozen", "--json")[1])
    assert (document["fixed"], document["broken"], document["p_value"], document["settings"]) == (0, 0, 1.0, [])
    numbers = json.loads(thaw("compare", STORED / "regression", STORED / "regression", "--json")[1])
    assert (numbers["common"], numbers["difference"]["value"], numbers["p_value"]) == (5, 0.0, None)


def test_different_photos_are_not_compared(thaw):
    document = json.loads(thaw("compare", STORED / "frozen", STORED / "twelve_bits", "--json")[1])
    assert (document["common"], document["photos_a"], document["photos_b"]) == (0, 4, 4)
    assert document["difference"]["low"] == -1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--epoch", "2"), "epoch 2 are not stored"),
        (("--epoch", "9"), "the run has 4 epochs"),
        (("--epoch", "first"), "not best, last or the number"),
        (("--part", "other"), "invalid choice"),
        (("--threshold", "recall=2"), "not a rule"),
        (("--part", "train"), "--data"),
    ],
)
def test_epochs_parts_and_rules_that_do_not_exist_are_refused(thaw, arguments, words):
    refused(thaw("evaluate", STORED / "frozen", *arguments), words)


def test_classes_and_numbers_are_not_compared(thaw):
    refused(thaw("compare", STORED / "frozen", STORED / "regression"), "predicts classes and the other numbers")


def test_a_folder_without_a_run_is_refused(thaw, tmp_path):
    refused(thaw("evaluate", tmp_path), str(tmp_path))


def test_damaged_predictions_are_named(thaw, tmp_path):
    run = shutil.copytree(STORED / "frozen", tmp_path / "run")
    (run / "predictions.csv").write_text("path,true\nwarm/00.jpg,mild\n")
    refused(thaw("evaluate", run), str(run / "predictions.csv"), "--epoch last")
    refused(thaw("evaluate", run, "--epoch", "last"), "--data")  # it does not read them again
    (run / "photos.csv").unlink()
    refused(thaw("evaluate", run, "--part", "train"), str(run / "photos.csv"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["frozen", "fine_tuned", "regression", "twelve_bits"])
def test_other_parts_and_epochs_are_predicted(name, thaw):
    expected = json.loads((STORED / "expected.json").read_text())[name]
    photos = STORED / ("photos_12bit" if name == "twelve_bits" else "photos")
    for epoch in ("last", "best"):
        for part in ("val", "train"):
            options = ("--part", part, "--epoch", epoch, "--data", photos, "--device", "cpu", "--json")
            status, out, _ = thaw("evaluate", STORED / name, *options)
            document = json.loads(out)
            assert status == 0
            assert document["part"] == part
            for row in document["hardest"]:
                values = expected[epoch][row["path"]]
                shown = row["predicted"] if name == "regression" else row["probability"]
                assert shown == pytest.approx(max(values), abs=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["val", "train"])
def test_the_quick_probe_and_slices_of_photos(part, thaw, tmp_path):
    options = ("--part", part, "--data", STORED / "photos", "--device", "cpu")
    table = tmp_path / "photos.csv"
    names = [path.relative_to(STORED / "photos").as_posix() for path in (STORED / "photos").rglob("*.*")]
    table.write_text("path,day\n" + "".join(f"{name},{len(name) % 2}{place % 3}\n" for place, name in enumerate(names)))
    document = json.loads(thaw("evaluate", STORED / "frozen", *options, "--slices", table, "--json")[1])
    assert list(document["probe"]) == ["knn", "centroid", "logistic"]
    for one in document["probe"].values():
        assert (one["n"], one["train_photos"]) == (document["photos"], 20)
        assert one["low"] <= one["value"] <= one["high"]
    assert {row["by"] for row in document["slices"]} == {"brightness", "sharpness", "day"}
    assert all(len(row["photos"]) == row["n"] for row in document["slices"])
    out = thaw("evaluate", STORED / "frozen", *options)[1]
    assert "logistic regression" in out
    assert json.loads(thaw("evaluate", STORED / "frozen", *options, "--quick", "--json")[1])["probe"] is None


def test_a_report_is_one_file(thaw, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.commands.evaluation.evaluation.imported", lambda: pytest.fail("torch is imported"))
    file = tmp_path / "report.html"
    status, out, _ = thaw("report", STORED / "frozen", "--out", file, "--json")
    assert (status, json.loads(out)) == (0, {"file": str(file), "bytes": file.stat().st_size})
    page = Page(file.read_text("utf-8"))
    assert page.mistakes == []
    assert f"thaw report {STORED / 'frozen'} --out {file}" in page.text
    status, out, _ = thaw("report", STORED / "frozen", STORED / "fine_tuned", "--out", file, "--no-photos")
    assert (status, out) == (0, f"Report written to {file} ({plain(megabytes(file.stat().st_size))})\n")
    assert "B is right on 1 photo that A gets wrong" in Page(file.read_text("utf-8")).text
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("report.pdf", (), "should end in .html or .htm."),
        ("none/report.html", (), "There is no folder"),
        ("folder.html", (), "is a folder"),
        ("report.html", (STORED / "fine_tuned", "--quick"), "--quick cannot be used where two runs are compared"),
        ("report.html", (STORED / "regression",), "predicts classes and the other numbers"),
    ],
)
def test_reports_that_cannot_be_written_are_refused(thaw, tmp_path, name, arguments, words):
    (tmp_path / "folder.html").mkdir()
    refused(thaw("report", STORED / "frozen", *arguments, "--out", tmp_path / name), words)
    assert [one.name for one in tmp_path.iterdir()] == ["folder.html"]


def test_photos_are_embedded(thaw, shared_photos, tmp_path):
    work = report_commands._pictures(str(shared_photos), ["gone.jpg", "cold/00.jpg"], ValueRanges(), never)
    try:
        while True:
            next(work)
    except StopIteration as end:
        pictures = end.value
    assert pictures["gone.jpg"] == ""
    assert pictures["cold/00.jpg"].startswith("data:image/jpeg;base64,")


def test_votes_name_the_runs_of_each_class_and_a_unanimous_photo_says_why_it_is_listed() -> None:
    assert _votes({"bees": 2, "ants": 1}) == "bees by 2 runs and ants by 1 run"
    assert _votes({"bees": 3}) == "bees by all runs, with other probabilities"
