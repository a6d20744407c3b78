"""Positions of the freeze bar's blocks and of its edge in pixels, from the input down; free of Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.session.plan.freeze_bar import Bar, Piece

REACH = 7
"""Distance in pixels from the edge within which a mouse press grabs it."""

HEAD = 14.0
"""Smallest height of the new head in pixels."""

LEAST_ROOM = 20.0
"""Smallest height of all blocks together, in pixels."""


@dataclass(frozen=True)
class BarLayout:
    """Positions of the blocks of a bar.

    Attributes:
        bar: The bar.
        tops: The y coordinate at which each piece begins, and the one at which the last piece ends.
    """

    bar: Bar
    tops: tuple[float, ...]

    def edge_y(self, place: int) -> float:
        """Position of the edge above a piece."""
        return self.tops[min(place, len(self.tops) - 1)]

    def nearest(self, y: float) -> int:
        """The number of frozen blocks whose edge is nearest to `y`, where the edge snaps to."""
        return min(self.bar.places, key=lambda place: abs(self.edge_y(place) - y))

    def is_at_edge(self, y: float, place: int) -> bool:
        """True where a mouse press grabs the edge at `place`."""
        return bool(self.bar.pieces) and abs(y - self.edge_y(place)) <= REACH

    def spans(self) -> list[tuple[Piece, float, float]]:
        """Each piece with its top and bottom."""
        return list(zip(self.bar.pieces, self.tops, self.tops[1:], strict=False))

    def piece_at(self, y: float) -> Piece | None:
        """The piece at a height; None above and below the bar."""
        return next((piece for piece, top, bottom in self.spans() if top <= y < bottom), None)

    def middle_of(self, path: str) -> float | None:
        """The middle of the piece that a layer is in; None for a layer in none."""
        place = self.bar.index_of(path)
        return (self.tops[place] + self.tops[place + 1]) / 2 if place >= 0 else None


def lay_out(bar: Bar, top: float, height: float) -> BarLayout:
    """The layout of a bar that begins at `top`, in a widget of a height."""
    room = max(LEAST_ROOM, height - top - REACH)
    tall = heights(bar.pieces, room)
    if tall and tall[-1] < HEAD:  # the head trains under every plan: it stays in view below the edge
        tall = [*heights(bar.pieces[:-1], room - HEAD), HEAD]
    tops = [top]
    for each in tall:
        tops.append(tops[-1] + each)
    return BarLayout(bar, tuple(tops))


def heights(pieces: Sequence[Piece], room: float, least: float = 2.0) -> list[float]:
    """Heights of the pieces in proportion to their sizes, none below `least` if `room` (pixels) suffices for that."""
    if not pieces:
        return []
    least = min(least, room / len(pieces))
    small: set[int] = set()
    while True:
        total = sum(piece.size for place, piece in enumerate(pieces) if place not in small)
        left = room - least * len(small)
        share = left / total if total > 0 else 0.0
        below = {place for place, piece in enumerate(pieces) if place not in small and piece.size * share < least}
        if not below or len(small) + len(below) == len(pieces):
            break
        small |= below
    if total <= 0:
        return [room / len(pieces)] * len(pieces)
    return [least if place in small else piece.size * share for place, piece in enumerate(pieces)]
