"""The bar above photo and exports: which of them is shown, the photo and its position, the predicting run and epoch."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTabBar, QToolButton, QWidget

from studio.events import GivenPhoto
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.ui.stations.use.run_bar import RunChooser
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow


class PhotoBar(QWidget):
    """The bar.

    Attributes:
        parts: Tabs of photo and exports, for windows in which they are not side by side.

    Signals:
        step_requested: Show the photo this many positions farther in the list.
    """

    step_requested = Signal(int)

    def __init__(self, exports: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_photo, self._shows_place = False, True
        self.parts = QTabBar(self)
        self.parts.setAccessibleName(tr("Photo or export"))
        self.parts.setDrawBase(False)
        self.parts.setExpanding(False)
        self.parts.setUsesScrollButtons(False)
        for button in self.parts.findChildren(QToolButton):  # Qt's own, hidden and disabled
            allow(button, tr("All tabs are in view."))
        for title in (tr("Photo"), exports):
            self.parts.addTab(title)
        self.name = ElidedLabel(self)
        self.name.setObjectName("card_title")
        policy = self.name.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that run and epoch stay in place while the photo is hidden
        self.name.setSizePolicy(policy)
        self.place = QLabel(self)
        theme.set_color_role(self.place, "muted")
        self.previous = self._button("chevron-left", tr("Previous photo of the list"), -1)
        self.next = self._button("chevron-right", tr("Next photo of the list"), 1)
        self.run = RunChooser(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.parts)
        row.addWidget(self.name, 1)
        for part in (self.place, self.previous, self.next):
            row.addWidget(part)
        row.addWidget(self.run, 3)

    def show_photo(self, photo: GivenPhoto | None, row: int, count: int) -> None:
        """Show the photo in row `row` of a list of `count` photos; None shows no photo."""
        self.name.show_text(Path(photo.path).name if photo is not None else "")
        self.place.setText(
            tr("{number} of {total}").format(number=numbers.exact(row + 1), total=numbers.exact(count))
            if row >= 0
            else ""
        )
        for button in (self.previous, self.next):
            allow(button, "" if count > 1 else tr("This is the only photo of the list."))
        self._has_photo = photo is not None
        self.show_place(self._shows_place)

    def show_place(self, shown: bool) -> None:
        """Show name and place of the photo, or hide them while the exports are in its place."""
        self._shows_place = shown
        self.place.setVisible(shown)
        for button in (self.previous, self.next):
            button.setVisible(shown and self._has_photo)
        self.name.setVisible(shown)

    def _button(self, sign: str, tip: str, by: int) -> QPushButton:
        button = QPushButton(theme.icon(sign), "", self)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("role", "link")
        button.clicked.connect(lambda: self.step_requested.emit(by))
        return button
