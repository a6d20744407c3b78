"""Jobs shared by window, terminal and notebook."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.commands import dataset, imports, network, training
from studio.commands import window as commands
from studio.events import Done, Failed, LayerOutput, LayerTable, Preview, Saved, Stage, TrainingFinished, Warned
from studio.jobs import libraries
from studio.jobs.job import Job
from studio.jobs.protocol import never
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec, UserError

SMALL = BackboneSpec(image_size=32)


def done(work) -> list:
    job = Job("train", work)
    job.run()
    events = list(job.mailbox)
    assert isinstance(events[-1], Done), events[-1]
    return events


def one(events: list, kind: type):
    (match,) = [event for event in events if isinstance(event, kind)]
    return match


@pytest.mark.slow
def test_creating_a_job_starts_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path; from studio.commands import window as commands;"
        "from studio.spec import *;"
        "spec = RunSpec(DatasetSpec('/nowhere'));"
        "w = commands.for_window(); w.train(spec); w.inspect(BackboneSpec('nowhere')); w.warm_up();"
        "w.outputs(BackboneSpec(), 'a', 'b'); w.preview('a', BackboneSpec()); w.scan(spec.dataset); w.sample();"
        "w.export('a', 'b', 'last');"
        "assert not {'torch', 'PIL', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_the_import_of_the_engine_can_be_stopped_between_its_steps():
    code = (
        "import sys; from studio.commands import imports as commands; from studio.events import Stage\n"
        "events = commands.warm_up()(lambda: False)\n"
        "first = next(events)\n"
        "assert isinstance(first, Stage) and 'torch' not in sys.modules, first\n"
        "second = next(events)\n"
        "assert 'torch' in sys.modules and 'timm' not in sys.modules, second\n"
        "events.close()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_the_window_can_do_the_whole_job(photos, tmp_path):
    window = commands.for_window()
    table = one(done(window.inspect(SMALL)), LayerTable)
    assert table.features == 1280
    photo = str(photos / "cold" / "00.jpg")
    assert one(done(window.outputs(SMALL, "conv_stem", photo)), LayerOutput).maps.size
    assert one(done(window.preview(photo, SMALL)), Preview).framed.shape == (32, 32, 3)
    spec = RunSpec(DatasetSpec(str(photos)), SMALL, train=TrainSpec(epochs=1, device="cpu"))
    run = one(done(window.train(spec)), TrainingFinished).run
    out = tmp_path / "head.safetensors"
    assert one(done(window.export(run, str(out), "best")), Saved).path == str(out)
    assert out.is_file()


@pytest.mark.slow
def test_looking_does_not_affect_a_run(photos, tmp_path):
    """The shared network is for looking; a run loads its own."""
    window = commands.for_window()
    spec = RunSpec(DatasetSpec(str(photos)), SMALL, train=TrainSpec(epochs=1, device="cpu"))
    first = done(training.train(spec, tmp_path / "one"))
    done(window.inspect(SMALL))
    second = done(window.train(spec))
    heads = [Path(one(events, TrainingFinished).run) / "head.safetensors" for events in (first, second)]
    assert heads[0] != heads[1]
    assert heads[0].read_bytes() == heads[1].read_bytes()


@pytest.mark.parametrize(
    "work",
    [
        lambda: network.inspect(BackboneSpec("resnet81")),
        lambda: training.train(RunSpec(DatasetSpec("/nowhere"))),
        lambda: training.train(RunSpec(DatasetSpec("/"), BackboneSpec("resnet81"))),
        lambda: dataset.scan(DatasetSpec("/nowhere")),
        lambda: dataset.preview("/nowhere.jpg", BackboneSpec()),
    ],
)
def test_a_mistake_gives_a_user_error(work):
    job = Job("train", work())
    job.run()
    assert isinstance(job.mailbox[-1], Failed)
    assert not job.mailbox[-1].traceback


@pytest.mark.slow
def test_the_clock_of_a_run_counts_the_imports(photos, tmp_path):
    spec = RunSpec(DatasetSpec(str(photos)), SMALL, train=TrainSpec(epochs=1, device="cpu"))
    seconds = one(done(training.train(spec, tmp_path / "run")), TrainingFinished).seconds
    assert "import" in seconds
    assert seconds["total"] >= sum(value for name, value in seconds.items() if name != "total") - 0.05


def test_an_impossible_output_is_refused_before_the_photos_are_read(photos, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")
    spec = RunSpec(DatasetSpec(str(photos)), SMALL)
    events = training.train(spec, tmp_path / "run")(never)
    with pytest.raises(UserError, match="not empty"):
        next(event for event in events if not isinstance(event, Stage))


def test_the_engine_is_not_imported_in_a_folder_that_is_gone(tmp_path, monkeypatch):
    gone, where = tmp_path / "gone", []
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(imports, "HEAVY", ("no_such_library",))
    monkeypatch.setattr(libraries, "import_quickly", lambda _name: where.append(str(Path.cwd())))
    monkeypatch.setattr(libraries.gc, "freeze", lambda: None)
    list(imports.imported())
    assert where == [os.sep]


def test_a_warning_of_the_run_is_not_given_again_by_what_follows_it():
    closed = []

    def part(name, *events):
        try:
            yield from events
        finally:
            closed.append(name)

    odd, other, stage = Warned("The weights are random."), Warned("A photo is gone."), Stage("load", "Loading")
    events = training._without_repeated(part("run", odd, stage), part("after", stage, odd, other))
    assert list(events) == [odd, stage, stage, other]
    stopped = training._without_repeated(part("stopped", odd, stage), part("never", odd))
    next(stopped)
    stopped.close()
    assert closed == ["run", "after", "stopped"]
