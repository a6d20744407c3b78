"""The confusion matrix: what is painted, found under the pointer, reached by key, read aloud, and saved."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from trimming import few

from studio.ui.plots.matrix import cells as matrix_cells
from studio.ui.plots.matrix import geometry
from studio.ui.plots.matrix.cells import MatrixCells
from studio.ui.plots.matrix.geometry import MatrixGeometry
from studio.ui.plots.matrix.view import ConfusionMatrix
from studio.ui.theme import color_scale, theme


def counts_of(number: int, photos: int = 20) -> NDArray[np.int64]:
    random = np.random.default_rng(number)
    counts = np.zeros((number, number), np.int64)
    for label in range(number):
        guesses = np.where(random.random(photos) < 0.8, label, random.integers(0, number, photos))
        np.add.at(counts[label], guesses, 1)
    return counts


def names_of(number: int) -> tuple[str, ...]:
    return tuple(f"class {place}" for place in range(number))


@pytest.fixture
def matrix(show: Any) -> ConfusionMatrix:
    return show(ConfusionMatrix(), 440, 420)


def color_at(matrix: ConfusionMatrix, true: int, guess: int) -> str:
    """Color near a cell's corner, beside its number."""
    image = matrix.viewport().grab().toImage()
    return image.pixelColor(matrix.cell_rect(true, guess).topLeft() + QPoint(2, 2)).name()


def test_the_pointer_on_a_name_shows_it_in_full(matrix: ConfusionMatrix) -> None:
    names = tuple(f"a name that is far too long for the head of a matrix, number {place}" for place in range(40))
    matrix.show_counts(counts_of(40, 5), names)
    port, cell = matrix.viewport().geometry(), matrix.cell_rect(3, 2).center()
    beside, above = QPoint(port.x() - 20, port.y() + cell.y()), QPoint(port.x() + cell.x(), port.y() - 20)
    assert matrix.head_words(beside) == f"{names[3]}\n5 photos of this class"
    assert matrix.head_words(above).startswith(f"{names[2]}\n")
    assert matrix.head_words(above).endswith("predicted as this class")
    assert matrix.head_words(QPoint(1, 1)) == "", "the corner names no class"
    matrix.verticalScrollBar().setValue(50)
    row = int((cell.y() + 50) // matrix.geometry_now.high)
    assert matrix.head_words(beside).startswith(names[row])
    matrix.show_counts(np.zeros((0, 0), np.int64), ())
    assert matrix.head_words(beside) == ""


@pytest.mark.parametrize("number", few([1, 2, 5, 12, 40, 100, 1000], [2, 40, 1000]))
def test_any_number_of_classes_is_drawn_and_found_again(matrix: ConfusionMatrix, number: int) -> None:
    matrix.show_counts(counts_of(number, 5), names_of(number))
    for step in (0, 1, 1, 1, 1, 1, 1):
        matrix.zoom(step)
        matrix.grab()
        for cell in ((0, 0), (number - 1, number // 3), (number // 2, number - 1)):
            matrix.choose(cell)
            point = matrix.cell_rect(*cell).center()
            assert matrix.viewport().rect().contains(point), "the chosen cell is scrolled to"
            rows, columns = matrix.geometry_now.cells_at(point + matrix._offset())
            assert cell[0] in rows
            assert cell[1] in columns
            assert len(rows) == len(columns) == 1 or matrix.geometry_now.side < 1
    matrix.fit()
    assert matrix.horizontalScrollBar().maximum() == matrix.verticalScrollBar().maximum() == 0


def test_a_pixel_has_the_color_of_its_largest_share_and_the_pointer_finds_that_cell() -> None:
    counts = counts_of(70)
    cells, drawn = MatrixCells(counts, names_of(70)), MatrixGeometry(70, 30 / 70, 30 / 70)
    assert drawn.size == QSize(30, 30)
    pixels = cells.pooled(30, 30)
    for row in range(30):
        for column in range(30):
            at = drawn.cells_at(QPoint(column, row))
            assert at is not None
            code = cells.codes[cells.strongest(*at)]
            least = matrix_cells.LEAST_CODE + (code - 1) % 2 if code else 0
            assert pixels[row, column] == max(code, least)


def test_right_and_wrong_have_ramps_of_their_own(matrix: ConfusionMatrix) -> None:
    matrix.show_counts(np.array([[9, 1], [10, 0]], np.int64), ("ants", "bees"))
    shades = theme.current()
    (low, high), (pale, strong) = matrix_cells.ramps(shades)
    assert color_at(matrix, 1, 0) == QColor(strong).name(), "all bees are predicted as ants"
    right, wrong = (color_scale.ramp_colors(*ends) for ends in ((low, high), (pale, strong)))
    assert color_at(matrix, 0, 0) == QColor(*right[round(0.9 * 255)].tolist()).name()
    assert color_at(matrix, 0, 1) == QColor(*wrong[round(0.1 * 255)].tolist()).name()
    assert color_at(matrix, 1, 1) == QColor(shades.raised).name()
    matrix.show_as("column")
    assert color_at(matrix, 0, 1) == QColor(strong).name(), "every photo predicted as a bee is an ant"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_ramps_are_monotone_and_their_numbers_readable(qapp: Any, scheme: str) -> None:
    theme.apply(qapp, scheme)
    shades = theme.current()
    for ends in matrix_cells.ramps(shades):
        colors = ["#{:02x}{:02x}{:02x}".format(*color) for color in color_scale.ramp_colors(*ends).tolist()]
        lights = [color_scale.luminance(color) for color in colors]
        assert lights == sorted(lights) or lights == sorted(lights, reverse=True)
    table = matrix_cells.colors(shades)
    for code, ink in enumerate(matrix_cells.inks(shades)):
        if code % 50 < 2:
            assert color_scale.contrast(ink, f"#{int(table[code]) & 0xFFFFFF:06x}") >= 4.5
    theme.apply(qapp, "system")


def test_forty_classes_are_all_named_and_the_names_stay_when_scrolled(matrix: ConfusionMatrix) -> None:
    matrix.show_counts(counts_of(40), names_of(40))
    assert matrix.geometry_now.named_every == 1
    corner = matrix.viewport().pos()
    bar = matrix.verticalScrollBar()
    assert bar.maximum() > 0
    heads = []
    for value in (0, bar.maximum()):
        bar.setValue(value)
        image = matrix.grab(QRect(0, corner.y(), corner.x(), matrix.viewport().height())).toImage()
        heads.append(image)
        darkest = min(
            image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(0, image.height(), 2)
        )
        assert darkest < QColor(theme.current().card).lightness() / 2, "names are in sight"
    assert heads[0] != heads[1], "and they are those of the rows beside them"
    matrix.fit()
    assert matrix.geometry_now.named_every > 1
    assert not matrix.verticalScrollBar().maximum()


def test_a_matrix_fits_into_its_space() -> None:
    room = QSize(400, 300)
    for number in (1, 2, 3, 10, 60, 500, 3000):
        whole = geometry.fitted(number, room)
        assert whole.size.width() <= room.width()
        assert whole.size.height() <= room.height()
        assert whole.cells_at(QPoint(-1, 0)) is None
        assert whole.cells_at(QPoint(0, whole.size.height())) is None
    assert geometry.usual(40, room).side == geometry.READABLE
    assert geometry.usual(1000, room).size == geometry.fitted(1000, room).size


def test_sorting_keeps_the_cell_and_its_photos(matrix: ConfusionMatrix, qtbot: Any) -> None:
    counts = counts_of(12)
    matrix.show_counts(counts, names_of(12))
    matrix.choose((3, 7))
    for order in ("confusion", "similarity", "name"):
        matrix.sort_by(order)
        assert matrix.current == matrix.chosen == (3, 7)
        with qtbot.waitSignal(matrix.cell_chosen) as signal:
            qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=matrix.cell_rect(5, 2).center())
        assert signal.args == [5, 2]
        matrix.choose((3, 7))


def test_the_pointer_names_the_cell_and_zooming_leaves_it_in_place(matrix: ConfusionMatrix, qtbot: Any) -> None:
    matrix.show_counts(counts_of(300), names_of(300))
    said: list[str] = []
    matrix.hovered.connect(said.append)
    place = matrix.cell_rect(100, 100).center()
    qtbot.mouseMove(matrix.viewport(), place)
    assert said[-1].startswith("class ")
    for _ in range(5):
        matrix.zoom(1, place)
    row, column = matrix.place_at(place)
    assert abs(row - 100) <= 2
    assert abs(column - 100) <= 2


def test_arrow_home_end_and_zoom_keys_of_the_matrix(matrix: ConfusionMatrix, qtbot: Any) -> None:
    matrix.show_counts(counts_of(20), names_of(20))
    chosen: list[tuple[int, int]] = []
    matrix.cell_chosen.connect(lambda *cell: chosen.append(cell))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Return):
        qtbot.keyClick(matrix, key)
    assert chosen == [(1, 19)], "the first key goes to the first cell"
    qtbot.keyClick(matrix, Qt.Key.Key_Home)
    assert matrix.current == (1, 0)
    before = matrix.geometry_now.side
    qtbot.keyClick(matrix, Qt.Key.Key_Plus)
    assert matrix.geometry_now.side > before
    qtbot.keyClick(matrix, Qt.Key.Key_0)
    assert matrix.horizontalScrollBar().maximum() == 0


def test_a_screen_reader_has_a_table_with_heads(matrix: ConfusionMatrix) -> None:
    matrix.show_counts(np.array([[9, 1], [10, 0]], np.int64), ("ants", "bees"))
    interface = QAccessible.queryAccessibleInterface(matrix)
    assert interface.role() == QAccessible.Role.Table
    children = [interface.child(place) for place in range(interface.childCount())]
    heads = (QAccessible.Role.RowHeader, QAccessible.Role.ColumnHeader)
    named = [child.text(QAccessible.Text.Name) for child in children if child.role() in heads]
    assert sorted(named) == ["predicted ants", "predicted bees", "true ants", "true bees"]
    cells = [child for child in children if child.role() == QAccessible.Role.Cell]
    assert len(cells) == 4
    worst = next(cell for cell in cells if "bees predicted as ants" in cell.text(QAccessible.Text.Name))
    assert worst.text(QAccessible.Text.Name).startswith("bees predicted as ants: 10 of 10")
    assert worst.rect().size() == matrix.cell_rect(1, 0).size()
    matrix.choose((1, 0))
    assert matrix.accessibleDescription().startswith("bees predicted as ants: 10 of 10")


def test_the_matrix_is_copied_and_saved(matrix: ConfusionMatrix, tmp_path: Path) -> None:
    counts = counts_of(5)
    names = ("ants", "bees, wild", "Käfer", 'a "b"', "長い名前")
    matrix.show_counts(counts, names)
    matrix.copying.copy_all()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert rows[0] == ["true / predicted", *names]
    assert rows[3] == ["Käfer", *map(str, counts[2])]
    for kind in ("png", "svg", "csv"):
        matrix.files.save(str(tmp_path / f"matrix.{kind}"))
    table = list(csv.reader(io.StringIO((tmp_path / "matrix.csv").read_text(encoding="utf-8"))))
    assert table == [
        ["true / predicted", *names],
        *([name, *map(str, row)] for name, row in zip(names, counts, strict=True)),
    ]
    picture = QImage(str(tmp_path / "matrix.png"))
    colors = {
        picture.pixelColor(x, y).name() for x in range(0, picture.width(), 5) for y in range(0, picture.height(), 5)
    }
    assert matrix_cells.ramps(theme.current())[0][1] not in colors or colors
    shown = {
        f"#{int(matrix_cells.colors(theme.current())[code]) & 0xFFFFFF:06x}" for code in matrix.cells.codes.ravel()
    }
    assert shown <= colors, "every cell is in the picture"
    assert QSvgRenderer(str(tmp_path / "matrix.svg")).isValid()
    assert "bees, wild" in (tmp_path / "matrix.svg").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_large_matrix_is_saved_completely(matrix: ConfusionMatrix, tmp_path: Path) -> None:
    matrix.show_counts(counts_of(300, 3), names_of(300))
    matrix.files.save(str(tmp_path / "matrix.png"))
    assert QImage(str(tmp_path / "matrix.png")).width() > 2 * 600
