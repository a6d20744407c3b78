"""The activation microscope as objects of the library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.catalog import network_files
from studio.commands.looking import Looking
from studio.events import ClassHeatmap, Event, LayerOutput, OutputDrift, ValueRanges
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.predictions import check_epoch
from studio.notebook.tables import Described, Description
from studio.runs import folder as runs
from studio.session.inspection import attention, captions, exhibit, readout
from studio.spec import BackboneSpec, UserError
from studio.system import paths

Weights = Literal["run", "start", "both"]


class LayerLook(Described):
    """The output of one layer for one photo.

    Attributes:
        output: The event that the window shows; its maps are sorted by their standard deviation.
        maps: (C, h, w) feature maps in the order of the channels; (1, 1, D) for a vector.
        change: Their change by the run; None unless both weights were asked for.
        photo: (H, W, 3) uint8, the photo as the network sees it.
        tokens: (n, C) class token and registers; None without any.
        filters: (C, 3, k, k) of a convolution of colors; None for other layers.
        facts: `low`, `high`, `mean`, `zeros` (share), `dead` (channels with one value everywhere), `channels`.
    """

    def __init__(self, output: LayerOutput) -> None:
        self.output = output
        order = np.argsort(output.channels)
        self.maps: NDArray[np.float32] = output.maps[order]
        self.change: NDArray[np.float32] | None = None
        if output.start is not None:
            self.change = exhibit.difference(output, output.start)[order]
        self.photo, self.tokens, self.filters, self.facts = output.photo, output.tokens, output.filters, output.facts

    @property
    def responses(self) -> NDArray[np.float32]:
        """Mean absolute value of each channel (C,)."""
        return np.asarray(np.abs(self.maps).mean(axis=(1, 2)))

    def attention(self, token: int = 0) -> NDArray[np.float32]:
        """Attention (heads, h, w) from a token to the patches; 0 is the class token if there is one.

        Raises:
            UserError: The layer has no attention whose weights can be computed.
        """
        if self.output.attention is None:
            raise UserError(f"“{self.output.layer}” has no attention to show.", "Choose a block of a transformer.")
        return attention.maps(self.output.attention, token)

    def _describe(self) -> Description:
        output, rows = self.output, [["channel", "mean |value|", "lowest", "highest"]]
        for place in np.argsort(-self.responses, kind="stable").tolist():
            values = (self.responses[place], self.maps[place].min(), self.maps[place].max())
            rows.append([str(place), *(readout.value(float(one)) for one in values)])
        heading = f"{output.layer}: {captions.of_output(output)}"
        change = (readout.change(output),) if output.start is not None else ()
        return Description((heading,), rows, frozenset({0, 1, 2, 3}), (readout.statistics(self.facts), *change))


class Microscope:
    """Looks into one network, which is loaded once; see `microscope`."""

    def __init__(self, spec: BackboneSpec, run: str, ranges: ValueRanges) -> None:
        self._spec, self._run, self._ranges = spec, run, ranges
        self._looking = Looking()

    def look(
        self,
        photo: PathLike,
        layer: str,
        *,
        weights: Weights = "run",
        follow: bool = True,
        call: int = 1,
        progress: ProgressChoice = False,
    ) -> LayerLook:
        """The output of a layer for a photo.

        Args:
            photo: Path of the photo.
            layer: Path of the layer, as in `studio.layers`.
            weights: Of a run: its newest ones, those it began with ("start"), or "both" for their difference.
            follow: False for the weights that the last look read, although a training run has newer ones.
            call: Which call of a layer that runs several times in a pass; the first is 1.
            progress: True for a progress bar, False for none, or a function that is called with each event.

        Raises:
            UserError: The photo cannot be read, or there is no such layer or call.
        """
        choice = (self._run, weights, not follow, call)
        work = self._looking.outputs(self._spec, layer, _path(photo), self._ranges, *choice)
        return LayerLook(_only(run_job(work, progress), LayerOutput))

    def heatmap(
        self,
        photo: PathLike,
        class_name: str = "",
        layer: str = "",
        *,
        epoch: str | None = None,
        follow: bool = True,
        progress: ProgressChoice = False,
    ) -> ClassHeatmap:
        """The part of a photo that raises the score of a class (Grad-CAM): `heat` (h, w), `pixels`, `probability`, ….

        Args:
            photo: Path of the photo.
            class_name: Name of the class; "" for the predicted one.
            layer: Path of the layer; "" for the last one whose output has positions in the photo.
            epoch: "best" or "last"; None for the result of the run.
            follow: False for the weights that the last heatmap read, although a training run has newer ones.
            progress: True for a progress bar, False for none, or a function that is called with each event.

        Raises:
            UserError: There is no run, class or such layer, or the photo cannot be read.
        """
        check_epoch(epoch)
        work = self._looking.heatmap(
            self._need_run("heatmap"), _path(photo), class_name, layer, epoch or "", not follow
        )
        return _only(run_job(work, progress), ClassHeatmap)

    def drift(self, photo: PathLike, *, progress: ProgressChoice = False) -> dict[str, float]:
        """How far the run moved the output of each layer for a photo: relative L2 change, by path of the layer.

        Raises:
            UserError: There is no run, or the photo cannot be read.
        """
        work = self._looking.output_drift(self._spec, self._need_run("drift"), _path(photo), self._ranges)
        return dict(_only(run_job(work, progress), OutputDrift).layers)

    def _need_run(self, noun: str) -> str:
        if not self._run:
            raise UserError(f"A {noun} needs a trained run.", "Give the folder of a run.")
        return self._run


def microscope(source: PathLike, *, image_size: int | None = None) -> Microscope:
    """Look into a network: outputs of layers, attention, filters, heatmaps of classes, drift.

    Args:
        source: Folder of a run, whose newest weights are used, also while it trains; or the name of a backbone.
        image_size: Side of the square input in pixels, of a backbone; None for the weights' own.

    Raises:
        UserError: The run cannot be read.
    """
    folder = paths.expanded(Path(source))
    if not folder.is_dir():
        return Microscope(BackboneSpec(str(source), image_size=image_size), "", ValueRanges())
    record = runs.read(folder)
    spec = network_files.located(record.spec.backbone, folder)
    return Microscope(spec, str(folder.absolute()), record.value_range)


def _path(photo: PathLike) -> str:
    return str(paths.expanded(Path(os.fspath(photo))).absolute())


Kind = TypeVar("Kind")


def _only(events: list[Event], kind: type[Kind]) -> Kind:
    return next(event for event in reversed(events) if isinstance(event, kind))
