"""Descriptions of the objects of the library: text in a terminal, HTML in a notebook."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from studio.system.names import escaped
from studio.system.output import columns

MOST_ROWS = 20
"""Largest number of rows of a table that are shown."""


@dataclass(frozen=True)
class Description:
    """The description of an object.

    Attributes:
        lines: Sentences before the table.
        rows: Table with its header first; () for none.
        right: Columns of numbers, which are aligned right.
        notes: Sentences after the table.
    """

    lines: tuple[str, ...]
    rows: Sequence[list[str]] = ()
    right: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """The description as lines of text."""
        shown = [columns(self._shown(), set(self.right))] if len(self.rows) > 1 else []
        return "\n".join([*map(escaped, self.lines), *shown, *map(escaped, self._all_notes())])

    def html(self) -> str:
        """The description as HTML, with every name escaped."""
        parts = [_paragraph(line) for line in self.lines]
        if len(self.rows) > 1:
            header, *rows = self._shown()
            parts.append(f"<table><thead>{self._row(header, 'th')}</thead><tbody>")
            parts += [self._row(row, "td") for row in rows]
            parts.append("</tbody></table>")
        return "".join([*parts, *(_paragraph(line) for line in self._all_notes())])

    def _shown(self) -> list[list[str]]:
        return list(self.rows[: MOST_ROWS + 1])

    def _all_notes(self) -> tuple[str, ...]:
        hidden = len(self.rows) - 1 - MOST_ROWS
        return (f"… and {hidden:,} more", *self.notes) if hidden > 0 else self.notes

    def _row(self, cells: list[str], tag: str) -> str:
        sides = ["right" if place in self.right else "left" for place in range(len(cells))]
        html_cells = (
            f'<{tag} style="text-align: {side}">{html.escape(escaped(cell))}</{tag}>'
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{''.join(html_cells)}</tr>"


class Described:
    """Base of objects with a description in a terminal and in a notebook."""

    def _describe(self) -> Description:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._describe().text()

    def _repr_html_(self) -> str:
        return self._describe().html()


def _paragraph(line: str) -> str:
    return f"<p>{html.escape(escaped(line))}</p>"
