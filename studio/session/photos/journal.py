"""The journal of the open folder in the window: its state, what is undone and redone next, and why it cannot change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from studio.events import Dataset, DatasetScanned, JournalRead
from studio.formatting.language import tr, translated
from studio.session.photos import folder_changes
from studio.session.state import AppState

NO_FOLDER = tr("Open an image folder first.")


def after(state: AppState, event: DatasetScanned | JournalRead) -> AppState:
    """The state after an event of a job on the journal."""
    return journal_read(state, event) if isinstance(event, JournalRead) else chosen_again(state, event.dataset)


def chosen_again(state: AppState, dataset: Dataset) -> AppState:
    """The state after the choices of the journal were applied again to the open data set."""
    shown = state.dataset
    if shown is None or (shown.folder, shown.target) != (dataset.folder, dataset.target):
        return state  # another data set was opened meanwhile
    return replace(state, dataset=dataset)


def scanned(state: AppState, dataset: Dataset) -> AppState:
    """The state after the open folder was listed; tells the user which choices of nested folders were taken over."""
    state = replace(state, dataset=dataset, folder_changes=folder_changes.scanned(state, dataset))
    # `DatasetScanned` comes again after the data check, and the same choices are not announced twice.
    if dataset.checked or not dataset.choices.taken_over:
        return state
    read = state.journal or JournalRead(dataset.folder, "")
    return replace(state, journal=replace(read, change=dataset.choices.taken_over, reverse="undo", left_out=()))


def journal_read(state: AppState, event: JournalRead) -> AppState:
    """The state after the journal of the open folder was read; the line on the last change stays until the next one."""
    if state.dataset is None or state.dataset.folder != event.folder:
        return state
    if event.taken_over:
        change = f"{event.taken_over}. {event.change}" if event.change else event.taken_over
        event = replace(event, change=change, reverse=event.reverse or "undo")
    if not event.change and state.journal is not None:
        event = replace(event, change=state.journal.change, reverse=state.journal.reverse)
    return replace(state, journal=event)


def change_dismissed(state: AppState) -> AppState:
    """The state after the user closed the line on the last change."""
    return state if state.journal is None else replace(state, journal=replace(state.journal, change=""))


def cannot_choose(state: AppState, folder: str | None = None) -> str:
    """The reason why no choice about photos can be made now; "" where it can.

    Args:
        state: The state.
        folder: Folder of the photos, where it may differ from the open one: that of a run.
    """
    if state.dataset is None:
        return NO_FOLDER
    if folder is not None and folder != state.dataset.folder:
        return tr("These photos are in another folder. Open {name} to change them.").format(
            name=PurePath(folder).name or folder
        )
    return ""


def cannot_undo(state: AppState) -> str:
    """The reason why nothing can be undone; "" where something can."""
    if state.dataset is None:
        return NO_FOLDER
    return "" if state.journal is not None and state.journal.undo else tr("No choice about photos is in effect.")


def cannot_redo(state: AppState) -> str:
    """The reason why nothing can be redone; "" where something can."""
    if state.dataset is None:
        return NO_FOLDER
    return "" if state.journal is not None and state.journal.redo else tr("Nothing was undone since the last choice.")


def undo_title(state: AppState) -> str:
    """Title of the command that undoes: “Undo: exclude 3 photos”."""
    return (
        tr("Undo: {undo}").format(undo=translated(state.journal.undo))
        if state.journal is not None and state.journal.undo
        else tr("Undo")
    )


def redo_title(state: AppState) -> str:
    """Title of the command that redoes."""
    return (
        tr("Redo: {redo}").format(redo=translated(state.journal.redo))
        if state.journal is not None and state.journal.redo
        else tr("Redo")
    )


def cannot_export(state: AppState) -> str:
    """The reason why no choices can be exported; "" where some can."""
    read = state.journal
    some = read is not None and (read.photos or read.missing or read.accepted)
    return "" if some else tr("No choice about photos is in effect.")


def cannot_copy(state: AppState) -> str:
    """The reason why no cleaned copy can be written; "" where one can."""
    if state.spec.dataset.targets:
        return tr("A copy has class folders, but these photos have numbers.")
    return "" if state.dataset is not None and state.dataset.photos else tr("No photo is in use.")
