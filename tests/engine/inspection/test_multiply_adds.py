from __future__ import annotations

import collections
import threading

import pytest
import torch
from tiny import only
from torch import nn

from studio.catalog import catalog
from studio.engine.inspection import multiply_adds
from studio.events import MultiplyAdds
from studio.spec import BackboneSpec, UserError


def counted(name: str, size: int | None = None) -> MultiplyAdds:
    return only(list(multiply_adds.count(BackboneSpec(name, "none", size))), MultiplyAdds)[0]


def test_multiplications_of_each_module_are_those_computed_by_hand():
    shared = nn.Conv2d(4, 4, 1, bias=False)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.Sequential(shared, nn.ReLU()), nn.Sequential(shared), nn.Flatten()
    )
    network.append(nn.Linear(4 * 8 * 8, 5)).requires_grad_(False)
    modules, total = multiply_adds.of_network(network.to("meta"), (3, 8, 8))
    first, each, last = 8 * 8 * 4 * 3 * 9, 8 * 8 * 4 * 4, 4 * 8 * 8 * 5
    assert total == first + 2 * each + last
    assert modules["0"] == first
    assert modules["1.0"] == 2 * each, "both passes of the module that two blocks share"
    assert modules["4"] == last
    assert "3" not in modules


@pytest.mark.slow
def test_the_multiplications_follow_the_image_size():
    own, small = counted("resnet18"), counted("resnet18", 112)
    assert own.total == catalog.find("resnet18").macs
    assert (own.image_size, small.image_size) == ((224, 224), (112, 112))
    assert small.layers["layer1"] * 4 == own.layers["layer1"]
    assert own.layers["layer1"] == own.layers["layer1.0"] + own.layers["layer1.1"]


def test_the_modules_of_other_threads_are_not_counted():
    own, other = nn.Sequential(nn.Conv2d(3, 4, 1)).to("meta"), nn.Conv2d(3, 4, 1)
    passes = 0

    def beside(*_call: object) -> None:
        nonlocal passes
        thread = threading.Thread(target=lambda: other(torch.zeros(1, 3, 2, 2)).sum().backward())
        thread.start()
        thread.join()
        passes += 1

    own[0].register_forward_pre_hook(beside)
    modules, total = multiply_adds.of_network(own, (3, 4, 4))
    assert (passes, modules, total) == (1, {"0": 4 * 4 * 4 * 3}, 4 * 4 * 4 * 3)
    assert not other._forward_pre_hooks
    assert len(own[0]._forward_pre_hooks) == 1


def test_an_image_size_that_the_network_cannot_take_is_refused():
    with pytest.raises(UserError, match="cannot take photos of 8 × 8"):
        counted("alexnet", 8)


def test_the_catalog_agrees_with_the_published_table():
    from torchvision import models

    compared = 0  # SqueezeNets are left out: their last layer is a convolution
    for entry in catalog.load():
        if entry.source == "torchvision" and not entry.name.startswith("squeezenet"):
            published = models.get_model_weights(entry.arch).DEFAULT.meta
            head = entry.features * len(published["categories"])
            assert (entry.macs + head) / 1e9 == pytest.approx(published["_ops"], abs=0.0006), entry.name
            compared += 1
    assert compared == 78


@pytest.mark.slow
def test_40_families_have_the_multiplications_of_the_catalog():
    families = collections.defaultdict(list)
    for entry in catalog.load():
        if entry.parameters < 30e6:
            families[entry.family].append(entry)
    smallest = [min(entries, key=lambda entry: entry.macs or 1e12) for entries in families.values()]
    assert len(smallest) >= 40
    for entry in sorted(smallest, key=lambda entry: entry.macs)[:40]:
        assert counted(entry.name).total == entry.macs, entry.name
