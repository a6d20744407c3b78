"""One format of whole models, or the features: whether to export it, its precision, its state, and its certificate."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.model_exports import ModelOffer
from studio.session.using.export_words import ExportRow
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.progress_line import ProgressBar
from studio.ui.widgets.wrapped_label import WrappedLabel

STEPS = 1000
PROGRAM, UNPROVED = ".predict.py", ".unproved"
"""Suffixes added to the name of an exported file: for its program, and for a file that did not pass the check."""

FEATURES_TIP = tr("Export the features of the training and validation photos, with their paths and classes")


class FormatRow(QWidget):
    """The row.

    Signals:
        changed: The user checked or unchecked the format.
    """

    changed = Signal()

    def __init__(self, offer: ModelOffer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offer = offer
        self._shown: ExportRow | None = None
        self.box = QCheckBox(translated(offer.title), self)
        tip = tr("Export {title} ({suffix})").format(title=translated(offer.title), suffix=offer.suffix)
        self.box.setToolTip(tip if offer.is_model else FEATURES_TIP)
        self.box.setChecked(offer.is_model and not offer.why_not)
        self.box.toggled.connect(self.changed)
        entries = [(one, one) for one in offer.precisions]
        named = tr("Number type of {title}") if offer.is_model else tr("Type of file of {title}")
        tip = tr("Number type of the weights") if offer.is_model else tr("Type of the file")
        self.precision = NarrowCombo(named.format(title=translated(offer.title)), 6, tip, entries, self)
        self.sign = QLabel(self)
        self.state = WrappedLabel(self)
        self.bar = ProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, STEPS)
        self.bar.setAccessibleName(tr("Progress of {title}").format(title=translated(offer.title)))
        self.frame = QFrame(self)
        self.frame.setObjectName("popup")
        self.certificate = WrappedLabel(self.frame)
        theme.set_color_role(self.certificate, "muted")
        inside = QVBoxLayout(self.frame)
        inside.setContentsMargins(8, 6, 8, 6)
        inside.addWidget(self.certificate)
        self.show_file = self._link(tr("Show file"), tr("Show the folder of the file"), self._show_file)
        self.copy_code = self._link(
            tr("Copy code"), tr("Copy the program that predicts photos with the file"), self._copy_code
        )
        self.copy_code.setVisible(offer.is_model)
        links = QHBoxLayout()
        links.setContentsMargins(0, 0, 0, 0)
        for button in (self.show_file, self.copy_code):
            links.addWidget(button)
        links.addStretch(1)
        inside.addLayout(links)
        top = QHBoxLayout()
        top.addWidget(self.box, 1)
        self.precision.setVisible(len(offer.precisions) > 1)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.sign)
        line.addWidget(self.state, 1)
        line.addWidget(self.precision)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addWidget(self.frame)
        theme.when_changed(self._apply_theme)

    def _link(self, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text, self.frame)
        button.setProperty("role", "link")
        button.setAccessibleName(f"{text}: {translated(self.offer.title)}")
        button.setToolTip(tip)
        button.clicked.connect(slot)
        return button

    def _show_file(self) -> None:
        if self._shown is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._shown.file).parent)))

    def _copy_code(self) -> None:
        """Copy the stand-alone program beside the file to the clipboard; where it cannot be read, show why."""
        if self._shown is None:
            return
        file = self._shown.file.removesuffix(UNPROVED)
        program = next((one for one in (f"{file}{PROGRAM}", f"{self._shown.file}{PROGRAM}") if Path(one).is_file()), "")
        try:
            QGuiApplication.clipboard().setText(Path(program or f"{file}{PROGRAM}").read_text(encoding="utf-8"))
        except OSError as error:
            self.state.show_text(
                typography.unbroken(
                    tr("{file} cannot be read: {reason}.").format(
                        file=f"{file}{PROGRAM}", reason=error.strerror or error
                    )
                )
            )
            theme.set_color_role(self.state, "bad")

    def wanted(self) -> bool:
        """True where it is to be exported."""
        return self.box.isChecked() and not self.offer.why_not

    def show_row(self, row: ExportRow, busy: str) -> None:
        """Show the state; `busy` is the reason why the format cannot be chosen now, or ""."""
        for control in (self.box, self.precision):
            allow(control, self.offer.why_not or busy)
        if row == self._shown:
            return
        self._shown = row
        self.state.show_text(typography.unbroken(row.text))
        theme.set_color_role(self.state, row.color_role)
        self.bar.setVisible(row.share is not None)
        self.bar.setValue(round(STEPS * (row.share or 0.0)))
        self.frame.setVisible(bool(row.certificate))
        text = "\n".join((tr("Certificate"), *row.certificate))
        self.certificate.show_text(typography.unbroken(text) if row.certificate else "")
        self.frame.setToolTip(typography.tip(row.file))
        self.setAccessibleName(f"{translated(self.offer.title)}: {row.text}")
        self._apply_theme()

    def _apply_theme(self) -> None:
        row = self._shown
        self.sign.setVisible(row is not None and bool(row.sign))
        if row is not None and row.sign:
            self.sign.setPixmap(theme.icon(row.sign, getattr(theme.current(), row.color_role)).pixmap(theme.ICON))
