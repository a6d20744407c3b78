"""Drop-down lists that show only some photos: with a finding, with a choice of the user, predicted right or wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from studio.events import Dataset
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.photos import photo_sets
from studio.session.photos.photo_sets import ANSWERS, PhotoSet
from studio.session.state import AppState
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo

ALL = tr("All photos")
LETTERS = 9


class SetFilter(NarrowCombo):
    """Sets of photos with their sizes.

    Signals:
        set_chosen: Key of the set; "" for all photos.
    """

    set_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        tip = tr("Show photos with a finding of the data check, or with one of your choices")
        super().__init__(tr("Findings and choices shown"), LETTERS, tip, [("", ALL)], parent)
        self.activated.connect(self._chosen)

    def show_dataset(self, dataset: Dataset | None, extra: Sequence[PhotoSet] = ()) -> None:
        """List the sets of a data set and `extra` ones; the chosen one stays, even where it has become empty."""
        key, text = str(self.currentData() or ""), self.currentText().rpartition(" (")[0] or self.currentText()
        sets = [*photo_sets.photo_sets(dataset), *extra] if dataset is not None else []
        with QSignalBlocker(self):
            self.clear()
            self.addItem(ALL, "")
            for one in sets:
                self.addItem(f"{one.title} ({numbers.exact(one.number)})", one.key)
            if key and self.findData(key) < 0 and dataset is not None:
                self.addItem(f"{text} (0)", key)
            self.setCurrentIndex(max(0, self.findData(key)))
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        allow(self, "" if sets or key else tr("The data check found nothing, and no choice was made."))

    def show_set(self, key: str) -> None:
        """Show which set is chosen, as another control asks for it."""
        with QSignalBlocker(self):
            place = self.findData(key)
            self.setCurrentIndex(max(0, place))

    def _chosen(self) -> None:
        self.set_chosen.emit(str(self.currentData()))


class AnswerFilter(NarrowCombo):
    """Right and wrong predictions of the run shown.

    Signals:
        answer_chosen: `right`, `wrong`, or "" for all photos.
    """

    answer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Predictions shown"), LETTERS, entries=ANSWERS.items(), parent=parent)
        self.activated.connect(self._chosen)

    def show_state(self, state: AppState) -> None:
        """Enable the list where a run was judged on photos of the open folder."""
        allow(
            self,
            photo_sets.cannot_judge(state),
            tr("Show validation photos that the run shown predicts right or wrong"),
        )

    def show_answer(self, answer: str) -> None:
        """Show which answer is chosen, as another control asks for it."""
        with QSignalBlocker(self):
            self.setCurrentIndex(max(0, self.findData(answer)))

    def _chosen(self) -> None:
        self.answer_chosen.emit(str(self.currentData()))
