"""What VK's own kinds of event mean, and what exactly VK is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from channels_social.vk.channel import VkChannel
from channels_social.vk.client import download, mark_read, profile, typing
from channels_social.vk.payloads import DENIED
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    Event,
    FileReference,
    HandleKind,
    HttpAnswer,
    InboundAttachment,
    InboundMessage,
    MessageEdited,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    Reachability,
    Reaction,
    ReceiptState,
    ReceiptUpTo,
    Sender,
    Typing,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT, SENT_AT, a_picture
from tests.contract.test_vk import call, delivery, message, said
from tests.platforms.base import Answer, as_json
from tests.platforms.vk import ACCESS_TOKEN, COMMUNITY, CONFIRMATION, PERSON, SECRET, VkStandIn

SIZES = [
    {"type": "s", "url": "https://sun1.userapi.com/s.jpg", "width": 75, "height": 56},
    {"type": "w", "url": "https://sun1.userapi.com/w.jpg", "width": 1280, "height": 960},
    {"type": "x", "url": "https://sun1.userapi.com/x.jpg", "width": 604, "height": 453},
]
ADA = Sender(PERSON, HandleKind.SOCIAL)


@pytest.fixture
def platform() -> Iterator[VkStandIn]:
    with VkStandIn() as stand_in:
        yield stand_in


def account(platform: VkStandIn | None = None, /, **secrets: str) -> AccountConfig:
    base = platform.url if platform else "http://127.0.0.1:9"
    kept = {"access_token": ACCESS_TOKEN, "secret": SECRET} | secrets
    settings = {"api_base": base, "confirmation": CONFIRMATION}
    return AccountConfig(5, "Shop", COMMUNITY, kept, settings)


def parsed(document: dict[str, Any]) -> Event:
    (event,) = VkChannel(account()).parse(delivery(document))
    return event


def understood(text: str = "", **members: Any) -> InboundMessage:
    event = parsed(said(text, **members))
    assert isinstance(event, InboundMessage)
    return event


def out(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=PERSON, text=text, **fields)


def asked(platform: VkStandIn, number: int = -1) -> dict[str, str]:
    """Return the form of one of our calls."""
    return {name: values[0] for name, values in parse_qs(platform.calls[number].body.decode()).items()}


def test_who_wrote_what_and_where_they_came_from() -> None:
    answered = message("earlier", conversation_message_id=70)
    event = understood("Привет", reply_message=answered, ref="sale", ref_source="wall", payload='{"command":"start"}')
    assert event == InboundMessage(
        external_id=f"{PERSON}:77",
        sender=Sender(PERSON, HandleKind.SOCIAL, language="ru"),
        text="Привет",
        sent_at=SENT_AT,
        thread_refs=(f"{PERSON}:70",),
        metadata={"button": '{"command":"start"}', "referral": "sale", "referral_source": "wall"},
    )


@pytest.mark.parametrize(
    ("attachment", "name", "content_type", "url"),
    [
        ({"type": "photo", "photo": {"id": 1, "sizes": SIZES}}, "photo.jpg", "image/jpeg", SIZES[1]["url"]),
        (
            {"type": "photo", "photo": {"sizes": SIZES, "orig_photo": {"url": "https://o"}}},
            "photo.jpg",
            "image/jpeg",
            "https://o",
        ),
        (
            {"type": "doc", "doc": {"title": "счёт", "ext": "pdf", "url": "https://vk.com/doc1_2"}},
            "счёт.pdf",
            "application/octet-stream",
            "https://vk.com/doc1_2",
        ),
        (
            {"type": "doc", "doc": {"title": "a.PDF", "ext": "pdf", "url": "https://d"}},
            "a.PDF",
            "application/octet-stream",
            "https://d",
        ),
        ({"type": "audio_message", "audio_message": {"link_mp3": "https://v"}}, "voice.mp3", "audio/mpeg", "https://v"),
        ({"type": "graffiti", "graffiti": {"url": "https://g"}}, "graffiti.png", "image/png", "https://g"),
        (
            {"type": "sticker", "sticker": {"sticker_id": 9, "images": SIZES}},
            "sticker.png",
            "image/png",
            SIZES[1]["url"],
        ),
        ({"type": "gift", "gift": {"id": 1, "thumb_256": "https://t"}}, "gift.jpg", "image/jpeg", "https://t"),
    ],
)
def test_files_to_fetch(attachment: dict[str, Any], name: str, content_type: str, url: str) -> None:
    event = understood("see", attachments=[attachment])
    assert event.text == "see"
    assert event.attachments == (InboundAttachment(name, content_type, FileReference(url)),)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"geo": {"coordinates": {"latitude": 59.93, "longitude": 30.36}, "place": {"title": "Кафе"}}},
            "📍 Кафе\ngeo:59.93,30.36",
        ),
        ({"attachments": [{"type": "sticker", "sticker": {"sticker_id": 9}}]}, "❔ sticker 9"),
        ({"attachments": [{"type": "audio", "audio": {"artist": "Bach", "title": "Air"}}]}, "🎵 Bach – Air"),
        ({"attachments": [{"type": "poll", "poll": {"question": "Tea?"}}]}, "❔ poll\nTea?"),
        ({"attachments": [{"type": "link", "link": {"url": "https://a", "title": "A"}}]}, "🔗 A\nhttps://a"),
        (
            {"attachments": [{"type": "video", "video": {"owner_id": -5, "id": 6, "title": "Film"}}]},
            "🔗 Film\nhttps://vk.com/video-5_6",
        ),
        (
            {"attachments": [{"type": "wall", "wall": {"to_id": -5, "id": 6, "text": "Sale"}}]},
            "🔗 Sale\nhttps://vk.com/wall-5_6",
        ),
        (
            {"attachments": [{"type": "market", "market": {"owner_id": -5, "id": 6, "title": "Cup"}}]},
            "🔗 Cup\nhttps://vk.com/product-5_6",
        ),
        ({"attachments": [{"type": "doc", "doc": {"title": "a", "ext": "zip"}}]}, "❔ a.zip"),
        ({"attachments": [{"type": "call", "call": {}}]}, "❔ call"),
        ({"attachments": [{"type": "hologram"}]}, "❔ hologram"),
        ({}, "❔"),
    ],
)
def test_what_is_no_file(members: dict[str, Any], text: str) -> None:
    event = understood(**members)
    assert (event.text, event.attachments) == (text, ())


def test_forwarded_messages_come_along() -> None:
    inner = {"text": "inner", "attachments": [{"type": "graffiti", "graffiti": {"url": "https://g"}}]}
    event = understood("look", fwd_messages=[{"text": "outer", "fwd_messages": [inner]}])
    assert event.text == "look\n↪ outer\n↪ inner"
    assert [file.content for file in event.attachments] == [FileReference("https://g")]
    assert event.metadata == {"forwarded": True}


def test_edits_of_the_customer_only() -> None:
    edited = message("better", update_time=int(SENT_AT.timestamp()) + 60)
    expected = MessageEdited(f"{PERSON}:77", "better", edited_at=SENT_AT + timedelta(minutes=1))
    assert parsed(call("message_edit", edited)) == expected
    ours = call("message_edit", message("ours") | {"from_id": -int(COMMUNITY)})
    assert VkChannel(account()).parse(delivery(ours)) == []


def test_what_the_community_said() -> None:
    answer = message("Здравствуйте", payload='{"key": "our-key"}') | {"from_id": -int(COMMUNITY), "out": 1}
    expected = Echo(f"{PERSON}:77", recipient=ADA, text="Здравствуйте", sent_at=SENT_AT, key="our-key")
    assert parsed(call("message_reply", answer)) == expected
    for foreign in ("", "[1]", "{", '{"key": 7}'):
        assert parsed(call("message_reply", answer | {"payload": foreign})) == replace(expected, key="")


def test_reading_typing_and_reactions() -> None:
    mark = {"from_id": 500100, "peer_id": 500100, "read_message_id": 1080, "conversation_message_id": 80}
    assert parsed(call("message_read", mark)) == ReceiptUpTo(PERSON, ReceiptState.READ, until=RECEIVED_AT)
    sign = {"state": "typing", "from_id": 500100, "to_id": -219000001}
    assert parsed(call("message_typing_state", sign)) == Typing(ADA, at=RECEIVED_AT)
    change = {"reacted_id": 500100, "peer_id": 500100, "cmid": 80}
    for number, emoji in [({"reaction_id": 4}, "👍"), ({"reaction_id": 60}, "❔"), ({}, "")]:
        event = parsed(call("message_reaction_event", change | number))
        assert event == Reaction(f"{PERSON}:80", ADA, emoji, at=RECEIVED_AT)


def test_who_may_be_written_to() -> None:
    assert parsed(call("message_allow", {"user_id": 500100, "key": ""})) == Reachability(PERSON, True, RECEIVED_AT)
    assert parsed(call("message_deny", {"user_id": 500100})) == Reachability(PERSON, False, RECEIVED_AT, DENIED)


@pytest.mark.parametrize(
    ("payload", "text", "data"),
    [
        ({"label": "Да", "n": 1}, "Да", '{"label": "Да", "n": 1}'),
        ({"n": 1}, '{"n": 1}', '{"n": 1}'),
        ("yes", "yes", "yes"),
    ],
)
def test_buttons_of_other_programs(payload: Any, text: str, data: str) -> None:
    press = {"user_id": 500100, "peer_id": 500100, "event_id": "abc", "payload": payload, "conversation_message_id": 80}
    assert parsed(call("message_event", press)) == InboundMessage(
        external_id=f"{PERSON}:button:abc",
        sender=ADA,
        text=text,
        sent_at=RECEIVED_AT,
        thread_refs=(f"{PERSON}:80",),
        metadata={"button": data},
    )


def test_vk_asks_for_its_word() -> None:
    channel = VkChannel(account())
    assert channel.handshake(delivery(call("confirmation"))) == HttpAnswer(CONFIRMATION.encode())
    without_key = {"type": "confirmation", "group_id": int(COMMUNITY)}
    assert channel.handshake(delivery(without_key)) == HttpAnswer(CONFIRMATION.encode())
    for wrong in (call("confirmation", group_id=1), call("confirmation", secret="other")):
        with pytest.raises(WebhookRejected):
            channel.handshake(delivery(wrong))
    with pytest.raises(WebhookRejected):
        VkChannel(replace(account(), settings={})).handshake(delivery(without_key))


def test_whom_it_believes() -> None:
    raw = delivery(said("Hello"))
    VkChannel(account()).verify(raw)
    VkChannel(account(secret="replaced")).verify(delivery(said("Hello") | {"secret": "replaced"}))
    refused = [
        (account(secret="replaced"), raw),  # a key that was replaced
        (replace(account(), address="1"), raw),
        (account(), replace(raw, method="GET")),
        (account(), replace(raw, body=b"not json")),
        (account(), delivery(said("Hello") | {"secret": [SECRET]})),
    ]
    for config, forged in refused:
        with pytest.raises(WebhookRejected):
            VkChannel(config).verify(forged)


def test_an_answer_with_buttons_quotes(platform: VkStandIn) -> None:
    many = ("Да", "a label of far more than the forty letters that fit", "3")
    result = VkChannel(account(platform)).send(out("ok?", reply_to=f"{PERSON}:77", quick_replies=many))
    form = asked(platform)
    number = form.pop("random_id")
    assert json.loads(form.pop("keyboard")) == {
        "inline": True,
        "buttons": [
            [
                {"action": {"type": "text", "label": "Да"}},
                {"action": {"type": "text", "label": "a label of far more than the forty lett…"}},
            ],
            [{"action": {"type": "text", "label": "3"}}],
        ],
    }
    assert json.loads(form.pop("forward")) == {"peer_id": 500100, "conversation_message_ids": [77], "is_reply": True}
    assert form == {
        "peer_ids": PERSON,
        "group_id": COMMUNITY,
        "payload": '{"key": "k-1"}',
        "disable_mentions": "1",
        "message": "ok?",
        "access_token": ACCESS_TOKEN,
        "v": "5.199",
    }
    assert result.external_id == platform.taken[0].external_id == f"{PERSON}:1"
    VkChannel(account(platform)).send(out("ok?"))
    assert (asked(platform)["random_id"], len(platform.taken)) == (number, 1)


def test_photos_and_documents_are_uploaded(platform: VkStandIn) -> None:
    paper = OutboundAttachment("счёт “1”.pdf", "application/pdf", 8, open=lambda: b"%PDF-1.7")
    VkChannel(account(platform)).send(out("see", attachments=(a_picture("图.png"),)))
    VkChannel(account(platform)).send(replace(out("", attachments=(paper,)), key="k-2"))
    assert [(one.text, one.files) for one in platform.taken] == [
        ("see", (("图.png", PNG),)),
        ("", (("счёт “1”.pdf", b"%PDF-1.7"),)),
    ]
    assert [one.path.rpartition("/")[2] for one in platform.calls] == [
        "photos.getMessagesUploadServer",
        "photo",
        "photos.saveMessagesPhoto",
        "messages.send",
        "docs.getMessagesUploadServer",
        "file",
        "docs.save",
        "messages.send",
    ]
    with pytest.raises(SendFailed, match="one file"):
        VkChannel(account(platform)).send(out("", attachments=(paper, paper)))


def test_what_vk_takes_from_nobody_goes_as_a_link(platform: VkStandIn) -> None:
    def link(lifetime: timedelta) -> str:
        return f"https://desk.example/{lifetime.days}"

    song = OutboundAttachment("song.MP3", "audio/mpeg", 3, open=lambda: b"ID3", link=link)
    VkChannel(account(platform)).send(out("listen", attachments=(song,)))
    assert (platform.taken[0].text, platform.taken[0].files) == ("listen\n\n📎 song.MP3\nhttps://desk.example/30", ())


def test_an_upload_that_fails_sends_nothing(platform: VkStandIn) -> None:
    empty = OutboundAttachment("a.pdf", "application/pdf", 0, open=lambda: b"")
    no_picture = OutboundAttachment("a.png", "image/png", 3, open=lambda: b"no picture")
    for file, reason in [(empty, "VK refused. (Invalid file)"), (no_picture, "VK refused. (")]:
        with pytest.raises(SendFailed) as failure:
            VkChannel(account(platform)).send(out("", attachments=(file,)))
        assert failure.value.reason.startswith(reason)
    assert platform.taken == []


@pytest.mark.parametrize(
    ("code", "reason", "wait"),
    [
        (5, "VK does not accept the access token of this account.", None),
        (7, "VK does not allow the access token of this account to do that.", None),
        (6, "VK asks to slow down.", 1),
        (9, "VK asks to slow down.", 60),
        (29, "VK asks to slow down.", 3600),
        (900, "The community has blocked this customer.", None),
        (901, "The customer does not allow this community to write to them.", None),
        (914, "VK finds this message too long.", None),
        (950, "The customer wrote too long ago for VK to take an answer.", None),
        (100, "VK refused. (peer_id is invalid)", None),
    ],
)
def test_what_goes_wrong_comes_with_200(platform: VkStandIn, code: int, reason: str, wait: float | None) -> None:
    said_no = as_json({"error": {"error_code": code, "error_msg": "peer_id is invalid", "request_params": []}})
    platform.answer = lambda _call: said_no  # type: ignore[method-assign]
    with pytest.raises(SendFailed) as failure:
        VkChannel(account(platform)).send(out())
    assert (failure.value.reason, getattr(failure.value, "retry_after", None)) == (reason, wait)
    assert isinstance(failure.value, SendUnavailable) is (wait is not None)


def test_a_no_within_the_answer(platform: VkStandIn) -> None:
    platform.people.clear()
    with pytest.raises(SendFailed, match="does not allow this community"):
        VkChannel(account(platform)).send(out())
    assert platform.taken == []


@pytest.mark.parametrize("answer", [Answer(b"ok"), as_json({"response": 7}), as_json({"response": []})])
def test_an_answer_without_sense_leaves_it_open(platform: VkStandIn, answer: Answer) -> None:
    platform.answer = lambda _call: answer  # type: ignore[method-assign]
    with pytest.raises(SendUncertain):
        VkChannel(account(platform)).send(out())


def test_too_many_requests_by_status(platform: VkStandIn) -> None:
    platform.answer = lambda _call: as_json({}, 429, {"Retry-After": "9"})  # type: ignore[method-assign]
    with pytest.raises(SendUnavailable) as busy:
        VkChannel(account(platform)).send(out())
    assert busy.value.retry_after == 9


def test_signs_and_names(platform: VkStandIn) -> None:
    typing(account(platform), PERSON)
    mark_read(account(platform), PERSON, f"{PERSON}:77")
    mark_read(account(platform), PERSON, f"{PERSON}:button:abc")
    assert platform.signs == [("typing", PERSON, "typing"), ("read", PERSON, "77")]
    assert profile(account(platform), PERSON) == Profile(name="Ада Лавлейс")
    with pytest.raises(SendUnavailable):
        profile(account(platform), "7")


def test_files_come_from_vk_only(platform: VkStandIn) -> None:
    platform.media["/doc1_2"] = PNG
    assert download(account(platform), f"{platform.url}/doc1_2").data == PNG
    for elsewhere in ("https://vk.com.evil.example/a", "http://169.254.169.254/latest", "file:///etc/passwd"):
        with pytest.raises(SendFailed, match="no longer has this file"):
            download(account(platform), elsewhere)


def test_the_moment_of_an_edit_without_one() -> None:
    event = parsed(call("message_edit", message("x", date=1772600767)))
    assert event == MessageEdited(f"{PERSON}:77", "x", edited_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
