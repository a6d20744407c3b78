"""Shortened names stay distinguishable on all pages."""

from __future__ import annotations

from typing import Any

import pytest
import states
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from studio.session.evaluation.class_rows import ClassRow
from studio.ui.photos.photo_items import Line
from studio.ui.stations.evaluate.tables.score_table import ScoreTable
from studio.ui.stations.images.class_table import ClassTable
from studio.ui.widgets.tables import distinct_names
from studio.ui.widgets.tables.distinct_names import DistinctNames, NameDelegate, shortened

LONG = "a_class_with_a_very_long_name_that_differs_in_{}_the_middle_and_goes_on_and_on"
FEW = tuple(LONG.format(number) for number in (1, 2, 30))
KINDS = {
    "middle": FEW,
    "end": tuple(f"{'the same beginning ' * 4}{number}" for number in range(40)),
    "two places": tuple(LONG.format(a).replace("with", f"with{b}") for a in range(3) for b in range(3)),
    "beginning": tuple(f"{letter}{LONG}" for letter in "abc"),
    "a part of another": tuple(
        f"long-haired{more} cats of the house on the hill" for more in ("", " or short-haired", " red")
    ),
    "no Latin": tuple(f"这是一个非常长的类别名称第{number}种的蚂蚁和蜜蜂的照片集合在这里面" for number in "一二三"),
}


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetrics:
    return QFontMetrics(qapp.font())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("letters", [16, 24])
def test_shortened_names_differ_and_fit(metrics: QFontMetrics, kind: str, letters: int) -> None:
    room = metrics.horizontalAdvance("m" * letters)
    shown = shortened(KINDS[kind], room, metrics)
    assert all(metrics.horizontalAdvance(text) <= room for text in shown.values())
    if kind == "two places":  # both do not fit at every width
        assert len(set(shown.values())) >= 3
    else:
        assert len(set(shown.values())) == len(KINDS[kind])


ENDS = ("kept in glass (male)", "kept in glass (female)", "seen in flight", "at rest on bark", "at rest on a leaf")


@pytest.mark.parametrize("letters", [4, 5, 7, 10])
def test_families_of_names_with_the_same_ends_stay_distinguishable(metrics: QFontMetrics, letters: int) -> None:
    animals = ("Butterfly of the northern meadows", "Käferart der südlichen Wälder", "Бабочка северных лугов")
    names = [f"{animal}, {more}" for animal in animals for more in ENDS]
    room = metrics.horizontalAdvance("m" * letters)
    shown = shortened(names, room, metrics)
    assert len(set(shown.values())) == len(names)
    assert all(metrics.horizontalAdvance(text) <= room for text in shown.values())


def test_shortening_names_terminates_without_any_width(metrics: QFontMetrics) -> None:
    for room in (0, 1, 5, 12):
        shortened(KINDS["two places"], room, metrics)


def test_names_that_are_distinct_anyway_are_elided_as_usual(metrics: QFontMetrics) -> None:
    names = DistinctNames()
    names.show(("ants", LONG))
    assert names.shortened("ants", 400, metrics) == "ants"
    room = metrics.horizontalAdvance("m" * 12)
    assert names.shortened(LONG, room, metrics).startswith("a_cla")
    assert names.shortened("not among them " * 9, room, metrics)


def test_names_are_not_shortened_again_for_a_few_pixels(metrics: QFontMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = []
    monkeypatch.setattr(distinct_names, "shortened", lambda _names, room, _metrics: rooms.append(room) or {})
    names = DistinctNames()
    names.show([f"a very long name of a class, number {number}" for number in range(3)])
    for room in (101, 96, 103, 104):
        names.shortened("a very long name of a class, number 1", room, metrics)
    assert rooms == [96, 104]


def drawn(delegate: NameDelegate, table: Any) -> list[str]:
    texts = []
    for row in range(table.model().rowCount()):
        index, option = table.model().index(row, 0), QStyleOptionViewItem()
        table.initViewItemOption(option)
        option.rect = table.visualRect(index)
        delegate.initStyleOption(option, index)
        texts.append(option.text)
    return texts


def test_tables_keep_shortened_classes_distinguishable(qtbot: Any) -> None:
    data = states.dataset(classes=FEW)
    classes, scores = ClassTable(), ScoreTable()
    for table in (classes, scores):
        qtbot.addWidget(table)
        table.resize(320, 200)
        table.show()
    classes.show_classes(data)
    scores.scores.show([ClassRow(name, 5, 0.9, 0.9, 0.9) for name in data.classes])
    for delegate, table in ((classes._bars, classes), (scores.names, scores)):
        texts = drawn(delegate, table)
        assert len(set(texts)) == len(FEW)
        assert all("…" in text for text in texts)
        assert (
            table.model().index(0, 0).data() == FEW[0]
        )  # in full for the tooltip, the clipboard and the screen reader


def test_captions_keep_shortened_classes_distinguishable(metrics: QFontMetrics) -> None:
    names = DistinctNames()
    names.show(FEW)
    room = metrics.horizontalAdvance("m" * 20)
    captions = [Line(f"predicted {name}", "0.97", name=name).fitted(metrics, room, names)[0] for name in FEW]
    assert len(set(captions)) == len(FEW)
    notes = [Line(f"{name} · training", name=name).fitted(metrics, room, names)[0] for name in FEW]
    assert len(set(notes)) == len(FEW)
    assert all(note.endswith(" · training") for note in notes)
