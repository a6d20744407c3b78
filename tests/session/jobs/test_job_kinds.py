"""The table of job kinds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import states

from studio.session import selectors, settings
from studio.session.api import Commands
from studio.session.jobs import job_kinds
from studio.session.jobs.job_kinds import KINDS, THREADS, kind_of
from studio.session.state import STATIONS, AppState
from studio.spec.structs import replace
from studio.system import paths


def test_every_kind_has_a_thread_a_page_and_a_title_of_its_own() -> None:
    for name, kind in KINDS.items():
        assert (kind.name, kind.thread in THREADS, kind.page in STATIONS) == (name, True, True)
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind_of("train").title = "x"  # type: ignore[misc]
    commands = {item.name for item in dataclasses.fields(Commands)}
    assert set(KINDS) - commands == {"watch", "compare_part"}, "the others are called like their command"


def test_each_job_that_uses_torch_has_its_thread() -> None:
    assert {name for name, kind in KINDS.items() if kind.thread == "runs"} == {"train"}
    predictions = {name for name, kind in KINDS.items() if kind.thread == "predictions"}
    assert predictions == {"predict_given", "write_given", "label_given", "unsort"}
    looking = {name for name, kind in KINDS.items() if kind.thread == "looking"}
    results = {"export", "evaluate", "compare_part", "report", "photo_map"}
    microscope = {"outputs", "heatmap", "output_drift", "trace_given"}
    assert looking == {
        "warm_up",
        "inspect",
        "shapes",
        "layer_times",
        "advise_backbone",
        "advise_cut",
        "advise_rates",
        "forecast",
        *microscope,
        *results,
    }


def test_the_status_bar_shows_the_training_first_and_background_jobs_never() -> None:
    names = list(KINDS)
    shown = []
    while first := job_kinds.shown_first(dict.fromkeys(names)):
        shown.append(first)
        names.remove(first)
    beginning = [
        "train",
        "replay",
        "open_project",
        "save_project",
        "open_run",
        "discard",
        "restore",
        "empty_trash",
        "sample",
        "scan",
        "cleaned_copy",
        "export_models",
        "journal",
        "unsort",
        "write_given",
        "export",
        "predict_given",
    ]
    judging = ["compare", "compare_part", "report", "evaluate"]
    network = [
        "photo_map",
        "label_given",
        "inspect",
        "advise_backbone",
        "advise_cut",
        "advise_rates",
        "forecast",
        "layer_times",
    ]
    looks = ["outputs", "heatmap", "output_drift", "trace_given", "watch_camera"]
    assert shown == [*beginning, *judging, *network, *looks, "preview", "augmented", "warm_up"]
    background = {"cache", "shapes", "runs", "watch", "describe", "trash", "decide", "find_exports", "follow_run"}
    assert set(names) == background


def test_jobs_that_the_user_can_stop() -> None:
    by_program = {name for name, kind in KINDS.items() if kind.stop == "program"}
    assert by_program == {
        "warm_up",
        "runs",
        "watch",
        "describe",
        "discard",
        "follow_run",
        "restore",
        "trash",
        "empty_trash",
        "journal",
        "save_project",
        "find_exports",
    }
    assert {name for name, kind in KINDS.items() if kind.stop == "key"} == {"preview", "augmented", "shapes", "cache"}


def test_reasons_against_exporting_a_head() -> None:
    finished = states.state().showing(states.run())
    assert selectors.cannot_export(finished) == ""
    assert selectors.cannot_export(states.with_job(finished, "export")) == "A head is being exported."
    assert selectors.cannot_export(AppState()) == "Open a run with at least one finished epoch first."
    assert selectors.cannot_export(AppState().showing(replace(states.run(), epochs=()))) != ""
    training = states.with_job(states.state().showing(states.run(done=False)), "train")
    assert selectors.cannot_export(training) == "Training is in progress."
    assert selectors.cannot_export(training.showing(replace(states.run(), started=other()))) == ""


def other() -> object:
    return replace(states.run().started, run="/runs/other")


def test_the_limit_of_the_cache_is_written_where_no_folder_is_yet(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "none" / "yet" / "cache.json"
    monkeypatch.delenv("THAW_CACHE_GB", raising=False)
    monkeypatch.setattr(paths, "cache_settings_file", lambda: file)
    settings.save_cache_limit(3)
    assert '"limit_gb": 3' in file.read_text()
