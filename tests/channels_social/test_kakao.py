"""KakaoTalk consultation: what its messages mean, what the partner is asked, and a story through the real door."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from channels_social.kakao import client
from channels_social.kakao.channel import KakaoChannel
from channels_social.kakao.payloads import ENDED
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation
from csplatform.flows.reply import reply
from csplatform.gateway.contract import (
    AccountConfig,
    Download,
    Event,
    FileReference,
    Finding,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    Reachability,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUncertain, WebhookRejected
from csplatform.gateway.models import InboundDelivery
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG, SENT_AT
from tests.contract.test_kakao import delivery, said
from tests.factories import make_account, make_user
from tests.platforms.base import Answer, Part, Refused
from tests.platforms.kakao import CLIENT_ID, CLIENT_SECRET, PERSON, SENDER_KEY, WEBHOOK_KEY, KakaoStandIn

PHOTO = "http://dn-m.talk.kakao.com/talkm/o1/i_1.jpg"
SECRETS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "webhook_key": WEBHOOK_KEY}


@pytest.fixture
def platform() -> Iterator[KakaoStandIn]:
    with KakaoStandIn() as stand_in:
        yield stand_in


def account(platform: KakaoStandIn | None = None, **secrets: str) -> AccountConfig:
    base = platform.url if platform else "http://127.0.0.1:9"
    return AccountConfig(6, "Shop", SENDER_KEY, SECRETS | secrets, {"api_base": base})


def parsed(document: dict[str, Any], kind: str = "message") -> list[Event]:
    return KakaoChannel(account()).parse(delivery(document, kind))


def out(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=PERSON, text=text, **fields)


@pytest.mark.parametrize(
    ("content", "text", "files"),
    [
        ({"type": "text", "content": "환불 부탁드립니다"}, "환불 부탁드립니다", []),
        ({"message_type": "TX", "message": "환불"}, "환불", []),
        ({"type": "photo", "attachment": {"url": PHOTO}}, "", [("photo.jpg", "image/jpeg", PHOTO)]),
        ({"message_type": "IM", "image_url": PHOTO}, "", [("photo.jpg", "image/jpeg", PHOTO)]),
        (
            {"type": "file", "attachment": {"url": PHOTO, "name": "영수증.pdf"}},
            "",
            [("영수증.pdf", "application/octet-stream", PHOTO)],
        ),
        ({"type": "hologram", "content": "?"}, "❔ hologram", []),
    ],
)
def test_kinds_of_message(content: dict[str, Any], text: str, files: list[tuple[str, str, str]]) -> None:
    time = int(SENT_AT.timestamp() * 1000)
    assert parsed(said(**content)) == [
        InboundMessage(
            external_id=f"{PERSON}:{time}",
            sender=Sender(PERSON, HandleKind.SOCIAL),
            text=text,
            sent_at=SENT_AT,
            attachments=tuple(InboundAttachment(name, kind, FileReference(url)) for name, kind, url in files),
        )
    ]


def test_a_consultation_ends() -> None:
    assert parsed(said(), "expired_session") == [Reachability(PERSON, False, SENT_AT, ENDED)]


def test_a_new_key_ends_the_old_one() -> None:
    raw = delivery(said(type="text", content="x"))
    KakaoChannel(account()).verify(raw)
    with pytest.raises(WebhookRejected):
        KakaoChannel(account(webhook_key="a-new-one")).verify(raw)


def test_a_file_is_handed_to_kakao_first(platform: KakaoStandIn) -> None:
    bill = OutboundAttachment("영수증.pdf", "application/pdf", 4, lambda: b"%PDF")
    KakaoChannel(account(platform)).send(out("", attachments=(bill,)))
    (taken,) = platform.taken
    assert taken.files == (("영수증.pdf", b"%PDF"),)
    assert [call.path for call in platform.calls] == ["/v1/file/upload", "/v1/chat/write"]
    assert platform.calls[1].json() == {
        "user_key": PERSON,
        "sender_key": SENDER_KEY,
        "serial_number": taken.external_id,
        "message_type": "FI",
        "file_url": f"{platform.url}/dn/0/file",
        "file_name": "영수증.pdf",
        "file_size": 4,
    }


@pytest.mark.parametrize(
    ("status", "said_no", "reason"),
    [
        (401, "Unauthorized", client.BAD_LOGIN),
        (200, "InvalidSenderException(senderKey: x)", client.BAD_SENDER),
        (200, "NoSessionException", client.NO_SESSION),
        (200, "FailedToUploadFileException", "The partner refused. (FailedToUploadFileException)"),
    ],
)
def test_what_goes_wrong(platform: KakaoStandIn, status: int, said_no: str, reason: str) -> None:
    answer = platform.refusal(Refused(status, said_no, -505))
    platform.answer = lambda _call: answer  # type: ignore[method-assign]
    with pytest.raises(SendFailed) as failure:
        KakaoChannel(account(platform)).send(out())
    assert failure.value.reason == reason


def test_an_answer_without_sense_leaves_it_open(platform: KakaoStandIn) -> None:
    platform.answer = lambda _call: Answer(b"ok")  # type: ignore[method-assign]
    with pytest.raises(SendUncertain):
        KakaoChannel(account(platform)).send(out())


def test_files_are_fetched_from_kakao_only(platform: KakaoStandIn) -> None:
    platform.media["/dn/1"] = Part(PNG, "", "image/png")
    assert client.download(account(platform), f"{platform.url}/dn/1") == Download(PNG, "image/png")
    for elsewhere in ("http://169.254.169.254/latest", "https://notkakao.com/1", "https://kakao.com.example/1"):
        with pytest.raises(SendFailed):
            client.download(account(platform), elsewhere)


def test_what_is_entered() -> None:
    assert KakaoChannel.abilities.check is not None
    words = "Everything is entered. Whether the partner takes it, only a message can tell."
    assert KakaoChannel.abilities.check(account()) == [Finding("What is entered", True, words)]
    (missing,) = KakaoChannel.abilities.check(account(webhook_key=""))
    assert missing.words == "The key is missing, so every call of the partner is turned away."


def test_a_kakao_customer(web: str, platform: KakaoStandIn) -> None:
    shop = make_account("kakao", address=SENDER_KEY, credentials=SECRETS, settings={"api_base": platform.url})
    platform.door = f"{web}/hooks/{shop.token}/"
    platform.media["/dn/photo"] = Part(PNG, "", "image/png")
    photo = platform.said(type="photo", attachment={"url": f"{platform.url}/dn/photo"})
    assert platform.tell("message", photo, key="guessed").status_code == 403
    for _time in range(2):
        assert platform.tell("message", photo).status_code == 200
    assert platform.tell("reference", platform.said(reference={"extra": "shop"})).status_code == 200
    conversation = Conversation.objects.get()
    assert content(Attachment.objects.get()) == PNG

    upload = SimpleUploadedFile("새것.png", PNG, "image/png")
    answer = reply(conversation.pk, by=make_user(), text="이렇게요", key=uuid4(), files=[upload])
    assert [(one.recipient, one.text, one.files) for one in platform.taken] == [
        (PERSON, "이렇게요", ()),
        (PERSON, "", (("새것.png", PNG),)),
    ]
    assert state(answer) == "accepted"

    platform.sessions.clear()
    late = reply(conversation.pk, by=make_user(), text="?", key=uuid4())
    assert (state(late), late.state_reason) == ("failed", client.NO_SESSION)
    platform.tell("expired_session", platform.said())
    assert Handle.objects.get().paused_at is not None
    assert InboundDelivery.objects.exclude(state="done").count() == 0
