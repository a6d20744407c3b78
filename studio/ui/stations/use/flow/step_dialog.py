"""One step large, beside a table of its values that can be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.events import PredictionTrace, TraceStep
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.using import trace_words
from studio.ui.stations.use.flow import step_painting
from studio.ui.theme import theme
from studio.ui.widgets.close_row import without_icons
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.tables.text_table import TextTable
from studio.ui.widgets.wrapped_label import WrappedLabel


class _Drawing(QWidget):
    def __init__(self, step: TraceStep, trace: PredictionTrace, classes: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._arguments = (step, trace, step_painting.images(step, trace), classes)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(trace_words.spoken(step, trace))

    def sizeHint(self) -> QSize:
        """Large, but within a small screen."""
        return QSize(560, 460)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the step."""
        painter = QPainter(self)
        step_painting.paint(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), *self._arguments)
        painter.end()


class StepDialog(QDialog):
    """The dialog."""

    def __init__(
        self, step: TraceStep, trace: PredictionTrace, classes: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = f"{trace_words.TITLES[step.step]} {numbers.shape(step.shape)}"
        self.setWindowTitle(title)
        self.setSizeGripEnabled(True)
        self.drawing = _Drawing(step, trace, classes, self)
        self.table = TextTable(
            tr("Values: {title}").format(title=title),
            (tr("Class") if trace_words.names(step, classes) else tr("Number"), tr("Value")),
        )
        self.table.show_rows(trace_words.rows(step, classes))
        words = WrappedLabel(self)
        words.show_text(f"{trace_words.spoken(step, trace)}.")
        side = QVBoxLayout()
        side.addWidget(words)
        more = len(step.values) - trace_words.MOST_ROWS if step.step in ("features", "scores", "probabilities") else 0
        if more > 0:
            side.addWidget(QLabel(tr("{more} more values are not listed.").format(more=numbers.exact(more)), self))
        side.addWidget(self.table, 1)
        holder = QWidget(self)
        holder.setLayout(side)
        holder.setFixedWidth(theme.enlarged(280))
        side.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.drawing, 1)
        row.addWidget(holder)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        without_icons(buttons)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addWidget(buttons)
        resize_dialog(self, 920, 560)
