"""In the lowest window, with notices above the page and a wide font, a page scrolls instead of being squeezed."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import states
from fonts import font
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication, QWidget

from studio.catalog import catalog
from studio.evaluate import metrics
from studio.events import Failed, MetricValue, Progress, Stage
from studio.session.evaluation import verdict_words
from studio.session.state import AppState, JobState
from studio.spec.structs import replace
from studio.ui.plots.metric_curves import CurveCard
from studio.ui.stations.evaluate.page import EvaluatePage
from studio.ui.stations.evaluate.summary.verdict_card import VerdictCard
from studio.ui.stations.features.backbones.backbone_list import figures, fitted_figures
from studio.ui.stations.head.epoch_table import EpochTable
from studio.ui.stations.preprocess.page import PreprocessPage
from studio.ui.status_bar import StatusLine
from studio.ui.theme import theme
from studio.ui.widgets.notice import COPY, Notice
from studio.ui.widgets.page_stack import PageScroll, PageStack

LOW = 462
"""Height of a page in the lowest window; each line above it takes 38 of it."""


def finished(folder: Path) -> AppState:
    data = states.on_disk(states.dataset(str(folder)))
    spec = states.spec(data.folder)
    run = states.run(spec, data, wrong={0: 0.6, 7: 0.8})
    return replace(states.state(), spec=spec, dataset=data).showing(run)


def in_window(qtbot: Any, *pages: QWidget, height: int = LOW) -> PageScroll:
    """The pages in a stack as in the window, with the first one shown."""
    stack = PageStack()
    for page in pages:
        stack.addWidget(page)
    scroll = PageScroll(stack)
    theme.apply(QApplication.instance())
    theme.style(scroll)
    qtbot.addWidget(scroll)
    scroll.resize(1088 + scroll.bar_width(), height)
    scroll.show()
    return scroll


@pytest.mark.slow
def test_the_evaluate_page_scrolls_when_strips_and_a_notice_take_its_height(
    qtbot: Any, qapp: QApplication, tmp_path: Path
) -> None:
    page = EvaluatePage()
    with font(qapp, 125):
        scroll = in_window(qtbot, page, height=LOW - 4 * 38)
        state = finished(tmp_path)
        state = replace(
            state, spec=replace(state.spec, train=replace(state.spec.train, epochs=99))
        )  # makes the results stale
        page.show_state(state)
        qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() > 0)
        photos = page.wall.photos
        qtbot.waitUntil(lambda: photos.height() >= photos.least_height())
        assert page._notice.isVisible()
        page.tabs.show_tab("Classes")
        QApplication.processEvents()
        assert page.scores.viewport().height() >= page.scores.verticalHeader().defaultSectionSize()
        assert page.scores.horizontalScrollBar().maximum() == 0  # every column is visible
        assert page.rect().contains(page.scores.mapTo(page, page.scores.rect().bottomRight()))
        page.shut_down()


@pytest.mark.slow
def test_evaluate_does_not_scroll_without_notices(qtbot: Any, tmp_path: Path) -> None:
    page = EvaluatePage()
    scroll = in_window(qtbot, page)
    page.show_state(finished(tmp_path))
    photos = page.wall.photos
    qtbot.waitUntil(lambda: photos.height() >= photos.least_height())
    assert scroll.verticalScrollBar().maximum() == 0
    page.shut_down()


def test_only_the_page_shown_determines_the_scroll_range(qtbot: Any) -> None:
    tall, small = QWidget(), QWidget()
    tall.setMinimumHeight(900)
    scroll = in_window(qtbot, tall, small)
    bar = scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() == 900 - LOW)
    width = tall.width()
    bar.setValue(bar.maximum())
    stack = scroll.widget()
    assert isinstance(stack, PageStack)
    stack.setCurrentWidget(small)
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    assert small.width() == width  # the bar is in the margin
    stack.setCurrentWidget(tall)
    qtbot.waitUntil(lambda: bar.maximum() == 900 - LOW)
    assert bar.value() == 0


def test_values_at_the_ends_of_narrow_curves_are_not_cut_off(qtbot: Any, qapp: QApplication) -> None:
    with font(qapp, 125):
        card = CurveCard(metrics.ACCURACY)
        qtbot.addWidget(card)
        card.resize(226, 220)
        card.show()
        epochs = tuple(
            replace(epoch, metrics=(MetricValue("accuracy", 1.0, epoch.val("accuracy")),))
            for epoch in states.epochs(10)
        )
        card.show_curves(epochs, (), 0, "loss")
        box = card.plot._box.sceneBoundingRect()
        ends = [label.sceneBoundingRect() for label in card.plot._ends.values() if label.isVisible()]
        assert len(ends) == 2
        assert max(end.right() for end in ends) <= box.right() + 4  # of its empty margin


def test_three_epochs_stay_visible(qtbot: Any) -> None:
    table = EpochTable()
    qtbot.addWidget(table)
    table.resize(440, 10)
    table.show()
    assert table.viewport().height() >= 3 * table.verticalHeader().defaultSectionSize()


def test_figures_of_a_backbone_are_complete_or_left_out(qapp: QApplication) -> None:
    entry = next(one for one in catalog.load() if one.accuracy is not None)
    metrics = QFontMetrics(QFont(qapp.font()))
    parts = figures(entry).split(" · ")
    assert fitted_figures(entry, metrics, 10_000) == figures(entry)
    for number in range(1, len(parts)):
        room = metrics.horizontalAdvance(" · ".join(parts[: number + 1])) - 1
        assert fitted_figures(entry, metrics, room) == " · ".join(parts[:number])


def test_a_notice_needs_the_height_of_all_its_lines(qtbot: Any) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.resize(400, 10)
    notice.show_text("bad", "one line", "word " * 60)
    lines = notice._hint.heightForWidth(notice._hint.width())
    assert lines > 2 * notice._hint.fontMetrics().height()
    assert notice.minimumSizeHint().height() > lines
    few = notice.minimumSizeHint().height()
    notice.show_text("bad", "one line", "word")
    qtbot.waitUntil(lambda: notice.minimumSizeHint().height() < few)


def test_a_verdict_becomes_lower_again_when_its_card_becomes_wider(qtbot: Any) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    card.resize(1100, 150)
    card.show()
    data = states.dataset()
    report = states.report(data, states.predicted(data))
    verdict = verdict_words.verdict(None, report)
    assert verdict is not None
    card.show_verdict(verdict)
    card.resize(400, 150)
    narrow = card.words.minimumHeight()
    card.resize(1100, 150)
    assert card.words.minimumHeight() < narrow


def test_the_copy_button_is_reset_for_another_failure(qtbot: Any) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.show_fault(Failed("one", "do this", "Traceback 1"))
    notice._copy.click()
    assert notice._copy.text() == "Copied"
    notice.show_fault(Failed("two", "do that", "Traceback 2"))
    assert notice._copy.text() == COPY


def test_progress_uses_the_free_width(qtbot: Any, tmp_path: Path) -> None:
    status = StatusLine()
    qtbot.addWidget(status)
    status.resize(1000, 34)
    status.show()
    state = finished(tmp_path)
    assert state.run is not None
    state = state.showing(replace(state.run, status="running"))
    job = JobState("train", Stage("train", "Training"), Progress("train", 9.5, 13, "epochs", 0.2, 23.0, "batch 1 of 8"))
    status.show_state(replace(state, jobs=MappingProxyType({"train": job})))
    line = status._progress
    assert line.geometry().left() - status._shown.geometry().right() < 100


def test_the_captions_of_the_two_pictures_are_visible(qtbot: Any) -> None:
    page = PreprocessPage()
    scroll = in_window(qtbot, page)
    page.show_state(states.state())
    page._changes.edit.setChecked(True)
    pictures = page._pictures
    assert scroll.isVisible()
    qtbot.waitUntil(lambda: pictures.height() >= pictures.minimumSizeHint().height())
    for picture in (pictures.disk, pictures.seen):
        assert picture.mapTo(pictures, picture.rect().bottomLeft()).y() < pictures.height()
