"""The comparison of two runs: a page in place of the results of one run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.evaluate.compare import comparison_words
from studio.events import RunsCompared
from studio.formatting.language import counted, tr, translated
from studio.session.runs import comparison_view
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.stations.evaluate.compare.difference_matrix import DifferenceCard
from studio.ui.stations.evaluate.compare.difference_table import TextModel, TextTable
from studio.ui.stations.evaluate.compare.pair_bar import PairBar
from studio.ui.stations.evaluate.compare.photos_card import ComparedPhotosCard
from studio.ui.stations.evaluate.compare.result_cards import ResultCards
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.part_by_part import PAUSE_MS, PartByPart
from studio.ui.widgets.splitter import Panels

if TYPE_CHECKING:
    from studio.ui.stations.evaluate.compare.curves_card import CurvesCard

COMPUTING = tr("The runs are being compared.")
CHOOSE = tr("Choose other runs above, or close the comparison.")
TABS = 4


def beside(page: QWidget, comparison: ComparisonView) -> QVBoxLayout:
    """Lay out a page that shows the results of one run or a comparison; returns the layout for those of one run."""
    single, whole = QWidget(page), QVBoxLayout(page)
    column = QVBoxLayout(single)
    for layout in (whole, column):
        layout.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    whole.addWidget(single)
    whole.addWidget(comparison)
    comparison.single = single
    comparison.hide()
    return column


class ComparisonView(QWidget):
    """The comparison: bar, result, curves, what differs, difference matrix, photos.

    Signals:
        pair_requested: Compare these runs (folders A and B) on a split.
        report_requested: Write a report of the comparison.
        closed: End the comparison.

    Attributes:
        single: The results of one run, hidden while two are compared.
    """

    pair_requested = Signal(str, str, str)
    report_requested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.single: QWidget | None = None
        self._state = AppState()
        self._result: RunsCompared | None = None
        self.curves: CurvesCard | None = None
        self._before: QWidget | None = None
        self._focuses = False
        self.bar = PairBar(self)
        self.bar.pair_requested.connect(self.pair_requested)
        self.bar.report_requested.connect(self.report_requested)
        self.bar.closed.connect(self.closed)
        self.notice = Notice(self)
        self.cards = ResultCards(self)
        self.photos = ComparedPhotosCard(self)
        self.difference = DifferenceCard(self)
        self.settings_card = Card(tr("What differs"), self)
        rows = TextModel((tr("Setting"), "A", "B"), (), self)
        order = tr("Order of the settings")
        self.settings = TextTable(tr("What differs"), rows, "compare_settings", 1, order, self.settings_card)
        self.settings.setMinimumHeight(4 * self.settings.verticalHeader().defaultSectionSize())
        self.settings_card.body.addWidget(self.settings, 1)
        middle = (self.settings_card, self.difference)
        self._middle = Panels(Qt.Orientation.Vertical, middle, (190, 270), (2, 3), "compare_middle", self)
        self._columns = Panels(
            Qt.Orientation.Horizontal,
            (self._middle, self.photos),
            (380, 480),
            (3, 4),
            "compare_columns",
            self,
        )
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.cards)
        column.addWidget(self._columns, 1)
        self.waiting = QLabel(COMPUTING, self)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_color_role(self.waiting, "muted")
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.waiting)
        self.stack.addWidget(whole)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        page.addWidget(self.bar)
        page.addWidget(self.notice)
        page.addWidget(self.stack, 1)
        self._add_keys()
        # The lists come one after the other and then the curves: all at once would block the window for 0.15 s.
        self.parts = PartByPart(self)
        self._curves_later = QTimer(self, singleShot=True, interval=4 * PAUSE_MS)
        self._curves_later.timeout.connect(self._build_curves)

    def connect_to(self, page: Page) -> None:
        """Emit the signals as those of a page."""
        self.pair_requested.connect(page.comparison_requested)
        self.report_requested.connect(page.report_requested)
        self.closed.connect(page.comparison_closed)
        self.photos.connect_to(page)

    def takes_page(self, state: AppState) -> bool:
        """Show the comparison in place of the results of one run, or hide it; True where two runs are compared."""
        shown, opened = not self.isHidden(), state.pair is not None
        focused = QApplication.focusWidget()
        if self.single is not None:
            self.single.setVisible(not opened)
        self.setVisible(opened)
        self.show_state(state)
        if opened and not shown:
            inside = self.single is not None and focused is not None and self.single.isAncestorOf(focused)
            self._before = focused if inside else None
            self._focuses = not self.isVisible()  # its page is shown next
            if inside:  # the focused widget is hidden now, and Qt would move the focus to the ribbon
                self.bar.choices["B"].setFocus()
        elif shown and not opened and self._before is not None:
            self._before.setFocus()
            self._before = None
        return state.pair is not None

    def showEvent(self, event: QShowEvent) -> None:
        """Take the focus where the comparison was opened on another page: Qt would give it to the ribbon."""
        super().showEvent(event)
        if self._focuses:
            self._focuses = False
            self.bar.choices["B"].setFocus()

    def show_state(self, state: AppState) -> None:
        """Draw the comparison of the state; nothing where there is none."""
        self._state, pair = state, state.pair
        if pair is None:
            return
        self.bar.show_state(state, pair)
        fault = state.faults.get("evaluate")
        if fault is not None:
            self.notice.show_fault(fault)
        elif state.saved is not None and state.saved.kind == "report":
            self.notice.show_text("good", tr("The report is saved in {path}").format(path=state.saved.path))
        elif pair.result is not None and pair.part == pair.result.document["part"] == "test":
            self.notice.show_text("caution", *comparison_view.tested_notice(pair.result.document))
        elif pair.result is not None and _partly_common(pair.result):
            words = translated(comparison_words.photos_words(pair.result.document))
            self.notice.show_text("caution", f"{words}.", tr("All numbers here are of these photos alone."))
        else:
            self.notice.clear()
        result = pair.result if pair.result is not None and pair.result.document["part"] == pair.part else None
        self.stack.setCurrentIndex(int(result is not None))
        self.waiting.setText(COMPUTING if {"compare", "compare_part"} & set(state.jobs) else CHOOSE)
        if result is not None and result is not self._result and self.isVisible():
            self._result = result
            self._show_result(result)
        if not self.parts.is_waiting(self.photos):
            self.photos.show_choices(state)

    def prepare(self) -> None:
        """Build the curves, which takes longer than a click should wait."""
        if self.curves is not None:
            return
        from studio.ui.stations.evaluate.compare.curves_card import CurvesCard  # slow to import

        self.curves = CurvesCard(self)
        self.curves.hide()
        self._columns.insertWidget(0, self.curves)
        self._columns.setStretchFactor(0, 3)
        self._columns.setSizes([380, 380, 480])

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.photos.shut_down()

    def _show_result(self, result: RunsCompared) -> None:
        document = result.document
        words = comparison_words.words(document)
        self.cards.show_result(words, comparison_view.tiles(document) if document["common"] else ())
        self.difference.setVisible(bool(document["confusion"] or document["changes"]) and bool(document["common"]))
        self.photos.setVisible(bool(document["common"]))
        parts: list[QWidget] = [self.cards, self._middle, self.photos]
        draw: dict[QWidget, Callable[[], None]] = {
            self._middle: self._show_differences,
            self.photos: self._show_photos,
        }
        if self.curves is not None:
            self.curves.setVisible(bool(comparison_view.metrics(result)))
            parts.append(self.curves)
            draw[self.curves] = self._show_curves
        else:
            self._curves_later.start()
        self.parts.begin(parts, draw)

    def _show_differences(self) -> None:
        assert self._result is not None
        document = self._result.document
        number = len(document["settings"])
        equal = tr("What differs · all settings are equal")
        self.settings_card.set_title(
            tr("What differs · {settings}").format(settings=counted(number, "setting")) if number else equal
        )
        self.settings.rows.show(comparison_view.setting_rows(document))
        self.difference.show_document(document)

    def _show_photos(self) -> None:
        assert self._result is not None
        self.photos.show_result(self._result)
        self.photos.show_choices(self._state)

    def _build_curves(self) -> None:
        if self._result is None:
            return
        if self.parts.is_waiting(self.photos):
            self._curves_later.start()
            return
        self.prepare()
        assert self.curves is not None
        self.curves.setVisible(bool(comparison_view.metrics(self._result)))
        self.parts.begin((self.curves,), {self.curves: self._show_curves})

    def _show_curves(self) -> None:
        assert self.curves is not None
        assert self._result is not None
        self.curves.show_result(self._result)

    def _add_keys(self) -> None:
        """Add the keys; they work while the comparison is visible."""
        keys = [("S", self.bar.swap_runs), ("Esc", self.closed.emit)]
        keys += [(str(place + 1), partial(self.photos.choose, place)) for place in range(TABS)]
        for key, slot in keys:
            QShortcut(QKeySequence(key), self).activated.connect(slot)


def _partly_common(result: RunsCompared) -> bool:
    return bool(result.document["common"]) and comparison_words.are_different(result.document)
