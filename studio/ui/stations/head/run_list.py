"""Card with the list of runs: select one to open, resume or extend it, or to move it to the trash."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHeaderView, QLabel, QPushButton, QStackedWidget, QWidget

from studio.formatting import numbers, typography
from studio.session.runs import changes, run_list
from studio.session.state import AppState, RunList
from studio.ui.stations.head.queue_list import QueueList
from studio.ui.stations.head.run_list_model import PATH, RunModel
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import ReasonMenu, allow
from studio.ui.widgets.read_only_table import RowTable

ACTIONS = (
    ("open", "Show", "Show the results of this run; your settings stay (Enter)", run_list.cannot_open),
    (
        "settings",
        "Use its settings",
        "Replace your settings by those of this run; “Back to my settings” restores yours (Ctrl+Shift+U)",
        changes.cannot_use_settings,
    ),
    ("resume", "Resume", "Continue this run up to its last epoch (Ctrl+R)", run_list.cannot_resume),
    ("extend", "Extend…", "Train this run for more epochs (Ctrl+Shift+R)", run_list.cannot_extend),
    ("describe", "Describe…", "Give this run a title, a star, tags and a note (F2)", changes.cannot_describe),
    ("star", "Star", "Mark this run as a favorite, or take the mark away (*)", changes.cannot_describe),
    (
        "discard",
        "Move to trash",
        "Move this run to the trash, from which it can be restored (Del)",
        run_list.cannot_discard,
    ),
)
"""Name, title and tooltip of each action, and the function that returns why it is disabled."""

BUTTONS = 4
"""Number of actions with a button; the others are in the menus."""


SHIFT, KEYPAD = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
KEYS: dict[int, str] = {
    Qt.Key.Key_Return: "open",
    Qt.Key.Key_Enter: "open",
    Qt.Key.Key_F2: "describe",
    Qt.Key.Key_Asterisk: "star",
    Qt.Key.Key_Delete: "discard",
}
PLACES = ("This folder", "All folders")
NO_RUN = "No runs yet. Each training appears here."


class RunTable(RowTable):
    """Table of the runs.

    Signals:
        open_requested: The user pressed Enter.
        describe_requested: The user pressed F2.
        star_requested: The user pressed *.
        discard_requested: The user pressed Del.
        restore_requested: The user pressed Ctrl+Z.
    """

    open_requested = Signal()
    describe_requested = Signal()
    star_requested = Signal()
    discard_requested = Signal()
    restore_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Runs, newest first", parent)
        self.runs = RunModel(self)
        self.setModel(self.runs)
        self.setObjectName("runs")  # the style sheet gives it narrower margins
        self.setIconSize(QSize(18, 18))
        self.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.show_lines(2)
        header = self.horizontalHeader()
        header.hide()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        bold = QFontMetrics(theme.scaled(1.0, bold=True))
        self.setColumnWidth(1, bold.horizontalAdvance("100.0 %") + 12)

    def show_lines(self, number: int) -> None:
        """Set the row height to this number of lines."""
        height = number * self.fontMetrics().height() + 12
        if self.verticalHeader().defaultSectionSize() != height:
            self.verticalHeader().setDefaultSectionSize(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the texts to the new width, in a condensed font where needed."""
        super().resizeEvent(event)
        self.runs.fit(self.font(), self.columnWidth(0) - self.iconSize().width() - 16)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the texts again after a change of the font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.runs.fit(self.font(), self.columnWidth(0) - self.iconSize().width() - 16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys of the actions; other keys as in any table."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.restore_requested.emit()
        elif event.key() in KEYS and not event.modifiers() & ~(SHIFT | KEYPAD):
            getattr(self, f"{KEYS[event.key()]}_requested").emit()
        else:
            super().keyPressEvent(event)


class RunListCard(Card):
    """The list of runs with its buttons, and the queue.

    Signals:
        chosen: Path of the selected run.
        everywhere_requested: True to show the runs of all folders, False for those of the open one.
        open_requested, settings_requested, resume_requested, extend_requested, describe_requested, star_requested,
            discard_requested: Commands on the selected run.
        restore_requested: Restore the run that was trashed last.
        dequeue_requested: Number of the waiting training to remove from the queue.
    """

    chosen = Signal(str)
    everywhere_requested = Signal(bool)
    open_requested = Signal()
    settings_requested = Signal()
    resume_requested = Signal()
    extend_requested = Signal()
    describe_requested = Signal()
    star_requested = Signal()
    discard_requested = Signal()
    restore_requested = Signal()
    dequeue_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Runs", parent)
        self._drawn: RunList | None = None
        self._state = AppState()
        self.table = RunTable(self)
        self.table.selectionModel().selectionChanged.connect(self._emit_choice)
        self.table.doubleClicked.connect(self.open_requested)
        self.table.customContextMenuRequested.connect(self._show_menu)
        for name in ("open", "describe", "star", "discard", "restore"):
            getattr(self.table, f"{name}_requested").connect(getattr(self, f"{name}_requested"))
        self.places = QComboBox(self)
        self.places.addItems(PLACES)
        self.places.setAccessibleName("Runs shown")
        self.places.setToolTip("Show the runs of the open folder of photos, or those of all folders")
        self.places.activated.connect(self._emit_place)
        self.header.addWidget(self.places)
        self._none = QLabel(NO_RUN, self)
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
        grid = QGridLayout()
        grid.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        for place, (name, title, _, _) in enumerate(ACTIONS[:BUTTONS]):
            button = QPushButton(title, self)
            button.setProperty("role", "preset")
            button.clicked.connect(getattr(self, f"{name}_requested"))
            grid.addWidget(button, *divmod(place, 2))
            self.buttons[name] = button
        self.body.addWidget(self._stack, 1)
        self.queue = QueueList(self)
        self.queue.remove_requested.connect(self.dequeue_requested)
        self.body.addWidget(self._left_out)
        self.body.addWidget(self.queue)
        self.body.addLayout(grid)
        theme.when_changed(self.table.runs.repaint)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        self._state = state
        self.queue.show_state(state)
        rows, everywhere = run_list.rows(state), state.run_list.everywhere
        self.places.setCurrentIndex(int(everywhere))
        self.table.show_lines(3 if everywhere else 2)
        self.table.runs.show(rows, state.run.started.run if state.run is not None else "", everywhere)
        self._stack.setCurrentIndex(int(bool(rows)))
        if not rows:
            others = run_list.elsewhere(state)
            more = f"No runs of this folder yet. {numbers.many(others, 'run')} of other folders: choose “{PLACES[1]}”."
            self._none.setText(more if others else NO_RUN)
        self._choose(state.run_list.chosen)
        if state.run_list is not self._drawn:
            self._drawn, unreadable = state.run_list, state.run_list.unreadable
            number = len(unreadable)
            self._left_out.setVisible(bool(number))
            self._left_out.setText(f"{numbers.many(number, 'folder')} left out: no run, or an unreadable one")
            reasons = "\n".join(typography.one_line(f"{item.path}: {item.reason}") for item in unreadable[:20])
            self._left_out.setToolTip(typography.tip(reasons))
        for name, _, tip, reason in ACTIONS[:BUTTONS]:
            allow(self.buttons[name], reason(state), tip)

    def _emit_place(self, place: int) -> None:
        self.everywhere_requested.emit(bool(place))

    def _choose(self, path: str) -> None:
        row = self.table.runs.row_of(path)
        if row < 0:
            self.table.clearSelection()
        elif self.table.currentIndex().row() != row or not self.table.selectionModel().hasSelection():
            self.table.selectRow(row)

    def _emit_choice(self, new: QItemSelection, _old: QItemSelection) -> None:
        rows = new.indexes()
        if rows:
            self.chosen.emit(str(rows[0].data(PATH)))

    def _show_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if not index.isValid():
            return
        menu = ReasonMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, title, tip, reason in ACTIONS:
            action = menu.addAction(title)
            action.setToolTip(tip)
            allow(action, reason(self._state))
            action.triggered.connect(getattr(self, f"{name}_requested"))
        self.table.copying.add_to(menu)
        menu.popup(self.table.viewport().mapToGlobal(place))
