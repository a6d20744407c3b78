"""Jobs that write a report of a run, or of the comparison of two runs, to one HTML file."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from studio.commands.evaluation import evaluation
from studio.events import Event, Events, RunEvaluated, RunsCompared, Saved, Split, Stage, ValueRanges
from studio.formatting import run_names
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, Work
from studio.runs import folder as runs
from studio.runs.files import description
from studio.runs.files.record import RunRecord
from studio.system import paths
from studio.system.files import output_file
from studio.system.names import command_word

SUFFIXES = (".html", ".htm")
E = TypeVar("E", RunEvaluated, RunsCompared)


def report(
    run: Path,
    out: Path,
    part: Split = "val",
    epoch: str | int | None = None,
    data: Path | None = None,
    device: str = "auto",
    quick: bool = False,
    threshold: str = "f1",
    with_photos: bool = True,
) -> Work:
    """Write the report of a run; yields `Saved`.

    Args:
        run: Folder of the run.
        out: The file, which ends in .html.
        part: See `evaluation.evaluate`.
        epoch: See `evaluation.evaluate`.
        data: See `evaluation.evaluate`.
        device: See `evaluation.evaluate`.
        quick: See `evaluation.evaluate`.
        threshold: See `evaluation.evaluate`.
        with_photos: False to leave out photos and their paths.

    Raises:
        UserError: The run cannot be evaluated, or the file cannot be written.
    """

    def work(stop: Stop) -> Events:
        file = _file(out)
        judging = evaluation.evaluate(run, part, epoch, data, device, quick, threshold)
        document = (yield from _result(judging, RunEvaluated, stop)).document
        from studio.reports import run_page

        where = Path(document["run"])
        record = runs.read(where, only_known=False)
        pictures: dict[str, str] = {}
        if with_photos:
            shown = run_page.shown_photos(document)
            pictures = yield from _pictures(document["folder"], shown, record.value_range, stop)
        yield Stage("write", "Writing the report")
        command = _command([where], part, epoch, file)
        extras = run_page.Extras(description.read(where), pictures, with_photos, command)
        _write(file, run_page.html(document, record, extras))
        yield Saved(str(file), "report")

    return work


def report_comparison(
    a: Path, b: Path, out: Path, part: Split = "val", device: str = "auto", with_photos: bool = True
) -> Work:
    """Write the report of the comparison of two runs; yields `Saved`. The arguments are as for `report`.

    Raises:
        UserError: The runs cannot be compared, or the file cannot be written.
    """

    def work(stop: Stop) -> Events:
        file = _file(out)
        compared = yield from _result(evaluation.compare(a, b, part, device), RunsCompared, stop)
        from studio.reports import comparison_page

        document = compared.document
        folders = tuple(Path(document[side]["run"]) for side in "ab")
        records = tuple(runs.read(where, only_known=False) for where in folders)
        pictures: dict[str, str] = {}
        if with_photos:
            shown = comparison_page.shown_photos(document)
            pictures = yield from _pictures(compared.photos.folder, shown, compared.ranges, stop)
        yield Stage("write", "Writing the report")
        command = _command(folders, part, None, file)
        extras = comparison_page.Extras(_titles(folders, records), pictures, with_photos, command)
        _write(file, comparison_page.html(document, (records[0], records[1]), extras))
        yield Saved(str(file), "report")

    return work


def _titles(folders: Sequence[Path], records: Sequence[RunRecord]) -> tuple[str, str]:
    """Titles of two runs: the user's, or else plan and start; followed by their folders if they are equal."""
    pairs = list(zip(folders, records, strict=True))
    a, b = (description.read(where).title or run_names.dated(one.spec, one.started) for where, one in pairs)
    return (a, b) if a != b else (f"{a} ({folders[0].name})", f"{b} ({folders[1].name})")


def _result(work: Work, kind: type[E], stop: Stop) -> Generator[Event, None, E]:
    """Run a job and return its event of this kind; all others are passed on."""
    result: E | None = None
    for event in work(stop):
        if isinstance(event, kind):
            result = event
        else:
            yield event
    assert result is not None
    return result


def _command(folders: Iterable[Path], part: Split, epoch: str | int | None, file: Path) -> str:
    """The command that writes the same report."""
    words = [command_word(str(folder)) for folder in folders]
    options = [f"--part {part}"] if part != "val" else []
    options += [f"--epoch {epoch}"] if epoch is not None else []
    return " ".join(["thaw report", *words, *options, "--out", command_word(str(file))])


def _file(out: Path) -> Path:
    """The absolute path to write to; checked first, because the work takes minutes."""
    file = paths.expanded(out).absolute()
    output_file.require_suffix(file, *SUFFIXES)
    output_file.require_writable(file)
    return file


def _write(file: Path, text: str) -> None:
    with output_file.written(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _pictures(
    folder: str, shown: Iterable[str], ranges: ValueRanges, stop: Stop
) -> Generator[Event, None, dict[str, str]]:
    """Small pictures of photos by path; {} where their folder is gone."""
    names = list(shown)
    if not names or not paths.is_folder(folder):
        return {}
    from studio.data.images import measuring
    from studio.reports import thumbnails

    yield Stage("thumbnails", "Embedding photos")
    pace = Pace("thumbnails", len(names))
    pictures: dict[str, str] = {}
    for path, uri in thumbnails.of_photos(str(paths.expanded(folder)), names, measuring.reading_of(ranges)):
        if stop():
            raise Interrupted
        pictures[path] = uri
        if (progress := pace.at(len(pictures))) is not None:
            yield progress
    yield pace.end(len(names))
    return pictures
