"""Results that are remembered for a plan and a network."""

from __future__ import annotations

import pytest
from layer_tables import ROWS, TABLE

from studio.events import Layer, LayerTable
from studio.planning.freezing import frozen_leaves
from studio.planning.memo import MOST, remembered
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace

ALL, NONE = FreezePlan(), FreezePlan("none")


def test_a_result_is_computed_once_for_each_plan_and_network() -> None:
    calls: list[str] = []

    @remembered
    def named(plan: FreezePlan, table: LayerTable) -> str:
        calls.append(plan.base)
        return f"{plan.base} {table.backbone}"

    other = replace(TABLE, backbone="other")
    for _ in range(2):
        assert named(ALL, TABLE) == f"all {TABLE.backbone}"
        assert named(NONE, TABLE) == f"none {TABLE.backbone}"
        assert named(ALL, other) == "all other"
        assert named(FreezePlan(), TABLE) == f"all {TABLE.backbone}"  # an equal plan is the same argument
    assert calls == ["all", "none", "all"]


def test_a_list_that_changed_and_a_table_at_a_freed_address_give_their_own_results() -> None:
    rows = list(ROWS)
    before = frozen_leaves(ALL, rows)
    rows.append(Layer("extra", "Conv2d", 1, True, (), (), 9, 99))
    assert frozen_leaves(ALL, rows) == before | {"extra"}

    @remembered
    def count(layers: tuple[Layer, ...]) -> int:
        return len(layers)

    assert [count(tuple(ROWS[:length])) for length in range(MOST + 3)] == [
        len(ROWS[:length]) for length in range(MOST + 3)
    ]


def test_an_error_is_raised_each_time() -> None:
    for _ in range(2):
        with pytest.raises(UserError, match="no layer called"):
            frozen_leaves(FreezePlan("all", until="nowhere"), ROWS)
