"""The crop policy and the recipes of augmentation by mouse and keyboard."""

from __future__ import annotations

from typing import Any

import pytest
import states
from PySide6.QtCore import Qt

from studio.planning.recipes import RECIPES
from studio.session.state import AppState
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec
from studio.spec.structs import replace
from studio.ui.stations.preprocess.augment_card import AugmentCard
from studio.ui.stations.preprocess.crop_card import CropCard


def state(backbone: BackboneSpec | None = None, augment: AugmentSpec | None = None) -> AppState:
    plain = states.state(None)
    spec = replace(plain.spec, backbone=backbone or BackboneSpec(), augment=augment or AugmentSpec())
    return replace(plain, spec=spec)


@pytest.fixture
def card(show: Any) -> CropCard:
    card = show(CropCard(), 320, 400)
    card.emitted = []

    def choose(spec: BackboneSpec) -> None:
        card.emitted.append(spec)
        card.show_state(state(spec))

    card.backbone_requested.connect(choose)
    card.show_state(state())
    return card


def test_a_policy_is_chosen_and_the_border_has_a_color(card, qtbot):
    assert card.buttons["center"].isChecked()
    assert card.buttons["center"].text() == "&Center crop · the weights’ own"
    assert not card.border.isVisible()
    card.buttons["center"].setFocus()
    qtbot.keyClick(card.buttons["center"], Qt.Key.Key_Down)
    assert card.emitted[-1].crop == "squash"
    card.buttons["fit"].click()
    assert card.border.isVisible()
    assert "trained with center crop" in card._advice.text()
    card._choose_color(card.border.findData("black"))
    assert (card.emitted[-1].crop, card.emitted[-1].border) == ("fit", "black")
    card.buttons["center"].click()
    assert (card.emitted[-1].crop, card._advice.isVisible()) == ("default", False)
    assert card.buttons["fit"].accessibleDescription() == "Shows the whole photo, with a border beside it."


def test_an_unknown_backbone_has_no_policy(card):
    card.show_state(state(BackboneSpec("no such network")))
    assert not card.buttons["fit"].isEnabled()
    assert "no backbone called" in card.buttons["fit"].toolTip()


def test_a_recipe_replaces_the_steps_and_other_steps_open_the_editor(show):
    card = show(AugmentCard(), 900, 360)
    emitted: list[AugmentSpec] = []
    card.augment_requested.connect(emitted.append)
    card.show_state(state())
    assert card.recipes.buttons["none"].isChecked()
    assert not card.editor.isVisible()
    card.recipes.buttons["strong"].click()
    assert emitted[-1].steps == RECIPES["strong"].steps
    assert card.recipes.buttons["none"].isChecked(), "until the settings change"
    card.show_state(state(augment=emitted[-1]))
    assert card.recipes.buttons["strong"].isChecked()
    assert not card.editor.isVisible()
    card.show_state(state(augment=AugmentSpec((AugmentStep("flip"),))))
    assert not any(button.isChecked() for button in card.recipes.buttons.values())
    assert card.editor.isVisible()
