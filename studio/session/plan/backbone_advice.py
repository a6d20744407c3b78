"""Words and rows of the advice on the backbone."""

from __future__ import annotations

from studio.events import BackboneAdvice, BackboneProbe
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.formatting.numbers import percent
from studio.session.state import AppState

COLUMNS = (
    tr("Backbone"),
    tr("Probe"),
    tr("95 % interval"),
    tr("Parameters"),
    "MACs",
    tr("Input"),
    tr("An epoch, all thawed"),
)

ABOUT = tr(
    "One pass over the training photos by each of a few backbones on this computer, and a linear classifier on its "
    "features: how well a head would do on them, and what fine-tuning all layers would cost here. No network is "
    "trained, downloaded or changed."
)


def advice_now(state: AppState) -> BackboneAdvice | None:
    """The advice for the photos chosen now; None without one."""
    advice = state.backbone_advice
    return advice if advice is not None and advice.dataset == state.spec.dataset else None


def cannot_compare(state: AppState) -> str:
    """The reason why backbones cannot be compared now; "" where they can."""
    if state.dataset is None:
        return tr("Open a folder of photos first.")
    if state.spec.dataset.targets:
        return tr("The probe needs classes, but the labels are numbers.")
    if state.to_download is not None:
        return tr(
            "The weights of the chosen backbone are not on this computer. Download them, or choose another backbone."
        )
    return tr("The backbones are being compared.") if "advise_backbone" in state.jobs else ""


def rows(advice: BackboneAdvice) -> list[tuple[str, ...]]:
    """One row per backbone, as in `COLUMNS`."""
    return [_row(probe) for probe in advice.probes]


def summary(advice: BackboneAdvice) -> str:
    """The suggestion with its reason, notes, the backbones left out, and the photos and time that it took."""
    lines = [translated(line) for line in (advice.why, *advice.notes)]
    if advice.left_out:
        left = counted(advice.left_out, "backbone")
        lines.append(
            (
                tr("{left} on this computer was not compared; the chosen one always is.")
                if advice.left_out == 1
                else tr("{left} on this computer were not compared; the chosen one always is.")
            ).format(left=left)
        )
    if advice.downloads:
        names = ", ".join(f"{typography.backbone(name)} ({size:.0f} MB)" for name, size in advice.downloads)
        lines.append(tr("Not on this computer, and worth a try: {names}.").format(names=names))
    lines.append(
        tr("{training_photos}, each judged by a classifier that was fitted without it; {seconds}.").format(
            training_photos=counted(advice.photos, "training photo"), seconds=numbers.seconds(advice.seconds)
        )
    )
    return "\n".join(lines)


def _row(probe: BackboneProbe) -> tuple[str, ...]:
    return (
        typography.one_line(typography.backbone(probe.backbone.name)),
        percent(probe.accuracy),
        f"{percent(probe.low)} – {percent(probe.high)}",
        numbers.count(probe.parameters),
        numbers.count(probe.macs),
        numbers.shape(probe.image_size),
        tr("about {epoch_seconds}").format(epoch_seconds=numbers.seconds(probe.epoch_seconds)),
    )
