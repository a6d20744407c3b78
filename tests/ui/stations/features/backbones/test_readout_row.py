"""The row of the Features page that chooses the readout of a backbone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import states
from PySide6.QtCore import Qt

from studio.session.state import AppState
from studio.spec import BackboneSpec
from studio.spec.structs import replace as changed
from studio.ui.stations.features.page import FeaturesPage

VIT = BackboneSpec("vit_base_patch16_224")


def with_backbone(backbone: BackboneSpec) -> AppState:
    return replace(states.state(), spec=changed(states.spec(), backbone=backbone), layers=None, layers_for=None)


def rows(page: FeaturesPage) -> dict[str, tuple[str, bool, str]]:
    """Title, whether it can be chosen, and description of each readout."""
    items = page.backbones.readout.choice.model()
    roles = Qt.ItemDataRole
    return {
        items.item(place).data(roles.UserRole): (
            items.item(place).text(),
            items.item(place).isEnabled(),
            items.item(place).data(roles.AccessibleDescriptionRole),
        )
        for place in range(items.rowCount())
    }


def choose(page: FeaturesPage, readout: str) -> None:
    choice = page.backbones.readout.choice
    choice.setCurrentIndex(choice.findData(readout))
    choice.activated.emit(choice.currentIndex())


def test_the_default_is_stated_and_only_the_readouts_of_the_network_can_be_chosen(page: FeaturesPage) -> None:
    page.show_state(with_backbone(VIT))
    shown = rows(page)
    assert shown["default"] == ("As published", True, "As published (class token), 768 features")
    assert shown["blocks"][1:] == (True, "Class tokens of the last blocks, 3,072 features")
    assert page.backbones.readout.words.text() == "Class token, as published"
    assert not shown["pooled"][1]
    assert "no last map" in shown["pooled"][2]
    assert "no attention pool" in shown["attention"][2]
    assert page.backbones.readout.choice.currentData() == "default"
    page.show_state(with_backbone(BackboneSpec("resnet18")))
    shown = rows(page)
    assert shown["default"][2].startswith("As published (average of the last map)")
    assert [name for name, row in shown.items() if row[1]] == ["default", "average+maximum"]
    assert shown["pooled"][2] == "The published last layer takes this: choose “As published”."


def test_a_chosen_readout_changes_the_settings_and_the_width_of_the_features(page: FeaturesPage, qtbot: Any) -> None:
    page.show_state(with_backbone(VIT))
    sent: list[BackboneSpec] = []
    page.backbones.backbone_requested.connect(sent.append)
    choose(page, "class+patches")
    assert sent == [changed(VIT, readout="class+patches")]
    page.show_state(with_backbone(sent[0]))
    assert page.backbones._facts._values["Features"] == "1536"
    assert "1,536 features" in page.backbones.readout.choice.accessibleDescription()
    choose(page, "class+patches")  # the same choice again
    assert len(sent) == 1


def test_the_number_of_blocks_is_shown_only_for_readouts_that_use_it(page: FeaturesPage) -> None:
    page.show()
    page.show_state(with_backbone(VIT))
    readout = page.backbones.readout
    assert not readout.blocks.isVisible()
    choose(page, "blocks")
    page.show_state(with_backbone(changed(VIT, readout="blocks")))
    assert readout.blocks.isVisible()
    assert (readout.blocks.value(), readout.blocks.maximum(), readout.blocks.suffix()) == (4, 12, " of 12")
    sent: list[BackboneSpec] = []
    page.backbones.backbone_requested.connect(sent.append)
    readout.blocks.setValue(2)
    assert sent == [changed(VIT, readout="blocks", readout_blocks=2)]


def test_another_backbone_keeps_the_readout_if_it_has_it(page: FeaturesPage) -> None:
    page.show_state(with_backbone(changed(VIT, readout="patches", crop="fit")))
    sent: list[BackboneSpec] = []
    page.backbones.backbone_requested.connect(sent.append)
    page.backbones._choose("vit_small_patch16_224")
    page.backbones._choose("resnet18")
    assert sent == [
        BackboneSpec("vit_small_patch16_224", readout="patches", crop="fit"),
        BackboneSpec("resnet18", crop="fit"),
    ]


def test_a_readout_that_the_network_lacks_is_named_and_can_be_corrected(page: FeaturesPage) -> None:
    page.show_state(with_backbone(BackboneSpec("resnet18", readout="class")))
    readout = page.backbones.readout
    assert readout.choice.currentData() == "class"
    assert readout.isEnabled()
    sent: list[BackboneSpec] = []
    page.backbones.backbone_requested.connect(sent.append)
    choose(page, "default")
    assert sent == [BackboneSpec("resnet18")]


def test_a_title_that_does_not_fit_is_shortened_with_an_ellipsis(page: FeaturesPage) -> None:
    page.show_state(with_backbone(changed(VIT, readout="blocks")))
    choice = page.backbones.readout.choice
    choice.resize(130, choice.height())
    start, ellipsis, end = choice.shown_text().partition("…")
    assert ellipsis
    assert choice.currentText().startswith(start)
    assert choice.currentText().endswith(end)
    choice.resize(500, choice.height())
    assert choice.shown_text() == choice.currentText() == "Class tokens of the last blocks"
