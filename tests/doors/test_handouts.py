"""Addresses of files: whoever has one needs nothing else, for as long as it was made for."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from csplatform.common import clock
from csplatform.conversations.models import Attachment
from csplatform.flows import handouts
from csplatform.flows.reply import reply
from csplatform.gateway.contract import FileBytes, InboundAttachment
from tests.factories import make_account, make_conversation, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
OGG = b"OggS\x00" + bytes(range(100))
HOUR = timedelta(hours=1)


def keep(name: str = "图 1.PNG", content_type: str = "image/png", data: bytes = PNG) -> Attachment:
    file = InboundAttachment(name, content_type, FileBytes(data))
    return say(make_account(), attachments=(file,)).attachments.get()


def path(file: Attachment, lifetime: timedelta = HOUR) -> str:
    return urlsplit(handouts.address(file, lifetime)).path


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_an_address_says_nothing_and_can_be_fetched_by_anybody(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://desk.example"
    address = handouts.address(keep(), HOUR)
    assert address.startswith("https://desk.example/handed/")
    assert address.endswith("/file.png")
    assert len(address) < 200
    response: Any = client.get(urlsplit(address).path)
    assert body(response) == PNG
    assert {name: response[name] for name in ("Content-Type", "Content-Length", "Cache-Control", "X-Robots-Tag")} == {
        "Content-Type": "image/png",
        "Content-Length": str(len(PNG)),
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
    }
    assert response["Content-Disposition"] == "inline; filename*=utf-8''%E5%9B%BE%201.PNG"
    assert (response["Referrer-Policy"], response["X-Content-Type-Options"]) == ("no-referrer", "nosniff")
    assert not response.cookies


@pytest.mark.parametrize(
    ("name", "content_type", "data"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("evil.svg", "image/svg+xml", b"<svg onload=alert(1)>"),
        ("bill.pdf", "application/pdf", b"%PDF-1.4"),
    ],
)
def test_what_could_run_is_saved_and_keeps_its_type(client: Client, name: str, content_type: str, data: bytes) -> None:
    response: Any = client.get(path(keep(name, content_type, data)))
    assert body(response) == data
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Type"] == content_type


def test_sound_can_be_asked_for_in_part(client: Client) -> None:
    file = path(keep("said.ogg", "audio/ogg", OGG))
    response: Any = client.get(file, headers={"Range": "bytes=5-9"})
    assert (response.status_code, body(response)) == (206, bytes(range(5)))
    assert client.get(file, headers={"Range": "bytes=900-"}).status_code == 416
    head: Any = client.head(file)
    assert (head.status_code, head["Accept-Ranges"]) == (200, "bytes")
    head.close()


def test_an_address_expires(client: Client) -> None:
    file = path(keep())
    with clock.frozen(clock.now() + HOUR - timedelta(seconds=2)):
        response: Any = client.get(file)
        assert body(response) == PNG
    with clock.frozen(clock.now() + HOUR):
        late = client.get(file)
    assert (late.status_code, late["Cache-Control"]) == (410, "private, no-store")
    assert PNG not in late.content


def test_nothing_else_opens_a_file(client: Client) -> None:
    file = keep()
    key, until, signature = path(file).split("/")[2].split(":")
    other_salt = signing.Signer(salt="another").sign(f"{key}:{until}")
    for token in (
        f"{key}:{int(until) + 1}:{signature}",
        f"{uuid4().hex}:{until}:{signature}",
        f"{key}:{until}:{signature[:-1]}",
        f"{key}:{until}:",
        key,
        str(file.key),
        other_salt,
    ):
        assert client.get(f"/handed/{token}/file.png").status_code == 404
    assert client.post(path(file)).status_code == 405


def test_a_file_whose_message_was_deleted_is_gone(client: Client) -> None:
    file = keep()
    file.message.deleted_at = clock.now()
    file.message.save(update_fields=["deleted_at"])
    assert client.get(path(file)).status_code == 404


def test_a_file_that_is_sent_has_such_an_address(client: Client, rung: Any) -> None:
    upload = SimpleUploadedFile("cup.png", PNG, "image/png")
    with rung():
        reply(make_conversation().pk, by=make_user(), text="see", key=uuid4(), files=[upload])
    (sent,) = [sent for sent in LoopbackChannel.sent if sent.attachments]
    response: Any = client.get(urlsplit(sent.attachments[0].link(HOUR)).path)
    assert body(response) == PNG
