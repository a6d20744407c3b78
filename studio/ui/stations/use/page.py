"""The Use page: the answers of a run for photos that are not in its data set.

At the left the photos: dropped on the window, pasted or chosen, and the list with the answer for each. In the middle
the photo shown: its answer and the evidence for it; or what a camera sees.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.events import GivenPhoto
from studio.formatting.language import tr
from studio.session.selectors import ranges_of_run
from studio.session.settings import Settings
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.page import Page
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.use import intake
from studio.ui.stations.use.doubt_card import DoubtCard
from studio.ui.stations.use.drop_card import DropCard
from studio.ui.stations.use.evidence import enlarged
from studio.ui.stations.use.evidence.photo_view import PhotoView
from studio.ui.stations.use.exports.export_card import TITLE, ExportCard
from studio.ui.stations.use.intake import ImageSaver
from studio.ui.stations.use.label_next_dialog import LabelNextDialog
from studio.ui.stations.use.photo_bar import PhotoBar
from studio.ui.stations.use.photo_list import PhotoListCard
from studio.ui.widgets.splitter import Panels

WIDE = 1400
"""Width from which on the exports are beside the photo."""


class UsePage(Page):
    """The Use page.

    Signals:
        photos_given: Paths of photos and folders to predict.
        photos_removed: Paths of photos to take off the list.
        removal_undone: Bring back the photos that were taken off last.
        photo_shown: Path of the photo of the list that is shown.
        stop_requested: Stop predicting.
        again_requested: Predict all photos of the list again.
        rest_requested: Predict the photos that were left when it was stopped.
        table_wanted: File to write the answers to.
        sort_wanted: Folder to sort the photos into, and True for links instead of copies.
        labels_wanted: Choose this number of photos to label next.
        camera_wanted: Watch the camera of this number.
        labels_stopped: Stop choosing photos to label.
        camera_closed: Free the camera.
    """

    photos_given = Signal(object)
    photos_removed = Signal(object)
    removal_undone = Signal()
    photo_shown = Signal(str)
    stop_requested = Signal()
    again_requested = Signal()
    rest_requested = Signal()
    table_wanted = Signal(str)
    sort_wanted = Signal(str, bool)
    labels_wanted = Signal(int)
    camera_wanted = Signal(int)
    labels_stopped = Signal()
    camera_closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self.drop = DropCard(self)
        self.drop.given.connect(self.close_camera)
        self.drop.given.connect(self.photos_given)
        self.drop.camera_requested.connect(self.open_camera)
        self._watches = False
        self.photos = PhotoListCard(self)
        self.photos.chosen.connect(self.close_camera)
        self.photos.chosen.connect(self.photo_shown)
        self.photos.removed.connect(self.photos_removed)
        self.photos.undone.connect(self.removal_undone)
        self.photos.label_requested.connect(self.show_label_next)
        self.photos.opened.connect(self.open_photo)
        self.photos.stop_requested.connect(self.stop_requested)
        self.photos.again_requested.connect(self.again_requested)
        self.photos.rest.requested.connect(self.rest_requested)
        self.photos.table_requested.connect(self.table_wanted)
        self.photos.sort_requested.connect(self.sort_wanted)
        self.photos.undo_sorting_requested.connect(lambda folder: self.job_requested.emit("unsort", (folder,)))
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.drop)
        column.addWidget(self.photos, 1)
        self.doubt = DoubtCard(self)
        self.doubt.change_requested.connect(lambda: self.station_requested.emit("evaluate"))
        column.addWidget(self.doubt)
        self.exports = ExportCard(self)
        self.exports.head_requested.connect(self.export_requested)
        self._shown = self._middle()
        self._shown.job_requested.connect(self.job_requested)
        self.bar = self._bar()
        right = QWidget(self)
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(8)
        beside.addWidget(self.bar)
        both = (self._shown, self.exports)
        self.beside = Panels(Qt.Orientation.Horizontal, both, (760, 340), (1, 0), "use_exports", right)
        beside.addWidget(self.beside, 1)
        self.columns = Panels(Qt.Orientation.Horizontal, (left, right), (280, 900), (0, 1), "use_columns", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.columns)
        self._fit()

    def show_state(self, state: AppState) -> None:
        """Draw the state, but only while the page is visible."""
        self._state = state
        if (dialog := self.findChild(LabelNextDialog)) is not None:
            dialog.show_state(state)
        if not self.isVisible():
            return
        self.run.show_state(state)
        self.drop.show_state(state)
        self.doubt.show_state(state)
        self.exports.show_state(state)
        self.photos.view.set_ranges(ranges_of_run(state))
        self.photos.show_state(state)
        photo = self._photo()
        is_shown = self._shown.show_photo(photo, state, self._watches)
        self._show_place(photo if is_shown else None)

    def show_label_next(self) -> None:
        """Show the dialog that chooses photos to label, and start choosing."""
        if words.cannot_choose(self._state) or self.findChild(LabelNextDialog) is not None:
            return
        dialog = LabelNextDialog(ranges_of_run(self._state), self)
        dialog.requested.connect(self.labels_wanted)
        dialog.stop_requested.connect(self.labels_stopped)
        dialog.show()
        self.labels_wanted.emit(dialog.number.value())
        dialog.show_state(self._state)

    def open_camera(self) -> None:
        """Show what the camera sees."""
        if not words.obstacle(self._state):
            self._watches = True
            self.drop.say("")
            self.parts.setCurrentIndex(0)
            self.camera.start()
            self.show_state(self._state)
            self.camera.stop.setFocus()

    def close_camera(self) -> None:
        """Free the camera and show the photos again."""
        if self._watches:
            self._watches = False
            self.camera_closed.emit()
            self.show_state(self._state)
            self.drop.camera.setFocus()

    def _take_picture(self, image: QImage) -> None:
        """Put a picture of the camera on the list; it is shown once the camera is closed."""
        self._save(image, "camera")

    def _save(self, image: QImage, name: str) -> None:
        saver = ImageSaver(image, self, name)
        saver.saved.connect(lambda path: self.photos_given.emit((path,)))
        saver.failed.connect(self.drop.say)

    def show_exports(self) -> None:
        """Show the exports."""
        self.parts.setCurrentIndex(1)
        self.exports.go.setFocus()

    def take(self, data: QMimeData) -> None:
        """Take dropped or pasted photos: files, folders, paths as text, or the image itself."""
        why = words.obstacle(self._state)
        found = intake.pasted(data)
        if why:
            self.drop.refuse(why)
        elif found:
            self.drop.say("")
            self.close_camera()
            self.photos_given.emit(found)
        elif data.hasImage():
            self._save(QImage(data.imageData()), "pasted")
        else:
            self.drop.say(tr("What was pasted is neither a photo nor the path of one."))

    def paste(self) -> None:
        """Take what the clipboard has."""
        self.take(QGuiApplication.clipboard().mimeData() or QMimeData())  # None where it is empty

    def open_photo(self, path: str) -> None:
        """Show a photo of the list enlarged, with the others to step through."""
        paths = self.photos.paths()
        if path in paths and self.findChild(PhotoViewer) is None:
            viewer = enlarged.open_photo(self, self._state.given.rows, paths, path, ranges_of_run(self._state))
            viewer.photo_shown.connect(self.photo_shown)

    def shut_down(self) -> None:
        """End the threads that decode photos, and the timers."""
        if (dialog := self.findChild(LabelNextDialog)) is not None:
            dialog.close()
        self.photos.shut_down()
        self._shown.shut_down()

    def drag_entered(self, event: QDragEnterEvent) -> None:
        """Accept dragged photos, folders and images, anywhere on the window."""
        if intake.can_take(event.mimeData()):
            intake.accept(event)
            self.drop.area.show_over(True)

    def drag_left(self, event: QDragLeaveEvent | None = None) -> None:  # noqa: ARG002
        """Unmark the card on which photos are dropped."""
        self.drop.area.show_over(False)

    def dropped(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        self.drag_left()
        intake.accept(event)
        self.take(event.mimeData())

    # ------------------------------------------------------------------------------------------ parts

    def restore_layout(self, settings: Settings) -> None:
        """Write exports to the folder that was chosen last."""
        if settings.export_folder:
            self.exports.take_folder(settings.export_folder)

    def save_layout(self, settings: Settings) -> None:
        """Remember the folder of the exports."""
        settings.export_folder = self.exports.folder_now

    def _bar(self) -> PhotoBar:
        bar = PhotoBar(TITLE, self)
        self.name, self.place, self.parts = bar.name, bar.place, bar.parts
        self.previous, self.next, self.run = bar.previous, bar.next, bar.run
        bar.step_requested.connect(self._step)
        bar.run.run_requested.connect(self.run_requested)
        bar.run.weights_requested.connect(self.weights_requested)
        bar.parts.currentChanged.connect(self._fit)
        return bar

    def _middle(self) -> PhotoView:
        view = PhotoView(self)
        self.nothing, self.stack, self.camera = view.nothing, view.stack, view.camera
        self.answer, self.flow, self.heat, self.distance = view.answer, view.flow, view.heat, view.distance
        self.evidence, self.cards = view.evidence, view.cards
        view.camera.camera_requested.connect(self.camera_wanted)
        view.camera.closed.connect(self.close_camera)
        view.camera.taken.connect(self._take_picture)
        return view

    # ------------------------------------------------------------------------------------------ the photo shown

    def _photo(self) -> GivenPhoto | None:
        rows = self._state.given.rows
        place = rows.place(self._state.given.chosen)
        return rows[place] if place >= 0 else None

    def _show_place(self, photo: GivenPhoto | None) -> None:
        row = self.photos.model.row_of(photo.path) if photo is not None else -1
        self.bar.show_photo(photo, row, len(self._state.given.rows))

    def _step(self, by: int) -> None:
        model = self.photos.model
        row = model.row_of(self._state.given.chosen)
        if row >= 0 and model.rowCount():
            self.photo_shown.emit(model.photo((row + by) % model.rowCount()).path)

    def _fit(self) -> None:
        """Show photo and exports side by side, or in a narrow window the one that is chosen."""
        is_wide = self.width() >= WIDE
        self.parts.setVisible(not is_wide)
        self._shown.setVisible(is_wide or self.parts.currentIndex() == 0)
        self.exports.setVisible(is_wide or self.parts.currentIndex() == 1)
        self.bar.show_place(is_wide or self.parts.currentIndex() == 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the parts into another width."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what arrived while another page was shown."""
        super().showEvent(event)
        self.show_state(self._state)
