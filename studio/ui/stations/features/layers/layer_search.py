"""Search in the layer tree: rows that do not match, and have no match below them, are hidden."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Signal

from studio.ui.stations.features.layers.layer_tree import LayerTree


class LayerSearch(QObject):
    """Hides the rows of a layer tree that do not contain all words of a text in path or type.

    Signals:
        matched: Number of matching layers; -1 without a search.

    Attributes:
        text: What is searched for; "" for nothing.

    Args:
        tree: The tree; owns this object.
    """

    matched = Signal(int)

    def __init__(self, tree: LayerTree) -> None:
        super().__init__(tree)
        self._tree = tree
        self.text = ""
        self._open_before: list[int] = []
        self._hidden: set[int] = set()
        tree.layer_model.modelReset.connect(self._apply_again)

    def search(self, text: str) -> None:
        """Show the layers that match; "" shows all again, expanded as before."""
        text = text.strip()
        if text == self.text:
            return
        if not self.text:
            self._open_before = self._expanded()
        self.text = text
        self._apply()
        if not text:
            self._restore()

    def step(self, forward: bool = True) -> None:
        """Make the next or previous match the current row; after the last one comes the first."""
        cells = self._tree.layer_model.cells
        matches = self._matches() if cells is not None and self.text else []
        if cells is None or not matches:
            return
        here = cells.rows.numbers.get(self._tree.current_path(), -1)
        behind = [row for row in matches if row > here] if forward else [row for row in matches if row < here]
        row = (behind or matches)[0] if forward else (behind or matches)[-1]
        self._tree.setCurrentIndex(self._tree.layer_model.index_of_row(row))

    def _matches(self) -> list[int]:
        cells, words = self._tree.layer_model.cells, self.text.lower().split()
        if cells is None:
            return []
        texts = (f"{layer.path} {cells.rows.type_of(row)}".lower() for row, layer in enumerate(cells.rows.layers))
        return [row for row, text in enumerate(texts) if all(word in text for word in words)]

    def _apply(self) -> None:
        model = self._tree.layer_model
        if model.cells is None:
            return
        rows = model.cells.rows
        matches = self._matches() if self.text else []
        shown: set[int] = set()
        for row in matches:
            shown.add(row)
            while (row := rows.parents[row]) >= 0 and row not in shown:
                shown.add(row)
        every = set(range(len(rows.layers)))
        hidden = every - shown if self.text else set()
        for row in hidden ^ self._hidden:
            index = model.index_of_row(row)
            self._tree.setRowHidden(index.row(), index.parent(), row in hidden)
        self._hidden = hidden
        if self.text:
            for row in {rows.parents[match] for match in matches}:
                self._open_to(row)
        self.matched.emit(len(matches) if self.text else -1)

    def _open_to(self, row: int) -> None:
        model = self._tree.layer_model
        while row >= 0 and model.cells is not None:
            index = model.index_of_row(row)
            if not self._tree.isExpanded(index):
                self._tree.expand(index)
            row = model.cells.rows.parents[row]

    def _expanded(self) -> list[int]:
        model = self._tree.layer_model
        if model.cells is None:
            return []
        rows = model.cells.rows
        return [
            row
            for row in range(len(rows.layers))
            if rows.children[row] and self._tree.isExpanded(model.index_of_row(row))
        ]

    def _restore(self) -> None:
        model = self._tree.layer_model
        if model.cells is None:
            return
        before, rows = set(self._open_before), model.cells.rows
        for row in range(len(rows.layers)):
            if rows.children[row]:
                self._tree.setExpanded(model.index_of_row(row), row in before)
        current = self._tree.currentIndex()
        if current.isValid():
            self._show(current)

    def _show(self, index: QModelIndex) -> None:
        above = index.parent()
        while above.isValid():
            self._tree.expand(above)
            above = above.parent()
        self._tree.scrollTo(index)

    def _apply_again(self) -> None:
        """Search in another network: its rows are all shown at first."""
        cells = self._tree.layer_model.cells
        self._hidden = set()
        self._open_before = cells.rows.opened_at_first() if cells is not None else []
        if self.text:
            self._apply()
