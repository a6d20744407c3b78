"""Jobs on a network: its layers, and an augmented photo."""

from __future__ import annotations

from studio.catalog import catalog
from studio.commands.backbones import available
from studio.commands.imports import imported
from studio.events import Events, ValueRanges
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec, RunSpec


def augmented(photo: str, spec: RunSpec, ranges: ValueRanges | None = None) -> Work:
    """Preview the augmentation of one photo, as training would apply it."""

    def work(_stop: Stop) -> Events:
        framing = catalog.preprocess_for(spec.backbone)
        yield from imported("torchvision")
        from studio.engine.augment.preview import preview

        yield from preview(photo, framing, spec, ranges)

    return work


def inspect(spec: BackboneSpec, backbone: object = None) -> Work:
    """Load a network and list its layers."""

    def work(stop: Stop) -> Events:
        own = available(spec)
        yield from imported()
        from studio.engine.backbones.backbone import LoadedBackbone

        base = yield from (backbone if isinstance(backbone, LoadedBackbone) else LoadedBackbone()).get(own, stop)
        yield base.table

    return work


def shapes(spec: BackboneSpec) -> Work:
    """Derive layers, shapes and operations of a network at the image size of `spec`, without weights and photos."""

    def work(stop: Stop) -> Events:
        own = available(spec)
        yield from imported()
        from studio.engine.inspection import shapes

        yield from shapes.derive(own, stop)

    return work


def multiply_adds(spec: BackboneSpec) -> Work:
    """Count the multiply-accumulate operations of a network, which needs no weights."""

    def work(_stop: Stop) -> Events:
        own = available(spec)
        yield from imported()
        from studio.engine.inspection import multiply_adds

        yield from multiply_adds.count(own)

    return work
