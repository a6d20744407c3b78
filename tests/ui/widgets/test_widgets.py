"""The shared widgets: texts, grid, notice, progress, theme; and the check whether a window can be opened."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from studio.events import Failed, Progress, Stage
from studio.formatting import numbers
from studio.session import ribbon
from studio.session.jobs import job_words
from studio.session.state import JobState
from studio.spec import FreezePlan
from studio.spec.settings import Limits
from studio.system import display
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem
from studio.ui.theme import theme
from studio.ui.theme.palette import DARK, LIGHT
from studio.ui.widgets.fields.number_field import NumberField
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.progress_line import ProgressLine

N = numbers.NARROW


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (numbers.count(4_700_000), f"4.7{N}M"),
        (numbers.count(999_950), f"1.0{N}M"),
        (numbers.count(25_600_000), f"26{N}M"),
        (numbers.count(928), "928"),
        (numbers.exact(2562), "2,562"),
        (numbers.percent(0.948), f"94.8{N}%"),
        (numbers.seconds(0.02), f"0.02{N}s"),
        (numbers.seconds(4), f"4{N}s"),
        (numbers.seconds(59.7), f"1{N}min"),
        (numbers.seconds(125), f"2{N}min 5{N}s"),
        (numbers.seconds(7199), f"2{N}h"),
        (numbers.shape((112, 14, 14)), "112 × 14 × 14"),
        (numbers.shape(()), "–"),
        (numbers.megabytes(400_000), f"0.4{N}MB"),
        (numbers.megabytes(1_200_000_000), f"1.2{N}GB"),
        (numbers.many(1, "class", "classes"), "1 class"),
    ],
)
def test_numbers_in_words(said, meant):
    assert said == meant


def test_the_progress_of_a_job_in_one_line():
    stage = Stage("extract", "Computing features")
    job = JobState("train", stage, Progress("extract", 120, 397, "photos", 96.0, 2.9))
    assert job_words.progress_line(job) == f"Computing features · 120 of 397 photos · 96 photos/s · 3{N}s left"
    assert job_words.progress_line(JobState("train", stage, None, stopping=True)) == "Stopping…"
    slow = JobState("train", stage, Progress("train", 0.4, 15, "epochs", 0.1, 146.0, "batch 4 of 8"))
    assert job_words.figures_of(slow) == f"epoch 1 of 15 · batch 4 of 8 · 10{N}s/epoch · 2{N}min 26{N}s left"
    first = JobState("train", stage, Progress("train", 0.01, 15, "epochs", 0.0, None, "batch 1 of 80"))
    assert job_words.figures_of(first) == "epoch 1 of 15 · batch 1 of 80"
    quick = JobState("train", stage, Progress("train", 7.5, 15, "epochs", 12.0, 0.6, "batch 4 of 8"))
    assert job_words.figures_of(quick) == f"epoch 8 of 15 · 12 epochs/s · 1{N}s left"
    assert (
        job_words.figures_of(JobState("x", stage, Progress("x", 15, 15, "epochs", 1.5)))
        == "15 of 15 epochs · 1.5 epochs/s"
    )
    assert numbers.rate(0.25, "photos") == f"4{N}s/photo"
    assert job_words.progress_line(JobState("warm_up")) == "Starting…"


def luminance(color: str) -> float:
    parts = [value / 255 for value in QColor(color).getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, success criterion 1.4.3."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("shades", [LIGHT, DARK], ids=["light", "dark"])
def test_text_colors_have_enough_contrast(shades):
    for color in ("text", "muted", "accent", "ice", "warm", "good", "bad", "caution"):
        assert contrast(getattr(shades, color), shades.card) >= 4.5, color
    for surface in ("window", "raised", "accent_soft"):
        assert contrast(shades.muted, getattr(shades, surface)) >= 4.5, surface
    for kind in ("good", "bad", "caution", "accent"):
        assert contrast(shades.text, getattr(shades, f"{kind}_soft")) >= 7, kind
    assert contrast(shades.accent_text, shades.accent) >= 4.5


def test_the_theme_can_be_chosen_and_widgets_are_notified(qapp, qtbot):
    theme.apply(qapp, "dark")
    assert theme.current() is DARK
    notice = Notice()
    qtbot.addWidget(notice)
    notice.show_text("good", "Well")
    dark = notice.styleSheet()
    theme.apply(qapp, "light")
    assert theme.current() is LIGHT
    assert notice.styleSheet() != dark
    theme.apply(qapp)
    assert theme.scheme() == "system"


def test_only_a_failure_with_a_traceback_has_the_details_button(qtbot):
    notice = Notice()
    qtbot.addWidget(notice)
    assert notice.isHidden()
    notice.show_fault(Failed("No.", "Do that.", "Trace"))
    assert not notice._details.isHidden()
    notice.show_fault(Failed("No.", "Do that."))
    assert notice._details.isHidden()
    notice.clear()
    assert notice.isHidden()


def test_a_progress_line_disappears_with_its_job(qtbot):
    line = ProgressLine()
    qtbot.addWidget(line)
    line.show_state(JobState("train", None, Progress("train", 5, 10, "epochs")))
    assert line._bar.value() == 500
    line.show_state(None)
    assert line.isHidden()


def test_of_50_000_photos_only_visible_ones_are_loaded(qtbot):
    grid = PhotoGrid()
    qtbot.addWidget(grid)
    grid.resize(1000, 700)
    grid.show()
    items = [PhotoItem(f"{number}.jpg", f"{number}.jpg", "class · training") for number in range(50_000)]
    grid.show_photos("/nowhere", items)
    grid.scrollToBottom()
    grid.grab()
    grid.shut_down()
    assert len(grid._thumbnails._requests.pending) <= 300


def test_thumbnails_arrive_and_unreadable_files_do_no_harm(qtbot, photos):
    (photos / "cold" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    grid = PhotoGrid()
    qtbot.addWidget(grid)
    grid.resize(1000, 700)
    grid.show()
    names = sorted(path.name for path in (photos / "cold").iterdir())
    grid.show_photos(str(photos / "cold"), [PhotoItem(name, name) for name in names])
    qtbot.waitUntil(lambda: len(grid._thumbnails._pixmaps) == len(names))
    good = [not pixmap.isNull() for pixmap in grid._thumbnails._pixmaps.values()]
    assert good.count(False) == 1
    opened = []
    grid.photo_opened.connect(opened.append)
    grid.choose(str(photos / "cold" / names[3]))
    assert grid.chosen().endswith(names[3])
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert opened == [str(photos / "cold" / names[3])]
    grid.shut_down()


def test_closing_a_grid_waits_for_its_decoder(qtbot, photos, monkeypatch):
    inside, hold = threading.Event(), threading.Event()

    def slow(path, side, ranges):
        inside.set()
        hold.wait()

    monkeypatch.setattr("studio.ui.photos.thumbnails.decode", slow)
    monkeypatch.setattr("studio.ui.photos.thumbnails.GRACE", 300)
    grid = PhotoGrid()
    qtbot.addWidget(grid)
    grid.resize(600, 400)
    grid.show()
    grid.show_photos(str(photos / "cold"), [PhotoItem("00.jpg", "0"), PhotoItem("01.jpg", "1")])
    qtbot.waitUntil(inside.is_set)
    threading.Timer(0.1, hold.set).start()
    grid.shut_down()
    assert hold.is_set()


def test_the_ribbon_shows_which_layers_are_frozen():
    assert ribbon.freezing(FreezePlan("all"), None) == "all frozen"
    assert ribbon.freezing(FreezePlan("none"), None) == "all train"
    assert ribbon.freezing(FreezePlan("all", thaw=("blocks.6",)), None) == "partly frozen"


def test_a_missing_screen_is_reported_in_words():
    message = display.missing_requirement({}, "linux", lambda name: True)
    assert "DISPLAY" in message
    assert "thaw demo --headless" in message


def test_missing_libraries_are_named_with_their_packages():
    missing = {"libxcb-cursor.so.0", "libEGL.so.1"}
    message = display.missing_requirement({"DISPLAY": ":0"}, "linux", lambda name: name not in missing)
    assert "sudo apt install libegl1 libxcb-cursor0" in message
    offscreen = display.missing_requirement({"QT_QPA_PLATFORM": "offscreen"}, "linux", lambda name: "xcb" not in name)
    assert offscreen == ""
    assert display.missing_requirement({}, "darwin", lambda name: False) == ""


def test_a_whole_number_is_read_as_the_window_writes_it(qtbot):
    field = NumberField("Photos", True, Limits(ge=1, le=100_000))
    qtbot.addWidget(field)
    assert field.fault("50,000") == ""
    assert field.fault("5,00") == "Type a whole number, from 1 to 100,000."
    field.line.setText("50,000")
    field.line.setModified(True)
    with qtbot.waitSignal(field.number_changed) as changed:
        field.line.editingFinished.emit()
    assert changed.args == [50_000]
