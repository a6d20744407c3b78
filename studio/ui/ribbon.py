"""The ribbon at the top: the stations of the pipeline with their live shapes, for navigation.

Texts never change the layout: the stations share the width evenly, and text that does not fit is elided.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session import selectors
from studio.session.jobs import job_words
from studio.session.ribbon import StationSummary, summaries
from studio.session.state import STATIONS, AppState
from studio.spec import BUNDLED_BACKBONE
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow

PADDING = 12
MARKS = {"stale": "clock-alert-outline", "problem": "alert-circle"}


def fitted(metrics: QFontMetrics, texts: tuple[str, ...], room: int) -> str:
    """The first text that fits into `room` pixels; else the last one, elided."""
    candidates = (text for text in texts if metrics.horizontalAdvance(text) <= room)
    return next(candidates, "") or metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, room)


def shorter_shapes(shape: str) -> tuple[str, ...]:
    """A shape or a figure, then shorter spellings of it, so that no number need be elided."""
    dense = re.sub(r" ?([×→]) ?", r"\1", shape)
    plain = dense.partition(" (")[0]
    side = plain.removeprefix("3×")  # every photo has three channels
    return shape, dense, side, re.sub(r"^(\d+)×\1$", r"\1²", side)


def shorter_lines(line: str) -> tuple[str, ...]:
    """A line, then shorter spellings of it."""
    short = line.replace(f"{typography.backbone(BUNDLED_BACKBONE)} ", f"{typography.short_backbone(BUNDLED_BACKBONE)} ")
    return line, short, short.replace("validation photo", "photo"), short.rpartition(" · ")[2]


class StationButton(QAbstractButton):
    """The button of one station.

    Signals:
        moved: Index of the neighboring station that an arrow key leads to.
    """

    moved = Signal(int)

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self.tip = ""
        self._summary = StationSummary("", "", "")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def summary(self) -> StationSummary:
        """The summary shown."""
        return self._summary

    def show_state(self, summary: StationSummary) -> None:
        """Show a summary."""
        if summary == self._summary:
            return
        self._summary = summary
        self.setText(f"{self._number} {summary.title}")
        spoken = ", ".join(
            filter(None, (f"{self._number} {summary.title}", summary.line, summary.shape, summary.mark, summary.reason))
        )
        self.setAccessibleName(spoken)
        tip = f"{summary.title} (Ctrl+{self._number})"
        whole = " · ".join(filter(None, (summary.shape, summary.line)))
        self.tip = "\n".join(filter(None, (tip, whole, summary.reason)))
        self.setToolTip(typography.tip(self.tip))
        self.update()

    def _frame(self, painter: QPainter) -> None:
        shades = theme.current()
        chosen = self.isChecked()
        fill = shades.accent_soft if chosen else shades.card if self.underMouse() else shades.raised
        edge = shades.accent if chosen or self.hasFocus() else shades.border
        width = 2 if self.hasFocus() else 1
        painter.setPen(QPen(QColor(edge), width))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 8, 8)

    def _mark(self, painter: QPainter, line: QRect) -> int:
        """Draw icon and word of the mark at the right end; returns their width."""
        mark = self._summary.mark
        if not mark:
            return 0
        shades = theme.current()
        color = shades.bad if mark == "problem" else shades.caution
        room = painter.fontMetrics().horizontalAdvance(mark)
        painter.setPen(QColor(color))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, mark)
        spot = QRect(line.right() - room - 18, line.center().y() - 7, 14, 14)
        theme.icon(MARKS[mark], color).paint(painter, spot)
        return room + 26

    def sizeHint(self) -> QSize:
        """Size of a station, independent of its text."""
        return QSize(160, 2 * self.fontMetrics().height() + 20)

    def minimumSizeHint(self) -> QSize:
        """Width at which six stations fit into a small window."""
        return QSize(120, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to the neighboring station on Left and Right."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(self._number - 1 + step)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint title and shape in the upper half, the state in the lower."""
        shades = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._frame(painter)
        inner = self.rect().adjusted(PADDING, 8, -PADDING, -8)
        half = inner.height() // 2
        above = QRect(inner.left(), inner.top(), inner.width(), half)
        below = QRect(inner.left(), inner.top() + half, inner.width(), inner.height() - half)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.scaled(1.0, bold=True))
        painter.setPen(QColor(shades.text if self.isEnabled() else shades.faint))
        title = fitted(painter.fontMetrics(), (self.text(), self._summary.title), above.width())
        painter.drawText(above, left, title)
        room = above.width() - painter.fontMetrics().horizontalAdvance(title) - 8
        painter.setFont(theme.mono(theme.scaled(0.85).pointSizeF()))
        painter.setPen(QColor(shades.muted if self.isEnabled() else shades.faint))
        shape = fitted(painter.fontMetrics(), shorter_shapes(self._summary.shape), room)
        painter.drawText(above, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shape)
        painter.setFont(theme.scaled(0.9))
        mark_width = self._mark(painter, below)
        painter.setPen(QColor(shades.muted if self.isEnabled() else shades.faint))
        line = fitted(painter.fontMetrics(), shorter_lines(self._summary.line), below.width() - mark_width)
        painter.drawText(below, left, line)
        painter.end()


class Ribbon(QFrame):
    """The stations with arrows between them, and the button Train or Stop.

    Signals:
        station_requested: Show the station of this name.
        train_requested: The user pressed Train.
        stop_requested: The user pressed Stop.
    """

    station_requested = Signal(str)
    train_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAccessibleName(tr("Pipeline"))
        self._training = False
        self._buttons = [StationButton(number, self) for number in range(1, len(STATIONS) + 1)]
        self._primary = QPushButton(self)
        self._primary.setProperty("role", "primary")
        self._primary.setIconSize(theme.ICON)
        # So that a click commits a half-typed number, on macOS, too.
        self._primary.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._primary.clicked.connect(self._pressed)
        self._arrows: list[QLabel] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(4)
        for number, button in enumerate(self._buttons):
            if number:
                row.addWidget(self._arrow())
            row.addWidget(button, 1)
            button.clicked.connect(self._clicked)
            button.moved.connect(self._go)
        row.addWidget(self._arrow())
        row.addWidget(self._primary)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def show_state(self, state: AppState) -> None:
        """Draw the state; cheap if nothing changed."""
        for button, summary in zip(self._buttons, summaries(state), strict=True):
            button.show_state(summary)
        no_folder = "" if state.spec.dataset.folder else tr("Open an image folder first.")
        for button in self._buttons:
            allow(button, no_folder, button.tip)
        job = selectors.training(state)
        if self._training != (job is not None):
            self._training = job is not None
            self._apply_theme()
        missing = state.to_download
        size = numbers.download_size(missing) if missing is not None else ""
        ready = (
            tr("Train; asks before it downloads weights ({size})").format(size=size)
            if size
            else tr("Train with these settings")
        )
        if job is not None:
            stopping = tr("The training is stopping.") if job.stopping else ""
            allow(self._primary, stopping, tr("Stop the training ({stop_key})").format(stop_key=job_words.STOP_KEY))
        else:
            allow(self._primary, selectors.obstacle(state), tr("{ready} (Ctrl+Return, F5)").format(ready=ready))

    def show_station(self, name: str) -> None:
        """Highlight the station shown; "" for none."""
        for station, button in zip(STATIONS, self._buttons, strict=True):
            button.setChecked(station == name)

    def button(self, name: str) -> StationButton:
        """The button of a station."""
        return self._buttons[[str(station) for station in STATIONS].index(name)]

    def primary(self) -> QPushButton:
        """The button Train or Stop."""
        return self._primary

    def _arrow(self) -> QLabel:
        label = QLabel(self)
        label.setFixedWidth(14)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._arrows.append(label)
        return label

    def _apply_theme(self) -> None:
        shades = theme.current()
        self._primary.setText(tr("Stop") if self._training else tr("Train"))
        self._primary.setAccessibleName(self._primary.text())
        self._primary.setIcon(theme.icon("stop" if self._training else "play", shades.accent_text))
        self._primary.setMinimumWidth(96)
        for arrow in self._arrows:
            arrow.setPixmap(theme.icon("chevron-right", shades.muted).pixmap(theme.ICON))
        self.update()

    def _clicked(self) -> None:
        number = self._buttons.index(self.sender())  # type: ignore[arg-type]
        self._go(number)

    def _go(self, number: int) -> None:
        if 0 <= number < len(STATIONS) and self._buttons[number].isEnabled():
            self._buttons[number].setFocus(Qt.FocusReason.OtherFocusReason)
            self.station_requested.emit(STATIONS[number])

    def _pressed(self) -> None:
        (self.stop_requested if self._training else self.train_requested).emit()
