"""Table of named values: names at the left, values at the right, thin lines between the rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from studio.formatting import typography
from studio.ui.theme import theme


class Facts(QWidget):
    """Small table of names and values. A value of "" hides its row."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, str] = {}
        self._rows: dict[str, tuple[QLabel, QLabel, QFrame]] = {}
        for place, name in enumerate(names):
            self._rows[name] = self._row(place, name)

    def put(self, name: str, value: str, color_role: str = "", mono: bool = False, tip: str = "") -> None:
        """Show a value; does nothing where it is unchanged.

        Args:
            name: One of the names passed to the constructor.
            value: The text to show.
            color_role: A color role, see `theme.set_color_role`.
            mono: True for a monospaced font, for shapes.
            tip: Tooltip of the value.
        """
        label, shown, line = self._rows[name]
        if self._values.get(name) != value:
            self._values[name] = value
            shown.setText(typography.breakable(value))
            shown.setAccessibleName(f"{name}: {value}")
        shown.setToolTip(tip)
        theme.set_color_role(shown, color_role)
        if mono:  # after the color role, which restores the style sheet's font
            shown.setFont(theme.mono())
        for part in (label, shown, line):
            part.setVisible(bool(value))

    def value(self, name: str) -> str:
        """The value in a row."""
        return self._values.get(name, "")

    def _row(self, place: int, name: str) -> tuple[QLabel, QLabel, QFrame]:
        label, value, line = QLabel(name, self), QLabel(self), QFrame(self)
        label.setMinimumHeight(theme.enlarged(28))
        theme.set_color_role(label, "muted")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setWordWrap(True)
        value.setMinimumWidth(theme.enlarged(40))
        value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line.setObjectName("hairline")
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(self.palette().ColorRole.Mid)
        line.setFixedHeight(1)
        self._grid.addWidget(label, 2 * place, 0)
        self._grid.addWidget(value, 2 * place, 1)
        self._grid.addWidget(line, 2 * place + 1, 0, 1, 2)
        for part in (label, value, line):
            part.setVisible(False)
        return label, value, line
