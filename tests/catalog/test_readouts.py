from __future__ import annotations

import pytest

from studio.catalog import catalog, readouts
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import replace

VIT = catalog.find("vit_base_patch16_224")


def reasons(name: str) -> dict[str, str]:
    return {choice.readout: choice.reason for choice in readouts.choices(catalog.find(name), 4)}


def possible(name: str) -> dict[str, int]:
    return {choice.readout: choice.width for choice in readouts.choices(catalog.find(name), 4) if not choice.reason}


@pytest.mark.parametrize(
    ("name", "published", "widths"),
    [
        ("vit_base_patch16_224", "class token", {"class": 768, "patches": 768, "class+patches": 1536, "blocks": 3072}),
        ("vit_b_16", "class token", {"class": 768, "patches": 768, "class+patches": 1536, "blocks": 3072}),
        (
            "vit_small_patch14_reg4_dinov2",
            "class token",
            {"class": 384, "patches": 384, "class+patches": 768, "blocks": 1536},
        ),
        (
            "beit_base_patch16_224",
            "mean of the patch tokens",
            {"class": 768, "patches": 768, "class+patches": 1536, "blocks": 3072},
        ),
        ("vit_base_patch16_siglip_224", "attention pool", {"patches": 768, "attention": 768}),
        ("resnet18", "average of the last map", {"pooled": 512, "average+maximum": 1024}),
        ("mobilenet_v3_large", "further layers after the pooled map", {"pooled": 960, "average+maximum": 1920}),
        ("vgg16", "further layers after the pooled map", {"pooled": 512, "average+maximum": 1024}),
        ("swin_t", "average of the last map", {"pooled": 768, "average+maximum": 1536}),
        ("tf_efficientnet_lite0", "average of the last map", {"pooled": 1280, "average+maximum": 2560}),
        ("deit_tiny_distilled_patch16_224", "its own readout", {"class": 192, "patches": 192}),
    ],
)
def test_the_readouts_of_a_backbone(name, published, widths):
    info = catalog.find(name)
    assert readouts.published(info) == published
    found = possible(name)
    assert found["default"] == info.features
    assert {readout: found[readout] for readout in widths} == widths
    if len(widths) > 2 or "pooled" in widths:
        assert set(found) == {"default", *widths}


@pytest.mark.parametrize(
    ("given", "normalized"),
    [
        (("vit_base_patch16_224", "class"), "default"),
        (("timm/vit_base_patch16_224", "class"), "default"),
        (("vit_base_patch16_224", "blocks", 1), "default"),
        (("vit_base_patch16_224", "patches"), "patches"),
        (("beit_base_patch16_224", "blocks", 1), "class"),
        (("beit_base_patch16_224", "class"), "class"),
        (("beit_base_patch16_224", "patches"), "default"),
        (("resnet18", "pooled", 7), "default"),
        (("mobilenet_v3_large", "pooled"), "pooled"),
        (("no_such_backbone", "class", 7), "class"),
    ],
)
def test_a_readout_that_is_the_published_one_is_the_default(given, normalized):
    name, readout, blocks = (*given, 4)[:3]
    spec = readouts.normalized(BackboneSpec(name, readout=readout, readout_blocks=blocks))
    assert spec.readout == normalized
    assert readouts.normalized(spec) == spec
    assert readouts.normalized(BackboneSpec(name, readout="blocks", readout_blocks=3)).readout == "blocks"


def test_an_unavailable_readout_has_a_reason():
    assert "no tokens, but a map" in reasons("resnet18")["class"]
    assert "has tokens, no last map" in reasons("vit_base_patch16_224")["pooled"]
    assert "learned no attention pool" in reasons("vit_base_patch16_224")["attention"]
    assert "no class token" in reasons("vit_base_patch16_siglip_224")["blocks"]
    assert "neither" in reasons("crossvit_tiny_240")["class"]
    for name in ("resnet18", "vit_base_patch16_224", "crossvit_tiny_240"):
        assert all(not reason or reason.endswith(".") for reason in reasons(name).values())


def test_the_published_readout_is_the_same_network_by_either_name():
    named = readouts.chosen(VIT, BackboneSpec(VIT.name, readout="class"))
    assert named == readouts.chosen(VIT, BackboneSpec(VIT.name)) == VIT
    assert named.identity == "timm/vit_base_patch16_224"
    other = readouts.chosen(VIT, BackboneSpec(VIT.name, readout="blocks", readout_blocks=2))
    assert (other.identity, other.features) == ("timm/vit_base_patch16_224#blocks/2", 1536)


def test_words():
    def words(**choice) -> str:
        return readouts.words(VIT, BackboneSpec(VIT.name, **choice))

    assert words() == words(readout="class") == "class token, as published"
    assert words(readout="patches") == "mean of the patch tokens"
    assert words(readout="blocks") == "class tokens of the last 4 blocks"
    assert words(readout="blocks", readout_blocks=1) == "class tokens of the last block"


def test_too_many_blocks_are_refused():
    with pytest.raises(UserError, match="12 blocks, of which 13") as refused:
        readouts.chosen(VIT, BackboneSpec(VIT.name, readout="blocks", readout_blocks=13))
    assert refused.value.hint == "Choose 1 to 12 blocks for the readout."


def test_another_backbone_keeps_a_readout_that_it_has():
    spec = BackboneSpec(VIT.name, readout="blocks", readout_blocks=10)
    large, small, resnet = map(catalog.find, ("vit_large_patch16_224", "vit_tiny_patch16_224", "resnet18"))
    assert readouts.with_backbone(spec, large).readout == "blocks"
    assert readouts.with_backbone(replace(spec, readout="patches"), small).readout == "patches"
    fallback = readouts.with_backbone(spec, resnet)
    assert (fallback.readout, fallback.readout_blocks) == ("default", 4)


def test_every_entry_is_consistent():
    for info in catalog.load():
        assert not info.published or info.published in info.readouts, info.name
        assert ("blocks" in info.readouts) == (info.blocks > 0), info.name
        assert bool(info.readouts) == (info.channels > 0), info.name
        if info.published in ("class", "patches", "pooled"):
            assert info.channels == info.features, info.name
        assert set(info.readouts) <= set(readouts.TITLES), info.name
    assert sum(bool(info.readouts) for info in catalog.load()) > 0.9 * len(catalog.load())
