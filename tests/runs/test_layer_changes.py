"""The summary of the freeze proof in one sentence."""

from __future__ import annotations

from studio.events import AdapterChange, LayerChange
from studio.runs.layer_changes import adapter_words, first_names, sentence, summarize

STILL = LayerChange("stem", True, True, 0.0)
MOVED = LayerChange("blocks.6.conv", False, False, 2.13e-3)
LESS = LayerChange("blocks.6.bn", False, False, 1e-5)


def test_unchanged_layers_are_counted_and_the_furthest_is_named():
    words = sentence(summarize([STILL, MOVED, LESS]))
    assert words == "1 of 3 layers unchanged (hash equal), largest change blocks.6.conv 2.1e-03"
    assert sentence(summarize([STILL])) == "1 of 1 layers unchanged (hash equal)"
    assert sentence(summarize([MOVED, MOVED])).startswith("all 2 layers changed, largest change ")
    assert sentence(summarize([])) == ""


def test_a_thawed_layer_may_be_unchanged_but_a_frozen_one_may_not_change():
    assert summarize([STILL, LayerChange("head", False, True, 0.0)]).unchanged == 2
    broken = summarize([STILL, MOVED, LayerChange("blocks.0", True, False, None)])
    assert broken.broken == ("blocks.0",)
    assert sentence(broken).endswith("frozen, but changed: blocks.0")


def test_statistics_that_may_change_are_no_violation():
    follows = LayerChange("bn", True, False, 0.2)
    assert summarize([follows], statistics_follow=True).broken == ()
    assert summarize([follows], statistics_follow=False).broken == summarize([follows]).broken == ("bn",)
    assert summarize([LayerChange("conv", True, False, None)], statistics_follow=True).broken == ("conv",)


def test_many_names_are_counted():
    broken = summarize([LayerChange(f"l{n}", True, False, None) for n in range(5)])
    assert sentence(broken).endswith("l0, l1, l2 and 2 more")


def test_up_to_three_names_are_written():
    assert sentence(summarize([MOVED])) == "the layer changed, largest change blocks.6.conv 2.1e-03"
    assert first_names(["a", "b", "c"]) == "a, b, c"
    assert first_names(["a", "b", "c", "d"]) == "a, b, c and 1 more"
    assert first_names(["a", "b"], 1) == "a and 1 more"


def test_adapters_are_counted_and_the_one_that_changes_most_is_named():
    one, two = AdapterChange("blocks.0.qkv", 0.001), AdapterChange("blocks.1.qkv", 0.0123)
    assert adapter_words([]) == ""
    assert adapter_words([one]) == "adapters (LoRA) on 1 frozen layer, largest change blocks.0.qkv 1.0e-03"
    assert adapter_words([two, one]) == "adapters (LoRA) on 2 frozen layers, largest change blocks.1.qkv 1.2e-02"
    assert sentence(summarize([STILL]), [one]) == f"1 of 1 layers unchanged (hash equal); {adapter_words([one])}"
