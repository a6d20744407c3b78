"""Commands on the photos that the user gives the run shown. A part of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from studio.events import Cancelled, Done, Event, Failed, Saved
from studio.formatting.language import tr
from studio.session import given_photos, model_exports, reducer
from studio.session.api import Commands
from studio.session.evaluation import judging
from studio.session.given_photos import GivenPhotos
from studio.session.model_exports import ModelOffer
from studio.session.state import AppState
from studio.session.using import export_words, words
from studio.spec.structs import replace
from studio.ui.store.looking import Looking, StateStore

JOB, WRITE, CAMERA, FIND = "predict_given", "write_given", "watch_camera", "find_exports"


class UsingCommands:
    """The part of the store that predicts photos."""

    def __init__(self, store: StateStore, commands: Commands, looking: Looking) -> None:
        self._store, self._commands, self._looking = store, commands, looking
        self._camera: int | None = None
        self._watched: tuple[object, ...] = ()
        self._written = ""
        self._folder = ""
        self._found_for: tuple[object, ...] = ()

    def add(self, paths: Sequence[str]) -> None:
        """Predict photos and all photos of folders, after those that are being predicted."""
        self._change(lambda now: given_photos.given(now, paths))
        self._looking.stopped.discard(JOB)
        self.start_needed()

    def remove(self, paths: Sequence[str]) -> None:
        """Take photos off the list."""
        self._change(lambda now: given_photos.without(now, paths))

    def restore(self) -> None:
        """Bring back the photos that were taken off the list last."""
        self._change(given_photos.restored)
        self._looking.stopped.discard(JOB)
        self.start_needed()

    def choose(self, path: str) -> None:
        """Show a photo of the list."""
        self._change(lambda now: given_photos.chosen(now, path))

    def watch(self, camera: int) -> None:
        """Predict what a camera sees with the run and epoch shown, until `stop_watching` or another page is shown."""
        self._camera = camera
        self._store.drop(CAMERA)
        self._watch()

    def stop_watching(self) -> None:
        """Free the camera."""
        self._camera = None
        self._store.drop(CAMERA)

    def _watch(self) -> None:
        state = self._store.state
        if self._camera is None or state.run is None or words.obstacle(state):
            return
        self._watched = self._watcher(state)
        self._store.put(replace(state, seen=None))
        self._store.submit(CAMERA, self._commands.watch_camera(state.run.id, self._camera, judging.weights(state)))

    def _watcher(self, state: AppState) -> tuple[object, ...]:
        """What the answers for the camera depend on: run, weights and decision rule."""
        run = state.run
        return (run.id, judging.weights(state), run.decision) if run is not None else ()

    def clear(self) -> None:
        """Take all photos off the list."""
        self._store.drop(JOB)
        self._change(lambda _now: GivenPhotos())

    def predict_again(self) -> None:
        """Predict all photos of the list with the weights shown."""
        self._store.drop(JOB)
        self._looking.stopped.discard(JOB)
        self._change(given_photos.asked_again)
        self.start_needed()

    def stop(self) -> None:
        """Stop predicting; the answers so far stay, and the rest waits until it is continued."""
        self._stop(*words.LIST_JOBS)

    def go_on(self) -> None:
        """Predict what was left when the prediction was stopped or failed."""
        self._looking.stopped.discard(JOB)
        self._change(given_photos.continued)
        self.start_needed()

    def export(self, folder: str, wanted: Sequence[tuple[str, str]]) -> None:
        """Export the run shown into a folder, in formats with their precisions."""
        state = self._store.state
        if state.run is None or not wanted or export_words.obstacle(state):
            return
        weights = judging.weights(state)
        names = tuple(name for name, _ in wanted)
        exports = model_exports.asked(state.exports, state.run.id, weights, names)
        self._store.put(replace(state, exports=exports))
        self._store.submit(export_words.JOB, self._commands.export_models(state.run.id, folder, wanted, weights))

    def stop_exports(self) -> None:
        """Stop exporting; finished files stay."""
        self._stop(export_words.JOB)

    def search(self, folder: str) -> None:
        """Look for exported files of the run shown in this folder, too."""
        self._folder = folder
        self.find_exports()

    def look_again(self) -> None:
        """Find exported files again: other programs may have changed them."""
        self._found_for = ()
        self.find_exports()

    def find_exports(self) -> None:
        """Find the exported files of the run shown, if that was not done since the last export."""
        state = self._store.state
        busy = export_words.JOB in state.jobs or self._store.jobs.is_live(FIND)
        if self._looking.page != "use" or state.run is None or not state.run.epochs or busy:
            return
        wanted = (state.run.id, self._folder, len(state.run.epochs), tuple(one.file for one in state.exports.made))
        if wanted != self._found_for:
            self._found_for = wanted
            self._store.submit(FIND, self._commands.find_exports(state.run.id, self._folder))

    @property
    def offers(self) -> Sequence[ModelOffer]:
        """The formats of whole models."""
        return self._commands.model_offers()

    def _stop(self, *names: str) -> None:
        for name in names:
            if self._store.jobs.is_live(name) and self._store.jobs.stop(name):
                self._store.put(reducer.job_stopping(self._store.state, name))

    def write(self, table: str) -> None:
        """Write the answers of the list to a CSV or Parquet file."""
        self._write(table, "", False)

    def label_next(self, number: int) -> None:
        """Choose which photos of the list to label next."""
        state = self._store.state
        if state.run is None or words.cannot_choose(state):
            return
        paths = tuple(photo.path for photo in state.given.rows if not photo.why)
        self._store.put(replace(state, to_label=None))
        work = self._commands.label_given(state.run.id, paths, number, judging.weights(state))
        self._store.submit("label_given", work)

    def stop_choosing(self) -> None:
        """Stop choosing photos to label."""
        self._stop("label_given")

    def sort(self, folder: str, links: bool) -> None:
        """Sort the photos of the list into folders by answer, as links or copies."""
        self._write("", folder, links)

    def _write(self, table: str, folder: str, links: bool) -> None:
        state = self._store.state
        if state.run is None or words.cannot_write(state):
            return
        paths = tuple(photo.path for photo in state.given.rows)
        weights = judging.weights(state)
        work = self._commands.write_given(state.run.id, paths, weights, table, folder, links)
        self._store.put(replace(self._store.state, saved=None))
        self._written = table or folder
        self._store.submit(WRITE, work)

    def start_needed(self) -> None:
        """Predict the photos that wait; where a short list has answers of other weights, predict all of it again."""
        self.find_exports()
        state = self._store.state
        if self._camera is not None and self._looking.page != "use":
            self.stop_watching()
        elif self._store.jobs.is_live(CAMERA) and self._watcher(state) != self._watched:
            self._store.drop(CAMERA)  # another run, epoch or rule is shown, which answers from now on
            self._watch()
        if self._store.jobs.is_live(JOB) or words.obstacle(state):
            return
        others = not words.are_of_run(state) and self._looking.page == "use" and JOB not in self._looking.stopped
        if others and (state.given.waiting or len(state.given.rows) <= given_photos.MOST_AGAIN):
            self._change(given_photos.asked_again)
            state = self._store.state
        run, paths, weights = state.run, state.given.waiting, judging.weights(state)
        if run is None or not paths:
            return
        known = given_photos.known(state.given) if words.are_of_run(state) else frozenset()
        self._change(lambda now: given_photos.begun(now, run.id, weights, run.decision))
        self._store.submit(JOB, self._commands.predict_given(run.id, paths, weights, known))

    def follow(self, name: str, event: Event) -> None:
        """Once the job has ended, predict the photos that were added while it ran; say where stopped writing got to."""
        if name == WRITE and isinstance(event, Cancelled) and Path(self._written).exists():
            self._store.put(replace(self._store.state, saved=Saved(self._written, "partial")))
        if name != JOB:
            return
        if isinstance(event, Failed | Cancelled):
            self._looking.stopped.add(JOB)  # a failed or stopped list is predicted again only on request
            why = tr("not predicted") if isinstance(event, Failed) else tr("not predicted: stopped")
            self._change(lambda now: given_photos.broken_off(now, why))
        elif isinstance(event, Done):
            self._change(given_photos.completed)
            self.start_needed()

    def _change(self, change: Callable[[GivenPhotos], GivenPhotos]) -> None:
        state: AppState = self._store.state
        now = change(state.given)
        if now is not state.given:
            self._store.put(replace(state, given=now))
