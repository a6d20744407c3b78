"""Settings that name layers of a network, checked against its layers before a run has to wait for its turn."""

from __future__ import annotations

from studio.commands.backbones import available
from studio.commands.imports import imported
from studio.events import Events, LayerTable
from studio.jobs.protocol import Stop, Work
from studio.planning import freezing
from studio.spec import BackboneSpec, RunSpec
from studio.spec.network_file import parse
from studio.spec.structs import replace


def are_in(spec: RunSpec) -> bool:
    """True for settings that name layers of the network, or ask for adapters of them."""
    plan = spec.freeze
    return bool(plan.until or plan.thaw or plan.freeze or plan.lora_rank or spec.train.layer_rates)


def require(spec: RunSpec, table: LayerTable) -> None:
    """Raise a `UserError` for layers or adapters that the network with these layers cannot have."""
    freezing.frozen_leaves(spec.freeze, table.layers)
    freezing.require_adapted(spec.freeze, table.layers, spec.backbone.network.name)
    for rate in spec.train.layer_rates:
        freezing.require(rate.name, table.layers)


def without_weights(network: BackboneSpec) -> BackboneSpec:
    """The network without its weights, which may not be downloaded yet; a user's own takes them from its file."""
    return available(network if parse(network.name) else replace(network, weights="none"))


def check(spec: RunSpec) -> Work:
    """Raise a `UserError` if the settings name layers that the network lacks; yields no result."""

    def work(stop: Stop) -> Events:
        if not are_in(spec):
            return
        yield from imported()
        from studio.engine.backbones.backbone import LoadedBackbone

        require(spec, (yield from LoadedBackbone().get(without_weights(spec.backbone.network), stop)).table)

    return work
