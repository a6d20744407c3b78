"""The evaluation of a run on one split, and the comparison of two runs, as objects of the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.commands.evaluation import evaluation
from studio.evaluate.probabilities import thresholds
from studio.events import RunEvaluated, RunsCompared, Split
from studio.formatting.numbers import figures, plain
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.tables import Described, Description
from studio.reports import values
from studio.spec import UserError
from studio.spec.decision import CRITERIA

PARTS: tuple[Split, ...] = ("val", "test", "train")


class Evaluation(Described):
    """The evaluation of a run on one split.

    Attributes:
        document: Everything, as `thaw evaluate --json` prints it: metrics with intervals, classes, confusion matrix,
            verdict with reasons, calibration, hardest photos, likely label errors.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = dict(document)

    def __getitem__(self, key: str) -> Any:
        """An entry of the document: `evaluation["metrics"]["accuracy"]["low"]`."""
        return self.document[key]

    @property
    def verdict(self) -> str:
        """The verdict in one to three words."""
        return str(self.document["verdict"]["word"])

    def _describe(self) -> Description:
        about = self.document
        lines = [f"{about['name']}, {about['epoch_words']}: {about['photos']:,} photos of {about['part']}"]
        lines += [f"{self.verdict}. {about['verdict']['reasons'][0]['text']}"]
        rows = [["metric", "value", "low", "high", "photos"]]
        for key, one in about["metrics"].items():
            ends = [_number(one[end]) for end in ("value", "low", "high")]
            rows.append([key, *ends, f"{one['n']:,}"])
        return Description(tuple(lines), rows, frozenset({1, 2, 3, 4}), (f"Folder: {about['run']}",))


class Comparison(Described):
    """The comparison of two runs on the photos that both judged.

    Attributes:
        document: Everything, as `thaw compare --json` prints it.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = dict(document)

    def __getitem__(self, key: str) -> Any:
        """An entry of the document: `comparison["p_value"]`."""
        return self.document[key]

    def _describe(self) -> Description:
        about, difference = self.document, self.document["difference"]
        lines = [f"{name.upper()}: {about[name]['name']}, {about[name]['epoch_words']}" for name in "ab"]
        lines += [about["words"]]
        key = "mae" if about["fixed"] is None else "accuracy"
        value, ends = values.metric(difference["value"], key, True), values.interval(difference, key, True)
        lines += [plain(f"Difference {value} (95 % interval {ends}), {about['common']:,} photos")]
        rows = [["setting", "A", "B"], *([row["setting"], str(row["a"]), str(row["b"])] for row in about["settings"])]
        return Description(tuple(lines), rows)


def evaluate(
    run: PathLike,
    part: str = "val",
    epoch: str | int | None = None,
    *,
    data: PathLike | None = None,
    quick: bool = False,
    threshold: str = "f1",
    slices: Sequence[PathLike] = (),
    device: str = "auto",
    progress: ProgressChoice = True,
) -> Evaluation:
    """Judge a run on its validation, test or training photos.

    Args:
        run: Folder of the run.
        part: "val", "test" or "train".
        epoch: "best", "last" or the number of one of them; None for the result of the run.
        data: Current folder of the photos, if they were moved.
        quick: True to leave out what needs the photos: the quick probe, and slices by size, brightness,
            sharpness and camera.
        threshold: Rule of the threshold of each class, such as "f1" or "recall=0.95"; see `thaw evaluate --help`.
        slices: CSV files with a column “path” and further columns, by which the photos are sliced, too.
        device: `auto`, `cpu`, `mps` or `cuda:N`, where the predictions are not stored.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no run, or its weights or photos are not there.
        KeyboardInterrupt: It was stopped.
    """
    try:
        thresholds.parse(threshold)
    except ValueError:
        title = f"threshold cannot be {threshold!r}."
        raise UserError(title, f"Use {CRITERIA}.") from None
    folder = Path(data) if data is not None else None
    tables = [Path(file) for file in slices]
    epoch = check_epoch_of_evaluation(epoch)
    work = evaluation.evaluate(Path(run), check_part(part), epoch, folder, device, quick, threshold, tables=tables)
    return Evaluation(next(one for one in run_job(work, progress) if isinstance(one, RunEvaluated)).document)


def compare(
    a: PathLike, b: PathLike, part: str = "val", *, device: str = "auto", progress: ProgressChoice = True
) -> Comparison:
    """Compare two runs on the photos that both judged: McNemar's test, the paired difference, the settings that differ.

    Args:
        a: Folder of the first run.
        b: Folder of the second run.
        part: "val", "test" or "train".
        device: `auto`, `cpu`, `mps` or `cuda:N`, where the predictions are not stored.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no such run, or one predicts classes and the other numbers.
        KeyboardInterrupt: It was stopped.
    """
    work = evaluation.compare(Path(a), Path(b), check_part(part), device)
    return Comparison(next(one for one in run_job(work, progress) if isinstance(one, RunsCompared)).document)


def check_part(part: str) -> Split:
    """The split with this name.

    Raises:
        UserError: There is none.
    """
    for split in PARTS:
        if part == split:
            return split
    raise UserError(f"part cannot be {part!r}.", 'Use "val", "test" or "train".')


def check_epoch_of_evaluation(epoch: str | int | None) -> str | int | None:
    """The epoch as `evaluation.evaluate` takes it.

    Raises:
        UserError: It names none.
    """
    if epoch in (None, "best", "last") or (isinstance(epoch, int) and not isinstance(epoch, bool)):
        return epoch
    raise UserError(f"epoch cannot be {epoch!r}.", 'Use "best", "last" or the number of an epoch.')


def _number(value: float | None) -> str:
    return "–" if value is None else figures(value, 4)
