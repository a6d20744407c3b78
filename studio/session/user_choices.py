"""Functions that return the state after a choice of the user: of settings, a run, a photo."""

from __future__ import annotations

from studio.catalog import readouts
from studio.session.jobs import failures as faults
from studio.session.runs import run_list
from studio.session.selectors import ranges_now, running_run
from studio.session.state import AppState, SettingsSwap
from studio.spec import FreezePlan, RunSpec
from studio.spec.structs import replace


def spec_changed(state: AppState, spec: RunSpec) -> AppState:
    """The state after the user changed a setting; another backbone resets the freeze plan and rates of the old one."""
    if spec.backbone is not state.spec.backbone:
        spec = replace(spec, backbone=readouts.normalized(spec.backbone))
    if spec.backbone.name != state.spec.backbone.name:
        if spec.freeze == state.spec.freeze:
            spec = replace(spec, freeze=FreezePlan(batch_norm=spec.freeze.batch_norm))
        if spec.train.layer_rates == state.spec.train.layer_rates:
            spec = replace(spec, train=replace(spec.train, layer_rates=()))
    if spec.dataset.folder != state.spec.dataset.folder:
        state = replace(state, dataset=None, preview=None, output=None, folder_changes=None, pair=None, journal=None)
        state = replace(state, heatmap=None, output_drift=None)
        if state.run is not None and state.run.started.spec.dataset.folder != spec.dataset.folder:
            state = _without_run(state)
        state = run_list.deselect_hidden(replace(state, spec=spec))
    if spec.dataset.sources != state.spec.dataset.sources:
        state = replace(state, dataset=None, folder_changes=None)
    if spec.backbone != state.spec.backbone:
        state = replace(state, output=None, heatmap=None, output_drift=None, preview=None)
    state = without_old_ranges(state, replace(state, spec=spec, swap=None))
    return faults.without_outdated(state)


def settings_swapped(state: AppState, before: RunSpec, run: str = "", proposal: str = "") -> AppState:
    """The state after a run's settings replaced the user's, which can be restored until a setting is changed."""
    run = run or state.run_list.chosen
    replaced = before.dataset.folder and before != state.spec
    return replace(state, swap=SettingsSwap(before, run, proposal) if replaced else None)


def run_chosen(state: AppState, path: str) -> AppState:
    """The state after the user selected a run of the list; "" for none."""
    if path == state.run_list.chosen:
        return state
    return faults.without_outdated(replace(state, run_list=replace(state.run_list, chosen=path)))


def run_shown(state: AppState, run: str) -> AppState:
    """The state that shows a run that is in it already."""
    state = replace(state, shown=run, compared=None, pair=None) if run in state.runs else state
    return faults.without_outdated(state)


def runs_everywhere(state: AppState, everywhere: bool) -> AppState:
    """The state whose list shows the runs of all folders, or those of the open one."""
    return run_list.deselect_hidden(replace(state, run_list=replace(state.run_list, everywhere=everywhere)))


def photo_chosen(state: AppState) -> AppState:
    """The state after the user selected another photo: preview and failure of the previous one are removed."""
    return faults.without(replace(state, preview=None), "preprocess")


def _without_run(state: AppState) -> AppState:
    """The state that shows no run, after another folder was opened; a training run stays shown until its end."""
    if state.run is not None and state.run is running_run(state):
        return state
    return replace(state.showing(None), early_warnings=())


def without_old_ranges(before: AppState, state: AppState) -> AppState:
    """The state without preview and layer output if they were computed with other value ranges."""
    return state if ranges_now(state) == ranges_now(before) else replace(state, preview=None, output=None, heatmap=None)
