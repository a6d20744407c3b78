"""The list of augmentations by mouse and keyboard, the samples beside it, and the summary of its cost."""

from __future__ import annotations

import numpy as np
import pytest
import states
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent

from studio.events import AugmentedViews, Preview
from studio.session.plan import augment_summary, plan_summary
from studio.session.state import AppState
from studio.spec import AugmentSpec, AugmentStep, FreezePlan, PreprocessSpec
from studio.spec.structs import replace
from studio.ui.stations.preprocess.augment_card import AugmentCard

FLIP, TURN, CROP = AugmentStep("flip", 0.3, 0.5), AugmentStep("rotation", 0.2, 1.0), AugmentStep("crop", 0.3, 1.0)
THREE = AugmentSpec((FLIP, TURN, CROP))
PHOTO = "/photos/ants/0000.jpg"


def state(augment: AugmentSpec = THREE, freeze: FreezePlan | None = None) -> AppState:
    plain = states.state(freeze)
    return replace(plain, spec=replace(plain.spec, augment=augment))


def with_samples(before: AppState, number: int = 8, path: str = PHOTO) -> AppState:
    pixels = np.zeros((24, 24, 3), np.uint8)
    preview = Preview(PHOTO, pixels, (24, 24), pixels, pixels, 0.0, 1.0, (), PreprocessSpec())
    views = AugmentedViews(path, pixels, np.stack([pixels] * number), before.spec.augment, 0.002)
    return replace(before, preview=preview, augmented=views)


@pytest.fixture
def card(show):
    """A card that shows each augmentation it requests, as with the store."""
    card = show(AugmentCard(), 900, 360)
    card.emitted = []

    def choose(spec: AugmentSpec) -> None:
        card.emitted.append(spec)
        card.show_state(state(spec))

    card.augment_requested.connect(choose)
    card.show_state(state())
    return card


def lines(card: AugmentCard) -> list[str]:
    return [card.steps.item(row).text().replace("\u202f", " ") for row in range(card.steps.count())]


def test_the_list_shows_the_steps_in_their_order(card):
    assert lines(card) == [
        "1.  Flip, 50 % of photos",
        "2.  Rotation up to 18°, every photo",
        "3.  Crop at least 70 % of the area, every photo",
    ]


def test_a_step_is_added_at_the_end_and_chosen(card, qtbot):
    color = next(action for action in card.add.menu().actions() if action.text() == "Color")
    color.trigger()
    assert card.emitted[-1].steps == (*THREE.steps, AugmentStep("colour", 0.2, 1.0))
    assert card.steps.currentRow() == 3
    assert card.amount.value() == 20


def test_buttons_move_and_remove_the_chosen_step(card, qtbot):
    card.steps.setCurrentRow(2)
    qtbot.mouseClick(card.up, Qt.MouseButton.LeftButton)
    assert card.emitted[-1].steps == (FLIP, CROP, TURN)
    qtbot.mouseClick(card.up, Qt.MouseButton.LeftButton)
    assert card.emitted[-1].steps == (CROP, FLIP, TURN)
    assert not card.up.isEnabled(), "it is the first now"
    qtbot.mouseClick(card.down, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(card.drop, Qt.MouseButton.LeftButton)
    assert card.emitted[-1].steps == (FLIP, TURN)


def test_keys_move_and_remove_the_chosen_step(card, qtbot):
    card.steps.setFocus()
    qtbot.keyClick(card.steps, Qt.Key.Key_Down)
    qtbot.keyClick(card.steps, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert card.emitted[-1].steps == (TURN, FLIP, CROP)
    qtbot.keyClick(card.steps, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert len(card.emitted) == 1, "the first cannot go higher"
    qtbot.keyClick(card.steps, Qt.Key.Key_Delete)
    assert card.emitted[-1].steps == (FLIP, CROP)
    for _ in range(2):
        qtbot.keyClick(card.steps, Qt.Key.Key_Delete)
    assert card.emitted[-1] == AugmentSpec()
    qtbot.keyClick(card.steps, Qt.Key.Key_Delete)
    assert len(card.emitted) == 4


@pytest.mark.parametrize(
    ("row", "onto", "share", "order"),
    [
        (0, 2, 0.9, (TURN, CROP, FLIP)),
        (0, 1, 0.9, (TURN, FLIP, CROP)),
        (2, 0, 0.1, (CROP, FLIP, TURN)),
        (0, 1, 0.1, None),
        (1, 1, 0.9, None),
    ],
)
def test_a_step_is_dragged_to_another_position(card, row, onto, share, order):
    card.steps.setCurrentRow(row)
    place = card.steps.visualItemRect(card.steps.item(onto))
    point = QPointF(place.left() + 20, place.top() + share * place.height())
    data = QMimeData()
    drop = QDropEvent(point, Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    card.steps.dropEvent(drop)
    assert [spec.steps for spec in card.emitted] == ([] if order is None else [order])
    assert card.steps.count() == 3


def test_a_drop_below_the_last_goes_to_the_end(card):
    card.steps.setCurrentRow(0)
    card.resize(900, 600)
    below = QPointF(QPoint(20, card.steps.viewport().height() - 2))
    assert not card.steps.indexAt(below.toPoint()).isValid()
    data = QMimeData()
    card.steps.dropEvent(
        QDropEvent(below, Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    )
    assert card.emitted[-1].steps == (TURN, CROP, FLIP)


def test_amount_and_probability_belong_to_the_chosen_step(card):
    assert not card.amount.isEnabled(), "a flip has no more or less"
    card.steps.setCurrentRow(1)
    assert (card.amount.value(), card.probability.value()) == (20, 100)
    card.amount.setValue(40)
    card.probability.setValue(25)
    assert card.emitted[-1].steps == (FLIP, AugmentStep("rotation", 0.4, 0.25), CROP)
    assert card.steps.currentRow() == 1


def test_views_are_requested_and_removed_with_the_last_step(card):
    assert card.views.text() == "New each epoch"
    card.views.setValue(2)
    assert card.emitted[-1] == AugmentSpec(THREE.steps, 2)
    assert card.views.text() == "2 fixed, cached"
    for _ in range(3):
        card.drop.click()
    assert card.emitted[-1] == AugmentSpec()
    assert not card.views.isEnabled()


def test_samples_are_named_after_the_epochs_or_views_that_see_them(card, qtbot):
    card.resize(900, 500)
    card.show_state(with_samples(state()))
    assert card.samples.accessibleDescription().startswith("epoch 1, epoch 2")
    assert len(card.samples.cells()) == 8
    card.show_state(with_samples(state(AugmentSpec((TURN,), 2)), 2))
    assert card.samples.accessibleDescription() == "the photo, view 1, view 2"
    qtbot.waitUntil(lambda: card.samples.height() > 160)
    inside = card.samples.rect()
    assert all(inside.contains(cell.toAlignedRect()) for cell in card.samples.cells())
    card.show_state(with_samples(state(), path="/photos/another.jpg"))
    assert card.samples.cells() == []


def cost(shown: AppState) -> str:
    return augment_summary.line(shown).replace("\u202f", " ")


def test_the_cost_names_the_cut():
    text = cost(state())
    assert "the cut moves from the features to the pixels" in text
    assert "passes 10 photos through the whole network again: about" in text
    begun = state(freeze=FreezePlan(until="layer1"))
    layers = tuple(replace(layer, row=layer.output_shape) for layer in states.small_table().layers)
    splits = replace(begun, layers=replace(states.small_table(), layers=layers))
    assert "the cut moves from the output of layer1 to the pixels" in cost(splits)
    assert "passes 10 photos through it anyway" in cost(state(freeze=FreezePlan("none")))
    assert "the cut stays where it is" in cost(state(AugmentSpec((TURN,), 2)))
    assert "30 rows instead of 10" in cost(state(AugmentSpec((TURN,), 2)))
    assert "not augmented" in cost(state(AugmentSpec()))
    assert "one fixed view is enough" in cost(state(AugmentSpec((replace(FLIP, probability=1.0),))))


def test_the_cost_is_estimated_from_measured_times():
    before = state(AugmentSpec())
    run = states.run(before.spec)  # 20 photos in 4.1 s, epochs of 0.02 s
    text = cost(state().showing(run))
    assert "about 2 s (at the pace of the last run), instead of 0.02 s" in text


def test_the_features_page_shows_the_moved_cut():
    table = states.small_table()
    assert plan_summary.cached_shape(state(AugmentSpec()), table) == "features, 8"
    assert plan_summary.cached_shape(state(), table) == "pixels, 3 × 32 × 32"
    assert plan_summary.cut(state(), table).words.startswith("pixels cached here")
    assert "the backbone runs once" in plan_summary.epoch_cost(state(AugmentSpec()), table).lower()
    assert "runs them through the whole network" in plan_summary.epoch_cost(state(), table)
    views = state(AugmentSpec((TURN,), 2))
    assert plan_summary.cache_label(views, table).startswith("40 × 8"), "20 photos, and 2 views of 10"


def test_a_disabled_control_of_augmentation_gives_the_reason(card):
    card.show_state(state(AugmentSpec()))
    assert "Add an augmentation first" in card.probability.toolTip()
    assert "Add an augmentation first" in card.views.toolTip()
    card.show_state(state(AugmentSpec((FLIP,))))
    assert not card.amount.isEnabled()
    assert card.amount.toolTip().endswith("\nFlip has no amount.")
    assert "Add an augmentation" not in card.probability.toolTip()
