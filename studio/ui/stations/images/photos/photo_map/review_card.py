"""Likely label errors of the map, one by one: the photo, the nearest ones, and what to do with its label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent, QPixmap, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from studio.events import Dataset, PhotosMapped
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.photos import label_choices, map_review, photo_choices
from studio.session.photos.map_review import LabelReview
from studio.spec.journal import JournalRequest
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

PICTURE, NEAR = 104, 44
"""Sides of the picture and of those of the nearest photos, in pixels."""

Picture = Callable[[str], QPixmap | None]


class ReviewCard(QWidget):
    """A label to decide on; the next one follows a decision. Keys work while the focus is inside.

    Signals:
        requested: A `JournalRequest`.
        marked: Relative path of the photo that is shown now, to be found on the map.
        opened: Relative path of a photo to enlarge.
    """

    requested = Signal(object)
    marked = Signal(str)
    opened = Signal(str)

    def __init__(self, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture_of = picture
        self._result: PhotosMapped | None = None
        self._dataset: Dataset | None = None
        self._place, self._near_hidden = 0, False
        self.review: LabelReview | None = None
        self.title = ElidedLabel(self, sentence=True)
        self.title.setObjectName("card_title")
        self.picture = Thumbnail(PICTURE, self)
        self.near = [Thumbnail(NEAR, self) for _ in range(map_review.SHOWN)]
        self.label, self.facts = ElidedLabel(self, sentence=True), ElidedLabel(self)
        self.words = WrappedLabel(self)
        theme.set_color_role(self.facts, "muted")
        theme.set_color_role(self.words, "caution")
        self.back = self._small("‹", tr("Previous likely label error"), -1)
        self.next = self._small("›", tr("Next likely label error"), 1)
        self.relabel = self._button(tr("Relabel"), "R", self._relabel)
        self.keep = self._button(tr("Keep"), "K", self._keep)
        self.exclude = self._button(tr("Exclude"), "X", self._exclude)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Likely label errors"))
        for keys, step in (("Left", -1), ("Right", 1)):
            shortcut = QShortcut(QKeySequence(keys), self, lambda step=step: self._step(step))
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for one in (self.picture, *self.near):
            one.clicked.connect(self._open)
        self._lay_out()

    def show_map(self, result: PhotosMapped, dataset: Dataset, why: str) -> bool:
        """Show the open label errors of a map; False where there are none.

        Args:
            result: The map.
            dataset: The data set.
            why: The reason why no choice is possible; "" where one is.
        """
        for button in (self.relabel, self.keep, self.exclude):
            allow(button, why, button.property("tip"))
        if result is not self._result or dataset is not self._dataset:
            same_suspects = self._result is not None and self._result.suspects is result.suspects
            self._result, self._dataset = result, dataset
            self._place = self._place if same_suspects else 0
            self._render()
        return self.review is not None

    def show_near(self, shown: bool) -> None:
        """Show or hide the nearest photos."""
        if shown == self._near_hidden:
            self._near_hidden = not shown
            self._show_near()

    def _show_near(self) -> None:
        for number, one in enumerate(self.near):
            one.setVisible(self.review is not None and number < len(self.review.near) and not self._near_hidden)

    def redraw(self) -> None:
        """Show thumbnails that have arrived."""
        if self.review is not None:
            paths = (self.review.path, *self.review.near)
            for one, path in zip((self.picture, *self.near), paths, strict=False):
                one.show_photo(path, self._picture_of(path))

    def _render(self) -> None:
        assert self._result is not None
        assert self._dataset is not None
        some = map_review.open_suspects(self._result, self._dataset)
        self._place = max(0, min(self._place, len(some) - 1))
        self.review = map_review.review(self._result, self._dataset, some[self._place]) if some else None
        if self.review is None:
            return
        self.title.show_text(
            tr("Likely label errors · {value} of {some}").format(value=self._place + 1, some=numbers.exact(len(some)))
        )
        self.label.show_text(self.review.title)
        self.facts.show_text(self.review.facts)
        self.words.show_text(typography.breakable(self.review.words))
        self.setAccessibleDescription(f"{self.review.title}. {self.review.facts}. {self.review.words}")
        self.relabel.setToolTip(tr("Let the photo count as {suggested} (R)").format(suggested=self.review.suggested))
        self._show_near()
        for button in (self.back, self.next):
            allow(button, "" if len(some) > 1 else tr("There is only this one."), button.accessibleName())
        self.redraw()

    def _step(self, by: int) -> None:
        if self._result is None or self._dataset is None or self.review is None:
            return
        number = len(map_review.open_suspects(self._result, self._dataset))
        self._place = (self._place + by) % max(1, number)
        self._render()
        self.marked.emit(self.review.path)

    def _relabel(self) -> None:
        if self.review is not None:
            self.requested.emit(photo_choices.relabel((self.review.path,), self.review.suggested))

    def _keep(self) -> None:
        if self.review is not None:
            self.requested.emit(label_choices.accept((self.review.path,)))

    def _exclude(self) -> None:
        if self.review is not None:
            request: JournalRequest = photo_choices.exclude((self.review.path,))
            self.requested.emit(request)

    def _open(self, path: str) -> None:
        self.opened.emit(path)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.back)
        head.addWidget(self.next)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        for label in (self.label, self.facts, self.words):
            texts.addWidget(label)
        texts.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.picture)
        middle.addLayout(texts, 1)
        row, buttons = QHBoxLayout(), QHBoxLayout()
        widgets: list[tuple[QHBoxLayout, Sequence[QWidget]]] = [
            (row, self.near),
            (buttons, (self.relabel, self.keep, self.exclude)),
        ]
        for layout, parts in widgets:
            layout.setSpacing(6)
            for part in parts:
                layout.addWidget(part)
            layout.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for layout in (head, middle, row, buttons):
            column.addLayout(layout)

    def _small(self, text: str, name: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(name)
        button.clicked.connect(lambda: self._step(step))
        return button

    def _button(self, text: str, key: str, slot: Callable[[], None]) -> QPushButton:
        tips = {
            "Relabel": tr("Let the photo count as the class of its neighbors"),
            "Keep": tr("The label is right: it is no longer listed"),
            "Exclude": tr("Leave the photo out; its file stays"),
        }
        button = QPushButton(text, self)
        button.setProperty("tip", f"{tips[text]} ({key})")
        button.setToolTip(f"{tips[text]} ({key})")
        button.clicked.connect(slot)
        shortcut = QShortcut(QKeySequence(key), self, button.click)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return button


class Thumbnail(QLabel):
    """A square picture that opens with a click.

    Signals:
        clicked: Path of the photo.
    """

    clicked = Signal(str)

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self._drawn: tuple[object, ...] = ()
        self.setFixedSize(QSize(side, side))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_photo(self, path: str, pixmap: QPixmap | None) -> None:
        """Show a photo, or a placeholder until it is decoded."""
        drawn = (path, pixmap.cacheKey() if pixmap is not None else None)
        if drawn == self._drawn:
            return
        self._path, self._drawn = path, drawn
        self.setToolTip(path.rpartition("/")[2])
        if pixmap is None or pixmap.isNull():
            self.setText("…" if pixmap is None else "?")
            return
        ratio, smooth = self.devicePixelRatioF(), Qt.TransformationMode.SmoothTransformation
        scaled = pixmap.scaled(self.size() * ratio, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        scaled.setDevicePixelRatio(ratio)
        self.setPixmap(scaled)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the photo."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit(self._path)
