"""The crop policies as choices of the window: what each does to the photos of the open folder, measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.catalog import catalog
from studio.data.images import framing
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.spec import BackboneSpec, PreprocessSpec
from studio.spec.backbone import CropPolicy
from studio.spec.structs import replace

TITLES: dict[CropPolicy, str] = {"center": tr("Center crop"), "squash": tr("Squash"), "fit": tr("Fit with border")}
GENERAL: dict[CropPolicy, str] = {
    "center": tr("Cuts off what is outside the middle."),
    "squash": tr("Shows the whole photo, distorted to a square."),
    "fit": tr("Shows the whole photo, with a border beside it."),
}
LEAST = 0.005
"""Share up to which a cut, a border or a distortion is not mentioned."""


@dataclass(frozen=True)
class PolicyRow:
    """A crop policy to choose.

    Attributes:
        policy: The policy.
        title: Its name, with a note if it is that of the weights.
        words: What it does to the photos.
        is_chosen: True for the present one.
    """

    policy: CropPolicy
    title: str
    words: str
    is_chosen: bool


def rows(state: AppState) -> tuple[PolicyRow, ...]:
    """The three policies, with what they do to the photos of the open folder.

    Raises:
        UserError: The backbone is unknown.
    """
    spec = state.spec.backbone
    own, chosen = _policy(replace(spec, crop="default")), _policy(spec)
    sizes = state.dataset.sizes if state.dataset is not None else ()
    result = []
    for policy, title in TITLES.items():
        steps = catalog.preprocess_for(with_policy(spec, policy))
        words = measured(sizes, steps) if sizes else GENERAL[policy]
        title += tr(" · the weights’ own") if policy == own else ""
        result.append(PolicyRow(policy, title, words, policy == chosen))
    return tuple(result)


def with_policy(spec: BackboneSpec, policy: CropPolicy) -> BackboneSpec:
    """The spec with a policy; that of the weights is stored as the default.

    Raises:
        UserError: The backbone is unknown.
    """
    return replace(spec, crop="default" if policy == _policy(replace(spec, crop="default")) else policy)


def advice(spec: BackboneSpec) -> str:
    """Advice on the chosen policy; "" for that of the weights.

    Raises:
        UserError: The backbone is unknown.
    """
    own = _policy(replace(spec, crop="default"))
    if _policy(spec) == own:
        return ""
    name = TITLES[own].lower()
    return tr(
        "The weights were trained with {name}, so this may cost accuracy. Train both, and compare the runs."
    ).format(name=name)


def measured(sizes: tuple[tuple[int, int, int], ...], steps: PreprocessSpec) -> str:
    """Effect of a preprocessing on all photos: “Cuts away 42 % (median, at most 84 %) of each photo.”."""
    cut, border, stretch = framing.of_photos(sizes, steps)
    parts = [
        tr("Cuts away {share} of each photo").format(share=_shares(cut))
        if cut.most > LEAST
        else tr("Cuts nothing away")
    ]
    parts += [tr("{share} of the input is border").format(share=_shares(border))] if border.most > LEAST else []
    if stretch.most > 1 + LEAST:
        parts += [
            tr("one side is stretched {factor} (median, at most {factor2})").format(
                factor=_factor(stretch.median), factor2=_factor(stretch.most)
            )
        ]
    return "; ".join(parts) + "."


def of_photo(size: tuple[int, int], steps: PreprocessSpec) -> tuple[str, str]:
    """Effect of a preprocessing on one photo of (width, height): words on the photo, and on the network's input."""
    cut, border, stretch = (float(values[0]) for values in framing.fit(np.array([size]), steps))
    lost = tr("{share} is cut away").format(share=numbers.percent(cut, 0)) if cut > LEAST else tr("nothing is cut away")
    seen = tr("{share} is border").format(share=numbers.percent(border, 0)) if border > LEAST else ""
    return lost, tr("one side stretched {factor}").format(factor=_factor(stretch)) if stretch > 1 + LEAST else seen


def _policy(spec: BackboneSpec) -> CropPolicy:
    return catalog.policy_of(catalog.preprocess_for(spec))


def _shares(share: framing.Typical) -> str:
    if share.most - share.median < LEAST:
        return numbers.percent(share.most, 0)
    return tr("{median} (median, at most {most})").format(
        median=numbers.percent(share.median, 0), most=numbers.percent(share.most, 0)
    )


def _factor(value: float) -> str:
    return f"×\u202f{value:.1f}" if value < 99.5 else f"×\u202f{numbers.exact(value)}"
