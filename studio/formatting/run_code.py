"""The settings of a run as a `thaw train` command and as a Python script, to repeat what the window did.

Only settings that differ from their defaults are written. A test parses many random specs back and compares them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from studio.spec import BUNDLED_BACKBONE, AugmentSpec, BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, RunSpec
from studio.spec.settings import Row, rows
from studio.spec.structs import replace
from studio.spec.training import TrainSpec
from studio.system import paths
from studio.system.names import command_word

FORMS = {
    "command": "a command",
    "script": "a script",
    "gpus": "a command for several GPUs",
    "computers": "a command for several computers",
}
"""The forms in which settings can be copied, each with its name in a sentence."""

LAUNCHERS = {
    "gpus": "torchrun --nproc-per-node=auto",
    # The same line is run on each computer; HOST is the name of one of them.
    "computers": "torchrun --nnodes=2 --nproc-per-node=auto --rdzv-backend=c10d --rdzv-endpoint=HOST:29500",
}
"""What replaces the command `thaw`, to start a worker for each GPU (or, without a GPU, for each core)."""

OTHERWISE = ("folder", "folders", "background", "seed", "value_range", "targets", "name", "weights", "layer_rates",
             "extended", "base", "until", "thaw", "freeze", "steps")  # fmt: skip
"""Settings that `_options` leaves out, because their options are written in another way, or there are none."""


def as_text(spec: RunSpec, form: str) -> str:
    """The settings in one of the `FORMS`."""
    return script(spec) if form == "script" else command(spec, form)


def command(spec: RunSpec, form: str = "command") -> str:
    """A command line that trains with the same settings, quoted for the shell of this system.

    Args:
        spec: The settings.
        form: `command`, or one of `LAUNCHERS` to train with several workers.
    """
    start = f"{LAUNCHERS[form]} -m studio".split() if form in LAUNCHERS else ["thaw"]
    words = [*start, *arguments(spec)]
    if sys.platform == "win32":
        return subprocess.list2cmdline(words)
    return " ".join(map(command_word, words))


def arguments(spec: RunSpec) -> list[str]:
    """The arguments of `thaw` that train with the same settings."""
    return ["train", *_dataset(spec), *_backbone(spec.backbone), *_freezing(spec.freeze), *_training(spec)]


def script(spec: RunSpec) -> str:
    """A Python script that trains with the same settings through the library."""
    dataset = with_whole_path(spec.dataset)
    parts = [_call("studio.DatasetSpec", dataset, first="folder")]
    if spec.backbone != BackboneSpec():
        parts.append(_call("studio.BackboneSpec", spec.backbone, first="name"))
    for name, part, plain in (
        ("freeze", spec.freeze, FreezePlan()),
        ("head", spec.head, HeadSpec()),
        ("augment", spec.augment, AugmentSpec()),
    ):
        if part != plain:
            parts.append(f"{name}={_call(f'studio.{type(part).__name__}', part)}")
    parts += [f"{name}={_literal(value)}" for name, value in _changed(spec.train)]
    body = "".join(f"    {part},\n" for part in parts)
    return f"import studio\n\nrun = studio.train(\n{body})\nprint(run)\n"


def with_whole_path(spec: DatasetSpec) -> DatasetSpec:
    """The data set with the absolute path of its folder, so that the command works in any current folder."""
    return replace(spec, folder=paths.absolute(spec.folder)) if spec.folder else spec


def _dataset(spec: RunSpec) -> Iterator[str]:
    dataset = with_whole_path(spec.dataset)
    if dataset.folders:
        first, *others = sorted(dataset.folders, key=lambda inside: inside in dataset.background)  # which come last
        yield _joined(dataset.folder, first)
        for inside in others:
            option = "--background" if inside in dataset.background else "--also"
            yield f"{option}={_joined(dataset.folder, inside)}"
    else:
        yield dataset.folder
    if dataset.targets:
        yield f"--targets={dataset.targets}"
    if dataset.value_range is not None:
        yield from ("--value-range", _plain(dataset.value_range.low), _plain(dataset.value_range.high))
    yield from _options(dataset)
    if spec.train.seed != TrainSpec().seed:
        yield f"--seed={spec.train.seed}"
    if dataset.seed != spec.train.seed:
        yield f"--split-seed={dataset.seed}"


def _joined(folder: str, inside: str) -> str:
    return os.path.join(folder, *inside.split("/"))  # noqa: PTH118  # a `Path` would drop “.”


def _backbone(spec: BackboneSpec) -> Iterator[str]:
    if spec.name != BUNDLED_BACKBONE:
        yield f"--backbone={spec.name}"
    if spec.weights != "default":
        yield f"--weights={spec.weights}"
    yield from _options(spec)


def _freezing(plan: FreezePlan) -> Iterator[str]:
    if plan.base != "all":
        yield f"--freeze={plan.base}"
    if plan.until:
        yield f"--freeze-until={plan.until}"
    yield from (f"--thaw={layer}" for layer in plan.thaw)
    yield from (f"--freeze-layers={layer}" for layer in plan.freeze)
    yield from _options(plan)


def _training(spec: RunSpec) -> Iterator[str]:
    yield from _options(spec.head)
    yield from _options(spec.train)
    yield from (f"--rate={rate.name}={rate.lr!r}" for rate in spec.train.layer_rates)
    yield from (f"--extended-after={epochs}" for epochs in spec.train.extended)
    for step in spec.augment.steps:
        yield f"--augment={step.kind.replace('colour', 'color')}:{step.amount!r}:{step.probability!r}"
    yield from _options(spec.augment)


def _options(spec: Any) -> Iterator[str]:
    """Options of the settings of a spec that are one value each."""
    for row in rows(type(spec)):
        value = getattr(spec, row.key)
        if row.key not in OTHERWISE and value != row.default:
            yield _option(row, value)


def _option(row: Row, value: Any) -> str:
    if row.setting.off:
        return row.flag
    if row.kind is bool:
        return row.flag if value else f"--no-{row.flag.removeprefix('--')}"
    return f"{row.flag}={value if isinstance(value, str) else repr(value)}"


def _plain(value: float) -> str:
    """A number without an exponent, because “-1e-05” would be taken for an option."""
    return format(Decimal(repr(float(value))), "f")


def _changed(spec: Any) -> list[tuple[str, Any]]:
    """Name and value of the settings that differ from their defaults or have none."""
    defaults = {row.key: row.default for row in rows(type(spec))}
    values = ((name, getattr(spec, name)) for name in spec.__struct_fields__)
    return [(name, value) for name, value in values if name not in defaults or value != defaults[name]]


def _call(name: str, spec: Any, first: str = "") -> str:
    parts = [_literal(value) if key == first else f"{key}={_literal(value)}" for key, value in _changed(spec)]
    return f"{name}({', '.join(parts)})"


def _literal(value: Any) -> str:
    if hasattr(value, "__struct_fields__"):
        return _call(f"studio.{type(value).__name__}", value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
