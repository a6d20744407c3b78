"""`thaw threshold`, and its effect on predictions and exported heads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from terminal import refused

from studio.events import ImagePrediction
from studio.runs import decision_file

CLASSES = ("cold", "warm")
STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"


@pytest.fixture
def run(tmp_path):
    return Path(shutil.copytree(STORED / "frozen", tmp_path / "frozen"))


def test_a_threshold_is_chosen_shown_and_removed(thaw, run):
    assert "no thresholds are chosen" in thaw("threshold", run)[1]
    status, out, _ = thaw("threshold", run, "--class", "warm", "--rule", "recall=1", "--json")
    document = json.loads(out)
    assert status == 0
    (chosen,) = document["rule"]["thresholds"]
    assert (chosen["class"], chosen["rule"]) == ("warm", "recall=1")
    assert 0.000274 < chosen["value"] < 0.453036
    assert document["confusion"]["counts"] == [[2, 0], [0, 2]] or document["judged_by"].startswith("cross-fit")
    assert document["rule"]["epoch"] == document["epoch"] == 4
    assert document["metrics"]["macro_f1"]["low"] < document["metrics"]["macro_f1"]["high"]
    assert all(row["f1"]["low"] < row["f1"]["high"] for row in document["per_class"])
    text = thaw("threshold", run)[1]
    assert "F1" in text
    assert "macro F1" in text
    assert "recall=1" in text
    assert "4 validation photos" in text
    shown = json.loads(thaw("evaluate", run, "--quick", "--json")[1])["decision"]
    assert shown["rule"] == document["rule"]
    thaw("threshold", run, "--temperature", "fit", "--coverage", "0.5")
    more = json.loads(thaw("threshold", run, "--json")[1])["rule"]
    assert [one["class"] for one in more["thresholds"]] == ["warm"]
    assert more["temperature"] != 1
    assert more["coverage"] == 0.5
    assert thaw("threshold", run, "--clear")[0] == 0
    assert not (run / "decision.json").exists()


def test_one_threshold_for_all_classes(thaw, run):
    thaw("threshold", run, "--at", "0.9")
    document = json.loads(thaw("threshold", run, "--json")[1])
    assert [one["value"] for one in document["rule"]["thresholds"]] == [0.9, 0.9]
    assert document["answered"]["value"] == 0.75
    assert document["accuracy"]["value"] == 1
    assert document["judged_by"] == "the photos that it was chosen on"
    thaw("threshold", run, "--none")
    assert not (run / "decision.json").exists()


def test_invalid_threshold_options_are_refused(thaw, run):
    refused(thaw("threshold", run, "--class", "blue", "--at", "0.5"), "no class “blue”", "cold, warm")
    refused(thaw("threshold", run, "--class", "warm"), "--rule")
    refused(thaw("threshold", run, "--rule", "f2"), "“f2” is not a rule")
    refused(thaw("threshold", run, "--at", "1.5"), "from 0 to 1")
    refused(thaw("threshold", run, "--temperature", "0"), "from 0.001 to 1000")
    refused(thaw("threshold", run, "--at", "0.5", "--rule", "f1"), "not allowed with")
    refused(thaw("threshold", STORED / "regression", "--at", "0.5"), "a number")
    (run / "decision.json").write_text("{")
    refused(thaw("predict", run, STORED / "photos"), "decision.json cannot be read")


def predictions(thaw, source):
    document = json.loads(thaw("predict", source, STORED / "photos" / "warm", "--device", "cpu", "--json")[1])
    return {Path(row["path"]).name: row for row in document["predictions"]}


def test_the_card_of_an_exported_head_has_the_rule(thaw, run, tmp_path):
    thaw("threshold", run, "--class", "warm", "--at", "0.4", "--temperature", "2", "--confidence", "0.6")
    assert thaw("export", run, "--out", tmp_path / "head.safetensors")[0] == 0
    stored = decision_file.read(run, CLASSES)
    assert decision_file.of_source(tmp_path / "head.safetensors") == decision_file.of_source(run / "run.json") == stored
    card = json.loads((tmp_path / "head.json").read_text())
    assert card["decision"]["thresholds"] == [{"class": "warm", "value": 0.4, "rule": ""}]
    assert "/ 2.0" in card["use"]
    assert "“not sure”" in card["use"]


@pytest.mark.slow
def test_run_and_exported_head_give_the_same_answers(thaw, run, tmp_path):
    plain = predictions(thaw, run)
    assert all(row["sure"] and row["predicted"] == max(row["probabilities"], key=row["probabilities"].get)
               for row in plain.values())  # fmt: skip
    doubtful = plain["03.jpg"]["probabilities"]
    assert doubtful["cold"] > doubtful["warm"]
    thaw("threshold", run, "--class", "warm", "--at", "0.4", "--temperature", "2", "--confidence", "0.6")
    chosen = predictions(thaw, run)
    assert (chosen["03.jpg"]["predicted"], chosen["03.jpg"]["sure"]) == ("warm", False)
    root = {name: share**0.5 for name, share in doubtful.items()}
    scaled = {name: share / sum(root.values()) for name, share in root.items()}
    assert chosen["03.jpg"]["probabilities"] == pytest.approx(scaled, abs=1e-5)
    for name in ("head.safetensors", "head.pt"):
        assert thaw("export", run, "--out", tmp_path / name)[0] == 0
        assert predictions(thaw, tmp_path / name) == chosen


def test_the_text_of_predictions_that_are_not_sure(thaw, run, monkeypatch):
    said = [
        ImagePrediction("a.jpg", (0.4, 0.6), "warm", sure=False),
        ImagePrediction("b.jpg", (0.1, 0.9), "warm", unlike=True),
    ]
    monkeypatch.setattr("studio.commands.results.predict", lambda *_: lambda _stop: iter(said))
    lines = thaw("predict", run, "a.jpg", "b.jpg")[1].splitlines()
    assert lines[0].startswith("a.jpg: not sure, rather warm  (warm 0.600, cold 0.400)")
    assert lines[1].startswith("b.jpg: warm, but unlike the training photos  (")


def test_the_rule_of_another_run_is_refused_wherever_it_is_read(thaw, run, tmp_path):
    file = run / decision_file.FILE
    thaw("threshold", run, "--class", "warm", "--at", 0.9)
    file.write_text(file.read_text().replace('"warm"', '"wasps"'))
    words = f"{file} has a threshold for “wasps”, which is not a class of the run", "thaw threshold RUN --clear"
    for command in (
        ("predict", run, STORED / "photos"),
        ("evaluate", run, "--quick"),
        ("threshold", run),
        ("export", run, "--out", tmp_path / "head.safetensors"),
        ("report", run, "--quick", "--out", tmp_path / "report.html"),
    ):
        refused(thaw(*command), *words)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["frozen"]
    assert thaw("threshold", run, "--clear")[0] == 0
    assert not file.exists()
