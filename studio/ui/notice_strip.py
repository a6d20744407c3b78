"""Notices above the page, each one line with a button, such as changes in the open folder or replaced settings."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.events import Failed
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.jobs import failures
from studio.session.photos import folder_changes
from studio.session.runs import changes, run_queue
from studio.session.runs.run_words import clock, name
from studio.session.state import AppState, Station
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.message_bar import MessageBar


class Strip(MessageBar):
    """One notice; hidden while it has no text.

    Signals:
        requested: The user pressed its button.
    """

    requested = Signal()

    def __init__(self, name: str, action: str, tip: str, parent: QWidget | None = None) -> None:
        """Create the notice.

        Args:
            name: Its subject, for the screen reader.
            action: Text of its button.
            tip: Tooltip of the button.
            parent: Owner.
        """
        super().__init__("strip", name, (16, 4, 12, 4), parent)
        self._name = name
        self.words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.action.setText(action)
        self.action.setToolTip(tip)
        self.action.setAccessibleDescription(tip)
        self.action.clicked.connect(self.requested)

    def show_text(self, text: str, actionable: bool = True) -> None:
        """Show a text; "" hides the notice.

        Args:
            text: One line.
            actionable: True to show the button.
        """
        if text != self.words.text():
            self.words.show_text(text)
            self.setAccessibleName(f"{self._name}: {text}")
        self.action.setVisible(actionable)
        self.setVisible(bool(text))

    def _apply_theme(self) -> None:
        super()._apply_theme()
        shades = theme.current()
        self.setStyleSheet(
            f"QFrame#strip {{ background: {shades.accent_soft}; border: none;"
            f" border-bottom: 1px solid {shades.border}; }}"
        )
        self.sign.setPixmap(theme.icon("information", shades.accent).pixmap(theme.ICON))


class Strips(QWidget):
    """The notices above the page.

    Attributes:
        folder: Changes in the open folder.
        swap: Settings that were replaced by those of a run.
        trash: Runs that were moved to the trash.
        queue: Runs that were waiting when the program was closed.
        failure: A request that failed, such as a copy, while its page is not on screen.

    Signals:
        page_requested: Show the page with the failure.
        failure_dismissed: The failure on this page was read.
    """

    page_requested = Signal(str)
    failure_dismissed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = tr("Scan the folder again and show the photos that are in it now (Ctrl+F5)")
        self.folder = Strip(tr("Folder of photos"), tr("Rescan"), tip, self)
        tip = tr("Restore the settings that you had before (Ctrl+B)")
        self.swap = Strip(tr("Settings"), tr("Back to my settings"), tip, self)
        tip = tr("Put the run back where it was")
        self.trash = Strip(tr("Trash"), tr("Undo"), tip, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        tip = tr("Put these runs into the queue again; none starts by itself")
        self.queue = Strip(tr("Queue"), tr("Queue again"), tip, self)
        tip = tr("Show the page with this message and its details")
        self.failure = Strip(tr("Failure"), tr("Show"), tip, self)
        self.failure.requested.connect(lambda: self.page_requested.emit(self._failed))
        self.failure.dismissed.connect(lambda: self.failure_dismissed.emit(self._failed))
        self._failed: Station = "images"
        for strip in (self.failure, self.folder, self.swap, self.trash, self.queue):
            column.addWidget(strip)

    def show_state(self, state: AppState, page: Station) -> None:
        """Draw the state.

        Args:
            state: The state of the window.
            page: The page on screen, which shows its own failures.
        """
        failed = failures.elsewhere(state, page)
        if failed is not None:
            self._failed = failed[0]
        self.failure.show_text(_failure_text(failed[1]) if failed is not None else "")
        photos = state.folder_changes
        self.folder.show_text(
            folder_changes.words(photos) if photos is not None else "", photos is not None and not photos.used
        )
        allow(self.folder.action, tr("The folder is being scanned.") if "scan" in state.jobs else "")
        self.swap.show_text(_swap_text(state))
        self.trash.show_text(changes.undo_words(state))
        self.queue.show_text(run_queue.left_words(state))


def _failure_text(failed: Failed) -> str:
    return typography.one_line(f"{translated(failed.title)} {translated(failed.hint)}".strip())


def _swap_text(state: AppState) -> str:
    """What replaced the user's settings, in a sentence; "" where the settings are the user's own."""
    if state.swap is None:
        return ""
    if state.swap.proposal == "thaw_last_block":
        return tr("The settings now thaw the last block of this run's backbone. Press Train to start a run with them.")
    if state.swap.proposal == "project":
        return tr("Folder and settings are now those of the project.")
    start = next((run.started for run in state.run_list.listed if run.path == state.swap.run), "")
    run = " · ".join(part for part in (name(state.spec), clock(start)) if part != "–")
    return tr("All settings are now those of the run “{run}”.").format(run=run)
