"""The bar of a comparison: the runs A and B, the split, which photos are compared, and the commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from studio.evaluate.compare import comparison_words
from studio.evaluate.documents import earlier_tests
from studio.events import RunSummary, Split
from studio.formatting import typography
from studio.formatting.language import counted, tr, translated
from studio.session.evaluation import judging_words
from studio.session.judged_choices import RunPair
from studio.session.runs import comparing, comparison_view
from studio.session.selectors import cannot_report
from studio.session.state import AppState
from studio.ui.stations.evaluate.compare.side_badge import SideBadge
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo

NARROWEST = 150
"""Least width of the list of runs in pixels."""


class RunChoice(NarrowCombo):
    """The list of runs for one side.

    Signals:
        run_chosen: Folder of the run that the user chose.
    """

    run_chosen = Signal(str)

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Run {side}").format(side=side), 16, parent=parent)
        self._side = side
        self._runs: tuple[RunSummary, ...] = ()
        self._paths: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(NARROWEST)
        self.activated.connect(self._emit)

    def show_runs(
        self, runs: Sequence[RunSummary], chosen: str, name: str, name_of: Callable[[RunSummary], str]
    ) -> None:
        """Show the runs to choose from, by their names; the chosen one is included even if it is not among them."""
        runs, paths = tuple(runs), tuple(run.path for run in runs)
        names = {} if chosen in paths else {chosen: name}
        if (runs, (*names, *paths)) != (self._runs, self._paths):  # formatting the names of all runs takes milliseconds
            self._runs, self._paths = runs, (*names, *paths)
            names |= {run.path: name_of(run) for run in runs}
            self.clear()
            for path in self._paths:
                self.addItem(names[path], path)
                self.setItemData(self.count() - 1, typography.tip(typography.one_line(path)), 3)  # its tooltip
        self.setCurrentIndex(self._paths.index(chosen))
        self.setToolTip(
            typography.tip(
                tr("Run {side}: {name}\n{chosen}").format(
                    side=self._side, name=name, chosen=typography.one_line(chosen)
                )
            )
        )

    def _emit(self, row: int) -> None:
        self.run_chosen.emit(str(self.itemData(row)))


class PairBar(QWidget):
    """The bar.

    Signals:
        pair_requested: Compare these runs (folders A and B) on a split.
        report_requested: Write a report of the comparison.
        closed: End the comparison.
    """

    pair_requested = Signal(str, str, str)
    report_requested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pair = RunPair("", "")
        self.choices = {side: RunChoice(side, self) for side in "AB"}
        self.choices["A"].run_chosen.connect(self._choose_a)
        self.choices["B"].run_chosen.connect(self._choose_b)
        self.swap = QToolButton(self)
        self.swap.setIcon(theme.icon("swap-horizontal"))
        self.swap.setIconSize(QSize(18, 18))
        self.swap.setAccessibleName(tr("Swap A and B"))
        self.swap.setToolTip(tr("Swap A and B (S)"))
        self.swap.clicked.connect(self.swap_runs)
        theme.when_changed(self._recolor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(SideBadge("A", self))
        row.addWidget(self.choices["A"], 3)
        row.addWidget(self.swap)
        row.addWidget(SideBadge("B", self))
        row.addWidget(self.choices["B"], 3)
        self.parts: dict[Split, QPushButton] = {}
        parts = QHBoxLayout()
        parts.setSpacing(0)
        for part, word in comparison_view.PARTS:
            button = QPushButton(word, self)
            button.setCheckable(True)
            button.setProperty("role", "preset")
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(word) + 20)
            button.clicked.connect(self._part_clicked)
            button.setProperty("part", part)
            button.setAccessibleName(tr("Compare on the {lower} photos").format(lower=word.lower()))
            parts.addWidget(button)
            self.parts[part] = button
        row.addLayout(parts)
        self.photos = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.photos, "muted")
        row.addWidget(self.photos, 2)
        self.report = QPushButton(tr("Report…"), self)
        self.report.setToolTip(tr("Write this comparison to one HTML file (Ctrl+Shift+E)"))
        self.report.clicked.connect(self.report_requested)
        self.close_button = QPushButton(tr("Close comparison"), self)
        self.close_button.setToolTip(tr("Show one run again (Esc)"))
        self.close_button.clicked.connect(self.closed)
        for button in (self.report, self.close_button):
            row.addWidget(button)

    def show_state(self, state: AppState, pair: RunPair) -> None:
        """Draw the bar."""
        self._pair = pair
        names: dict[str, str] = {}  # most runs are in both lists

        def name_of(run: RunSummary) -> str:
            if run.path not in names:
                names[run.path] = comparison_view.run_name(run)
            return names[run.path]

        for side, path, other in (("A", pair.a, pair.b), ("B", pair.b, pair.a)):
            runs = comparing.partners(state, other)
            self.choices[side].show_runs(runs, path, comparison_view.name_of(state, path), name_of)
        for part, button in self.parts.items():
            button.setChecked(part == pair.part)
            why = "" if part == pair.part else comparison_view.cannot_judge(pair.result, part)
            allow(button, why, _test_tip(state, pair) if part == "test" else None)
        self.photos.show_text(_photos(pair))
        allow(self.report, cannot_report(state))

    def swap_runs(self) -> None:
        """Make A the second run."""
        self.pair_requested.emit(self._pair.b, self._pair.a, self._pair.part)

    def _choose_a(self, path: str) -> None:
        if path != self._pair.a:
            self.pair_requested.emit(path, self._pair.b, self._pair.part)

    def _choose_b(self, path: str) -> None:
        if path != self._pair.b:
            self.pair_requested.emit(self._pair.a, path, self._pair.part)

    def _part_clicked(self) -> None:
        part = str(self.sender().property("part"))
        for name, button in self.parts.items():
            button.setChecked(name == self._pair.part)  # not the one clicked, until the state changes
        if part != self._pair.part:
            self.pair_requested.emit(self._pair.a, self._pair.b, part)

    def _recolor(self) -> None:
        self.swap.setIcon(theme.icon("swap-horizontal"))


def _test_tip(state: AppState, pair: RunPair) -> str:
    """What a comparison on test photos means, and who judged them before."""
    folders = {row.spec.dataset.folder for row in state.run_list.listed if row.path in (pair.a, pair.b)}
    earlier = [one for folder in sorted(folders) for one in judging_words.earlier_on(state, folder)]
    before = translated(earlier_tests.words(list(dict.fromkeys(earlier))))
    return "\n".join(
        filter(None, (before, f"{translated(earlier_tests.COMPARED)} {translated(earlier_tests.CHOOSE_BY)}"))
    )


def _photos(pair: RunPair) -> str:
    """Which photos are compared, in brief: “same 153 photos”, “131 photos in common”."""
    if pair.result is None or pair.result.document["part"] != pair.part:
        return ""
    document = pair.result.document
    words = counted(document["common"], "photo")
    return (
        tr("{words} in common").format(words=words)
        if comparison_words.are_different(document)
        else tr("same {words}").format(words=words)
    )
