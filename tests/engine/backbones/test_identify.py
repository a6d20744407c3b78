"""Identification of the backbone that a file's tensors belong to, and the refusal of others. All tensors are empty."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones import builders, identify
from studio.engine.network import features
from studio.engine.weight_files import fitting
from studio.engine.weight_files.contents import StoredTensor
from studio.system import resources

MAKER = Path(__file__).resolve().parents[3] / "packaging" / "make_signatures.py"
MADE_WITH = json.loads(resources.path("signatures.json").read_text(encoding="utf-8"))["made_with"]
INSTALLED = {"torchvision": torchvision.__version__.split("+")[0], "timm": timm.__version__}
SAME_VERSIONS = pytest.mark.skipif(
    MADE_WITH != INSTALLED, reason=f"the signatures were made with {MADE_WITH}, installed is {INSTALLED}"
)


def whole(name: str, size: int | None = None) -> dict[str, StoredTensor]:
    """Content of a file with a whole network, its last layer included, without numbers."""
    info = catalog.find(name)
    meta = "cpu" if info.arch.startswith("regnet_") else "meta"  # torchvision computes RegNets' widths with tensors
    with torch.device(meta), features.quiet():
        if info.source == "torchvision":
            network = torchvision.models.get_model(info.arch, weights=None)
        else:
            network = timm.create_model(info.arch, **({"img_size": size} if size else {}))
    return {key: StoredTensor(tuple(t.shape), t.dtype, torch.ones) for key, t in network.state_dict().items()}


def fit(name: str, stored: dict[str, StoredTensor]) -> fitting.Fit:
    info = catalog.find(name)
    return fitting.fit(builders.build_on_meta(info.source, info.arch), stored)


DEPTHS = [("resnet18", "resnet34")]
MORE_DEPTHS = [
    ("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224"),
    ("convnext_tiny", "convnext_small"),
    ("timm/efficientnet_b0", "timm/efficientnet_b1"),
    ("resnet50", "resnet101"),
    ("resnet101", "resnet152"),
    ("timm/resnet18", "timm/resnet34"),
    ("timm/convnext_tiny", "timm/convnext_small"),
    ("convnextv2_atto", "convnextv2_femto"),
    ("swin_t", "swin_s"),
    ("swin_tiny_patch4_window7_224", "swin_small_patch4_window7_224"),
    ("efficientnet_b0", "efficientnet_b1"),
    ("efficientnet_b1", "efficientnet_b2"),
    ("densenet121", "densenet169"),
    ("densenet121", "densenet201"),
    ("vgg11", "vgg13"),
    ("vgg13", "vgg16"),
    ("vgg16", "vgg19"),
    ("vgg11", "vgg11_bn"),
    ("vgg16_bn", "vgg16"),
    ("timm/vgg16", "timm/vgg19"),
    ("regnet_y_400mf", "regnet_y_800mf"),
    ("timm/resnet18", "resnet18d"),
    ("resnet50", "wide_resnet50_2"),
    ("regnety_004", "regnety_008"),
    ("mobilenet_v3_small", "mobilenet_v3_large"),
    ("mobilenetv3_small_100", "mobilenetv3_large_100"),
    ("vit_small_patch16_224", "vit_small_patch32_224"),
    ("vit_base_patch16_224", "vit_large_patch16_224"),
    ("deit3_small_patch16_224", "deit3_base_patch16_224"),
    ("mixer_s16_224", "mixer_b16_224"),
    ("cait_xxs24_224", "cait_xxs36_224"),
    ("shufflenet_v2_x0_5", "shufflenet_v2_x1_0"),
    ("mnasnet0_5", "mnasnet0_75"),
    ("squeezenet1_0", "squeezenet1_1"),
    ("googlenet", "inception_v3"),
    ("xcit_nano_12_p16_224", "xcit_tiny_12_p16_224"),
    ("maxvit_t", "swin_v2_t"),
]


def check(one: str, other: str) -> None:
    for name, in_file in ((one, other), (other, one)):
        stored = whole(in_file)
        info = catalog.find(name)
        assert fit(in_file, stored).fits, in_file
        match = fit(name, stored)
        assert not match.fits, (name, in_file)
        assert not match.only_positions, (name, in_file)
        proposed = identify.matching_names(stored, info, limit=9)
        assert catalog.find(in_file).name in proposed, (name, in_file, proposed)
        assert info.name not in proposed


@pytest.mark.parametrize(("one", "other"), DEPTHS)
def test_weights_of_another_depth_never_fit_and_their_network_is_named(one, other):
    check(one, other)


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), MORE_DEPTHS)
def test_weights_of_other_variants_never_fit_and_their_network_is_named(one, other):
    check(one, other)


@pytest.mark.slow
def test_the_same_network_in_both_libraries_fits_both():
    for one, other in (("resnet18", "timm/resnet18"), ("timm/resnet18", "resnet18")):
        assert fit(one, whole(other)).fits
    assert {info.name for info in identify.backbones_of(whole("resnet18"))} >= {"resnet18", "timm/resnet18"}


@pytest.mark.slow
def test_a_backbone_is_identified_despite_prefix_missing_head_and_image_size():
    stored = {f"state_dict.module.{name}": t for name, t in whole("resnet34").items() if not name.startswith("fc.")}
    proposed = identify.matching_names(stored, catalog.find("resnet18"))
    assert proposed[0] == "resnet34", "torchvision's first, as the chosen one is"
    larger = identify.matching_names(whole("vit_tiny_patch16_224", 384), catalog.find("resnet18"))
    assert "vit_tiny_patch16_224" in larger


def test_no_backbone_is_proposed_where_none_fits():
    stored = {
        f"mine.{number}.weight": StoredTensor((3, 3), torch.float32, lambda: torch.zeros(3, 3)) for number in range(30)
    }
    assert identify.matching_names(stored, catalog.find("resnet18")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [("vit_tiny_patch16_224", 384), ("swin_tiny_patch4_window7_224", 448), ("eva02_tiny_patch14_224", 336)],
)
def test_only_positions_differ_between_image_sizes(name, size):
    match = fit(name, whole(name, size))
    assert match.fits or match.only_positions


@SAME_VERSIONS
def test_every_backbone_has_a_signature():
    rows = json.loads(resources.path("signatures.json").read_text(encoding="utf-8"))["signatures"]
    assert set(rows) == {info.name for info in catalog.load()}


@SAME_VERSIONS
@pytest.mark.parametrize(
    "name",
    few(["resnet18", "timm/resnet18", "vit_tiny_patch16_224", "mobilenet_v3_small", "vgg11"], ["resnet18", "vgg11"]),
)
def test_recomputed_signatures_equal_the_stored_ones(name):
    spec = importlib.util.spec_from_file_location("make_signatures", MAKER)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    rows = json.loads(resources.path("signatures.json").read_text(encoding="utf-8"))["signatures"]
    assert maker.signature_of(catalog.find(name)) == rows[catalog.find(name).name]
    sys.modules.pop("make_signatures", None)
