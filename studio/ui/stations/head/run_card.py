"""The settings and results of the run shown: the right column of the Head page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from studio.evaluate.compare.repetitions import Repetition
from studio.evaluate.epochs.best_epoch import criterion
from studio.evaluate.metrics import task_of
from studio.events import RunSummary
from studio.events.runs import STATE_WORDS
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.planning import presets
from studio.runs.layer_changes import summarize
from studio.session.runs import run_words
from studio.session.selectors import best_accuracy, best_epoch, result_epoch, result_words
from studio.session.state import RunState
from studio.spec.network_file import title_of
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.tables.fact_list import Facts

TONES = {"done": "good", "failed": "bad", "interrupted": "caution"}
NAMES = (
    tr("Status"),
    tr("Backbone"),
    tr("Readout"),
    tr("Cached"),
    tr("Shape per photo"),
    tr("Trainable"),
    tr("Device"),
    tr("Features"),
    tr("Frozen layers"),
    tr("Verified"),
    tr("Result"),
    tr("Best epoch"),
    tr("Ended"),
    tr("Baseline"),
    tr("Seeds"),
)
RESULT_TIP = tr("Metrics, predictions and the exported head are those of this epoch")
STAGES = {
    "import": tr("Starting"),
    "scan": tr("Scanning photos"),
    "check": tr("Checking photos"),
    "weights": tr("Weights"),
    "layers": tr("Layers"),
    "extract": tr("Features"),
    "train": tr("Training"),
    "total": tr("Total"),
}

NO_RUN = tr("No run is open. Train starts one.")
STARTING = tr("The run is starting.")


class RunCard(Card):
    """Facts about the run, the time of each stage, and its folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("This run"), parent)
        self._run: tuple[object, ...] = ()
        self._folder = ""
        self._none = QLabel(NO_RUN, self)
        self._none.setWordWrap(True)
        theme.set_color_role(self._none, "muted")
        self.facts = Facts(NAMES, self)
        self._times_title = QLabel(tr("Time"), self)
        self._times_title.setObjectName("card_title")
        self.times = Facts(tuple(STAGES.values()), self)
        self.folder = ElidedLabel(self)
        self.folder.setFont(theme.mono(theme.scaled(0.9).pointSizeF()))
        self.folder.setAccessibleName(tr("Run folder"))
        self.copy = QPushButton(tr("Copy path"), self)
        self.copy.setToolTip(tr("Copy the path of the run's folder"))
        self.copy.clicked.connect(self._copy_path)
        self.open = QPushButton(tr("Open folder"), self)
        self.open.setToolTip(tr("Show the run's folder in the file manager"))
        self.open.clicked.connect(self._open_folder)
        for part in (self._none, self.facts, self._times_title, self.times):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.body.addWidget(self.folder)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.open, 1)
        buttons.addWidget(self.copy, 1)
        self.body.addLayout(buttons)
        self._show(None)

    def show_state(
        self,
        run: RunState | None,
        starting: bool = False,
        counterpart: float | None = None,
        repetition: Repetition | None = None,
        writer: RunSummary | None = None,
    ) -> None:
        """Draw the run.

        Args:
            run: The run shown.
            starting: True where a run is being started and does not exist yet.
            counterpart: Accuracy of the baseline of this run, or of the run whose baseline this one is.
            repetition: The runs with other seeds; None where there are none.
            writer: The run as listed, if another program writes it.
        """
        self._none.setText(STARTING if starting else NO_RUN)
        drawn: tuple[object, ...] = (None,)
        if run is not None:
            drawn = (run.started, run.status, run.extraction, run.outcome, run.layer_changes, run.epochs)
            holder = writer.holder if writer is not None else ""
            drawn += (counterpart, repetition, holder or None)
        if len(drawn) == len(self._run) and all(one is other for one, other in zip(drawn, self._run, strict=True)):
            return
        self._run = drawn
        self._show(run, counterpart, repetition, writer)

    def _show(
        self,
        run: RunState | None,
        counterpart: float | None = None,
        repetition: Repetition | None = None,
        writer: RunSummary | None = None,
    ) -> None:
        of_run: tuple[QWidget, ...] = (self.facts, self.folder, self.open, self.copy)
        for part in of_run:
            part.setVisible(run is not None)
        self._none.setVisible(run is None)
        timed = run is not None and run.outcome is not None
        for part in (self._times_title, self.times):
            part.setVisible(timed)
        if run is None:
            return
        started = run.started
        total = started.total_parameters or 1
        share = numbers.percent(
            started.trainable_parameters / total, 2 if started.trainable_parameters < total / 100 else 1
        )
        status = translated(STATE_WORDS[run.status])
        if writer is not None and writer.holder:
            status += f", {typography.one_line(writer.holder)}"
        self.facts.put(tr("Status"), status, TONES.get(run.status, ""))
        self.facts.put(tr("Backbone"), title_of(started.spec.backbone.name))
        self.facts.put(tr("Readout"), run_words.readout(started.spec))
        self.facts.put(
            tr("Cached"),
            translated(started.cut)
            if started.cut in ("features", "pixels")
            else tr("up to {cut}").format(cut=started.cut),
        )
        self.facts.put(tr("Shape per photo"), numbers.shape(started.feature_shape), mono=True)
        self.facts.put(tr("Trainable"), f"{numbers.exact(started.trainable_parameters)} ({share})", "warm")
        self.facts.put(tr("Device"), started.device)
        self.facts.put(tr("Features"), _extraction(run))
        number, tip = _frozen(run)
        self.facts.put(tr("Frozen layers"), number, "ice" if started.frozen_layers else "", tip=tip)
        self.facts.put(tr("Verified"), *_proof(run))
        best, result = best_epoch(run), result_epoch(run)
        self.facts.put(tr("Result"), result_words(run), tip=RESULT_TIP if run.epochs else "")
        why = translated(criterion(started.spec.train.result, task_of(started.spec.dataset.targets)))
        other = best is not None and result is not None and best.epoch != result.epoch
        self.facts.put(tr("Best epoch"), f"{best.epoch}, {why}" if best is not None and other else "")
        early = run.outcome is not None and run.outcome.stopped_early
        planned = tr("early, after {done:,} of {planned:,} epochs").format(
            done=len(run.epochs), planned=started.spec.train.all_epochs
        )
        tip = tr("No better epoch in the {epochs} after the best one (patience)").format(
            epochs=counted(started.spec.train.patience, "epoch")
        )
        self.facts.put(tr("Ended"), planned if early else "", "caution", tip=tip if early else "")
        self.facts.put(tr("Baseline"), *_comparison(run, counterpart))
        self.facts.put(tr("Seeds"), *_seeds(repetition))
        self._show_times(run)
        self._folder = started.run
        self.folder.show_text(started.run)

    def _show_times(self, run: RunState) -> None:
        seconds = run.outcome.seconds if run.outcome is not None else {}
        for key, name in STAGES.items():
            self.times.put(name, numbers.seconds(seconds[key]) if key in seconds else "")

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText(self._folder)

    def _open_folder(self) -> None:
        if Path(self._folder).is_dir():
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder))


def _frozen(run: RunState) -> tuple[str, str]:
    """The number of frozen layers of all counted ones, and a tooltip."""
    if run.layer_changes is None:
        return numbers.exact(len(run.started.frozen_layers)), tr("Layers with weights: parameters or statistics")
    frozen = sum(layer.frozen for layer in run.layer_changes.layers)
    total = numbers.exact(len(run.layer_changes.layers))
    return tr("{number} of {total}").format(number=numbers.exact(frozen), total=total), tr("Of all layers with weights")


def _extraction(run: RunState) -> str:
    """Numbers of computed and reused features, and the time: "397 computed, 3 s"."""
    if run.extraction is None:
        return "–"
    extraction = run.extraction
    # With the number of reused ones beside it, the longer word would need a second line.
    word = tr("new") if extraction.reused else tr("computed")
    parts = [f"{numbers.exact(extraction.computed)} {word}"] if extraction.computed or not extraction.reused else []
    if extraction.reused:
        parts.append(tr("{number} reused").format(number=numbers.exact(extraction.reused)))
    return f"{', '.join(parts)}, {numbers.seconds(extraction.seconds)}"


def _comparison(run: RunState, counterpart: float | None) -> tuple[str, str]:
    """Comparison of the run with its baseline, or of the baseline with its plan; "" without a counterpart."""
    reached = best_accuracy(run)
    if counterpart is None or reached is None:
        return "", ""
    points = 100 * (reached - counterpart)
    scratch = run.started.spec == presets.from_scratch(run.started.spec)
    other = tr("the plan") if scratch else tr("from scratch")
    words = tr("{points:+.1f} points vs. {other} ({value})")
    words = words.format(points=points, other=other, value=numbers.percent(counterpart))
    return words, "good" if points > 0 else ""


def _seeds(repetition: Repetition | None) -> tuple[str, str, bool, str]:
    """Mean and standard deviation over the seeds with a tooltip; "" where the run was not repeated."""
    if repetition is None:
        return "", "", False, ""
    seeds = ", ".join(map(str, repetition.seeds))
    tip = tr("Seeds {seeds}, each trained on the same photos and split: {words}").format(
        seeds=seeds, words=translated(repetition.words())
    )
    return (
        tr("{short} (mean ± SD of {seeds})").format(short=repetition.short(), seeds=len(repetition.seeds)),
        "",
        False,
        tip,
    )


def _proof(run: RunState) -> tuple[str, str]:
    """Verification of the frozen layers, and its color role; "" where no layer was frozen."""
    if not run.started.frozen_layers:
        return "", ""
    if run.outcome is None and run.layer_changes is not None:
        summary = summarize(run.layer_changes.layers, run.started.spec.freeze.batch_norm == "update")
        return (tr("changed, see the layers"), "bad") if summary.broken else (tr("so far, hashes match"), "ice")
    if run.outcome is None:
        return tr("at the end") if run.status == "running" else tr("no"), "muted"
    if run.outcome.frozen_unchanged:
        return tr("hashes match"), "ice"
    return tr("{layers} changed").format(layers=counted(len(run.outcome.changed_layers), "layer")), "bad"
