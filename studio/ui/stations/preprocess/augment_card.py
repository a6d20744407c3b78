"""Card for augmentation: an ordered list of transforms, samples of the photo shown, and what they cost."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QSpinBox, QVBoxLayout, QWidget

from studio.events import AugmentedViews
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.planning import augmentation
from studio.planning.augmentation import KINDS
from studio.planning.recipes import recipe_of
from studio.session.plan import augment_summary
from studio.session.selectors import augmented_now
from studio.session.state import AppState
from studio.spec import AugmentSpec, AugmentStep
from studio.spec.structs import replace
from studio.ui.photos.sample_grid import SampleGrid
from studio.ui.stations.preprocess.augment_list import ROW, StepList
from studio.ui.stations.preprocess.recipe_buttons import RecipeButtons
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.commit_on_shortcut import CommitOnShortcut
from studio.ui.widgets.wrapped_label import WrappedLabel

MOST_VIEWS = 32
LIST_WIDTH = 340
AMOUNT = tr("Strength of the selected augmentation")
PROBABILITY = tr("Probability that the selected augmentation is applied to a photo")
VIEWS = tr(
    "0: photos are augmented randomly in each epoch. Above 0, that many augmented views of each photo are computed "
    "once, cached, and trained on beside the photo itself"
)
NONE_CHOSEN = tr("Add an augmentation first, or select one in the list.")


class AugmentCard(Card):
    """Edits an `AugmentSpec` and shows its samples.

    Signals:
        augment_requested: The `AugmentSpec` the user edited.
    """

    augment_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Augmentation"), parent)
        self._spec = AugmentSpec()
        self._current = -1
        self._shown: AugmentedViews | None = None
        self.steps = StepList(self)
        self.steps.currentRowChanged.connect(self._choose)
        self.steps.move_requested.connect(self._move)
        self.steps.remove_requested.connect(self._remove)
        self.recipes = RecipeButtons(self)
        self.recipes.steps_requested.connect(self._send)
        self.edit = QPushButton(tr("&Edit"), self)
        self.edit.setCheckable(True)
        self.edit.setToolTip(tr("Show the list of augmentations, to change it"))
        self.edit.setAccessibleName(tr("Edit the list of augmentations"))
        self.edit.toggled.connect(self._open_list)
        self.header.addWidget(self.recipes)
        self.header.addWidget(self.edit)
        self.samples = SampleGrid(self)
        self.samples.setAccessibleName(tr("The photo as training sees it"))
        self.cost = WrappedLabel(self)
        self.cost.setWordWrap(True)
        self.editor = QWidget(self)
        row = QHBoxLayout(self.editor)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(self._make_list())
        row.addLayout(self._make_fields())
        row.addStretch(1)
        self.body.addWidget(self.samples)
        self.body.addWidget(self.editor)
        self.body.addWidget(self.cost)
        self.body.addStretch(1)
        self._open_list(False)
        theme.when_changed(self._apply_theme)
        self._apply_theme()
        self._render_fields()

    def show_state(self, state: AppState) -> None:
        """Draw the steps and their samples."""
        spec = state.spec.augment
        if spec != self._spec:
            self._spec = spec
            self._current = min(self._current, len(spec.steps) - 1)
            if self._current < 0 and spec.steps:
                self._current = 0
            if not recipe_of(spec.steps):
                self.edit.setChecked(True)  # steps that are no ready-made recipe are shown
        self.recipes.show_steps(spec.steps)
        self.steps.show_steps(spec.steps, self._current)
        self._render_fields()
        shown = augmented_now(state)
        if shown is not self._shown:
            self._shown = shown
            self._render_samples(shown, state.spec.train.head_epochs)
        summary = typography.unbroken(augment_summary.line(state))
        if self.cost.text() != summary:
            self.cost.setText(summary)
            self.cost.hold()
        theme.set_color_role(self.cost, "caution" if spec.random else "muted")

    # ------------------------------------------------------------------------------------------------ building

    def _make_list(self) -> QVBoxLayout:
        self.add = QPushButton(tr("&Add augmentation"), self)
        menu = QMenu(self.add)
        menu.setToolTipsVisible(True)
        for kind, change in KINDS.items():
            action = QAction(translated(change.title), menu)
            action.setToolTip(translated(change.about))
            action.setData(kind)
            menu.addAction(action)
        menu.triggered.connect(self._add)
        self.add.setMenu(menu)
        self.add.setToolTip(tr("Add an augmentation at the end of the list"))
        self.up = self._button(tr("Move the augmentation up"), tr("Move up (Alt+Up)"))
        self.up.clicked.connect(self._up)
        self.down = self._button(tr("Move the augmentation down"), tr("Move down (Alt+Down)"))
        self.down.clicked.connect(self._down)
        self.drop = self._button(tr("Remove the augmentation"), tr("Remove (Delete)"))
        self.drop.clicked.connect(self.steps.ask_to_remove)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.add, 1)
        for button in (self.up, self.down, self.drop):
            tools.addWidget(button)
        column = QVBoxLayout()
        column.setSpacing(8)
        self.steps.setFixedWidth(LIST_WIDTH)
        self.steps.setMinimumHeight(3 * ROW)
        column.addLayout(tools)  # first, so that it is visible in the smallest window, too
        column.addWidget(self.steps, 1)
        return column

    def _make_fields(self) -> QGridLayout:
        self.amount = self._spin(100, "\u202f%", AMOUNT)
        self.amount.valueChanged.connect(self._take_amount)
        self.probability = self._spin(100, "\u202f%", PROBABILITY)
        self.probability.valueChanged.connect(self._take_probability)
        self.views = self._spin(MOST_VIEWS, tr(" fixed, cached"), VIEWS)
        self.views.setSpecialValueText(tr("New each epoch"))
        self.views.valueChanged.connect(self._take_views)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        for row, column, span, label, field in (
            (0, 0, 1, tr("A&mount"), self.amount),
            (0, 2, 1, tr("&Probability"), self.probability),
            (1, 0, 3, tr("&Views"), self.views),
        ):
            name = QLabel(label, self)
            name.setBuddy(field)
            name.setToolTip(field.toolTip())
            theme.set_color_role(name, "muted")
            field.setAccessibleName(label.replace("&", ""))
            grid.addWidget(name, row, column)
            grid.addWidget(field, row, column + 1, 1, span)
        grid.setRowStretch(2, 1)
        return grid

    def _spin(self, most: int, suffix: str, tip: str) -> QSpinBox:
        field = QSpinBox(self)
        field.setRange(0, most)
        field.setSingleStep(5 if most == 100 else 1)
        field.setSuffix(suffix)
        field.setKeyboardTracking(False)
        field.setToolTip(tip)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        CommitOnShortcut(field, field.interpretText)
        return field

    def _button(self, name: str, tip: str) -> QPushButton:
        button = QPushButton(self)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setFixedWidth(40)
        return button

    # ------------------------------------------------------------------------------------------------ drawing

    def _apply_theme(self) -> None:
        text = theme.current().text
        for button, icon in ((self.up, "chevron-up"), (self.down, "chevron-down"), (self.drop, "delete-outline")):
            button.setIcon(theme.icon(icon, text))

    def _render_fields(self) -> None:
        step, last = self._step(), len(self._spec.steps) - 1
        missing = NONE_CHOSEN if step is None else ""
        allow(self.up, missing or ("" if self._current > 0 else tr("It is first already.")))
        allow(self.down, missing or ("" if self._current < last else tr("It is last already.")))
        allow(self.drop, missing)
        fixed = (
            tr("{title} has no amount.").format(title=translated(KINDS[step.kind].title)) if step is not None else ""
        )
        allow(self.amount, missing or ("" if step is not None and KINDS[step.kind].has_amount else fixed))
        allow(self.probability, missing)
        allow(self.views, "" if self._spec.steps else tr("Add an augmentation first: without one there are no views."))
        for field, value in (
            (self.amount, round(100 * step.amount) if step is not None else 0),
            (self.probability, round(100 * step.probability) if step is not None else 0),
            (self.views, self._spec.views),
        ):
            field.blockSignals(True)
            if field is not self.views:
                field.setSpecialValueText("" if field.isEnabled() else "–")
            field.setValue(value if field.isEnabled() else 0)
            field.blockSignals(False)

    def _render_samples(self, shown: AugmentedViews | None, head_epochs: int) -> None:
        if shown is None:
            self.samples.show_samples(None)
        elif shown.spec.views:
            names = (
                tr("the photo"),
                *(tr("view {number}").format(number=number) for number in range(1, len(shown.views) + 1)),
            )
            self.samples.show_samples(np.concatenate([shown.framed[None], shown.views]), names)
        else:
            first = head_epochs + 1
            names = tuple(
                tr("epoch {number}").format(number=number) for number in range(first, first + len(shown.views))
            )
            self.samples.show_samples(shown.views, names)

    def _open_list(self, opened: bool) -> None:
        self.editor.setVisible(opened)

    # ------------------------------------------------------------------------------------------------ the user acts

    def _step(self) -> AugmentStep | None:
        """The selected step; None where there is none."""
        return self._spec.steps[self._current] if 0 <= self._current < len(self._spec.steps) else None

    def _choose(self, row: int) -> None:
        self._current = row
        self._render_fields()

    def _add(self, action: QAction) -> None:
        self._current = len(self._spec.steps)
        self._send((*self._spec.steps, augmentation.default_step(action.data())))

    def _up(self) -> None:
        self.steps.ask_to_move(-1)

    def _down(self) -> None:
        self.steps.ask_to_move(1)

    def _move(self, here: int, there: int) -> None:
        steps = list(self._spec.steps)
        steps.insert(there, steps.pop(here))
        self._current = there
        self._send(tuple(steps))

    def _remove(self, place: int) -> None:
        steps = self._spec.steps[:place] + self._spec.steps[place + 1 :]
        self._current = min(place, len(steps) - 1)
        self._send(steps)

    def _take_amount(self, value: int) -> None:
        if (step := self._step()) is not None:
            self._replace(replace(step, amount=value / 100))

    def _take_probability(self, value: int) -> None:
        if (step := self._step()) is not None:
            self._replace(replace(step, probability=value / 100))

    def _replace(self, step: AugmentStep) -> None:
        steps = self._spec.steps
        self._send((*steps[: self._current], step, *steps[self._current + 1 :]))

    def _take_views(self, value: int) -> None:
        self.augment_requested.emit(replace(self._spec, views=value))

    def _send(self, steps: tuple[AugmentStep, ...]) -> None:
        """Request other steps; without any, the number of views is reset to 0."""
        self.augment_requested.emit(replace(self._spec, steps=steps, views=self._spec.views if steps else 0))
