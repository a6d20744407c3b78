"""Runs on cached features with a network's tensors alone: they equal other runs, and a changed file is detected."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import LAST_BLOCK, LITE0, finish, load, only, record, trained
from tiny_network import NAME

from studio.engine.backbones import backbone, skeleton
from studio.engine.backbones.skeleton import Skeleton
from studio.engine.cache import artifacts
from studio.engine.network.fingerprints import fingerprint
from studio.events import FeaturesComputed, LayersChanged, LayerTable, RunStarted, Stage, TrainingFinished, Warned
from studio.spec import BackboneSpec, PreprocessSpec


def yes(_table: LayerTable) -> bool:
    return True


@pytest.fixture
def spec(tmp_path: Path) -> BackboneSpec:
    """The tiny backbone with its weights in a file, under a prefix."""
    state = load().network.state_dict()
    save_file(
        {f"model.{name}": value for name, value in state.items() if "num_batches" not in name}
        | {"more": torch.ones(3)},
        tmp_path / "weights.safetensors",
    )
    return BackboneSpec(NAME, str(tmp_path / "weights.safetensors"), 32)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the networks that are built in a run."""
    built: list[str] = []
    original = backbone.load

    def counting_load(spec, *rest):
        built.append(spec.name)
        return original(spec, *rest)

    monkeypatch.setattr(backbone, "load", counting_load)
    return built


def messages(events) -> list[object]:
    """Stages, warnings and the result of a run, without times and folders."""
    return [
        replace(event, seconds={}, run="") if isinstance(event, TrainingFinished) else event
        for event in events
        if isinstance(event, Stage | Warned | TrainingFinished) and getattr(event, "name", "") != "import"
    ]


def test_a_run_from_tensors_alone_equals_a_run_of_the_whole_network(photos, tmp_path, spec, loads):
    first = trained(photos, tmp_path / "one", backbone=spec)
    second = trained(photos, tmp_path / "two", backbone=spec)
    assert loads == [NAME]
    assert [only(events, FeaturesComputed)[0].computed for events in (first, second)] == [24, 0]
    assert messages(first) == messages(second)
    assert any("under" in event.title for event in only(second, Stage)), "where in the file they were"
    names = ("trainable_parameters", "total_parameters", "frozen_layers", "weights_hash", "feature_shape", "cut")
    one, two = (only(events, RunStarted)[0] for events in (first, second))
    assert [getattr(one, name) for name in names] == [getattr(two, name) for name in names]
    assert only(first, LayersChanged)[-1] == only(second, LayersChanged)[-1]
    for file in ("head.safetensors", "best/head.safetensors"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    varying = ("run", "started", "ended", "seconds", "epochs", "checkpoint", "features")
    one, two = ({k: v for k, v in record(tmp_path / run).items() if k not in varying} for run in ("one", "two"))
    assert one == two


@pytest.mark.slow
def test_a_changed_file_is_loaded_again(photos, tmp_path, spec, loads):
    trained(photos, tmp_path / "one", backbone=spec)
    tensors = load_file(spec.weights)
    tensors["model.conv_head.weight"] += 1
    save_file(tensors, spec.weights)
    trained(photos, tmp_path / "two", backbone=spec)
    assert loads == [NAME, NAME]
    assert record(tmp_path / "one")["weights_hash"] != record(tmp_path / "two")["weights_hash"]


@pytest.mark.slow
def test_features_of_new_photos_are_computed_with_the_same_weights(photos, tmp_path, spec, loads):
    trained(photos, tmp_path / "one", backbone=spec)
    (photos / "cold" / "new.jpg").write_bytes((photos / "cold" / "00.jpg").read_bytes() + b"\0")
    events = trained(photos, tmp_path / "two", backbone=spec)
    assert loads == [NAME]
    assert only(events, FeaturesComputed)[0].computed == 1
    assert only(events, TrainingFinished)[0].frozen_unchanged


@pytest.mark.slow
@pytest.mark.parametrize("plan", [LAST_BLOCK])
def test_a_network_that_trains_is_built(photos, tmp_path, spec, loads, plan):
    trained(photos, tmp_path / "one", backbone=spec)
    trained(photos, tmp_path / "two", plan, spec, epochs=1)
    assert loads == [NAME, NAME]


@pytest.mark.parametrize("change", ["version", "cut off", "another table"])
def test_an_outdated_or_damaged_record_is_ignored(tmp_path, spec, monkeypatch, change):
    base = load(spec)
    skeleton.save(base, spec, (), tmp_path / "cache")
    assert finish(skeleton.load(spec, tmp_path / "cache", yes))[1] is not None
    file = next((tmp_path / "cache").glob("*/*.artifact"))
    if change == "version":
        monkeypatch.setattr(artifacts, "version", lambda library: f"{library} of tomorrow")
    elif change == "cut off":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        written = json.loads(file.read_bytes()[artifacts.HASH_BYTES :])
        written["tensors"] = written["tensors"][:-1]
        artifacts.write(tmp_path / "cache", file.parent.name, json.dumps(written).encode(), {})
    assert finish(skeleton.load(spec, tmp_path / "cache", yes)) == ([], None)


def test_the_skeleton_is_restored_to_the_network(tmp_path, spec):
    base = load(spec)
    skeleton.save(base, spec, (), tmp_path / "cache")
    alone = finish(skeleton.load(spec, tmp_path / "cache", yes))[1]
    assert isinstance(alone.network, Skeleton)
    assert alone.table == base.table
    warned = replace(base.table, warnings=(("The weights are random.", "Choose a file."),))
    assert skeleton._read_table(json.loads(json.dumps(asdict(warned)))) == warned
    assert alone.preprocess == base.preprocess != PreprocessSpec()
    again = skeleton.with_code(alone)
    assert fingerprint(again.network) == base.fingerprint
    rows = torch.rand(2, 3, 32, 32)
    assert torch.equal(again.features(rows), base.features(rows))
    again.network.conv_head.weight.data += 1  # the memory is shared, so that the freeze proof detects a change
    assert fingerprint(alone.network) != base.fingerprint


def test_no_record_is_written_for_random_weights(tmp_path):
    base = load()
    skeleton.save(base, BackboneSpec(NAME, "none", 32), (), tmp_path)
    assert not list(tmp_path.iterdir())
    assert finish(skeleton.load(BackboneSpec(NAME, "none", 32), tmp_path, yes)) == ([], None)


@pytest.mark.slow
def test_a_run_on_cached_features_imports_neither_torchvision_nor_timm(photos, tmp_path):
    trained(photos, tmp_path / "one", backbone=LITE0, epochs=1)
    code = (
        "import sys; from pathlib import Path; from studio.spec import *\n"
        "from studio.engine.training.run import train\n"
        "how = dict(train=TrainSpec(epochs=1, device='cpu'))\n"
        f"photos = DatasetSpec({str(photos)!r}, split_by='photo', split_near=False)\n"
        "spec = RunSpec(photos, BackboneSpec(image_size=32), **how)\n"
        f"list(train(spec, Path({str(tmp_path / 'two')!r}), cache=Path({str(photos.parent / 'cache')!r})))\n"
        "assert not {'torchvision', 'timm', 'torch._dynamo', 'openvino'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "one" / "head.safetensors").read_bytes() == (tmp_path / "two" / "head.safetensors").read_bytes()
