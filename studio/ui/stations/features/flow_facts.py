"""Named values that wrap like words in a paragraph: many of them fit on few lines, with any font."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from studio.ui.theme import theme

SPACE, LINE_GAP = 24, 6
"""Gap between two facts, and between two lines."""


class Fact(QLabel):
    """A name and its value on one line, each in its color role."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.value = ""
        self.color_role = ""
        self.setTextFormat(Qt.TextFormat.RichText)
        theme.when_changed(self.write)

    def write(self) -> None:
        """Write the name and the value, elided where the owner is too narrow."""
        shades = theme.current()
        color = getattr(shades, self.color_role or "text")
        shown = self.fontMetrics().elidedText(self.value, Qt.TextElideMode.ElideMiddle, self._room())
        self.setText(f'<span style="color:{shades.muted}">{self.name}</span>&nbsp; {_unbroken(shown, color)}')
        self.setAccessibleName(f"{self.name}: {self.value}")
        self.setToolTip(self.value if shown != self.value else "")

    def _room(self) -> int:
        parent = self.parentWidget()
        wide = parent.width() if parent is not None and parent.width() > 100 else 4000
        return wide - self.fontMetrics().horizontalAdvance(f"{self.name}    ")


class FlowFacts(QWidget):
    """Facts in reading order. A value of "" hides its fact."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = {name: Fact(name, self) for name in names}
        for fact in self._facts.values():
            fact.hide()
        self._due = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def put(self, name: str, value: str, color_role: str = "") -> None:
        """Show a value; does nothing where it is unchanged."""
        fact = self._facts[name]
        if (fact.value, fact.color_role) == (value, color_role):
            return
        fact.value, fact.color_role = value, color_role
        fact.write()
        fact.setVisible(bool(value))
        self.updateGeometry()
        if not self._due:  # placed once for all facts that are put in one turn of the event loop
            self._due = True
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def value(self, name: str) -> str:
        """The value of a fact."""
        return self._facts[name].value

    def _places(self, width: int) -> tuple[list[tuple[Fact, QRect]], int]:
        """Rectangle of each fact at this width, and the height of all."""
        places, left, top, line = [], 0, 0, 0
        for fact in self._facts.values():
            if not fact.value:
                continue
            size = fact.sizeHint()
            if left and left + size.width() > width:
                left, top, line = 0, top + line + LINE_GAP, 0
            places.append((fact, QRect(left, top, min(size.width(), width), size.height())))
            left, line = left + size.width() + SPACE, max(line, size.height())
        return places, top + line

    def _place(self) -> None:
        for fact, rect in self._places(self.width())[0]:
            fact.setGeometry(rect)

    def event(self, event: QEvent) -> bool:
        """Place facts that were put."""
        if event.type() is QEvent.Type.LayoutRequest and self._due:
            self._due = False
            self._place()
        return super().event(event)

    def hasHeightForWidth(self) -> bool:
        """True: lines wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines."""
        return self._places(width)[1]

    def sizeHint(self) -> QSize:
        """Width of a few facts."""
        return QSize(480, self.heightForWidth(480))

    def minimumSizeHint(self) -> QSize:
        """Width of one fact."""
        return QSize(160, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the facts out again."""
        super().resizeEvent(event)
        for fact in self._facts.values():
            fact.write()
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Lay the facts out again after a change of the font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._place()


def _unbroken(text: str, color: str) -> str:
    """HTML of a value that never wraps."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;")
    return f'<span style="color:{color}">{safe}</span>'
