"""Training, resuming, predicting and exporting from a notebook."""

from __future__ import annotations

import inspect
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from tiny_network import TINY

import studio
from studio.events import Epoch
from studio.formatting.numbers import plain_percent
from studio.notebook import training
from studio.spec import AugmentStep, FreezePlan, HeadSpec


def trained(photos, **settings) -> studio.Run:
    return studio.train(photos, TINY, **{"epochs": 2, "device": "cpu", "progress": False, **settings})


def spec_of(monkeypatch, *arguments, **settings):
    """The settings that `train` would use."""

    class StartError(Exception):
        pass

    def begin(spec, _run):
        raise StartError(spec)

    monkeypatch.setattr(training.commands, "train", begin)
    with pytest.raises(StartError) as start:
        studio.train(*arguments, **settings)
    return start.value.args[0]


def test_the_arguments_of_a_training_are_those_of_its_settings():
    train, settings = (dict(inspect.signature(one).parameters) for one in (training.train, training.settings_of))
    del train["out"]
    assert list(train.values()) == list(settings.values())


def test_a_run_is_an_object_with_its_results(photos, tmp_path, capsys):
    folder = studio.scan(photos, progress=False)
    run = trained(folder, out=tmp_path / "run")
    assert capsys.readouterr().err == ""
    assert run.path == tmp_path / "run"
    assert (run.state, run.classes, len(run.epochs), run.frozen_unchanged) == ("done", ("cold", "warm"), 2, True)
    held_out = sum(folder.counts["val"].values())
    assert run.confusion.shape == (2, 2)
    assert run.confusion.sum() == held_out == len(run.validation)
    assert run.accuracy == np.trace(run.confusion) / held_out
    assert run.interval[0] < run.accuracy <= run.interval[1]
    assert [score.name for score in run.class_scores] == ["cold", "warm"]
    assert sum(photo.correct for photo in run.validation) == np.trace(run.confusion)
    assert repr(run).splitlines()[0] == f"Run run: done, 2 of 2 epochs, {TINY.name}, all frozen, random weights"
    assert f"accuracy {plain_percent(run.accuracy)} (95 % interval" in repr(run)
    assert "<table>" in run._repr_html_()

    (one,) = run.predict(photos / "warm" / "00.jpg", device="cpu", progress=False)
    assert next(iter(one.probabilities)) == one.label
    assert one.confidence == max(one.probabilities.values())
    assert (one.truth, one.correct) == (None, None)
    head = run.export(tmp_path / "head.safetensors", progress=False)
    assert json.loads(head.with_suffix(".json").read_text())["classes"] == ["cold", "warm"]
    again = studio.predict(head, [photos / "warm" / "00.jpg"], device="cpu", progress=False)
    assert again[0].probabilities == pytest.approx(one.probabilities, abs=1e-6)

    longer = run.resume(3, progress=False)
    assert [epoch.epoch for epoch in longer.epochs] == [1, 2, 3]
    assert [listed.path for listed in studio.list_runs(tmp_path)] == [str(run.path)]


@pytest.mark.slow
def test_a_run_stopped_by_ctrl_c_resumes_to_the_same_end(photos, tmp_path):
    def stop_in_the_first_epoch(event):
        if isinstance(event, Epoch):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as stopped:
        trained(photos, epochs=3, out=tmp_path / "run", progress=stop_in_the_first_epoch)
    assert stopped.value.__notes__ == [f"To resume the run: studio.resume({str(tmp_path / 'run')!r})"]
    run = studio.open_run(tmp_path / "run")
    assert run.state == "stopped"
    assert ".resume()" in repr(run)
    finished = studio.resume(tmp_path / "run", progress=False)
    whole = trained(photos, epochs=3, out=tmp_path / "whole")
    assert finished.state == "done"
    assert (finished.path / "head.safetensors").read_bytes() == (whole.path / "head.safetensors").read_bytes()


def test_settings_are_those_of_the_terminal(photos, monkeypatch):
    spec = spec_of(
        monkeypatch, photos, "resnet18", freeze_until="layer3", thaw="conv1", head="mlp",
        augment=["flip", "crop:0.2:1"], epochs=np.int64(4), lr=1, schedule="cosine", crop="fit", border="white",
    )  # fmt: skip
    assert spec.dataset.folder == str(photos)
    assert (spec.backbone.name, spec.backbone.crop, spec.backbone.border) == ("resnet18", "fit", "white")
    assert spec.freeze == FreezePlan("all", "layer3", ("conv1",))
    assert spec.head == HeadSpec(kind="mlp")
    assert spec.augment.steps[1] == AugmentStep("crop", 0.2, 1.0)
    assert (spec.train.epochs, spec.train.lr, spec.train.schedule) == (4, 1.0, "cosine")
    assert type(spec.train.epochs) is int


def test_other_arguments_override_fine_tuning(photos, monkeypatch):
    table = studio.layers(TINY.name, image_size=32, progress=False).table
    monkeypatch.setattr(training, "layer_table", lambda _spec, _progress: table)
    spec = spec_of(monkeypatch, photos, TINY, fine_tune=True, head_epochs=1)
    assert (spec.train.head_epochs, spec.train.schedule, spec.train.backbone_lr) == (1, "cosine", 1e-5)
    assert spec.freeze != FreezePlan()
    own = spec_of(monkeypatch, photos, TINY, fine_tune=True, thaw=["blocks.5"])
    assert own.freeze == FreezePlan(thaw=("blocks.5",))
    scratch = spec_of(monkeypatch, photos, TINY, from_scratch=True)
    assert (scratch.backbone.weights, scratch.freeze.base) == ("none", "none")


def test_a_misspelled_setting_is_named_with_the_nearest_one(photos):
    with pytest.raises(TypeError, match=r"no setting 'epoch'\. Did you mean 'epochs'"):
        studio.train(photos, epoch=3)


@pytest.mark.parametrize(
    ("settings", "title", "hint"),
    [
        ({"epochs": "ten"}, "“epochs” cannot be 'ten'", "studio.TrainSpec"),
        ({"schedule": "linear"}, "“schedule” cannot be 'linear'", "studio.TrainSpec"),
        ({"head": "deep"}, "“head.kind” cannot be 'deep'", "studio.train"),
        ({"freeze": "blocks.4"}, "freeze cannot be 'blocks.4'", "freeze_until='blocks.4'"),
        ({"freeze": FreezePlan(), "thaw": "blocks.6"}, "specified twice", "not both"),
        ({"augment": "flop"}, "no augmentation called “flop”", "flip"),
        ({"backbone": "resnet19"}, "no backbone called “resnet19”", "resnet18"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(photos, settings, title, hint):
    with pytest.raises(studio.UserError) as mistake:
        studio.train(photos, progress=False, **settings)
    assert title in mistake.value.title
    assert hint in mistake.value.hint


def test_a_user_error_has_no_traceback_of_the_engine(tmp_path):
    with pytest.raises(studio.UserError, match="There is no folder") as mistake:
        studio.train(tmp_path / "nowhere", progress=False)
    assert {Path(frame.path).name for frame in mistake.traceback} == {
        Path(__file__).name, "training.py", "job_runner.py",
    }  # fmt: skip
