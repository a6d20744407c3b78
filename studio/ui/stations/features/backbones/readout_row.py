"""Row of the backbone card with the readout: what is taken from the network as the features of a photo."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSpinBox, QWidget

from studio.catalog import readouts
from studio.catalog.catalog import BackboneInfo
from studio.formatting import typography
from studio.formatting.language import counted, tr, translated
from studio.session.plan.setting_texts import setting_of
from studio.spec import BackboneSpec
from studio.spec.structs import replace
from studio.ui.theme import theme
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.wrapped_label import WrappedLabel


class ReadoutRow(QWidget):
    """Chooses the readout of a `BackboneSpec`, and the number of blocks where it reads several.

    Readouts that the backbone does not have are disabled, with the reason.

    Signals:
        backbone_requested: The `BackboneSpec` with the chosen readout.
    """

    backbone_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = BackboneSpec()
        self.choice = NarrowCombo(tr("Readout of the backbone"), 10, parent=self)
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._items = QStandardItemModel(self.choice)
        self.choice.setModel(self._items)
        self.choice.activated.connect(self._choose)
        label = QLabel(tr("Read&out"), self)
        label.setBuddy(self.choice)
        blocks = setting_of(BackboneSpec, "readout_blocks")
        self.blocks = QSpinBox(self)
        self.blocks.setAccessibleName(blocks.name)
        self.blocks.setToolTip(typography.tip(blocks.tip))
        self.blocks.setKeyboardTracking(False)
        self.blocks.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.blocks.valueChanged.connect(self._choose_blocks)
        self._blocks_label = QLabel(tr("&Last blocks"), self)
        self._blocks_label.setBuddy(self.blocks)
        self.words = WrappedLabel(self)
        for one in (label, self._blocks_label, self.words):
            theme.set_color_role(one, "muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.choice, 0, 1)
        grid.addWidget(self._blocks_label, 1, 0)
        grid.addWidget(self.blocks, 1, 1)
        grid.addWidget(self.words, 2, 0, 1, 2)

    def show_backbone(self, spec: BackboneSpec, info: BackboneInfo) -> None:
        """Show the readouts of a backbone, and the chosen one."""
        self._spec = spec
        self._items.clear()
        for choice in readouts.choices(info, min(spec.readout_blocks, max(1, info.blocks))):
            item = QStandardItem(
                translated(choice.title).partition(" (")[0]
            )  # what “As published” means is shown below
            item.setData(choice.readout, Qt.ItemDataRole.UserRole)
            reason = choice.reason
            if not reason and choice.readout == info.published:  # listed twice, it would look like another choice
                reason = tr("The published last layer takes this: choose “As published”.")
            item.setEnabled(not reason)
            words = translated(reason or choice.title)
            if choice.width and not reason:
                words += f", {counted(choice.width, 'feature')}"
            item.setData(typography.tip(words), Qt.ItemDataRole.ToolTipRole)
            item.setData(words, Qt.ItemDataRole.AccessibleDescriptionRole)
            self._items.appendRow(item)
        self.choice.setCurrentIndex(self.choice.findData(spec.readout))
        present = _present(spec, info)
        self.choice.setToolTip(typography.tip(f"{setting_of(BackboneSpec, 'readout').tip}: {present}"))
        self.choice.setAccessibleDescription(present)
        words = translated(readouts.missing(info, spec.readout) or readouts.words(info, spec))
        self.words.show_text(words[:1].upper() + words[1:])
        view = self.choice.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * view.frameWidth() + 24)
        for part in (self._blocks_label, self.blocks):
            part.setVisible(spec.readout == "blocks")
        self.blocks.blockSignals(True)
        self.blocks.setRange(1, max(1, info.blocks))
        self.blocks.setValue(spec.readout_blocks)
        self.blocks.setSuffix(tr(" of {blocks}").format(blocks=info.blocks))
        self.blocks.blockSignals(False)

    def _choose(self, place: int) -> None:
        readout = self.choice.itemData(place)
        most = self.blocks.maximum()
        blocks = min(self._spec.readout_blocks, most) if readout == "blocks" else self._spec.readout_blocks
        self._send(replace(self._spec, readout=readout, readout_blocks=blocks))

    def _choose_blocks(self, number: int) -> None:
        self._send(replace(self._spec, readout_blocks=number))

    def _send(self, spec: BackboneSpec) -> None:
        if spec != self._spec:
            self.backbone_requested.emit(spec)


def _present(spec: BackboneSpec, info: BackboneInfo) -> str:
    """The chosen readout in words, with the width of its features where it is known; or the reason against it."""
    words = translated(readouts.words(info, spec))
    chosen = next(one for one in readouts.choices(info, spec.readout_blocks) if one.readout == spec.readout)
    return translated(chosen.reason) or (f"{words}, {counted(chosen.width, 'feature')}" if chosen.width else words)
