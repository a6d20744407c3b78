"""Jobs that look into one network, which is loaded once and shared by all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.commands.imports import imported
from studio.commands.network import inspect
from studio.events import Events, ValueRanges
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec


class Looking:
    """Jobs that share one network, which is loaded in the thread that first needs it."""

    def __init__(self) -> None:
        self._looks: object = None

    def inspect(self, spec: BackboneSpec) -> Work:
        """Load a network and list its layers."""
        return self._with_looks(lambda looks, stop: inspect(spec, looks.network)(stop))

    def outputs(
        self,
        spec: BackboneSpec,
        layer: str,
        photo: str,
        ranges: ValueRanges | None = None,
        run: str = "",
        weights: str = "run",
        hold: bool = False,
        call: int = 1,
    ) -> Work:
        """Compute the output of a layer for a photo; see `Looks.output`."""
        return self._with_looks(
            lambda looks, stop: looks.output(spec, layer, photo, stop, ranges, run, weights, hold, call)
        )

    def heatmap(
        self, run: str, photo: str, name: str = "", layer: str = "", which: str = "", hold: bool = False
    ) -> Work:
        """Compute the heatmap of a photo for a class of a run; see `Looks.heatmap`."""
        return self._with_looks(lambda looks, stop: looks.heatmap(run, photo, name, layer, stop, which, hold))

    def output_drift(self, spec: BackboneSpec, run: str, photo: str, ranges: ValueRanges | None = None) -> Work:
        """Compare the output of each layer for a photo before and after a run."""
        return self._with_looks(lambda looks, stop: looks.drift(spec, run, photo, stop, ranges))

    def layer_times(self, spec: BackboneSpec, batch: int) -> Work:
        """Measure the time of each layer for a batch of this many photos."""

        def look(looks: Any, stop: Stop) -> Events:
            from studio.engine.inspection.layer_times import measure

            looks.network.run = None  # the time does not depend on the weights
            yield from measure(looks.network, spec, batch, stop)

        return self._with_looks(look)

    def _with_looks(self, look: Callable[[Any, Stop], Events]) -> Work:
        def work(stop: Stop) -> Events:
            yield from imported()
            from studio.engine.predict.looks import Looks

            self._looks = self._looks or Looks()
            yield from look(self._looks, stop)

        return work
