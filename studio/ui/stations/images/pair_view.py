"""The photos of a pair side by side, with buttons that settle it; keys step through the pairs of a finding."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.events import Dataset, Finding, ValueRanges
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.photos import finding_pairs
from studio.session.photos.finding_pairs import PairSide, PairView
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow

LEAST, USUAL, MOST = 90, 220, 340
"""Height of the pictures: the least, the preferred and the greatest one."""
SIDE = 480
"""Longer side of a thumbnail in device-independent pixels."""

MOST_FIXES = 5


class PairPicture(QWidget):
    """One photo of a pair: its picture, its name, its class and part.

    Signals:
        step_requested: Number of pairs to go forward.
        opened: Show the photo enlarged.
        exclude_requested: Leave the photo out.
    """

    step_requested = Signal(int)
    opened = Signal()
    exclude_requested = Signal()

    def __init__(self, side: str, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spoken, self._thumbnails = side, thumbnails
        self._file = ""
        self._side: PairSide | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(MOST + self._captions())
        thumbnails.arrived.connect(self.update)

    def show_side(self, file: str, side: PairSide) -> None:
        """Show a photo, by its absolute path."""
        self._file, self._side = file, side
        self.setAccessibleName(
            tr("{spoken} photo: {name}, {words}").format(spoken=self._spoken, name=side.name, words=side.words)
        )
        tip = f"{typography.one_line(side.path)}\n{side.words}\n" + tr("Enter enlarges, Del excludes, ← → other pairs")
        self.setToolTip(typography.tip(tip))
        self.update()

    def sizeHint(self) -> QSize:
        """Height of the picture and two lines."""
        return QSize(320, USUAL + self._captions())

    def minimumSizeHint(self) -> QSize:
        """Any width is enough."""
        return QSize(60, LEAST + self._captions())

    def _captions(self) -> int:
        return 2 * self.fontMetrics().height() + 10

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, enlarge, exclude."""
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.step_requested.emit(1 if event.key() == Qt.Key.Key_Right else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.opened.emit()
            case Qt.Key.Key_Delete:
                self.exclude_requested.emit()
            case _:
                super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Paint the frame."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Paint no frame."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint picture and captions."""
        painter, shades = QPainter(self), theme.current()
        height = self.height() - self._captions()
        room = QRect(3, 3, self.width() - 6, height - 6)
        painter.fillRect(room, QColor(shades.raised))
        ratio = self.devicePixelRatioF()
        pixmap = self._thumbnails.get(self._file, round(SIDE * ratio)) if self._file else None
        if pixmap is not None and not pixmap.isNull():
            fitted = self._thumbnails.fitted(pixmap, room.size(), ratio)
            size = fitted.size() / fitted.devicePixelRatio()
            place = QRect(0, 0, size.width(), size.height())
            place.moveCenter(room.center())
            painter.drawPixmap(place.topLeft(), fitted)
        if self.hasFocus():
            painter.setPen(QPen(QColor(shades.accent), 2))
            painter.drawRect(QRect(1, 1, self.width() - 2, height - 2))
        if self._side is not None:
            line = self.fontMetrics().height()
            lines = ((self._side.name, shades.text, Qt.TextElideMode.ElideMiddle),
                     (self._side.words, shades.muted, Qt.TextElideMode.ElideMiddle))  # fmt: skip
            for number, (text, color, mode) in enumerate(lines):
                painter.setPen(QColor(color))
                text = self.fontMetrics().elidedText(typography.one_line(text), mode, self.width())
                painter.drawText(QRect(0, height + 4 + number * (line + 2), self.width(), line), 0, text)
        painter.end()


class PairPanel(QWidget):
    """The pairs of the chosen finding; hidden for findings on single photos or classes.

    Signals:
        requested: A `JournalRequest` that settles the pair.
    """

    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._finding: Finding | None = None
        self._dataset: Dataset | None = None
        self._ranges = ValueRanges()
        self._is_aside = False
        self.view: PairView | None = None
        self.thumbnails = Thumbnails(self)
        self.words = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.words, "muted")
        self.back = self._step_button("chevron-left", tr("Previous pair"), -1)
        self.forward = self._step_button("chevron-right", tr("Next pair"), 1)
        self.pictures = tuple(PairPicture(side, self.thumbnails, self) for side in finding_pairs.SPOKEN_SIDES)
        self.buttons = [QPushButton(self) for _ in range(MOST_FIXES)]
        self._lay_out()
        for number, picture in enumerate(self.pictures):
            picture.step_requested.connect(self.step)
            picture.opened.connect(partial(self._open, number))
            picture.exclude_requested.connect(partial(self._exclude, number))
        for number, button in enumerate(self.buttons):
            button.setAccessibleName(tr("Choice about the pair"))  # until a pair is shown
            button.clicked.connect(partial(self._press, number))
        theme.when_changed(self._paint)
        self._paint()
        self.hide()

    def show_finding(self, finding: Finding | None, dataset: Dataset | None) -> None:
        """Show the pairs of a finding; for a finding of the same kind, the pair shown stays."""
        same = finding is not None and self._finding is not None and finding.kind == self._finding.kind
        number = self.view.number if same and self.view is not None else 0
        self._finding, self._dataset = finding, dataset
        self._show(number)

    def set_ranges(self, ranges: ValueRanges) -> None:
        """Show photos of more than 8 bits with these value ranges."""
        self._ranges = ranges
        if self.thumbnails.set_ranges(ranges):
            self.update()

    def step(self, places: int) -> None:
        """Go forward by a number of pairs."""
        if self.view is not None:
            self._show(self.view.number + places)

    def put_aside(self, is_aside: bool) -> None:
        """Hide the pairs while the map of the photos is shown, which needs the room."""
        self._is_aside = is_aside
        self._show(self.view.number if self.view is not None else 0)

    def shut_down(self) -> None:
        """Wait for the thumbnails."""
        self.thumbnails.shut_down()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.words, 1)
        head.addWidget(self.back)
        head.addWidget(self.forward)
        row = QHBoxLayout()
        row.setSpacing(8)
        for picture in self.pictures:
            row.addWidget(picture, 1)
        choices = QHBoxLayout()
        choices.setSpacing(6)
        for button in self.buttons:
            choices.addWidget(button)
        choices.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(row, 1)
        column.addLayout(choices)

    def _step_button(self, icon: str, name: str, places: int) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setProperty("icon_name", icon)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(partial(self._step_from_button, places))
        return button

    def _step_from_button(self, places: int) -> None:
        self.step(places)

    def _show(self, number: int) -> None:
        view = self.view = finding_pairs.view(self._finding, self._dataset, number)
        self.setVisible(view is not None and not self._is_aside)
        if view is None or self._dataset is None:
            return
        self.words.show_text(view.words)
        for picture, side in zip(self.pictures, view.sides, strict=True):
            picture.show_side(str(Path(self._dataset.folder, side.path)), side)
        allow(self.back, tr("This is the first pair.") if view.number == 0 else "")
        allow(self.forward, tr("This is the last pair.") if view.number == view.count - 1 else "")
        focused = next((button for button in self.buttons if button.hasFocus()), None)
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(view.fixes))
            if number < len(view.fixes):
                fix = view.fixes[number]
                title = typography.one_line(fix.title)
                button.setText(self._fitting(title).replace("&", "&&"))
                button.setAccessibleName(tr("{title}: pair {value}").format(title=title, value=view.number + 1))
                button.setAccessibleDescription(fix.tip)
                tip = fix.tip if button.text().replace("&&", "&") == title else f"{title}\n{fix.tip}"
                button.setToolTip(typography.tip(tip))
        if focused is not None and focused.isHidden():
            self.pictures[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _fitting(self, title: str) -> str:
        """The title, elided: a long class name must not widen the page."""
        return self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, 130)

    def _press(self, number: int) -> None:
        if self.view is not None and number < len(self.view.fixes):
            self.requested.emit(self.view.fixes[number].request)

    def _exclude(self, number: int) -> None:
        if self.view is not None:
            self.requested.emit(self.view.sides[number].exclude.request)

    def _open(self, number: int) -> None:
        view, dataset = self.view, self._dataset
        if view is None or dataset is None:
            return

        def photo_at(place: int) -> ViewedPhoto:
            side = view.sides[place]
            return ViewedPhoto(str(Path(dataset.folder, side.path)), "", (), side.words, "muted")

        viewer = PhotoViewer(2, photo_at, number, self, self._ranges)
        viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        viewer.open()

    def _paint(self) -> None:
        for button in (self.back, self.forward):
            button.setIcon(theme.icon(str(button.property("icon_name"))))
