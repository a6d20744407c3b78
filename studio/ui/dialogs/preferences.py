"""Dialog for the user's preferences; each change is stored at once, and each row says when it takes effect."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.formatting.language import tr, translated
from studio.spec import UserError
from studio.spec.settings import Limits
from studio.system import preferences
from studio.ui.theme import theme
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.fields.number_field import NumberField
from studio.ui.widgets.notice import Notice

Value = preferences.Value
SIZES = (100, 110, 125, 150, 175, 200)
THEMES = (("system", tr("Follow the system")), ("light", tr("Light")), ("dark", tr("Dark")))
DEVICES = (
    ("auto", tr("Automatic")),
    ("cpu", tr("Processor")),
    ("cuda", tr("NVIDIA or AMD GPU")),
    ("mps", tr("Apple GPU")),
)
LABELS = {
    "theme": tr("&Theme"),
    "language": tr("&Language"),
    "text_size": tr("Text &size"),
    "cache_folder": tr("Cache &folder"),
    "cache_gb": tr("Cache &limit in GB"),
    "device": tr("Automatic &device"),
    "threads": tr("Th&reads (0: all)"),
}
CHECKS = {
    "reduced_motion": tr("Show changes at once, without ani&mation"),
    "confirm_close": tr("Ask before &closing stops a run"),
    "confirm_stop": tr("Ask before &Esc stops a run"),
}
LATER = {"with the next job": tr("from the next job on"), "after a restart": tr("after a restart")}
NUMBER_WIDTH, FOLDER_WIDTH = 104, 150
WIDTH = 536
"""Least width of the rows in pixels."""


class PreferencesDialog(QDialog):
    """The preferences of window, terminal and library; not modal.

    Signals:
        changed: Key and value of a preference that was just stored.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setWindowTitle(tr("Preferences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.notice = Notice(self)
        self.fields: dict[str, QWidget] = {}
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        languages = [("system", tr("Follow the system")), *preferences.LANGUAGES.items()]
        sizes = [(size, f"{size}\u202f%") for size in _with_own(SIZES, preferences.value("text_size"))]
        self._add(form, "theme", self._combo("theme", dict(THEMES)))
        self._add(form, "language", self._combo("language", dict(languages)))
        self._add(form, "text_size", self._combo("text_size", dict(sizes)))
        for key in CHECKS:
            self._add(form, key, self._check(key))
        self._add(form, "cache_folder", self._folder_row())
        self._add(form, "cache_gb", self._number("cache_gb"))
        own = preferences.value("device")
        devices = dict(DEVICES) if own in dict(DEVICES) else dict(DEVICES) | {own: own}
        self._add(form, "device", self._combo("device", devices))
        self._add(form, "threads", self._number("threads"))
        self.reset = QPushButton(tr("Restore the defaults"), self)
        self.reset.setToolTip(tr("Return to the default of every preference that no environment variable sets"))
        self.reset.clicked.connect(self._restore)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.notice)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(close_row(self, self.reset))
        column.addStrut(WIDTH)  # a minimum that long labels of another language may exceed
        self._show_values()

    def _add(self, form: QFormLayout, key: str, field: QWidget | QHBoxLayout) -> None:
        """Add a row: label, field, and when a change takes effect."""
        row = QHBoxLayout()
        if isinstance(field, QHBoxLayout):
            row.addLayout(field, 1)
        else:
            row.addWidget(field, 1)
        when = LATER.get(preferences.row(key).when, "")
        if when:
            note = QLabel(when, self)
            theme.set_color_role(note, "muted")
            row.addWidget(note)
        if key in CHECKS:
            form.addRow("", row)
            return
        label = QLabel(LABELS[key], self)
        label.setBuddy(self.fields[key])
        form.addRow(label, row)

    def _combo(self, key: str, entries: Mapping[Value, str]) -> QComboBox:
        combo = NarrowCombo(
            LABELS[key].replace("&", ""), 16, translated(preferences.row(key).help), entries.items(), self
        )
        combo.activated.connect(self._combo_chosen)
        combo.setProperty("key", key)
        self.fields[key] = combo
        return combo

    def _check(self, key: str) -> QCheckBox:
        box = QCheckBox(CHECKS[key], self)
        box.setToolTip(translated(preferences.row(key).help))
        box.setProperty("key", key)
        box.clicked.connect(self._box_clicked)
        self.fields[key] = box
        return box

    def _number(self, key: str) -> NumberField:
        row = preferences.row(key)
        whole = isinstance(row.default, int)
        field = NumberField(LABELS[key].replace("&", ""), whole, Limits(ge=row.low, le=row.high), self)
        field.setFixedWidth(NUMBER_WIDTH)
        field.setToolTip(translated(row.help))
        field.setProperty("key", key)
        field.setFocusProxy(field.line)
        field.number_changed.connect(self._number_entered)
        self.fields[key] = field
        return field

    def _folder_row(self) -> QHBoxLayout:
        self.folder = QLineEdit(self)
        self.folder.setMinimumWidth(theme.enlarged(FOLDER_WIDTH))
        self.folder.setAccessibleName(tr("Cache folder"))
        self.folder.setPlaceholderText(tr("the default folder"))
        self.folder.setToolTip(translated(preferences.row("cache_folder").help))
        self.folder.editingFinished.connect(self._folder_entered)
        self.choose = QPushButton(tr("Choose…"), self)
        self.choose.setAccessibleName(tr("Choose the cache folder"))
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._choose_folder)
        self.fields["cache_folder"] = self.folder
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        return row

    def _show_values(self) -> None:
        """Show the values in use, which of them the environment sets, and which stored ones are invalid."""
        for key, field in self.fields.items():
            value, origin = preferences.value(key), preferences.origin(key)
            if isinstance(field, QComboBox):
                field.setCurrentIndex(field.findData(value))
            elif isinstance(field, QCheckBox):
                field.setChecked(value)
            elif isinstance(field, NumberField):
                field.show_number(value)
            elif isinstance(field, QLineEdit):
                field.setText(value)
            given = origin not in ("chosen", "default")
            target = field.line if isinstance(field, NumberField) else field
            allow(target, tr("The environment variable {origin} sets this.").format(origin=origin) if given else "")
            if key == "cache_folder":
                allow(
                    self.choose,
                    tr("The environment variable {origin} sets this.").format(origin=origin) if given else "",
                )
        if faults := preferences.faults():
            self.notice.show_text("caution", " ".join(dict.fromkeys(faults)))
        else:
            self.notice.clear()

    def _store(self, values: Mapping[str, Value | None]) -> None:
        try:
            preferences.change(values)
        except UserError as error:
            self._show_values()
            self.notice.show_text("bad", error.title, error.hint)
            return
        self._show_values()
        for key in values:
            self.changed.emit(key, preferences.value(key))

    def _combo_chosen(self) -> None:
        combo = self.sender()
        if isinstance(combo, QComboBox):
            self._store({combo.property("key"): combo.currentData()})

    def _box_clicked(self, checked: bool) -> None:
        box = self.sender()
        if isinstance(box, QCheckBox):
            self._store({box.property("key"): checked})

    def _number_entered(self, number: float) -> None:
        field = self.sender()
        if isinstance(field, NumberField):
            self._store({field.property("key"): number})

    def _folder_entered(self) -> None:
        text = self.folder.text().strip()
        if text != preferences.value("cache_folder"):
            self._store({"cache_folder": text or None})

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, tr("Folder of computed features"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    def _folder_chosen(self, path: str) -> None:
        self._store({"cache_folder": path})

    def _restore(self) -> None:
        self._store({row.key: None for row in preferences.ROWS})


def _with_own(sizes: tuple[int, ...], own: int) -> list[int]:
    return sorted({*sizes, own})
