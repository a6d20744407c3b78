"""What the stations of the ribbon say."""

from __future__ import annotations

from dataclasses import replace

import states as made

from studio.spec import HeadSpec
from studio.ui.faces import faces
from studio.workbench.state import AppState, RunState


def head_line(state: AppState) -> str:
    return next(face.line for face in faces(state) if "Head" in face.title)


def test_the_head_is_called_by_its_kind() -> None:
    state = made.state()
    assert head_line(state).startswith("linear · ")
    state = replace(state, spec=replace(state.spec, head=HeadSpec(kind="mlp", hidden=64)))
    assert head_line(state).startswith("MLP 64 · ")


def test_a_run_that_goes_on_stands_where_it_was_left() -> None:
    state = made.with_job(made.state(), "train")
    started = replace(made.run().started, spec=state.spec, resumed=2)
    asked = state.spec.train.all_epochs
    assert head_line(replace(state, run=RunState(started))) == f"linear · epoch 2 / {asked}"
