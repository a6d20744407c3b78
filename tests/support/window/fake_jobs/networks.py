"""Fake jobs on a network: layers, their output, advice, and the cache of features."""

from __future__ import annotations

import numpy as np
from fake_jobs.data import fake_advice, fake_backbone_advice, fake_forecast, fake_layers, fake_rates, fake_shapes
from fake_jobs.work import FakeWork

from studio.events import (
    CacheContents,
    ClassHeatmap,
    Events,
    LayerOutput,
    LayerTimes,
    OutputDrift,
    Stage,
    StoredFeatures,
    ValueRanges,
)
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec, RunSpec, UserError


class FakeNetworks(FakeWork):
    """Fake commands on a network.

    Attributes:
        cached: Limits of the cache that were set, with whether it was emptied.
        limit_gb: Limit of the cache.
        stores: Content of the cache.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cached: list[tuple[float | None, bool]] = []
        self.limit_gb = 20.0
        self.stores = (
            StoredFeatures(
                "aa",
                "tf_efficientnet_lite0",
                "features",
                398,
                2_050_000,
                1.7e9,
                "average+maximum",
                (224, 224),
                "center",
            ),
        )

    def inspect(self, spec: BackboneSpec) -> Work:
        return self._work("inspect", self._inspect, spec)

    def shapes(self, spec: BackboneSpec) -> Work:
        return self._work("shapes", self._shapes, spec)

    def outputs(
        self,
        spec: BackboneSpec,
        layer: str,
        photo: str,
        ranges: ValueRanges,
        run: str,
        weights: str = "run",
        hold: bool = False,
        call: int = 1,
    ) -> Work:
        return self._work("outputs", self._outputs, layer, photo, run, call)

    def heatmap(self, run: str, photo: str, name: str, layer: str, which: str, hold: bool = False) -> Work:
        return self._work("heatmap", self._heatmap, run, photo, name, layer)

    def _heatmap(self, stop: Stop, run: str, photo: str, name: str, layer: str) -> Events:
        heat = np.linspace(0, 1, 49, dtype=np.float32).reshape(7, 7)
        pixels = np.full((32, 32, 3), 90, np.uint8)
        yield ClassHeatmap(
            photo, layer or "blocks", name or "ants", 1.5, 0.8, heat, pixels, 0.02, 1, run, (name, layer)
        )

    def output_drift(self, spec: BackboneSpec, run: str, photo: str, ranges: ValueRanges) -> Work:
        return self._work("output_drift", self._output_drift, run, photo)

    def _output_drift(self, stop: Stop, run: str, photo: str) -> Events:
        yield OutputDrift(run, photo, "after epoch 1", {"stem": 0.0, "blocks": 0.25}, 0.02)

    def cache(self, limit_gb: float | None, clear: bool) -> Work:
        self.cached.append((limit_gb, clear))
        return lambda stop: self._cache(limit_gb, clear)

    def _inspect(self, stop: Stop, spec: BackboneSpec) -> Events:
        yield Stage("layers", "Measuring layers")
        yield fake_layers(spec.name)

    def layer_times(self, spec: BackboneSpec, batch: int) -> Work:
        return self._work("layer_times", self._layer_times, spec, batch)

    def _layer_times(self, stop: Stop, spec: BackboneSpec, batch: int) -> Events:
        yield LayerTimes(spec.name, (224, 224), batch, 3, {"stem": 0.002, "blocks": 0.006}, 0.008)

    def advise_cut(self, spec: RunSpec) -> Work:
        return self._work("advise_cut", self._advise_cut, spec)

    def _advise_cut(self, stop: Stop, spec: RunSpec) -> Events:
        yield fake_advice(spec)

    def advise_backbone(self, spec: RunSpec) -> Work:
        return self._work("advise_backbone", self._advise_backbone, spec)

    def _advise_backbone(self, stop: Stop, spec: RunSpec) -> Events:
        yield fake_backbone_advice(spec)

    def forecast(self, spec: RunSpec, measure: bool) -> Work:
        return self._work("forecast", self._forecast, spec, measure)

    def _forecast(self, stop: Stop, spec: RunSpec, measure: bool) -> Events:
        yield fake_forecast(spec, measure)

    def advise_rates(self, spec: RunSpec) -> Work:
        return self._work("advise_rates", self._advise_rates, spec)

    def _advise_rates(self, stop: Stop, spec: RunSpec) -> Events:
        yield fake_rates(spec)

    def _shapes(self, stop: Stop, spec: BackboneSpec) -> Events:
        yield fake_shapes(spec)

    def _cache(self, limit_gb: float | None, clear: bool) -> Events:
        yield Stage("cache", "Reading the cache")
        if limit_gb == 13:
            raise UserError("No such size.", "Take another.")
        self.limit_gb = limit_gb if limit_gb is not None else self.limit_gb
        self.stores = () if clear else self.stores
        size = sum(store.bytes for store in self.stores)
        yield CacheContents("/nowhere/cache", size, int(self.limit_gb * 1e9), self.stores)

    def _outputs(self, stop: Stop, layer: str, photo: str, run: str, call: int) -> Events:
        maps = np.linspace(0, 1, 4 * 7 * 7, dtype=np.float32).reshape(4, 7, 7)
        weights = "after epoch 1" if run else ""
        yield LayerOutput(layer, photo, (4, 7, 7), maps, (0, 1, 2, 3), 0.01, run, weights, call=call)
