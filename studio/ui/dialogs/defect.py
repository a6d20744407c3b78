"""Dialog for a defect: an error occurred, no data is lost, and this report can be sent to the maintainers.

It never blocks: the window stays usable beside it. Later errors join its report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.formatting import typography
from studio.formatting.language import counted, tr, translated
from studio.system import report
from studio.system.log import Defect
from studio.ui.theme import theme
from studio.ui.widgets.close_row import without_icons
from studio.ui.widgets.wrapped_label import WrappedLabel

COPY, COPIED = tr("Copy report"), tr("Copied")
LONGEST = 300
"""Characters of an error message that are shown; the report has all of them."""
MOST = 10
"""Different errors in a report: the first ones, because later ones usually follow from them."""

NO_LOSS = tr(
    "No data is lost: photos are never changed, and every finished epoch of a run is on disk. You can continue. "
    "If the window behaves oddly, close it and start it again."
)
ABOUT = tr("A report holds versions, the platform and where in the program it happened. It is only copied, never sent.")


class DefectDialog(QDialog):
    """Shows one error, and the number of errors after it.

    Args:
        first: The error.
        private: Names given by the user, to be left out of the report.
        parent: The window.
    """

    def __init__(self, first: Defect, private: Callable[[], Iterable[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("defect")
        self.setWindowTitle(tr("Something went wrong"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._defects, self._later_errors, self._private = [first], 0, private
        title = self._label(shortened(translated(first.title)), selectable=True)
        title.setFont(theme.scaled(1.1, bold=True))
        hint = self._label(translated(first.hint))
        hint.setVisible(bool(first.hint))
        self.since = self._label("")
        self.since.hide()
        no_loss = self._label(NO_LOSS)
        place = (
            tr("No log could be written.")
            if first.log is None
            else tr("The error is recorded in {log}.").format(log=first.log)
        )
        self.log = self._label(typography.one_line(place), selectable=True)
        about = self._label(ABOUT)
        theme.set_color_role(about, "muted")
        self.with_names = QCheckBox(tr("Include &names and paths of my files in the report"), self)
        self.with_names.toggled.connect(self._write)
        self.details = QPushButton(tr("Show report"), self)
        self.details.setProperty("role", "link")
        self.details.setCheckable(True)
        self.details.setAutoDefault(False)
        self.details.toggled.connect(self._show_report)
        self.report = QPlainTextEdit(self)
        self.report.setReadOnly(True)
        self.report.setFont(theme.mono())
        self.report.setAccessibleName(tr("The report as it is copied"))
        self.report.setMinimumHeight(240)
        self.report.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        without_icons(buttons)
        self.copy = buttons.addButton(COPY, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        words = QVBoxLayout()
        words.setSpacing(8)
        for label in (title, hint, self.since, no_loss, self.log, about):
            words.addWidget(label)
        words.addStretch(1)
        self._sign = QLabel(self)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        link = QHBoxLayout()
        link.addWidget(self.details)
        link.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.with_names)
        column.addLayout(link)
        column.addWidget(self.report, 4)
        column.addWidget(buttons)
        self.setMinimumWidth(560)
        theme.when_changed(self._paint)
        self._paint()
        self._write()
        close.setFocus()

    def add(self, defect: Defect) -> None:
        """Add another error, or the same one again."""
        self._later_errors += 1
        if not defect.repeated and len(self._defects) < MOST:
            self._defects.append(defect)
            self._write()
        times = counted(self._later_errors, "more error")
        self.since.setText(tr("Since then: {times}, the first of each kind in the report.").format(times=times))
        if self.since.isHidden():
            self.since.show()
            self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the height to the texts, now that their width is known."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout, width = self.layout(), max(self.width(), self.minimumWidth())
        if layout is None:
            return
        layout.activate()
        for label in self.findChildren(WrappedLabel):
            label.hold()
        # Qt's own hint assumes a narrower dialog, in which the texts need more lines.
        self.resize(width, layout.totalHeightForWidth(width))

    def _label(self, text: str, selectable: bool = False) -> WrappedLabel:
        label = WrappedLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setText(text)
        if selectable:
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _paint(self) -> None:
        self._sign.setPixmap(theme.icon("alert-circle", theme.current().caution).pixmap(theme.ICON * 1.5))

    def _write(self) -> None:
        self.report.setPlainText(report.text(self._defects, self.with_names.isChecked(), self._private()))
        self.copy.setText(COPY)

    def _show_report(self, shown: bool) -> None:
        self.details.setText(tr("Hide report") if shown else tr("Show report"))
        self.report.setVisible(shown)
        self._fit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy.setText(COPIED)


def shortened(text: str) -> str:
    """An error message on one line, of limited length."""
    line = typography.one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
