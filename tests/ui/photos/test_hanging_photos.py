"""Photos on a server that no longer answers: the window names the photo it waits for, and can be closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from studio.events import Progress, Stage, Waiting
from studio.session.jobs import job_words
from studio.session.state import JobState
from studio.ui.photos import photo_viewer
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.photos.thumbnail_requests import THREADS
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.start_page import StartPage

Hang = Callable[[Path], None]


def test_the_status_line_names_the_file():
    stage, far = Stage("extract", "Computing features"), Progress("extract", 120, 397)
    job = JobState("train", stage, far, waiting=Waiting("/far/away/ants/a\nb.jpg", 12.3))
    line = "Computing features · still reading a\\nb.jpg (12\u202fs)"
    assert job_words.progress_line(job) == line
    assert job_words.progress_line(JobState("train", stage, far, True, job.waiting)) == "Stopping…"


def test_thumbnails_that_hang_do_not_prevent_closing_the_window(qtbot, photos: Path, hang: Hang):
    names = sorted((photos / "cold").iterdir())
    pictures = Thumbnails()
    with qtbot.waitSignal(pictures.arrived):
        assert pictures.get(str(names[0]), 32) is None
    for photo in names[1:4]:
        hang(photo)
        pictures.get(str(photo), 32)
    qtbot.waitUntil(lambda: sum(one.name == "thumbnails" for one in threading.enumerate()) == THREADS)
    pictures.shut_down()  # would never return if it waited for the pictures
    pictures.shut_down()


def test_a_recent_folder_on_a_dead_server_does_not_block_the_start_page(qtbot, photos, dead_server: Hang):
    dead_server(photos)
    page = StartPage([str(photos), str(photos.parent)])  # would never return if it waited for the server
    qtbot.addWidget(page)


def test_a_large_photo_that_hangs_is_given_up(qtbot, photos: Path, hang: Hang, monkeypatch):
    monkeypatch.setattr(photo_viewer, "PATIENCE", 0.3)
    paths = [photos / "cold" / f"{number:02}.jpg" for number in range(2)]
    hang(paths[0])
    viewer = PhotoViewer(2, lambda number: ViewedPhoto(str(paths[number]), "cold", (("cold", 1.0),)), 0)
    qtbot.addWidget(viewer)
    assert viewer.details.verdict.text() == "The photo cannot be read: its disk or server does not answer"
    viewer.step(1)
    assert viewer.details.verdict.text() == "cold, correct"


def test_a_photo_that_hangs_at_its_full_size_is_not_waited_for_by_a_closed_viewer(qtbot, photos: Path, hang: Hang):
    photo = photos / "cold" / "00.jpg"
    viewer = PhotoViewer(1, lambda _: ViewedPhoto(str(photo), "cold", (("cold", 1.0),)), 0)
    qtbot.addWidget(viewer)
    hang(photo)
    viewer.picture.zoomed.emit(2.0)
    assert viewer._poll.isActive()
    viewer.reject()
    assert not viewer._poll.isActive()
