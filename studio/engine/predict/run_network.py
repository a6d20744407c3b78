"""A copy of a backbone for looking at its layers, with the newest checkpoint's weights of a run."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone, LoadedBackbone
from studio.engine.training.run_files import checkpoints
from studio.events import Event
from studio.jobs.protocol import Stop
from studio.runs import folder as runs
from studio.spec import BackboneSpec


class RunNetwork(LoadedBackbone):
    """Keeps the network looked at last. It is never the network that a run trains, which goes on undisturbed.

    Attributes:
        run: Folder of the run whose weights `get` gives; None for the backbone's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run: Path | None = None
        self._of: Path | None = None
        self._version: tuple[int, int] | None = None

    def get(self, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, Backbone]:
        """The network with the weights of `run` as its newest checkpoint has them.

        Raises:
            UserError: The network cannot be loaded, or the checkpoint cannot be read.
        """
        if self.run != self._of or (self._loaded is not None and self._loaded[0] != spec):
            self._loaded, self._version, self.weights = None, None, ""
            self._of, self.source = self.run, str(self.run or "")
        run = self.run
        if run is None:
            return (yield from super().get(spec, stop))
        if self._loaded is None:
            seed = runs.read(run).spec.train.seed  # of weights that are random
            self._loaded = (spec, (yield from backbone.load(spec, stop, seed)))
        base = self._loaded[1]
        self._put_newest(base, run)
        return base

    def _put_newest(self, base: Backbone, run: Path) -> None:
        """Every checkpoint holds the same tensors: all that may have moved since the run began."""
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
