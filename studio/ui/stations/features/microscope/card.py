"""Activation microscope: what one layer does with one photo.

A little longer than other files, because all parts of a look are drawn in one place.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from studio.events import ClassHeatmap, LayerOutput
from studio.formatting.language import tr
from studio.session.inspection import captions, exhibit, looking, readout
from studio.session.inspection.exhibit import Exhibit, View
from studio.session.inspection.looking import LookChoice
from studio.session.inspection.pins import Pin, alone
from studio.session.inspection.selection import Selection
from studio.session.inspection.table import as_csv
from studio.session.state import AppState
from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.stations.features.microscope.controls import FollowSwitch, LookControls, OverlayControls, TileControls
from studio.ui.stations.features.microscope.layout import add_all, add_row
from studio.ui.stations.features.microscope.pair_view import PairView
from studio.ui.stations.features.microscope.photo_picker import PhotoPicker
from studio.ui.stations.features.microscope.pin_row import PinRow, PinTool
from studio.ui.stations.features.microscope.tile_list import TileList
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

TILES, PINS = 100, 94
"""Height of a row of tiles with its controls, and of the pins."""


class Microscope(Card):
    """The card.

    Signals:
        look_changed: Another photo, view, class or weights were chosen.
        layer_requested: Path of the layer of a pin to show again.
        call_requested: Path of a layer, and which of its calls to look at.

    Attributes:
        caption: Time and weights, or the reason why nothing is shown.
    """

    look_changed = Signal()
    layer_requested = Signal(str)
    call_requested = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._state = AppState()
        self._layer, self._head, self._calls, self._call = "", False, 1, 1
        self._output: LayerOutput | None = None
        self._exhibit: Exhibit | None = None
        self._exhibit_key: tuple[object, ...] = ()
        self._place, self._patch, self._pending = 0, (0, 0), False
        self._chosen: dict[tuple[str, View], int] = {}
        self.picker = PhotoPicker(self)
        self.controls = LookControls(self)
        self.name = QLabel(self)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setFont(theme.scaled(1, bold=True))
        self.rank = ElidedLabel(self)
        theme.set_color_role(self.rank, "muted")
        self.pair = PairView(self)
        self.values = WrappedLabel(self)
        self.values.setAccessibleName(tr("Values at the crosshair"))
        tip = tr(
            "Point to read values; a click holds the crosshair, arrows move it by a cell; the wheel, + and − enlarge"
        )
        self.values.setToolTip(tip)
        self.overlay = OverlayControls(self)
        self.sentence, self.statistics, self.caption = WrappedLabel(self), WrappedLabel(self), WrappedLabel(self)
        for label in (self.statistics, self.caption):
            theme.set_color_role(label, "muted")
        self.follow = FollowSwitch(self)
        self.tile_controls = TileControls(self)
        self.tiles = TileList(self)
        self.pins = PinRow(self)
        self.pin = PinTool(self)
        self.files = PlotFiles(self, tr("Activation"), of_widget(lambda: self, self.table, self.describe))
        self.files.add_context_menu(self.pair)
        self.menu = self.files.button(self)
        self._filler = QWidget(self)
        self.body.setSpacing(6)
        add_row(self.body, (self.picker, self.pin, self.menu), self.picker)
        self.body.addWidget(self.controls)
        add_row(self.body, (self.name, self.rank, self.overlay), self.rank)
        below = (self.pair, self.values, self.sentence, self.statistics, self.tile_controls)
        add_all(self.body, (*below, self.tiles, self.pins), (self.tiles,))
        add_row(self.body, (self.caption, self.follow), self.caption)
        add_all(self.body, (self._filler,), (self._filler,))
        self.pin.clicked.connect(self.pin_shown)
        self.picker.photo_changed.connect(self.look_changed)
        self.controls.changed.connect(self._look_again)
        self.controls.call.call_chosen.connect(lambda call: self.call_requested.emit(self._layer, call))
        self.follow.toggled.connect(self._look_again)
        self.controls.redraw_requested.connect(self._draw)
        self.pair.cell_changed.connect(self._show_values)
        self.pair.cell_held.connect(self._hold_patch)
        self.pair.patch_chosen.connect(self._choose_patch)
        self.overlay.changed.connect(self._draw_picture)
        self.tile_controls.changed.connect(self._draw)
        self.tile_controls.side_changed.connect(self.tiles.set_side)
        self.tiles.chosen.connect(self.choose)
        self.pins.pin_requested.connect(self._show_pin)
        self.pins.changed.connect(self._fit_pair)

    def choice(self) -> LookChoice:
        """The look that the user chose."""
        controls = self.controls
        chosen = controls.chosen_view(), controls.chosen_weights(), controls.chosen_class()
        return LookChoice(*chosen, self.follow.isChecked(), self._call)

    def show_state(self, state: AppState, layer: str, head: bool, calls: tuple[int, int] = (1, 1)) -> None:
        """Draw the look at `layer`, or the reason why there is none.

        Args:
            state: The state.
            layer: Path of the layer; "" for none.
            head: True where the row of the new head is chosen.
            calls: Times that the layer runs in a pass, and which of them to look at.
        """
        if state.spec.dataset.folder != self._state.spec.dataset.folder or (
            state.spec.backbone.network != self._state.spec.backbone.network
        ):
            self.pins.clear()
            self._exhibit = self._output = None  # pictures of another network or folder do not stay until the next
        self._state, self._layer, self._head = state, layer, head
        self._calls, self._call = calls
        self.picker.show_dataset(state.dataset)
        self.controls.show_weights(looking.no_run_reason(state))
        self.follow.show_reason(looking.no_training_reason(state))
        run = state.run
        classes = run.dataset.classes if run is not None and run.dataset is not None else ()
        self.controls.show_classes(classes)
        self._draw()

    def table(self) -> str:
        """The numbers shown as CSV."""
        return as_csv(self._exhibit)

    def describe(self) -> str:
        """The picture in one sentence."""
        if self._exhibit is None:
            return ""
        name = readout.name(self._exhibit, self._place)
        return (
            tr("{name} of {layer} for {photo_name}. {text}")
            .format(
                name=name,
                layer=self._layer,
                photo_name=readout.photo_name(self.picker.path()),
                text=self.sentence.text(),
            )
            .strip()
        )

    # ------------------------------------------------------------------------------------------ drawing

    def _draw(self) -> None:
        """Draw everything that depends on the look."""
        state, photo = self._state, self.picker.path()
        output = state.output
        if output is not None and (output.layer, output.path, output.call) != (self._layer, photo, self._call):
            output = None
        can_explain = bool(looking.heatmap_run(self._state))
        if output is not None or can_explain != ("heatmap" in self.controls._views):
            self.controls.show_views(exhibit.views(output, can_explain))
        if output is not None:
            self.controls.show_tokens(0 if output.tokens is None else len(output.tokens))
        self.controls.show_calls(self._calls, self._call)
        view = self.controls.chosen_view()
        asked = looking.look(state, self._layer, photo, self.choice())
        if asked is None or not looking.is_shown(state, asked):
            output = None  # with the weights before
        shown = self._shown_exhibit(output)
        result = (self._state.heatmap if shown is not None else None) if view == "heatmap" else output
        held = not self.follow.isChecked()
        words = captions.caption(state, self._layer, self._head, photo, view, result, held)
        self._pending = shown is None and self._exhibit is not None and words == captions.COMPUTING
        self.caption.show_text(words)
        allow(self.pin, "" if shown is not None else tr("Nothing is shown yet."))
        if self._pending:  # the former pictures stay until then, so that the window does not flicker at each step
            return
        self._exhibit, self._output = shown, output
        if shown is not None:
            number = self._chosen.get((self._layer, view))
            usual = list(range(len(shown)))
            order = shown.ordered(self.tile_controls.chosen_order()) if view == "channels" else usual
            first = shown.ordered("response")[0] if view == "channels" else 0
            self._place = shown.numbers.index(number) if number in shown.numbers else first
            several = len(shown) > 1
            self.tiles.show_exhibit(shown, order, self.tile_controls.common.isChecked(), self._place)
            self.tile_controls.title.show_text(readout.number_of(shown))
        else:
            several = False
            self.tiles.show_exhibit(None, [], False, 0)
        self.tile_controls.order.setVisible(view == "channels")
        self.tile_controls.setVisible(several)
        self.tiles.setVisible(several)
        self._filler.setVisible(not several)
        self._fit_pair()
        self.pair.show_photo(self._photo())
        self.overlay.show_places(shown is not None and shown.grid)
        about = output if view == "channels" else None
        self.statistics.show_text(readout.change(about) or readout.statistics(about.facts) if about is not None else "")
        self.statistics.setVisible(bool(self.statistics.text()))
        self._draw_picture()

    def _fit_pair(self) -> None:
        """Make the pictures higher where no tiles are shown, and lower where pins are."""
        several = self._exhibit is not None and len(self._exhibit) > 1
        self.pair.set_bonus((0 if several else TILES) - (PINS if self.pins.pins else 0))

    def _draw_picture(self) -> None:
        """Draw the chosen picture, its name and the sentence about it."""
        shown, view = self._exhibit, self.controls.chosen_view()
        self.pair.show_picture(shown, self._place, self.tile_controls.common.isChecked(), self.overlay.value())
        name = readout.name(shown, self._place) if shown is not None else ""
        self.name.setText(tr("Class heatmap") if view == "heatmap" and shown is not None else name)
        self.rank.show_text(readout.rank(shown, self._place) if shown is not None else "")
        words = readout.sentence(self._output, view, self.controls.chosen_weights(), shown, self._heat())
        self.sentence.show_text(words if shown is not None else "")
        for part in (self.name, self.rank, self.pair, self.values, self.overlay, self.sentence):
            part.setVisible(shown is not None)
        self._show_values()

    def _show_values(self) -> None:
        shown = self._exhibit
        words = readout.at(shown, self._place, self.pair.cell, self._photo()) if shown is not None else ""
        self.values.show_text(words)
        self.pair.setAccessibleDescription(words)

    def _heat(self) -> ClassHeatmap | None:
        """The heatmap, where one is looked at."""
        return self._state.heatmap if self.controls.chosen_view() == "heatmap" else None

    def _photo(self) -> NDArray[np.uint8] | None:
        """The photo as the network sees it."""
        heat, output = self._heat(), self._output
        return heat.pixels if heat is not None else output.photo if output is not None else None

    def _shown_exhibit(self, output: LayerOutput | None) -> Exhibit | None:
        """The pictures shown, made again only where something that they depend on has changed."""
        view, weights = self.controls.chosen_view(), self.controls.chosen_weights()
        heat, photo = self._state.heatmap, self.picker.path()
        if view == "heatmap":
            asked = looking.look(self._state, self._layer, photo, self.choice())
            if heat is None or asked is None or not looking.is_shown(self._state, asked):
                return None
            return self._made((view, id(heat)), lambda: exhibit.of_heatmap(heat))
        if output is None:
            return None
        selection = Selection(view, weights, self.controls.extra_token(), self._patch)
        return self._made(selection.key(output), lambda: selection.exhibit(output))

    def _made(self, key: tuple[object, ...], make: Callable[[], Exhibit | None]) -> Exhibit | None:
        if key != self._exhibit_key or self._exhibit is None:
            self._exhibit_key = key
            return make()
        return self._exhibit

    # ------------------------------------------------------------------------------------------ choices

    def choose(self, place: int) -> None:
        """Show a picture of the exhibit large."""
        if self._exhibit is not None and not self._pending and 0 <= place < len(self._exhibit):
            self._place = place
            self._chosen[self._layer, self.controls.chosen_view()] = self._exhibit.numbers[place]
            self.tiles.select(place)
            self._draw_picture()

    def step(self, by: int) -> None:
        """Show the picture before or after the one shown, in the order of the tiles."""
        places = self.tiles.tiles.places
        if self._place in places:
            self.choose(places[(places.index(self._place) + by) % len(places)])

    def pin_shown(self) -> None:
        """Pin the picture shown."""
        if self._exhibit is None or self._pending:
            return
        view, weights = self.controls.chosen_view(), self.controls.chosen_weights()
        heat = self._heat()
        words = self._output.weights if self._output is not None and weights != "start" else ""
        one, call = alone(self._exhibit, self._place), self._output.call if self._output is not None else 1
        name = heat.name if heat is not None else ""
        layer = heat.layer if heat is not None else self._layer
        self.pins.pin(Pin(layer, self.picker.path(), weights, view, one.numbers[0], name, words, one, call))

    def _show_pin(self, pin: Pin) -> None:
        self._chosen[pin.layer, pin.view] = pin.number
        self.controls.show_views(tuple(dict.fromkeys((*self.controls._views, pin.view))))
        self.controls.choose(pin.view, pin.weights, pin.class_name)
        self.picker.choose(pin.photo)
        self.call_requested.emit(pin.layer, pin.call)
        self.layer_requested.emit(pin.layer)
        self.look_changed.emit()

    def _look_again(self) -> None:
        self._draw()
        self.look_changed.emit()

    def _hold_patch(self) -> None:
        if self._exhibit is not None and self._exhibit.grid:
            self._choose_patch(*self.pair.cell)

    def _choose_patch(self, row: int, column: int) -> None:
        self._patch = row, column
        if self.controls.chosen_view() in ("tokens", "attention"):
            self._draw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle , and . (channel), [ and ] (photo), O (overlay), P (pin) and F (follow)."""
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            super().keyPressEvent(event)
            return
        keys = {",": lambda: self.step(-1), ".": lambda: self.step(1), "p": self.pin_shown, "f": self.follow.click}
        keys |= {"[": lambda: self.picker.step(-1), "]": lambda: self.picker.step(1)}
        if self.overlay.switch.isEnabled():
            keys["o"] = self.overlay.switch.toggle
        if (act := keys.get(event.text().lower())) is not None:
            act()
        else:
            super().keyPressEvent(event)
