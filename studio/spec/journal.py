"""Changes to a folder's journal that the user asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActionKind = Literal["exclude", "restore", "relabel", "split", "accept", "reopen"]
"""Kind of action: `restore` is the opposite of `exclude`, `reopen` that of `accept`."""

LABEL_ERROR = "label_error"
"""Finding that the user accepts where a label is right although the evaluation or the map calls it likely wrong."""


@dataclass(frozen=True, slots=True)
class JournalAction:
    """One action on photos or on a finding.

    Attributes:
        kind: Kind of the action.
        photos: Paths of photos relative to the folder; for `accept` and `reopen` those of one photo or pair of the
            finding, or none for the whole finding.
        value: Class for `relabel`, split for `split` ("" for the original one), finding for `accept` and
            `reopen`.
    """

    kind: ActionKind
    photos: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class JournalRequest:
    """A change to a journal, or none, to read it. At most one of the fields is set.

    Attributes:
        actions: Actions that are done, and undone, together.
        step: `undo` or `redo` the last entry; "" for neither.
        import_from: CSV file whose choices are added; "" for none.
        export_to: CSV file to write the choices to; "" for none.
    """

    actions: tuple[JournalAction, ...] = ()
    step: Literal["", "undo", "redo"] = ""
    import_from: str = ""
    export_to: str = ""
