"""A backbone whose layers are inspected, with the weights of a run's newest checkpoint."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone, LoadedBackbone, with_policy
from studio.engine.training.run_files import checkpoints
from studio.events import Event
from studio.jobs.protocol import Stop
from studio.runs import folder as runs
from studio.spec import BackboneSpec


class RunNetwork(LoadedBackbone):
    """Keeps the network that was inspected last, separate from the network that a run trains.

    Attributes:
        run: Folder of the run whose weights `get` gives; None for the backbone's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run: Path | None = None
        self._run_of_network: Path | None = None
        self._version: tuple[int, int] | None = None

    def get(self, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, Backbone]:
        """Load the network with the weights of the newest checkpoint of `run`.

        Raises:
            UserError: The network cannot be loaded, or the checkpoint cannot be read.
        """
        if self.run != self._run_of_network or (self._loaded is not None and self._loaded[0].network != spec.network):
            self._loaded, self._version, self.weights = None, None, ""
            self._run_of_network, self.source = self.run, str(self.run or "")
        run = self.run
        if run is None:
            return (yield from super().get(spec, stop))
        if self._loaded is None:
            seed = runs.read(run).spec.train.seed  # for random weights
            self._loaded = (spec, (yield from backbone.load(spec, stop, seed)))
        self._load_newest_weights(self._loaded[1], run)
        return with_policy(self._loaded[1], spec)

    def _load_newest_weights(self, base: Backbone, run: Path) -> None:
        """Load the newest checkpoint's tensors into the network, unless they are there already."""
        # Each checkpoint has all tensors that may change in a run, so none of an older checkpoint remains.
        version = checkpoints.version(run)
        if version is None or version == self._version:
            return
        state = checkpoints.read(run)
        if state is None:
            return
        base.network.load_state_dict(state.of("network."), strict=False)
        done = len(state.epochs)
        self.weights = f"in epoch {done + 1}" if state.batch else f"after epoch {done}"
        self._version = version
