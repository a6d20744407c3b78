"""“Why?” in an enlarged photo: the part of it that raises the score of a class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.events import ClassHeatmap
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.inspection import overlay, readout
from studio.session.state import AppState
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.theme import colormap, theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.wrapped_label import WrappedLabel

PREDICTED = tr("predicted class")
OFF = tr("Turn on “Why?” first.")
STOPPED = tr("Stopped. Turn “Why?” off and on again to compute it.")


class HeatmapPanel(QWidget):
    """Switch, class and sentence, in the column beside the photo.

    Signals:
        requested: A heatmap to compute: run, absolute path of the photo, and class ("" for the predicted one).

    Args:
        viewer: The enlarged photo; the panel adds itself.
        runs: Names and ids of the runs to ask; one, or the two that are compared.
        classes: Names of its classes; () for a run of numbers.
    """

    requested = Signal(str, str, str)

    def __init__(self, viewer: PhotoViewer, runs: Sequence[tuple[str, str]], classes: Sequence[str]) -> None:
        super().__init__(viewer)
        self._viewer = viewer
        self._shown: ClassHeatmap | None = None
        self._has_begun = False
        self.switch = QCheckBox(tr("Why?"), self)
        self.switch.setToolTip(tr("Show which part of the photo raises the score of the class (H; Grad-CAM)"))
        entries = [(name, typography.one_line(name) if name else PREDICTED) for name in ("", *classes)]
        self.classes = NarrowCombo(tr("Class whose score is explained"), entries=entries, parent=self)
        entries = [(run, name) for name, run in runs]
        self.runs = NarrowCombo(tr("Run whose answer is explained"), 6, entries=entries, parent=self)
        self.words = WrappedLabel(self)
        theme.set_color_role(self.words, "muted")
        row = QHBoxLayout()
        row.addWidget(self.switch)
        row.addWidget(self.runs)
        row.addWidget(self.classes, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.words)
        self.classes.setVisible(bool(classes))
        self.runs.setVisible(len(runs) > 1)
        QShortcut(QKeySequence("H"), viewer, self.switch.toggle)
        self.switch.toggled.connect(self._ask)
        for choice in (self.classes, self.runs):
            choice.activated.connect(self._ask)
        viewer.photo_shown.connect(self._ask)
        viewer.details.add_below_facts(self)
        self._ask()

    def show_state(self, state: AppState) -> None:
        """Show the requested heatmap once it is computed, or the reason why there is none."""
        if not self.switch.isChecked() or self._shown is not None:
            return
        heat = state.heatmap
        asked = (self._viewer.photo().path, self.runs.currentData(), (self.classes.currentData(), ""))
        source = state.fault_sources.get("features")
        if heat is not None and (heat.path, heat.run, heat.request) == asked:
            self._shown = heat
            self._viewer.picture.show_photo(overlay.overlaid(heat.pixels, heat.heat, colormap.TABLE))
            self.words.show_text(
                tr("{heat_sentence} The photo is shown as the network sees it.").format(
                    heat_sentence=readout.heat_sentence(heat)
                )
            )
        elif source is not None and source.job == "heatmap" and (fault := state.faults.get("features")) is not None:
            self.words.show_text(f"{translated(fault.title)} {translated(fault.hint)}")
        elif self._has_begun and "heatmap" not in state.jobs:
            self.words.show_text(STOPPED)
        self._has_begun = "heatmap" in state.jobs

    def _ask(self) -> None:
        """Ask for the heatmap of the photo shown, or show the photo itself."""
        on = self.switch.isChecked()
        for choice in (self.classes, self.runs):
            allow(choice, "" if on else OFF)
        if self._shown is not None or not on:
            self._shown = None
            self._viewer.draw()
        self._has_begun = False
        self.words.show_text(tr("Computing…") if on else "")
        self.words.setVisible(on)
        if on:
            self.requested.emit(self.runs.currentData(), self._viewer.photo().path, self.classes.currentData())
