"""Files of whole models predict as the graph in them, and damaged or hostile files are refused with a reason."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from tiny import only

from studio.engine.predict.predict import predict
from studio.events import Certificate, ImagePrediction, ImageSkipped, Warned
from studio.events.use.exports import GoldenPhoto
from studio.spec import UserError

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow


@pytest.fixture
def photo(tmp_path) -> str:
    file = tmp_path / "photo.png"
    Image.new("RGB", (17, 9), (200, 100, 0)).save(file)
    return str(file)


def one(file: Path, photo: str) -> ImagePrediction:
    return only(list(predict(file, [photo])), ImagePrediction)[0]


def test_an_onnx_file_predicts_with_its_decision_rule(tmp_path, photo):
    import tiny_onnx

    found = one(tiny_onnx.write(tmp_path / "m.onnx"), photo)
    expected = 1 / (1 + np.exp(-5))
    assert found.probabilities == pytest.approx((expected, 1 - expected), abs=1e-6)
    assert (found.predicted, found.sure, found.unlike, found.epoch) == ("red", True, None, 3)
    rule = {"least_confidence": 0.999}
    assert not one(tiny_onnx.write(tmp_path / "m.onnx", rule), photo).sure
    rule = {"thresholds": {"green": 0.001}}
    assert one(tiny_onnx.write(tmp_path / "m.onnx", rule), photo).predicted == "green"


def test_photos_that_cannot_be_read_are_left_out(tmp_path, photo):
    import tiny_onnx

    broken, deep = tmp_path / "broken.jpg", tmp_path / "deep.png"
    broken.write_bytes(b"no photo")
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(deep)
    events = list(predict(tiny_onnx.write(tmp_path / "m.onnx"), [str(broken), photo, str(deep)]))
    assert [event.path for event in only(events, ImageSkipped)] == [str(broken), str(deep)]
    assert "more than 8 bits" in only(events, ImageSkipped)[1].reason
    assert [event.path for event in only(events, ImagePrediction)] == [photo]


def test_a_photo_without_a_finite_output_gets_no_prediction(tmp_path, photo):
    import tiny_onnx

    model = tiny_onnx.model()
    weight = model.graph.initializer[0]
    weight.raw_data = np.full(len(weight.raw_data) // 4, np.nan, np.float32).tobytes()
    file = tmp_path / "m.onnx"
    file.write_bytes(model.SerializeToString())
    events = list(predict(file, [photo]))
    assert only(events, ImagePrediction) == []
    assert "not a number" in only(events, ImageSkipped)[0].reason


def test_tensors_in_other_files_are_not_opened(tmp_path, photo):
    import onnx
    import tiny_onnx

    secret = tmp_path / "secret"
    secret.write_bytes(np.zeros(6, np.float32).tobytes())
    model = tiny_onnx.model()
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../secret")
    file = tmp_path / "folder" / "m.onnx"
    file.parent.mkdir()
    file.write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match="in another file"):
        one(file, photo)
    # In a constant inside a branch, too.
    inside = onnx.helper.make_graph([], "branch", [], [], [weight])
    model = tiny_onnx.model()
    model.graph.node.append(onnx.helper.make_node("If", ["c"], ["d"], then_branch=inside, else_branch=inside))
    file.write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match="in another file"):
        one(file, photo)


@pytest.mark.parametrize(
    ("about", "options", "words"),
    [
        ({"classes": ["a", "b", "c"]}, {}, "describes 3 classes, and its network gives 2"),
        ({}, {"output": "scores"}, "not a model of this program"),
        ({}, {"softmax": False}, "does not give probabilities"),
        ({"classes": [], "target": "weight", "outputs": ["value"]}, {"output": "value"}, "describes one number"),
    ],
)
def test_a_description_of_another_network_is_refused(tmp_path, photo, about, options, words):
    import tiny_onnx

    with pytest.raises(UserError, match=words):
        one(tiny_onnx.write(tmp_path / "m.onnx", about, **options), photo)


def test_an_unknown_operator_is_refused(tmp_path, photo):
    import tiny_onnx

    model = tiny_onnx.model()
    model.graph.node[1].op_type = "NoSuchOperator"
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match=r"cannot be loaded.*NoSuchOperator"):
        one(tmp_path / "m.onnx", photo)


def certificate(file: Path, golden: GoldenPhoto | None = None, **changes) -> None:
    import hashlib

    found = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "tolerance": 1e-3, **changes}
    made = Certificate(file=file.name, format="onnx", precision="float32", golden=golden, **found)
    file.with_name(f"{file.name}.certificate.json").write_bytes(msgspec.json.encode(made))


def test_a_file_without_a_certificate_causes_a_warning(tmp_path, photo):
    import tiny_onnx

    file = tiny_onnx.write(tmp_path / "m.onnx")
    assert "m.onnx has no certificate" in only(list(predict(file, [photo])), Warned)[0].title
    certificate(file)
    assert only(list(predict(file, [photo])), Warned) == []


def test_a_file_that_changed_after_its_verification_is_refused(tmp_path, photo):
    import tiny_onnx

    file = tiny_onnx.write(tmp_path / "m.onnx")
    certificate(file)
    assert one(file, photo).predicted == "red"
    tiny_onnx.write(file, {"classes": ["green", "red"]})
    with pytest.raises(UserError, match=r"has changed since m\.onnx was certified"):
        one(file, photo)
    # The program beside it is hashed under its former name; a description must be, too.
    certificate(file, sha256_of_others={"old.json": "0"})
    with pytest.raises(UserError, match=r"m\.json is missing, which was certified together with m\.onnx"):
        one(file, photo)
    (tmp_path / "m.json").write_text("{}")
    with pytest.raises(UserError, match=r"m\.json has changed since m\.onnx was certified"):
        one(file, photo)


def test_other_scores_for_the_golden_photo_cause_a_warning(tmp_path, photo):
    import base64

    import tiny_onnx

    file, png = tiny_onnx.write(tmp_path / "m.onnx"), base64.b64encode(Path(photo).read_bytes()).decode()
    right = 1 / (1 + float(np.exp(-5)))
    certificate(file, GoldenPhoto(png, photo, {"red": right, "green": 1 - right}))
    assert not only(list(predict(file, [photo])), Warned)
    certificate(file, GoldenPhoto(png, photo, {"red": 0.5, "green": 0.5}))
    assert "golden photo" in only(list(predict(file, [photo])), Warned)[0].title
    # Names that were swapped in the file, and its hash written anew, are noticed by the golden photo's names.
    certificate(file, GoldenPhoto(png, photo, {"green": 1 - right, "red": right}))
    with pytest.raises(UserError, match=r"m\.onnx names its classes in another order than its certificate"):
        one(file, photo)
    certificate(file, GoldenPhoto(png, photo, {"red": right, "blue": 1 - right}))
    with pytest.raises(UserError, match=r"m\.onnx names other classes than its certificate"):
        one(file, photo)
    certificate(file, sha256="")
    assert "a certificate without hash" in only(list(predict(file, [photo])), Warned)[0].title
    file.with_name("m.onnx.certificate.json").write_text("{")
    assert "a certificate that cannot be read" in only(list(predict(file, [photo])), Warned)[0].title


def test_what_int8_costs_is_no_difference_of_this_computer(tmp_path, photo):
    import base64

    import tiny_onnx

    file, png = tiny_onnx.write(tmp_path / "m.onnx"), base64.b64encode(Path(photo).read_bytes()).decode()
    right = 1 / (1 + float(np.exp(-5)))
    run, given = {"red": 0.8, "green": 0.2}, {"red": right, "green": 1 - right}
    certificate(file, GoldenPhoto(png, photo, run, given), tolerance=None)
    assert not only(list(predict(file, [photo])), Warned)
    certificate(file, GoldenPhoto(png, photo, run, run), tolerance=None)
    assert "golden photo" in only(list(predict(file, [photo])), Warned)[0].title


def state_dict(file: Path, load: list[str]) -> None:
    import tiny_onnx
    import torch
    from safetensors.torch import save_file
    from torchvision.models import squeezenet1_1

    torch.manual_seed(0)
    network = squeezenet1_1()
    network.set_submodule("classifier.1", torch.nn.Conv2d(512, 2, 1))
    save_file(network.state_dict(), file)
    about = {**tiny_onnx.ABOUT, "backbone": {"name": "squeezenet1_1"}, "load": load}
    about["preprocess"] = {"size": [224, 224], "resize": [256, 256]}
    file.with_suffix(".json").write_text(json.dumps(about))


def test_code_in_a_card_is_never_run(tmp_path, photo):
    mark = tmp_path / "ran"
    file = tmp_path / "m.safetensors"
    for lines in (
        [f"open({str(mark)!r}, 'w')"],
        ["import torch", f"model = open({str(mark)!r}, 'w') or torch.nn.Linear(1, 2)", "torch"],
        [],
    ):
        state_dict(file, lines)
        with pytest.raises(UserError, match="were not run"):
            one(file, photo)
        assert not mark.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"classes": ["red", "green", "blue"]}, "names 3 classes, and its network has 2 scores"),
        ({"target": "age", "classes": [], "outputs": ["value"]}, "names one number, and its network has 2 scores"),
    ],
)
def test_a_card_whose_outputs_differ_from_its_lines_is_refused(tmp_path, photo, changes, said):
    file = tmp_path / "m.safetensors"
    state_dict(file, ["model = timm.create_model('tf_efficientnet_lite0', num_classes=2)"])
    card = {**json.loads(file.with_suffix(".json").read_text()), **changes}
    file.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(UserError, match=said):
        one(file, photo)


def test_a_truncated_state_dict_and_one_of_another_network_are_refused(tmp_path, photo):
    file = tmp_path / "m.safetensors"
    lines = [
        "import torch, timm; from safetensors.torch import load_file",
        "model = timm.create_model('tf_efficientnet_lite0', num_classes=2)",
        "model.load_state_dict(load_file(file)); model.eval()",
    ]
    state_dict(file, lines)
    card = json.loads(file.with_suffix(".json").read_text())
    card["backbone"]["name"] = "tf_efficientnet_lite0"
    file.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(UserError, match="does not fit the network"):
        one(file, photo)
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UserError, match="damaged, cut off"):
        one(file, photo)
    file.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(UserError, match="damaged, cut off"):
        one(file, photo)


def test_options_for_runs_are_refused(tmp_path, photo):
    import tiny_onnx

    file = tiny_onnx.write(tmp_path / "m.onnx")
    with pytest.raises(UserError, match="one epoch only"):
        list(predict(file, [photo], which="best"))
    with pytest.raises(UserError, match="on the CPU"):
        list(predict(file, [photo], "cuda:0"))


@pytest.mark.slow
def test_openvino_files_without_their_weights_say_so(tmp_path, photo):
    openvino = pytest.importorskip("openvino")
    import tiny_onnx

    file = tmp_path / "m.xml"
    model = openvino.convert_model(tiny_onnx.write(tmp_path / "m.onnx"))
    model.set_rt_info(json.dumps(tiny_onnx.ABOUT), ["thaw_studio"])
    openvino.save_model(model, file, compress_to_fp16=False)
    assert one(file, photo).predicted == "red"
    (tmp_path / "m.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"m\.xml cannot be loaded: .*(?<!core\.cpp:84)\)"):
        one(file, photo)
    (tmp_path / "m.bin").unlink()
    with pytest.raises(UserError, match=r"m\.bin with the weights is not beside"):
        one(file, photo)
