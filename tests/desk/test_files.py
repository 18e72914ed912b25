"""Files: pictures in place, everything else as a download, never to somebody who may not see the conversation."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from csplatform.conversations.models import Attachment, Conversation
from csplatform.gateway.contract import FileBytes, FileReference, InboundAttachment
from csplatform.gateway.models import ChannelAccount
from tests.desk.conftest import text_of
from tests.factories import make_team, say

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


OGG = b"OggS\x00" + bytes(range(100))


def keep(account: ChannelAccount, name: str, content_type: str, data: bytes) -> Attachment:
    file = InboundAttachment(name, content_type, FileBytes(data))
    return say(account, "see", sender="f", attachments=(file,)).attachments.get()


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("name", "claimed", "data", "content_type", "disposition"),
    [
        ("cup.png", "image/png", PNG, "image/png", "inline"),
        ("photo.png", "text/html", PNG, "image/png", "inline"),
        ("evil.svg", "image/svg+xml", b"<svg onload=alert(1)>", "application/octet-stream", "attachment"),
        ("page.html", "text/html", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("bill.pdf", "application/pdf", b"%PDF-1.4", "application/pdf", "inline"),
        ("said.ogg", "audio/ogg", OGG, "audio/ogg", "inline"),
        ("page.zip", "application/zip", b"PK\x03\x04", "application/octet-stream", "attachment"),
    ],
)
def test_how_a_file_is_served(
    desk: Client, account: ChannelAccount, name: str, claimed: str, data: bytes, content_type: str, disposition: str
) -> None:
    response: Any = desk.get(f"/files/{keep(account, name, claimed, data).key}/")
    assert body(response) == data
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].startswith(disposition)
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy or content_type == "application/pdf"


def test_a_name_in_chinese_survives(desk: Client, account: ChannelAccount) -> None:
    response: Any = desk.get(f"/files/{keep(account, '发票 11月.pdf', 'application/pdf', b'%PDF-1.4').key}/")
    assert "filename*=utf-8''%E5%8F%91%E7%A5%A8%2011%E6%9C%88.pdf" in response["Content-Disposition"]
    response.close()


def test_files_of_other_teams_and_of_nobody(desk: Client, account: ChannelAccount) -> None:
    secret = keep(account, "a.png", "image/png", PNG)
    Conversation.objects.update(team=make_team())
    assert desk.get(f"/files/{secret.key}/").status_code == 404
    assert desk.get(f"/files/{uuid4()}/").status_code == 404
    assert Client().get(f"/files/{secret.key}/").status_code == 302


def test_files_on_their_way_and_files_that_are_lost(desk: Client, account: ChannelAccount) -> None:
    file = InboundAttachment("later.jpg", "image/jpeg", FileReference("ref-1"))
    row = say(account, "see", sender="f", attachments=(file,)).conversation
    attachment = Attachment.objects.get()
    page = f"/inbox/c/{row.pk}/"
    assert "On its way" in text_of(desk.get(page))
    assert desk.get(f"/files/{attachment.key}/").status_code == 404
    Attachment.objects.update(error="the platform deleted it")
    assert "Could not be fetched: the platform deleted it" in text_of(desk.get(page))


@pytest.mark.parametrize(
    ("asked", "status", "got", "said"),
    [
        ("bytes=0-9", 206, OGG[:10], f"bytes 0-9/{len(OGG)}"),
        ("bytes=100-", 206, OGG[100:], f"bytes 100-{len(OGG) - 1}/{len(OGG)}"),
        ("bytes=5-9999", 206, OGG[5:], f"bytes 5-{len(OGG) - 1}/{len(OGG)}"),
        ("bytes=9999-", 416, b"", f"bytes */{len(OGG)}"),
        ("bytes=0-1,3-4", 200, OGG, None),
        ("lines=0-1", 200, OGG, None),
    ],
)
def test_sound_is_played_in_parts(
    desk: Client, account: ChannelAccount, asked: str, status: int, got: bytes, said: str | None
) -> None:
    key = keep(account, "said.ogg", "audio/ogg", OGG).key
    response: Any = desk.get(f"/files/{key}/", headers={"Range": asked})
    assert (response.status_code, response.get("Content-Range")) == (status, said)
    assert (body(response) if response.streaming else response.content) == got
