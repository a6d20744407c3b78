"""The measured time of each layer."""

from __future__ import annotations

import pytest
from tiny import SMALL, finish, only

from studio.engine.backbones.backbone import LoadedBackbone
from studio.engine.inspection import layer_times
from studio.events import LayerTimes
from studio.jobs.protocol import Interrupted, never


def test_times_of_blocks_include_those_of_their_layers(monkeypatch):
    monkeypatch.setattr(layer_times, "ENOUGH_SECONDS", 0.0)
    shop = LoadedBackbone()
    found = only(list(layer_times.measure(shop, SMALL, 2)), LayerTimes)[0]
    base = finish(shop.get(SMALL, never))[1]
    assert (found.batch, found.passes, found.image_size) == (2, layer_times.LEAST_PASSES, base.table.image_size)
    ran = {layer.path for layer in base.table.layers if layer.output_shape and layer.type != "Parameter"}
    assert ran <= set(found.seconds)
    assert all(0 < seconds <= found.total for path, seconds in found.seconds.items() if "." not in path)
    with pytest.raises(Interrupted):
        list(layer_times.measure(shop, SMALL, 2, lambda: True))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in base.network.modules())
