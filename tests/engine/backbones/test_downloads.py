"""Downloads of weights from a server on this computer, and their failures."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import torch
from tiny import finish, load, only
from torchvision import models
from waiting import wait_for

from studio.catalog import catalog
from studio.engine.backbones import downloads
from studio.events import Event, Progress, Stage
from studio.jobs.job import Job
from studio.jobs.protocol import Interrupted, never
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import replace


class Server:
    """Server that answers every request with `body`, or the range of it that was asked for, where it has `ranges`.

    It can announce more bytes than it sends, or stall.
    """

    def __init__(self) -> None:
        self.body = b""
        self.promised: int | None = None
        self.status = 200
        self.ranges = True
        self.etag = ""
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/api/"):  # the hub's client asks whether it is wanted
                    self.send_response(404)
                    self.end_headers()
                    return
                asked = self.headers.get("Range") if outer.ranges else None
                outer.asked.append(self.headers.get("Range") or "")
                start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
                status = 206 if asked else outer.status
                body, length = outer.body[start:], (outer.promised or len(outer.body)) - start
                self.send_response(416 if length <= 0 < start else status)
                self.send_header("Content-Length", str(max(0, length)))
                if asked:
                    self.send_header("Content-Range", f"bytes {start}-{start + length - 1}/{start + length}")
                self.end_headers()
                half = len(body) // 2
                self.wfile.write(body[:half])
                self.wfile.flush()
                outer.go_on.wait()
                self.wfile.write(body[half:])

            def do_HEAD(self) -> None:  # as Hugging Face's hub
                found = self.path.endswith("/model.safetensors")
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(outer.promised or len(outer.body)))
                self.send_header("ETag", f'"{outer.etag}"')
                self.send_header("X-Repo-Commit", "c" * 40)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # a client that closed the connection

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def info(self, name: str) -> catalog.BackboneInfo:
        url = f"http://127.0.0.1:{self._http.server_port}/{name}"
        return replace(catalog.find("shufflenet_v2_x0_5"), url=url)

    def name_with_hash(self, stem: str) -> str:
        return f"{stem}-{hashlib.sha256(self.body).hexdigest()[:8]}.pth"

    def close(self) -> None:
        self.go_on.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join()


def files_in(home: Path) -> list[str]:
    return sorted(file.name for file in (home / "torch").rglob("*") if file.is_file())


def be_the_hub(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Hugging Face's client, which tests must not use online, ask this server."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    template = server.info("").url + "{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def fetch(info: catalog.BackboneInfo):
    return finish(downloads.fetch(info, never))


@pytest.mark.slow
def test_weights_are_downloaded_to_torchs_folder_with_progress(server, own_folders):
    server.body = bytes(range(256)) * 8000
    server.go_on.clear()
    fetching = downloads.fetch(server.info(server.name_with_hash("net")), never)
    first_events: list[Event] = []
    while not any(isinstance(event, Progress) and event.done > 0 for event in first_events):
        first_events.append(next(fetching))
    server.go_on.set()
    rest, file = finish(fetching)
    events = first_events + rest
    assert file.read_bytes() == server.body
    assert files_in(own_folders) == [server.name_with_hash("net")]
    assert only(events, Stage)[0].name == "download"
    progress = only(events, Progress)
    assert all(event.unit == "MB" for event in progress)
    assert progress[-1].total == pytest.approx(len(server.body) / 1e6)
    assert any(0 < event.done < event.total for event in progress)


def test_a_damaged_file_is_refused_and_removed(server, own_folders):
    server.body = b"not what the name says" * 100
    with pytest.raises(UserError, match="damaged"):
        fetch(server.info("net-0123abcd.pth"))
    assert files_in(own_folders) == []


def test_a_broken_connection_leaves_no_file(server, own_folders):
    server.body, server.promised = b"half of it" * 100, 5000
    with pytest.raises(UserError, match="1,000 of 5,000 bytes"):
        fetch(server.info("net_without_hash.pth"))
    assert files_in(own_folders) == []


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_is_continued_and_its_hash_is_that_of_the_whole(server, own_folders, ranges):
    whole = bytes(range(256)) * 40
    server.body = whole
    name, server.promised, server.ranges = server.name_with_hash("net"), len(whole), ranges
    server.body = whole[:1000]
    with pytest.raises(UserError, match="1,000 of 10,240 bytes"):
        fetch(server.info(name))
    assert f"{name}.part" in files_in(own_folders)
    server.body = whole
    assert fetch(server.info(name))[1].read_bytes() == whole
    assert server.asked == ["", "bytes=1000-"]
    assert files_in(own_folders) == [name], "nothing else remains"


def test_a_broken_download_from_the_hub_is_continued_into_its_cache(server, own_folders, monkeypatch):
    whole = bytes(range(256)) * 40
    server.etag, server.promised, server.body = hashlib.sha256(whole).hexdigest(), len(whole), whole[:1000]
    be_the_hub(server, monkeypatch)
    info = catalog.find("resnet10t")
    with pytest.raises(UserError, match="1,000 of 10,240 bytes"):
        fetch(info)
    assert catalog.cached_file(info) is None
    server.body = whole[:1000] + whole[1001:] + b"x"
    with pytest.raises(UserError, match="damaged"):
        fetch(info)
    assert catalog.cached_file(info) is None
    for server.body in (whole[:1000], whole):
        with contextlib.suppress(UserError):
            fetch(info)
    assert server.asked == ["", "bytes=1000-", "", "bytes=1000-"]
    assert catalog.cached_file(info).read_bytes() == whole
    assert catalog.whereabouts(info) == "on disk"
    blobs = next((own_folders / "huggingface").rglob("blobs"))
    assert [file.name for file in blobs.iterdir()] == [server.etag], "nothing else remains"


@pytest.mark.slow
@pytest.mark.parametrize("hub", [False, True])
def test_a_full_disk_is_named_and_keeps_nothing(server, small_disk, monkeypatch, hub):
    monkeypatch.setenv("HF_HOME" if hub else "TORCH_HOME", str(small_disk))
    server.body = bytes(9_000_000)
    server.etag = hashlib.sha256(server.body).hexdigest()
    be_the_hub(server, monkeypatch)
    info = catalog.find("resnet10t") if hub else server.info(server.name_with_hash("net"))
    with pytest.raises(UserError, match=f"the disk of {small_disk}.* is full") as fault:
        fetch(info)
    assert "MB there and try again" in fault.value.hint
    assert not [file for file in small_disk.rglob("*") if file.is_file()]
    assert catalog.cached_file(info) is None
    subprocess.run(["mount", "-o", "remount,size=12m", str(small_disk)], check=True)
    assert fetch(info)[1].read_bytes() == server.body


def test_a_wrong_beginning_is_found_and_removed(server, own_folders):
    server.body = b"weights" * 20
    info = server.info(server.name_with_hash("net"))
    folder = catalog.writable(catalog.torch_hub_folder())
    folder.mkdir(parents=True)
    (folder / f"{info.url.rpartition('/')[2]}.part").write_bytes(b"other")
    with pytest.raises(UserError, match="damaged"):
        fetch(info)
    assert files_in(own_folders) == []
    assert fetch(info)[1].read_bytes() == server.body
    assert server.asked == ["bytes=5-", ""]


def test_a_beginning_longer_than_the_file_is_replaced(server, own_folders):
    server.body = b"weights"
    info = server.info(server.name_with_hash("net"))
    folder = catalog.writable(catalog.torch_hub_folder())
    folder.mkdir(parents=True)
    (folder / f"{info.url.rpartition('/')[2]}.part").write_bytes(b"x" * 99)
    assert fetch(info)[1].read_bytes() == server.body
    assert server.asked == ["bytes=99-", ""]


def test_a_name_that_resembles_a_hash_is_not_verified(server):
    server.body = b"weights"
    assert fetch(server.info("vit.14-600e.pth.tar"))[1].read_bytes() == b"weights"
    assert fetch(server.info("net-imagenet.pth"))[1].read_bytes() == b"weights"


def test_the_message_for_a_missing_file_has_a_hint(server, own_folders):
    server.status = 404
    with pytest.raises(UserError, match="404") as fault:
        fetch(server.info("net-0123abcd.pth"))
    assert "tf_efficientnet_lite0" in fault.value.hint
    assert files_in(own_folders) == []


def test_a_stalled_download_can_be_stopped(server):
    server.body = bytes(4_000_000)
    server.go_on.clear()
    job = Job("inspect", lambda stop: downloads.fetch(server.info("net.pth"), stop))
    running = threading.Thread(target=job.run)
    running.start()
    wait_for(lambda: any(isinstance(word, Progress) and word.done > 0 for word in job.mailbox.copy()))
    job.cancel()
    running.join()  # would never end if it waited for the server
    assert type(job.mailbox[-1]).__name__ == "Cancelled"


def test_a_stopped_download_ends_when_its_server_answers(server, own_folders):
    server.body = bytes(4_000_000)
    server.go_on.clear()
    answers = iter([False, False, True])
    with pytest.raises(Interrupted):
        finish(downloads.fetch(server.info("net.pth"), lambda: next(answers)))
    server.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join()
    assert files_in(own_folders) == []


def test_a_stopped_download_does_not_affect_the_next_one(server, own_folders):
    server.body = bytes(4_000_000)
    server.go_on.clear()
    info = server.info("net.pth")
    answers = iter([False, False, True])
    with pytest.raises(Interrupted):
        finish(downloads.fetch(info, lambda: next(answers)))
    second = downloads.fetch(info, never)
    next(second), next(second)  # it has begun, while the first still waits for the server
    server.go_on.set()
    assert finish(second)[1].read_bytes() == server.body
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join()
    assert files_in(own_folders) == ["net.pth"]


def test_a_download_is_used_by_the_network(server, monkeypatch, tmp_path):
    torch.manual_seed(2)
    state = models.shufflenet_v2_x0_5(weights=None).state_dict()
    torch.save(state, tmp_path / "net.pth")
    server.body = (tmp_path / "net.pth").read_bytes()
    info = server.info(server.name_with_hash("shufflenet"))
    monkeypatch.setattr(catalog, "find", lambda name: info)
    loaded = load(BackboneSpec("shufflenet_v2_x0_5", image_size=64)).network.state_dict()
    assert all(torch.equal(loaded[name], state[name]) for name in loaded)
    assert catalog.whereabouts(info) == "on disk"


@pytest.mark.parametrize("name", ["resnet18", "resnet10t"])
def test_offline_missing_weights_name_the_bundled_backbone_and_a_file(monkeypatch, name):
    if name == "resnet18":  # a port without a server
        info = replace(catalog.find(name), url="http://127.0.0.1:9/resnet18-0123abcd.pth")
        monkeypatch.setattr(catalog, "find", lambda _: info)
    with pytest.raises(UserError) as fault:
        load(BackboneSpec(name, image_size=64))
    assert f"“{name}”" in fault.value.title
    assert "not on this computer" in fault.value.title
    assert "tf_efficientnet_lite0" in fault.value.hint
    assert "--weights FILE" in fault.value.hint


def test_a_network_without_pretrained_weights_is_never_silently_random():
    without = next(entry for entry in catalog.load() if not entry.weights and entry.macs < 1e9)
    with pytest.raises(UserError, match="no pretrained weights") as fault:
        load(BackboneSpec(without.name, image_size=64))
    assert "“none”" in fault.value.hint


def test_two_jobs_download_the_same_weights_once(server, tmp_path, monkeypatch):
    server.body = b"weights" * 1000
    info = server.info(server.name_with_hash("twice"))
    file = tmp_path / "twice.pth"
    monkeypatch.setattr(catalog, "cached_file", lambda _info: file if file.exists() else None)
    waiting = threading.Event()
    second = downloads.fetch(info, never)

    def from_web(info: catalog.BackboneInfo, transfer: object) -> Path:
        waiting.wait()
        assert not file.exists()
        file.write_bytes(server.body)
        return file

    monkeypatch.setattr(downloads, "_from_web", from_web)
    first = downloads.fetch(info, never)
    assert next(first) == Stage("download", f"Downloading {info.name}")
    assert next(second) == Stage("download", f"Waiting for {info.name}, which is being downloaded")
    waiting.set()
    assert finish(first)[1] == file
    assert finish(second)[1] == file


def test_a_waiting_job_can_stop_and_takes_over_a_stopped_download(server):
    server.body = b"weights"
    info = server.info(server.name_with_hash("taken_over"))
    server.go_on.clear()
    first = downloads.fetch(info, never)
    next(first)
    stopped = downloads.fetch(info, lambda: True)
    next(stopped)
    with pytest.raises(Interrupted):
        next(stopped)
    second = downloads.fetch(info, never)
    next(second)
    first.close()
    server.go_on.set()
    assert finish(second)[1].name == info.url.rsplit("/", 1)[-1]
