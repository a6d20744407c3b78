"""Line below the epochs: the number of unchanged layers, and the layer that changed most."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.events import LayersChanged
from studio.formatting.language import tr, translated
from studio.runs.layer_changes import sentence, summarize
from studio.session.state import RunState
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel


class ProofLine(QWidget):
    """An icon and a sentence; hidden until the layers have been measured."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._changes: LayersChanged | None = None
        self._broken, self._frozen = False, True
        self._sign = QLabel(self)
        self.words = ElidedLabel(self, sentence=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self.words, 1)
        theme.when_changed(self._apply_theme)
        self.hide()

    def show_state(self, run: RunState | None) -> None:
        """Draw the run's changes of the layers, as last measured."""
        changes = run.layer_changes if run is not None else None
        if changes is self._changes:
            return
        self._changes = changes
        if run is None or changes is None or not changes.layers:
            self.hide()
            return
        summary = summarize(changes.layers, run.started.spec.freeze.batch_norm == "update")
        text = sentence(summary, changes.adapters, translated)
        self._broken, self._frozen = bool(summary.broken), bool(summary.unchanged)
        self.words.show_text(text)
        self.words.setAccessibleName(tr("Proof of freezing: {text}").format(text=text))
        theme.set_color_role(self.words, "bad" if self._broken else "muted")
        self._apply_theme()
        self.show()

    def _apply_theme(self) -> None:
        shades = theme.current()
        if self._broken:
            sign = theme.icon("alert", shades.bad)
        else:
            sign = theme.icon("snowflake", shades.ice) if self._frozen else theme.icon("fire", shades.warm)
        self._sign.setPixmap(sign.pixmap(theme.ICON))
