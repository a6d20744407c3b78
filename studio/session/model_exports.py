"""The files that the user exports on the Use page: offered formats, work in progress, results and failures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.events import Cancelled, Event, ExportStep, Failed, ModelExported
from studio.events.runs import WeightsChoice

FEATURES = "features"
"""Name of the export that is no model: features and labels of the run's photos."""


@dataclass(frozen=True)
class ModelOffer:
    """A format for whole models, or the features of the photos.

    Attributes:
        name: Its name.
        title: Its title.
        suffix: Suffix of its files, with the dot.
        precisions: Number types of the weights, the default first; of features, the types of file.
        why_not: The reason why it cannot be written here; "" where it can.
    """

    name: str
    title: str
    suffix: str
    precisions: tuple[str, ...]
    why_not: str = ""

    @property
    def is_model(self) -> bool:
        """False for features, which nothing can predict with."""
        return self.name != FEATURES


@dataclass(frozen=True)
class ModelExports:
    """Exports of this window, for the run that they were made of.

    Attributes:
        run: Folder of the run.
        weights: Its weights: of the best or of the last epoch.
        current: Format that is being written; "" for none.
        waiting: Formats that are written after it.
        made: Written files with their certificates.
        refused: Format and reason of those that could not be written.
    """

    run: str = ""
    weights: WeightsChoice = "best"
    current: str = ""
    waiting: tuple[str, ...] = ()
    made: tuple[ModelExported, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    def made_of(self, name: str) -> ModelExported | None:
        """The file of this format that was written last; None without one."""
        return next((one for one in reversed(self.made) if one.certificate.format == name), None)

    def refusal_of(self, name: str) -> str:
        """The reason why a format could not be made; "" where there is none."""
        return dict(self.refused).get(name, "")


def asked(now: ModelExports, run: str, weights: WeightsChoice, names: tuple[str, ...]) -> ModelExports:
    """The exports after the user asked for these formats; those of another run or epoch are forgotten."""
    if (now.run, now.weights) != (run, weights):
        now = ModelExports(run, weights)
    made = tuple(one for one in now.made if one.certificate.format not in names)
    refused = tuple(pair for pair in now.refused if pair[0] not in names)
    return replace(now, waiting=names, made=made, refused=refused)


def after(now: ModelExports, event: Event) -> ModelExports:
    """The exports after an event of their job."""
    match event:
        case ExportStep(form=form, why=""):
            return replace(now, current=form, waiting=tuple(name for name in now.waiting if name != form))
        case ExportStep(form=form, why=why):
            return replace(now, current="", refused=(*now.refused, (form, why)))
        case ModelExported():
            return replace(now, current="", made=(*now.made, event))
        case Failed(title=title, hint=hint):
            refused = ((now.current, f"{title} {hint}".strip()),) if now.current else ()
            return replace(now, current="", waiting=(), refused=(*now.refused, *refused))
        case Cancelled():
            return replace(now, current="", waiting=())
        case _:
            return now
