"""The freeze plan in words: what is cached, what trains, and its cost.

Long, because the tests share one small network and its states.
"""

from __future__ import annotations

import math
import statistics

import pytest
import states

from studio.catalog import catalog
from studio.events import Layer, LayerTable
from studio.formatting import numbers
from studio.formatting.numbers import NARROW
from studio.planning.augmentation import MACS_PER_SECOND
from studio.planning.cuts import Cut
from studio.session.plan import plan_summary, time_estimate
from studio.session.plan.layer_rows import ShownProof
from studio.session.state import AppState
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, FreezePlan, HeadSpec, LayerRate
from studio.spec.structs import replace

PARTLY = FreezePlan(thaw=("layer2",))
FLIP = (AugmentStep("flip"),)


def table(rows: bool = True) -> LayerTable:
    """`small_table` in the order its layers finish; with rows it can be split behind its stages."""
    plain = states.small_table()
    leaves = [layer.path for layer in plain.layers if layer.leaf]

    def finished(layer: Layer) -> int:
        last = max(
            place for place, path in enumerate(leaves) if path == layer.path or path.startswith(f"{layer.path}.")
        )
        return 10 * last + (0 if layer.leaf else 2 - layer.depth)

    def row(layer: Layer) -> tuple[int, ...] | None:
        return layer.output_shape if rows and layer.path in ("stem", "layer1", "layer2") else None

    return replace(plain, layers=tuple(replace(layer, order=finished(layer), row=row(layer)) for layer in plain.layers))


def state(freeze: FreezePlan | None = None, augment: AugmentSpec | None = None, rows: bool = True, **train) -> AppState:
    known = replace(states.state(freeze, **train), layers=table(rows))
    return replace(known, spec=replace(known.spec, augment=augment)) if augment else known


def plain(text: str) -> str:
    return text.replace(NARROW, " ").replace("\u200b", "")


def without_layers(freeze: FreezePlan) -> AppState:
    return replace(states.state(freeze), layers=None, layers_for=None)


def test_a_plan_for_another_network_is_not_used() -> None:
    strange = FreezePlan(thaw=("blocks.9",))
    assert plan_summary.safe_plan(state(strange), table()) == FreezePlan()
    assert plan_summary.safe_plan(state(PARTLY), table()) == PARTLY
    rates = plan_summary.rates(state(PARTLY, layer_rates=(LayerRate("blocks.9", 1.0),)), table())
    assert rates.by_hand == {}
    assert set(rates.of) == {f"layer2.{block}.{leaf}" for block in (0, 1) for leaf in ("conv", "bn")}


@pytest.mark.parametrize(
    ("plan", "frozen", "learns"),
    [
        (FreezePlan(), True, False),
        (FreezePlan("none"), False, True),
        (FreezePlan(until="layer1"), False, True),
        (PARTLY, False, True),
        (FreezePlan(batch_norm="update"), False, False),
    ],
)
def test_the_plan_summary_with_and_without_the_layer_table(plan: FreezePlan, frozen: bool, learns: bool) -> None:
    for known in (state(plan), without_layers(plan)):
        assert plan_summary.all_frozen(known) == frozen
        assert plan_summary.learns(known) == learns


def test_rates_of_thawed_layers() -> None:
    rates = plan_summary.rates(state(PARTLY, backbone_lr=1e-4, layer_rates=(LayerRate("layer2.1", 0.5),)), table())
    assert rates.by_hand == {"layer2.1": 0.5}
    assert rates.of["layer2.1.conv"] == 0.5
    assert rates.of["layer2.0.conv"] == pytest.approx(1e-4)


def test_proofs_of_a_run_are_shown_only_for_its_own_backbone() -> None:
    run = replace(states.run(), layer_changes=states.moved({"stem": 0.1}))
    known = state().showing(run)
    assert plan_summary.shown_proof(known) == ShownProof(run.layer_changes.layers, 3.0, False, False, 3)
    assert plan_summary.shown_proof(known.showing(states.run())) == ShownProof()
    assert plan_summary.shown_proof(state()) == ShownProof()
    other = replace(known, spec=replace(known.spec, backbone=BackboneSpec("resnet50")))
    assert plan_summary.shown_proof(other) == ShownProof()
    follow = replace(run, started=replace(run.started, spec=states.spec(freeze=FreezePlan(batch_norm="update"))))
    shown = plan_summary.shown_proof(known.showing(follow))
    assert (shown.stale, shown.statistics_follow) == (True, True)


def test_the_consequence_of_each_batch_norm_policy_in_words() -> None:
    words = {
        policy: plan_summary.statistics_cost(state(FreezePlan(batch_norm=policy)), table())
        for policy in ("keep", "thawed", "update")
    }
    assert len(set(words.values())) == 3
    assert "16" in words["thawed"]
    assert "only layers up to stem are computed once" in words["update"]
    assert "nothing is computed once" in plan_summary.statistics_cost(
        state(FreezePlan(batch_norm="update"), rows=False), table(rows=False)
    )
    bare = replace(table(), layers=tuple(layer for layer in table().layers if "BatchNorm" not in layer.type))
    assert plan_summary.statistics_cost(state(), bare) == "This network has no BatchNorm."


def test_photos_classes_and_rows_of_the_open_folder() -> None:
    known = state()
    assert (plan_summary.classes(known), plan_summary.photos(known), plan_summary.training_photos(known)) == (2, 20, 10)
    assert plan_summary.rows(known) == 20
    assert plan_summary.rows(state(augment=AugmentSpec(FLIP, views=3))) == 20 + 3 * 10
    assert plan_summary.rows(state(augment=AugmentSpec((), views=3))) == 20
    nothing = AppState()
    assert (plan_summary.classes(nothing), plan_summary.photos(nothing), plan_summary.training_photos(nothing)) == (
        0,
    ) * 3


def test_weights_of_the_new_head() -> None:
    assert plan_summary.head_parameters(state(), table()) == 9 * 2
    mlp = replace(state(), spec=replace(states.spec(lr=0.5), head=HeadSpec(kind="mlp", hidden=5)))
    assert plan_summary.head_parameters(mlp, table()) == 9 * 5 + 6 * 2
    head = plan_summary.new_head(mlp, table())
    assert (head.type, head.outputs, head.parameters, head.lr) == ("MLP 5 (new)", 2, 57, 0.5)
    assert plan_summary.new_head(state(), table()).type == "Linear (new)"
    assert plan_summary.head_parameters(replace(mlp, dataset=None), table()) == 0


@pytest.mark.parametrize(
    ("plan", "augment", "shape", "size", "label", "cut", "cost"),
    [
        (
            FreezePlan(),
            None,
            "features, 8",
            "1 KB for 20 photos",
            "20 × 8, 1 KB",
            "features computed once here",
            "the head alone",
        ),
        (
            PARTLY,
            None,
            "layer1, 4 × 16 × 16",
            "0.1 MB for 20 photos",
            "20 × 4 × 16 × 16, 0.1 MB",
            "layers up to here",
            "Up to layer1",
        ),
        (
            FreezePlan("none"),
            None,
            "pixels, 3 × 32 × 32",
            "0.1 MB for 20 photos",
            "20 × 3 × 32 × 32, 0.1 MB",
            "everything below",
            "Every epoch runs",
        ),
        (
            FreezePlan(),
            AugmentSpec(FLIP),
            "pixels, 3 × 32 × 32",
            "0.1 MB for 20 photos",
            "20 × 3 × 32 × 32, 0.1 MB",
            "random augmentation",
            "each epoch runs them through the whole network",
        ),
        (
            FreezePlan(),
            AugmentSpec(FLIP, 2),
            "features, 8",
            "1 KB for 40 rows",
            "40 × 8, 1 KB",
            "features computed once here",
            "the head alone",
        ),
    ],
)
def test_cached_rows_and_cost_of_an_epoch_of_each_plan(plan, augment, shape, size, label, cut, cost) -> None:
    known = state(plan, augment)
    assert plan_summary.cached_shape(known, table()) == shape
    assert plain(plan_summary.cached_size(known, table())) == size
    assert plain(plan_summary.cache_label(known, table())) == label
    line = plan_summary.cut(known, table())
    assert cut in line.words
    assert plain(line.words).count(label) == 1
    assert line.after == ("layer1" if plan == PARTLY else "")
    assert line.at_top == (shape.startswith("pixels"))
    assert cost in plain(plan_summary.epoch_cost(known, table()))


def test_before_a_folder_is_open_sizes_are_of_one_photo() -> None:
    nothing = replace(state(), dataset=None)
    assert plan_summary.cache_label(nothing, table()) == "8 per photo"
    assert plan_summary.cached_size(nothing, table()) == "–"


def test_randomly_augmented_photos_prevent_a_cut() -> None:
    assert plan_summary.split(state(PARTLY), table()) == Cut("layer1", (4, 16, 16))
    assert plan_summary.split(state(PARTLY, AugmentSpec(FLIP)), table()) is None


def test_only_a_finished_run_of_these_settings_has_a_proof() -> None:
    run = states.run()
    assert plan_summary.proof(state().showing(run)) == run.outcome
    assert plan_summary.proof(state()) is None
    assert plan_summary.proof(state().showing(states.run(done=False))) is None
    assert plan_summary.proof(state(PARTLY).showing(run)) is None


# ---------------------------------------------------------------------------------------------------------- times


def timed(known: AppState, **extracted) -> AppState:
    """The same after a run, whose extraction took 4 s for 20 photos unless `extracted` differs."""
    run = states.run(known.spec)
    return known.showing(replace(run, extraction=replace(run.extraction, **extracted)))


def test_the_speed_of_the_last_run_is_used_where_it_is_comparable() -> None:
    assert time_estimate.measured_per_photo(timed(state(), seconds=4.0)) == pytest.approx(0.2)
    assert time_estimate.measured_per_photo(timed(state(), computed=16, seconds=4.0)) == pytest.approx(0.25)
    assert time_estimate.measured_per_photo(timed(state(), computed=15)) is None
    assert time_estimate.measured_per_photo(state()) is None
    known = timed(state())
    pixels = replace(known.run, started=replace(known.run.started, cut="pixels"))
    assert time_estimate.measured_per_photo(known.showing(pixels)) is None
    other = replace(known, spec=replace(known.spec, backbone=BackboneSpec("resnet50")))
    assert time_estimate.measured_per_photo(other) is None
    assert time_estimate.seconds_per_photo(timed(state(), seconds=4.0)) == (pytest.approx(0.2), True)


def test_the_share_of_the_computation_after_the_cut() -> None:
    assert time_estimate.repeated_share(state(), table()) == 0.0
    assert time_estimate.repeated_share(state(FreezePlan("none")), table()) == 1.0
    # Parameters times positions: stem 108 × 256; stages 1: (400 + 800) × 256, 2: (800 + 1600) × 64.
    before, after = (108 + 400 + 800) * 256, (800 + 1600) * 64
    assert time_estimate.repeated_share(state(PARTLY), table()) == pytest.approx(after / (before + after))


def test_times_in_words() -> None:
    known = timed(state(), seconds=4.0)
    assert plain(time_estimate.first_pass(known, table())) == "about 4 s"
    assert time_estimate.first_pass(replace(known, dataset=None), table()) == ""
    assert plain(time_estimate.epoch(known, table())) == "0.02 s"
    other = replace(known, spec=states.spec(freeze=FreezePlan("none")))
    assert time_estimate.first_pass(other, table()) == ""
    assert plain(time_estimate.epoch(other, table())) == "about 8 s", "20 forwards, and 10 backwards of 2"
    again = replace(known, spec=replace(known.spec, augment=AugmentSpec(FLIP, 1)))
    assert plain(time_estimate.epoch(again, table())) == "under 1 s, for the head alone"
    assert time_estimate.epoch(replace(again, dataset=None), table()) == ""


def test_randomly_augmented_photos_pass_frozen_layers_forward_only() -> None:
    flipped = AugmentSpec(FLIP)
    known = timed(state(augment=flipped), seconds=4.0)  # 0.2 s for each of 10 training photos
    frozen = known.showing(replace(known.run, epochs=()))
    assert plain(time_estimate.epoch(frozen, table())) == "about 2 s"
    thawed = replace(frozen, spec=replace(frozen.spec, freeze=PARTLY))
    share = time_estimate.repeated_share(thawed, table())
    assert 0 < share < 1
    assert plain(time_estimate.epoch(thawed, table())) == f"about {0.2 * 10 * (1 + 3 * share):.1g} s"


def test_the_epochs_of_a_thawed_run_predict_those_of_another_plan_better_than_its_extraction() -> None:
    known = timed(state(PARTLY), seconds=400.0)  # of few photos, most of it is start-up
    share = time_estimate.repeated_share(known, table())
    measured = statistics.median(epoch.seconds for epoch in known.run.epochs)
    thawed = replace(known, spec=replace(known.spec, freeze=FreezePlan("none")))
    assert plain(time_estimate.epoch(thawed, table())) == plain(time_estimate._about(measured / share))
    warm = replace(known.run.started.spec, train=replace(known.spec.train, head_epochs=99))
    only_warm = thawed.showing(replace(known.run, started=replace(known.run.started, spec=warm)))
    assert plain(time_estimate.epoch(only_warm, table())) == plain(time_estimate._about(20.0 * (20 + 2 * 10)))


def test_many_photos_take_seconds_for_the_head_alone() -> None:
    for each, words in ((9_999, "under 1 s"), (10_000, "seconds")):
        large = replace(state(), dataset=states.dataset(each=each))
        assert plain(time_estimate.epoch(large, table())) == f"{words}, for the head alone"


def test_memory_of_a_training_step() -> None:
    assert time_estimate.memory(state(), table()) == ""
    known = state(PARTLY, batch_size=1000)
    outputs = 4 * (8 * 8 * 8) + 8  # of two convolutions, two BatchNorms and the pooling
    size = 4 * outputs * 1000 + 12 * 2400 + 4 * table().parameters
    assert plain(time_estimate.memory(known, table())) == f"about {size / 1e6:.1f} MB per batch"
    small = state(PARTLY, batch_size=1)
    size = 4 * outputs + 12 * 2400 + 4 * table().parameters
    assert plain(time_estimate.memory(small, table())) == f"about {size / 1e6:.1f} MB per batch"
    whole = state(FreezePlan("none"), batch_size=1000)
    outputs += 4 * 16 * 16 * 5
    size = 4 * outputs * 1000 + 12 * 3708 + 4 * table().parameters
    assert plain(time_estimate.memory(whole, table())) == f"about {size / 1e6:.1f} MB per batch"


def test_the_time_per_photo_is_estimated_where_no_run_measured_it() -> None:
    plain = AppState()
    macs = catalog.find(plain.spec.backbone.name).macs
    assert time_estimate.seconds_per_photo(plain) == (macs / MACS_PER_SECOND, False)
    unknown = replace(plain, spec=replace(plain.spec, backbone=BackboneSpec("no such network")))
    assert time_estimate.seconds_per_photo(unknown) is None


def large(**more) -> LayerTable:
    """A table with a thousand times as many parameters."""
    plain = table()
    layers = tuple(replace(layer, parameters=1000 * layer.parameters, **more) for layer in plain.layers)
    return replace(plain, layers=layers, parameters=1000 * plain.parameters)


def test_the_memory_of_a_step_is_that_of_outputs_weights_gradients_and_averages() -> None:
    leaves = {layer.path: layer for layer in large().layers if layer.leaf}
    for plan, stored in (
        (FreezePlan("none"), lambda path: True),
        (PARTLY, lambda path: path.startswith(("layer2", "pool"))),
    ):
        known = state(plan, batch_size=1000)
        outputs = sum(math.prod(layer.output_shape) for path, layer in leaves.items() if stored(path))
        moving = sum(layer.parameters for path, layer in leaves.items() if stored(path))
        size = 4 * outputs * 1000 + 12 * moving + 4 * large().parameters
        assert (
            time_estimate.memory(replace(known, layers=large()), large())
            == f"about {numbers.megabytes(size)} per batch"
        )
    assert time_estimate.memory(state(), large()) == ""


def test_the_cost_of_a_layer_is_its_weights_times_its_positions() -> None:
    rows = [layer for layer in table().layers if layer.path in ("stem", "layer2.0.conv", "layer2.1.conv")]
    for shape, places in (((8, 4, 5), 20), ((6, 8), 6), ((8,), 1)):
        layers = (rows[0], replace(rows[1], output_shape=shape, parameters=10))
        frozen = replace(table(), layers=layers)
        assert time_estimate._work(layers[1]) == 10 * places
        assert time_estimate.repeated_share(state(FreezePlan("none")), frozen) == 1.0


def test_biases_of_the_new_head_add_no_macs() -> None:
    for head, outputs, biases in ((HeadSpec(), 2, 2), (HeadSpec(kind="mlp", hidden=16), 2, 18)):
        known = state()
        known = replace(known, spec=replace(known.spec, head=head))
        shown = plan_summary.new_head(known, table())
        assert (shown.outputs, shown.parameters - shown.macs) == (outputs, biases)
    nothing = plan_summary.new_head(replace(state(), dataset=None), table())
    assert (nothing.outputs, nothing.macs) == (0, 0)


def test_one_trained_parameter_is_enough_to_count_as_training() -> None:
    one = replace(
        table(), layers=tuple(replace(layer, parameters=int(layer.path == "stem")) for layer in table().layers)
    )
    assert plan_summary.learns(replace(state(FreezePlan("none")), layers=one))
    assert plan_summary.thaws(replace(state(FreezePlan("none")), layers=one))
    assert not plan_summary.learns(replace(state(), layers=one))
    assert not plan_summary.thaws(replace(state(), layers=one))
    assert plan_summary.learns(replace(state(FreezePlan("none")), layers=None))
    assert not plan_summary.thaws(replace(state(FreezePlan("all", lora_rank=4)), layers=None)), "adapters alone"
    assert "not loaded" in plan_summary.no_adapters(None)
    assert "no transformer blocks" in plan_summary.no_adapters(table())
