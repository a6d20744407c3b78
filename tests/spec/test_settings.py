"""Tests of the definitions of settings: bounds, messages, docstrings, documentation."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import pytest

from studio.spec import AugmentSpec, AugmentStep, HeadSpec, LayerRate, RunSpec, TrainSpec
from studio.spec.settings import GROUPS, Limits, Setting, documented, mistakes, parts, row_of, rows, rows_by_group
from studio.spec.structs import asdict, replace


@pytest.mark.parametrize(
    ("limits", "words", "good", "bad"),
    [
        (Limits(ge=0), "0 or more", (0, 1e9, 10**400), (-1, -1e-9)),
        (Limits(ge=1), "at least 1", (1,), (0, 0.999)),
        (Limits(gt=0), "more than 0", (1e-300,), (0, -1)),
        (Limits(ge=1, le=65536), "from 1 to 65,536", (1, 65536), (0, 65537)),
        (Limits(gt=0, le=1), "more than 0 and at most 1", (0.5, 1), (0, 1.001)),
        (Limits(ge=0, lt=0.5), "0 or more and less than 0.5", (0, 0.499), (-0.1, 0.5)),
        (Limits(), "a finite number", (-1e300, 0), ()),
    ],
)
def test_the_allowed_values_agree_with_their_description(limits, words, good, bad):
    assert limits.words() == words
    assert [value for value in good if not limits.allow(value)] == []
    assert [value for value in (*bad, math.nan, math.inf, -math.inf) if limits.allow(value)] == []


def test_an_invalid_value_is_reported_with_setting_allowed_values_and_hint():
    patience = row_of(TrainSpec, "patience")
    assert patience.mistake(-1) == "Patience must be 0 or more (got -1)."
    assert patience.hint() == "Use 0 for training to the last epoch."
    assert row_of(TrainSpec, "lr").hint() == "The default is 0.001."
    assert row_of(TrainSpec, "optimizer").hint() == "The default is adamw."
    assert row_of(LayerRate, "lr").hint() == "Choose another value, more than 0 and at most 1,000,000."
    assert row_of(HeadSpec, "standardize").mistake(False) == ""
    assert row_of(HeadSpec, "standardize").allowed() == ""


def test_every_mistake_is_reported_in_the_order_of_the_fields():
    wrong = TrainSpec(epochs=0, layer_rates=(LayerRate("a", 1.0), LayerRate("b", -1.0)), balance="most")
    assert [title for title, _ in mistakes(wrong)] == [
        "Epochs must be at least 1 (got 0).",
        "Learning rate of b must be more than 0 and at most 1,000,000 (got -1.0).",
        "Class weights must be none, weights or sampling (got most).",
    ]
    assert [title for title, _ in mistakes(AugmentSpec((AugmentStep("flip", 2.0),)))] == [
        "Amount of flip must be from 0 to 1 (got 2.0)."
    ]


def test_a_number_that_has_no_effect_is_not_checked():
    assert list(mistakes(HeadSpec(kind="linear", hidden=0))) == []
    assert list(mistakes(HeadSpec(kind="mlp", hidden=0))) != []


def test_every_default_is_allowed_by_its_row_and_every_value_has_a_label():
    for spec in (*parts(RunSpec).values(), AugmentStep):
        for row in rows(spec):
            if row.default is not msgspec.NODEFAULT:
                assert row.mistake(row.default) == "", row.key
            assert len(row.setting.choices) in (0, len(row.values)), row.key
            assert row.setting.help[-1] != ".", row.key
            assert row.setting.group in (*GROUPS, ""), row.key


def test_a_setting_without_a_position_comes_last_in_its_group():
    groups = rows_by_group(RunSpec)
    assert [row.key for row in groups["head"]] == ["kind", "hidden", "dropout", "start", "standardize"]
    assert [row.key for row in groups["training"]] == ["epochs", "batch_size", "lr", "backbone_lr"]
    shown = [row.key for group in groups.values() for row in group]
    assert len(shown) == len(set(shown))


@documented
class Small(msgspec.Struct, frozen=True):
    """A spec."""

    name: str = ""
    kind: Annotated[
        Literal["a", "b"], Setting(label="&Kind", help="What it is", note="Of two.", choices=("A", "B"))
    ] = "a"
    size: Annotated[int, Setting(label="Size", help="How large", zero="none", ge=0)] = 0


def test_the_docstring_holds_the_rows():
    assert str(Small.__doc__).splitlines() == [
        "A spec.",
        "",
        "    Attributes:",
        "        kind: What it is. Of two. Must be a or b.",
        "        size: How large; 0: none. Must be 0 or more.",
        "    ",
    ]
    assert "size: typing.Annotated[int, 'Size'] = 0" in str(inspect.signature(Small))
    kind, size = rows(Small, "small")
    assert (kind.setting.name, kind.choices, kind.flag) == ("Kind", (("a", "A"), ("b", "B")), "--kind")
    assert (size.part, size.choices, size.allowed(), kind.allowed()) == ("small", (), "0 or more", "a or b")


@dataclass(frozen=True)
class Record:
    """A dataclass that holds specs."""

    spec: Small
    others: tuple[Small, ...] = ()
    by_name: dict | None = None


def test_records_of_structs_and_dataclasses_are_changed_and_written_as_one():
    record = replace(Record(Small()), spec=replace(Small(), size=2), by_name={"x": Small("x")})
    assert record == Record(Small(size=2), by_name={"x": Small("x")})
    assert asdict(record) == {
        "spec": {"name": "", "kind": "a", "size": 2},
        "others": (),
        "by_name": {"x": {"name": "x", "kind": "a", "size": 0}},
    }
    assert asdict(Record(Small(), (Small("y"),)))["others"] == ({"name": "y", "kind": "a", "size": 0},)
