"""The whole model of a run as one network: backbone with its trained layers, head, temperature and softmax."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.catalog import readouts
from studio.engine.backbones.backbone import Backbone
from studio.engine.export.model.photo_input import PhotoInput
from studio.engine.network.features import flatten
from studio.engine.predict import novelty_file, trained_model
from studio.engine.predict.novelty_file import Novelty
from studio.engine.predict.trained_model import TrainedModel
from studio.evaluate import novelty
from studio.events import Event
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.runs import decision_file
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.spec.decision import DecisionRule


class Head(nn.Module):
    """The head on raw features (N, D), with the temperature in its last layer: scores (N, K)."""

    def __init__(self, tensors: dict[str, Tensor], temperature: float = 1.0) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if "hidden.weight" in tensors:
            layers += [_linear(tensors["hidden.weight"], tensors["hidden.bias"]), nn.ReLU()]
        layers.append(_linear(tensors["weight"] / temperature, tensors["bias"] / temperature))
        self.layers = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Return the scores (N, K) of features (N, D)."""
        scores: Tensor = self.layers(features)
        return scores


class NoveltyDistance(nn.Module):
    """Distance of features (N, D) from those of training photos, as a multiple of the limit; see `evaluate.novelty`."""

    def __init__(self, known: Novelty, limit: float) -> None:
        super().__init__()
        self.limit, self.count = limit, min(novelty.NEAREST, len(known.rows))
        self.register_buffer("rows", torch.from_numpy(known.rows.astype("float32")))

    def forward(self, features: Tensor) -> Tensor:
        """Return the distances (N,)."""
        rows = self.get_buffer("rows")
        length = features.square().sum(dim=1, keepdim=True).sqrt().clamp(min=torch.finfo(torch.float32).tiny)
        nearness = (features / length) @ rows.T
        nearest = torch.topk(nearness, self.count, dim=1).values
        return (1 - nearest.mean(dim=1)) / self.limit


class Network(nn.Module):
    """Maps normalized photos (N, 3, H, W) to probabilities (N, K), or to numbers (N,).

    Args:
        backbone: The backbone with its trained layers.
        head: The head.
        regression: True if the model predicts a number.
        distance: Recognizes photos unlike the training photos; None if the model does not recognize them.
    """

    def __init__(self, backbone: nn.Module, head: Head, regression: bool, distance: NoveltyDistance | None) -> None:
        super().__init__()
        self.backbone, self.head, self.regression, self.distance = backbone, head, regression, distance
        self.eval().requires_grad_(False)

    def scores(self, photos: Tensor) -> Tensor:
        """Return the scores (N, K) of normalized photos."""
        scores: Tensor = self.head(flatten(self.backbone(photos)))
        return scores

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Return probabilities or numbers, and if the model recognizes unlike photos, `unlike` and `distance`."""
        features = flatten(self.backbone(photos))
        scores = self.head(features)
        answers = scores[:, 0] if self.regression else torch.softmax(scores, dim=1)
        if self.distance is None:
            return (answers,)
        distance = self.distance(features)
        return answers, distance > 1, distance


class PhotoNetwork(nn.Module):
    """Maps upright RGB photos (N, H, W, 3) uint8 of any size to the outputs of `Network`."""

    def __init__(self, photos: PhotoInput, network: Network) -> None:
        super().__init__()
        self.photos, self.network = photos, network
        self.eval()

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the network."""
        outputs: tuple[Tensor, ...] = self.network(self.photos(image))
        return outputs


@dataclass(frozen=True)
class WholeModel:
    """A trained run, ready to be written as one file.

    Attributes:
        record: Record of the run.
        model: Backbone and head.
        rule: How probabilities become answers; the temperature is in `network`.
        network: From normalized photos.
        photo_network: From photos of any size.
    """

    record: RunRecord
    model: TrainedModel
    rule: DecisionRule
    network: Network
    photo_network: PhotoNetwork

    @property
    def base(self) -> Backbone:
        """The backbone with its trained layers."""
        return self.model.base

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        first = "value" if self.model.target else "probabilities"
        return (first,) if self.network.distance is None else (first, "unlike", "distance")

    @property
    def readout(self) -> str:
        """The readout in words."""
        return readouts.words(self.base.info, self.record.spec.backbone)


def load(run: Path, which: WeightsChoice | None = None, stop: Stop = never) -> Generator[Event, None, WholeModel]:
    """Load the whole model of a run, on the CPU and in eval mode.

    Args:
        run: Folder of the run.
        which: The last or the best epoch; None for its result.
        stop: Checked while weights are loaded.

    Raises:
        UserError: The run has no such weights, or the backbone's weights are not those that it was trained on.
    """
    record = runs.read(run)
    model = yield from trained_model.load(run, stop, which)
    rule = (decision_file.read(run, record.classes) if not record.target else None) or DecisionRule()
    head = {name: value.numpy() for name, value in model.tensors.items()}
    known = novelty_file.of_source(run, which, head)
    limit = known.limit(rule.known_kept) if known is not None else None
    distance = NoveltyDistance(known, limit) if known is not None and limit is not None else None
    temperature = 1.0 if model.target else rule.temperature
    network = Network(model.base.network, Head(model.tensors, temperature), bool(model.target), distance)
    return WholeModel(record, model, rule, network, PhotoNetwork(PhotoInput(model.base.preprocess), network))


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer
