"""The bar at the top of the Evaluate page, which shows and switches run, epoch and photos."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import judging, judging_words
from studio.session.evaluation.judging_words import Entry
from studio.session.runs import run_words
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo


class RunBar(QWidget):
    """Switches for run, epoch and part; `buttons` is the row of buttons at its right end.

    Signals:
        run_requested: Show the run in this folder.
        weights_requested: Judge the weights of the `best` or `last` epoch.
        part_requested: Judge this part.
    """

    run_requested = Signal(str)
    weights_requested = Signal(str)
    part_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple[object, ...] = ()
        self._runs_key: list[object] = [None]
        self._entries: tuple[Entry, ...] = ()
        label = QLabel(tr("Run"), self)
        theme.set_color_role(label, "muted")
        self.run = NarrowCombo(tr("Run that is shown"), 14, parent=self)
        self.run.setMaximumWidth(480)
        self.run.activated.connect(self._run_chosen)
        label.setBuddy(self.run)
        self.epoch = NarrowCombo(tr("Epoch whose weights are judged"), 18, parent=self)
        self.epoch.activated.connect(self._epoch_chosen)
        self.parts: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        parts = QHBoxLayout()
        parts.setSpacing(0)
        for part in judging_words.PARTS:
            button = QPushButton(judging_words.TITLES[part], self)
            button.setCheckable(True)
            button.setProperty("part", part)
            self._group.addButton(button)
            self.parts[part] = button
            parts.addWidget(button)
        self._group.buttonClicked.connect(self._part_chosen)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.run, 3)
        row.addWidget(self.epoch, 2)
        row.addSpacing(8)
        row.addLayout(parts)
        row.addStretch(1)
        row.addLayout(self.buttons)
        self.setTabOrder(self.run, self.epoch)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        run = state.run
        for widget in (self.epoch, *self.parts.values()):
            widget.setVisible(run is not None)
        if run is None:
            self._drawn = ()
            self.run.show_entries((one.shown for one in (Entry("", tr("Choose a run…")), *self._runs(state))), "")
            return
        choice = judging.choice(state)
        runs, epochs, parts = self._runs(state), judging_words.epochs(run), judging_words.parts(state)
        key = (runs, epochs, parts, run.id, judging.weights(state), choice.part)
        if key == self._drawn:
            return
        self._drawn = key
        self.run.show_entries((one.shown for one in runs), run.id)
        self.run.setToolTip(
            typography.tip(
                tr("{shown}\n{id}\nEnter or click to show another run").format(shown=run_words.shown(state), id=run.id)
            )
        )
        self.epoch.show_entries((one.shown for one in epochs), judging.weights(state))
        for entry in parts:
            button = self.parts[entry.key]
            button.setText(entry.text)
            button.setChecked(entry.key == choice.part)
            allow(button, entry.why, entry.tip)
        self.setAccessibleName(
            tr("Shown: {currenttext}, {currenttext_2}, {text} photos").format(
                currenttext=self.run.currentText(),
                currenttext_2=self.epoch.currentText(),
                text=self.parts[choice.part].text(),
            )
        )

    def _runs(self, state: AppState) -> tuple[Entry, ...]:
        """The runs to choose from; listed again only where one may have changed, because there may be hundreds."""
        run = state.run
        epochs = (len(run.epochs), run.status) if run is not None else (0, "")
        listed, *key = self._runs_key
        new = [state.shown, state.spec.dataset.folder, *epochs]
        if listed is not state.run_list or key != new:
            self._runs_key = [state.run_list, *new]
            self._entries = judging_words.runs(state)
        return self._entries

    def _run_chosen(self, place: int) -> None:
        if self.run.itemData(place):
            self.run_requested.emit(str(self.run.itemData(place)))

    def _epoch_chosen(self, place: int) -> None:
        self.weights_requested.emit(str(self.epoch.itemData(place)))

    def _part_chosen(self, button: QPushButton) -> None:
        self.part_requested.emit(str(button.property("part")))
