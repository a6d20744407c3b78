"""Card with the list of runs: select one to open, resume or extend it, or to move it to the trash."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QWidget

from studio.events import RunSummary
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.runs import comparing, run_columns, run_list, run_queue, settings_axes
from studio.session.runs.run_actions import ACTIONS
from studio.session.runs.run_columns import RunView
from studio.session.state import AppState, RunList
from studio.spec.structs import replace
from studio.ui.stations.head.queue_list import QueueList
from studio.ui.stations.head.run_filter import RunFilter
from studio.ui.stations.head.run_list_model import PATH
from studio.ui.stations.head.run_table import RunTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import ReasonMenu, allow

MORE_SEEDS = (2, 4)
"""Numbers of seeds offered beside that of a run."""

BUTTONS = 4
"""Number of actions with a button; the others are in the menus."""


class RunListCard(Card):
    """The list of runs with its buttons, and the queue.

    Signals:
        chosen: Path of the selected run; "" for none.
        view_changed: The `RunView` that the user chose.
        everywhere_requested: True to show the runs of all folders, False for those of the open one.
        open_requested, settings_requested, resume_requested, extend_requested, describe_requested, star_requested,
            discard_requested: Commands on the selected run.
        compare_requested: Compare two runs: their folders A and B; "" for both to compare the selected run with its
            baseline or the newest other one.
        restore_requested: Restore the run that was trashed last.
        repeat_requested: Number of seeds with which the selected run is to be trained as well.
        command_requested, gpus_requested, computers_requested, script_requested: Copy the settings of the selected run
            as a command, one for several GPUs or computers, or a script.
        replay_requested: Train the selected run again from its record.
    """

    chosen = Signal(str)
    view_changed = Signal(object)
    everywhere_requested = Signal(bool)
    open_requested = Signal()
    settings_requested = Signal()
    resume_requested = Signal()
    extend_requested = Signal()
    describe_requested = Signal()
    star_requested = Signal()
    discard_requested = Signal()
    compare_requested = Signal(str, str)
    restore_requested = Signal()
    repeat_requested = Signal(int)
    command_requested = Signal()
    gpus_requested = Signal()
    computers_requested = Signal()
    script_requested = Signal()
    replay_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Runs"), parent)
        self._drawn: RunList | None = None
        self._state = AppState()
        self.view = RunView()
        self.filter = RunFilter(self)
        self.filter.view_changed.connect(self._take_view)
        self.table = RunTable(self)
        self.table.sort_requested.connect(self._sort)
        self.table.horizontalHeader().customContextMenuRequested.connect(self._show_columns)
        self.table.selectionModel().selectionChanged.connect(self._emit_choice)
        self.table.doubleClicked.connect(self.open_requested)
        self.table.customContextMenuRequested.connect(self._show_menu)
        for name in ("open", "describe", "star", "discard", "restore"):
            getattr(self.table, f"{name}_requested").connect(getattr(self, f"{name}_requested"))
        self.places = QComboBox(self)
        self.places.addItems(run_list.PLACES)
        self.places.setAccessibleName(tr("Runs shown"))
        self.places.setToolTip(tr("Show the runs of the open folder of photos, or those of all folders"))
        self.places.activated.connect(self._emit_place)
        self.header.addWidget(self.places)
        self._none = QLabel(run_list.NO_RUN, self)
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        theme.set_color_role(self._none, "muted")
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._none)
        self._stack.addWidget(self.table)
        self._left_out = QLabel(self)
        self._left_out.setWordWrap(True)
        theme.set_color_role(self._left_out, "muted")
        self._left_out.hide()
        row = QHBoxLayout()
        row.setSpacing(4)
        self.buttons: dict[str, QPushButton] = {}
        for name, title, _, _ in ACTIONS[:BUTTONS]:
            button = QPushButton(title, self)
            button.setProperty("role", "preset")
            button.clicked.connect(getattr(self, f"{name}_requested"))
            row.addWidget(button, int(name != "settings"))  # its long text takes the width that it needs
            self.buttons[name] = button
        self.body.addWidget(self.filter)
        self.body.addWidget(self._stack, 1)
        self.queue = QueueList(self)
        self.body.addWidget(self._left_out)
        self.body.addWidget(self.queue)
        self.body.addLayout(row)
        theme.when_changed(self.table.runs.repaint)

        self.table.show_view(self.view)
        self.filter.show_view(self.view)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        self._state = state
        self.queue.show_state(state)
        every, everywhere = run_list.rows(state), state.run_list.everywhere
        rows = run_columns.listed(every, self.view)
        self.places.setCurrentIndex(int(everywhere))
        self.table.runs.compare(every)
        self.table.runs.show(rows, state.run.started.run if state.run is not None else "", everywhere)
        self.table.show_lines(self.table.runs.lines)
        self.table.show_groups()
        self._stack.setCurrentIndex(int(bool(rows)))
        self.filter.setVisible(bool(every))
        if not rows:
            self._none.setText(run_list.why_none(state, self.view, len(every)))
        self._choose(state.run_list.chosen)
        hidden = state.run_list.chosen in {run.path for run in every} - {run.path for run in rows}
        if hidden:  # what is not shown must not be trashed or resumed
            self.chosen.emit("")
        if state.run_list is not self._drawn:
            self._drawn, unreadable = state.run_list, state.run_list.unreadable
            number = len(unreadable)
            self._left_out.setVisible(bool(number))
            self._left_out.setText(
                tr("{number} left out: not a run, or unreadable").format(number=counted(number, "folder"))
            )
            reasons = "\n".join(typography.one_line(f"{item.path}: {item.reason}") for item in unreadable[:20])
            self._left_out.setToolTip(typography.tip(reasons))
        for name, _, tip, reason in ACTIONS[:BUTTONS]:
            allow(self.buttons[name], reason(state), tip)
        longer = self.buttons["extend"].isEnabled()  # no run can be both resumed and extended
        self.buttons["extend"].setVisible(longer)
        self.buttons["resume"].setVisible(not longer)

    def show_view(self, view: RunView) -> None:
        """Show the runs in another view."""
        self.view = view
        self.filter.show_view(view)
        self.table.show_view(view)
        self.show_state(self._state)

    def _take_view(self, view: RunView) -> None:
        self.show_view(view)
        self.view_changed.emit(view)

    def _sort(self, key: str) -> None:
        self._take_view(self.view.sorted_by(key))

    def _show_columns(self, place: QPoint) -> None:
        self.filter.menu.popup(self.table.horizontalHeader().mapToGlobal(place))

    def _emit_place(self, place: int) -> None:
        self.everywhere_requested.emit(bool(place))

    def _choose(self, path: str) -> None:
        row = self.table.runs.row_of(path)
        if row < 0:
            self.table.clearSelection()
        elif self.table.currentIndex().row() != row or not self.table.selectionModel().hasSelection():
            # Not `selectRow`, which adds to the selection, or takes away from it, while Ctrl is held down.
            index = self.table.model().index(row, 0)
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def selected(self) -> list[str]:
        """Folders of the selected runs, the older ones first."""
        rows = sorted(self.table.selectionModel().selectedRows(), key=lambda index: -index.row())
        paths = [str(index.data(PATH)) for index in rows]
        started = {run.path: run.started for run in self._state.run_list.listed}
        return sorted(paths, key=lambda path: started.get(path, ""))

    def compare(self) -> None:
        """Compare the two selected runs, or the selected one with its baseline or the newest other one."""
        pair = self.selected()
        self.compare_requested.emit(*(pair if len(pair) == 2 else ("", "")))

    def _cannot_compare(self) -> str:
        pair = self.selected()
        if len(pair) > 2:
            return tr("Select two runs, or one.")
        return (
            comparing.cannot_compare_two(self._state, *pair)
            if len(pair) == 2
            else comparing.cannot_compare(self._state)
        )

    def compare_settings(self) -> None:
        """Compare the selected runs by their settings, or all that are listed."""
        runs = self._runs_to_compare()
        if settings_axes.cannot_compare(runs):
            return
        from studio.ui.stations.head.settings_dialog import SettingsDialog

        dialog = self.findChild(SettingsDialog)
        if dialog is None:
            dialog = SettingsDialog(self)
            dialog.run_requested.connect(self._show_run)
        dialog.show_runs(runs, self._state.run_list.chosen)
        dialog.show()
        dialog.activateWindow()

    def _runs_to_compare(self) -> tuple[RunSummary, ...]:
        """The selected runs where there are several, else all that are listed."""
        chosen = set(self.selected())
        runs = tuple(self.table.runs.runs)
        some = tuple(run for run in runs if run.path in chosen)
        return runs if settings_axes.cannot_compare(some) else some

    def _show_run(self, path: str) -> None:
        self.chosen.emit(path)
        self.open_requested.emit()

    def _emit_choice(self, new: QItemSelection, _old: QItemSelection) -> None:
        rows = new.indexes() or self.table.selectionModel().selectedRows()  # one of two selected runs was deselected
        if rows:
            self.chosen.emit(str(rows[0].data(PATH)))

    def menu(self) -> ReasonMenu:
        """Context menu of the selected runs."""
        self._state = self._with_current()
        menu = ReasonMenu(self)
        for name, title, tip, reason in ACTIONS:
            action = menu.addAction(title)
            action.setToolTip(tip)
            allow(action, reason(self._state))
            action.triggered.connect(getattr(self, f"{name}_requested"))
        for number in MORE_SEEDS:
            action = menu.addAction(tr("Repeat with {number} more seeds").format(number=number))
            action.setData(number)
            allow(action, run_queue.cannot_repeat_run(self._state))
            action.triggered.connect(self._repeat)
        compare = menu.addAction(tr("Compare") if len(self.selected()) == 2 else tr("Compare…"))
        allow(compare, self._cannot_compare())
        compare.triggered.connect(self.compare)
        by_settings = menu.addAction(tr("Compare settings…"))
        by_settings.setToolTip(
            tr("Show the selected runs, or all, with the settings in which they differ (Ctrl+Shift+K)")
        )
        allow(by_settings, settings_axes.cannot_compare(self._runs_to_compare()))
        by_settings.triggered.connect(self.compare_settings)
        self.table.copying.add_to(menu)
        return menu

    def _with_current(self) -> AppState:
        """The state with the selected run chosen: one that a right click has just selected is not in the state yet."""
        index = self.table.currentIndex()
        path = str(index.data(PATH)) if self.table.selectionModel().isSelected(index) else ""
        listed = self._state.run_list
        return (
            self._state if path in ("", listed.chosen) else replace(self._state, run_list=replace(listed, chosen=path))
        )

    def _show_menu(self, place: QPoint) -> None:
        if self.table.indexAt(place).isValid():
            menu = self.menu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.table.viewport().mapToGlobal(place))

    def _repeat(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.repeat_requested.emit(int(action.data()))
