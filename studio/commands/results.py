"""Jobs that use a trained model: features, predictions, heatmaps, exports."""

from __future__ import annotations

from collections.abc import Generator, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

from studio.commands.backbones import available, available_for
from studio.commands.cache import say_cache_folder
from studio.commands.dataset import require_folder
from studio.commands.evaluation.model_card import with_card
from studio.commands.imports import imported
from studio.events import CertificatesFound, Event, Events, ImageSkipped, ModelExported, PhotosToLabel, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.runs import certificates, judged_photos
from studio.runs import folder as runs
from studio.spec import BackboneSpec, DatasetSpec, UserError
from studio.system import worker_place

if TYPE_CHECKING:
    from studio.engine.export.model.model_format import Precision


def extract(dataset: DatasetSpec, spec: BackboneSpec, out: Path, device: str = "auto") -> Work:
    """Write the feature vectors of a folder to a file; workers other than worker 0 only compute a part of them.

    Raises:
        UserError: The folder has no readable photos, the weights are missing, or the file cannot be written.
    """

    def work(stop: Stop) -> Events:
        own = available(spec)
        if not worker_place.is_assistant():
            yield from require_folder(dataset)
            yield from say_cache_folder()
        yield from imported()
        from studio.engine.export import feature_vectors

        if worker_place.is_assistant():
            yield from feature_vectors.assist(dataset, own, device, stop)
            return
        yield from feature_vectors.write(dataset, own, out, device, stop)

    return work


def predict(
    source: Path,
    images: list[str],
    device: str = "auto",
    which: WeightsChoice | None = None,
    with_trace: bool = False,
    known: Set[str] = frozenset(),
) -> Work:
    """Predict images with an exported head or a run (last or best epoch; None: its result).

    `images` are photos, or folders, whose photos are all predicted, except those whose paths are `known`. Yields
    `ImageSkipped` for files left out and, with a trace, `PredictionTrace` instead of each `ImagePrediction`.

    Raises:
        UserError: There is no run or exported head, its weights are missing, or its own network may not be run.
    """

    def work(stop: Stop) -> Events:
        if not source.exists():
            raise UserError(f"There is no run and no exported head at {source}.", "Check the path.", source)
        available_for(source)
        listed = yield from _listed(images)
        photos = tuple(path for path in listed if path not in known) if known else listed
        if not photos:
            return
        if with_trace:
            from studio.engine.predict.photos.trace import trace

            yield from trace(source, photos, device, stop, which)
            return
        from studio.engine.predict.predict import predict

        yield from predict(source, photos, device, stop, which)

    return work


def label_next(
    source: Path, images: list[str], number: int, device: str = "auto", which: WeightsChoice | None = None
) -> Work:
    """Predict images and choose which of them to label next; yields `PhotosToLabel` after the predictions.

    Raises:
        UserError: There is no run or exported head, the number is below 1, or the run predicts numbers and stored no
            features of its training photos.
    """

    def work(stop: Stop) -> Events:
        if not source.exists():
            raise UserError(f"There is no run and no exported head at {source}.", "Check the path.", source)
        if number < 1:
            raise UserError(f"{number} photos cannot be chosen.", "Give a number of 1 or more.")
        available_for(source)
        photos = yield from _listed(images)
        if not photos:
            yield PhotosToLabel((), 0, 0, 0)
            return
        from studio.engine.predict.photos.label_next import label_next

        yield from label_next(source, photos, number, device, stop, which)

    return work


def _listed(images: list[str]) -> Generator[Event, None, tuple[str, ...]]:
    """The photos in the user's paths; yields `ImageSkipped` for what is left out."""
    from studio.data.folder import photo_paths
    from studio.jobs.workers import run_in_thread

    yield Stage("scan", "Listing photos")  # before ten seconds of imports
    paths = yield from run_in_thread(photo_paths.expand(images), images[0] if images else "")
    for item in (*paths.skipped, *paths.strays):
        yield ImageSkipped(item.path, item.reason, item.count, item in paths.strays)
    return paths.photos


def watch_camera(source: Path, camera: int | str = 0, device: str = "auto", which: WeightsChoice | None = None) -> Work:
    """Predict what a camera sees, until it is stopped; yields `CameraFrame` at most five times a second.

    Raises:
        UserError: There is no run or exported head, OpenCV is not installed, or there is no camera or video.
    """

    def work(stop: Stop) -> Events:
        if not source.exists():
            raise UserError(f"There is no run and no exported head at {source}.", "Check the path.", source)
        available_for(source)
        from studio.engine.predict.photos.camera import watch

        yield from watch(source, camera, device, stop, which)

    return work


def heatmap(
    source: Path, photo: str, out: Path, name: str = "", layer: str = "", which: WeightsChoice | None = None
) -> Work:
    """Write the heatmap of a photo for a class; see `class_heatmap.compute`.

    Raises:
        UserError: There is no run, class or layer, the photo cannot be read, or the file cannot be written.
    """

    def work(stop: Stop) -> Events:
        if not source.exists():
            raise UserError(f"There is no run and no exported head at {source}.", "Check the path.", source)
        available_for(source)
        yield from imported()
        from studio.engine.export import heatmap_file

        yield from heatmap_file.write(source, photo, out, name, layer, stop, which)

    return work


def activations(source: str, spec: BackboneSpec, photo: str, layer: str, out: Path, call: int = 1) -> Work:
    """Write the output of a call of a layer for a photo, with the weights of a run (its folder), or else `spec`'s.

    Raises:
        UserError: There is no run or layer, the photo cannot be read, or the file cannot be written.
    """

    def work(stop: Stop) -> Events:
        run = Path(source) if Path(source).is_dir() else None
        if run is not None:
            available_for(run)
        own = spec if run is not None else available(spec)
        yield from imported()
        from studio.engine.export import activation_file

        yield from activation_file.write(run, own, photo, layer, out, stop, call)

    return work


def export_model(
    run: Path,
    out: Path,
    form: str,
    precision: Precision | None = None,
    epoch: str | int | None = None,
    data: str = "",
) -> Work:
    """Write the whole model of a run to a file, and prove the file on the run's validation photos.

    Args:
        run: Folder of the run.
        out: File with the suffix of the format.
        form: Name of a format in `model_registry`, or "features".
        precision: Number type of the weights; None for that of the format.
        epoch: "best", "last", the number of one of them, or None for the result of the run.
        data: Current folder of the run's photos; "" if they were not moved.

    Yields `ModelExported` last, which says whether the file passed. A file that did gets a model card (`FILE.md`).

    Raises:
        UserError: There is no run, photo or library, or the file cannot be written.
    """
    run_folder = runs.folder_of(run)

    def work(stop: Stop) -> Events:
        record = runs.read(run)
        which = judged_photos.weights_of(record, epoch)[0]
        available_for(run)
        yield from imported()
        if form == "features":
            from studio.engine.export import features_of_run

            if precision not in (None, "float32"):
                raise UserError(f"Features cannot be written as {precision}.", "Leave the precision out.")
            yield from _remembered(run_folder, features_of_run.export(run_folder, out, which, stop, data))
            return
        from studio.engine.export.model import export_model

        exporting = export_model.export(run_folder, out, form, precision or "float32", which, stop, data)
        yield from _remembered(run_folder, exporting)

    return with_card(work, run_folder, epoch, data)


def _remembered(run: Path, exporting: Events) -> Events:
    """Pass on the events of an export; the run remembers the folder of the file, to find its certificate there."""
    for event in exporting:
        if isinstance(event, ModelExported):
            certificates.remember(run, Path(event.file).parent)
        yield event


def exported(run: Path, more: Sequence[str] = (), known: dict[tuple[object, ...], str] | None = None) -> Work:
    """Find the exported files of a run by the certificates beside them; yields `CertificatesFound`.

    Args:
        run: Folder of the run, or its `run.json`.
        more: Folders to search in addition to those stored with the run.
        known: Hashes of files that were read before; as in `certificates.find`.

    Raises:
        UserError: There is no run.
    """
    run_folder = runs.folder_of(run)

    def work(stop: Stop) -> Events:
        runs.read(run_folder, only_known=False)
        yield CertificatesFound(str(run), tuple(certificates.find(run_folder, more, stop, known)))

    return work


def export(run: Path, out: Path, which: WeightsChoice | None = None) -> Work:
    """Export the head of a run's last or best epoch (None: of its result) to a file, with a model card (`FILE.md`).

    Yields `Saved` and, if validation photos could be read, `ModelExported` with the certificate.

    Raises:
        UserError: There is no run, it has no such weights, or the file cannot be written.
    """
    run_folder = runs.folder_of(run)

    def work(stop: Stop) -> Events:
        runs.read(run)
        yield from imported()
        from studio.engine.export.head import export

        yield from _remembered(run_folder, export(run_folder, out, which, stop, proved=True))

    return with_card(work, run_folder, which)
