"""Card with the photo on disk, the crop drawn on it, and what the network sees of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.data.images.framing import crop_box
from studio.events import Failed, Preview
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.plan import crop_words
from studio.ui.photos.image_view import Picture
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice

ON_DISK = tr("On disk")


class PictureCard(Card):
    """Two pictures side by side, and buttons for the previous and the next photo.

    Signals:
        step_requested: Show the previous (-1) or the next photo (1).
    """

    step_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Photo"), parent)
        self._shown: Preview | None = None
        self.before = self._button(tr("Previous photo"), tr("Previous photo (Alt+Left)"))
        self.before.clicked.connect(self.ask_for_previous)
        self.after = self._button(tr("Next photo"), tr("Next photo (Alt+Right)"))
        self.after.clicked.connect(self.ask_for_next)
        self.normalized = QCheckBox(tr("Show normalized values"), self)
        self.normalized.setToolTip(
            tr("Show the normalized values the network gets: black is the lowest, white the highest")
        )
        self.normalized.toggled.connect(self._render)
        for control in (self.normalized, self.before, self.after):
            self.header.addWidget(control)
        self.notice = Notice(self)
        self.disk, self.seen = Picture(self), Picture(self)
        pair = QHBoxLayout()
        pair.setSpacing(16)
        self._disk_heading = QLabel(ON_DISK, self)
        for heading, picture in (
            (self._disk_heading, self.disk),
            (QLabel(tr("As the network sees it"), self), self.seen),
        ):
            picture.setAccessibleName(heading.text())
            heading.setFont(theme.scaled(1.0, bold=True))
            heading.setWordWrap(True)
            column = QVBoxLayout()
            column.setSpacing(8)
            column.addWidget(heading)
            column.addWidget(picture, 1)
            pair.addLayout(column, 1)
        self.body.addWidget(self.notice)
        self.body.addLayout(pair, 1)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def event(self, event: QEvent) -> bool:
        """Update the least height (heading, smallest pictures, captions) after a change of the font or the notice."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.setMinimumHeight(self.minimumSizeHint().height())
        return super().event(event)

    def hasHeightForWidth(self) -> bool:
        """False: the pictures fit any height."""
        return False

    def ask_for_previous(self) -> None:
        """Ask for the previous photo."""
        self.step_requested.emit(-1)

    def ask_for_next(self) -> None:
        """Ask for the next photo."""
        self.step_requested.emit(1)

    def show_photo(self, shown: Preview | None, title: str) -> None:
        """Show a photo; None shows nothing."""
        self._shown = shown
        self.set_title(title if shown is not None else tr("Photo"))
        self._render()

    def show_fault(self, fault: Failed | None) -> None:
        """Show why a photo cannot be shown; None removes the message."""
        if fault is not None:
            self.notice.show_fault(fault)
        else:
            self.notice.clear()

    def allow_steps(self, why: str) -> None:
        """Enable the buttons, or disable them with a reason."""
        for button in (self.before, self.after):
            allow(button, why)

    def _button(self, name: str, tip: str) -> QPushButton:
        button = QPushButton(self)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        return button

    def _apply_theme(self) -> None:
        self.before.setIcon(theme.icon("chevron-left", theme.current().text))
        self.after.setIcon(theme.icon("chevron-right", theme.current().text))

    def _render(self) -> None:
        shown = self._shown
        if shown is None:
            self.disk.show_pixels(None)
            self.seen.show_pixels(None)
            return
        width, height = shown.disk_size
        lost, gained = crop_words.of_photo(shown.disk_size, shown.spec)
        caption = tr("{width} × {height} pixels · {lost}").format(
            width=numbers.exact(width), height=numbers.exact(height), lost=lost
        )
        self.disk.show_pixels(shown.on_disk, caption, crop_box(shown.disk_size, shown.spec))
        self._disk_heading.setText(f"{ON_DISK} · {shown.values}" if shown.values else ON_DISK)
        high, wide = shown.framed.shape[:2]
        if self.normalized.isChecked():
            low, top = (f"{number:.2f}".replace("-", "−") for number in (shown.lowest, shown.highest))
            caption = tr("3 × {high} × {wide} numbers from {low} (black) to {top} (white)").format(
                high=high, wide=wide, low=low, top=top
            )
            self.seen.show_pixels(shown.network_input, caption, crisp=True)
        else:
            more = f" · {gained}" if gained else ""
            self.seen.show_pixels(
                shown.framed,
                tr("{wide} × {high} pixels, before normalization{more}").format(wide=wide, high=high, more=more),
            )
