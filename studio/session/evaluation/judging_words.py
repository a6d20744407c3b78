"""Texts of the switches on the Evaluate page: runs, epochs and parts to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.evaluate import metrics
from studio.evaluate.documents import earlier_tests
from studio.evaluate.documents.earlier_tests import EarlierTest
from studio.evaluate.epochs.best_epoch import criterion
from studio.events import RunSummary, Split
from studio.events.runs import WeightsChoice
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.session import selectors
from studio.session.evaluation import judging
from studio.session.part_words import BEFORE_PHOTOS
from studio.session.runs import run_differences, run_list, run_words
from studio.session.state import AppState, RunState

PARTS: tuple[Split, ...] = ("train", "val", "test")

PART_TIPS = {
    "train": tr("The photos that the model was trained on: they do not show how well it predicts others"),
    "val": tr("The photos that were held out, and that the best epoch was chosen on"),
    "test": tr("The photos for the final judgment: judge them once, after everything is chosen"),
}


@dataclass(frozen=True)
class Entry:
    """One entry of a switch.

    Attributes:
        key: Its value: the folder of a run, the weights, the part.
        text: Its text.
        tip: Its tooltip.
        why: The reason why it cannot be chosen; "" where it can.
    """

    key: str
    text: str
    tip: str = ""
    why: str = ""

    @property
    def shown(self) -> tuple[str, str, str]:
        """Value, text and tooltip."""
        return self.key, self.text, self.tip


def runs(state: AppState) -> tuple[Entry, ...]:
    """The runs of the open folder with at least one epoch, newest first; always the one shown."""
    run = state.run
    rows = [row for row in run_list.rows(state) if row.epochs or row.path == state.shown]
    titles = {row.path: _run_title(row) for row in rows}
    alike: dict[str, list[RunSummary]] = {}
    for row in rows:
        alike.setdefault(titles[row.path], []).append(row)
    own: dict[str, str] = {}
    for group in alike.values():
        own |= run_differences.differences(group)
    entries = [_run_entry(row, titles[row.path], own.get(row.path, "")) for row in rows]
    if run is not None and all(entry.key != run.id for entry in entries):
        entries.insert(0, Entry(run.id, run_words.shown(state), run.id))
    return tuple(entries)


def nothing(number: int) -> str:
    """The text of the page without results, where there are this many runs."""
    text = tr("Results appear here after the first epoch of a run.")
    choice = tr("the run") if number == 1 else tr("one of {number} runs").format(number=numbers.exact(number))
    if not number:
        return text
    return tr("{text} Or choose {choice} of this folder above.").format(text=text, choice=choice)


def epochs(run: RunState) -> tuple[Entry, ...]:
    """The epochs whose weights are stored: the best and the last one."""
    last, best = len(run.epochs), selectors.best_epoch(run)
    if not last or best is None:
        return ()
    train = run.started.spec.train
    so_far = tr(" so far") if run.status == "running" else ""
    rule = translated(criterion(train.result, metrics.task_of(run.started.spec.dataset.targets)))
    tips = {"best": tr("The best epoch: {rule}").format(rule=rule), "last": tr("The last epoch")}

    def entry(key: WeightsChoice, number: int, words: str) -> Entry:
        end = max(train.all_epochs, number)
        text = tr("epoch {number:,} of {end:,}, {words}").format(number=number, end=end, words=words)
        return Entry(key, f"{text}{so_far}", f"{tips[key]}. {OTHER_EPOCHS}")

    if best.epoch == last:
        return (entry(judging.result_weights(run), last, tr("best, last")),)
    return entry("best", best.epoch, tr("best")), entry("last", last, tr("last"))


TITLES: Mapping[Split, str] = {"train": tr("Training"), "val": tr("Validation"), "test": tr("Test")}
"""Names of the parts on their buttons."""

OTHER_EPOCHS = tr("Only the weights of the best and the last epoch are stored.")


def parts(state: AppState) -> tuple[Entry, ...]:
    """The parts of the data set with their numbers of photos."""
    entries = []
    for part in PARTS:
        count, why = judging.photos_of(state, part), judging.cannot_judge(state, part)
        word = TITLES[part]
        text = (
            word
            if count is None
            else tr("{part}, none").format(part=word)
            if not count
            else f"{word} {numbers.exact(count)}"
        )
        entries.append(Entry(part, text, PART_TIPS[part], why))
    return tuple(entries)


def _run_entry(row: RunSummary, title: str, own: str) -> Entry:
    """The entry of a run; `own` are the settings that distinguish it from others of the same title."""
    figure = row.figure
    value = metrics.find(figure.key).text(figure.value) if figure is not None else ""
    return Entry(row.path, typography.one_line(" · ".join(filter(None, (title, value, own)))), row.path)


def _run_title(row: RunSummary) -> str:
    start = run_words.clock(row.started)
    return row.description.title or " · ".join(part for part in (run_words.name(row.spec), start) if part != "–")


def pending(state: AppState) -> str:
    """A description of the chosen part, while it is not evaluated."""
    choice, run = judging.choice(state), state.run
    epoch = judging.epoch_of(run, judging.weights(state)) if run is not None else 0
    photos = tr("{part_words} photos").format(part_words=BEFORE_PHOTOS[choice.part])
    if judging.JOB in state.jobs:
        return tr("Judging the {photos} with the weights of epoch {epoch}").format(photos=photos, epoch=epoch)
    if choice.part == "test":
        if before := earlier_tests.words(tested_before(state)):
            return f"{translated(before)}\n\n{translated(earlier_tests.ADVICE)}"
        return tr(
            "The test photos are for the final judgment of this run. Judge them once, after run, epoch and thresholds "
            "are chosen: a choice that depends on the result makes the result look better than it is."
        )
    words = tr("The {photos} are not judged with the weights of epoch {epoch}.")
    return words.format(photos=photos, epoch=epoch)


def tested_before(state: AppState) -> tuple[EarlierTest, ...]:
    """The judgments so far, as far as listed, of the test photos of the run shown, by it and by runs of its folder."""
    if state.run is None:
        return ()
    return earlier_on(state, state.run.started.spec.dataset.folder, state.shown or "")


def earlier_on(state: AppState, folder: str, own: str = "") -> tuple[EarlierTest, ...]:
    """The judgments so far, as far as listed, of the test photos of a folder; those by `own` without the run's name."""
    return tuple(
        EarlierTest(row.path, "" if row.path == own else row.description.title or Path(row.path).name, one)
        for row in state.run_list.listed
        if row.test_judgments and run_list.same_folder(row.spec.dataset.folder, folder)
        for one in row.test_judgments
    )


def judge_button(state: AppState) -> str:
    """Text of the button that judges the chosen part."""
    part = judging.choice(state).part
    count = judging.photos_of(state, part)
    if count == 1:
        return tr("Judge the {part_words} photo").format(part_words=BEFORE_PHOTOS[part])
    return tr("Judge the {count}{part_words} photos").format(
        count=f"{numbers.exact(count)} " if count else "", part_words=BEFORE_PHOTOS[part]
    )
