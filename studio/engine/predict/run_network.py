"""A backbone whose layers are inspected, with the weights of a run's newest checkpoint, or those it began with."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone, LoadedBackbone, with_policy
from studio.engine.network import lora
from studio.engine.training.run_files import checkpoints
from studio.events import Event
from studio.jobs.protocol import Stop
from studio.runs import folder as runs
from studio.spec import BackboneSpec

Tensors = Mapping[str, Tensor]


class RunNetwork(LoadedBackbone):
    """Caches the network that was inspected last, separate from the network that a run trains.

    Attributes:
        run: Folder of the run whose weights `get` loads; None for the backbone's own.
        start: True for the weights that the run began with, instead of its newest ones.
        hold: True for the weights of the run that were read last, even if it has newer ones.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run: Path | None = None
        self.start, self.hold = False, False
        self._read_of: Path | None = None
        self._run_of_network: Path | None = None
        self._version: tuple[int, int] | None = None
        self._newest: Tensors = {}
        self._newest_words = ""
        self._before: dict[str, Tensor] = {}
        self._inside: Tensors | None = None
        self._changed: frozenset[str] = frozenset()
        self._changed_of: Tensors | None = None

    def get(self, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, Backbone]:
        """Load the network with the weights of the newest checkpoint of `run`, or with those it began with.

        Raises:
            UserError: The network cannot be loaded, or the checkpoint cannot be read.
        """
        base = yield from self.load(spec, stop)
        run = self.run
        if run is None:
            self.source = ""
        elif self.start:
            self.load_tensors({})
            self.source, self.weights = "", ""
        else:
            self._read_newest(run)
            self.load_tensors(self._newest)
            self.source, self.weights = str(run), self._newest_words
        return base

    def load(self, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, Backbone]:
        """Load the network of `spec` if it is another one; it has any of the run's weights, see `load_tensors`."""
        if self.run != self._run_of_network or (self._loaded is not None and self._loaded[0].network != spec.network):
            self._forget()
        if self.run is None:
            return (yield from super().get(spec, stop))
        if self._loaded is None:
            seed = runs.read(self.run).spec.train.seed  # for random weights
            self._loaded = (spec, (yield from backbone.load(spec, stop, seed)))
        return with_policy(self._loaded[1], spec)

    def load_tensors(self, tensors: Tensors) -> None:
        """Load these tensors of a run into the network; all other tensors get the values that the run began with."""
        if self._loaded is None or tensors is self._inside or (not tensors and not self._inside):
            return
        network: nn.Module = self._loaded[1].network
        own = network.state_dict()
        changed = lora.merged(tensors, {**own, **self._before})
        for name in changed:
            if name in own and name not in self._before:
                self._before[name] = own[name].clone()
        with torch.no_grad():  # only these: of a whole state dict, the rest would be copied, too
            for name, value in {**self._before, **changed}.items():
                if name in own:
                    own[name].copy_(value.reshape(own[name].shape))
        self._inside = tensors

    def changed(self) -> frozenset[str]:
        """Names of the tensors in which the loaded network, with the weights of a run, differs from its start.

        A tensor with several names, such as one that two layers share, is listed under each.
        """
        if self._loaded is None or not self._inside:
            return frozenset()
        if self._changed_of is not self._inside:
            own = self._loaded[1].network.state_dict()
            places = {own[name].data_ptr() for name, old in self._before.items() if not torch.equal(own[name], old)}
            self._changed = frozenset(name for name, tensor in own.items() if tensor.data_ptr() in places)
            self._changed_of = self._inside
        return self._changed

    def _read_newest(self, run: Path) -> None:
        """Read the newest checkpoint's tensors, unless they were read before."""
        if self._read_of != run:
            self._read_of, self._version, self._newest, self._newest_words = run, None, {}, ""
        elif self.hold:
            return
        # Each checkpoint has all tensors that may change in a run, so none of an older checkpoint remains.
        version = checkpoints.version(run)
        if version is None or version == self._version:
            return
        state = checkpoints.read(run)
        if state is None:
            return
        done = len(state.epochs)
        self._newest = state.of("network.")
        self._newest_words = f"in epoch {done + 1}" if state.batch else f"after epoch {done}"
        self._version = version

    def _forget(self) -> None:
        """Forget the network of another run or backbone."""
        self._loaded, self._inside, self._changed_of = None, None, None
        if not self.hold:
            self._read_of, self._newest = None, {}
        self._before, self.weights = {}, ""
        self._run_of_network = self.run
