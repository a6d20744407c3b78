"""Photos added to the open folder, or removed from it, after it was listed, in the window's words.

What is on the screen is what will be used: a change is offered to be looked at, and a training that finds one shows the
photos that it uses, and says so.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from studio.data import changes
from studio.events import Dataset
from studio.session.state import AppState, FolderNews, RunState


def looked_again(state: AppState, now: Dataset) -> AppState:
    """The folder was listed beside the one shown; the photos shown stay."""
    shown = state.dataset
    if shown is None or shown.folder != now.folder:
        return state
    news = _difference(shown, now)
    if news is None:
        return state if state.news is None or state.news.used else replace(state, news=None)
    return state if news == state.news else replace(state, news=news)


def used(state: AppState, run: RunState, now: Dataset) -> AppState:
    """A training of the open folder listed its photos: where they are not those shown, they are shown from now on."""
    shown = state.dataset
    if shown is None or run.started.spec.dataset != state.spec.dataset:
        return state
    if shown.files == now.files and not changes.count_changed_targets(shown, now):
        return state
    if run.started.resumed:  # it goes on with its own photos or not at all
        return looked_again(state, now)
    photos = tuple(sorted(now.photos, key=attrgetter("path")))  # a training has those for testing last
    found = _difference(shown, now)
    news = replace(found, used=True) if found is not None else state.news
    deep = now.deep or shown.deep  # a training measures on its own, and says so in the run
    notes = (*now.notes, *(note for note in shown.notes if note.path in now.files))  # a training looks for none
    return replace(state, dataset=replace(now, photos=photos, deep=deep, notes=notes), news=news)


def _difference(shown: Dataset, now: Dataset) -> FolderNews | None:
    added, gone = changes.count_changes(shown, now)
    changed = changes.count_changed_targets(shown, now)
    return FolderNews(added, gone, len(now.photos), changed) if added or gone or changed else None


def words(news: FolderNews) -> str:
    """The difference in one line, such as “12 photos were added to the folder and 1 is gone since it was listed”."""
    parts = []
    if news.added:
        parts.append(f"{_photos(news.added)} {'was' if news.added == 1 else 'were'} added to the folder")
    if news.gone:
        subject = f"{news.gone:,}" if parts else _photos(news.gone)
        parts.append(f"{subject} {'is' if news.gone == 1 else 'are'} gone{'' if parts else ' from the folder'}")
    if news.changed:
        what = f"{news.changed:,} number{'' if news.changed == 1 else 's'} to be learned"
        parts.append(f"{what} {'is another' if news.changed == 1 else 'are others'}")
    line = f"{' and '.join(parts)} since it was listed"
    return f"{line}: this run uses the {_photos(news.photos)} that are there now." if news.used else f"{line}."


def _photos(number: int) -> str:
    return f"{number:,} photo{'' if number == 1 else 's'}"
