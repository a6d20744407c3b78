"""Replays of runs with a history: extended, resumed, augmented, from scratch, stopped early, with choices, numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny import LAST_BLOCK, SMALL, only, recorded, run_spec, trained

from studio.commands import imports, journal
from studio.commands.automation import replay as command
from studio.engine.training import run as training
from studio.events import Checkpoint, RunReplayed
from studio.runs import folder
from studio.spec import AugmentSpec, AugmentStep, FreezePlan, RunSpec
from studio.spec.structs import replace

pytestmark = pytest.mark.slow


def replayed(run: Path, **options: Any) -> RunReplayed:
    (result,) = only(list(imports.start(command.replay(run, **options))), RunReplayed)
    return result


def run_of(spec: RunSpec, place: Path) -> Path:
    list(recorded(spec, place / "run", place / "cache"))
    return place / "run"


def go_on(run: Path, cache: Path, epochs: int | None = None) -> None:
    list(folder.record_events(training.resume(run, epochs, cache=cache), run, resumed=True))


def test_an_extended_run_is_trained_with_its_cycles(photos, tmp_path):
    run = run_of(run_spec(photos, epochs=2, batch_size=8, schedule="cosine"), tmp_path)
    go_on(run, tmp_path / "cache", 4)
    result = replayed(run)
    assert (result.result, result.epochs) == ("same", 4)


def test_a_run_that_was_resumed_within_an_epoch_is_the_same_as_one_without_a_pause(photos, tmp_path):
    spec = run_spec(photos, LAST_BLOCK, epochs=3, batch_size=4, checkpoint_minutes=1e-9, backbone_lr=1e-3)
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    checkpoints = (event for event in running if isinstance(event, Checkpoint))
    for _ in range(3):
        next(checkpoints)
    running.close()
    go_on(tmp_path / "run", tmp_path / "cache")
    assert replayed(tmp_path / "run").result == "same"


@pytest.mark.parametrize("views", [0, 2])
def test_augmented_photos_are_the_same(photos, tmp_path, views):
    augment = AugmentSpec((AugmentStep("flip"), AugmentStep("crop", 0.3, 1.0)), views)
    spec = replace(run_spec(photos, LAST_BLOCK, epochs=2, batch_size=8), augment=augment)
    assert replayed(run_of(spec, tmp_path)).result == "same"


def test_random_weights_come_from_the_seed(photos, tmp_path):
    plan = FreezePlan("none", batch_norm="thawed")
    spec = run_spec(photos, plan, replace(SMALL, weights="none"), epochs=2, batch_size=8)
    assert replayed(run_of(spec, tmp_path)).result == "same"


def test_the_choices_of_the_run_are_used_and_not_the_current_ones(photos, tmp_path):
    list(imports.start(journal.choose(str(photos), "exclude", ["warm/01.jpg"])))
    spec = run_spec(photos, epochs=30, batch_size=8, patience=1, lr=1.0)
    run = run_of(replace(spec, dataset=replace(spec.dataset, split_by="content", split_near=True)), tmp_path)
    list(imports.start(journal.undo(str(photos))))
    result = replayed(run)
    assert result.result == "same"
    assert result.epochs < 30


def test_a_photo_that_the_run_could_not_read_is_left_out_of_the_replay(photos, tmp_path):
    (photos / "warm" / "02.jpg").write_bytes(b"no photo")
    trained(photos, tmp_path / "run", batch_size=8)
    assert replayed(tmp_path / "run").result == "same"


def test_changed_numbers_of_a_regression_are_named(photos, tmp_path):
    table = tmp_path / "numbers.csv"
    names = sorted(str(path.relative_to(photos)) for path in photos.glob("*/*.jpg"))
    table.write_text("".join(f"{name},{number}\n" for number, name in enumerate(names)))
    spec = run_spec(photos, epochs=2, batch_size=8)
    run = run_of(replace(spec, dataset=replace(spec.dataset, targets=str(table))), tmp_path)
    assert replayed(run).result == "same"
    table.write_text(table.read_text().replace(",3\n", ",300\n"))
    result = replayed(run)
    assert result.result == "cannot"
    assert result.photos.moved == (names[3],)
    table.unlink()
    assert str(table) in replayed(run).why[0]
