"""Words and rows of the forecast of a run."""

from __future__ import annotations

from studio.events import Forecast
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.formatting.numbers import exact, megabytes, seconds, small_bytes
from studio.session.selectors import obstacle, training
from studio.session.state import AppState
from studio.spec.structs import replace

ABOUT = tr(
    "Memory is counted without allocating it, so a run that does not fit can be forecast, too. Times come from a few "
    "photos and a few steps on this computer, as busy as it is now. No run is trained or changed."
)

COLUMNS = ("", tr("column|Forecast"), tr("Real steps"))


def forecast_now(state: AppState) -> Forecast | None:
    """The forecast for the settings chosen now, in which only the number of epochs may differ; None without one."""
    forecast = state.forecast
    if forecast is None or forecast.spec is None:
        return None
    epochs = replace(forecast.spec.train, epochs=state.spec.train.epochs, extended=state.spec.train.extended)
    return forecast if replace(forecast.spec, train=epochs) == state.spec else None


def cannot_forecast(state: AppState) -> str:
    """The reason why no forecast can be made now; "" where it can."""
    if "forecast" in state.jobs:
        return tr("The run is being forecast.")
    if training(state) is not None:
        return tr("A run is training: its time and memory would be measured, too.")
    return obstacle(state)


def rows(forecast: Forecast, epochs: int) -> list[tuple[str, ...]]:
    """One row per figure, as in `COLUMNS`."""
    measured, memory = forecast.measured, forecast.memory
    real_memory = real_time = ""
    if measured is not None:
        real_memory = megabytes(measured.memory_bytes) if measured.memory_bytes else tr("not known here")
        real_time = seconds(measured.seconds)
    train = forecast.run_seconds(epochs)
    return [
        (
            tr("Memory of a step, {photos}").format(photos=counted(forecast.batch, "photo")),
            megabytes(memory.total),
            real_memory,
        ),
        (tr("    weights"), small_bytes(memory.weights), ""),
        (tr("    gradients"), small_bytes(memory.gradients), ""),
        (tr("    optimizer"), small_bytes(memory.optimizer), ""),
        (tr("    activations"), small_bytes(memory.activations), ""),
        (tr("Time of a step"), seconds(forecast.step_seconds), real_time),
        (
            tr("First pass over {photos}").format(photos=counted(forecast.photos, "photo")),
            seconds(forecast.first_pass_seconds),
            "",
        ),
        (tr("    its cache"), small_bytes(forecast.cache_bytes), ""),
        (tr("An epoch"), seconds(forecast.epoch_seconds), ""),
        (tr("    then its checkpoint and weights"), seconds(forecast.writing_seconds), ""),
        (tr("Proof at the end"), seconds(forecast.proof_seconds), ""),
        (tr("The run, {epochs}").format(epochs=counted(epochs, "epoch")), seconds(train), ""),
    ]


def summary(forecast: Forecast, state: AppState) -> str:
    """Consequences of the forecast for the batch size."""
    free, largest = megabytes(forecast.available_bytes), forecast.largest_batch
    where = tr("on {device} in {precision}; {trainable} parameters train").format(
        device=forecast.device, precision=forecast.precision, trainable=exact(forecast.trainable)
    )
    if not largest:
        fits = tr(
            "Not even one photo fits into {free} of free memory: freeze more layers, or choose a smaller image size."
        ).format(free=free)
    elif largest < forecast.batch:
        fits = tr("Too large: at most {photos} of a batch fit into {free} of free memory.").format(
            photos=counted(largest, "photo"), free=free
        )
    elif largest >= _all(forecast, state):
        fits = tr("Any batch fits into {free} of free memory.").format(free=free)
    else:
        fits = tr("Batches of up to {photos} fit into {free} of free memory.").format(
            photos=counted(largest, "photo"), free=free
        )
    return tr("{fits} Computed {where}.").format(fits=fits, where=where).replace(numbers.NARROW, "\u00a0")


def _all(forecast: Forecast, state: AppState) -> int:
    """Number of the training photos: no batch is larger."""
    if state.dataset is None:
        return forecast.photos
    return sum(photo.split == "train" for photo in state.dataset.photos)
