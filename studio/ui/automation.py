"""The window's commands that repeat work elsewhere: settings as a command or a script, and the replay of a run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.formatting import run_code
from studio.session.runs import replaying, run_list
from studio.spec import RunSpec
from studio.ui.menus import Menus
from studio.ui.status_bar import StatusLine
from studio.ui.store.store import Store

if TYPE_CHECKING:
    from studio.ui.stations.head.run_list import RunListCard


class Automation(QObject):
    """Copies settings and opens the dialog of a replay."""

    def __init__(self, window: QWidget, store: Store, menus: Menus, status: StatusLine) -> None:
        super().__init__(window)
        self._window, self._store, self._status = window, store, status
        menus.command_requested.connect(partial(self.copy_settings, "command"))
        menus.script_requested.connect(partial(self.copy_settings, "script"))
        menus.run_replay_requested.connect(self.show_replay)

    def connect_runs(self, card: RunListCard) -> None:
        """Connect the list of runs on the Head page."""
        card.command_requested.connect(partial(self.copy_run, "command"))
        card.script_requested.connect(partial(self.copy_run, "script"))
        card.replay_requested.connect(self.show_replay)

    def copy_settings(self, form: str) -> None:
        """Copy the settings of the window as a command or a script."""
        self._copy(self._store.state.spec, form, "Your settings")

    def copy_run(self, form: str) -> None:
        """Copy the settings of the selected run as a command or a script."""
        run = run_list.chosen(self._store.state)
        if run is not None and not run.unknown:
            self._copy(run.spec, form, "The settings of the run")

    def _copy(self, spec: RunSpec, form: str, whose: str) -> None:
        QGuiApplication.clipboard().setText(run_code.as_text(spec, form))
        self._status.say(f"{whose} were copied as a {form}")

    def show_replay(self) -> None:
        """Show the dialog that replays the selected run."""
        from studio.ui.dialogs.automation.replay import ReplayDialog

        state = self._store.state
        run = run_list.chosen(state)
        if run is None or replaying.cannot_replay(state):
            return
        dialog = self._window.findChild(ReplayDialog)
        if dialog is not None and dialog.run.path != run.path and "replay" not in state.jobs:
            dialog.close()
            dialog = None
        if dialog is None:
            dialog = ReplayDialog(run, self._window)
            dialog.start_requested.connect(self._replay)
            dialog.stop_requested.connect(self._stop)
            self._store.changed.connect(dialog.show_state)
            dialog.show_state(state)
            dialog.show()
        dialog.activateWindow()

    def _replay(self, run: str) -> None:
        self._store.start("replay", (run,))

    def _stop(self) -> None:
        self._store.stop_job("replay")
