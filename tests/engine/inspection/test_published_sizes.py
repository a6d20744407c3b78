"""Parameters and operations of forty networks against the table that timm publishes."""

from __future__ import annotations

import math

import pytest
from tiny import only

from studio.catalog import catalog
from studio.engine.inspection import shapes
from studio.events import LayerTable, NetworkShapes
from studio.spec import BackboneSpec

CLASSES = 1000
"""Classes of the published networks, whose last layers are included there."""

PUBLISHED = (
    ("mobilenetv1_100", 224, 4.23, 0.58),
    ("mobilenetv4_conv_small", 224, 3.77, 0.19),
    ("regnetx_002", 224, 2.68, 0.2),
    ("ese_vovnet19b_dw", 224, 6.54, 1.34),
    ("mobilenetv2_100", 224, 3.5, 0.31),
    ("tf_efficientnet_lite0", 224, 4.65, 0.4),
    ("hgnetv2_b0", 224, 6.0, 0.33),
    ("mobilenetv3_large_100", 224, 5.48, 0.23),
    ("mixer_s32_224", 224, 19.1, 1.0),
    ("pit_ti_224", 224, 4.85, 0.7),
    ("cs3darknet_s", 256, 3.28, 0.72),
    ("regnety_002", 224, 3.16, 0.2),
    ("edgenext_xx_small", 256, 1.33, 0.26),
    ("dla46_c", 224, 1.3, 0.58),
    ("gmlp_ti16_224", 224, 5.87, 1.34),
    ("efficientvit_m1", 224, 2.98, 0.17),
    ("mobilevitv2_050", 256, 1.37, 0.48),
    ("ghostnet_100", 224, 5.18, 0.15),
    ("repghostnet_100", 224, 4.07, 0.15),
    ("convnext_atto", 224, 3.7, 0.55),
    ("timm/resnet18", 224, 11.69, 1.82),
    ("resnext26ts", 256, 10.3, 2.43),
    ("visformer_tiny", 224, 10.32, 1.27),
    ("poolformer_s12", 224, 11.92, 1.82),
    ("resmlp_12_224", 224, 15.35, 3.01),
    ("rexnet_100", 224, 4.8, 0.41),
    ("resnest14d", 224, 10.61, 2.76),
    ("botnet26t_256", 256, 12.49, 3.32),
    ("repvgg_a0", 224, 9.11, 1.52),
    ("timm/efficientnet_b0", 224, 5.29, 0.4),
    ("mobilevit_xxs", 256, 1.27, 0.42),
    ("tf_efficientnetv2_b0", 224, 7.14, 0.73),
    ("fastvit_t8", 256, 4.03, 0.7),
    ("xcit_nano_12_p16_224", 224, 3.05, 0.56),
    ("pvt_v2_b0", 224, 3.67, 0.57),
    ("convit_tiny", 224, 5.71, 1.26),
    ("dla34", 224, 15.74, 3.07),
    ("crossvit_tiny_240", 240, 7.01, 1.57),
    ("skresnet18", 224, 11.96, 1.82),
    ("vit_small_patch16_224", 224, 22.05, 4.61),
)
"""Name, image size, millions of parameters and billions of multiply-adds, rounded to two places (timm's benchmark of
inference, 2024)."""


def _normalization(table: LayerTable) -> int:
    """Operations of normalization, which timm's tool counts and other tables, torchvision's for instance, do not."""
    number = 0
    for layer in table.layers:
        each = 2 if "BatchNorm" in layer.type else 5 if "LayerNorm" in layer.type or "GroupNorm" in layer.type else 0
        number += each * math.prod(layer.output_shape) if layer.leaf else 0
    return number


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size", "parameters", "operations"), PUBLISHED)
def test_parameters_and_macs_are_the_published_ones(name: str, size: int, parameters: float, operations: float) -> None:
    info = catalog.find(name)
    own = size == info.preprocess.size[0]
    found = only(list(shapes.derive(BackboneSpec(name, "none", None if own else size))), NetworkShapes)[0]
    assert found.table is not None
    assert found.operations is not None
    head = info.features * CLASSES
    assert (found.table.parameters + head + CLASSES) / 1e6 == pytest.approx(parameters, abs=0.0051)
    counted = found.operations.total + head + _normalization(found.table)
    assert counted / 1e9 == pytest.approx(operations, abs=0.0051)
