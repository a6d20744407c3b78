"""The example code for plain timm and torchvision: where a variant fails to build the network, the next is tried."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from studio.catalog import catalog
from studio.engine.export.model import plain_file
from studio.engine.predict.whole_models import plain_network
from studio.spec import PreprocessSpec, UserError


class Flat(nn.Module):
    """A network whose backbone flattens photos of 2 × 2 pixels, and its head."""

    def __init__(self) -> None:
        super().__init__()
        self.head = SimpleNamespace(layers=nn.Sequential(nn.Linear(12, 2)))

    def scores(self, photos):
        return self.head.layers(photos.flatten(1))


def model(network: Flat):
    base = SimpleNamespace(
        info=catalog.find("resnet18"), preprocess=PreprocessSpec((2, 2)), network=SimpleNamespace(state_dict=dict)
    )
    return SimpleNamespace(base=base, network=network, readout="as published")


@pytest.mark.parametrize("kind", [AssertionError, TypeError, RuntimeError, AttributeError, ValueError])
def test_after_code_that_fails_the_next_variant_is_tried(monkeypatch, kind):
    """timm asserts the size of photos, for one: an AssertionError with or without words."""
    built = []

    def build(lines):
        built.append(lines)
        if len(built) == 1:
            raise kind
        made = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
        return made.eval()

    network = Flat()
    monkeypatch.setattr(plain_network, "build", build)
    monkeypatch.setattr(plain_network, "ways", lambda *_: iter([(["a", "b"], ("", "1.")), (["c", "d"], ("0.", "1."))]))
    lines, made = plain_file._plain(model(network))
    assert lines == ["c", "d"]
    photos = torch.ones(1, 3, 2, 2)
    assert torch.equal(made(photos), network.scores(photos))


def test_where_no_variant_works_the_last_reason_is_given(monkeypatch):
    def build(lines):
        raise AssertionError(f"size of {lines[0]}" if lines[0] == "c" else "")

    monkeypatch.setattr(plain_network, "build", build)
    monkeypatch.setattr(plain_network, "ways", lambda *_: iter([(["a", "b"], ("", "1.")), (["c", "d"], ("0.", "1."))]))
    with pytest.raises(UserError, match="size of c"):
        plain_file._plain(model(Flat()))
    monkeypatch.setattr(plain_network, "ways", lambda *_: iter([(["a", "b"], ("", "1."))]))
    with pytest.raises(UserError, match="AssertionError"):
        plain_file._plain(model(Flat()))
