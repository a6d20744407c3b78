"""The error that a user can act on."""

from __future__ import annotations


class UserError(Exception):  # the user's word for it, not a programmer's
    """Something the user can put right: what happened, where, and what to do.

    The terminal prints it in one line and exits with 2; the window shows it in the page where it matters. Everything
    else that is raised is a defect of this program.

    Attributes:
        title: What happened and to which file or name, one sentence.
        hint: What to do now, one sentence.
        file: The file or folder concerned; "" where there is none.
    """

    def __init__(self, title: str, hint: str = "", file: object = "") -> None:
        super().__init__(f"{title} {hint}".strip())
        self.title = title
        self.hint = hint
        self.file = str(file)
