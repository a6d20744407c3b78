"""The Preprocess page: the preprocessing of a photo, step by step and side by side, and the augmentation."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout as Row
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.catalog import catalog, image_sizes
from studio.data.images.preprocess import describe
from studio.events import Preview
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.session.plan import layer_sizes
from studio.session.state import AppState
from studio.spec import AugmentSpec, BackboneSpec, UserError, ValueRange
from studio.spec.structs import replace
from studio.ui.page import Page
from studio.ui.stations.preprocess.augment_card import AugmentCard
from studio.ui.stations.preprocess.crop_card import CropCard
from studio.ui.stations.preprocess.picture_card import PictureCard
from studio.ui.stations.preprocess.range_card import RangeCard
from studio.ui.stations.preprocess.steps_card import StepsCard
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.commit_on_shortcut import CommitOnShortcut
from studio.ui.widgets.splitter import Fitted, Panels, scrolled

SMALLEST, LARGEST, STEP = 32, 1024, 32
DEBOUNCE_MS = 400


class PreprocessPage(Page):
    """The Preprocess page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._preview: Preview | None = None
        self._backbone: BackboneSpec | None = None
        self._edge: str | None = None
        self._steps = StepsCard(self)
        self._size_card = self._make_size_card()
        self._range = RangeCard(self)
        self._range.range_requested.connect(self._send_range)
        self._crop = CropCard(self)
        self._crop.backbone_requested.connect(self._send_backbone)
        self._pictures = PictureCard(self)
        self._pictures.step_requested.connect(self._step)
        self._changes = AugmentCard(self)
        self._changes.augment_requested.connect(self._send_changes)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(DEBOUNCE_MS)
        self._later.timeout.connect(self._send_size)
        self._lay_out()
        pictures = self._pictures
        for keys, slot in (("Alt+Left", pictures.ask_for_previous), ("Alt+Right", pictures.ask_for_next)):
            QShortcut(QKeySequence(keys), self, slot, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def show_state(self, state: AppState) -> None:
        """Draw the state, redrawing only what changed."""
        self._state = state
        edge = layer_sizes.edge_now(state)
        if (state.spec.backbone, edge) != (self._backbone, self._edge):
            self._backbone, self._edge = state.spec.backbone, edge
            self._render_steps(state.spec.backbone)
        self._crop.show_state(state)
        deep = state.dataset.deep if state.dataset is not None else None
        self._range.show_range(deep, state.spec.dataset.value_range)
        fault = state.faults.get("preprocess")
        self._pictures.show_fault(fault)
        if state.preview is not None and state.preview is not self._preview:
            self._show_photo(state.preview)
        elif state.preview is None and (fault is not None or state.dataset is None):
            self._show_photo(None)
        self._changes.show_state(state)
        many = state.dataset is not None and len(state.dataset.photos) > 1
        alone = tr("There is no other photo.") if state.dataset is not None else tr("Open an image folder first.")
        self._pictures.allow_steps("" if many else alone)

    def shut_down(self) -> None:
        """Discard a pending change of the size."""
        self._later.stop()

    # ------------------------------------------------------------------------------------------------ building

    def _make_size_card(self) -> Card:
        card = Card(tr("Image size"), self)
        self._size = QSpinBox(card)
        self._size.setRange(SMALLEST, LARGEST)
        self._size.setSingleStep(STEP)
        self._size.setSuffix(tr(" pixels"))
        self._size.setKeyboardTracking(False)
        self._size.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._size.setAccessibleName(tr("Side of the network's input in pixels"))
        self._size.setToolTip(tr("Side of the network's square input. A larger one shows more detail and takes longer"))
        self._size.valueChanged.connect(self._size_moved)
        self._size.editingFinished.connect(self._send_now)
        CommitOnShortcut(self._size, self._take_typed)
        self._own = QPushButton(tr("Use the weights' own"), card)
        self._own.setProperty("role", "link")
        self._own.setToolTip(tr("Go back to the size the weights were trained with"))
        self._own.clicked.connect(self._use_own)
        self._about_size = QLabel(card)
        self._about_size.setWordWrap(True)
        theme.set_color_role(self._about_size, "muted")
        card.body.addWidget(self._size)
        card.body.addWidget(self._about_size)
        card.body.addWidget(self._own, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _lay_out(self) -> None:
        cards = QWidget(self)
        column = QVBoxLayout(cards)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for card in (self._crop, self._size_card, self._range, self._steps):
            column.addWidget(card)
        column.addStretch(1)
        left = scrolled(cards)
        left.setMinimumWidth(theme.enlarged(280))
        right = QWidget(self)
        pair = QVBoxLayout(right)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(12)
        # Takes the height that is left.
        self._pictures.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        pair.addWidget(self._pictures, 1)
        pair.addWidget(Fitted(self._changes, right))
        row = Row(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Panels(Qt.Orientation.Horizontal, (left, right), (340, 900), (0, 1), "preprocess", self))

    # ------------------------------------------------------------------------------------------------ drawing

    def _allow_size(self, why: str) -> None:
        for control in (self._size, self._own):
            allow(control, why)

    def _render_steps(self, backbone: BackboneSpec) -> None:
        try:
            info, steps = catalog.find(backbone.name), catalog.preprocess_for(backbone)
        except UserError as fault:
            self._steps.show_steps("", (translated(fault.title),), None)
            self._allow_size(fault.title)
            return
        self._steps.show_steps(typography.backbone(backbone.name), tuple(map(translated, describe(steps))), steps)
        own = info.preprocess.size[0]
        takes_other = image_sizes.takes_other(info)
        self._allow_size(
            "" if takes_other else tr("{name} accepts no other size.").format(name=typography.backbone(backbone.name))
        )
        self._size.blockSignals(True)
        self._size.setValue(steps.size[0])
        self._size.blockSignals(False)
        self._own.setVisible(steps.size[0] != own)
        self._about_size.setText(
            tr("This network accepts only {own} × {own_2}.").format(own=own, own_2=own)
            if not takes_other
            else tr("The size that this network was trained at is not known; {own} × {own_2} is usual.").format(
                own=own, own_2=own
            )
            if info.source == catalog.OWN
            else translated(image_sizes.sentence(info, steps.size[0], self._edge))
        )
        if info.source == catalog.OWN and takes_other and self._edge:
            self._about_size.setText(f"{self._about_size.text()} {self._edge}")

    def _show_photo(self, shown: Preview | None) -> None:
        self._preview = shown
        self._pictures.show_photo(shown, self._title(shown) if shown is not None else "")

    def _title(self, shown: Preview) -> str:
        data = self._state.dataset
        name = Path(shown.path).name
        place = self._place()
        if data is None or place < 0:
            return name
        photo = data.photos[place]
        number, total = numbers.exact(place + 1), numbers.exact(len(data.photos))
        return f"{name} · {data.classes[photo.label]} · {tr('{number} of {total}').format(number=number, total=total)}"

    # ------------------------------------------------------------------------------------------------ the user acts

    def _place(self) -> int:
        """Index in the data set of the photo shown; -1 where the data set does not have it."""
        data, shown = self._state.dataset, self._preview
        return data.index_of_file(shown.path) if data is not None and shown is not None else -1

    def _step(self, by: int) -> None:
        data = self._state.dataset
        if data is not None and data.photos:
            self.preview_requested.emit(data.file((max(self._place(), 0) + by) % len(data.photos)))

    def _size_moved(self) -> None:
        self._later.start()

    def _take_typed(self) -> None:
        self._size.interpretText()
        self._send_now()

    def _send_now(self) -> None:
        """Send a pending size at once: the field lost focus, or a run is about to start."""
        if self._later.isActive():
            self._later.stop()
            self._send_size()

    def _use_own(self) -> None:
        self._send(None)

    def _send_size(self) -> None:
        own = catalog.find(self._state.spec.backbone.name).preprocess.size[0]
        self._send(None if self._size.value() == own else self._size.value())

    def _send_changes(self, augment: AugmentSpec) -> None:
        self.spec_changed.emit(replace(self._state.spec, augment=augment))

    def _send_range(self, chosen: ValueRange | None) -> None:
        dataset = replace(self._state.spec.dataset, value_range=chosen)
        self.spec_changed.emit(replace(self._state.spec, dataset=dataset))

    def _send(self, size: int | None) -> None:
        self._send_backbone(replace(self._state.spec.backbone, image_size=size))

    def _send_backbone(self, backbone: BackboneSpec) -> None:
        if backbone != self._state.spec.backbone:
            self.spec_changed.emit(replace(self._state.spec, backbone=backbone))
