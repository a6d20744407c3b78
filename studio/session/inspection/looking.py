"""The look into the network that the Features page asks for, and whether the state has its result."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.events import LayerTable, OutputDrift, ValueRanges
from studio.formatting.language import tr
from studio.session.inspection.exhibit import View, Weights
from studio.session.selectors import layers_now, ranges_now, run_of_weights
from studio.session.state import AppState
from studio.spec import BackboneSpec


@dataclass(frozen=True)
class LookChoice:
    """The user's choice of a look.

    Attributes:
        view: What to look at.
        weights: Whose weights; "run" means those of the backbone where no run changes them.
        class_name: Class of the heatmap; "" for the predicted one.
        follow: True for the newest weights of a run that trains, False for those looked at before.
        call: Which call of a layer that runs several times in a pass; the first is 1.
    """

    view: View = "channels"
    weights: Weights = "run"
    class_name: str = ""
    follow: bool = True
    call: int = 1


@dataclass(frozen=True)
class Look:
    """A look to compute.

    Attributes:
        layer: Path of the layer; "" for the heatmap of the last layer that has one.
        photo: Absolute path of the photo.
        run: Folder of the run whose weights are used; "" for those of the backbone.
        weights: Which of the run's weights: newest, first, or both.
        heatmap: True for the heatmap of a class.
        class_name: Its class; "" for the predicted one.
        backbone: The backbone.
        ranges: Value ranges of the data set.
        newest: Position of the run's newest weights, while it trains and is followed.
        hold: True to use the run's weights of the last look, although there may be newer ones.
        call: Which of the layer's calls; 1 for a heatmap.
    """

    layer: str
    photo: str
    run: str
    weights: Weights
    heatmap: bool
    class_name: str
    backbone: BackboneSpec
    ranges: ValueRanges
    newest: tuple[bool, float] = (False, 0.0)
    hold: bool = False
    call: int = 1


def look(state: AppState, layer: str, photo: str, choice: LookChoice) -> Look | None:
    """The look at a layer for a photo; None while that is not possible."""
    table = layers_now(state)
    if table is None or not photo or not layer or not state.engine_ready:
        return None
    heatmap = choice.view == "heatmap"
    run = heatmap_run(state) if heatmap else run_of_weights(state)
    if heatmap:
        if not run:
            return None
        layer = layer if has_places(table, layer) else ""
    elif not any(one.path == layer and one.output_shape for one in table.layers):
        return None
    newest = (False, 0.0)
    hold = bool(run) and not choice.follow
    if run and not hold and state.run is not None and state.run.status == "running":
        done = state.run.checkpoint
        newest = (True, float(len(state.run.epochs)) if heatmap else done.epoch if done is not None else 0.0)
    weights: Weights = choice.weights if run and not heatmap else "run"
    name = choice.class_name if heatmap else ""
    backbone, call = state.spec.backbone, 1 if heatmap else choice.call
    return Look(layer, photo, run, weights, heatmap, name, backbone, ranges_now(state), newest, hold, call)


def is_shown(state: AppState, asked: Look) -> bool:
    """True where the state has the result of a look, perhaps with weights that are older now."""
    if asked.heatmap:
        heat, request = state.heatmap, (asked.class_name, asked.layer)
        return heat is not None and (heat.path, heat.run, heat.request) == (asked.photo, asked.run, request)
    output = state.output
    if output is None or (output.layer, output.path, output.call) != (asked.layer, asked.photo, asked.call):
        return False
    if asked.weights == "both":
        return output.start is not None and output.run == asked.run
    return output.start is None and output.run == (asked.run if asked.weights == "run" else "")


def differs_in_newest(one: Look, other: Look) -> bool:
    """True for two looks that differ only in the run's newest weights, if the first follows the run."""
    return not one.hold and one != other and replace(one, newest=other.newest, hold=other.hold) == other


def heatmap_run(state: AppState) -> str:
    """Id of the run whose class scores a heatmap can explain: the one shown, after an epoch; "" for none."""
    run = state.run
    if run is None or not run.epochs or run.started.spec.backbone.network != state.spec.backbone.network:
        return ""
    return run.id


def has_places(table: LayerTable, layer: str) -> bool:
    """True where the output of a layer is spatial: its cells are positions in the photo."""
    shape = next((one.output_shape for one in table.layers if one.path == layer and not one.windowed), ())
    return (len(shape) == 3 and max(shape[1:]) > 1 and shape[1:] != (1, 1)) or (len(shape) == 2 and min(shape) > 3)


def drift_now(state: AppState) -> OutputDrift | None:
    """How far the run shown moved the layers' outputs; None before it was computed."""
    drift = state.output_drift
    return drift if drift is not None and drift.run == run_of_weights(state) else None


def drift_to_compute(state: AppState, asked: Look | None) -> bool:
    """True where a look compares the weights before and after a run, and the run's drift for the photo is unknown."""
    if asked is None or asked.weights != "both" or not is_shown(state, asked):
        return False
    drift, output = drift_now(state), state.output
    return drift is None or drift.path != asked.photo or (output is not None and drift.weights != output.weights)


def no_training_reason(state: AppState) -> str:
    """The reason why there is no training to follow; "" where the run shown may have newer weights."""
    run = state.run
    if run is not None and run.status != "running":
        return tr("The run shown has ended: its weights no longer change.")
    return "" if heatmap_run(state) else no_run_reason(state)


def no_run_reason(state: AppState) -> str:
    """The reason why there are no weights of a run to look at; "" where there are."""
    if run_of_weights(state):
        return ""
    if state.run is None:
        return tr("No run is shown. Train one, or open one on the Head page.")
    own, chosen = state.run.started.spec.backbone, state.spec.backbone
    if own.name != chosen.name:
        return tr("The run shown has another backbone.")
    if own.network != chosen.network:
        return tr("The run shown has other weights, another image size or another readout.")
    return tr("The run shown trains only the head: its layers equal the pretrained ones.")
