"""Backbones and their layers as objects of the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.commands import backbones, network
from studio.events import Layer, LayerTable
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.tables import Described, Description
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, UserError
from studio.spec.backbone import READOUT_BLOCKS, Readout
from studio.spec.network_file import parse
from studio.spec.structs import replace


class Layers(Described, Sequence[Layer]):
    """The layers of a backbone, parents before children; each has `path`, `type`, `input_shape`, `output_shape`, ….

    Of a layer that runs several times in a pass (`calls`), `at_call(2)` has the shapes of the second call.

    Attributes:
        table: The whole table: `features` (width D of the feature vector), `parameters`, `image_size`, ….
    """

    def __init__(self, table: LayerTable) -> None:
        self.table = table

    @overload
    def __getitem__(self, place: int) -> Layer: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Layer]: ...
    def __getitem__(self, place: int | slice) -> Layer | Sequence[Layer]:
        return self.table.layers[place]

    def __len__(self) -> int:
        return len(self.table.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.table.layers)

    def _describe(self) -> Description:
        table = self.table
        size = " × ".join(map(str, table.image_size))
        heading = f"{table.backbone}: {table.parameters:,} parameters, {table.features} features per photo of {size}"
        # Only blocks, which is what users freeze and thaw: the layers in them would fill pages.
        shown = [layer for layer in table.layers if layer.depth < 2]
        rows = [["layer", "type", "output", "parameters"]]
        for layer in shown:
            output = " × ".join(map(str, layer.output_shape)) or "–"
            rows.append([layer.path, layer.type, output, f"{layer.parameters:,}"])
        hidden = len(table.layers) - len(shown)
        notes = (f"and {hidden:,} layers inside these; list(…) has all",) if hidden else ()
        return Description((heading,), rows, frozenset({3}), notes)


def list_backbones(search: str = "") -> list[str]:
    """Names of the pretrained networks, the most common ones first.

    Args:
        search: Words in the name or family: `"efficientnet lite"`; "" for all.
    """
    return [entry.name for entry in catalog.search(search)]


def backbone_info(name: str) -> BackboneInfo:
    """Facts about a backbone without loading it: parameters, multiply-accumulates, features, license, ….

    Raises:
        UserError: There is no backbone of this name; the hint proposes similar names.
    """
    return catalog.find(name)


def layers(
    backbone: str = BUNDLED_BACKBONE,
    *,
    image_size: int | None = None,
    readout: Readout = "default",
    readout_blocks: int = READOUT_BLOCKS,
    progress: ProgressChoice = True,
) -> Layers:
    """The layers of a backbone with shapes and parameters, without its weights and without a download.

    Args:
        backbone: Name, as in `list_backbones()`, or your own network: `"net.py:factory"` (see `trust`), `"net.pt2"`.
        image_size: Side of the square input in pixels; None for the weights' own.
        readout: What is taken from the network as the features, see `train`.
        readout_blocks: Number of last blocks of the readout "blocks".
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no such backbone, or it cannot take this size.
        KeyboardInterrupt: It was stopped.
    """
    spec = BackboneSpec(backbone, image_size=image_size, readout=readout, readout_blocks=readout_blocks)
    return Layers(layer_table(without_weights(spec), progress))


def without_weights(spec: BackboneSpec) -> BackboneSpec:
    """The backbone with random weights, on which its layers do not depend; a user's own network is unchanged."""
    return spec if parse(spec.name) is not None else replace(spec, weights="none")


def trust(file: str | Path) -> str:
    """Agree that a Python file of your own network may be run, as it is now; returns its SHA-256.

    The agreement is remembered, by the content of the file, in the settings of this user. Without it, no such file is
    ever run: it could do anything on this computer.

    Args:
        file: The file, also as `"net.py:factory"`.

    Raises:
        UserError: There is no such file.
    """
    named = parse(str(file))
    if named is None:
        raise UserError(f"{file} is not a Python file.", "Name a file that ends in .py.", file)
    return backbones.trust(replace(named, factory=named.factory or "any")).content


def layer_table(spec: BackboneSpec, progress: ProgressChoice) -> LayerTable:
    """The layers of a backbone as the event that the rest of the program uses."""
    events = run_job(network.inspect(spec), progress)
    return next(event for event in events if isinstance(event, LayerTable))
