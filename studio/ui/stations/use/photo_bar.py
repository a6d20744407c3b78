"""The bar above the photo shown: its name and place in the list, and which run and epoch predict."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from studio.events import GivenPhoto
from studio.formatting import numbers
from studio.ui.stations.use.run_bar import RunChooser
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow


class PhotoBar(QWidget):
    """The bar.

    Signals:
        step_requested: Show the photo this many places farther in the list.
    """

    step_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ElidedLabel(self)
        self.name.setObjectName("card_title")
        self.place = QLabel(self)
        theme.set_color_role(self.place, "muted")
        self.previous = self._button("chevron-left", "Previous photo of the list", -1)
        self.next = self._button("chevron-right", "Next photo of the list", 1)
        self.run = RunChooser(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        for part in (self.place, self.previous, self.next):
            row.addWidget(part)
        row.addWidget(self.run, 2)

    def show_photo(self, photo: GivenPhoto | None, row: int, count: int) -> None:
        """Show a photo in this row of a list of so many; None shows no photo."""
        self.name.show_text(Path(photo.path).name if photo is not None else "")
        self.place.setText(f"{numbers.exact(row + 1)} of {numbers.exact(count)}" if row >= 0 else "")
        for button in (self.previous, self.next):
            button.setVisible(photo is not None)
            allow(button, "" if count > 1 else "This is the only photo of the list.")

    def _button(self, sign: str, tip: str, by: int) -> QPushButton:
        button = QPushButton(theme.icon(sign), "", self)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("role", "link")
        button.clicked.connect(lambda: self.step_requested.emit(by))
        return button
