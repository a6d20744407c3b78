"""Card for the split that the program makes where the folder has none: shares, groups, near duplicates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QWidget,
)

from studio.events import Dataset
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.session.photos import split_words
from studio.session.plan.setting_texts import setting_of
from studio.session.state import AppState
from studio.spec import DatasetSpec
from studio.spec.structs import replace
from studio.ui.dialogs import files
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.collapsible import Section
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow

LEAST, MOST = 5, 50
TRAINING = tr("Training is in progress.")


class SplitCard(Card):
    """Shares and groups, or a sentence where the folder has a split.

    Signals:
        fraction_moved: The user moved the slider; `fraction` is its new value.
        split_chosen: A `DatasetSpec` with another way to divide.
        pairs_requested: Show the pairs that cross the split.
    """

    fraction_moved = Signal()
    split_chosen = Signal(object)
    pairs_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("card|Split"), parent)
        self._dataset: Dataset | None = None
        self._spec = DatasetSpec("")
        self._drawn: object = None
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(LEAST, MOST)
        self._slider.setPageStep(5)
        self._slider.setAccessibleName(tr("Share of photos held out for validation, in percent"))
        self._slider.setToolTip(tr("Share of photos held out for validation"))
        self._slider.valueChanged.connect(self._moved)
        self._share = QLabel(self)
        self._share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._share.setFixedWidth(self._share.fontMetrics().horizontalAdvance("100 %") + 8)
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        theme.set_color_role(self._words, "muted")
        self._caption = QLabel(tr("Validation"), self)
        self.header.addWidget(self._caption)
        self.header.addWidget(self._slider, 4)
        self.header.addWidget(self._share)
        self.options = Section(tr("Groups, test set"), self)
        self.options.heading.clicked.connect(self._opened_by_user)
        self.options.rows.addWidget(self._make_choices(), 0, 0, 1, 2)
        self._folds = True
        self.body.addWidget(self.options)
        self.body.addWidget(self._words)
        self.pairs = QPushButton(self)
        self.pairs.setProperty("role", "link")
        self.pairs.setToolTip(tr("Show the pairs side by side"))
        self.pairs.clicked.connect(self.pairs_requested)
        self.pairs.hide()
        self.body.addWidget(self.pairs, 0, Qt.AlignmentFlag.AlignLeft)

    def _make_choices(self) -> QWidget:
        """The ways to divide."""
        box = QWidget(self)
        self.group = QComboBox(box)
        self.group.setAccessibleName(tr("Group by: photos that stay on one side"))
        for way, title in split_words.WAYS.items():
            self.group.addItem(title, way)
        self.group.activated.connect(self._group_picked)
        self.pattern = QLineEdit(box)
        self.pattern.setAccessibleName(tr("Pattern of groups in file names"))
        self.pattern.setPlaceholderText("^([^_]+)_")
        self.pattern.setFont(theme.mono())
        self.pattern.setToolTip(setting_of(DatasetSpec, "split_pattern").help)
        self.pattern.editingFinished.connect(self._pattern_written)
        self.table = QPushButton(tr("Choose…"), box)
        self.table.setAccessibleName(tr("Choose the table of groups"))
        self.table.clicked.connect(self._ask_table)
        self.table_name = ElidedLabel(box)
        self.column = QLineEdit(box)
        self.column.setAccessibleName(tr("Column with the groups"))
        self.column.setPlaceholderText(tr("second column"))
        self.column.setToolTip(setting_of(DatasetSpec, "split_column").help)
        self.column.editingFinished.connect(self._column_written)
        self.test = QComboBox(box)
        self.test.setAccessibleName(tr("Share of photos held out for a test"))
        self.test.setToolTip(tr("Photos that are judged once, separately, and never used to choose anything"))
        self.test.activated.connect(self._test_picked)
        near = setting_of(DatasetSpec, "split_near")
        self.near = QCheckBox(near.label, box)
        self.near.setToolTip(typography.tip(f"{near.help}. {translated(near.note)}"))
        self.near.clicked.connect(self._near_picked)
        file = QHBoxLayout()
        file.addWidget(self.table_name, 1)
        file.addWidget(self.table)
        self._form = QFormLayout(box)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(tr("Group by"), self.group)
        self._form.addRow(tr("Pattern"), self.pattern)
        self._form.addRow(tr("Table"), file)
        self._form.addRow(tr("Column"), self.column)
        self._form.addRow(tr("Test set"), self.test)
        self._form.addRow(self.near)
        self._file = file
        return box

    def show_state(self, state: AppState) -> None:
        """Draw the state. Photos are counted only when they changed: a data set may have 50,000."""
        drawn = (id(state.dataset), state.spec.dataset, "train" in state.jobs)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._dataset, self._spec = state.dataset, state.spec.dataset
        has_split = state.dataset is not None and state.dataset.split_found
        for part in (self._caption, self._slider, self._share, self.options):
            part.setVisible(not has_split)
        why = TRAINING if "train" in state.jobs else ""
        for control in (self._slider, self.pattern, self.table, self.column, self.test, self.near):
            allow(control, why)
        if not has_split and not self._slider.isSliderDown():
            self._slider.blockSignals(True)
            self._slider.setValue(round(state.spec.dataset.val_fraction * 100))
            self._slider.blockSignals(False)
        self._show_group(why)
        self._show_test()
        self.near.setChecked(self._spec.split_near)
        self.options.show_summary(split_words.options(self._spec))
        self._write()

    def fold(self, folded: bool) -> None:
        """Hide or show how photos are grouped, unless the user has opened or closed it."""
        if self._folds:
            self.options.heading.setChecked(not folded)

    def fraction(self) -> float:
        """Validation share set by the slider."""
        return self._slider.value() / 100

    # ------------------------------------------------------------------------------------------------ drawing

    def _show_group(self, why: str) -> None:
        way = self._spec.split_by
        self.group.setCurrentIndex(self.group.findData(way))
        model = self.group.model()
        assert isinstance(model, QStandardItemModel)
        for one, tip in split_words.TIPS.items():
            place = self.group.findData(one)
            obstacle = split_words.obstacle(self._dataset, one)
            item = model.item(place)
            item.setEnabled(not obstacle or one == way)
            item.setToolTip(typography.tip(f"{tip}\n{obstacle}" if obstacle else tip))
            item.setData(f"{split_words.WAYS[one]}. {obstacle or tip}", Qt.ItemDataRole.AccessibleTextRole)
        allow(self.group, why, split_words.TIPS[way])
        self._show_fields(way)

    def _show_fields(self, way: str) -> None:
        self._form.setRowVisible(self.pattern, way == "name")
        self._form.setRowVisible(self._file, way == "table")
        self._form.setRowVisible(self.column, way == "table")
        if not self.pattern.hasFocus():
            self.pattern.setText(self._spec.split_pattern)
        if not self.column.hasFocus():
            self.column.setText(self._spec.split_column)
        self.table_name.show_text(Path(self._spec.split_table).name or tr("none"))

    def _show_test(self) -> None:
        shares = sorted({*split_words.TEST_SHARES, self._spec.test_fraction})
        if [self.test.itemData(row) for row in range(self.test.count())] != shares:
            self.test.clear()
            for share in shares:
                self.test.addItem(numbers.percent(share, 0) if share else tr("none"), share)
        self.test.setCurrentIndex(self.test.findData(self._spec.test_fraction))

    def _write(self, estimate: bool = False) -> None:
        self._share.setText(numbers.percent(self.fraction(), 0))
        self._words.setText(split_words.summary(self._dataset, self.fraction() if estimate else None))
        words = split_words.crossing_words(split_words.crossing(self._dataset))
        self.pairs.setText(words)
        self.pairs.setAccessibleName(words or tr("Pairs across the split"))
        self.pairs.setVisible(bool(words))

    # ------------------------------------------------------------------------------------------------ the user acts

    def _opened_by_user(self) -> None:
        self._folds = False

    def _moved(self) -> None:
        self._drawn = None
        self._write(estimate=True)
        self.fraction_moved.emit()

    def _group_picked(self) -> None:
        way = self.group.currentData()
        self._show_fields(way)
        if way == "name" and not self._spec.split_pattern:
            self.pattern.setFocus(Qt.FocusReason.OtherFocusReason)
        elif way == "table" and not self._spec.split_table:
            self._ask_table()
        else:
            self._choose(split_by=way)

    def _pattern_written(self) -> None:
        if (text := self.pattern.text()) and self.group.currentData() == "name":
            self._choose(split_by="name", split_pattern=text)

    def _column_written(self) -> None:
        if self._spec.split_by == "table":
            self._choose(split_column=self.column.text().strip())

    def _ask_table(self) -> None:
        dialog = files.open_groups(self, self._spec.split_table or self._spec.folder, self._table_chosen)
        dialog.rejected.connect(self._show_again)

    def _show_again(self) -> None:
        """Show the current choice again, because no table was chosen."""
        self.group.setCurrentIndex(self.group.findData(self._spec.split_by))
        self._show_fields(self._spec.split_by)

    def _table_chosen(self, file: str) -> None:
        self._choose(split_by="table", split_table=file)

    def _test_picked(self) -> None:
        share = self.test.currentData()
        if share + self._spec.val_fraction < 1:
            self._choose(test_fraction=share)

    def _near_picked(self) -> None:
        self._choose(split_near=self.near.isChecked())

    def _choose(self, **changes: Any) -> None:
        spec = replace(self._spec, **changes)
        if spec != self._spec:
            self.split_chosen.emit(spec)
