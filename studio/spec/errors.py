"""The exception for errors that the user can correct."""

from __future__ import annotations


class UserError(Exception):
    """An error that the user can correct: what happened, where, and what to do.

    The terminal prints it in one line and exits with status 2; the window shows it on the page concerned. Every other
    exception is a defect of this program.

    Attributes:
        title: One sentence on what happened, with the file or name concerned.
        hint: One sentence on what to do.
        file: The file or folder concerned; "" where there is none.
    """

    def __init__(self, title: str, hint: str = "", file: object = "") -> None:
        super().__init__(f"{title} {hint}".strip())
        self.title = title
        self.hint = hint
        self.file = str(file)
