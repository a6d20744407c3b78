"""Layers, shapes and operations derived without weights."""

from __future__ import annotations

import pytest
from tiny import only

from studio.engine.inspection import shapes
from studio.events import NetworkShapes
from studio.spec import BackboneSpec, UserError


def derived(name: str, size: int | None = None) -> NetworkShapes:
    return only(list(shapes.derive(BackboneSpec(name, "none", size))), NetworkShapes)[0]


def test_shapes_and_operations_follow_the_image_size():
    found = derived("resnet18", 112)
    assert found.table is not None
    assert found.operations is not None
    assert (found.image_size, found.table.image_size, found.problem) == (112, (112, 112), "")
    rows = {layer.path: layer for layer in found.table.layers}
    assert (rows["conv1"].input_shape, rows["conv1"].output_shape) == ((3, 112, 112), (64, 56, 56))
    assert found.operations.layers["conv1"] == 56 * 56 * 64 * 3 * 49


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("vgg11_bn", 16, "cannot take photos of 16 × 16 pixels"),
        ("vit_b_16", 300, "cannot take photos of 300 × 300 pixels"),
        ("resnet18", 5000, "cannot be used"),
    ],
)
@pytest.mark.slow
def test_a_size_that_the_network_cannot_take_is_a_problem_with_advice(name: str, size: int, words: str):
    found = derived(name, size)
    assert words in found.problem
    assert found.advice
    assert found.table is found.operations is None


def test_an_unknown_backbone_is_refused():
    with pytest.raises(UserError, match="no_such_network"):
        list(shapes.derive(BackboneSpec("no_such_network", "none")))
