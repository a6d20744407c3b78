"""Training from a notebook."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from studio.commands import training as commands
from studio.events import RunStarted
from studio.notebook.backbones import layer_table, without_weights
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike, PhotoFolder, dataset_spec
from studio.notebook.run import Run, open_run
from studio.planning.presets import fine_tuned
from studio.planning.presets import from_scratch as baseline
from studio.planning.recipes import steps_of
from studio.spec import (
    BUNDLED_BACKBONE,
    AugmentSpec,
    AugmentStep,
    BackboneSpec,
    DatasetSpec,
    FreezePlan,
    HeadSpec,
    RunSpec,
    TrainSpec,
    UserError,
)
from studio.spec.backbone import BorderColor, CropPolicy, Readout
from studio.spec.encoding.serialization import run_spec_from_json, to_json
from studio.spec.structs import replace
from studio.system import paths

ADAPTERS = tuple(name for name in FreezePlan.__struct_fields__ if name.startswith("lora_"))
"""Settings of adapters, which are fields of the freeze plan."""


def train(
    photos: PhotoFolder | DatasetSpec | PathLike,
    backbone: str | BackboneSpec = BUNDLED_BACKBONE,
    *,
    freeze: Literal["all", "none"] | FreezePlan = "all",
    freeze_until: str = "",
    thaw: str | Iterable[str] = (),
    head: Literal["linear", "mlp"] | HeadSpec = "linear",
    augment: str | Iterable[str | AugmentStep] | AugmentSpec = (),
    crop: CropPolicy | None = None,
    border: BorderColor | None = None,
    readout: Readout | None = None,
    readout_blocks: int | None = None,
    fine_tune: bool = False,
    from_scratch: bool = False,
    out: PathLike | None = None,
    progress: ProgressChoice = True,
    **settings: Any,
) -> Run:
    """Train a head, and the thawed layers of the backbone, on a folder of photos.

    The output of the frozen layers is computed once for each photo and cached. The run is recorded on disk while it
    trains: each epoch, a checkpoint, the result.

    Args:
        photos: Result of `scan`, or a folder.
        backbone: Name, as in `list_backbones()`, or your own network: `"net.py:factory"` (see `trust`), `"net.pt2"`; a
            `BackboneSpec` for other weights or another image size.
        freeze: "all" trains the head alone, "none" trains everything; a `FreezePlan` for any other choice.
        freeze_until: Freeze every layer up to and including this one, thaw the rest.
        thaw: One or several layers to train as well; a name covers all layers below it.
        head: One linear layer, or "mlp" with a hidden one; a `HeadSpec` for its other settings.
        augment: Augmentation of training photos, in order: `"flip"`, `"rotation:0.2"` (kind:amount:probability, each
            0…1), or the recipes `"light"` and `"strong"`.
        crop: How photos of any shape become the square that the network sees: "center", "squash" or "fit" (with a
            border); None for that of the `backbone`.
        border: Color of that border: "mean", "black" or "white".
        readout: What is taken from the network as the features: "pooled", "average+maximum", "class", "patches",
            "class+patches", "blocks" or "attention", as far as it has it; None for that of the `backbone`.
        readout_blocks: Number of last blocks whose class tokens are the features, with `readout="blocks"`.
        fine_tune: Two phases: the head alone for 3 epochs, then the last block at a rate of 1e-5 that falls to 0.
            Other arguments override its choices.
        from_scratch: The baseline of the plan: random weights, nothing frozen.
        out: Folder of the run; None for a new one among the user's runs.
        progress: True for a progress bar, False for none, or a function that is called with each event.
        settings: Any field of `TrainSpec`: `epochs`, `lr`, `backbone_lr`, `batch_size`, `seed`, `device`, `schedule`,
            `patience`, …; `help(studio.TrainSpec)` gives meaning, bounds and default of each. Adapters (LoRA) of frozen
            layers: `lora_rank`, `lora_alpha`, `lora_layers` and `lora_after` of `FreezePlan`, and `lora_lr`.

    Returns:
        The recorded run.

    Raises:
        UserError: The photos, the backbone or a setting cannot be used; the message names which.
        TypeError: There is no setting of this name.
        KeyboardInterrupt: It was stopped (Ctrl+C, or *Interrupt* in a notebook); `studio.resume(…)` resumes it.
    """
    spec = settings_of(
        photos,
        backbone,
        freeze=freeze,
        freeze_until=freeze_until,
        thaw=thaw,
        head=head,
        augment=augment,
        crop=crop,
        border=border,
        readout=readout,
        readout_blocks=readout_blocks,
        fine_tune=fine_tune,
        from_scratch=from_scratch,
        progress=progress,
        **settings,
    )
    place = paths.expanded(Path(out)) if out is not None else None
    events = run_job(commands.train(spec, place), progress)
    return open_run(next(event.run for event in events if isinstance(event, RunStarted)))


def settings_of(
    photos: PhotoFolder | DatasetSpec | PathLike,
    backbone: str | BackboneSpec = BUNDLED_BACKBONE,
    *,
    freeze: Literal["all", "none"] | FreezePlan = "all",
    freeze_until: str = "",
    thaw: str | Iterable[str] = (),
    head: Literal["linear", "mlp"] | HeadSpec = "linear",
    augment: str | Iterable[str | AugmentStep] | AugmentSpec = (),
    crop: CropPolicy | None = None,
    border: BorderColor | None = None,
    readout: Readout | None = None,
    readout_blocks: int | None = None,
    fine_tune: bool = False,
    from_scratch: bool = False,
    progress: ProgressChoice = True,
    **settings: Any,
) -> RunSpec:
    """The settings of a run from the arguments of `train`, for other functions that take them, too.

    The signature is that of `train` without `out`, as a test checks. It is written out twice, so that
    `help(studio.train)` shows every argument and a type checker knows the arguments of both.
    """
    chosen = _settings(settings)
    adapters = {name: chosen.pop(name) for name in ADAPTERS if name in chosen}
    own_plan = freeze != "all" or bool(freeze_until) or thaw != ()
    spec = RunSpec(
        dataset=_dataset(photos),
        backbone=_backbone(backbone, crop=crop, border=border, readout=readout, readout_blocks=readout_blocks),
        freeze=replace(_freeze_plan(freeze, freeze_until, thaw), **adapters),
        head=head if isinstance(head, HeadSpec) else HeadSpec(kind=head),
        augment=_augmentation(augment),
    )
    if fine_tune:
        tuned = fine_tuned(spec, layer_table(without_weights(spec.backbone), progress))
        plan = spec.freeze if own_plan else tuned.freeze.with_policies_of(spec.freeze)
        spec = replace(tuned, freeze=plan)
    spec = replace(spec, train=replace(spec.train, **chosen))
    return _checked(baseline(spec) if from_scratch else spec)


def _dataset(photos: PhotoFolder | DatasetSpec | PathLike) -> DatasetSpec:
    if isinstance(photos, PhotoFolder):
        return photos.spec
    return photos if isinstance(photos, DatasetSpec) else dataset_spec(photos)


def _backbone(backbone: str | BackboneSpec, **settings: Any) -> BackboneSpec:
    spec = backbone if isinstance(backbone, BackboneSpec) else BackboneSpec(backbone)
    return replace(spec, **{name: value for name, value in settings.items() if value is not None})


def _freeze_plan(freeze: str | FreezePlan, until: str, thaw: str | Iterable[str]) -> FreezePlan:
    thawed = (thaw,) if isinstance(thaw, str) else tuple(thaw)
    if isinstance(freeze, FreezePlan):
        if until or thawed:
            raise UserError(
                "The freeze plan is specified twice.", "Give a FreezePlan, or freeze_until= and thaw=, but not both."
            )
        return freeze
    if freeze == "all":
        return FreezePlan("all", until, thawed)
    if freeze == "none":
        return FreezePlan("none", until, thawed)
    raise UserError(
        f"freeze cannot be {freeze!r}.",
        f'Use "all" or "none"; freeze_until={freeze!r} freezes every layer up to and including that layer.',
    )


def _augmentation(augment: str | Iterable[str | AugmentStep] | AugmentSpec) -> AugmentSpec:
    if isinstance(augment, AugmentSpec):
        return augment
    steps = (augment,) if isinstance(augment, str) else augment
    return AugmentSpec(steps_of(steps))


def _settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Check the names of settings of `TrainSpec` and of adapters, and convert numbers of numpy to those of Python."""
    fields = (*TrainSpec.__struct_fields__, *ADAPTERS)
    for name in settings:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            proposal = f"Did you mean {near[0]!r}?" if near else "help(studio.TrainSpec) lists all settings."
            raise TypeError(f"train() has no setting {name!r}. {proposal}")
    return {name: value.item() if hasattr(value, "item") else value for name, value in settings.items()}


def _checked(spec: RunSpec) -> RunSpec:
    """Check the types of all settings, and convert integers where a float is expected."""
    try:
        return run_spec_from_json(to_json(spec))
    except UserError as error:
        name = error.title.replace("“spec.train.", "“").replace("“spec.", "“")
        raise UserError(name, "help(studio.train) and help(studio.TrainSpec) list the values it can have.") from None
