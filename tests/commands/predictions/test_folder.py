"""Predictions of a folder: a table that is continued after a stop, and photos sorted into folders."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from tiny import only, trained

from studio.commands import results
from studio.commands.predictions import folder
from studio.commands.predictions.folder import Outputs
from studio.engine.export import head
from studio.events import ImagePrediction, ImageSkipped, PhotosSorted, TableWritten
from studio.jobs.protocol import Interrupted, never
from studio.spec import UserError
from studio.spec.decision import ClassThreshold, DecisionRule


@pytest.fixture(scope="module")
def stored(shared_photos, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("run")
    copied = Path(shutil.copytree(shared_photos, place / "photos"))
    trained(copied, place / "run", epochs=1)
    return place / "run"


@pytest.fixture
def run(stored, tmp_path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "run"))


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def predict(run, photos, stop=never, **outputs):
    return list(folder.predict(run, [str(photos)], Outputs(**outputs), "cpu")(stop))


def test_a_stopped_table_is_continued_and_has_the_predictions(run, photos, tmp_path):
    (photos / "cold" / "03.jpg").write_bytes(b"no photo")
    (photos / "notes.txt").write_text("x")
    out = tmp_path / "t.csv"
    plain = list(results.predict(run, [str(photos)], "cpu")(never))
    events = folder.predict(run, [str(photos)], Outputs(out), "cpu")(never)
    for event in events:
        if isinstance(event, ImagePrediction):
            break
    events.close()  # as the terminal does at Ctrl+C
    begun = rows_of(out)
    assert 1 <= len(begun) < 24
    done = predict(run, photos, table=out)
    assert len(only(done, ImagePrediction)) == 23 - sum(row["predicted"] != "" for row in begun)
    assert only(done, TableWritten) == [TableWritten(str(out), 24, len(begun), 1 - any(row["reason"] for row in begun))]
    rows = {row["path"]: row for row in rows_of(out)}
    assert len(rows) == len(rows_of(out)) == 24
    for one in only(plain, ImagePrediction):
        row = rows[one.path]
        assert row["predicted"] == one.predicted
        assert [float(row[f"p_{name}"]) for name in ("cold", "warm")] == pytest.approx(one.probabilities, rel=1e-5)
    (bad,) = (one for one in only(plain, ImageSkipped) if not one.stray)
    assert rows[bad.path]["reason"] == bad.reason
    again = predict(run, photos, table=out)
    assert only(again, ImagePrediction) == []
    assert only(again, TableWritten)[0].before == 24
    (photos / "cold" / "new.jpg").write_bytes((photos / "cold" / "00.jpg").read_bytes())
    assert [Path(one.path).name for one in only(predict(run, photos, table=out), ImagePrediction)] == ["new.jpg"]


def test_rows_of_other_weights_or_another_rule_are_not_mixed(run, photos, tmp_path):
    from studio.runs import decision_file

    out, parts = tmp_path / "t.csv", tmp_path / "sorted"
    predict(run, photos / "cold", table=out, sort_into=parts)
    before = out.read_bytes()
    decision_file.write(run, DecisionRule((ClassThreshold("cold", 0.9),)))
    with pytest.raises(UserError, match="other thresholds"):
        predict(run, photos, table=out)
    decision_file.write(run, None)
    tensors = run / "head.safetensors"
    for file in (tensors, run / "best" / "head.safetensors"):
        file.unlink(missing_ok=True)
    other = tmp_path / "other"
    trained(photos, other, epochs=1, lr=0.5)
    with pytest.raises(UserError, match=f"not of epoch 1 of {other}"):
        predict(other, photos, table=out)
    with pytest.raises(UserError, match="has photos sorted by"):
        predict(other, photos, sort_into=parts)
    assert out.read_bytes() == before
    with pytest.raises(UserError, match="cannot be read"):
        predict(run, photos, table=tmp_path / "new.csv")


def test_photos_with_a_stored_row_are_sorted_too(run, photos, tmp_path):
    out, parts = tmp_path / "t.csv", tmp_path / "sorted"
    predict(run, photos / "cold", table=out)
    result = only(predict(run, photos, table=out, sort_into=parts), PhotosSorted)[0]
    assert sum(count for _, count in result.counts) == 24
    expected = {row["path"]: row["predicted"] for row in rows_of(out)}
    listed = {row["photo"]: row["made"].split("/")[0] for row in rows_of(parts / "sorted.csv")}
    assert listed == expected


def test_a_job_that_is_stopped_keeps_its_rows(run, photos, tmp_path):
    out = tmp_path / "t.csv"
    asked = iter([False] * 8 + [True] * 1000)
    with pytest.raises(Interrupted):
        predict(run, photos, stop=lambda: next(asked), table=out)
    assert rows_of(out) == [] or len(rows_of(out)) < 24
    assert json.loads((tmp_path / "t.csv.json").read_text())["epoch"] == 1


def test_a_folder_that_vanishes_ends_the_job_and_a_photo_gets_a_row(run, photos, tmp_path, monkeypatch):
    from studio.engine.predict import predict as predicting

    def vanish(which):
        def steps(source, images, *_):
            shutil.rmtree(photos / "cold") if which == "folder" else Path(images[0]).unlink()
            yield ImageSkipped(images[0], "file not found")

        monkeypatch.setattr(predicting, "predict", steps)

    vanish("photo")
    predict(run, photos, table=tmp_path / "photo.csv")
    assert [row["reason"] for row in rows_of(tmp_path / "photo.csv")] == ["file not found"]
    vanish("folder")
    with pytest.raises(UserError, match=r"cold is gone.*unplugged"):
        predict(run, photos, table=tmp_path / "folder.csv")
    assert rows_of(tmp_path / "folder.csv") == []


def test_an_epoch_that_ends_while_the_weights_are_loaded_is_named(run, photos, tmp_path, monkeypatch):
    from studio.engine.predict import predict as predicting

    said = ImagePrediction("a.jpg", (0.5, 0.5), "cold", epoch=2)
    monkeypatch.setattr(predicting, "predict", lambda *_: (event for event in [said]))
    with pytest.raises(UserError, match="replaced the result by that of epoch 2"):
        predict(run, photos, table=tmp_path / "t.csv")
    assert rows_of(tmp_path / "t.csv") == []


def test_impossible_output_is_refused_before_anything_is_written(run, photos, tmp_path, monkeypatch):
    with pytest.raises(UserError, match="no run and no exported head"):
        predict(tmp_path / "nowhere", photos, table=tmp_path / "t.csv")
    numbers = {"target": "age", "classes": [], "epoch": 1, "weights": "w", "rule": {}, "run": "r"}
    monkeypatch.setattr(folder.model_identity, "of_source", lambda *_: numbers)
    with pytest.raises(UserError, match="predicts age, a number"):
        predict(run, photos, sort_into=tmp_path / "sorted")
    assert not (tmp_path / "sorted").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["head.safetensors", "head.pt"])
def test_an_exported_head_writes_the_rows_of_its_run(run, photos, tmp_path, name):
    list(head.export(run, tmp_path / name))
    predict(run, photos, table=tmp_path / "run.csv")
    predict(tmp_path / name, photos, table=tmp_path / "head.csv")
    assert rows_of(tmp_path / "run.csv") == rows_of(tmp_path / "head.csv")
    assert len(only(predict(tmp_path / name, photos, table=tmp_path / "head.csv"), ImagePrediction)) == 0
