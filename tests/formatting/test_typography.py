from __future__ import annotations

from studio.formatting import typography
from studio.formatting.numbers import NARROW
from studio.spec import BUNDLED_BACKBONE

BREAK = "\u200b"


def test_a_tooltip_shows_text_as_it_is():
    assert typography.tip("plain & simple") == "plain & simple"
    assert typography.tip("<b>x & y") == "<span>&lt;b&gt;x &amp; y</span>"
    assert typography.tip("a < b\nc") == "<span>a &lt; b<br>c</span>"
    assert typography.tip(f"a_{BREAK}b") == "a_b"


def test_a_name_is_on_one_line():
    assert typography.one_line("a\nb.jpg") == r"a\nb.jpg"


def test_long_words_get_optional_line_breaks_and_short_ones_none():
    assert typography.breakable("x" * 16) == "x" * 16
    assert typography.breakable("x" * 17) == "x" * 16 + BREAK + "x"
    assert typography.breakable("some_long_class-name.jpg") == BREAK.join(["some_", "long_", "class-", "name.", "jpg"])
    assert typography.breakable("two words of no length at all") == "two words of no length at all"
    assert typography.breakable("abcdef", longest=2) == BREAK.join(["ab", "cd", "ef"])


def test_a_number_keeps_its_unit():
    assert typography.unbroken(f"4{NARROW}MB") == "4\u00a0MB"


def test_the_bundled_backbones_have_display_names():
    assert typography.backbone("tf_efficientnet_lite2") == "EfficientNet-Lite2"
    assert typography.backbone(BUNDLED_BACKBONE) == "EfficientNet-Lite0"
    assert typography.short_backbone(BUNDLED_BACKBONE) == "Lite0"
    assert typography.backbone("resnet18") == typography.short_backbone("resnet18") == "resnet18"
