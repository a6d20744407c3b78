from __future__ import annotations

from torch import nn

from studio.engine.network.module_tree import module_at


def test_missing_modules_are_created_and_existing_ones_are_returned() -> None:
    network = nn.Module()
    network.add_module("stem", nn.Conv2d(3, 4, 1))
    assert module_at(network, "") is network
    assert module_at(network, "stem") is network.stem
    block = module_at(network, "blocks.0.conv")
    assert module_at(network, "blocks.0.conv") is block
    assert [name for name, _ in network.named_modules()] == ["", "stem", "blocks", "blocks.0", "blocks.0.conv"]
