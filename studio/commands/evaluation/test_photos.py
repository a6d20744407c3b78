"""Rules for test photos: each judgment of them is recorded, and nothing is chosen on them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from studio.commands.imports import imported
from studio.evaluate.documents import earlier_tests
from studio.evaluate.documents.earlier_tests import EarlierTest
from studio.events import Dataset, Event, JudgedPart, Warned
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import many
from studio.jobs.protocol import Stop
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.runs.files import photos_file
from studio.runs.files import test_judgments as judgments_file
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.spec.structs import replace


def judged_before(run: Path, record: RunRecord) -> tuple[EarlierTest, ...]:
    """The judgments so far of the test photos of the folder that a run was trained on, by it and by the runs beside it.

    The judgments of a run that cannot be read, or was trained on another folder, are left out.
    """
    result = [EarlierTest(str(run), "", one) for one in judgments_file.read(run)]
    for where in sorted(run.parent.iterdir()):
        others = judgments_file.read(where) if where != run else ()
        try:
            same = bool(others) and runs.read(where, only_known=False).spec.dataset.folder == record.spec.dataset.folder
        except (OSError, ValueError, UserError):
            continue
        result += [EarlierTest(str(where), where.name, one) for one in others if same]
    return tuple(result)


def record(run: Path, judged: JudgedPart, main: float) -> Iterator[Event]:
    """Record that the test photos were judged, with the main metric; warns if that is not possible."""
    try:
        damaged = judgments_file.add(run, judged.epoch, len(judged.paths), main)
    except OSError as error:
        yield Warned(f"The judgment of the test photos could not be recorded: {error}.")
        return
    if damaged is not None:
        yield Warned(
            f"The list of earlier judgments of the test photos cannot be read; it was renamed to {damaged.name}.",
            f"A new list was started in {damaged.parent}: earlier judgments are no longer counted.",
        )


def of_runs(opened: Sequence[tuple[Path, RunRecord]]) -> tuple[EarlierTest, ...]:
    """The judgments so far of the test photos of several runs, each listed once, with the name of its run."""
    named = (
        one._replace(name=one.name or Path(one.run).name)
        for run, record in opened
        for one in judged_before(run, record)
    )
    return tuple({(one.run, one.judgment): one for one in named}.values())


def warn(earlier: tuple[EarlierTest, ...]) -> Iterator[Event]:
    """Warn before a judgment if the test photos were judged before."""
    if earlier:
        yield Warned(earlier_tests.words(earlier), earlier_tests.ADVICE)


def without_known(run: Path, dataset: Dataset) -> Generator[Event, None, Dataset]:
    """The data set without test photos that the run was trained or validated on, because the split changed since."""
    known = {photo.path for photo in photos_file.read(run)}
    photos = tuple(photo for photo in dataset.photos if photo.split != "test" or photo.path not in known)
    number = len(dataset.photos) - len(photos)
    if not number:
        return dataset
    yield Warned(
        f"{many(number, 'photo')} of the test part {'was' if number == 1 else 'were'} used to train or validate this "
        "run, which was divided differently, and left out here.",
        "Train a new run to judge all of them.",
    )
    return replace(dataset, photos=photos)


def fitted_on(
    run: Path, record: RunRecord, judged: JudgedPart, weights: WeightsChoice, device: str, stop: Stop
) -> Generator[Event, None, JudgedPart | None]:
    """For test photos, the validation predictions of the same epoch, on which thresholds and temperature are chosen."""
    if judged.split != "test" or record.target:
        return None
    if record.predicted_epoch == judged.epoch:
        return judged_photos.stored(run, record, judged.folder)
    yield from imported()
    from studio.engine.predict import part_predictions

    photos = judged_photos.require_split(judged_photos.listed(run, record, judged.folder), "val")
    return (yield from part_predictions.predict(run, record, photos, "val", weights, device, stop))
