"""Writes Qt's messages to the log, and reports critical ones as defects."""

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
"""Kinds that are logged; the others appear only where `QT_LOGGING_RULES` enables them."""

_inside = threading.local()


def install() -> None:
    """Receive Qt's messages."""
    qInstallMessageHandler(_take)


def uninstall() -> None:
    """Let Qt print its messages again."""
    qInstallMessageHandler(None)


def _take(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if getattr(_inside, "busy", False):  # handling a message may cause another one, which must not recurse
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
