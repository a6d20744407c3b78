"""List of the queued runs, those of the terminal's queue last, with buttons that move and remove each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from studio.formatting.language import tr
from studio.session.runs import run_queue
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel

MOST = 100
"""Number of lines at most; further runs are only counted."""

MOST_SEEN = 3.5
"""Lines visible at once, at most; the half line shows that there are more."""


class QueueList(QWidget):
    """The queue; hidden while it is empty.

    Signals:
        remove_requested: Number of the queued run to remove.
        shared_remove_requested: Number of the run to remove from the terminal's queue.
        move_requested: Number of the queued run to move, and its new position (0: the next one).
        shared_move_requested: The same for the terminal's queue.
        start_requested: Start the first queued run.
    """

    remove_requested = Signal(int)
    shared_remove_requested = Signal(int)
    move_requested = Signal(int, int)
    shared_move_requested = Signal(int, int)
    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple[run_queue.ListedTraining, ...] = ()
        self._error = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.title = QLabel(self)
        theme.set_color_role(self.title, "muted")
        self.start = QToolButton(self)
        self.start.setText(tr("Start"))
        self.start.setAccessibleName(tr("Start the queue"))
        self.start.setToolTip(tr("Train these runs one after the other"))
        self.start.clicked.connect(self.start_requested)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.title, 1)
        row.addWidget(self.start)
        column.addLayout(row)
        self.error = ElidedLabel(self)
        self.error.hide()
        column.addWidget(self.error)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName(tr("Runs in the queue"))
        body = QWidget(self._area)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._area.setWidget(body)
        column.addWidget(self._area)
        self.lines: list[tuple[QWidget, ElidedLabel, QToolButton]] = []
        self.details: list[ElidedLabel] = []
        self.moves: list[tuple[QToolButton, QToolButton]] = []
        self._followed: tuple[bool, int, int] | None = None
        theme.when_changed(self._recolor)
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Draw the queue."""
        self.start.setVisible(not run_queue.cannot_start(state))
        lines, error = run_queue.queue_lines(state), state.shared_queue.error
        if (lines, error) == (self._drawn, self._error):
            return
        self._drawn, self._error = lines, error
        self.setVisible(bool(lines or error))
        self.error.show_text(error)
        self.error.setVisible(bool(error))
        more = len(lines) - MOST
        self.title.setText(tr("In the queue") + (tr(" ({more} more not shown)").format(more=more) if more > 0 else ""))
        while len(self.lines) < min(len(lines), MOST):
            self.lines.append(self._line())
            self._recolor()
        for place, (line, text, button) in enumerate(self.lines):
            line.setVisible(place < len(lines))
            if place < len(lines):
                text.show_text(lines[place].words)
                self.details[place].show_text(lines[place].details)
                self.details[place].setVisible(bool(lines[place].details))
                name = " · ".join(filter(None, (lines[place].words, lines[place].details)))
                button.setAccessibleName(tr("Remove from the queue: {name}").format(name=name))
                self._allow_moves(place, name)
        heights = [line.sizeHint().height() for line, _, _ in self.lines[: len(lines)]]
        whole, part = int(MOST_SEEN), MOST_SEEN % 1
        self._area.setFixedHeight(sum(heights[:whole]) + round(part * sum(heights[whole : whole + 1])))
        self._area.setVisible(bool(lines))
        self._follow()

    def _allow_moves(self, place: int, name: str) -> None:
        up, down = self.moves[place]
        line = self._drawn[place]
        up.setEnabled(line.place > 0)
        up.setToolTip(tr("Train it earlier") if up.isEnabled() else tr("It is the first one of its queue"))
        up.setAccessibleName(tr("Train earlier: {name}").format(name=name))
        down.setEnabled(not line.last)
        down.setToolTip(tr("Train it later") if down.isEnabled() else tr("It is the last one of its queue"))
        down.setAccessibleName(tr("Train later: {name}").format(name=name))

    def _follow(self) -> None:
        """Give the focus to the same button of the run that was moved, so that it can be pressed again."""
        if self._followed is None:
            return
        shared, number, step = self._followed
        place = next(
            (n for n, one in enumerate(self._drawn[:MOST]) if (one.shared, one.number) == (shared, number)), None
        )
        self._followed = None
        if place is None:
            return
        up, down = self.moves[place]
        wanted, other = (up, down) if step < 0 else (down, up)
        (wanted if wanted.isEnabled() else other).setFocus()
        self._area.ensureWidgetVisible(self.lines[place][0])

    def _line(self) -> tuple[QWidget, ElidedLabel, QToolButton]:
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        text, details = ElidedLabel(line), ElidedLabel(line, sentence=True)
        theme.set_color_role(details, "muted")
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(text)
        texts.addWidget(details)
        button = QToolButton(line)
        button.setAutoRaise(True)
        button.setToolTip(tr("Remove this run from the queue"))
        button.clicked.connect(self._remove)
        row.addLayout(texts, 1)
        up, down = QToolButton(line), QToolButton(line)
        for one in (up, down):
            one.setAutoRaise(True)
            one.clicked.connect(self._move)
            row.addWidget(one)
        self.moves.append((up, down))
        row.addWidget(button)
        self.details.append(details)
        self._column.insertWidget(len(self.lines), line)
        return line, text, button

    def _recolor(self) -> None:
        for up, down in self.moves:
            up.setIcon(theme.icon("arrow-up"))
            down.setIcon(theme.icon("arrow-down"))
        for _, _, remove in self.lines:
            remove.setIcon(theme.icon("close"))

    def _move(self) -> None:
        for place, (up, down) in enumerate(self.moves[: len(self._drawn)]):
            if self.sender() in (up, down):
                line, step = self._drawn[place], -1 if self.sender() is up else 1
                self._followed = (line.shared, line.number, step)
                signal = self.shared_move_requested if line.shared else self.move_requested
                signal.emit(line.number, line.place + step)
                return

    def _remove(self) -> None:
        place = next((n for n, (_, _, button) in enumerate(self.lines) if button is self.sender()), MOST)
        if place < len(self._drawn):
            line = self._drawn[place]
            (self.shared_remove_requested if line.shared else self.remove_requested).emit(line.number)
