"""Dialog for advice that is based on a probe of each candidate; one click uses a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from studio.formatting.language import tr
from studio.ui.dialogs.advice.advice_dialog import AdviceDialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.tables.text_table import TextTable


class ProbeAdvice(Protocol):
    """Advice with a suggested candidate."""

    @property
    def choice(self) -> int:
        """Index of the suggested candidate."""


class ProbeAdviceDialog(AdviceDialog):
    """A row for each candidate, the suggested one selected, and the reason below.

    A subclass draws its advice by `show_advice` and uses a row in `use_row`.

    Args:
        kind: As in `AdviceDialog`.
        texts: `title`, `about`, `start` and `again` of `AdviceDialog`.
        heading: Accessible name of the table.
        columns: Titles of its columns.
        tip: What *Use this* does.
        parent: Owner.
    """

    def __init__(
        self, kind: str, texts: tuple[str, str, str, str], heading: str, columns: Sequence[str], tip: str,
        parent: QWidget | None,
    ) -> None:  # fmt: skip
        super().__init__(kind, *texts, parent)
        self._drawn: object = None
        self._missing = tr("{start} first.").format(start=texts[2])
        self.table = TextTable(heading, tuple(columns), 1, self)
        self.table.itemSelectionChanged.connect(self._allow)
        self.table.itemDoubleClicked.connect(lambda _item: self._use())
        self.why = QLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.use = QPushButton(tr("Use this"), self)
        self.use.setToolTip(tip)
        self.use.clicked.connect(self._use)
        self.arrange(self.table, self.why, buttons=(self.use,))

    def show_advice(self, advice: ProbeAdvice | None, rows: Sequence[Sequence[str]], why: str) -> None:
        """Draw the advice, if it has changed; None for no advice."""
        if advice is not self._drawn:
            self._drawn = advice
            self.table.show_rows(list(map(tuple, rows)))
            self.why.setText(why)
            if advice is not None:
                self.table.selectRow(advice.choice)
                self.table.scrollTo(self.table.currentIndex())
        self._allow()

    def use_row(self, row: int) -> None:
        """Use the candidate of a row."""
        raise NotImplementedError

    def _allow(self) -> None:
        chosen = self._drawn is not None and self.table.currentRow() >= 0
        allow(self.use, "" if chosen else self._missing)

    def _use(self) -> None:
        if self.use.isEnabled():
            self.use_row(self.table.currentRow())
            self.accept()
