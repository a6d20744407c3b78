"""Which backbones the advice compares: only those whose weights are on this computer."""

from __future__ import annotations

import pytest

from studio.catalog import catalog
from studio.planning import backbone_candidates
from studio.spec import BackboneSpec


def put_on_disk(*names: str) -> None:
    folder = catalog.torch_hub_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / catalog.find(name).url.rsplit("/", 1)[-1]).write_bytes(b"weights")


BUNDLED = ["tf_efficientnet_lite0", "tf_efficientnet_lite1", "tf_efficientnet_lite2"]


def names(chosen: BackboneSpec, **more: int) -> list[str]:
    return [spec.name for spec in backbone_candidates.candidates(chosen, **more)[0]]


def test_only_what_is_on_this_computer_is_compared_smallest_first():
    assert names(BackboneSpec()) == BUNDLED
    put_on_disk("resnet50", "mobilenet_v2", "resnet18")
    assert names(BackboneSpec()) == ["mobilenet_v2", *BUNDLED, "resnet18", "resnet50"]
    assert "vgg11" not in names(BackboneSpec("vgg11")), "it would have to be downloaded"
    assert "vgg11" in names(BackboneSpec("vgg11", "none"))


def test_of_many_some_are_taken_from_small_to_large_and_the_chosen_one_always():
    put_on_disk("resnet50", "mobilenet_v2", "resnet18", "vgg11")
    specs, left_out = backbone_candidates.candidates(BackboneSpec("resnet18"), 3)
    assert specs[0].name == "mobilenet_v2"
    assert "resnet18" in [spec.name for spec in specs]
    assert (len(specs), left_out) == (3, 4)
    ends = names(BackboneSpec("mobilenet_v2"), most=3)
    assert (ends[0], ends[-1], len(ends)) == ("mobilenet_v2", "vgg11", 3), "it is among them anyway"


def test_the_image_size_counts_for_all_that_take_any():
    put_on_disk("resnet18")
    specs, _ = backbone_candidates.candidates(BackboneSpec(image_size=112))
    assert {spec.image_size for spec in specs} == {112}
    full = backbone_candidates.macs(BackboneSpec("resnet18"))
    assert backbone_candidates.macs(specs[-1]) == pytest.approx(full / 4)


def test_downloads_are_common_ones_that_are_missing_and_small_for_a_small_set():
    small = backbone_candidates.downloads(True)
    assert "mobilenet_v2" in [entry.name for entry in small]
    assert all(entry.macs <= backbone_candidates.SMALL_MACS for entry in small)
    put_on_disk("mobilenet_v2")
    assert "mobilenet_v2" not in [entry.name for entry in backbone_candidates.downloads(True)]
    assert max(entry.macs for entry in backbone_candidates.downloads(False)) > backbone_candidates.SMALL_MACS


def test_the_largest_network_that_suits_a_set_is_proposed(monkeypatch):
    own = catalog.find("mobilenet_v2").macs
    for limit, proposed in ((own, True), (own * 0.999, False)):
        monkeypatch.setattr(backbone_candidates, "SMALL_MACS", limit)
        assert ("mobilenet_v2" in [entry.name for entry in backbone_candidates.downloads(True)]) == proposed
    for small in (True, False):
        accuracies = [entry.accuracy for entry in backbone_candidates.downloads(small)]
        assert accuracies == sorted(accuracies, reverse=True)
        assert len(accuracies) <= 3


def test_a_limit_is_a_number_of_backbones():
    assert backbone_candidates.candidates(BackboneSpec(), 3)[1] == 0
    some, left_out = backbone_candidates.candidates(BackboneSpec(), 2)
    assert ([one.name for one in some], left_out) == ([BUNDLED[0], BUNDLED[2]], 1)
