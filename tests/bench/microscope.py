"""Measures a look of the activation microscope: the job alone, and in a page from the choice of a layer to its picture.

    uv run python tests/bench/microscope.py PHOTOS [--looks 60] [--run RUN]

Layers and photos change with every look; the first look, which loads the network, is left out. For comparison it
measures a script that opens the photo, registers a forward hook and runs the whole network; and with --run, the folder
of a run that thawed layers, also the difference to the weights before training, heatmaps, and the drift of all layers.
The load of other programs varies, so the kinds of looks are measured in turns. The screen is `offscreen` by default.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

LAYERS = ("conv_stem", "blocks.1", "blocks.2.1", "blocks.4", "blocks.6", "conv_head", "bn2", "global_pool")
ROUND = 10
"""Number of looks of one kind before it is the next kind's turn."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--looks", type=int, default=60)
    parser.add_argument("--run", default="")
    options = parser.parse_args()
    photos = [str(path.absolute()) for path in sorted(options.photos.rglob("*.jpg"))]
    kinds: dict[str, Callable[[str, str], float]] = {"plain forward hook": plain_hook(), "look": job("look")}
    if options.run:
        run = str(Path(options.run).absolute())
        kinds |= {name: job(name, run) for name in ("difference", "heatmap", "drift of all layers")}
    page = kinds["look in the page"] = Page(photos)
    times: dict[str, list[float]] = {name: [] for name in kinds}
    work: dict[str, list[float]] = {name: [] for name in kinds}
    draw = random.Random(1)
    for name, kind in kinds.items():
        kind(LAYERS[1], photos[0])
        kind(LAYERS[2], photos[1])
        assert not times[name]
    while any(len(values) < options.looks for values in times.values()):
        for name, kind in kinds.items():
            for _ in range(ROUND):
                layer = draw.choice(LAYERS[:-2] if name == "heatmap" else LAYERS)
                began = time.process_time()
                times[name].append(kind(layer, draw.choice(photos)))
                work[name].append(time.process_time() - began)
    page.close()
    print(f"\nload of the machine {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {options.looks} looks each")
    print("| milliseconds | p50 | p95 | most | processor time, p50 |\n|---|---:|---:|---:|---:|")
    for name, values in times.items():
        ordered = sorted(1000 * value for value in values)
        middle, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        print(
            f"| {name} | {middle:.0f} | {high:.0f} | {ordered[-1]:.0f} | {1000 * statistics.median(work[name]):.0f} |"
        )


def plain_hook() -> Callable[[str, str], float]:
    """Looks by a script, as one would write it."""
    import numpy as np
    import torch
    from PIL import Image

    from studio.engine.backbones import backbone
    from studio.jobs.protocol import never
    from studio.spec import BackboneSpec

    steps = backbone.load(BackboneSpec(), never)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            base = end.value
            break
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (base.preprocess.mean, base.preprocess.std))

    def look(layer: str, photo: str) -> float:
        start = time.perf_counter()
        outputs: list[Any] = []
        handle = base.network.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output: outputs.append(output[0].clone())
        )
        with Image.open(photo) as image:
            small = image.convert("RGB").resize(base.preprocess.size, Image.Resampling.BICUBIC)
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            base.network((pixels - mean) / std)
        handle.remove()
        assert outputs
        return time.perf_counter() - start

    return look


def job(name: str, run: str = "") -> Callable[[str, str], float]:
    """Looks by the job of the window."""
    from studio.commands.looking import Looking
    from studio.runs import folder as runs
    from studio.spec import BackboneSpec

    looking = Looking()
    spec = runs.read(Path(run)).spec.backbone if run else BackboneSpec()

    def look(layer: str, photo: str) -> float:
        work = {
            "look": lambda: looking.outputs(spec, layer, photo),
            "difference": lambda: looking.outputs(spec, layer, photo, None, run, "both"),
            "heatmap": lambda: looking.heatmap(run, photo, "", layer),
            "drift of all layers": lambda: looking.output_drift(spec, run, photo),
        }[name]()
        start = time.perf_counter()
        for _ in work(lambda: False):
            pass
        return time.perf_counter() - start

    return look


class Page:
    """Looks by the Features page: from the choice of a layer to the next picture that is painted."""

    def __init__(self, photos: list[str]) -> None:
        from PySide6.QtWidgets import QApplication

        from studio.commands.window import for_window
        from studio.session.state import AppState
        from studio.spec import DatasetSpec, RunSpec
        from studio.ui.stations.features.page import FeaturesPage
        from studio.ui.store.store import Store

        self._app = QApplication.instance() or QApplication([])
        self._store = Store(for_window())
        self._page = FeaturesPage()
        self._page.resize(1248, 612)
        self._page.outputs_requested.connect(self._store.looking.outputs)
        self._store.changed.connect(self._page.show_state)
        self._page.show()
        self._store.warm_up()
        self._store.choose(RunSpec(DatasetSpec(os.path.commonpath(photos))))
        self._store.show_page("features")
        self._until(lambda: self._state().engine_ready and self._state().dataset is not None)
        self._until(lambda: self._state().layers is not None and self._state().output is not None)
        self._until(lambda: not self._state().jobs)
        assert isinstance(self._state(), AppState)

    def __call__(self, layer: str, photo: str) -> float:
        """Choose a photo, wait for its look, then choose the layer and measure."""
        tree, picker = self._page.layers.tree, self._page.microscope.picker
        tree.choose(LAYERS[0] if layer != LAYERS[0] else LAYERS[1])
        picker.choose(photo)
        self._until(lambda: self._shown() == (tree.current_path(), photo))
        start = time.perf_counter()
        tree.choose(layer)
        self._until(lambda: self._shown() == (layer, photo))
        self._page.microscope.grab()
        return time.perf_counter() - start

    def close(self) -> None:
        """End the threads."""
        self._page.shut_down()
        self._store.shut_down()
        self._store.wait()

    def _state(self) -> Any:
        return self._store.state

    def _shown(self) -> tuple[str, str]:
        output = self._page.microscope._output
        return (output.layer, output.path) if output is not None else ("", "")

    def _until(self, condition: Callable[[], bool]) -> None:
        from PySide6.QtCore import QEventLoop

        while not condition():
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


if __name__ == "__main__":
    main()
