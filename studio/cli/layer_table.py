"""The layers of the backbone that the options of a run name."""

from __future__ import annotations

import argparse

from studio.cli.options.specs import backbone_of
from studio.commands import imports, network
from studio.events import LayerTable
from studio.spec.network_file import parse
from studio.spec.structs import replace


def for_fine_tuning(options: argparse.Namespace) -> LayerTable | None:
    """The layers of the backbone if `--fine-tune` needs to know the last block; else None."""
    if not options.fine_tune:
        return None
    spec = backbone_of(options)
    # Without weights, which may not be downloaded yet; a user's own network takes them from its file.
    work = network.inspect(replace(spec, weights=spec.weights if parse(spec.name) else "none"))
    return next(event for event in imports.start(work) if isinstance(event, LayerTable))
