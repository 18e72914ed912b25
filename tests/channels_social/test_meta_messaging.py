"""What the calls of Messenger and Instagram mean: one format, told here by Messenger's."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels_social.messenger.channel import MessengerChannel
from channels_social.meta.files import is_metas
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    Event,
    FileReference,
    HandleKind,
    HttpAnswer,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reaction,
    Receipt,
    ReceiptState,
    ReceiptUpTo,
    Sender,
)
from csplatform.gateway.errors import Unreadable, WebhookRejected
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.test_messenger import call, delivery, happening
from tests.platforms.messenger import PAGE
from tests.platforms.meta import APP_SECRET, PERSON

ADA = Sender(PERSON, HandleKind.SOCIAL)
CDN = "https://scontent.xx.fbcdn.net/v/t1/"


def account(**changes: Any) -> AccountConfig:
    secrets = {"access_token": "EAAG", "app_secret": APP_SECRET, "verify_token": "ein Wort über uns"}
    return replace(AccountConfig(3, "Page", PAGE, secrets, {}), **changes)


def parse(kind: str, content: Any, **more: Any) -> list[Event]:
    return MessengerChannel(account()).parse(delivery(call(happening(kind, content, **more))))


def said(**content: Any) -> InboundMessage:
    (event,) = parse("message", {"mid": "m_1", **content})
    assert isinstance(event, InboundMessage)
    return event


def attached(kind: str, **payload: Any) -> InboundMessage:
    return said(attachments=[{"type": kind, "payload": payload}])


# Meta tests the address, and signs


def knock(**query: str) -> RawDelivery:
    return RawDelivery(body=b"", headers={}, query=query, method="GET", received_at=RECEIVED_AT)


def test_challenge_is_echoed_to_whoever_knows_the_word() -> None:
    knocking = {"hub.mode": "subscribe", "hub.verify_token": "ein Wort über uns", "hub.challenge": "1158201444"}
    assert MessengerChannel(account()).handshake(knock(**knocking)) == HttpAnswer(b"1158201444")
    with pytest.raises(WebhookRejected):
        MessengerChannel(account()).handshake(knock(**knocking | {"hub.verify_token": "ein Wort"}))
    with pytest.raises(WebhookRejected):
        MessengerChannel(account(credentials={})).handshake(knock(**{"hub.mode": "subscribe"}))
    assert MessengerChannel(account()).handshake(knock()) is None


def test_a_new_app_secret_counts_at_once_and_the_old_one_no_more() -> None:
    raw = delivery(call(), secret="the next secret of the app")
    with pytest.raises(WebhookRejected):
        MessengerChannel(account()).verify(raw)
    MessengerChannel(account(credentials={"app_secret": "the next secret of the app"})).verify(raw)
    with pytest.raises(WebhookRejected):
        MessengerChannel(account(credentials={"app_secret": "the next secret of the app"})).verify(delivery(call()))
    with pytest.raises(WebhookRejected, match="POST"):
        MessengerChannel(account()).verify(replace(delivery(call()), method="GET"))


# What was said


def test_text_with_everything_around_it() -> None:
    message = said(
        text="Blue",
        quick_reply={"payload": "COLOUR_BLUE"},
        reply_to={"mid": "m_0"},
        referral={"ref": "spring", "source": "ADS", "ads_context_data": {"ad_title": "Spring sale"}},
    )
    assert message == InboundMessage(
        external_id="m_1",
        sender=ADA,
        text="Blue",
        sent_at=SENT_AT,
        thread_refs=("m_0",),
        metadata={"button": "COLOUR_BLUE", "advertisement": "Spring sale", "referral": "spring"},
    )


@pytest.mark.parametrize(
    ("kind", "url", "name", "content_type"),
    [
        ("image", CDN + "a.jpg?x=1", "image.jpg", "image/jpeg"),
        ("audio", CDN + "a.mp4", "audio.mp4", "audio/mp4"),
        ("video", CDN + "a.mp4", "video.mp4", "video/mp4"),
        (
            "file",
            "https://cdn.fbsbx.com/v/t59/%E5%8F%91%E7%A5%A8.pdf?_nc_cat=1",
            "发票.pdf",
            "application/octet-stream",
        ),
        ("sticker", CDN + "s.png", "sticker.png", "image/png"),
    ],
)
def test_files_are_to_be_fetched(kind: str, url: str, name: str, content_type: str) -> None:
    message = attached(kind, url=url)
    assert message.attachments == (InboundAttachment(name, content_type, FileReference(url)),)
    assert message.text == ""


def test_a_sticker_that_comes_twice_is_one_file() -> None:
    url = CDN + "s.png"
    both = [{"type": kind, "payload": {"url": url, "sticker_id": 369239263222822}} for kind in ("image", "sticker")]
    assert len(said(attachments=both).attachments) == 1


def test_text_and_several_pictures_are_one_message() -> None:
    pictures = [{"type": "image", "payload": {"url": f"{CDN}{number}.jpg"}} for number in range(3)]
    message = said(text="see", attachments=pictures)
    assert (message.text, len(message.attachments)) == ("see", 3)


@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        (
            {"type": "location", "title": "Shop", "payload": {"coordinates": {"lat": 1.5, "long": -2}}},
            "📍 Shop\ngeo:1.5,-2",
        ),
        (
            {"type": "fallback", "title": "Our page", "url": "https://shop.example/x", "payload": None},
            "🔗 Our page\nhttps://shop.example/x",
        ),
        (
            {"type": "share", "payload": {"url": "https://www.facebook.com/p/1", "title": "Post"}},
            "🔗 Post\nhttps://www.facebook.com/p/1",
        ),
        ({"type": "post", "payload": {}}, "❔ post"),
        ({"type": "template", "payload": {"text": "Pay?", "elements": [{"title": "Card"}]}}, "Pay?\nCard"),
        ({"type": "a_kind_of_tomorrow", "payload": {"url": CDN}}, "❔ a_kind_of_tomorrow"),
        ({"type": "image", "payload": {}}, "❔ image"),
    ],
)
def test_what_has_no_file_is_put_into_words(attachment: dict[str, Any], text: str) -> None:
    message = said(attachments=[attachment])
    assert (message.text, message.attachments) == (text, ())


def test_a_link_that_stands_in_the_text_is_not_said_twice() -> None:
    address = "https://shop.example/x"
    fallback = {"type": "fallback", "title": "Our page", "payload": {"url": address}}
    assert said(text=f"Is {address} yours?", attachments=[fallback]).text == f"Is {address} yours?"


def test_a_location_without_a_place_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="coordinates"):
        attached("location", coordinates={"lat": 1.5})


def test_a_message_without_anything_is_a_place_holder() -> None:
    assert said(is_unsupported=True).text == "❔"


def test_a_reel_is_fetched_where_it_is_handed_out() -> None:
    message = attached("ig_reel", url=CDN + "reel.mp4", title="Look", reel_video_id="1")
    assert (message.text, message.metadata) == ("Look", {"shared": "ig_reel"})
    assert message.attachments[0].content == FileReference(CDN + "reel.mp4")


# What else people do


def test_buttons_are_read_as_what_they_say() -> None:
    (event,) = parse("postback", {"mid": "m_2", "title": "Get started", "payload": "GO", "referral": {"ref": "qr"}})
    assert isinstance(event, InboundMessage)
    assert (event.external_id, event.text, event.metadata) == (
        "m_2",
        "Get started",
        {"button": "GO", "referral": "qr"},
    )
    (event,) = parse("postback", {"payload": "GO"})
    assert isinstance(event, InboundMessage)
    assert (event.external_id, event.text) == (f"{PERSON}:button:1772600767000", "GO")


def test_edits_unsends_and_reactions() -> None:
    assert parse("message_edit", {"mid": "m_1", "text": "new", "num_edit": 1}) == [
        MessageEdited("m_1", text="new", edited_at=SENT_AT)
    ]
    assert parse("message_edit", {"mid": "m_1", "num_edit": 0}) == []
    assert parse("message", {"mid": "m_1", "is_deleted": True}) == [MessageDeleted("m_1", deleted_at=SENT_AT)]
    with_emoji = {"mid": "m_1", "action": "react", "reaction": "other", "emoji": "🎉"}
    assert parse("reaction", with_emoji) == [Reaction("m_1", ADA, "🎉", at=SENT_AT)]
    by_name = {"mid": "m_1", "action": "react", "reaction": "love"}
    assert parse("reaction", by_name) == [Reaction("m_1", ADA, "❤️", at=SENT_AT)]
    assert parse("reaction", by_name | {"action": "unreact"}) == [Reaction("m_1", ADA, "", at=SENT_AT)]
    assert parse("reaction", by_name, person=PAGE) == []


def test_whoever_comes_back_by_a_link_is_shown_and_owed_nothing() -> None:
    (event,) = parse("referral", {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"})
    assert isinstance(event, InboundMessage)
    assert (event.text, event.automatic, event.metadata) == ("🔗 spring", True, {"referral": "spring"})
    assert parse("referral", {"type": "OPEN_THREAD"}) == []


def test_where_another_app_is_in_charge_no_machine_answers() -> None:
    document = call()
    document["entry"][0]["standby"] = [happening("message", {"mid": "m_1", "text": "Hello"})]
    (event,) = MessengerChannel(account()).parse(delivery(document))
    assert isinstance(event, InboundMessage)
    assert (event.text, event.bulk, event.metadata) == ("Hello", True, {"standby": True})


# What became of ours


def test_receipts_name_messages_or_a_moment() -> None:
    at = datetime(2016, 3, 22, 16, 28, 46, 253000, tzinfo=UTC)
    watermark = 1458664126253
    assert parse("delivery", {"mids": ["m_7", "m_8"], "watermark": watermark}) == [
        Receipt("m_7", ReceiptState.DELIVERED, at),
        Receipt("m_8", ReceiptState.DELIVERED, at),
    ]
    assert parse("delivery", {"watermark": watermark}) == [ReceiptUpTo(PERSON, ReceiptState.DELIVERED, until=at)]
    assert parse("read", {"watermark": watermark}) == [ReceiptUpTo(PERSON, ReceiptState.READ, until=at)]
    assert parse("read", {"watermark": watermark}, person=PAGE) == []


def test_echoes_bring_our_key_back() -> None:
    ours = {"sender": {"id": PAGE}, "recipient": {"id": PERSON}}
    message = {"mid": "m_9", "is_echo": True, "app_id": 1, "metadata": "3f1c", "text": "On its way"}
    (event,) = parse("message", message, **ours)
    assert event == Echo("m_9", ADA, "On its way", sent_at=SENT_AT, key="3f1c")
    assert parse("message", message | {"is_deleted": True}, **ours) == [MessageDeleted("m_9", deleted_at=SENT_AT)]


def test_everything_in_one_call_comes_out_in_order() -> None:
    first = [happening("message", {"mid": f"m_{number}", "text": "x"}) for number in (1, 2)]
    document = call(*first)
    document["entry"] += call(happening("message", {"mid": "m_3", "text": "x"}))["entry"]
    found = MessengerChannel(account()).parse(delivery(document))
    assert [event.external_id for event in found if isinstance(event, InboundMessage)] == ["m_1", "m_2", "m_3"]


def test_another_page_of_the_same_app_is_named() -> None:
    with pytest.raises(Unreadable, match="the page 999 has no account at this address"):
        MessengerChannel(account()).parse(delivery(call(own="999")))


@pytest.mark.parametrize(
    ("url", "metas"),
    [
        (CDN + "a.jpg", True),
        ("https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1", True),
        ("http://scontent.xx.fbcdn.net/a.jpg", False),
        ("https://fbcdn.net.evil.example/a.jpg", False),
        ("https://evilfbcdn.net/a.jpg", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_metas_own_addresses_are_fetched(url: str, metas: bool) -> None:
    assert is_metas(url) is metas
