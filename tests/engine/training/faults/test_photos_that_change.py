"""Photos that are deleted, replaced or cut short while a run uses them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import ALL_FROZEN, LAST_BLOCK, only, record, recorded, run_spec
from trimming import few

from studio.engine.training import run as training
from studio.events import DatasetScanned, Epoch, FeaturesComputed, Warned
from studio.runs import folder as runs
from studio.spec import AugmentSpec, AugmentStep, FreezePlan, RunSpec, UserError
from studio.spec.structs import replace

FILES = ("head.safetensors", "thawed.safetensors", "predictions.csv")
STILL = AugmentSpec()
TURN = AugmentSpec((AugmentStep("rotation", 0.5, 1.0),))


def delete(photo: Path) -> None:
    photo.unlink()


def replace_by_another(photo: Path) -> None:
    photo.write_bytes((photo.parent.parent / "warm" / "07.jpg").read_bytes())


def cut_short(photo: Path) -> None:
    photo.write_bytes(photo.read_bytes()[:300])


Change = Callable[[Path], None]
KINDS = {delete: "was deleted", replace_by_another: "was replaced", cut_short: "can no longer be read"}


def outcome(run: Path) -> dict[str, object]:
    content: dict[str, object] = {name: (run / name).read_bytes() for name in FILES if (run / name).exists()}
    return content | {"epochs": [{**epoch, "seconds": 0} for epoch in record(run)["epochs"]]}


def plan(folder: Path, freeze: FreezePlan = ALL_FROZEN, augment: AugmentSpec = STILL, **more: int) -> RunSpec:
    return replace(run_spec(folder, freeze, batch_size=4, **more), augment=augment)


PLANS = {
    "frozen": (FreezePlan(), AugmentSpec()),
    "thawed": (LAST_BLOCK, AugmentSpec()),
    "changed anew": (LAST_BLOCK, TURN),
    "fixed views": (FreezePlan(), replace(TURN, views=2)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", few(PLANS, ["frozen", "thawed"]))
def test_photos_that_change_in_the_middle_of_training_change_nothing(photos, tmp_path, name):
    spec = plan(photos, *PLANS[name])
    list(recorded(spec, tmp_path / "whole", tmp_path / "cache"))
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    next(event for event in running if isinstance(event, Epoch))
    for number, change in enumerate(KINDS):
        change(photos / "cold" / f"{number:02}.jpg")
    assert only(list(running), Epoch)
    assert outcome(tmp_path / "run") == outcome(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("change", few(KINDS, [replace_by_another]), ids=lambda change: change.__name__)
@pytest.mark.parametrize("again", ["thawed", "fixed views"])
def test_a_photo_changed_during_a_run_is_named_and_still_used(photos, tmp_path, change: Change, again):
    spec = plan(photos, LAST_BLOCK, head_epochs=1, epochs=1) if again == "thawed" else plan(photos, *PLANS[again])
    moment = Epoch if again == "thawed" else FeaturesComputed
    photo = next(photos / photo.path for photo in dataset_of_run(spec, tmp_path).photos if photo.split == "train")
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    next(event for event in running if isinstance(event, moment))
    good = photo.read_bytes()
    change(photo)
    with pytest.raises(UserError, match=r"can no longer|was deleted|was replaced") as fault:
        list(running)
    assert KINDS[change] in fault.value.title or "can no longer be read" in fault.value.title
    assert str(photo.relative_to(photos)) in fault.value.title
    assert "back" in fault.value.hint
    data = record(tmp_path / "run")
    assert (data["status"], data["failure"]["title"]) == ("failed", fault.value.title)
    assert not list((tmp_path / "run").glob(".*.safetensors*")), "no temporary files are left"
    photo.write_bytes(good)
    again_events = list(
        runs.record_events(training.resume(tmp_path / "run", cache=tmp_path / "cache"), tmp_path / "run", True)
    )
    assert only(again_events, Epoch)
    assert outcome(tmp_path / "run") == outcome(tmp_path / "whole")


def dataset_of_run(spec: RunSpec, tmp_path: Path):
    """The data set of a finished run in the folder `whole`."""
    events = list(recorded(spec, tmp_path / "whole", tmp_path / "cache0"))
    return only(events, DatasetScanned)[-1].dataset


@pytest.mark.parametrize("change", [delete, cut_short], ids=lambda change: change.__name__)
def test_a_photo_deleted_before_it_was_read_is_left_out_by_name(photos, tmp_path, change: Change):
    running = recorded(plan(photos, epochs=1), tmp_path / "run", tmp_path / "cache")
    next(event for event in running if isinstance(event, DatasetScanned))
    change(photos / "cold" / "03.jpg")
    events = list(running)
    assert ["cold/03.jpg" in warning.title for warning in only(events, Warned)] == [True]
    assert record(tmp_path / "run")["skipped"][0]["path"] == "cold/03.jpg"


def test_a_class_deleted_before_it_was_read_fails_the_run_with_a_reason(photos, tmp_path):
    running = recorded(plan(photos), tmp_path / "run", tmp_path / "cache")
    next(event for event in running if isinstance(event, DatasetScanned))
    shutil.rmtree(photos / "cold")
    with pytest.raises(UserError, match=r"cold is gone: it was moved, deleted or unplugged"):
        list(running)
    assert record(tmp_path / "run")["status"] == "failed"
