"""Registration of a new source of backbones: its network trains, predicts and reads its files."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from tiny import finish, only, trained
from torch import Tensor, nn

from studio.catalog import catalog
from studio.engine.backbones import backbone, sources
from studio.engine.predict import predict
from studio.events import ImagePrediction, Stage, TrainingFinished, Warned
from studio.jobs.protocol import never
from studio.spec import BUNDLED_BACKBONE, BackboneSpec

NAME = "own_network"


class Own:
    """A library with one network, whose original authors used other names for its tensors."""

    libraries = ()

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        assert arch == NAME
        pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), pooled, nn.Linear(4, 6), nn.Identity())
        return network, "4"

    def from_hub(self, info, file, image_size) -> None:
        return None

    def renamer(self, network: nn.Module):
        def rename(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
            return {name.replace("first", "0").replace("second", "3"): value for name, value in tensors.items()}

        return rename

    def interpolate_positions(self, network, arch, tensors, size) -> dict[str, Tensor]:
        return tensors


@pytest.fixture
def own(monkeypatch) -> None:
    monkeypatch.setitem(sources.SOURCES, "own", Own())
    like = catalog.find(BUNDLED_BACKBONE)
    info = replace(like, name=NAME, source="own", arch=NAME, features=6, parameters=142, weights="", url="")
    monkeypatch.setitem(catalog._names(), NAME, info)


@pytest.mark.usefixtures("own")
def test_a_backbone_of_a_new_source_trains_and_predicts(photos, tmp_path):
    events = trained(photos, tmp_path / "run", backbone=BackboneSpec(NAME, "none", 32))
    assert only(events, TrainingFinished)[0].frozen_unchanged
    assert not [event for event in only(events, Stage) if event.name == "import"]
    events = list(predict.predict(tmp_path / "run", [str(photos / "cold" / "00.jpg")], "cpu"))
    assert len(only(events, ImagePrediction)) == 1


@pytest.mark.usefixtures("own")
def test_a_new_source_renames_the_tensors_of_its_files(tmp_path):
    network, _ = Own().build(NAME, None)
    names = {"0": "first", "3": "second"}
    state = {f"{names[name[0]]}{name[1:]}": value for name, value in network.state_dict().items()}
    save_file(state, tmp_path / "w.safetensors")
    events, base = finish(backbone.load(BackboneSpec(NAME, str(tmp_path / "w.safetensors"), 32), never))
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in base.network.state_dict().items())
    assert "renamed" in only(events, Warned)[0].title


def test_every_source_of_the_catalog_is_registered():
    assert {entry.source for entry in catalog.load()} | {catalog.OWN} == set(sources.SOURCES)
    assert sources.libraries() == ["torchvision", "timm"]
