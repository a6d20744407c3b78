"""The file that says what a sweep varies, and the runs that follow from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from studio.planning.sweeps import combinations, settings
from studio.planning.sweeps.space import EarlyStop, of_document, read
from studio.spec import AugmentStep, DatasetSpec, HeadSpec, RunSpec, TrainSpec, UserError
from studio.spec.settings import parts, rows
from studio.spec.structs import replace

BASE = RunSpec(DatasetSpec("/nowhere/photos"), train=TrainSpec(epochs=3))


def trials(document: Any, base: RunSpec = BASE) -> tuple[combinations.Trial, ...]:
    return combinations.trials(of_document(document), base)


def test_a_grid_has_every_combination_and_other_settings_of_the_base():
    runs = trials({"settings": {"lr": [0.001, 0.01], "head": ["linear", "mlp"], "seed": [7, 8, 9]}})
    assert [(run.spec.train.lr, run.spec.head.kind, run.spec.train.seed) for run in runs] == [
        (lr, head, seed) for lr in (0.001, 0.01) for head in ("linear", "mlp") for seed in (7, 8, 9)
    ]
    assert {(run.spec.train.epochs, run.spec.dataset, run.spec.backbone) for run in runs} == {
        (3, BASE.dataset, BASE.backbone)
    }
    assert runs[4].words() == "lr 0.001, head mlp, seed 8"


def test_values_are_those_of_the_options():
    run = trials(
        {
            "settings": {
                "thaw": [["blocks.5", "blocks.6"]],
                "--freeze-layers": ["blocks.5.0"],
                "rate": [["blocks.6=1e-4"]],
                "augment": [["flip", "crop:0.2"]],
                "image_size": [None],
                "standardize": [False],
                "backbone": ["resnet18"],
            }
        }
    )[0]
    spec = run.spec
    assert (spec.freeze.thaw, spec.freeze.freeze) == (("blocks.5", "blocks.6"), ("blocks.5.0",))
    assert [(rate.name, rate.lr) for rate in spec.train.layer_rates] == [("blocks.6", 1e-4)]
    assert [step.kind for step in spec.augment.steps] == ["flip", "crop"]
    assert spec.augment.steps[1] == AugmentStep("crop", 0.2, 1.0)
    assert (spec.backbone.name, spec.backbone.image_size, spec.head.standardize) == ("resnet18", None, False)
    assert json.loads(json.dumps(run.values()))["rate"] == [{"name": "blocks.6", "lr": 1e-4}]
    assert run.shown()["augment"] == "flip:0.3:0.5 + crop:0.2:1"


def test_a_step_of_color_is_shown_as_users_type_it_and_stored_as_in_records():
    (run,) = trials({"settings": {"augment": [["color:0.3:1"]]}})
    assert run.shown() == {"augment": "color:0.3:1"}
    assert run.stored() == {"augment": "colour:0.3:1"}


def test_settings_without_effect_make_no_runs_of_their_own():
    heads = trials({"settings": {"head": ["linear", "mlp"], "hidden": [64, 128], "backbone_lr": [1e-5, 1e-4]}})
    assert [run.shown() for run in heads] == [
        {"head": "linear"},
        {"head": "mlp", "hidden": "64"},
        {"head": "mlp", "hidden": "128"},
    ]
    thawed = trials({"settings": {"freeze_until": ["", "blocks.5"], "backbone_lr": [1e-5, 1e-4]}})
    assert [run.shown() for run in thawed] == [
        {"freeze_until": "–"},
        {"freeze_until": "blocks.5", "backbone_lr": "1e-05"},
        {"freeze_until": "blocks.5", "backbone_lr": "0.0001"},
    ]
    assert heads[0].spec.head == HeadSpec()
    adapted = trials({"settings": {"lora_rank": [0, 4], "lora_alpha": [8, 16]}})
    assert [run.shown() for run in adapted] == [
        {"lora_rank": "0"},
        {"lora_rank": "4", "lora_alpha": "8"},
        {"lora_rank": "4", "lora_alpha": "16"},
    ]
    blocks = {"backbone": ["vit_tiny_patch16_224"], "readout": ["default", "blocks"], "readout_blocks": [2, 4]}
    readouts = [run.shown() for run in trials({"settings": blocks})]
    assert [(one["readout"], one.get("readout_blocks")) for one in readouts] == [
        ("default", None),
        ("blocks", "2"),
        ("blocks", "4"),
    ]
    same = {"backbone": ["vit_tiny_patch16_224"], "readout": ["default", "class", "patches"]}
    assert [run.shown()["readout"] for run in trials({"settings": same})] == ["default", "patches"]


def test_groups_are_not_mixed_and_every_run_has_a_value_of_every_varied_setting():
    runs = trials({"settings": [{"lr": [0.1]}, {"epochs": [5, 6]}]})
    assert [run.shown() for run in runs] == [
        {"lr": "0.1", "epochs": "3"},
        {"lr": "0.001", "epochs": "5"},
        {"lr": "0.001", "epochs": "6"},
    ]


def test_a_random_choice_follows_from_its_seed_and_has_no_run_twice():
    document = {
        "choice": "random",
        "runs": 8,
        "settings": {"lr": {"from": 1e-4, "to": 1e-2, "scale": "log"}, "epochs": {"from": 2, "to": 4}},
    }
    first = [run.spec for run in trials(document)]
    assert first == [run.spec for run in trials(document)]
    assert first != [run.spec for run in trials({**document, "seed": 8})]
    assert first == [run.spec for run in trials({**document, "runs": 20})][:8], "more runs only follow"
    assert len(set(first)) == 8
    assert all(1e-4 <= spec.train.lr <= 1e-2 for spec in first)
    assert {spec.train.epochs for spec in trials_epochs({**document, "runs": 60})} == {2, 3, 4}
    assert sum(spec.train.lr < 1e-3 for spec in trials_epochs({**document, "runs": 60})) > 15, "evenly in the logarithm"
    few = trials({"choice": "random", "runs": 50, "settings": {"epochs": {"from": 2, "to": 4}}})
    assert sorted(run.spec.train.epochs for run in few) == [2, 3, 4]


def trials_epochs(document: Any) -> list[RunSpec]:
    return [run.spec for run in trials(document)]


@pytest.mark.parametrize(
    ("document", "title"),
    [
        ([], "“settings”"),
        ({"setings": {}}, "The key “setings” is unknown"),
        ({"settings": {}}, "“settings” is empty"),
        ({"settings": []}, "“settings” is empty"),
        ({"settings": ["lr"]}, "“settings” must be an object"),
        ({"settings": {"lr": []}}, "“lr” has an empty list"),
        ({"settings": {"lr": 0.1}}, "“lr” needs a list"),
        ({"settings": {"lr": ["x"]}}, "“lr”: Head learning rate cannot be “x”"),
        ({"settings": {"lr": [0]}}, "“lr”: Head learning rate must be more than 0"),
        ({"settings": {"lr": [float("nan")]}}, "“lr”: Head learning rate must be"),
        ({"settings": {"lrr": [1]}}, "no setting “lrr”"),
        ({"settings": {"seed": [True]}}, "“seed”: Seed cannot be true"),
        ({"settings": {"epochs": [2.5]}}, "“epochs”: Epochs cannot be 2.5"),
        ({"settings": {"head": ["big"]}}, "“head”: Kind of head cannot be “big”"),
        ({"settings": {"thaw": [3]}}, "“thaw”: Thawed cannot be 3"),
        ({"settings": {"rate": ["blocks.6"]}}, "“rate”: “blocks.6” is not a rate"),
        ({"settings": {"augment": ["blurr"]}}, "“augment”: There is no augmentation"),
        ({"settings": {"result": ["loss"]}}, "“result” cannot be varied"),
        ({"settings": {"val_fraction": [0.1]}}, "“val_fraction” cannot be varied"),
        ({"settings": {"views": [2]}}, "The combination views 2 is refused"),
        ({"settings": {"backbone": ["resnet1"]}}, "The combination backbone resnet1 is refused"),
        ({"settings": {"lr": {"from": 1, "to": 2}}}, "“lr” is a range"),
        ({"choice": "all", "settings": {"lr": [1]}}, "“choice” cannot be “all”"),
        ({"runs": 3, "settings": {"lr": [1]}}, "“runs” is only for"),
        ({"choice": "random", "settings": {"lr": [1]}}, "“choice”: “random” needs “runs”"),
        ({"settings": {"weight-decay": [1], "--weight_decay": [2]}}, "a setting that is listed already"),
        ({"choice": "random", "runs": 2, "settings": {"head": {"from": 1, "to": 2}}}, "“head” is not a number"),
        ({"choice": "random", "runs": 2, "settings": {"lr": {"from": 1}}}, "“lr” lacks “to”"),
        ({"choice": "random", "runs": 2, "settings": {"lr": {"from": 2, "to": 1}}}, "“lr” cannot go from 2 to 1"),
        ({"choice": "random", "runs": 2, "settings": {"lr": {"from": -1, "to": 1}}}, "“lr”, “from”: Head learning"),
        (
            {"choice": "random", "runs": 2, "settings": {"dropout": {"from": 0, "to": 0.5, "scale": "log"}}},
            "“dropout” cannot have a logarithmic range",
        ),
        ({"stop_early": 3, "settings": {"lr": [1]}}, "“stop_early” cannot be 3"),
        ({"stop_early": {"after": 0}, "settings": {"lr": [1]}}, "“stop_early: after” cannot be 0"),
        ({"stop_early": {"epochs": 2}, "settings": {"lr": [1]}}, "“stop_early” has an unknown key “epochs”"),
        ({"settings": {"seed": list(range(1001))}}, "1,001 combinations"),
        ({"settings": {"rate": [3]}}, "“rate”: Learning rates of layers cannot be 3"),
        (
            {"choice": "random", "runs": 2, "settings": {"lr": {"from": 1, "to": 2, "step": 1}}},
            "“lr” has an unknown key “step”",
        ),
        (
            {"choice": "random", "runs": 2, "settings": {"lr": {"from": 1, "to": 2, "scale": "cubic"}}},
            "“lr”: “scale” cannot be “cubic”",
        ),
    ],
)
def test_a_mistake_is_refused_in_words_that_name_the_key(document, title):
    with pytest.raises(UserError) as refusal:
        trials(document)
    assert title in refusal.value.title
    assert refusal.value.hint


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"seed": 1, "seed": 2}', b"[" * 100_000, None])
def test_a_file_that_is_not_a_space_is_named(content, tmp_path):
    file = tmp_path / "space.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match=r"space\.json") as refusal:
        read(file)
    assert refusal.value.file == str(file)


def test_a_file_is_read_with_its_name_as_title_and_its_mistakes_name_it(tmp_path):
    file = tmp_path / "rates.json"
    file.write_text('{"settings": {"lr": [0.1]}}', encoding="utf-8")
    assert read(file).title == "rates"
    file.write_text('{"settings": {"lrr": [0.1]}}', encoding="utf-8")
    with pytest.raises(UserError, match=r"rates\.json: There is no setting “lrr”") as refusal:
        read(file)
    assert "lr" in refusal.value.hint
    with pytest.raises(UserError, match=r"cannot be read") as refusal:
        read(tmp_path)
    assert refusal.value.file == str(tmp_path)


def test_a_weights_file_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings.parse("weights", "mine.pt") == str(tmp_path / "mine.pt")
    assert settings.parse("weights", "none") == "none"
    assert settings.title("lr") == "Head learning rate"


def test_the_rule_of_early_stopping_is_off_unless_asked_for():
    for value, rule in (
        (False, None),
        (True, EarlyStop()),
        ({"after": 5}, EarlyStop(5, 3)),
        ({"runs": 1}, EarlyStop(3, 1)),
    ):
        assert of_document({"settings": {"lr": [1]}, "stop_early": value}).stop_early == rule
    assert of_document({"settings": {"lr": [1]}}).stop_early is None


def test_every_setting_of_a_run_can_be_varied_or_says_why_not():
    for part, spec in parts(RunSpec).items():
        for row in rows(spec, part):
            option = row.setting.option
            name = row.key if row.setting.off or not option.startswith("--") else option[2:].replace("-", "_")
            if name not in settings.names():
                with pytest.raises(UserError, match="cannot be varied"):
                    settings.is_number(name)


def test_a_value_of_an_own_network_has_its_content(tmp_path):
    network = tmp_path / "net.py"
    network.write_text("def make(): ...\n")
    run = trials({"settings": {"backbone": [f"{network}:make"]}})[0]
    assert "@sha256=" in run.spec.backbone.name
    with pytest.raises(UserError, match=r"gone\.py"):
        trials({"settings": {"backbone": [f"{tmp_path / 'gone.py'}:make"]}})
    assert replace(BASE, backbone=run.spec.backbone) == run.spec


def test_the_limits_of_a_seed_and_of_a_range():
    document = {"choice": "random", "runs": 2, "settings": {"lr": {"from": 0.001, "to": 0.01}}}
    for seed in (0, 2**63 - 1):
        assert of_document({**document, "seed": seed}).seed == seed
    for seed in (-1, 2**63):
        with pytest.raises(UserError, match="whole number"):
            of_document({**document, "seed": seed})
    with pytest.raises(UserError, match=r"cannot go from 0\.01 to 0\.01"):
        of_document({**document, "settings": {"lr": {"from": 0.01, "to": 0.01}}})
    with pytest.raises(UserError, match=r"logarithmic range from 0\. ") as refused:
        of_document({**document, "settings": {"weight_decay": {"from": 0, "to": 0.1, "scale": "log"}}})
    assert "Begin above 0." in refused.value.hint


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        ({"choice": "random", "runs": 0}, "It must be a whole number, from 1 to 1,000."),
        ({"choice": "random", "runs": 1001}, "It must be a whole number, from 1 to 1,000."),
        ({"choice": "random", "runs": True}, "It must be a whole number, from 1 to 1,000."),
        ({"choice": "random", "runs": 2.0}, "It must be a whole number, from 1 to 1,000."),
        ({"seed": -1}, "It must be a whole number, 0 or more."),
        ({"stop_early": {"runs": 0}}, "It must be a whole number, from 1 to 1,000."),
        ({"stop_early": {"after": 1001}}, "It must be a whole number, from 1 to 1,000."),
    ],
)
def test_the_range_of_a_whole_number_is_named(document, hint):
    with pytest.raises(UserError) as refused:
        of_document({"settings": {"lr": [0.1]}, **document})
    assert refused.value.hint == hint


def test_as_many_runs_as_the_limit_are_allowed(monkeypatch):
    monkeypatch.setattr(combinations, "MOST", 4)
    assert len(trials({"settings": {"seed": [1, 2], "epochs": [2, 3]}})) == 4
    assert len(trials({"settings": [{"seed": [1, 2]}, {"epochs": [4, 5]}]})) == 4
    for groups in ({"seed": [1, 2, 3, 4, 5]}, [{"seed": [1, 2]}, {"epochs": [4, 5, 6]}]):
        with pytest.raises(UserError, match="5 combinations; a sweep has at most 4"):
            trials({"settings": groups})


def test_the_key_that_stands_there_twice_is_named(tmp_path):
    file = tmp_path / "space.json"
    file.write_text('{"choice": "grid", "seed": 1, "settings": {}, "seed": 2}', encoding="utf-8")
    with pytest.raises(UserError, match="“seed” occurs twice"):
        read(file)
