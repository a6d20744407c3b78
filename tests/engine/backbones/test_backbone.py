"""Repeated loads of a backbone, which share its layer table."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import SMALL, load

from studio.engine.backbones import backbone
from studio.engine.network import layers
from studio.spec.structs import replace


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Image sizes of the traced networks, with an empty cache at the start."""
    sizes: list[tuple[int, int]] = []
    table = layers.table

    def counted(network: Any, name: str, classifier: str, size: tuple[int, int], *rest: Any) -> Any:
        sizes.append(size)
        return table(network, name, classifier, size, *rest)

    monkeypatch.setattr(backbone, "_TABLES", {})
    monkeypatch.setattr(layers, "table", counted)
    return sizes


def test_a_second_load_of_a_network_reuses_its_layer_table(traced):
    first, second = load(), load(seed=1)
    assert first.fingerprint != second.fingerprint
    assert first.table == second.table
    assert len(traced) == 1


def test_another_image_size_is_traced(traced):
    small, large = load(), load(replace(SMALL, image_size=64))
    assert traced == [(32, 32), (64, 64)]
    assert small.table != large.table


def test_a_network_with_other_tensors_is_traced(traced):
    base = load()

    base.network.add_module("extra", base.network.conv_stem)
    again = backbone._table(base.network, base.info, base.preprocess.size, lambda: False)
    assert len(traced) == 2
    assert again.features == base.table.features


def test_the_number_of_cached_tables_is_limited(traced, monkeypatch):
    monkeypatch.setattr(backbone, "MAX_TABLES", 2)
    for size in (32, 48, 64, 32):
        load(replace(SMALL, image_size=size))
    assert len(traced) == 4  # the first table was dropped
    assert len(backbone._TABLES) <= 2
