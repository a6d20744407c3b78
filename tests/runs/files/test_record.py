"""The typed record: missing fields, invalid records, and the round trip through JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from stories import SPEC, finished

from studio.events import FeaturesComputed, ValueRanges
from studio.runs import folder, head_card
from studio.runs.files import record, record_file
from studio.runs.files.record import CheckpointTime, Ending, Failure, LayerCounts, document, from_json, json_value
from studio.spec import UserError
from studio.spec.structs import replace

FILE = Path("run.json")


def written(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(document(finished()))) | changes
    return data


def test_a_record_is_written_as_it_was_read() -> None:
    data = written()
    assert document(from_json(data, FILE)) == document(finished(result_epoch=4))
    assert json.loads(json.dumps(document(from_json(data, FILE)))) == data | {"result_epoch": 4}


def test_an_explicit_readout_that_is_the_published_one_is_read_as_the_default() -> None:
    data = written()
    data["spec"]["backbone"] |= {"readout": "pooled"}
    backbone = from_json(data, FILE).spec.backbone
    published = finished().spec.backbone
    assert (backbone, backbone.network) == (published, published.network)
    data["spec"]["backbone"] |= {"readout": "average+maximum"}
    assert from_json(data, FILE).spec.backbone.readout == "average+maximum"


def test_json_is_made_only_of_fields_that_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[object] = []

    def convert(value: object) -> object:
        converted.append(value)
        return json_value(value)

    monkeypatch.setattr(record, "json_value", convert)
    file, past = record_file.RecordFile(tmp_path), finished()
    file.write(past)
    lines = [file.line(epoch) for epoch in past.epochs]
    converted.clear()
    file.write(replace(past, criterion="lowest loss"))
    assert converted == ["lowest loss"]
    assert all(file.line(epoch) is line for epoch, line in zip(past.epochs, lines, strict=True))
    assert folder.read(tmp_path).criterion == "lowest loss"


@pytest.mark.parametrize("part", [Failure(), Ending("done"), CheckpointTime(1.0), LayerCounts(2, 1), finished()])
def test_records_cannot_be_changed_by_those_who_read_them(part: Any) -> None:
    with pytest.raises(AttributeError):
        setattr(part, part.__struct_fields__[0], None)


def test_empty_fields_are_not_written_to_the_record() -> None:
    assert not {"features", "views", "proof", "report", "ended", "failure"} & set(written())
    assert written()["frozen_unchanged"] is None, "every version has these keys"


def test_the_result_of_a_record_that_names_none_is_its_last_epoch() -> None:
    data = written()
    del data["result_epoch"], data["value_range"]
    record = from_json(data, FILE)
    assert (record.result_epoch, record.predicted_epoch, record.judged_epoch) == (4, 4, 0)
    assert record.value_range == ValueRanges(by_photo=True)
    report = {"photos": 2, "mae": 1.0, "mae_interval": [0, 2], "rmse": 1, "r2": 0, "baseline_mae": 2,
              "lowest": 0, "highest": 9, "verdict": "Good", "advice": "Good."}  # fmt: skip
    assert from_json(data | {"report": report}, FILE).judged_epoch == 4
    assert from_json(data | {"report": report, "judged_epoch": 2}, FILE).judged_epoch == 2


def test_descriptive_fields_of_a_record_may_be_missing_or_null() -> None:
    needed = ("status", "spec", "preprocess", "classes", "counts", "epochs")
    data = {key: value for key, value in written().items() if key in needed}
    record = from_json(data | {"target": None, "seconds": None, "warnings": None, "unknown": 1}, FILE)
    assert record.duration == pytest.approx(0.4)
    assert (record.version, record.cut, record.precision) == (1, "features", "float32")
    assert (record.result_epoch, record.value_range) == (4, ValueRanges(by_photo=True)), "as in version 0.1"
    known = {*needed, "version", "cut", "precision", "result_epoch", "value_range"}
    assert not any(getattr(record, name) for name in record.__struct_fields__ if name not in known)
    for key in needed:
        with pytest.raises(ValueError, match=key):
            from_json({other: value for other, value in data.items() if other != key}, FILE)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "asleep"),
        ("classes", "ants"),
        ("counts", {"val": {"ants": "many"}}),
        ("epochs", [{"epoch": 1}]),
        ("epochs", ["first"]),
        ("best_epoch", "two"),
        ("layers", [{"path": 1}]),
        ("frozen_unchanged", "yes"),
        ("report", {"accuracy": 1}),
        ("report", [1]),
        ("preprocess", {"size": "big"}),
        ("value_range", 7),
        ("spec", {"dataset": {"folder": 3}}),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_that_names_the_file(tmp_path: Path, key: str, value: Any) -> None:
    (tmp_path / "run.json").write_text(json.dumps(written(**{key: value})))
    with pytest.raises(UserError) as caught:
        folder.read(tmp_path)
    assert str(tmp_path / "run.json") in caught.value.title
    assert caught.value.file == str(tmp_path / "run.json")


@pytest.mark.parametrize("version", [2, "1"])
def test_a_newer_format_is_refused(version: Any) -> None:
    with pytest.raises(UserError, match="newer"):
        from_json(written(version=version), FILE)


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, 0.4),
        ({"epochs": ()}, None),
        ({"features": FeaturesComputed(4, 0, 2.0)}, 2.4),
        ({"features": FeaturesComputed(4, 0, 2.0), "epochs": ()}, 2.0),
        ({"features": FeaturesComputed(4, 0, 2.0), "seconds": {"total": 3.0}}, 3.0),
        ({"seconds": {"total": 3.0}, "resumed_behind": 3}, 3.3),
    ],
)
def test_pauses_do_not_count_as_time(fields: dict[str, Any], seconds: float | None) -> None:
    duration = replace(finished(), **fields).duration
    assert duration == (None if seconds is None else pytest.approx(seconds))


def test_photos_are_counted_over_splits_and_classes() -> None:
    record = finished(counts={"train": {"ants": 3, "bees": 4}, "val": {"ants": 1, "bees": 1}})
    assert (record.photos, record.val_photos) == (9, 2)
    assert (finished().photos, finished().val_photos) == (0, 0)


@pytest.mark.parametrize(("rule", "which"), [("last", "last"), ("loss", "best"), ("metric", "best")])
def test_the_weights_of_a_run_follow_from_its_settings(rule: Any, which: str) -> None:
    spec = replace(SPEC, train=replace(SPEC.train, result=rule))
    assert finished(spec=spec).result == which


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "not beside"),
        ("{", "cannot be read as the card"),
        ("[]", "no spec"),
        ('{"spec": {"dataset": {"folder": 3}}, "classes": []}', "cannot be 3"),
        ('{"spec": {"dataset": {"folder": "/photos"}}, "classes": 5}', "classes"),
        ('{"spec": {"dataset": {"folder": "/photos"}}}', "classes"),
    ],
)
def test_a_damaged_card_is_an_error_that_names_it(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "head.json").write_text(content)
    with pytest.raises(UserError, match=said) as caught:
        head_card.read(tmp_path / "head.safetensors")
    assert "head.json" in caught.value.title
    assert caught.value.file == str(tmp_path / "head.json")


def test_fields_that_a_record_lacks_are_unknown_or_zero() -> None:
    keys = ("status", "spec", "preprocess", "value_range", "classes", "counts", "epochs")
    found = from_json({key: written()[key] for key in keys}, FILE)
    assert found.version == 1
    assert (found.trainable_parameters, found.total_parameters, found.resumed_behind) == (0, 0, 0)
    assert (found.best_epoch, found.judged_epoch, found.layers_epoch, found.predicted_epoch) == (0, 0, 0.0, 4)
    assert (found.result_epoch, found.started, found.split_found, found.report) == (4, "", False, None)
    assert record.RunRecord(**{key: getattr(found, key) for key in keys}).result_epoch == 0
