"""Thaw Studio: train image classifiers on your own photos by freezing and thawing pretrained networks.

As a library, in a notebook or a script:

    import studio

    photos = studio.scan("photos")  # one subfolder of photos per class
    run = studio.train(photos, "tf_efficientnet_lite0", freeze="all", epochs=5)
    print(run)  # accuracy with its interval, a row per class, the proof of freezing
    print(run.predict("new-photos"))
    run.export("head.safetensors")

See `help(studio.train)` and the like. Libraries are imported when they are first used, torch only to compute.
"""

TYPE_CHECKING = False  # importing that of `typing` takes 20 ms, for which the command `thaw` would wait, too
if TYPE_CHECKING:
    from studio.notebook.automation.projects import open_project, save_project
    from studio.notebook.automation.replay import replay
    from studio.notebook.backbones import Layers, backbone_info, layers, list_backbones, trust
    from studio.notebook.evaluation import Comparison, Evaluation, compare
    from studio.notebook.microscope import LayerLook, Microscope, microscope
    from studio.notebook.photo_folder import PhotoFolder, scan
    from studio.notebook.predicting.camera import SeenFrame, watch_camera
    from studio.notebook.predicting.folder_predictions import FolderPredictions, predict_folder, undo_sorting
    from studio.notebook.predicting.label_next import LabelChoice, label_next
    from studio.notebook.predicting.thresholds import Thresholds, threshold
    from studio.notebook.predicting.trace import Trace, trace
    from studio.notebook.predictions import Prediction, Predictions, predict
    from studio.notebook.preferences import Preferences, preferences
    from studio.notebook.queue import Queue, queue
    from studio.notebook.run import Run, list_runs, open_run, resume
    from studio.notebook.sweeps import Sweep, sweep
    from studio.notebook.training import train
    from studio.spec import (
        AugmentSpec,
        AugmentStep,
        BackboneSpec,
        DatasetSpec,
        FreezePlan,
        HeadSpec,
        LayerRate,
        RunSpec,
        TrainSpec,
        UserError,
        ValueRange,
    )

    __version__: str

__all__ = [
    "AugmentSpec",
    "AugmentStep",
    "BackboneSpec",
    "Comparison",
    "DatasetSpec",
    "Evaluation",
    "FolderPredictions",
    "FreezePlan",
    "HeadSpec",
    "LabelChoice",
    "LayerLook",
    "LayerRate",
    "Layers",
    "Microscope",
    "PhotoFolder",
    "Prediction",
    "Predictions",
    "Preferences",
    "Queue",
    "Run",
    "RunSpec",
    "SeenFrame",
    "Sweep",
    "Thresholds",
    "Trace",
    "TrainSpec",
    "UserError",
    "ValueRange",
    "backbone_info",
    "compare",
    "label_next",
    "layers",
    "list_backbones",
    "list_runs",
    "microscope",
    "open_project",
    "open_run",
    "predict",
    "predict_folder",
    "preferences",
    "queue",
    "replay",
    "resume",
    "save_project",
    "scan",
    "sweep",
    "threshold",
    "trace",
    "train",
    "trust",
    "undo_sorting",
    "watch_camera",
]

_MODULES = {
    "studio.notebook.automation.projects": ("open_project", "save_project"),
    "studio.notebook.automation.replay": ("replay",),
    "studio.notebook.backbones": ("Layers", "backbone_info", "layers", "list_backbones", "trust"),
    "studio.notebook.evaluation": ("Comparison", "Evaluation", "compare"),
    "studio.notebook.predicting.camera": ("SeenFrame", "watch_camera"),
    "studio.notebook.predicting.folder_predictions": ("FolderPredictions", "predict_folder", "undo_sorting"),
    "studio.notebook.predicting.label_next": ("LabelChoice", "label_next"),
    "studio.notebook.microscope": ("LayerLook", "Microscope", "microscope"),
    "studio.notebook.photo_folder": ("PhotoFolder", "scan"),
    "studio.notebook.preferences": ("Preferences", "preferences"),
    "studio.notebook.predictions": ("Prediction", "Predictions", "predict"),
    "studio.notebook.queue": ("Queue", "queue"),
    "studio.notebook.run": ("Run", "list_runs", "open_run", "resume"),
    "studio.notebook.sweeps": ("Sweep", "sweep"),
    "studio.notebook.predicting.thresholds": ("Thresholds", "threshold"),
    "studio.notebook.predicting.trace": ("Trace", "trace"),
    "studio.notebook.training": ("train",),
}
"""Where each name is defined; those that are not here are in `studio.spec`."""

if not TYPE_CHECKING:  # hidden from type checkers, for which any misspelled name would exist otherwise

    def __getattr__(name):
        """Import a name of the library when it is first used."""
        from importlib import import_module

        if name == "__version__":
            from importlib.metadata import version

            return version("thaw-studio")
        if name not in __all__:
            raise AttributeError(f"module 'studio' has no attribute {name!r}")
        module = next((module for module, names in _MODULES.items() if name in names), "studio.spec")
        globals()[name] = value = getattr(import_module(module), name)
        return value

    def __dir__():
        return sorted({*globals(), *__all__, "__version__"})
