"""The bar that shows and switches the run and epoch that predict."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.formatting.language import tr
from studio.session.evaluation import judging, judging_words
from studio.session.evaluation.judging_words import Entry
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.fields.narrow_combo import NarrowCombo


class RunChooser(QWidget):
    """Two drop-down lists: run and epoch.

    Signals:
        run_requested: Use the run in this folder.
        weights_requested: Use the weights of the `best` or `last` epoch.
    """

    run_requested = Signal(str)
    weights_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key: tuple[object, ...] = ()
        label = QLabel(tr("Run"), self)
        theme.set_color_role(label, "muted")
        self.run = NarrowCombo(tr("Run that predicts"), 14, parent=self)
        self.run.activated.connect(self._run_chosen)
        label.setBuddy(self.run)
        self.epoch = NarrowCombo(tr("Epoch whose weights predict"), 18, parent=self)
        self.epoch.activated.connect(self._epoch_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.run, 3)
        row.addWidget(self.epoch, 2)

    def show_state(self, state: AppState) -> None:
        """Draw the state; the runs are listed again only where one may have changed."""
        run = state.run
        epochs = (len(run.epochs), run.status) if run is not None else (0, "")
        key = (id(state.run_list), state.shown, state.spec.dataset.folder, *epochs, judging.weights(state))
        if key == self._key:
            return
        self._key = key
        choose = () if run is not None else (Entry("", tr("Choose a run…")),)
        runs = (*choose, *judging_words.runs(state))
        self.run.show_entries((one.shown for one in runs), run.id if run is not None else "")
        self.epoch.setVisible(run is not None and bool(run.epochs))
        if run is not None:
            self.epoch.show_entries((one.shown for one in judging_words.epochs(run)), judging.weights(state))

    def count(self) -> int:
        """Number of runs to choose from."""
        return sum(bool(self.run.itemData(place)) for place in range(self.run.count()))

    def _run_chosen(self, place: int) -> None:
        if self.run.itemData(place):
            self.run_requested.emit(str(self.run.itemData(place)))

    def _epoch_chosen(self, place: int) -> None:
        self.weights_requested.emit(str(self.epoch.itemData(place)))
