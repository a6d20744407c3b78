"""Message boxes of the window. None blocks the event loop; each deletes itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMessageBox, QWidget

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.system import resources

DATA = (
    tr("Your photos and results are not sent anywhere."),
    tr(
        "Photos are read from your folder and never changed. Runs, computed features and settings are written to this "
        "computer only. The program uses the network only when you ask for it: to download a backbone's weights, with "
        "Download on the Features page or when you agree to it before a run, and to read a folder that you open "
        "by its URL."
    ),
)


def about(parent: QWidget) -> QMessageBox:
    """Show the program's name and purpose."""
    box = _box(parent, "about", tr("About Thaw Studio"), "Thaw Studio")
    box.setInformativeText(
        tr(
            "Trains image classifiers on your own photos by freezing and thawing pretrained networks, and shows what "
            "happens.\n\nApache License 2.0."
        )
    )
    box.setIconPixmap(QIcon(str(resources.path("icon.svg"))).pixmap(64, 64))
    return _opened(box)


def privacy(parent: QWidget) -> QMessageBox:
    """Explain where user data is stored."""
    box = _box(parent, "privacy", tr("Where your data goes"), DATA[0])
    box.setInformativeText(DATA[1])
    return _opened(box)


def ask_close(parent: QWidget, what: str, hint: str, agreed: Callable[[], None]) -> QMessageBox:
    """Ask whether to stop the running job and close the window.

    Args:
        parent: The window.
        what: Title of the running job: "Training".
        hint: Says which results are kept.
        agreed: Called if the user confirms.
    """
    return question(
        parent,
        "ask_close",
        tr("Close Thaw Studio"),
        (tr("{what} is running. Stop it and close?").format(what=what), hint),
        (tr("Stop and close"), tr("Keep running")),
        agreed,
    )


def ask_stop(parent: QWidget, hint: str, agreed: Callable[[], None]) -> QMessageBox:
    """Ask whether to stop the training, after Esc.

    Args:
        parent: The window.
        hint: Says which results are kept, and which job follows.
        agreed: Called if the user confirms.
    """
    return question(
        parent,
        "ask_stop",
        tr("Stop training"),
        (tr("Stop the training?"), hint),
        (tr("Stop"), tr("Keep training")),
        agreed,
    )


def ask_download(parent: QWidget, backbone: str, size: float, agreed: Callable[[], None]) -> QMessageBox:
    """Ask whether to download a backbone's weights now.

    Args:
        parent: The window.
        backbone: Name of the backbone.
        size: In megabytes; 0 where it is unknown.
        agreed: Called if the user confirms.
    """
    more = tr(
        "To download: {download_size}. They are stored, so this happens once. The training starts after the download."
    ).format(download_size=numbers.download_size(size))
    return question(
        parent,
        "ask_download",
        tr("Download weights"),
        (tr("The weights of {backbone} are not on this computer.").format(backbone=backbone), more),
        (tr("Download and train"), tr("Cancel")),
        agreed,
    )


def question(
    parent: QWidget,
    name: str,
    title: str,
    text: tuple[str, str],
    answers: tuple[str, str],
    agreed: Callable[[], None],
) -> QMessageBox:
    """Ask for confirmation; Enter and Esc decline.

    Args:
        parent: The window.
        name: Object name of the box.
        title: Window title of the box.
        text: The question, and an explanation.
        answers: Labels of the button that confirms and of the one that declines.
        agreed: Called if the user confirms.
    """
    box = _box(parent, name, title, text[0])
    box.setIcon(QMessageBox.Icon.Question)
    box.setInformativeText(text[1])
    box.setStandardButtons(QMessageBox.StandardButton.NoButton)
    yes = box.addButton(answers[0], QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(answers[1], QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    yes.clicked.connect(agreed)
    return _opened(box)


def note(parent: QWidget, name: str, title: str, text: tuple[str, str]) -> QMessageBox:
    """Show a message that needs no answer, with details."""
    box = _box(parent, name, title, text[0])
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(text[1])
    return _opened(box)


def _box(parent: QWidget, name: str, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setWindowTitle(title)
    box.setText(text)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _opened(box: QMessageBox) -> QMessageBox:
    box.open()
    return box
