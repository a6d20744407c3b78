"""Positions of the freeze bar's blocks and of its edge."""

from __future__ import annotations

import pytest

from studio.session.plan import bar_layout
from studio.session.plan.bar_layout import HEAD, LEAST_ROOM, REACH
from studio.session.plan.freeze_bar import Bar, Piece

TOP = 40.0


def piece(path: str, size: float) -> Piece:
    return Piece(path, size, "", "trains")


BAR = Bar((piece("stem", 30), piece("layer1", 10), piece("layer2", 60), piece("fc", 100)), places=(0, 2, 3))
LAYOUT = bar_layout.lay_out(BAR, TOP, TOP + 200 + REACH)


def test_pieces_fill_the_bar_below_the_counts_without_gaps() -> None:
    assert LAYOUT.tops == pytest.approx((40, 70, 80, 140, 240))
    assert [part.path for part, _, _ in LAYOUT.spans()] == ["stem", "layer1", "layer2", "fc"]
    assert LAYOUT.spans()[1][1:] == pytest.approx((70, 80))


def test_a_small_head_stays_in_view_at_the_cost_of_the_blocks() -> None:
    small = Bar((piece("stem", 500), piece("layer1", 500), piece("fc", 1)))
    assert bar_layout.lay_out(small, 0, 114 + REACH).tops == pytest.approx((0, 50, 100, 100 + HEAD))


def test_a_low_bar_and_a_bar_without_blocks_have_a_layout() -> None:
    low = bar_layout.lay_out(BAR, TOP, TOP)
    assert low.tops[-1] == pytest.approx(TOP + LEAST_ROOM)
    empty = bar_layout.lay_out(Bar(), TOP, 300)
    assert (empty.tops, empty.edge_y(0), empty.edge_y(3)) == ((TOP,), TOP, TOP)
    assert (empty.piece_at(TOP), empty.nearest(200), empty.is_at_edge(TOP, 0)) == (None, 0, False)


def test_the_edge_snaps_to_the_nearest_border_of_blocks() -> None:
    assert [LAYOUT.edge_y(place) for place in BAR.places] == pytest.approx([40, 80, 140])
    assert [LAYOUT.nearest(y) for y in (0, 59, 61, 70, 109, 111, 1000)] == [0, 0, 2, 2, 2, 3, 3]


def test_the_edge_can_be_grabbed_within_a_few_pixels_on_both_sides() -> None:
    grabbed = [y for y in range(60, 101) if LAYOUT.is_at_edge(y, 2)]
    assert (grabbed[0], grabbed[-1]) == (80 - REACH, 80 + REACH)


def test_a_height_belongs_to_one_piece_and_a_layer_to_the_middle_of_its_block() -> None:
    pieces = [LAYOUT.piece_at(y) for y in (39.9, 40, 69.9, 70, 239.9, 240)]
    assert [each.path if each else "" for each in pieces] == ["", "stem", "stem", "layer1", "fc", ""]
    assert LAYOUT.middle_of("layer2.1.conv") == pytest.approx(110)
    assert LAYOUT.middle_of("layer3") is None


@pytest.mark.parametrize("sizes", [(1, 99), (0, 0, 0), (5,), (1,) * 300, (0, 1000, 1, 2000), ()])
def test_heights_are_in_proportion_and_fill_the_bar(sizes: tuple[int, ...]) -> None:
    rows = bar_layout.heights([Piece("", size, "", "trains") for size in sizes], 200)
    assert sum(rows) == pytest.approx(200 if sizes else 0)
    assert all(height >= min(2, 200 / len(sizes)) - 1e-9 for height in rows)
    if sizes == (0, 1000, 1, 2000):
        assert rows == pytest.approx([2, 196 / 3, 2, 196 * 2 / 3])


def test_pieces_have_heights_in_proportion_and_none_is_too_small() -> None:
    def sized(*sizes: int) -> list[float]:
        return bar_layout.heights([Piece(str(place), size, "", "frozen") for place, size in enumerate(sizes)], 100.0)

    assert sized(10, 30, 10) == [20, 60, 20]
    assert sized(1, 49) == [2, 98], "exactly the least height"
    assert sized(1, 99) == [2, 98]
    assert sized(0, 1, 1) == [2, 49, 49]
    assert sized(1, 0) == [98, 2]
    assert sized(0, 0) == [50, 50]
    assert sized(1) == [100]
    assert sized() == []
    assert sum(sized(1, 2, 3, 500, 1000)) == pytest.approx(100)
    assert bar_layout.heights([Piece(str(n), 1, "", "frozen") for n in range(100)], 50.0) == [0.5] * 100


def test_the_head_stays_in_view_and_pieces_have_a_middle() -> None:
    pieces = (Piece("stem", 990, "", "frozen"), Piece("fc", 10, "", "trains"))
    layout = bar_layout.lay_out(Bar(pieces, 1), 10.0, 10.0 + 100.0 + bar_layout.REACH)
    assert layout.tops == (10.0, 110.0 - bar_layout.HEAD, 110.0)
    assert layout.middle_of("stem") == (10 + 110 - bar_layout.HEAD) / 2
    assert layout.middle_of("elsewhere") is None
    assert [getattr(layout.piece_at(y), "path", None) for y in (9.9, 10.0, 109.9, 110.0)] == [
        None,
        "stem",
        "fc",
        None,
    ]
    large = bar_layout.lay_out(Bar((Piece("stem", 1, "", "frozen"), Piece("fc", 1, "", "trains")), 1), 0.0, 200.0)
    assert large.tops[1] == large.tops[2] / 2
