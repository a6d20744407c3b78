"""Shortens names so that no two that differ look alike: what tells them apart is kept, the rest gives way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.widgets.columns import PADDING

HEAD = 4
"""Letters kept of a beginning that several names share."""
KEPT = 8
"""Widths and fonts that are remembered: a table, a matrix and what is seen while a border is dragged."""


class ToldApart:
    """Names that stand together."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._made: dict[tuple[int, str], Mapping[str, str]] = {}

    def show(self, names: Sequence[str]) -> None:
        """Take other names."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._made.clear()

    def shortened(self, name: str, room: int, metrics: QFontMetrics) -> str:
        """A name for a room; one that does not stand with the others is shortened in its middle."""
        if metrics.horizontalAdvance(name) <= room:
            return name
        key = room, f"{metrics.height()} {metrics.horizontalAdvance('mMiI…')}"
        if key not in self._made:
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[key] = shortened(self._names, room, metrics)
        return self._made[key].get(name) or metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)


def shortened(names: Iterable[str], room: int, metrics: QFontMetrics) -> dict[str, str]:
    """Each name in its middle where that tells it apart, else around the place where it differs from those like it."""
    shown: dict[str, str] = {}
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        shown[name] = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        alike.setdefault(shown[name], []).append(name)
    waiting = [group for group in alike.values() if len(group) > 1]
    while waiting:
        group = waiting.pop()
        again: dict[str, list[str]] = {}
        for name in group:
            shown[name] = _around(name, *_differs(group), room, metrics)
            again.setdefault(shown[name], []).append(name)
        # A group that stays whole cannot be told apart in this room; a part of it may differ somewhere else.
        waiting += [part for part in again.values() if 1 < len(part) < len(group)]
    return shown


def _differs(names: Sequence[str]) -> tuple[int, int]:
    """How many letters all of them begin with, and how many they end with."""
    first, last, least = min(names), max(names), min(len(name) for name in names)
    begin = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), least)
    backwards = [name[::-1] for name in names]
    first, last = min(backwards), max(backwards)
    end = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), least)
    return begin, min(end, least - begin)


def _around(name: str, begin: int, end: int, room: int, metrics: QFontMetrics) -> str:
    """The beginning, then what lies between shared beginning and shared end, with as much around it as fits."""
    left, right = begin, max(len(name) - end, begin)
    head = name[:HEAD] if begin > HEAD else ""

    def written(left: int, right: int) -> str:
        before = f"{head}…{name[left:right]}" if left > len(head) else name[:right]
        return before if right >= len(name) else f"{before}…"

    if metrics.horizontalAdvance(written(left, right)) > room:
        return metrics.elidedText(f"…{name[begin:]}" if begin else name, Qt.TextElideMode.ElideRight, room)
    before, after = left > 0, right < len(name)
    while before or after:
        before = before and left > 0 and metrics.horizontalAdvance(written(left - 1, right)) <= room
        left -= before
        after = after and right < len(name) and metrics.horizontalAdvance(written(left, right + 1)) <= room
        right += after
    return written(left, right)


class NameDelegate(QStyledItemDelegate):
    """Names of a column that fills a table: shortened, they are still told apart."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names = ToldApart()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The name as it fits; a size is asked for without a place, and is that of the whole name."""
        super().initStyleOption(option, index)
        room = option.rect.width() - PADDING
        if room > 0:
            option.text = self.names.shortened(option.text, room, option.fontMetrics)
