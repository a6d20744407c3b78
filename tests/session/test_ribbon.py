"""What the stations of the ribbon say."""

from __future__ import annotations

from dataclasses import replace

import states as made

from studio.session.ribbon import faces
from studio.session.state import AppState, RunState
from studio.spec import DatasetSpec, HeadSpec


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


def test_a_folder_that_could_not_be_listed_is_not_called_missing() -> None:
    assert faces(AppState())[0].line == "no folder yet"
    spec = replace(AppState().spec, dataset=DatasetSpec("/photos"))
    assert faces(AppState(spec=spec))[0].line == "not listed"
