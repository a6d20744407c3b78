"""Row above the layer tree: search, image size and batch of the shapes, columns, folding and copying."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSpinBox, QToolButton, QWidget

from studio.formatting.language import counted, tr
from studio.session.plan.layer_sizes import MOST_PHOTOS
from studio.ui.stations.features.layers.layer_cells import COLUMNS, LAYER, ORDER
from studio.ui.stations.features.layers.layer_search import LayerSearch
from studio.ui.stations.features.layers.layer_tree import LayerTree
from studio.ui.theme import theme
from studio.ui.widgets.enabling import ReasonMenu
from studio.ui.widgets.fields.search_line import SearchLine

SEARCH_TIP = tr("Words in path or type of a layer; Enter goes to the next match, Esc shows all layers (Ctrl+Shift+F)")
SIZE_TIP = tr(
    "Side of the photos for the shapes below, in pixels. It changes no setting: photos are trained at the size on the "
    "Preprocess page, which Esc restores"
)
BATCH_TIP = tr("Number of photos for the shapes, MACs and memory below; it changes no setting")


class _Search(SearchLine):
    """Search line with keys for the matches.

    Signals:
        stepped: Go to the next match, or without True to the previous one.
    """

    stepped = Signal(bool)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for its placeholder."""
        least = super().minimumSizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self.placeholderText()) + 40, least.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with Enter and Shift+Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.stepped.emit(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        else:
            super().keyPressEvent(event)


class _Number(QSpinBox):
    """Number that Esc resets."""

    def __init__(self, name: str, tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.usual = 1
        self.setRange(1, MOST_PHOTOS)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setKeyboardTracking(False)

    def sizeHint(self) -> QSize:
        """Wide enough for the largest number and the arrows."""
        return QSize(self.fontMetrics().horizontalAdvance(str(MOST_PHOTOS)) + 48, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Restore the usual number with Esc."""
        if event.key() == Qt.Key.Key_Escape and self.value() != self.usual:
            self.setValue(self.usual)
        else:
            super().keyPressEvent(event)


class LayerTools(QWidget):
    """The controls of a layer tree's view.

    Signals:
        side_changed: Side of the photos that the shapes should be of; 0 for that of the settings.
        batch_changed: Number of photos that they should be of.
        times_requested: Measure the time of each layer for this many photos.

    Args:
        tree: The tree that they act on.
        parent: Owner.
    """

    side_changed = Signal(int)
    batch_changed = Signal(int)
    times_requested = Signal(int)

    def __init__(self, tree: LayerTree, parent: QWidget) -> None:
        super().__init__(parent)
        self._tree = tree
        self.filter = LayerSearch(tree)
        self.search = _Search(tr("Find a layer"), tr("Find a layer"), SEARCH_TIP, self)
        self.search.textChanged.connect(self.filter.search)
        self.search.stepped.connect(self.filter.step)
        self.match_count = QLabel(self)
        theme.set_color_role(self.match_count, "muted")
        self.filter.matched.connect(self._show_match_count)
        QShortcut(QKeySequence("Ctrl+Shift+F"), self).activated.connect(self.search.take_focus)
        self.side = _Number(tr("Side of the photos in pixels, for the shapes"), SIZE_TIP, self)
        self.side.valueChanged.connect(self._take_side)
        self.batch = _Number(tr("Number of photos, for the shapes"), BATCH_TIP, self)
        self.batch.valueChanged.connect(self.batch_changed)
        self.columns = self._menu("view-column-outline", tr("Columns"), tr("Choose the columns"))
        self.boxes = [self._column(column) for column in ORDER if column != LAYER]
        self.columns.addSeparator()
        self.columns.addAction(tr("Usual columns and widths"), tree.columns.forget_choices)
        self.columns.aboutToShow.connect(self._check_columns)
        self.more = self._menu("dots-horizontal", tr("Fold and copy"), tr("Expand, collapse or copy the table"))
        self.more.addAction(tr("Expand all layers"), tree.expandAll)
        self.more.addAction(tr("Collapse to blocks"), tree.collapse_to_blocks)
        self.more.addAction(tr("Collapse all"), tree.collapseAll)
        self.more.addSeparator()
        self.measure = self.more.addAction(tr("Measure the time of each layer"), self._measure)
        self.more.addSeparator()
        self.more.addActions(list(tree.copying.actions))
        self.more.addActions(list(tree.copy_formats))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self.match_count)
        for words, field, tip in ((tr("P&hoto"), self.side, SIZE_TIP), (tr("Batc&h"), self.batch, BATCH_TIP)):
            name = QLabel(words, self)
            name.setBuddy(field)
            name.setToolTip(tip)
            row.addWidget(name)
            row.addWidget(field)
        for button in self._buttons:
            row.addWidget(button)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def show_side(self, usual: int) -> None:
        """Show the side of the settings where it changed; until then a side that the user entered stays."""
        if usual != self.side.usual:
            self.side.usual = usual
            self._put(self.side, usual)

    def reset(self) -> None:
        """Show the side of the settings, because another network is shown."""
        self._put(self.side, self.side.usual)

    def shows_settings_side(self) -> bool:
        """True while the shapes are those at the image size of the settings."""
        return self.side.value() == self.side.usual

    @staticmethod
    def _put(field: QSpinBox, value: int) -> None:
        before = field.blockSignals(True)
        field.setValue(value)
        field.blockSignals(before)

    def _measure(self) -> None:
        self.times_requested.emit(self.batch.value())

    def _take_side(self, side: int) -> None:
        self.side_changed.emit(0 if side == self.side.usual else side)

    def _show_match_count(self, number: int) -> None:
        self.match_count.setText("" if number < 0 else counted(number, "layer"))
        self.match_count.setVisible(number >= 0)

    def _column(self, column: int) -> QAction:
        action = self.columns.addAction(COLUMNS[column])
        action.setCheckable(True)
        action.setData(column)
        action.triggered.connect(self._take_column)
        return action

    def _check_columns(self) -> None:
        for action in self.boxes:
            action.setChecked(not self._tree.isColumnHidden(int(action.data())))

    def _take_column(self, shown: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._tree.columns.choose(int(action.data()), shown)

    def _menu(self, sign: str, name: str, tip: str) -> QMenu:
        button = QToolButton(self)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setIconSize(theme.ICON)
        button.setProperty("sign", sign)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = ReasonMenu(button)
        button.setMenu(menu)
        return menu

    @property
    def _buttons(self) -> list[QToolButton]:
        return [menu.parent() for menu in (self.columns, self.more)]  # type: ignore[misc]

    def _apply_theme(self) -> None:
        for button in self._buttons:
            button.setIcon(theme.icon(str(button.property("sign"))))
