"""Long and strange names of classes, photos and runs in the window."""

from __future__ import annotations

import pytest
import states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from studio.formatting import typography
from studio.spec.structs import replace
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem
from studio.ui.stations.evaluate.page import EvaluatePage
from studio.ui.widgets.elided_label import ElidedLabel

HTML = "<b>bold"


@pytest.mark.slow
def test_names_are_never_taken_for_formatted_text(qtbot, make_window):
    assert typography.tip("ants/1.jpg") == "ants/1.jpg"
    assert typography.tip("<b>x\ny & z") == "<span>&lt;b&gt;x<br>y &amp; z</span>"
    data = states.dataset(classes=(HTML, "bees"))
    page = EvaluatePage()
    qtbot.addWidget(page)
    page.show()
    page.show_state(replace(states.state(), dataset=data).showing(states.run(data=data, wrong={0: 0.9})))
    page._choose_cell(0, 0)
    for label in page.findChildren(QLabel):
        if HTML in label.text():
            assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    line = ElidedLabel()
    qtbot.addWidget(line)
    line.show_text("/photos/<b>x")
    assert "<b>" not in line.toolTip()
    grid = PhotoGrid()
    qtbot.addWidget(grid)
    grid.show_photos("/photos", [PhotoItem("<img src=x>.jpg", "<img src=x>.jpg")])
    assert "<img" not in grid.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    grid.shut_down()


def test_line_ends_in_names_stay_on_one_line(qtbot):
    assert typography.one_line("a\nb\tc") == r"a\nb\tc"
    assert typography.one_line("שלום 🐝") == "שלום 🐝"


def test_a_number_and_its_unit_stay_on_one_line(qtbot):
    assert typography.unbroken("91.7\u202f% to 98") == "91.7\u00a0% to 98"  # Qt ends lines at the narrow one


def test_long_names_wrap_in_tooltips():
    assert typography.breakable("short words stay") == "short words stay"
    assert "\u200b" in typography.breakable("x" * 200)
    assert typography.breakable("2026-11-21_tf_efficientnet").replace("\u200b", "") == "2026-11-21_tf_efficientnet"


@pytest.mark.slow
def test_a_class_with_an_endless_name_does_not_widen_evaluate(qtbot):
    data = states.dataset(classes=("x" * 250, "bees"))
    page = EvaluatePage()
    qtbot.addWidget(page)
    page.resize(1248, 640)
    page.show()
    page.show_state(replace(states.state(), dataset=data).showing(states.run(data=data, wrong={0: 0.9})))
    page._choose_cell(0, 1)
    qtbot.wait(10)
    assert page.minimumSizeHint().width() <= 1248


@pytest.mark.slow
def test_few_classes_leave_most_of_the_height_to_the_photos(qtbot):
    page = EvaluatePage()
    qtbot.addWidget(page)
    page.resize(1248, 640)
    page.show()
    page.show_state(states.state().showing(states.run(wrong={0: 0.9})))
    qtbot.wait(10)
    assert page.wall.photos.height() > 250
    page.tabs.show_tab("Classes")
    qtbot.wait(10)
    table = page.scores
    assert table.verticalScrollBar().maximum() == 0, "both classes are in sight"
