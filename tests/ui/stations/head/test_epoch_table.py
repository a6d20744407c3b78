"""The table of epochs: phases, rates, the best epoch, and its message while it is empty."""

from __future__ import annotations

import pytest
import states
from PySide6.QtCore import Qt

from studio.spec.structs import replace
from studio.ui.stations.head.epoch_table import EPOCH, PHASE, RATE, SORT, WORDS
from studio.ui.stations.head.page import HeadPage
from studio.ui.widgets.tables.sort_header import ARROW, GAP


def test_phases_rates_and_the_best_epoch_stand_in_the_table(page: HeadPage) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec)))
    assert page.table.isColumnHidden(PHASE)
    assert page.table.isColumnHidden(RATE)
    run = states.run(before.spec, done=False)
    page.show_state(before.showing(replace(run, epochs=states.two_phases()[:2])))
    assert page.table.isColumnHidden(PHASE), "one phase so far"
    page.show_state(before.showing(replace(run, epochs=states.two_phases())))
    assert not page.table.isColumnHidden(PHASE)
    model = page.table.epochs
    assert [model.index(row, PHASE).data() for row in range(5)] == ["thawed", "thawed", "head", "head", "head"]
    assert model.index(0, RATE).data() == "3.5e-4"
    assert "backbone at most 3.5e-6" in model.index(0, RATE).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(4, RATE).data() == "1e-3"
    starred = [row for row in range(5) if model.index(row, EPOCH).data(Qt.ItemDataRole.DecorationRole) is not None]
    assert starred == [1], "of all that were the best for a while, the last"
    assert model.index(1, EPOCH).data(Qt.ItemDataRole.AccessibleTextRole) == "4, lowest validation loss"
    tip = model.index(1, EPOCH).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "Lowest validation loss: it is the run's result"


def test_a_click_on_a_column_sorts_and_new_epochs_take_their_place(page: HeadPage) -> None:
    losses = (0.5, 0.3, float("nan"), 0.4)
    epochs = tuple(replace(epoch, val_loss=loss) for epoch, loss in zip(states.epochs(4), losses, strict=True))
    run = states.run(done=False)
    page.show_state(states.state().showing(replace(run, epochs=epochs[:3])))
    table, val_loss = page.table, 2

    def order() -> list[str]:
        return [table.model().index(row, EPOCH).data() for row in range(table.model().rowCount())]

    assert order() == ["3", "2", "1"], "newest first"
    header = table.horizontalHeader()
    before = header.sectionSizeHint(val_loss), header.sectionSizeHint(val_loss + 1)
    table.sortByColumn(val_loss, Qt.SortOrder.AscendingOrder)
    after = header.sectionSizeHint(val_loss), header.sectionSizeHint(val_loss + 1)
    assert (after[0] - before[0], after[1] - before[1]) == (ARROW + GAP, 0), "room for the arrow"
    assert header.sectionSize(val_loss) >= after[0]
    assert order() == ["2", "1", "3"], "a loss that is no number is the worst"
    page.show_state(states.state().showing(replace(run, epochs=epochs)))
    assert order() == ["2", "4", "1", "3"]
    table.sortByColumn(WORDS, Qt.SortOrder.DescendingOrder)
    texts = [table.model().index(row, WORDS).data(SORT) for row in range(4)]
    assert texts == sorted(texts, reverse=True)
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert order() == ["4", "3", "2", "1"]


@pytest.mark.slow
def test_an_empty_table_says_what_is_missing(page: HeadPage) -> None:
    page.show_state(states.state())
    assert "Train starts a run" in page._nothing.text()
    page.show_state(replace(states.state(), dataset=None))
    assert page._nothing.text() == "No epochs yet. Open an image folder first."
    page.show_state(states.with_job(states.state(), "train"))
    assert page._nothing.text() == "The first epoch appears here when it is done."
    ended = replace(states.run(number=0), status="cancelled")
    page.show_state(states.state().showing(ended))
    assert "ended before its first epoch" in page._nothing.text()
    page.show_state(states.state().showing(replace(ended, started=replace(ended.started, resumed=4))))
    assert page._nothing.text().startswith("This run ended without an epoch after 4. Select it in the list")


@pytest.mark.slow
def test_a_narrow_table_of_two_phases_keeps_space_for_comments(page: HeadPage) -> None:
    table = page.table
    epochs = tuple(replace(epoch, lr=1e-3) for epoch in states.epochs(4))
    epochs = (replace(epochs[0], phase="head"), *epochs[1:])
    page.show_state(states.state().showing(replace(states.run(), epochs=epochs)))
    for width in (560, 640, 900):
        table.resize(width, 200)
        assert table.columnWidth(WORDS) >= table.horizontalHeader().sectionSizeHint(WORDS), width
    assert not table.isColumnHidden(RATE)
