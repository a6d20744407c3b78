"""B minus A of the confusion matrices: painted for few classes, a list of the largest changes for many."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedWidget, QToolTip, QWidget

from studio.evaluate.documents.comparison import MOST_CHANGES
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.runs import comparison_view
from studio.session.runs.comparison_view import Cell
from studio.ui.plots.confusion_layout import MatrixLayout
from studio.ui.plots.confusion_painting import draw_axes, draw_names
from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.stations.evaluate.compare.difference_table import TextModel, TextTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.tables.distinct_names import DistinctNames, NameDelegate

STRONGEST = 0.45
"""Opacity of the cell that changed most: its number stays readable in light and dark."""

LEAST_CELL = 34
"""Least side of a cell in pixels: with long names the matrix may have no room for more."""

NOTHING = tr("No photo is predicted as another class than before.")


class MatrixOfChanges(QWidget):
    """The painted matrix.

    Attributes:
        files: Copies and saves it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._cells: Sequence[Sequence[Cell]] = ()
        self._labels = DistinctNames()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 140)
        self.setAccessibleName(tr("Difference matrix"))
        self.files = PlotFiles(self, tr("Difference matrix"), of_widget(lambda: self, self.table, self.sentence))
        self.files.add_context_menu(self)
        theme.when_changed(self.update)

    def show_cells(self, names: Sequence[str], cells: Sequence[Sequence[Cell]]) -> None:
        """Show these cells, rows true, columns predicted."""
        self._names, self._cells = tuple(map(typography.one_line, names)), cells
        self._labels.show(self._names)
        self.setAccessibleDescription(self.sentence())
        self.update()

    def sentence(self) -> str:
        """The cells in words, for the screen reader."""
        parts = [self.words(row, column) for row in range(len(self._cells)) for column in range(len(self._cells))]
        return "; ".join(parts)

    def table(self) -> str:
        """Counts of A and B in each cell as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["true", "predicted", "a", "b"])
        for true, row in zip(self._names, self._cells, strict=True):
            writer.writerows([true, guess, cell.a, cell.b] for guess, cell in zip(self._names, row, strict=True))
        return text.getvalue()

    def words(self, row: int, column: int) -> str:
        """A cell in words: “ants → bees: 8 → 3 photos”."""
        cell = self._cells[row][column]
        return tr("{names} predicted as {names2}: {counts} photos ({change})").format(
            names=self._names[row], names2=self._names[column], counts=cell.counts, change=cell.change
        )

    def fits(self, room: QSize) -> bool:
        """True where every cell is large enough for its number."""
        return MatrixLayout(self._names, self.fontMetrics(), room, 1.0).side >= LEAST_CELL

    def layout_now(self) -> MatrixLayout:
        """The geometry at the current size."""
        return MatrixLayout(self._names, self.fontMetrics(), self.size(), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint cells, names and axes."""
        if not self._cells:
            return
        painter, shades, layout = QPainter(self), theme.current(), self.layout_now()
        most = max((abs(cell.b - cell.a) for row in self._cells for cell in row), default=0) or 1
        for true, row in enumerate(self._cells):
            for predicted, cell in enumerate(row):
                rect = layout.cell(true, predicted)
                painter.fillRect(rect, QColor(shades.raised))
                if cell.a != cell.b:
                    color = QColor(shades.accent if cell.better else shades.bad)
                    color.setAlphaF(0.12 + (STRONGEST - 0.12) * abs(cell.b - cell.a) / most)
                    painter.fillRect(rect, color)
                self._draw_cell(painter, rect, cell)
        draw_names(painter, layout, self._labels, self._names, (-1, -1), QPoint(0, 0), self.size())
        draw_axes(painter, layout)
        painter.end()

    def _draw_cell(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        shades = theme.current()
        large = rect.width() >= 64 and rect.height() >= 48
        painter.setPen(QColor(shades.text))
        painter.setFont(theme.scaled(1.3 if large else 1.0, bold=True))
        upper = rect.adjusted(0, 0, 0, -rect.height() // 2 + 4) if large else rect
        vertical = Qt.AlignmentFlag.AlignBottom if large else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter | vertical, cell.change)
        if large:
            font = theme.scaled(0.9)
            painter.setFont(font)
            painter.setPen(QColor(shades.muted if cell.a == cell.b else shades.text))
            lower = rect.adjusted(0, rect.height() // 2 + 4, 0, 0)
            text = QFontMetrics(font).elidedText(cell.counts, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(lower, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def event(self, event: QEvent) -> bool:
        """Show the words of the cell under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.layout_now().cell_at(event.pos()) if self._cells else None
            QToolTip.showText(event.globalPos(), typography.tip(self.words(*at)) if at is not None else "", self)
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Room for two or three classes."""
        return QSize(300, 260)


class DifferenceCard(Card):
    """The card with the matrix, or with the list where there are many classes or little room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Difference matrix"), parent)
        self._document: Mapping[str, Any] | None = None
        self.matrix = MatrixOfChanges(self)
        model = TextModel((tr("True"), tr("Predicted"), "A → B", tr("Change")), (2, 3), self)
        self.list = TextTable(tr("Largest changes"), model, "compare_changes", 2, tr("Order of the changes"), self)
        self._names = NameDelegate(self)
        for column in (0, 1):
            self.list.setItemDelegateForColumn(column, self._names)
        self._none = QLabel(NOTHING, self)
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_color_role(self._none, "muted")
        self.stack = QStackedWidget(self)
        for page in (self.matrix, self.list, self._none):
            self.stack.addWidget(page)
        self._save = self.matrix.files.button(self)
        self.header.addWidget(self._save)
        self.legend = QLabel(self)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.legend)
        theme.when_changed(self._paint_legend)
        self._paint_legend()

    def show_document(self, document: Mapping[str, Any]) -> None:
        """Show the changes of a comparison."""
        self._document = document
        cells, changes = comparison_view.cells(document), document["changes"]
        if cells:
            self.matrix.show_cells(document["confusion"]["classes"], cells)
        counts = [f"{numbers.exact(row['a'])} → {numbers.exact(row['b'])}" for row in changes]
        rows = [
            (row["true"], row["predicted"], both, comparison_view.signed(row["b"] - row["a"]))
            for row, both in zip(changes, counts, strict=True)
        ]
        better = [(row["b"] > row["a"]) == (row["true"] == row["predicted"]) for row in changes]
        named = dict.fromkeys(name for row in changes for name in (row["true"], row["predicted"]))
        self._names.names.show([typography.one_line(name) for name in named])
        self.list.rows.show(rows, ["accent" if one else "bad" for one in better])
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the matrix where its cells can be read, or else the list."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        if self._document is None:
            return
        drawn, changes = bool(comparison_view.cells(self._document)), self._document["changes"]
        if drawn and (not changes or self.matrix.fits(self.stack.size())):
            self.set_title(tr("Difference matrix · B − A, photos"))
            self.stack.setCurrentWidget(self.matrix)
        elif changes:
            self.set_title(
                tr("Largest changes · B − A{value}").format(
                    value=tr(", at most 20") if len(changes) == MOST_CHANGES else ""
                )
            )
            self.stack.setCurrentWidget(self.list)
        else:
            self.set_title(tr("Difference matrix"))
            self.stack.setCurrentWidget(self._none)
        self._save.setVisible(self.stack.currentWidget() is self.matrix)
        self.legend.setVisible(drawn or bool(changes))

    def _paint_legend(self) -> None:
        shades = theme.current()
        better, worse = (f'<span style="color:{color}">■</span>' for color in (shades.accent, shades.bad))
        self.legend.setText(tr("{better} B better &nbsp; {worse} B worse").format(better=better, worse=worse))
