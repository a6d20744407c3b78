"""Texts and rows of the advice on the layers to freeze."""

from __future__ import annotations

from studio.events import CutAdvice, CutProbe
from studio.formatting import numbers
from studio.formatting.language import counted, tr, translated
from studio.formatting.numbers import percent
from studio.session.selectors import layers_now
from studio.session.state import AppState

COLUMNS = (tr("Frozen up to"), tr("Probe"), tr("95 % interval"), tr("Trains"), tr("An epoch"), tr("Cached"))

ABOUT = tr(
    "One pass over the training photos, and a linear classifier on the output of each block. It says how much of the "
    "task the pretrained layers have solved up to there, and whether the layers after it add anything as they are. "
    "Nothing is trained or changed."
)


def advice_now(state: AppState) -> CutAdvice | None:
    """The advice for the photos and backbone chosen now; None without one."""
    advice, spec = state.cut_advice, state.spec
    if advice is None or (advice.dataset, advice.backbone) != (spec.dataset, spec.backbone):
        return None
    return advice


def cannot_probe(state: AppState) -> str:
    """The reason why the layers cannot be probed now; "" where they can."""
    if state.dataset is None:
        return tr("Open a folder of photos first.")
    if state.spec.dataset.targets:
        return tr("The probe needs classes, but the labels are numbers.")
    if layers_now(state) is None:
        return tr("The backbone’s layers are not loaded yet.")
    return tr("The layers are being probed.") if "advise_cut" in state.jobs else ""


def rows(advice: CutAdvice) -> list[tuple[str, ...]]:
    """One row per cut, as in `COLUMNS`."""
    return [_row(cut) for cut in advice.cuts]


def summary(advice: CutAdvice) -> str:
    """The suggestion with its reason, and what it rests on."""
    return tr("{why}\n{training_photos}, each judged by a classifier that was fitted without it; {seconds}.").format(
        why=translated(advice.why),
        training_photos=counted(advice.photos, "training photo"),
        seconds=numbers.seconds(advice.seconds),
    )


def _row(cut: CutProbe) -> tuple[str, ...]:
    return (
        cut.layer if cut.trainable else tr("all layers"),
        percent(cut.accuracy),
        f"{percent(cut.low)} – {percent(cut.high)}",
        numbers.exact(cut.trainable) if cut.trainable else tr("head only"),
        tr("about {seconds}").format(seconds=numbers.seconds(cut.seconds)) if cut.trainable else "–",
        numbers.megabytes(cut.bytes),
    )
