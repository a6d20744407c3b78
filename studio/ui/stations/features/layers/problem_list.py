"""List of a network's problems below its layers; each one points at its layers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import counted, tr, translated
from studio.planning.layer_problems import LayerProblem
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel

ICON_ROOM = 48
"""Width of an item's icon and margins."""

MOST_ROWS = 2
"""Problems that are visible at once; more are scrolled to."""


class ProblemList(QWidget):
    """The problems of the layers, or one line that says that there are none.

    Signals:
        layer_requested: Path of the first layer of the problem that was clicked or entered.
    """

    layer_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems: Sequence[LayerProblem] = ()
        self._low = False
        self._fits = ElidedLabel(self, sentence=True)
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("Problems of the layers"))
        self.list.setAccessibleDescription(tr("Enter selects the layer of a problem."))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemClicked.connect(self._point)
        self.list.itemActivated.connect(self._point)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._fits)
        column.addWidget(self.list)
        theme.set_color_role(self._fits, "muted")
        theme.when_changed(self._draw)
        self.show_problems((), "")

    def show_problems(self, problems: Sequence[LayerProblem], fits: str) -> None:
        """Show problems; without any, the sentence `fits`, which "" hides."""
        if problems != self._problems or not problems:
            self._problems = problems
            self._fits.show_text(fits)
            self._draw()

    def set_low(self, low: bool) -> None:
        """Omit the sentence that there are no problems where the layers need its room."""
        if low != self._low:
            self._low = low
            self._draw()

    def _draw(self) -> None:
        self._fits.setVisible(not self._problems and bool(self._fits.text()) and not self._low)
        self.list.setVisible(bool(self._problems))
        self.list.clear()
        for problem in self._problems:
            item = QListWidgetItem(theme.icon("alert", theme.current().caution), translated(problem.text), self.list)
            where = "\n" + tr("Click to go to {path}").format(path=problem.paths[0]) if problem.paths else ""
            more = (
                tr(" and {counted}").format(counted=counted(len(problem.paths) - 1, "more layer"))
                if len(problem.paths) > 1
                else ""
            )
            item.setToolTip(typography.tip(f"{translated(problem.text)} {translated(problem.advice)}{where}{more}"))
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                tr("Problem: {text} {advice}").format(text=translated(problem.text), advice=translated(problem.advice)),
            )
        self._fit()

    def _fit(self) -> None:
        """Wrap the problems, and take as much height as the first of them need."""
        room, metrics, heights = max(80, self.width() - ICON_ROOM), self.list.fontMetrics(), []
        for row in range(self.list.count()):
            item = self.list.item(row)
            words = metrics.boundingRect(QRect(0, 0, room, 400), Qt.TextFlag.TextWordWrap, item.text())
            heights.append(min(words.height(), 2 * metrics.height()) + 10)
            item.setSizeHint(QSize(0, heights[-1]))
        self.list.setFixedHeight(sum(heights[:MOST_ROWS]) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the problems again."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _point(self, item: QListWidgetItem) -> None:
        problem = self._problems[self.list.row(item)]
        if problem.paths:
            self.layer_requested.emit(problem.paths[0])
