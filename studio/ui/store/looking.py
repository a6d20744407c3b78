"""Jobs that inspect photos and networks: started on request, or when the page shown needs their results."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from studio.catalog import catalog
from studio.events import ValueRanges
from studio.jobs.protocol import Work
from studio.session import selectors, user_choices
from studio.session.api import Commands
from studio.session.state import AppState, Station
from studio.spec.structs import replace
from studio.ui.store.job_runner import JobRunner

OF_PHOTO = ("outputs", "heatmap", "output_drift", "preview", "augmented")


class StateStore(Protocol):
    """The part of the store that looking needs."""

    jobs: JobRunner

    @property
    def state(self) -> AppState:
        """The current state."""

    def put(self, state: AppState) -> None:
        """Replace the state."""

    def submit(self, name: str, work: Work) -> None:
        """Start a job."""

    def drop(self, name: str) -> None:
        """Cancel a job and discard its further events."""


class Looking:
    """The part of the store that starts these jobs. It knows the page and the photo shown.

    Attributes:
        page: The page shown.
        stopped: Jobs that the user stopped: they start again only on request.
    """

    def __init__(self, store: StateStore, commands: Commands) -> None:
        self._store, self._commands = store, commands
        self.page: Station = "images"
        self.stopped: set[str] = set()
        self._photo = ""
        self._augmented_for: tuple[object, ...] = ()
        self._shapes_for: object = None

    def preview(self, path: str) -> None:
        """Preprocess a photo (absolute path) and show the steps."""
        self._photo = path
        spec = self._store.state.spec
        self._store.submit("preview", self._commands.preview(path, spec.backbone, self._ranges()))

    def look_at(self, path: str) -> None:
        """Switch to another photo; its preview is computed once the Preprocess page is shown."""
        if path != self._photo:
            self._photo = path
            self._store.drop("preview")
            self._store.put(user_choices.photo_chosen(self._store.state))
            self.start_needed()

    def forget_photo(self) -> None:
        """Forget the photo, because another folder was opened."""
        self._photo = ""
        self.drop()

    def drop(self, *more: str) -> None:
        """Cancel the jobs on the photo, whose pixels or network have changed, and `more`."""
        for name in (*OF_PHOTO, *more):
            self._store.drop(name)

    def check_weights(self) -> None:
        """Check whether the chosen backbone's weights are on this computer."""
        state = self._store.state
        missing = catalog.missing_megabytes(state.spec.backbone)
        if missing != state.to_download:
            self._store.put(replace(state, to_download=missing))

    def download(self) -> None:
        """Download the chosen backbone's weights and list its layers, also after a failure."""
        self.stopped.discard("inspect")
        self._store.submit("inspect", self._commands.inspect(self._store.state.spec.backbone))

    def inspect(self) -> None:
        """Load the chosen backbone and list its layers, without downloading anything."""
        if self._store.state.to_download is None:
            self._store.submit("inspect", self._commands.inspect(self._store.state.spec.backbone))

    def outputs(self, layer: str, photo: str, weights: str = "run", hold: bool = False, call: int = 1) -> None:
        """Compute a layer's output for a photo, with the newest weights of the run shown if it changes the backbone.

        Args:
            layer: Path of the layer.
            photo: Absolute path of the photo.
            weights: Those of the run: its newest ones ("run"), those before it ("start"), or "both" to compare.
            hold: True for the weights of the run that the last look used, even if there are newer ones.
            call: Which call of a layer that runs several times in a pass; the first is 1.
        """
        spec, run = self._store.state.spec.backbone, selectors.run_of_weights(self._store.state)
        self._store.drop("output_drift")  # or the look would wait for it
        work = self._commands.outputs(spec, layer, photo, self._ranges(), run, weights, hold, call)
        self._store.submit("outputs", work)

    def show_cache(self) -> None:
        """Read the content and size of the cache."""
        self._store.submit("cache", self._commands.cache(None, False))

    def start_needed(self) -> None:
        """Start the jobs whose results the page shown needs and lacks."""
        state, page = self._store.state, self.page
        if page in ("preprocess", "features") and state.preview is None and self._may("preview", "preprocess"):
            first = state.dataset.photos[0].path if state.dataset is not None and state.dataset.photos else ""
            if state.dataset is not None and first:
                self.preview(self._photo or str(Path(state.dataset.folder, first)))
        if page in ("features", "head"):
            self.inspect_if_lacking()
        if page == "features" and state.engine_ready:
            self._derive_shapes()
        if page == "features" and state.cache is None and self._may("cache", "features"):
            self.show_cache()
        self._show_augmented()

    def inspect_if_lacking(self) -> None:
        """List the layers of the chosen backbone, if they are not known and nothing must be downloaded."""
        state = self._store.state
        lacking = state.engine_ready and selectors.layers_now(state) is None and state.to_download is None
        if lacking and self._may("inspect", "features"):
            self.inspect()

    def _derive_shapes(self) -> None:
        """Derive shapes at the chosen image size, once for each network; the page asks for other sizes."""
        spec = self._store.state.spec.backbone
        unweighted = replace(spec, weights="none")
        if unweighted.network != self._shapes_for and self._may("shapes", "features"):
            self._shapes_for = unweighted.network
            self._store.submit("shapes", self._commands.shapes(unweighted))

    def _show_augmented(self) -> None:
        """Augment the photo as training will, and again whenever an input of the augmentation changes."""
        state = self._store.state
        if self.page != "preprocess" or not state.engine_ready or state.preview is None:
            return
        train, ranges = state.spec.train, self._ranges()
        inputs = (state.preview.path, state.spec.augment, state.spec.backbone, train.seed, train.head_epochs, ranges)
        if state.spec.augment.steps and inputs != self._augmented_for:
            self._augmented_for = inputs
            self._store.submit("augmented", self._commands.augmented(state.preview.path, state.spec, ranges))

    def _ranges(self) -> ValueRanges:
        return selectors.ranges_now(self._store.state)

    def _may(self, name: str, page: Station) -> bool:
        """True where a job may start without a request: it is not running, was not stopped, and did not fail."""
        live = self._store.jobs.is_live(name)
        return not live and name not in self.stopped and page not in self._store.state.faults
