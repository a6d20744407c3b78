"""Left column of the Features page: the backbone, the source of its weights, and its readout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.catalog import catalog, readouts
from studio.catalog.catalog import BackboneInfo
from studio.events import LayerTable
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.plan import backbone_table
from studio.session.selectors import layers_now
from studio.session.state import AppState
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import replace
from studio.ui.dialogs import files
from studio.ui.stations.features.backbones.backbone_advice_dialog import BackboneAdviceDialog
from studio.ui.stations.features.backbones.backbone_list import BackboneList
from studio.ui.stations.features.backbones.catalog_dialog import CatalogDialog
from studio.ui.stations.features.backbones.network_row import NetworkRow
from studio.ui.stations.features.backbones.readout_row import ReadoutRow
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tables.fact_list import Facts

DEFAULT, RANDOM, FILE = "default", "none", "file"
WEIGHTS = ((DEFAULT, tr("Pretrained")), (RANDOM, tr("None (random)")), (FILE, tr("File…")))
KIND = tr("Weights (*.safetensors *.pth *.pt *.bin)")


class BackboneCard(Card):
    """Search field, list of backbones, source of the weights, readout, and a few facts.

    Signals:
        backbone_requested: The `BackboneSpec` the user chose.
        comparison_requested: Compare the backbones on this computer.
        marks_changed: Names of the favorites, and of the recently used backbones, newest first.
    """

    backbone_requested = Signal(object)
    comparison_requested = Signal()
    marks_changed = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Backbone"), parent)
        self._spec: BackboneSpec | None = None
        self._table: LayerTable | None = None
        self._favorites: Sequence[str] = ()
        self._recent: Sequence[str] = ()
        self._state = AppState()
        self.catalog: CatalogDialog | None = None
        self.advice: BackboneAdviceDialog | None = None
        self.list = BackboneList(self)
        self.list.backbone_chosen.connect(self._choose)
        self.browse = QPushButton(tr("Table…"), self)
        self.browse.setProperty("role", "link")
        self.browse.setAccessibleName(tr("Table of all backbones"))
        self.browse.setToolTip(tr("All backbones as a table: compare, sort, filter, mark favorites"))
        self.browse.clicked.connect(self.open_catalog)
        self.compare = QPushButton(tr("Suggest…"), self)
        self.compare.setProperty("role", "link")
        self.compare.setAccessibleName(tr("Suggest a backbone for these photos"))
        self.compare.setToolTip(tr("Which backbone for these photos? Compare those on this computer by a short probe"))
        self.compare.clicked.connect(self.open_advice)
        self.header.addWidget(self.compare)
        self.header.addWidget(self.browse)
        tip = tr("Source of the backbone's weights")
        self.weights = NarrowCombo(tr("Weights of the backbone"), 10, tip, WEIGHTS, self)
        self.weights.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.weights.activated.connect(self._choose_weights)
        label = QLabel(tr("&Weights"), self)
        label.setBuddy(self.weights)
        theme.set_color_role(label, "muted")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label)
        row.addWidget(self.weights, 1)
        self.network = NetworkRow(self)
        self.network.backbone_chosen.connect(self.backbone_requested)
        self.readout = ReadoutRow(self)
        self.readout.backbone_requested.connect(self.backbone_requested)
        self._notice = Notice(self)
        self._facts = Facts((tr("Input"), tr("Features"), tr("License")), self)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.network)
        self.body.addLayout(row)
        self.body.addWidget(self.readout)
        self.body.addWidget(self._notice)
        self.body.addWidget(self._facts)

    def show_state(self, state: AppState) -> None:
        """Draw the chosen backbone."""
        self._state = state
        if self.advice is not None and self.advice.isVisible():
            self.advice.show_state(state)
        table = layers_now(state)
        new_table = table is not self._table
        if new_table:  # its weights may have been downloaded since
            self._table = table
            self.list.model.reset_places()
        from_file = state.spec.backbone.weights not in (DEFAULT, RANDOM)  # whose content the table describes
        if state.spec.backbone == self._spec and not (new_table and (self.network.is_own or from_file)):
            return
        self._spec = state.spec.backbone
        try:
            entry = catalog.find(self._spec.name)
        except UserError as fault:
            self._notice.show_text("bad", fault.title, fault.hint)
            return
        self.list.choose(entry.name)
        self.network.show_backbone(self._spec)
        self._show_weights(self._spec)
        self.readout.show_backbone(self._spec, entry)
        try:
            self._show_facts(readouts.chosen(entry, self._spec), self._spec)
        except UserError as fault:  # a readout that it lacks, from a run of another network
            self._notice.show_text("bad", fault.title, fault.hint)

    def show_marks(self, favorites: Sequence[str], recent: Sequence[str]) -> None:
        """Set the favorites and the recently used backbones."""
        self._favorites, self._recent = favorites, recent

    def open_catalog(self) -> None:
        """Show all backbones as a table."""
        if self.catalog is None:
            self.catalog = CatalogDialog(self)
            self.catalog.backbone_chosen.connect(self._choose)
            self.catalog.favorites_changed.connect(self._mark)
        self.catalog.open_at(self.list.model.chosen, self._favorites, self._recent)

    def open_advice(self) -> None:
        """Show the comparison of the backbones on this computer."""
        if self.advice is None:
            self.advice = BackboneAdviceDialog(self)
            self.advice.comparison_requested.connect(self.comparison_requested)
            self.advice.backbone_chosen.connect(self._use)
        self.advice.open_with(self._state)

    def _mark(self, favorites: Sequence[str]) -> None:
        self._favorites = favorites
        self.marks_changed.emit(favorites, self._recent)

    def choose_file(self, path: str) -> None:
        """Use the weights of a file."""
        if self._spec is not None and path:
            self.backbone_requested.emit(replace(self._spec, weights=path))

    def ask_for_file(self) -> None:
        """Let the user choose a weights file for the chosen backbone."""
        files.open_file(self, tr("Weights of the backbone"), KIND, self.choose_file)

    def _show_weights(self, spec: BackboneSpec) -> None:
        self.weights.setItemText(0, tr("From its file") if self.network.is_own else WEIGHTS[0][1])
        while self.weights.count() > len(WEIGHTS):
            self.weights.removeItem(self.weights.count() - 1)
        if spec.weights not in (DEFAULT, RANDOM):
            self.weights.addItem(typography.one_line(Path(spec.weights).name), spec.weights)
        self.weights.setCurrentIndex(self.weights.findData(spec.weights))
        self.weights.setToolTip(
            typography.tip(typography.one_line(spec.weights))
            if spec.weights not in (DEFAULT, RANDOM)
            else tr("Source of the weights")
        )

    def _show_facts(self, entry: BackboneInfo, spec: BackboneSpec) -> None:
        side = entry.input_size[1:] if spec.image_size is None else (spec.image_size, spec.image_size)
        self._facts.put(tr("Input"), numbers.shape((entry.input_size[0], *side)), mono=True)
        features = self._table.features if self._table is not None and self.network.is_own else entry.features
        self._facts.put(tr("Features"), str(features or "–"), mono=True)
        self._facts.put(tr("License"), entry.license or tr("not stated"))
        if spec.weights == DEFAULT and not entry.weights:
            self._notice.show_text("caution", tr("No pretrained weights exist for it."), tr("Choose a file, or None."))
        elif spec.weights == RANDOM:
            self._notice.show_text("caution", tr("Random weights: thaw all layers, frozen ones give poor features."))
        elif self._table is not None and (self._table.weights or self._table.warnings):
            words = [f"{self._table.weights}."] if self._table.weights else []
            words += [part for warning in self._table.warnings for part in warning if part]
            self._notice.show_text("caution" if self._table.warnings else "info", " ".join(words))
        else:
            self._notice.clear()

    def _choose(self, name: str) -> None:
        # The image size is that of the old weights; the crop policy is about the photos, and stays. So does a readout
        # that the new network has, too.
        before = self._spec or BackboneSpec()
        self._use(
            readouts.with_backbone(replace(before, name=name, weights=DEFAULT, image_size=None), catalog.find(name))
        )

    def _use(self, spec: BackboneSpec) -> None:
        """Use a backbone, with the current crop policy."""
        before = self._spec or BackboneSpec()
        self._recent = backbone_table.used(self._recent, spec.name)
        self.marks_changed.emit(self._favorites, self._recent)
        self.backbone_requested.emit(replace(spec, crop=before.crop, border=before.border))

    def _choose_weights(self, place: int) -> None:
        if self._spec is None:
            return
        key = self.weights.itemData(place)
        if key == FILE:
            self._show_weights(self._spec)  # the choice takes effect only once a file is selected
            self.ask_for_file()
        elif key != self._spec.weights:
            self.backbone_requested.emit(replace(self._spec, weights=key))
