"""The actions on the run that is selected in the list: those with a button first, the others are in the menus."""

from __future__ import annotations

from studio.formatting.language import tr
from studio.session.runs import changes, replaying, run_list

ACTIONS = (
    ("open", tr("Show"), tr("Show the results of this run; your settings stay (Enter)"), run_list.cannot_open),
    (
        "settings",
        tr("Use its settings"),
        tr("Replace your settings with those of this run; “Back to my settings” restores yours (Ctrl+Shift+U)"),
        changes.cannot_use_settings,
    ),
    (
        "resume",
        tr("Resume"),
        tr(
            "Continue this run up to its last epoch, with its own settings; “Back to my settings” restores "
            "yours (Ctrl+R)"
        ),
        run_list.cannot_resume,
    ),
    (
        "extend",
        tr("Extend…"),
        tr("Train this run for more epochs, with its own settings, which the next dialog names (Ctrl+Shift+R)"),
        run_list.cannot_extend,
    ),
    ("describe", tr("Describe…"), tr("Give this run a title, a star, tags and a note (F2)"), changes.cannot_describe),
    ("star", tr("Star"), tr("Mark this run as a favorite, or remove the mark (*)"), changes.cannot_describe),
    (
        "command",
        tr("Copy as command"),
        tr("Copy a “thaw train” line for the terminal with the settings of this run"),
        changes.cannot_copy,
    ),
    (
        "gpus",
        tr("Copy as command for several GPUs"),
        tr("Copy a “torchrun” line that trains with these settings on all GPUs of a computer"),
        changes.cannot_copy,
    ),
    (
        "computers",
        tr("Copy as command for several computers"),
        tr("Copy a “torchrun” line to start on each of several computers, which share the folders of photos and cache"),
        changes.cannot_copy,
    ),
    ("script", tr("Copy as script"), tr("Copy a Python script with the settings of this run"), changes.cannot_copy),
    (
        "replay",
        tr("Replay…"),
        tr("Train this run again from its record, and see whether the results are the same"),
        replaying.cannot_replay,
    ),
    (
        "discard",
        tr("Move to trash"),
        tr("Move this run to the trash, from which it can be restored (Del)"),
        run_list.cannot_discard,
    ),
)
"""Name, title and tooltip of each action, and the function that returns why it is disabled."""
