"""Freeze plan that thaws the last block, on networks of many families."""

from __future__ import annotations

import pytest
from tiny import on_meta
from trimming import few

from studio.catalog import catalog
from studio.engine.network import layers
from studio.planning import blocks, freezing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "block"),
    few(
        [
            ("resnet18", "layer4.1"),
            ("timm/resnet18", "layer4.1"),
            ("densenet121", "features.denseblock4"),
            ("vit_b_32", "encoder.layers.encoder_layer_11"),
            ("vit_tiny_patch16_224", "blocks.11"),
            ("swin_t", "features.7.1"),
            ("convnext_tiny", "features.7.2"),
            ("timm/convnext_tiny", "stages.3.blocks.2"),
            ("davit_tiny", "stages.3.blocks.0.1"),
            ("hiera_tiny_224", "blocks.11"),
            ("nest_tiny", "levels.2.transformer_encoder.7"),
            ("pit_ti_224", "transformers.2"),
            ("tf_efficientnet_lite0", "blocks.6"),
            ("efficientnet_b0", "features.7.0"),
            ("mobilenet_v2", "features.17"),
            ("mobilenet_v3_small", "features.11"),
            ("ghostnet_100", "blocks.8.3"),
            ("fastvit_t8", "stages.3.blocks.1"),
            ("mobilevit_xxs", "stages.4.1"),
            ("convmixer_1024_20_ks9_p14", "blocks.19"),
            ("inception_v3", "Mixed_7c"),
            ("levit_128s", "stages.2.blocks.3"),
            ("dpn48b", "features.conv5_3"),
            ("alexnet", "classifier.4"),
        ],
        keep=("resnet18", "vit_tiny_patch16_224", "tf_efficientnet_lite0", "alexnet", "davit_tiny"),
    ),
)
def test_the_last_block_of_a_family_is_thawed(name, block):
    entry = catalog.find(name)
    network, classifier = on_meta(entry.source, entry.arch, entry.input_size[1])
    table = layers.table(network, name, classifier, entry.preprocess.size)
    chosen = blocks.last_block(table)
    frozen = freezing.frozen_leaves(chosen, table.layers)
    below = {layer.path for layer in table.layers if layer.leaf and freezing.covers(block, layer.path)}
    assert below, [layer.path for layer in table.layers if not layer.leaf][-8:]
    assert not below & frozen
    assert 0.02 * table.parameters < freezing.trainable(chosen, table) < 0.75 * table.parameters
    first = min(layer.order for layer in table.layers if layer.path in below)
    assert all(
        layer.path in frozen for layer in table.layers if layer.leaf and layer.parameters and layer.order < first
    )
