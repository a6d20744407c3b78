"""Events of jobs, as immutable data.

A job is a generator of events. They hold numbers, strings, paths and numpy arrays, never tensors or widgets, so they
can be passed between threads. The state of the window and the record of a run are both reduced from them.
"""

from __future__ import annotations

from collections.abc import Iterator

from studio.events.advice import BackboneAdvice, BackboneProbe, CutAdvice, CutProbe, Forecast, MeasuredStep, StepMemory
from studio.events.automation import ChangedPhotos, ProjectOpened, ReplayedValue, ReplayResult, RunReplayed
from studio.events.cache import CacheContents, StoredFeatures
from studio.events.decisions import DecisionStored
from studio.events.doctor import CheckResult
from studio.events.evaluation import (
    ClassScore,
    Evaluated,
    Figure,
    ImagePrediction,
    ImageSkipped,
    PredictedNumbers,
    PredictedProbabilities,
    Report,
)
from studio.events.inspection import Attention, ClassHeatmap, LayerOutput, OutputDrift, OutputFacts
from studio.events.jobs import LATE, Cancelled, Done, Failed, Progress, Saved, Stage, Waiting, Warned
from studio.events.judgments import ComparedPhotos, JudgedPart, PartPredicted, RunEvaluated, RunsCompared
from studio.events.layers import (
    CallShapes,
    Layer,
    LayerTable,
    LayerTimes,
    MultiplyAdds,
    NetworkShapes,
)
from studio.events.photos.choices import AcceptedFinding, AppliedChoices, PhotoChoice
from studio.events.photos.dataset import (
    Dataset,
    DatasetScanned,
    DeepPhotos,
    EstimatedRange,
    Photo,
    PhotoNote,
    Problem,
    RangesEstimated,
    Skipped,
    StatedRange,
    ValueRanges,
)
from studio.events.photos.findings import Finding, FindingKind, Severity
from studio.events.photos.journal import JournalRead
from studio.events.photos.photo_map import PhotosMapped
from studio.events.photos.previews import AugmentedViews, Preview
from studio.events.runs import (
    RunDescription,
    RunFollowed,
    RunOpened,
    RunRestored,
    RunsListed,
    RunSummary,
    RunTrashed,
    TrashedRun,
    TrashListed,
)
from studio.events.split import Split
from studio.events.sweeps import SweepFinished, SweepRun
from studio.events.training import (
    AdapterChange,
    Checkpoint,
    Epoch,
    FeaturesComputed,
    LayerChange,
    LayersChanged,
    Machine,
    MetricValue,
    Phase,
    RatesSuggested,
    RateTest,
    RunStarted,
    Step,
    TrainingFinished,
    ViewsComputed,
)
from studio.events.use.exports import (
    Attempt,
    Certificate,
    CertificatesFound,
    CertifiedFile,
    Difference,
    FileState,
    GoldenPhoto,
    ModelExported,
)
from studio.events.use.given_photos import CameraSeen, ExportStep, GivenPhoto, PhotosPredicted, PhotoTraced
from studio.events.use.predictions import (
    CameraFrame,
    NearPhoto,
    PhotosSorted,
    PhotosToLabel,
    PhotoToLabel,
    PredictionTrace,
    SortingUndone,
    TableWritten,
    TraceStep,
)

Event = (
    Stage
    | Progress
    | Waiting
    | Warned
    | Saved
    | DatasetScanned
    | JournalRead
    | Preview
    | AugmentedViews
    | LayerTable
    | MultiplyAdds
    | NetworkShapes
    | LayerTimes
    | LayerOutput
    | OutputDrift
    | RangesEstimated
    | RatesSuggested
    | CutAdvice
    | BackboneAdvice
    | Forecast
    | ClassHeatmap
    | CertificatesFound
    | ModelExported
    | RunStarted
    | FeaturesComputed
    | ViewsComputed
    | Step
    | Epoch
    | LayersChanged
    | Checkpoint
    | PredictedProbabilities
    | PredictedNumbers
    | Evaluated
    | TrainingFinished
    | ImagePrediction
    | ImageSkipped
    | PredictionTrace
    | PhotosPredicted
    | TableWritten
    | PhotosSorted
    | SortingUndone
    | PhotoTraced
    | ExportStep
    | PhotosToLabel
    | CameraFrame
    | CameraSeen
    | RunsListed
    | RunFollowed
    | RunOpened
    | RunReplayed
    | ProjectOpened
    | RunTrashed
    | RunRestored
    | TrashListed
    | PartPredicted
    | RunEvaluated
    | DecisionStored
    | RunsCompared
    | PhotosMapped
    | SweepFinished
    | CacheContents
    | CheckResult
    | Done
    | Cancelled
    | Failed
)
Events = Iterator[Event]

__all__ = [
    "LATE",
    "AcceptedFinding",
    "AdapterChange",
    "AppliedChoices",
    "Attempt",
    "Attention",
    "AugmentedViews",
    "BackboneAdvice",
    "BackboneProbe",
    "CacheContents",
    "CallShapes",
    "CameraFrame",
    "CameraSeen",
    "Cancelled",
    "Certificate",
    "CertificatesFound",
    "CertifiedFile",
    "ChangedPhotos",
    "CheckResult",
    "Checkpoint",
    "ClassHeatmap",
    "ClassScore",
    "ComparedPhotos",
    "CutAdvice",
    "CutProbe",
    "Dataset",
    "DatasetScanned",
    "DecisionStored",
    "DeepPhotos",
    "Difference",
    "Done",
    "Epoch",
    "EstimatedRange",
    "Evaluated",
    "Event",
    "Events",
    "ExportStep",
    "Failed",
    "FeaturesComputed",
    "Figure",
    "FileState",
    "Finding",
    "FindingKind",
    "Forecast",
    "GivenPhoto",
    "GoldenPhoto",
    "ImagePrediction",
    "ImageSkipped",
    "JournalRead",
    "JudgedPart",
    "Layer",
    "LayerChange",
    "LayerOutput",
    "LayerTable",
    "LayerTimes",
    "LayersChanged",
    "Machine",
    "MeasuredStep",
    "MetricValue",
    "ModelExported",
    "MultiplyAdds",
    "NearPhoto",
    "NetworkShapes",
    "OutputDrift",
    "OutputFacts",
    "PartPredicted",
    "Phase",
    "Photo",
    "PhotoChoice",
    "PhotoNote",
    "PhotoToLabel",
    "PhotoTraced",
    "PhotosMapped",
    "PhotosPredicted",
    "PhotosSorted",
    "PhotosToLabel",
    "PredictedNumbers",
    "PredictedProbabilities",
    "PredictionTrace",
    "Preview",
    "Problem",
    "Progress",
    "ProjectOpened",
    "RangesEstimated",
    "RateTest",
    "RatesSuggested",
    "ReplayResult",
    "ReplayedValue",
    "Report",
    "RunDescription",
    "RunEvaluated",
    "RunFollowed",
    "RunOpened",
    "RunReplayed",
    "RunRestored",
    "RunStarted",
    "RunSummary",
    "RunTrashed",
    "RunsCompared",
    "RunsListed",
    "Saved",
    "Severity",
    "Skipped",
    "SortingUndone",
    "Split",
    "Stage",
    "StatedRange",
    "Step",
    "StepMemory",
    "StoredFeatures",
    "SweepFinished",
    "SweepRun",
    "TableWritten",
    "TraceStep",
    "TrainingFinished",
    "TrashListed",
    "TrashedRun",
    "ValueRanges",
    "ViewsComputed",
    "Waiting",
    "Warned",
]
