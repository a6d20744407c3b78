"""The answers of a run for photos that the user gives in the window."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny import only, trained

from studio.commands import results
from studio.commands.predictions import given_photos
from studio.commands.predictions.given_photos import predict_given, trace_given, write_given
from studio.events import ImagePrediction, ImageSkipped, PhotosPredicted, PhotoTraced, Saved
from studio.jobs.protocol import never
from studio.spec import UserError


@pytest.fixture(scope="module")
def run(shared_photos, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("run")
    copied = Path(shutil.copytree(shared_photos, place / "photos"))
    trained(copied, place / "run", epochs=1)
    return place / "run"


def test_answers_are_those_of_predict_and_bad_files_say_why(run, photos):
    (photos / "cold" / "03.jpg").write_bytes(b"no photo")
    (photos / "notes.txt").write_text("x")
    events = list(predict_given(str(run), [str(photos), str(photos / "gone.jpg")], "best")(never))
    given = {photo.path: photo for event in only(events, PhotosPredicted) for photo in event.photos}
    plain = only(list(results.predict(run, [str(photos)], which="best")(never)), ImagePrediction)
    assert len(plain) == 23
    for one in plain:
        answer = given.pop(one.path)
        assert (answer.answer, answer.epoch, answer.sure, answer.unlike) == (
            one.predicted,
            one.epoch,
            one.sure,
            one.unlike,
        )
        assert sorted(share for _, share in answer.top) == pytest.approx(sorted(one.probabilities))
        assert answer.top[0][1] >= answer.top[1][1]
        assert answer.others == 0
    assert {Path(path).name for path in given} == {"03.jpg", "notes.txt", "gone.jpg"}
    assert all(answer.why for answer in given.values())
    known = {one.path for one in plain[:-2]}
    rest = only(list(predict_given(str(run), [str(photos)], "best", known)(never)), PhotosPredicted)
    assert [photo.path for event in rest for photo in event.photos if not photo.why] == [one.path for one in plain[-2:]]


def test_a_run_whose_record_was_changed_is_refused(run, photos, tmp_path):
    changed = Path(shutil.copytree(run, tmp_path / "changed"))
    record = json.loads((changed / "run.json").read_text())
    for report, words in (
        (record["report"], r"names its classes otherwise, or in another order, than the report in it"),
        (None, r"names 1 classes, and its head has \d scores: its record was changed"),
    ):
        (changed / "run.json").write_text(json.dumps(record | {"classes": record["classes"][:1], "report": report}))
        with pytest.raises(UserError, match=words):
            list(predict_given(str(changed), [str(photos)], "best")(never))


def test_the_steps_of_a_photo_end_in_its_answer(run, photos):
    photo = str(photos / "cold" / "01.jpg")
    (answer,) = only(list(predict_given(str(run), [photo], "best")(never)), PhotosPredicted)
    (traced,) = only(list(trace_given(str(run), photo, "best")(never)), PhotoTraced)
    assert (traced.run, traced.weights) == (str(run), "best")
    assert traced.trace.prediction.predicted == answer.photos[0].answer
    assert traced.trace.prediction.epoch == answer.photos[0].epoch
    (photos / "cold" / "02.jpg").write_bytes(b"no photo")
    with pytest.raises(UserError, match="cannot be predicted"):
        list(trace_given(str(run), str(photos / "cold" / "02.jpg"), "best")(never))


def test_answers_are_written_and_photos_sorted(run, photos, tmp_path):
    paths = [str(photos / "cold" / "01.jpg"), str(photos / "warm" / "01.jpg")]
    table = str(tmp_path / "answers.csv")
    events = list(write_given(str(run), paths, "best", table, "", False)(never))
    assert only(events, Saved) == [Saved(table, "answers")]
    assert len(Path(table).read_text(encoding="utf-8").splitlines()) == 3
    folder = str(tmp_path / "sorted")
    events = list(write_given(str(run), paths, "best", "", folder, True)(never))
    assert only(events, Saved) == [Saved(folder, "sorted")]
    assert sum(file.is_symlink() for file in Path(folder).rglob("*.jpg")) == 2


def test_photos_are_in_the_order_in_which_they_were_given_whether_they_can_be_read_or_not(monkeypatch):
    given = ["/p/gone.jpg", "/p/note.txt", "/p/folder", "/p/bad.jpg", "/p/good.jpg", "/p/last.jpg"]
    known = [ImageSkipped(f"/p/{name}", "not read") for name in ("last.jpg", "note.txt", "gone.jpg")]
    later = [ImagePrediction("/p/folder/1.jpg", (1.0,), "a"), ImageSkipped("/p/bad.jpg", "not an image")]
    events = [*known, *later, ImagePrediction("/p/good.jpg", (1.0,), "a")]
    monkeypatch.setattr(given_photos, "predict", lambda *_, **__: lambda _stop: (event for event in events))
    monkeypatch.setattr(given_photos.runs, "read", lambda _: SimpleNamespace(classes=("a",)))
    found = [photo.path for event in predict_given("/r", given, "best")(never) for photo in event.photos]
    assert found == ["/p/gone.jpg", "/p/note.txt", "/p/folder/1.jpg", "/p/bad.jpg", "/p/good.jpg", "/p/last.jpg"]
