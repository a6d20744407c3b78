from __future__ import annotations

import pytest

from studio.catalog import catalog, image_sizes


@pytest.mark.parametrize(
    ("name", "side", "sizes", "change"),
    [
        (
            "vit_small_patch14_dinov2", 224, "224 as published / 518 native",
            "Positions are interpolated from 37 × 37 to 16 × 16 patches: the weights were trained at 518 × 518.",
        ),
        ("vit_small_patch14_dinov2", 518, "224 as published / 518 native", ""),
        (
            "vit_b_16", 160, "224 native",
            "Positions are interpolated from 14 × 14 to 10 × 10 patches: the weights were trained at 224 × 224.",
        ),
        (
            "vit_tiny_patch16_224", 230, "224 native",
            "The network does not see the last 6 pixels at the right and at the bottom: 230 is not a multiple of its "
            "patches of 16 × 16. 224 and 240 fit.",
        ),
        (
            "vit_tiny_patch16_224", 170, "224 native",
            "Positions are interpolated from 14 × 14 to 10 × 10 patches: the weights were trained at 224 × 224. "
            "The network does not see the last 10 pixels at the right and at the bottom: 170 is not a multiple of its "
            "patches of 16 × 16. 160 and 176 fit.",
        ),
        (
            "convnext_tiny", 225, "224 native",
            "The network does not see the last pixel at the right and at the bottom: 225 is not a multiple of its "
            "patches of 4 × 4. 224 and 228 fit.",
        ),
        ("resnet18", 96, "224 native", ""),
        ("resnet18", 97, "224 native", ""),
    ],
)  # fmt: skip
def test_the_sizes_of_a_backbone_in_words(name, side, sizes, change):
    info = catalog.find(name)
    assert image_sizes.words(info) == sizes
    assert image_sizes.change(info, side) == change


def test_networks_with_positions_take_other_sizes_and_those_with_windows_do_not():
    for name in ("vit_tiny_patch16_224", "deit_tiny_patch16_224", "eva02_tiny_patch14_224", "beit_base_patch16_224"):
        assert image_sizes.takes_other(catalog.find(name)), name
    assert image_sizes.takes_other(catalog.find("resnet18"))
    assert not image_sizes.takes_other(catalog.find("levit_128"))
    assert "Other sizes work" in image_sizes.sentence(catalog.find("resnet18"), 96)
    assert "224 as published" in image_sizes.sentence(catalog.find("vit_small_patch14_dinov2"), 518)
