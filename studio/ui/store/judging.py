"""Commands that evaluate the run shown: the part, the epoch, and the job that computes the predictions."""

from __future__ import annotations

from collections.abc import Callable

from studio.events import Split
from studio.events.runs import WeightsChoice
from studio.session import reducer
from studio.session.api import Commands, Pairs
from studio.session.evaluation import judging
from studio.session.evaluation.judging import JOB
from studio.session.state import AppState
from studio.spec.decision import DecisionRule
from studio.ui.store.looking import Looking, StateStore


class Judging:
    """The part of the store that evaluates runs."""

    def __init__(self, store: StateStore, commands: Commands, looking: Looking) -> None:
        self._store, self._commands, self._looking = store, commands, looking
        self._tried: tuple[object, ...] = ()

    def show_part(self, part: Split) -> None:
        """Show a part; training photos are judged at once, test photos on request."""
        state = self._store.state
        if part == judging.choice(state).part or judging.cannot_judge(state, part):
            return
        self._choose(lambda now: judging.part_chosen(now, part))
        if part == "train" and judging.evaluation(self._store.state) is None:
            self.judge()
        self.start_needed()  # the evaluation of a part ends where another one is chosen

    def show_weights(self, weights: WeightsChoice) -> None:
        """Show the results of the best or of the last epoch."""
        if weights == judging.weights(self._store.state):
            return
        self._choose(lambda now: judging.weights_chosen(now, weights))
        part = judging.choice(self._store.state).part
        needs = part == "train" or (part == "val" and not judging.is_live(self._store.state))
        if needs and judging.evaluation(self._store.state) is None:
            self.judge()
        self.start_needed()

    def try_rule(self, rule: DecisionRule | None) -> None:
        """Show the results by a decision rule that is not stored yet; None for the stored one."""
        from studio.session.evaluation import deciding

        self._store.put(deciding.tried(self._store.state, rule))

    def judge(self) -> None:
        """Evaluate the chosen part of the run shown."""
        state = self._store.state
        choice = judging.choice(state)
        if state.run is None or judging.cannot_judge(state, choice.part):
            return
        self._looking.stopped.discard(JOB)
        weights, pairs = judging.weights(state), self._pairs()
        self._store.submit(JOB, self._commands.evaluate(state.run.id, choice.part, weights, pairs, choice.table))

    def slice_by(self, table: str) -> None:
        """Slice the photos by the columns of a CSV file, too; "" for none."""
        if table != judging.choice(self._store.state).table:
            self._choose(lambda now: judging.table_chosen(now, table))
            self.judge()

    def stop(self) -> None:
        """Stop the evaluation."""
        self._looking.stopped.add(JOB)
        if self._store.jobs.is_live(JOB) and self._store.jobs.stop(JOB):
            self._store.put(reducer.job_stopping(self._store.state, JOB))

    def start_needed(self) -> None:
        """Evaluate the run that the page shows, once it does not train, if its evaluation is missing."""
        state = self._store.state
        if self._looking.page == "evaluate" and judging.has_proposal(state) and judging.cannot_set_up(state):
            self._looking.inspect_if_lacking()
        if self._looking.page != "evaluate" or not judging.is_missing(state) or self._store.jobs.is_live(JOB):
            return
        run = state.run
        subject = (state.shown, judging.choice(state), len(run.epochs) if run is not None else 0)
        if subject == self._tried or JOB in self._looking.stopped:
            return
        self._tried = subject  # a failed or stopped evaluation starts again only on request
        self.judge()

    def _choose(self, change: Callable[[AppState], AppState]) -> None:
        """Change what is judged, and cancel the evaluation of what was judged before."""
        self._store.drop(JOB)
        self._looking.stopped.discard(JOB)
        self._tried = ()
        self._store.put(change(self._store.state))

    def _pairs(self) -> Pairs | None:
        """Pairs of photos across the split that the data check found; None where the run has another data set."""
        state = self._store.state
        if state.run is None or state.dataset is None or state.run.started.spec.dataset != state.spec.dataset:
            return None
        return tuple(
            pair
            for finding in state.dataset.findings
            if finding.kind == "across_split"
            for pair in finding.photos
            if isinstance(pair, tuple)
        )
