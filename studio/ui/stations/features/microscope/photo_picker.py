"""Steps through the photos of the open folder, or finds one by its name."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from studio.events import Dataset
from studio.formatting import typography
from studio.formatting.language import tr
from studio.ui.stations.features.microscope.photo_chooser import PhotoChooser
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow


class PhotoPicker(QWidget):
    """Buttons around the name of the photo.

    Signals:
        photo_changed: Another photo is selected.
    """

    photo_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._number = 0
        self._pending = ""
        self._name = QLabel(self)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name.setAccessibleName(tr("Photo"))
        self.back = self._button("chevron-left", tr("Previous photo ([)"), self._step_back)
        self.on = self._button("chevron-right", tr("Next photo (])"), self._step_on)
        self.search = self._button("magnify", tr("Find a photo by its name"), self._open_chooser)
        self._chooser: PhotoChooser | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.back)
        row.addWidget(self._name, 1)
        row.addWidget(self.on)
        row.addWidget(self.search)
        theme.when_changed(self._apply_theme)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Offer the photos of a folder; the selected one stays if the folder has it."""
        if dataset is self._dataset:
            return
        before = self._pending or self.path()
        self._dataset = dataset
        self._number = 0
        self.choose(before)
        self._draw()

    def choose(self, path: str) -> None:
        """Select the photo at an absolute path, now or once its folder is shown."""
        self._pending = path
        if self._dataset is None or not path:
            return
        number = self._dataset.index_of_file(path)
        if number >= 0:
            self._pending = ""
            self._go(number)

    def path(self) -> str:
        """Absolute path of the chosen photo; "" where there is none."""
        if self._dataset is None or not self._dataset.photos:
            return ""
        return self._dataset.file(self._number)

    def step(self, by: int) -> None:
        """Move by a number of photos; after the last one comes the first."""
        self._go(self._number + by)

    def _open_chooser(self) -> None:
        if self._dataset is None:
            return
        if self._chooser is None:
            self._chooser = PhotoChooser(self)
            self._chooser.chosen.connect(self._go)
        below = self._name.mapToGlobal(QPoint(0, self._name.height()))
        self._chooser.open_at(below, self._dataset, self._number)

    def _step_back(self) -> None:
        self.step(-1)

    def _step_on(self) -> None:
        self.step(1)

    def _go(self, number: int) -> None:
        if self._dataset is not None and self._dataset.photos:
            self._number = number % len(self._dataset.photos)
            self._draw()
            self.photo_changed.emit()

    def _draw(self) -> None:
        path = self.path()
        number = len(self._dataset.photos) if self._dataset is not None else 0
        for button in (self.back, self.on, self.search):
            allow(button, "" if number > 1 else tr("There is no other photo."))
        self.setVisible(bool(path))
        self._name.setText(typography.one_line(Path(path).name))
        self._name.setToolTip(
            typography.tip(
                tr("{path}\nphoto {value} of {number}").format(
                    path=typography.one_line(path), value=self._number + 1, number=number
                )
            )
            if path
            else ""
        )

    def _button(self, sign: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(theme.icon(sign))
        button.setIconSize(theme.ICON)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setAutoRepeat(True)
        button.clicked.connect(slot)
        return button

    def _apply_theme(self) -> None:
        self.back.setIcon(theme.icon("chevron-left"))
        self.on.setIcon(theme.icon("chevron-right"))
        self.search.setIcon(theme.icon("magnify"))
