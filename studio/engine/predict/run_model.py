"""The trained model of a run on the network that is inspected, so that it is loaded once for many looks."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from torch import Tensor

from studio.catalog import network_files
from studio.data.images import measuring
from studio.engine.predict.run_network import RunNetwork
from studio.engine.predict.trained_model import TrainedModel
from studio.engine.training.run_files import weight_files
from studio.events import Event
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.runs import folder as runs
from studio.spec import UserError
from studio.spec.network_file import title_of

ATTEMPTS = 5
"""Attempts to read weights that a run may be replacing."""


class RunModel:
    """Backbone and head of one run at a time.

    Attributes:
        network: The network; after `get` it has the weights of the model, until other weights are loaded into it.
    """

    def __init__(self, network: RunNetwork) -> None:
        self.network = network
        self._key: tuple[object, ...] = ()
        self._tensors: dict[str, Tensor] = {}
        self._thawed: dict[str, Tensor] = {}
        self._epoch = 0

    def get(
        self, run: Path, stop: Stop, which: WeightsChoice | None = None, hold: bool = False
    ) -> Generator[Event, None, TrainedModel]:
        """Return the model with the weights of an epoch.

        Args:
            run: Folder of the run.
            stop: Checked while weights are loaded.
            which: The last or the best epoch; None for the result of the run.
            hold: True for the weights of the run that were read before, instead of newer ones.

        Raises:
            UserError: The run has finished no epoch, or its network cannot be loaded.
        """
        record = runs.read(run)
        spec = network_files.located(record.spec.backbone, run)
        self.network.run = run
        base = yield from self.network.load(spec, stop)
        if record.weights_hash != base.fingerprint:
            raise UserError(
                f"The weights of “{title_of(spec.name)}” here are not those that {run} was trained on.",
                "Use the same weights file, or train again.",
                run,
            )
        which = which or record.result
        if not (hold and self._key[:2] == (run, which)):
            self._read(run, which)
        self.network.load_tensors(self._thawed)
        reading = measuring.reading_of(record.value_range)
        precision = record.spec.train.precision
        return TrainedModel(base, self._tensors, record.classes, record.target, precision, reading, self._epoch)

    def _read(self, run: Path, which: WeightsChoice) -> None:
        """Read the weights of an epoch, unless they were read before."""
        folder = run if which == "last" else run / weight_files.BEST
        for attempt in range(ATTEMPTS):
            try:
                about = (folder / weight_files.HEAD).stat()
                key: tuple[object, ...] = (run, which, about.st_mtime_ns, about.st_ino)
            except OSError:
                key = (run, which)
            if key == self._key:
                return
            try:
                tensors, epoch = weight_files.of_epoch(run, which)
            except UserError:
                if attempt + 1 == ATTEMPTS:
                    raise
                continue  # head and layers are replaced one after the other
            prefix = weight_files.BACKBONE
            self._thawed = {
                name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)
            }
            self._tensors = {name: value for name, value in tensors.items() if not name.startswith(prefix)}
            self._epoch, self._key = epoch, key
            return
