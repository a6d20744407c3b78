"""Row below the grid: how many photos are selected, and what can be done with them."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.stations.images.photos.photo_actions import KEYS, NONE_SELECTED, PhotoActions
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.key_names import named


class SelectionRow(QWidget):
    """Always visible, so that a click on a photo does not move the grid."""

    def __init__(self, grid: PhotoGrid, actions: PhotoActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid, self._actions = grid, actions
        self.words = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.words, "muted")
        self.exclude = self._button(tr("Exclude"), actions.toggle)
        self.relabel = self._button(tr("Class…"), self._ask_class)
        self.split = self._button(tr("Split…"), self._ask_split)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        for button in (self.exclude, self.relabel, self.split):
            row.addWidget(button)
        grid.selection_changed.connect(self.show_selection)
        self.show_selection()

    def show_selection(self) -> None:
        """Say how many photos are selected, and enable what is possible."""
        number, total = self._grid.selected_number(), len(self._grid.photos())
        self.words.show_text(
            tr("{number} selected of {total}").format(number=numbers.exact(number), total=numbers.exact(total))
            if number
            else NONE_SELECTED
        )
        restores = self._actions.all_excluded()
        self.exclude.setText(tr("Restore") if restores else tr("Exclude"))
        tip = tr("Use the selected photos again") if restores else tr("Leave the selected photos out; their files stay")
        allow(self.exclude, self._actions.obstacle(), f"{tip} ({named(KEYS['exclude'])})")
        why = self._actions.class_obstacle()
        allow(
            self.relabel, why, tr("Let the selected photos count as another class ({keys})").format(keys=KEYS["class"])
        )
        allow(
            self.split,
            self._actions.obstacle(),
            tr("Move the selected photos to another split ({keys})").format(keys=KEYS["split"]),
        )

    def _button(self, text: str, slot: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(
            tr("{rstrip} of the selected photos").format(rstrip=text.rstrip("…"))
            if "…" in text
            else tr("{text} photos").format(text=text)
        )
        button.clicked.connect(slot)
        return button

    def _ask_class(self) -> None:
        self._actions.ask_class(self.relabel)

    def _ask_split(self) -> None:
        self._actions.ask_split(self.split)
