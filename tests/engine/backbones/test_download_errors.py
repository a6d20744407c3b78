"""Messages of failed downloads: what happened, and what to do."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import urllib.error
from email.message import Message

import pytest
from tiny import load

from studio.catalog import catalog
from studio.engine.backbones import download_errors
from studio.engine.backbones.download_errors import BrokenConnectionError
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import replace


def http_error(status: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://x/y", status, "no", Message(), None)


class ConnectError(Exception):
    """Exception with the name of the one that the hub's client raises."""


class RemoteProtocolError(Exception):
    """Exception with the name of the one that the hub's client raises where a server ends a connection."""


class ResponseError(Exception):
    """Exception with the response of a server that refused, as the hub's client raises it."""

    def __init__(self, status: int) -> None:
        self.response = type("Response", (), {"status_code": status})()


def with_cause(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


CASES = [
    (urllib.error.URLError(socket.gaierror(-2, "Name or service not known")), "there is no connection to"),
    (urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")), "there is no connection to"),
    (urllib.error.URLError(OSError(errno.ENETUNREACH, "Network is unreachable")), "there is no connection to"),
    (with_cause(RuntimeError("cannot find the file"), ConnectError("[Errno -2]")), "there is no connection to"),
    (None, "there is no connection to"),
    (urllib.error.URLError(TimeoutError("timed out")), "did not answer within 15 seconds"),
    (TimeoutError("The read operation timed out"), "did not answer within 15 seconds"),
    (urllib.error.URLError(ssl.SSLCertVerificationError("self-signed")), "the certificate of .* could not be verified"),
    (http_error(404), r"no longer has them \(status 404\)"),
    (http_error(403), r"refused access \(status 403\)"),
    (http_error(503), r"busy or out of order \(status 503\)"),
    (ResponseError(401), r"refused access \(status 401\)"),
    (with_cause(RuntimeError("x"), ResponseError(404)), r"no longer has them \(status 404\)"),
    (BrokenConnectionError(10, 50), "the connection broke after 10 of 50 bytes"),
    (ConnectionResetError(104, "Connection reset by peer"), "the connection broke"),
    (http.client.IncompleteRead(b""), "the connection broke"),
    (RemoteProtocolError("peer closed connection without sending complete message body"), "the connection broke"),
    (OSError(errno.ENOSPC, "No space left on device"), "the disk of .* is full"),
    (PermissionError(errno.EACCES, "Permission denied"), "cannot be written"),
    (ValueError("something odd"), "something odd"),
]


@pytest.mark.parametrize("name", ["resnet18", "resnet10t"])
@pytest.mark.parametrize(("error", "words"), CASES, ids=[words for _, words in CASES])
def test_the_message_has_reason_size_and_hint(monkeypatch, name, error, words):
    for switch in download_errors.OFFLINE_SETTINGS:
        monkeypatch.delenv(switch, raising=False)
    info = catalog.find(name)
    fault = download_errors.download_error(info, error, 15)
    with pytest.raises(
        UserError, match=rf"“{name}” \({info.download_mb:.0f} MB\) are not on this computer.*: .*{words}"
    ):
        raise fault
    assert "urlopen" not in str(fault)
    assert "Errno" not in str(fault)
    assert "choose the file (in the terminal --weights FILE)" in fault.hint
    assert len(fault.title) < 250


def test_the_hint_names_the_folder_of_the_file(own_folders):
    web = download_errors.download_error(catalog.find("resnet18"), None, 15).hint
    assert str(own_folders / "torch" / "hub" / "checkpoints") in web
    assert catalog.find("resnet18").url in web
    hub = download_errors.download_error(catalog.find("resnet10t"), None, 15).hint
    assert f"model.safetensors of huggingface.co/{catalog.find('resnet10t').url[3:]}" in hub


def test_a_setting_that_disables_downloads_is_named(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match=r"switched off here \(HF_HUB_OFFLINE is set\)") as fault:
        load(BackboneSpec("resnet10t", image_size=64))
    assert "Unset HF_HUB_OFFLINE" in fault.value.hint


def test_the_message_for_an_unreachable_server_has_no_internals(monkeypatch):
    info = replace(catalog.find("resnet18"), url="http://127.0.0.1:9/resnet18-0123abcd.pth")
    monkeypatch.setattr(catalog, "find", lambda _: info)
    with pytest.raises(UserError, match=r"there is no connection to 127\.0\.0\.1"):
        load(BackboneSpec("resnet18", image_size=64))
