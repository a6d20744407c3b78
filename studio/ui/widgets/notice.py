"""Box with a message and a hint, shown on the page that it concerns."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from studio.events import Failed
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.system.names import escaped_lines
from studio.ui.theme import theme
from studio.ui.widgets.wrapped_label import WrappedLabel

ICONS = {"good": "check-circle", "caution": "alert", "bad": "alert-circle", "info": "information"}
COPY = tr("Copy details")
SPOKEN = {"good": tr("Good"), "caution": tr("Warning"), "bad": tr("Problem"), "info": tr("Note")}


class Notice(QFrame):
    """Message box inside a page, hidden while it is empty. Kinds: `good`, `caution`, `bad`, `info`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._kind = "info"
        self._fault: Failed | None = None
        self._sign = QLabel(self)
        self._words = WrappedLabel(self)
        self._words.setObjectName("notice_title")
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint = WrappedLabel(self)
        self._hint.setWordWrap(True)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPushButton(tr("Details"), self)
        self._details.setProperty("role", "link")
        self._details.setCheckable(True)
        self._details.setToolTip(tr("Show the traceback of this error"))
        self._details.toggled.connect(self._show_details)
        self._copy = QPushButton(COPY, self)
        self._copy.setProperty("role", "link")
        self._copy.clicked.connect(self._copy_details)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(8)
        self._actions.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        self._trace = QPlainTextEdit(self)
        self._trace.setReadOnly(True)
        self._trace.setAccessibleName(tr("Details of the error"))
        self._trace.setMinimumHeight(160)
        self._build()
        theme.when_changed(self._paint)
        self.clear()

    def show_text(self, kind: str, text: str, hint: str = "") -> None:
        """Show a message.

        Args:
            kind: `good`, `caution`, `bad` or `info`.
            text: What happened.
            hint: What to do, on one or more lines of its own.
        """
        self._fault = None
        self.show_actions()
        self._fill(kind, translated(text), "\n".join(map(translated, hint.split("\n"))), "")

    def show_fault(self, fault: Failed | None) -> None:
        """Show why a job failed; None hides the box. Does nothing where that is shown already."""
        if fault is None:
            self.clear()
            return
        if fault is self._fault and not self.isHidden():
            return
        self._fault = fault
        self._fill("bad", translated(fault.title), typography.one_line(translated(fault.hint)), fault.traceback)

    def clear(self) -> None:
        """Hide the box."""
        self._fault = None
        self.show_actions()
        self.hide()

    def offer(self, text: str, tip: str, slot: object) -> QPushButton:
        """Add a button for the proposed action. It is hidden until `show_actions` names it."""
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.clicked.connect(slot)
        button.hide()
        self.buttons[text] = button
        self._actions.insertWidget(self._actions.count() - 1, button)
        return button

    def show_actions(self, *texts: str) -> None:
        """Show the buttons with these texts and hide the others."""
        for text, button in self.buttons.items():
            button.setVisible(text in texts)

    def _build(self) -> None:
        links = QHBoxLayout()
        links.setSpacing(8)
        links.addWidget(self._details)
        links.addWidget(self._copy)
        links.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(4)
        for part in (self._words, self._hint):
            column.addWidget(part)
        column.addLayout(self._actions)
        column.addLayout(links)
        column.addWidget(self._trace)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def _fill(self, kind: str, text: str, hint: str, trace: str) -> None:
        text, hint = typography.one_line(text), escaped_lines(hint)
        changed = kind != self._kind or self.isHidden() or bool(hint) != bool(self._hint.text())
        self._kind = kind
        if self._words.text() != text:
            self._words.setText(text)
        if self._hint.text() != hint:
            self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._words.hold()
        self._hint.hold()
        self._trace.setPlainText(trace)
        self._details.setChecked(False)
        self._details.setVisible(bool(trace))
        self._copy.setVisible(False)
        self._copy.setText(COPY)
        self._trace.setVisible(False)
        self.setAccessibleName(f"{SPOKEN[kind]}: {text} {hint}".strip())
        if changed:
            self._paint()
        self.show()

    def _paint(self) -> None:
        shades = theme.current()
        edge, fill = {
            "good": (shades.good, shades.good_soft),
            "caution": (shades.caution, shades.caution_soft),
            "bad": (shades.bad, shades.bad_soft),
            "info": (shades.accent, shades.accent_soft),
        }[self._kind]
        weight = "600" if self._hint.text() else "400"
        self.setStyleSheet(
            f"QFrame#notice {{ background: {fill}; border: none; border-left: 3px solid {edge}; border-radius: 4px; }}"
            f"QLabel#notice_title {{ font-weight: {weight}; }}"
        )
        self._sign.setPixmap(theme.icon(ICONS[self._kind], edge).pixmap(theme.ICON))

    def _show_details(self, shown: bool) -> None:
        self._trace.setVisible(shown)
        self._copy.setVisible(shown)

    def _copy_details(self) -> None:
        parts = (self._words.text(), self._hint.text(), self._trace.toPlainText())
        QGuiApplication.clipboard().setText("\n".join(filter(None, parts)))
        self._copy.setText(tr("Copied"))
