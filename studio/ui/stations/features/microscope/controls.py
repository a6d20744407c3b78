"""Controls of the activation microscope: what to look at, whose weights, order and size of the tiles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.inspection.exhibit import ORDERS, VIEWS, WEIGHTS, Order, View, Weights
from studio.ui.stations.features.call_choice import CallChoice
from studio.ui.stations.features.microscope.tile_list import SIZES, USUAL
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo

PREDICTED = tr("Predicted class")
CROSSHAIR = tr("Patch")
ROOM = 48
"""Width, in average letters, from which on all names of the controls of tiles are written."""
NO_PLACES = tr("The cells of this output are not positions in the photo.")


class LookControls(QWidget):
    """Controls for the output to look at, and for whose weights.

    Signals:
        changed: A choice of the user that needs another look.
        redraw_requested: A choice of the user that only changes what is drawn.

    Attributes:
        call: Choice among the calls of a layer that runs several times in a pass.
    """

    changed = Signal()
    redraw_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = NarrowCombo(
            tr("What to look at"), 3, tr("Channels of the layer, or what else it can show"), parent=self
        )
        tip = tr("Weights before training, those of the run, or the change between them")
        self.weights = NarrowCombo(tr("Weights"), 5, tip, WEIGHTS.items(), self)
        self.weights.setCurrentIndex(list(WEIGHTS).index("run"))
        tip = tr("The token to look at: a patch of the photo, or one before the patches")
        self.token = NarrowCombo(tr("Token"), 3, tip, parent=self)
        self.classes = NarrowCombo(tr("Class"), 3, tr("The class whose score the heatmap explains"), parent=self)
        self.call = CallChoice(self)
        self._views: tuple[View, ...] = ()
        self._tokens = -1
        self._names: tuple[str, ...] = ("",)
        self.show_views(("channels",))
        self.show_tokens(0)
        self.show_classes(())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self.view, self.call, self.token, self.classes, self.weights):
            row.addWidget(part, 1)
        self.view.activated.connect(self._view_chosen)
        self.weights.activated.connect(self.changed)
        self.classes.activated.connect(self.changed)
        self.token.activated.connect(self.redraw_requested)
        self._arrange()

    def chosen_view(self) -> View:
        """The chosen look."""
        view: View = self.view.currentData()
        return view

    def chosen_weights(self) -> Weights:
        """Whose weights."""
        weights: Weights = self.weights.currentData()
        return weights

    def chosen_class(self) -> str:
        """Name of the class; "" for the predicted one."""
        return str(self.classes.currentData() or "")

    def extra_token(self) -> int | None:
        """Number of the token before the patches; None for the patch at the crosshair."""
        number = self.token.currentData()
        return int(number) if number is not None else None

    def choose(self, view: View, weights: Weights, class_name: str) -> None:
        """Choose without a signal."""
        if view in self._views:
            self.view.setCurrentIndex(self._views.index(view))
        if self.weights.isEnabled():
            self.weights.setCurrentIndex(list(WEIGHTS).index(weights))
        if class_name in self._names:
            self.classes.setCurrentIndex(self._names.index(class_name))
        self._arrange()

    def show_views(self, views: Sequence[View]) -> None:
        """Offer these views; the chosen one stays if it is among them."""
        if tuple(views) == self._views:
            return
        chosen = self.view.currentData()
        self._views = tuple(views)
        self.view.clear()
        for view in views:
            self.view.addItem(VIEWS[view], view)
        self.view.setCurrentIndex(self._views.index(chosen) if chosen in self._views else 0)
        allow(self.view, "" if len(self._views) > 1 else tr("This layer has channels only."))
        if hasattr(self, "_arranged"):
            self._arrange()

    def show_tokens(self, extra: int) -> None:
        """Offer the patch at the crosshair and the tokens before the patches."""
        if extra == self._tokens:
            return
        self._tokens = extra
        self.token.clear()
        self.token.addItem(CROSSHAIR, None)
        for number in range(extra):
            self.token.addItem(
                tr("Class token") if number == 0 else tr("Register {number}").format(number=number), number
            )

    def show_calls(self, calls: int, call: int) -> None:
        """Offer the calls of the layer, with `call` chosen."""
        self.call.show_calls(calls if self.chosen_view() != "heatmap" else 1, call)

    def show_classes(self, classes: Sequence[str]) -> None:
        """Offer the classes of the run."""
        names = ("", *classes)
        if names == self._names and self.classes.count():
            return
        chosen = self.chosen_class()
        self._names = names
        self.classes.clear()
        for name in names:
            self.classes.addItem(typography.one_line(name) if name else PREDICTED, name)
        self.classes.setCurrentIndex(names.index(chosen) if chosen in names else 0)

    def show_weights(self, why: str) -> None:
        """Allow the choice of weights, or say why there is none."""
        if why and self.chosen_weights() != "start":
            self.weights.setCurrentIndex(list(WEIGHTS).index("start"))
        elif not why and not self.weights.isEnabled():
            self.weights.setCurrentIndex(list(WEIGHTS).index("run"))
        allow(self.weights, why)

    def _view_chosen(self) -> None:
        self._arrange()
        self.changed.emit()

    def _arrange(self) -> None:
        """Show the controls that the chosen view has."""
        self._arranged = True
        view = self.view.currentData()
        self.token.setVisible(view in ("tokens", "attention"))
        self.classes.setVisible(view == "heatmap")
        self.weights.setVisible(view != "heatmap")


class FollowSwitch(QCheckBox):
    """Switch between the newest weights of a run that trains and those looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Follow training"), parent)
        self.setChecked(True)
        self.setToolTip(tr("Look again whenever the run has newer weights; off: the weights looked at stay (F)"))

    def show_reason(self, why: str) -> None:
        """Allow the choice, or say why there is nothing to follow; it can always be switched on again."""
        allow(self, why if self.isChecked() else "")


class OverlayControls(QWidget):
    """Switch and opacity of the picture over the photo.

    Signals:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = QCheckBox(tr("Overlay"), self)
        self.switch.setToolTip(tr("Draw the picture over the photo (O)"))
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setRange(5, 100)
        self.opacity.setValue(55)
        self.opacity.setFixedWidth(48)  # room for the rank of the channel beside it
        self.opacity.setAccessibleName(tr("Opacity of the overlay in percent"))
        self.opacity.setToolTip(tr("Opacity of the picture over the photo"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.switch)
        row.addWidget(self.opacity, 1)
        self.switch.toggled.connect(self._toggled)
        self.opacity.valueChanged.connect(self.changed)
        self._toggled()

    def value(self) -> float:
        """Opacity, 0 where the switch is off."""
        return self.opacity.value() / 100 if self.switch.isChecked() and self.switch.isEnabled() else 0.0

    def show_places(self, places: bool) -> None:
        """Allow the overlay where cells are positions in the photo."""
        allow(self.switch, "" if places else NO_PLACES)
        self._allow_opacity()

    def _toggled(self) -> None:
        self._allow_opacity()
        self.changed.emit()

    def _allow_opacity(self) -> None:
        on = self.switch.isChecked() and self.switch.isEnabled()
        allow(self.opacity, "" if on else tr("The overlay is switched off."))


class TileControls(QWidget):
    """Order, color scale and size of the tiles.

    Signals:
        changed: Another order or color scale.
        side_changed: Another side of the tiles.
    """

    changed = Signal()
    side_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(self, sentence=True)
        self.title.setFont(theme.scaled(1, bold=True))
        tip = tr("Strongest: highest mean absolute value. Most varied: largest deviation")
        self.order = NarrowCombo(tr("Order"), 6, tip, ORDERS.items(), self)
        sizes = [(side, f"{side} px") for side in SIZES]
        self.tile_size = NarrowCombo(tr("Size of the pictures"), 3, tr("Size of the pictures"), sizes, self)
        self.tile_size.setCurrentIndex(SIZES.index(USUAL))
        self.common = QCheckBox(tr("One scale"), self)
        self.common.setAccessibleName(tr("One color scale for all pictures"))
        self.common.setToolTip(tr("One color scale for all pictures, instead of one for each"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.title, 2)
        row.addWidget(self.common)
        row.addWidget(self.order, 1)
        row.addWidget(self.tile_size)
        self.order.activated.connect(self.changed)
        self.common.toggled.connect(self.changed)
        self.tile_size.activated.connect(self._size_chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the name of the color scale's box to its tooltip in a narrow card."""
        super().resizeEvent(event)
        room = ROOM * self.fontMetrics().averageCharWidth()
        self.common.setText(tr("One scale") if event.size().width() >= room else "")

    def chosen_order(self) -> Order:
        """Order of the tiles."""
        order: Order = self.order.currentData()
        return order

    def _size_chosen(self) -> None:
        self.side_changed.emit(self.tile_size.currentData())
