"""What Qt complains of goes into the log; what it calls critical is told as a defect."""

from __future__ import annotations

import os
import sys
import threading

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from studio.system import log

KINDS = {
    QtMsgType.QtWarningMsg: "warning",
    QtMsgType.QtCriticalMsg: "critical",
    QtMsgType.QtFatalMsg: "fatal",
}
"""Those worth keeping; the others are only there where somebody asked for them (`QT_LOGGING_RULES`)."""

_inside = threading.local()


def install() -> None:
    """Take Qt's messages from now on."""
    qInstallMessageHandler(_take)


def uninstall() -> None:
    """Let Qt print them again."""
    qInstallMessageHandler(None)


def _take(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if getattr(_inside, "busy", False):  # telling of a message must not lead to the next one, for ever
        return
    _inside.busy = True
    try:
        word = KINDS.get(kind)
        category = getattr(context, "category", None) or "default"
        if word is None or word == "fatal" or os.environ.get("THAW_DEBUG", "") not in ("", "0"):
            print(f"Qt: {text}", file=sys.stderr)
        if word is not None:
            log.message(f"Qt {word} ({category}): {text}", listened=word == "critical")
    finally:
        _inside.busy = False
