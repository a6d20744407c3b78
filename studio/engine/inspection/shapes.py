"""Layers, shapes and operations of a network at any image size, derived by torch on its meta device.

This needs no weights, no photo and almost no time, so the answer for another image size comes at once. Only a user's
own network runs on real tensors.
"""

from __future__ import annotations

from studio.catalog import catalog
from studio.engine.backbones import builders
from studio.engine.backbones.backbone import resolve
from studio.engine.backbones.sources import SOURCES
from studio.engine.inspection import multiply_adds
from studio.engine.network import layers
from studio.events import Events, MultiplyAdds, NetworkShapes
from studio.jobs import libraries
from studio.jobs.protocol import Stop, never
from studio.spec import BackboneSpec, UserError


def derive(spec: BackboneSpec, stop: Stop = never) -> Events:
    """Yield the `NetworkShapes` of a backbone at the image size of `spec`, or the problem if that size is impossible.

    Raises:
        UserError: The backbone is unknown.
    """
    catalog.find(spec.name)
    try:
        info, preprocess = resolve(spec)
        yield from libraries.import_libraries(*SOURCES[info.source].libraries)
        size, channels = preprocess.size, info.input_size[0]
        try:
            network = builders.build_on_meta(info.source, info.arch, spec.image_size, info.readout)
        except Exception as error:  # for example, the size is not a multiple of the patch size
            raise layers.refused_size(info.name, size, error) from error
        network.eval().requires_grad_(False)
        if info.source != catalog.OWN:  # a user's network may use unregistered tensors, which stay on the CPU
            network.to("meta")
        table = layers.table(network, info.name, info.classifier, size, channels, stop)
        modules, total = multiply_adds.of_network(network, (channels, *size))
    except UserError as error:
        yield NetworkShapes(spec.name, spec.image_size, problem=error.title, advice=error.hint)
    else:
        operations = MultiplyAdds(info.name, size, modules, total)
        yield NetworkShapes(spec.name, spec.image_size, table, operations)
