"""Settings as a command and as a script: read back, they are the same settings."""

from __future__ import annotations

import random
import shlex
import subprocess
import sys
import typing
from typing import Any

import pytest

import studio
from studio.cli.options import specs
from studio.cli.options.parser import make_parser
from studio.formatting import run_code
from studio.notebook.training import settings_of
from studio.planning.augmentation import KINDS
from studio.spec import (
    AugmentSpec,
    AugmentStep,
    BackboneSpec,
    DatasetSpec,
    FreezePlan,
    HeadSpec,
    LayerRate,
    RunSpec,
    TrainSpec,
    ValueRange,
)
from studio.spec.settings import Row, rows
from studio.spec.structs import replace

NAMES = (
    "ants and bees",
    "it's",
    'a "b"',
    "$HOME;rm -rf *",
    "-n",
    "日本",
    "a\nb",
    "back\\slash",
    "#1",
    "%5d",
    "~user",
    "é=1",
)
SPECIAL = (
    "folder",
    "folders",
    "background",
    "value_range",
    "targets",
    "split_table",
    "labels",
    "layer_rates",
    "extended",
)


def value_of(row: Row, dice: random.Random) -> Any:
    """A random allowed value of a setting."""
    if row.values:
        return dice.choice(row.values)
    if row.kind is bool:
        return dice.random() < 0.5
    kind = next(iter(typing.get_args(row.kind)), row.kind)
    if kind is int:
        return dice.randrange(1, 5000)
    if kind is float:
        top = 0.45 if row.setting.lt == 1 else 1.0
        return dice.choice([dice.random() * top or 0.1, 10.0 ** -dice.randrange(1, 9) * top])
    return dice.choice(NAMES)


def part(kind: type[Any], dice: random.Random, **given: Any) -> Any:
    values = {row.key: value_of(row, dice) for row in rows(kind) if dice.random() < 0.4 and row.key not in SPECIAL}
    return kind(**{**values, **given})


def random_spec(seed: int) -> RunSpec:
    dice = random.Random(seed)
    name = dice.choice(NAMES)
    given: dict[str, Any] = {"folder": f"/photos/{name}"}
    if dice.random() < 0.3:
        given |= {"folders": ("a/one", f"b {name}", "night"), "background": dice.choice([(), ("night",)])}
    for key in ("targets", "labels", "split_table"):
        if dice.random() < 0.2:
            given[key] = f"/tables/{dice.choice(NAMES)}.csv"
    if dice.random() < 0.3:
        given["value_range"] = ValueRange(-dice.random() * 10.0 ** dice.randrange(-9, 3), 4095.0)
    plan = {"thaw": tuple(dice.sample(("blocks.5", "blocks.6", "conv head"), dice.randrange(3)))}
    plan["freeze"] = tuple(dice.sample(("bn1", "blocks.0"), dice.randrange(3)))
    train = {"layer_rates": tuple(LayerRate(layer, 10.0 ** -dice.randrange(1, 7)) for layer in ("a=b", "blocks.6"))}
    train["extended"] = (2, 5) if dice.random() < 0.3 else ()
    steps = tuple(
        AugmentStep(kind, dice.random(), dice.random()) for kind in dice.sample(list(KINDS), dice.randrange(4))
    )
    backbone = part(BackboneSpec, dice, weights=dice.choice(["default", "none", f"/w/{name}.pt"]), name="timm/resnet18")
    return RunSpec(
        part(DatasetSpec, dice, **given),
        dice.choice([backbone, BackboneSpec()]),
        part(FreezePlan, dice, **plan),
        part(HeadSpec, dice),
        part(TrainSpec, dice, **(train if dice.random() < 0.7 else {})),
        AugmentSpec(steps, dice.randrange(3)),
    )


def parsed(words: list[str]) -> RunSpec:
    assert words[0] == "thaw"
    return specs.run_of(make_parser().parse_args(words[1:]))


def script_spec(text: str, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    """The settings that a script trains with."""
    trained: list[RunSpec] = []
    monkeypatch.setitem(vars(studio), "train", lambda *args, **options: trained.append(settings_of(*args, **options)))
    exec(compile(text.replace("print(run)", ""), "script", "exec"), {})
    return trained[0]


@pytest.mark.parametrize("block", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_random_settings_are_the_same_when_they_are_read_back(block, monkeypatch):
    parser = make_parser()
    for seed in range(1000 if block else 0, 3000 if block else 60):
        spec = random_spec(seed)
        words = ["thaw", *run_code.arguments(spec)]
        assert specs.run_of(parser.parse_args(words[1:])) == spec, words
        assert script_spec(run_code.script(spec), monkeypatch) == spec
        line = run_code.command(spec)
        assert "\n" not in line
        if "$'" not in line:
            assert shlex.split(line) == words


@pytest.mark.skipif(sys.platform == "win32", reason="quotes for a shell of Unix")
@pytest.mark.parametrize("name", NAMES)
def test_a_shell_reads_the_command_unchanged(name):
    spec = RunSpec(DatasetSpec(f"/photos/{name}", label_pattern=name), freeze=FreezePlan(thaw=(name,)))
    line = run_code.command(spec).removeprefix("thaw ")
    done = subprocess.run(["bash", "-c", rf"printf '%s\0' {line}"], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == run_code.arguments(spec)


def test_only_what_differs_from_the_defaults_is_written(tmp_path):
    spec = RunSpec(DatasetSpec("/photos/ants and bees"))
    assert run_code.command(spec) == "thaw train '/photos/ants and bees'"
    assert run_code.script(spec) == (
        "import studio\n\nrun = studio.train(\n    studio.DatasetSpec('/photos/ants and bees'),\n)\nprint(run)\n"
    )
    changed = replace(spec, train=TrainSpec(epochs=3, seed=8), freeze=FreezePlan(thaw=("blocks.6",)))
    assert run_code.command(changed) == (
        "thaw train '/photos/ants and bees' --seed=8 --split-seed=7 --thaw=blocks.6 --epochs=3"
    )


def test_folders_of_background_may_stand_anywhere():
    dataset = DatasetSpec("/photos", folders=("night", "a/one", "two"), background=("night",))
    assert run_code.arguments(RunSpec(dataset))[1:] == [
        "/photos/a/one",
        "--also=/photos/two",
        "--background=/photos/night",
    ]


def test_every_setting_is_copied():
    """A new setting without an option fails here."""
    options = {option for action in _train_actions() for option in action.option_strings}
    for kind in (DatasetSpec, BackboneSpec, FreezePlan, HeadSpec, TrainSpec, AugmentSpec):
        for row in rows(kind):
            if row.key not in run_code.OTHERWISE:
                assert row.flag in options, row.key


def _train_actions() -> Any:
    commands = make_parser()._subparsers._group_actions[0]
    return commands.choices["train"]._actions


@pytest.mark.slow
def test_a_copied_script_trains(shared_photos, tmp_path):
    spec = RunSpec(
        DatasetSpec(str(shared_photos)), BackboneSpec(image_size=32), train=TrainSpec(epochs=1, device="cpu")
    )
    file = tmp_path / "run.py"
    file.write_text(run_code.script(spec), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "done, 1 of 1 epochs" in done.stdout


def test_on_windows_the_command_is_quoted_for_its_shell(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    spec = RunSpec(DatasetSpec(r"C:\ants and bees"))
    assert run_code.as_text(spec, "command").startswith('thaw train "')
    assert run_code.as_text(spec, "script") == run_code.script(spec)
