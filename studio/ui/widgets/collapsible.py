"""Collapsible group of rows: a heading with an arrow, and a summary of the group beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.formatting.language import tr
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel


class Section(QWidget):
    """The group.

    Attributes:
        rows: Grid of the rows: names in column 0, controls in column 1.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.heading = QToolButton(self)
        self.heading.setText(title)
        self.heading.setCheckable(True)
        self.heading.setProperty("heading", True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setIconSize(theme.ICON)
        self.heading.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.heading.toggled.connect(self._open)
        self._summary = ElidedLabel(self, sentence=True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_color_role(self._summary, "muted")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.heading)
        top.addWidget(self._summary, 1)
        self._body = QWidget(self)
        self.rows = QGridLayout(self._body)
        self.rows.setContentsMargins(0, 0, 0, 8)
        self.rows.setHorizontalSpacing(12)
        self.rows.setVerticalSpacing(8)
        self.rows.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._body)
        theme.when_changed(self._apply_theme)
        self._open(False)

    def show_summary(self, summary: str) -> None:
        """Show a summary of the group, in a few words."""
        if self._summary.text() != summary:
            self._summary.show_text(summary)
            self.heading.setAccessibleName(f"{self._title}: {summary}")

    def _open(self, opened: bool) -> None:
        self._body.setVisible(opened)
        self.heading.setAccessibleDescription(tr("opened") if opened else tr("closed"))
        self.heading.setToolTip(tr("Close this group") if opened else tr("Show these settings"))
        self._apply_theme()

    def _apply_theme(self) -> None:
        self.heading.setIcon(theme.icon("chevron-down" if self.heading.isChecked() else "chevron-right"))
