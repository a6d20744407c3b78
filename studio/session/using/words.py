"""Texts of the Use page: the answer of a run for a photo, and why there is none.

A little over 300 lines, because every state of the page has its sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.events import GivenPhoto, PhotosToLabel, PredictionTrace, SortingUndone
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.session.evaluation import judging
from studio.session.runs import run_words
from studio.session.state import AppState
from studio.session.using import label_words
from studio.spec.decision import DecisionRule

NOT_SURE, UNLIKE = tr("not sure"), tr("unlike anything seen")
DOUBT = "help-circle-outline"

LIST_JOBS = ("predict_given", "write_given", "unsort")
"""Jobs whose progress is shown at the list of photos."""

NO_RUN = tr("Train first, or choose a run above: its best epoch then predicts any photos that you drop here.")
NO_EPOCH = tr("The run has finished no epoch yet. Photos are predicted as soon as it has.")
NO_FOLDER = tr("Open an image folder first.")


@dataclass(frozen=True)
class Answer:
    """The answer for one photo.

    Attributes:
        text: The answered class, or why there is none; in regression the number.
        value: Probability of the most probable class; "–" where it means nothing.
        color_role: Color of the text.
        sign: Name of its icon; "" for none.
    """

    text: str
    value: str
    color_role: str
    sign: str


def probability(share: float) -> str:
    """A probability: “0.986”; “< 0.001” and “> 0.999” at the ends, where three digits would claim certainty."""
    if 0 < share < 0.0005:
        return "< 0.001"
    return "> 0.999" if 0.9995 <= share < 1 else f"{share:.3f}"


def answer(photo: GivenPhoto) -> Answer:
    """The answer for a photo."""
    if photo.why:
        return Answer(typography.one_line(translated(photo.why)), "–", "bad", "alert-circle-outline")
    if photo.number is not None:
        value = numbers.figures(photo.number)
        return Answer(UNLIKE, value, "caution", DOUBT) if photo.unlike else Answer("", value, "text", "")
    if photo.unlike:
        return Answer(UNLIKE, "–", "caution", DOUBT)
    value = probability(photo.top[0][1]) if photo.top else ""
    if not photo.sure:
        return Answer(NOT_SURE, value, "caution", DOUBT)
    shares = dict(photo.top)
    value = probability(shares[photo.answer]) if photo.answer in shares else value
    return Answer(typography.one_line(photo.answer), value, "good", "check-circle-outline")


def spoken(photo: GivenPhoto) -> str:
    """A row of the list in one sentence, for the screen reader."""
    said = answer(photo)
    value = said.value if said.value != "–" else ""
    return ", ".join(filter(None, (typography.one_line(Path(photo.path).name), said.text, value)))


def obstacle(state: AppState) -> str:
    """The reason why no photo can be predicted now; "" where photos can."""
    if not state.spec.dataset.folder:
        return NO_FOLDER
    if state.run is None:
        return NO_RUN
    return "" if state.run.epochs else NO_EPOCH


def are_of_run(state: AppState) -> bool:
    """True where the answers are those of the run, the weights and the decision rule shown."""
    given, run = state.given, state.run
    shown = (state.shown, judging.weights(state), run.decision if run is not None else None)
    return not given.rows or (given.run, given.weights, given.rule) == shown


def outdated(state: AppState) -> str:
    """A sentence above answers of another run, epoch or decision rule than the one shown; "" where they are of it."""
    run, given = state.run, state.given
    if not given.rows or run is None or "predict_given" in state.jobs:
        return ""
    if not are_of_run(state):
        words = tr("Predicted by another run, epoch or decision rule than {run} has now.")
        return words.format(run=run_words.shown(state))
    epochs = {photo.epoch for photo in given.rows if photo.epoch}
    now = judging.epoch_of(run, judging.weights(state))
    if not epochs or epochs == {now}:
        return ""
    then = (
        tr("epoch {epochs}").format(epochs=min(epochs))
        if len(epochs) == 1
        else tr("epochs {epochs} to {epochs2}").format(epochs=min(epochs), epochs2=max(epochs))
    )
    newest = tr("better") if judging.weights(state) == "best" else tr("the last one")
    return tr("Predicted by {then}; epoch {now} is {newest} now.").format(then=then, now=now, newest=newest)


def unpredicted(state: AppState) -> str:
    """A sentence above a list whose prediction was stopped or failed; "" where all given photos were predicted."""
    if not state.given.left or "predict_given" in state.jobs:
        return ""
    return tr("Some photos are not predicted yet.")


def summary(rows: Sequence[GivenPhoto]) -> str:
    """The list in a few words: “6 photos, 1 not sure, 1 unlike, 1 not read”."""
    unread = sum(bool(photo.why) for photo in rows)
    unlike = sum(bool(photo.unlike) and not photo.why for photo in rows)
    unsure = sum(not photo.sure and not photo.unlike and not photo.why for photo in rows)
    counts = ((unsure, NOT_SURE), (unlike, tr("unlike")), (unread, tr("not read")))
    parts = [f"{numbers.exact(count)} {words}" for count, words in counts if count]
    return ", ".join((counted(len(rows), "photo"), *parts)) if rows else ""


@dataclass(frozen=True)
class Bar:
    """One line of the class probabilities.

    Attributes:
        name: Name of the class, or “95 others”.
        share: Its probability.
        is_answer: True for the answered class.
        limit: The probability from which on it is answered; 0 without one.
    """

    name: str
    share: float
    is_answer: bool = False
    limit: float = 0.0


def bars(photo: GivenPhoto, rule: DecisionRule) -> tuple[Bar, ...]:
    """The most probable classes, and all others together."""
    shown = []
    for name, share in photo.top:
        threshold = rule.threshold_of(name)
        limit = max(threshold.value if threshold is not None else 0.0, rule.least_confidence)
        shown.append(Bar(name, share, name == photo.answer and photo.sure and not photo.unlike, limit))
    if photo.others:
        rest = max(0.0, 1 - sum(share for _, share in photo.top))
        shown.append(Bar(counted(photo.others, "other"), rest))
    return tuple(shown)


def why(photo: GivenPhoto, rule: DecisionRule) -> str:
    """Why the answer is sure, or why there is none: “0.986 ≥ 0.80, like the training photos”."""
    if photo.why:
        return translated(photo.why)
    kind = tr("unlike the training photos") if photo.unlike else tr("like the training photos")
    known = "" if photo.unlike is None else kind
    far = ""
    if photo.distance is not None:
        far = f" ({tr('{share} of the distance that counts as unlike').format(share=f'{photo.distance:.2f}')})"
    if photo.number is not None or not photo.top:
        return f"{known}{far}" if known else ""
    name, share = photo.top[0]
    threshold = rule.threshold_of(photo.answer or name)
    limit = max(threshold.value if threshold is not None else 0.0, rule.least_confidence)
    own = dict(photo.top).get(photo.answer, share)
    sign = "≥" if own >= limit else "<"
    parts = (f"{probability(own)} {sign} {limit:.2f}" if limit else "", f"{known}{far}" if known else "")
    return ", ".join(filter(None, parts)) or tr("no decision rule: the most probable class is the answer")


def trace_now(state: AppState) -> PredictionTrace | None:
    """The steps of the photo shown, by the run, the weights and the epoch that gave its answer; None without them."""
    traced, given = state.traced, state.given
    place = given.rows.place(given.chosen)
    if traced is None or place < 0 or (traced.run, traced.weights) != (given.run, given.weights):
        return None
    prediction, photo = traced.trace.prediction, given.rows[place]
    same = (prediction.path, prediction.epoch, prediction.predicted) == (photo.path, photo.epoch, photo.answer)
    return traced.trace if same else None


def trace_fault(state: AppState) -> str:
    """The reason why the steps of the photo shown could not be computed; "" where there is none."""
    return _fault_of(state, "trace_given")


def cannot_write(state: AppState) -> str:
    """The reason why the answers cannot be written now; "" where they can."""
    if why := cannot_undo_sorting(state):
        return why
    if "predict_given" in state.jobs:
        return tr("The photos are being predicted.")
    return "" if any(not photo.why for photo in state.given.rows) else tr("Predict some photos first.")


def cannot_choose(state: AppState) -> str:
    """The reason why photos to label cannot be chosen now; "" where they can."""
    if "label_given" in state.jobs:
        return tr("Photos to label are being chosen.")
    return cannot_write(state)


def label_fault(state: AppState) -> str:
    """The reason why photos to label could not be chosen; "" where there is none."""
    return _fault_of(state, "label_given")


def to_label(found: PhotosToLabel) -> str:
    """The photos that were chosen to be labeled next, in a sentence."""
    known = label_words.nothing_new(found)
    if known:
        return known
    left = (
        tr(" Left out: {doubtful_photos} that the run knows.").format(
            doubtful_photos=counted(found.duplicates, "doubtful photo")
        )
        if found.duplicates
        else ""
    )
    if not found.photos:
        return tr("No photo to label among {photos}.{left}").format(photos=counted(found.predicted, "photo"), left=left)
    return tr("{photos} of {photos2}: the most doubtful ones that differ from each other.{left}").format(
        photos=numbers.exact(len(found.photos)), photos2=counted(found.predicted, "photo"), left=left
    )


def cannot_sort(state: AppState) -> str:
    """The reason why the photos cannot be sorted into folders now; "" where they can."""
    run = state.run
    if run is not None and run.dataset is not None and run.dataset.target:
        words = tr("The run predicts {target}, a number. Only classes have folders.")
        return words.format(target=run.dataset.target)
    return cannot_write(state)


def written(state: AppState) -> tuple[str, str, str]:
    """Message on the answers that were last written, its color role, and the file; "" for each where there is none."""
    if fault := _fault_of(state, "write_given") or _fault_of(state, "unsort"):
        return fault, "bad", ""
    saved = state.saved
    if saved is None or "write_given" in state.jobs or "unsort" in state.jobs:
        return "", "", ""
    if saved.kind == "unsorted" and state.unsorted is not None:
        return _unsorted(state.unsorted)
    if saved.kind == "partial":
        words = tr("Stopped: some answers are saved. Save to the same place again to continue:")
        return words, "caution", typography.one_line(saved.path)
    if saved.kind not in ("answers", "sorted"):
        return "", "", ""
    what = tr("The answers are in") if saved.kind == "answers" else tr("The photos are sorted in")
    return what, "good", typography.one_line(saved.path)


def _unsorted(undone: SortingUndone) -> tuple[str, str, str]:
    text = tr("{files} removed").format(files=counted(undone.removed, "link or copy", "links and copies"))
    if undone.waiting:
        text += tr(", {number} are still there: stopped").format(number=numbers.exact(undone.waiting))
    if undone.left:
        path, why = undone.left[0]
        text = f"{text}. {tr('“{file}” stays: {reason}').format(file=path, reason=translated(why))}"
        if len(undone.left) > 1:
            text += tr(", and {files}").format(files=counted(len(undone.left) - 1, "more file"))
    return f"{text}. {tr('Folder:')}", "caution" if undone.left or undone.waiting else "good", undone.folder


def sorted_folder(state: AppState) -> str:
    """The folder into which photos were sorted last, which can be undone now; "" where there is none."""
    saved = state.saved
    is_free = not any(name in state.jobs for name in ("write_given", "unsort"))
    return saved.path if is_free and saved is not None and saved.kind == "sorted" else ""


def cannot_undo_sorting(state: AppState) -> str:
    """The reason why sorted files cannot be removed now; "" where they can."""
    if "write_given" in state.jobs:
        return tr("The answers are being written.")
    return tr("The sorted files are being removed.") if "unsort" in state.jobs else ""


def camera_fault(state: AppState) -> str:
    """The reason why the camera cannot be watched; "" where there is none."""
    return _fault_of(state, "watch_camera")


def prediction_fault(state: AppState) -> str:
    """The reason why photos could not be predicted; "" where there is none."""
    return _fault_of(state, "predict_given")


def _fault_of(state: AppState, job: str) -> str:
    source, fault = state.fault_sources.get("use"), state.faults.get("use")
    is_own = source is not None and source.job == job and fault is not None
    return f"{translated(fault.title)} {translated(fault.hint)}".strip() if is_own and fault is not None else ""
