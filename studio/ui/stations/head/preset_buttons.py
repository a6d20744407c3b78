"""The presets: one button each, pressed while the settings equal those of its preset."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.events import LayerTable
from studio.formatting.language import tr
from studio.planning import presets
from studio.session.state import AppState
from studio.spec import RunSpec
from studio.ui.widgets.enabling import allow

HEAD_ONLY = tr(
    "Feature extraction: pretrained weights, the whole backbone frozen, without LoRA adapters; only the head trains. "
    "Try it first: it takes seconds"
)
FINE_TUNE = tr(
    "Fine-tuning in two phases: first the head alone, then also the last block at a low, decaying learning rate. "
    "LoRA adapters of other blocks stay. Try it after Head only"
)
SCRATCH = tr(
    "The baseline: random weights and nothing frozen, with the same photos, split and epochs. A run that beats it "
    "shows that pretraining helped. Ctrl+Shift+Return chooses it and trains"
)


class PresetButtons(QWidget):
    """Three buttons in a row.

    Signals:
        spec_requested: The `RunSpec` of the chosen preset.
    """

    spec_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec: RunSpec = AppState().spec
        self._table: LayerTable | None = None
        self._weights = ("", "default")
        self.head_only = QPushButton(tr("Head only"), self)
        self.fine_tune = QPushButton(tr("Fine-tune"), self)
        self.scratch = QPushButton(tr("From scratch"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button, tip, slot in (
            (self.head_only, HEAD_ONLY, self._take_head_only),
            (self.fine_tune, FINE_TUNE, self._take_fine_tune),
            (self.scratch, SCRATCH, self._take_scratch),
        ):
            button.setProperty("role", "preset")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.clicked.connect(slot)
            row.addWidget(button, 1)

    def show_settings(self, spec: RunSpec, table: LayerTable | None) -> None:
        """Press the button whose preset equals the settings.

        Args:
            spec: The settings.
            table: Layers of the backbone; None until they are loaded.
        """
        self._spec, self._table = spec, table
        if spec.backbone.weights != "none":
            self._weights = (spec.backbone.name, spec.backbone.weights)
        self.head_only.setChecked(self._head_only() == spec)
        allow(self.fine_tune, "" if table is not None else tr("The backbone's layers are not loaded yet."), FINE_TUNE)
        self.fine_tune.setChecked(self._fine_tuned() == spec)
        self.scratch.setChecked(presets.from_scratch(spec) == spec)

    def _pretrained(self) -> RunSpec:
        """The settings with the pretrained weights that were in use before random ones were chosen."""
        name, weights = self._weights
        return presets.pretrained(self._spec, weights if name == self._spec.backbone.name else "default")

    def _head_only(self) -> RunSpec:
        return presets.head_only(self._pretrained())

    def _fine_tuned(self) -> RunSpec | None:
        return presets.fine_tuned(self._pretrained(), self._table) if self._table is not None else None

    def _take_head_only(self) -> None:
        self._take(self.head_only, self._head_only())

    def _take_fine_tune(self) -> None:
        if (spec := self._fine_tuned()) is not None:
            self._take(self.fine_tune, spec)

    def _take_scratch(self) -> None:
        self._take(self.scratch, presets.from_scratch(self._spec))

    def _take(self, button: QPushButton, spec: RunSpec) -> None:
        button.setChecked(spec == self._spec)  # the pressed state follows the settings, not the click
        if spec != self._spec:
            self.spec_requested.emit(spec)
