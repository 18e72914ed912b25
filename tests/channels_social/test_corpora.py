"""Every WhatsApp call of the corpora comes out as what it says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels_social.whatsapp.channel import WhatsAppChannel
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Reaction,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import Unreadable
from tests.contract.test_whatsapp import delivery

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "social" / "whatsapp"
ADA = Sender("US.13491208655302741918", HandleKind.SOCIAL, name="Test Name")

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is absent"),
]


def calls() -> list[Any]:
    """Return each call of each file, named file/case."""
    return [
        pytest.param(path.stem, call, id=f"{path.stem}/{name}")
        for path in sorted(CORPUS.glob("*.json"))
        for name, call in json.loads(path.read_text()).items()
    ]


def number_of(call: dict[str, Any]) -> str:
    value = call["entry"][0]["changes"][0]["value"]
    return str(value.get("metadata", {}).get("phone_number_id", "none"))


def events_of(call: dict[str, Any]) -> list[Event]:
    """Parse a call for the account whose number it names."""
    config = AccountConfig(1, "Shop", number_of(call), {}, {})
    return WhatsAppChannel(config).parse(delivery(call))


def events(name: str) -> list[Event]:
    file, case = name.split("/")
    return events_of(json.loads((CORPUS / f"{file}.json").read_text())[case])


def message(name: str) -> InboundMessage:
    (event,) = events(name)
    assert isinstance(event, InboundMessage)
    return event


# What a desk has to do with each file: the kinds of event that its calls bring.
KINDS: dict[str, set[type]] = {
    "message": {InboundMessage, Reaction},
    "callback_button": {InboundMessage},
    "callback_selection": {InboundMessage},
    "flow_completion": {InboundMessage},
    "call_permission_update": {InboundMessage},
    "system": {InboundMessage},
    "edited_message": {MessageEdited},
    "deleted_message": {MessageDeleted},
    "message_status": {Receipt},
    "outgoing_message": {Echo, MessageDeleted, MessageEdited},
}


@pytest.mark.parametrize(("file", "call"), calls())
def test_every_call_is_understood(file: str, call: dict[str, Any]) -> None:
    found = events_of(call)
    assert {type(event) for event in found} <= KINDS.get(file, set())
    in_a_group = '"recipient_type": "group"' in json.dumps(call)
    assert len(found) == (1 if file in KINDS and not in_a_group else 0)
    for event in found:
        if isinstance(event, InboundMessage):
            assert event.text or event.attachments
            assert event.sender.external_id in {ADA.external_id, "+972987654321"}


@pytest.mark.parametrize(("file", "call"), calls())
def test_calls_for_a_number_without_account_name_it(file: str, call: dict[str, Any]) -> None:
    channel = WhatsAppChannel(AccountConfig(1, "Shop", "another number", {}, {}))
    if call["entry"][0]["changes"][0]["field"] not in {"messages", "smb_message_echoes"}:
        assert channel.parse(delivery(call)) == []
        return
    with pytest.raises(Unreadable, match=f"phone number id {number_of(call)}"):
        channel.parse(delivery(call))


def test_text() -> None:
    assert message("message/text") == InboundMessage(
        external_id="wamid.xyzxyz",
        sender=ADA,
        text="Body Text",
        sent_at=datetime(2023, 10, 11, 16, 53, 43, tzinfo=UTC),
        metadata={"phone": "+972987654321"},
    )


@pytest.mark.parametrize(
    ("case", "text", "name", "content_type", "ref"),
    [
        ("image", "", "image.jpg", "image/jpeg", "65463453"),
        ("media_with_url", "", "image.jpg", "image/jpeg", "65463453"),
        ("video", "caption", "video.mp4", "video/mp4", "765756756"),
        ("document", "caption", "filename.pdf", "application/pdf", "1234567890987654321"),
        ("audio", "", "audio.ogg", "audio/ogg", "1234567890987654321"),
        ("voice", "", "voice.ogg", "audio/ogg", "1234567890987654321"),
        ("static_sticker", "", "sticker.webp", "image/webp", "1234567890987654321"),
    ],
)
def test_media(case: str, text: str, name: str, content_type: str, ref: str) -> None:
    event = message(f"message/{case}")
    assert event.text == text
    assert event.attachments == (InboundAttachment(name, content_type, FileReference(ref)),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("message/current_location", "📍 geo:12.25089,43.90539"),
        (
            "message/chosen_location",
            "📍 Facebook HQ\n1 Hacker Way, Menlo Park, CA 94025\ngeo:37.4611978,-122.2164385",
        ),
        (
            "message/contacts",
            "👤 Chandler Bing +1 555-555-5555\n👤 Monica +1 666-666-6666\n👤 Rachel Green +1 777-777-7777",
        ),
        ("message/order", "🛒 3 × HAMBURGER\n🛒 2 × FRENCH_FRIES\n🛒 2 × SODA"),
        ("message/unsupported", "❔ Message type unknown"),
        ("message/unsupported_with_type", "❔ Message type unknown – pool"),
        ("message/interactive_message_with_err", "❔ interactive"),
        ("callback_button/button", "title"),
        ("callback_button/quick_reply", "title"),
        ("callback_selection/description", "title"),
        (
            "flow_completion/completion",
            "comment_text: Comment Text\ndelivery_rating: 4\npurchase_rating: 2\nrecommend_radio: 0\ncs_rating: 0",
        ),
        ("system/phone_number_change", "User A changed from 972987654321 to 972912345678"),
    ],
)
def test_words(name: str, text: str) -> None:
    event = message(name)
    assert (event.text, event.attachments) == (text, ())
    assert event.automatic is name.startswith("system/")


def test_what_surrounds_a_message() -> None:
    assert message("message/reply").thread_refs == ("wamid.xyzxyz==",)
    assert message("message/forwarded").metadata["forwarded"] is True
    assert message("message/forwarded_many_times").metadata["forwarded"] is True
    assert message("message/referral").metadata["advertisement"] == "AD_TITLE"
    assert message("callback_button/button").metadata["button"] == "callback_data"
    assert message("system/identity_change").sender == Sender("+972987654321", HandleKind.PHONE, name="User A")


@pytest.mark.parametrize(("case", "emoji"), [("reaction", "😮"), ("unreaction_empty", ""), ("unreaction_no_emoji", "")])
def test_reactions(case: str, emoji: str) -> None:
    at = datetime(2023, 10, 11, 17, 14, 16, tzinfo=UTC)
    assert events(f"message/{case}") == [Reaction("wamid.yzxyzx=", ADA, emoji, at=at)]


def test_edit_and_deletion() -> None:
    original = "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="
    edited_at = datetime(2025, 6, 13, 22, 42, 55, tzinfo=UTC)
    assert events("edited_message/image") == [MessageEdited(original, "Updated image caption", edited_at=edited_at)]
    deleted_at = datetime(2023, 10, 11, 16, 53, 43, tzinfo=UTC)
    assert events("deleted_message/revoke") == [MessageDeleted("<ORIGINAL_WHATSAPP_MESSAGE_ID>", deleted_at=deleted_at)]


@pytest.mark.parametrize(
    ("case", "state", "at"),
    [
        ("sent", ReceiptState.ACCEPTED, 1698266945),
        ("with_tracker", ReceiptState.ACCEPTED, 1698266945),
        ("delivered", ReceiptState.DELIVERED, 1698266945),
        ("read", ReceiptState.READ, 1689380458),
        ("played", ReceiptState.READ, 1689380458),
        ("failed", ReceiptState.FAILED, 1689380458),
    ],
)
def test_receipts(case: str, state: ReceiptState, at: int) -> None:
    reason = "WhatsApp kept the message back: the customer's number is part of an experiment."
    expected = Receipt(
        "wamid.xyzxyz",
        state,
        at=datetime.fromtimestamp(at, UTC),
        reason=reason if case == "failed" else "",
        key="some data" if case == "with_tracker" else "",
    )
    assert events(f"message_status/{case}") == [expected]
