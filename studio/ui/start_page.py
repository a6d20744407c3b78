"""The page shown before a folder is open: one instruction, and the ways to begin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.jobs import timeouts
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.page_stack import FITS

MOST_RECENT = 5
WIDTH = 400


class StartPage(QWidget):
    """The start page.

    Signals:
        browse_requested: Let the user choose a folder.
        sample_requested: Open the sample photos.
        folder_requested: Open the recent folder at this path.
        project_requested: Open the recent project in this file.
    """

    browse_requested = Signal()
    sample_requested = Signal()
    folder_requested = Signal(str)
    project_requested = Signal(str)

    def __init__(self, recent: Sequence[str], projects: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setProperty(FITS, True)
        self._column = QWidget(self)
        self._width = round(WIDTH * theme.enlargement())
        self._column.setFixedWidth(self._width)
        self._title = QLabel(tr("Open a folder that holds one folder of photos for each class"), self)
        self._title.setWordWrap(True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setAccessibleName(tr("Start"))
        self.setAccessibleDescription(self._title.text())
        self._title.setFont(theme.scaled(1.4, bold=True))
        self._browse = QPushButton(tr("Open image folder…"), self._column)
        self._browse.setProperty("role", "primary")
        self._browse.setToolTip(tr("Choose a folder (Ctrl+O), or drop one anywhere on the window"))
        self._browse.clicked.connect(self.browse_requested)
        self._sample = QPushButton(tr("Try the sample"), self._column)
        self._sample.setToolTip(tr("Write a small set of sample photos, open it and train at once"))
        self._sample.clicked.connect(self.sample_requested)
        self._notice = Notice(self._column)
        self.recent: list[QPushButton] = []
        column = QVBoxLayout(self._column)
        column.setSpacing(8)
        column.addWidget(self._browse)
        column.addWidget(self._sample)
        column.addWidget(self._notice)
        folders, files = timeouts.folders_and_files(recent, projects)
        self._add_recent(tr("Recent folders"), folders, self.folder_requested, column)
        self._add_recent(tr("Recent projects"), files, self.project_requested, column)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(self._title)
        outer.addSpacing(16)
        outer.addWidget(self._column, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def show_state(self, state: AppState) -> None:
        """Draw the state: a failure to open photos, and whether the sample is being written."""
        self._notice.show_fault(state.faults.get("images"))
        job = state.jobs.get("sample")
        for button in (self._sample, self._browse):
            allow(button, tr("The sample photos are being written.") if job is not None else "")

    def _add_recent(self, title: str, paths: Sequence[str], requested: SignalInstance, column: QVBoxLayout) -> None:
        """Add a button for each path, which emits `requested`; nothing where there are none."""
        if not paths:
            return
        heading = QLabel(title, self._column)
        heading.setObjectName("card_title")
        column.addSpacing(16)
        column.addWidget(heading)
        for path in paths[:MOST_RECENT]:
            button = QPushButton(self._column)
            button.setProperty("role", "link")
            shown = button.fontMetrics().elidedText(
                typography.one_line(path), Qt.TextElideMode.ElideMiddle, self._width - 32
            )
            button.setText(shown.replace("&", "&&"))
            button.setToolTip(typography.tip(typography.one_line(path)))
            button.setAccessibleName(tr("Open {folder}").format(folder=path))
            button.clicked.connect(partial(_emit, requested, path))
            column.addWidget(button)
            self.recent.append(button)


def _emit(requested: SignalInstance, path: str, _checked: bool = False) -> None:
    requested.emit(path)
