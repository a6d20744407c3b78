"""Events of jobs, as frozen data.

A job is a generator of events. They hold numbers, strings, paths and numpy arrays, never a tensor or a widget, so they
may cross threads, and both the state of the window and the record of a run are folds over them.
"""

from __future__ import annotations

from collections.abc import Iterator

from studio.events.cache import CacheFound, StoredFeatures
from studio.events.dataset import (
    Augmented,
    Dataset,
    DatasetFound,
    DeepPhotos,
    EstimatedRange,
    Photo,
    PhotoNote,
    Preview,
    Problem,
    RangesFound,
    Skipped,
    Split,
    StatedRange,
    ValueRanges,
)
from studio.events.doctor import Checked
from studio.events.evaluation import (
    ClassScore,
    Figure,
    ImagePrediction,
    ImageSkipped,
    Judged,
    Predicted,
    PredictedNumbers,
    Report,
)
from studio.events.jobs import LATE, Cancelled, Done, Failed, Progress, Saved, Stage, Waiting, Warned
from studio.events.layers import Layer, LayerOutput, LayerTable
from studio.events.runs import RunOpened, RunsFound, RunSummary
from studio.events.training import (
    Checkpoint,
    Epoch,
    Extracted,
    LayerChange,
    LayersMoved,
    MetricValue,
    Phase,
    RunStarted,
    Step,
    Trained,
    ViewsMade,
)

Event = (
    Stage
    | Progress
    | Waiting
    | Warned
    | Saved
    | DatasetFound
    | Preview
    | Augmented
    | LayerTable
    | LayerOutput
    | RangesFound
    | RunStarted
    | Extracted
    | ViewsMade
    | Step
    | Epoch
    | LayersMoved
    | Checkpoint
    | Predicted
    | PredictedNumbers
    | Judged
    | Trained
    | ImagePrediction
    | ImageSkipped
    | RunsFound
    | RunOpened
    | CacheFound
    | Checked
    | Done
    | Cancelled
    | Failed
)
Events = Iterator[Event]

__all__ = [
    "LATE",
    "Augmented",
    "CacheFound",
    "Cancelled",
    "Checked",
    "Checkpoint",
    "ClassScore",
    "Dataset",
    "DatasetFound",
    "DeepPhotos",
    "Done",
    "Epoch",
    "EstimatedRange",
    "Event",
    "Events",
    "Extracted",
    "Failed",
    "Figure",
    "ImagePrediction",
    "ImageSkipped",
    "Judged",
    "Layer",
    "LayerChange",
    "LayerOutput",
    "LayerTable",
    "LayersMoved",
    "MetricValue",
    "Phase",
    "Photo",
    "PhotoNote",
    "Predicted",
    "PredictedNumbers",
    "Preview",
    "Problem",
    "Progress",
    "RangesFound",
    "Report",
    "RunOpened",
    "RunStarted",
    "RunSummary",
    "RunsFound",
    "Saved",
    "Skipped",
    "Split",
    "Stage",
    "StatedRange",
    "Step",
    "StoredFeatures",
    "Trained",
    "ValueRanges",
    "ViewsMade",
    "Waiting",
    "Warned",
]
