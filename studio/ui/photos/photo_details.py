"""The column beside an enlarged photo: name, prediction, facts of the file, and the probability of every class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.ui.photos.probability_bars import ProbabilityBars
from studio.ui.theme import theme
from studio.ui.widgets.tables.fact_list import Facts

FACTS = (tr("Size"), tr("File"), tr("Colors"), tr("Taken"), tr("Camera"), tr("Rotated"))


@dataclass(frozen=True)
class ViewedPhoto:
    """A photo and its prediction.

    Attributes:
        path: Absolute.
        true: Its class.
        probabilities: Class names with probabilities, most probable first; () for regression.
        text: Description in place of the classes; "" for classes.
        color_role: Color of the description.
    """

    path: str
    true: str
    probabilities: tuple[tuple[str, float], ...]
    text: str = ""
    color_role: str = ""


class PhotoDetails(QWidget):
    """The column.

    Attributes:
        verdict: True and predicted class, or why the photo cannot be read.
        remarks: What the user chose for the photo.
        note: What its file has besides the photo, for instance more pages.
        hint: Keys for choices about the photo.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.verdict = self._label(), self._label()
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remarks, self.note, self.hint = self._label("caution"), self._label("muted"), self._label("muted")
        self.remarks.hide()
        self.hint.hide()
        self.facts = Facts(FACTS, self)
        self.bars = ProbabilityBars(self)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.bars)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        for part in (self.name, self.verdict, self.remarks, self.note, self.facts):
            self._column.addWidget(part)
        self._column.addWidget(area, 1)
        self._column.addWidget(self.hint)

    def show_photo(self, photo: ViewedPhoto) -> None:
        """Show the name of a photo and its prediction."""
        self.name.setText(typography.one_line(Path(photo.path).name))
        self.name.setToolTip(typography.tip(typography.one_line(photo.path)))
        guess = photo.probabilities[0][0] if photo.probabilities else ""
        right = guess == photo.true
        text = photo.text or (
            tr("{true}, correct").format(true=photo.true)
            if right
            else tr("{true}, predicted as {guess}").format(true=photo.true, guess=guess)
        )
        self.verdict.setText(typography.one_line(text))
        theme.set_color_role(self.verdict, photo.color_role if photo.text else "good" if right else "bad")
        self.bars.show_probabilities(photo.probabilities, photo.true)

    def show_file(self, note: str, facts: Mapping[str, str]) -> None:
        """Show the note on a file and the facts in it, by their names in `FACTS`."""
        note = translated(note)
        self.note.setText(note[:1].upper() + note[1:])
        self.note.setVisible(bool(note))
        for name in FACTS:
            self.facts.put(name, facts.get(name, ""))

    def show_fault(self, text: str) -> None:
        """Say why the photo cannot be read."""
        self.verdict.setText(text)
        theme.set_color_role(self.verdict, "bad")

    def show_remarks(self, remarks: str, hint: str) -> None:
        """Show the choices about the photo, and the keys for such choices."""
        self.remarks.setText(remarks)
        self.remarks.setVisible(bool(remarks))
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def add_below_facts(self, part: QWidget) -> None:
        """Add a part above the probabilities."""
        self._column.insertWidget(self._column.count() - 2, part)

    def _label(self, color_role: str = "") -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if color_role:
            theme.set_color_role(label, color_role)
        return label
