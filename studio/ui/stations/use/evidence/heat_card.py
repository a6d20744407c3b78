"""“Where the evidence is”: the part of the photo that raises the score of a class."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from studio.events import ClassHeatmap, GivenPhoto, PredictionTrace
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.evaluation import judging
from studio.session.inspection import overlay, readout
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.photos.image_view import Picture
from studio.ui.theme import colormap, theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.wrapped_label import WrappedLabel

PREDICTED = tr("predicted class")
OFF = tr("Turn on the heatmap first.")
STOPPED = tr("Stopped. Turn the heatmap off and on again to compute it.")
LATER_MS = 200
"""Time that a photo is shown before its heatmap is computed: the user may be going through the list with the arrows."""
USUAL_OPACITY = 75


class HeatCard(Card):
    """Photo under its heatmap, with switch, class and opacity.

    Signals:
        requested: A heatmap to compute: run, path of the photo, class ("" for the predicted one), layer, weights.
    """

    requested = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Where the evidence is"), parent)
        self._state = AppState()
        self._path = ""
        self._asked: tuple[str, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._has_begun = False
        self._trace: PredictionTrace | None = None
        self.classes = NarrowCombo(tr("Class whose score is explained"), 14, parent=self)
        self.classes.activated.connect(self._ask_soon)
        self.header.addWidget(self.classes)
        self.picture = Picture(self)
        self.picture.setAccessibleName(tr("Photo with its heatmap"))
        self.picture.centered = True
        self.picture.setMinimumSize(160, 112)  # low, so that the page fits into 1280 × 800
        self.switch = QCheckBox(tr("Heatmap"), self)
        self.switch.setToolTip(tr("Show which part of the photo raises the score of the class (Grad-CAM)"))
        self.switch.setChecked(True)
        self.switch.toggled.connect(self._toggled)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setValue(USUAL_OPACITY)
        self.opacity.setAccessibleName(tr("Opacity of the heatmap in percent"))
        self.opacity.setToolTip(tr("Opacity of the heatmap"))
        self.opacity.valueChanged.connect(self._draw)
        label = QLabel(tr("Opacity"), self)
        theme.set_color_role(label, "muted")
        self.words = WrappedLabel(self)
        theme.set_color_role(self.words, "muted")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.switch)
        row.addStretch(1)
        row.addWidget(label)
        row.addWidget(self.opacity, 1)
        self.body.addWidget(self.picture, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.words)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self._ask)

    def show_photo(self, photo: GivenPhoto | None, state: AppState) -> None:
        """Show a photo; its heatmap follows a moment later."""
        self._state = state
        self._trace = words.trace_now(state)
        path = photo.path if photo is not None and not photo.why else ""
        run = state.run
        names = run.dataset.classes if run is not None and run.dataset is not None and not run.dataset.target else ()
        self._fill(names)
        source = (path, run.id if run is not None else "", judging.weights(state))
        if source != getattr(self, "_source", None):
            self._source = source
            self._path, self._asked, self._drawn = path, (), ()
            self._ask_soon()
        self._draw()

    def shut_down(self) -> None:
        """End the timer."""
        self._later.stop()

    def _fill(self, names: tuple[str, ...]) -> None:
        shown = [self.classes.itemData(place) for place in range(1, self.classes.count())]
        if self.classes.count() and shown == list(names):
            return
        self.classes.clear()
        for name in ("", *names):
            self.classes.addItem(typography.one_line(name) if name else PREDICTED, name)
        self.classes.setVisible(bool(names))

    def _toggled(self, on: bool) -> None:
        for control in (self.classes, self.opacity):
            allow(control, "" if on else OFF)
        if on and self._heat() is None:
            self._ask_soon()
        self._draw()

    def _ask_soon(self) -> None:
        self._asked = ()
        self._has_begun = False
        if self._path:
            self._later.start()
        self._draw()

    def _ask(self) -> None:
        """Ask for the heatmap."""
        run = self._state.run
        if not self._path or run is None or not self.isVisible() or not self.switch.isChecked():
            return
        name = str(self.classes.currentData() or "")
        self._asked = (run.id, self._path, name, "", judging.weights(self._state))
        heat = self._heat()
        if heat is None:
            self.requested.emit(self._asked)
        self._draw()

    def _heat(self) -> ClassHeatmap | None:
        """The requested heatmap, or None until it is computed."""
        heat = self._state.heatmap
        if heat is None or not self._asked:
            return None
        run, path, name, layer, _ = self._asked
        return heat if (heat.run, heat.path, heat.request) == (run, path, (name, layer)) else None

    def _draw(self) -> None:
        heat, on = self._heat(), self.switch.isChecked()
        opacity = self.opacity.value() / 100
        if heat is not None:
            key = (id(heat), id(self._trace), on, opacity)
            if key != self._drawn:
                self._drawn = key
                self._show(heat, opacity if on else None)
            self.words.show_text(typography.unbroken(readout.heat_sentence(heat)) if on else "")
        else:
            if self._drawn != (id(self._trace),):  # the photo itself, while its heatmap is computed
                self._drawn = (id(self._trace),)
                trace = self._trace
                self.picture.show_pixels(*((trace.steps[0].values, "", trace.crop) if trace is not None else (None,)))
            self.words.show_text(self._waiting() if self._path and on else "")
        self._has_begun = "heatmap" in self._state.jobs

    def _show(self, heat: ClassHeatmap, opacity: float | None) -> None:
        """Show the heatmap at its position in the whole photo where that is known, else on the network's input."""
        trace = self._trace
        if trace is None or trace.crop is None:
            seen = heat.pixels
            if opacity is not None:
                seen = overlay.overlaid(seen, heat.heat, colormap.TABLE, opacity)
            self.picture.show_pixels(seen)
            return
        photo = trace.steps[0].values
        if opacity is not None:
            photo = overlay.placed(photo, trace.crop, heat.heat, colormap.TABLE, opacity)
        self.picture.show_pixels(photo, "", trace.crop)

    def _waiting(self) -> str:
        source, fault = self._state.fault_sources.get("features"), self._state.faults.get("features")
        if source is not None and source.job == "heatmap" and fault is not None:
            return f"{translated(fault.title)} {translated(fault.hint)}"
        if self._has_begun and "heatmap" not in self._state.jobs and self._asked:
            return STOPPED
        return tr("Computing…")
