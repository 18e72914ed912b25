"""What WhatsApp's calls mean, and what its Cloud API is asked and answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels_social.whatsapp.channel import WhatsAppChannel
from csplatform.gateway.contract import (
    AccountConfig,
    HandleKind,
    HttpAnswer,
    OutboundAttachment,
    OutboundMessage,
    RawDelivery,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT, a_picture
from tests.contract.test_whatsapp import call, delivery
from tests.platforms.base import multipart
from tests.platforms.whatsapp import ACCESS_TOKEN, APP_SECRET, NUMBER, WhatsAppStandIn

BSUID = "US.13491208655302741918"
AT = datetime(2023, 10, 11, 16, 53, 43, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[WhatsAppStandIn]:
    with WhatsAppStandIn() as stand_in:
        yield stand_in


def account(base: str = "http://127.0.0.1:9", **settings: Any) -> AccountConfig:
    secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "ein Wort über uns"}
    return AccountConfig(2, "Shop", NUMBER, secrets, {"api_base": base, **settings})


def parse(**value: Any) -> list[Any]:
    return list(WhatsAppChannel(account()).parse(delivery(call(**value))))


def said(kind: str = "text", content: Any = None, **fields: Any) -> dict[str, Any]:
    fields = {"from": "972987654321", "id": "wamid.1", "timestamp": "1697043223"} | fields
    return {**fields, "type": kind, kind: content or {"body": "Hello"}}


# Meta tests the address


def knock(**query: str) -> RawDelivery:
    return RawDelivery(body=b"", headers={}, query=query, method="GET", received_at=RECEIVED_AT)


def test_challenge_is_echoed_to_whoever_knows_the_word() -> None:
    knocking = {"hub.mode": "subscribe", "hub.verify_token": "ein Wort über uns", "hub.challenge": "1158201444"}
    assert WhatsAppChannel(account()).handshake(knock(**knocking)) == HttpAnswer(b"1158201444")


@pytest.mark.parametrize("word", ["", "ein Wort", "ein Wort über uns "])
def test_challenge_is_refused_to_others(word: str) -> None:
    with pytest.raises(WebhookRejected):
        WhatsAppChannel(account()).handshake(knock(**{"hub.mode": "subscribe", "hub.verify_token": word}))


def test_challenge_is_refused_while_no_word_is_set() -> None:
    with pytest.raises(WebhookRejected):
        WhatsAppChannel(replace(account(), credentials={})).handshake(knock(**{"hub.mode": "subscribe"}))


def test_get_without_challenge_is_neither_handshake_nor_news() -> None:
    channel = WhatsAppChannel(account())
    assert channel.handshake(knock()) is None
    with pytest.raises(WebhookRejected):
        channel.verify(replace(delivery(call(messages=[said()])), method="GET"))


@pytest.mark.parametrize(
    "signature",
    [
        "sha1=6dc5d1e6e7ba3ac0f2e3b5b4d1f4e4b7b1f5a0c4",
        "sha256=",
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    ],
)
def test_other_algorithms_do_not_count(signature: str) -> None:
    raw = delivery(call(messages=[said()]))
    with pytest.raises(WebhookRejected):
        WhatsAppChannel(account()).verify(replace(raw, headers={"x-hub-signature-256": signature}))


def test_signature_is_the_one_that_rfc_4231_computes() -> None:
    """Test case 2 of RFC 4231, so that stand-in and channel cannot be wrong together."""
    body = b"what do ya want for nothing?"
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    config = replace(account(), credentials={"app_secret": "Jefe"})
    raw = RawDelivery(body, {"x-hub-signature-256": f"sha256={digest}"}, {}, "POST", RECEIVED_AT)
    WhatsAppChannel(config).verify(raw)


# Who wrote


@pytest.mark.parametrize(
    ("message", "contact", "sender"),
    [
        # Both: the business-scoped id is who it is.
        (
            {"from": "972987654321"},
            {"wa_id": "972987654321", "user_id": BSUID, "profile": {"name": "Ada"}},
            Sender(BSUID, HandleKind.SOCIAL, name="Ada"),
        ),
        # A user name hides the number.
        (
            {"from": None, "from_user_id": BSUID},
            {"user_id": BSUID, "profile": {"username": "ada99"}},
            Sender(BSUID, HandleKind.SOCIAL, name="ada99"),
        ),
        ({"from": None}, {"user_id": BSUID, "profile": {"name": "Ada"}}, Sender(BSUID, HandleKind.SOCIAL, name="Ada")),
        # No such id: the number, as E.164.
        (
            {"from": "972987654321"},
            {"wa_id": "972987654321", "profile": {"name": "Ada"}},
            Sender("+972987654321", HandleKind.PHONE, name="Ada"),
        ),
        ({"from": "+972987654321"}, None, Sender("+972987654321", HandleKind.PHONE)),
        # Somebody else's introduction is not taken for the writer's.
        (
            {"from": "972987654321"},
            {"wa_id": "15550001111", "user_id": BSUID, "profile": {"name": "Bob"}},
            Sender("+972987654321", HandleKind.PHONE),
        ),
    ],
)
def test_sender(message: dict[str, Any], contact: dict[str, Any] | None, sender: Sender) -> None:
    (event,) = parse(messages=[said(**message)], contacts=[contact] if contact else [])
    assert event.sender == sender


def test_number_and_user_name_stay_with_the_message() -> None:
    contact = {"wa_id": "972987654321", "user_id": BSUID, "profile": {"name": "Ada", "username": "ada99"}}
    (event,) = parse(messages=[said()], contacts=[contact])
    assert event.metadata == {"phone": "+972987654321", "username": "ada99"}


def test_message_from_nobody_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="neither a user id nor a phone number"):
        parse(messages=[said(**{"from": None})])


def test_another_number_of_the_same_app_is_named() -> None:
    with pytest.raises(Unreadable, match=r"972123456789 \(phone number id 999\) has no account"):
        parse(number="999", messages=[said()])


# What was said


def test_everything_in_one_call_comes_out_in_order() -> None:
    status = {"id": "wamid.9", "status": "read", "timestamp": "1697043223"}
    first = call(messages=[said(id="wamid.1"), said(id="wamid.2")])
    second = call(messages=[said(id="wamid.3")], statuses=[status])
    first["entry"][0]["changes"] += call(messages=[said(id="wamid.2b")])["entry"][0]["changes"]
    first["entry"] += second["entry"]
    events = WhatsAppChannel(account()).parse(delivery(first))
    ids = [event.external_id for event in events if not isinstance(event, Receipt)]
    assert ids == ["wamid.1", "wamid.2", "wamid.2b", "wamid.3"]
    assert events[-1] == Receipt("wamid.9", ReceiptState.READ, at=AT)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("system", {"body": "Ada changed her number", "type": "user_changed_number"}, "Ada changed her number"),
        ("location", {"latitude": 1, "longitude": 2, "name": "Shop"}, "📍 Shop\ngeo:1,2"),
        ("interactive", {"type": "call_permission_reply"}, "❔ call_permission_reply"),
        (
            "interactive",
            {"type": "nfm_reply", "nfm_reply": {"response_json": '{"flow_token": 1, "色": 2}'}},
            "色: 2",
        ),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "[", "body": "Sent"}}, "Sent"),
    ],
)
def test_words(kind: str, content: dict[str, Any], text: str) -> None:
    (event,) = parse(messages=[said(kind, content)])
    assert event.text == text
    assert event.automatic is (kind == "system")


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (
            [{"code": 131047, "title": "Re-engagement message"}],
            "More than 24 hours have passed since the customer last wrote: only a template may be sent now.",
        ),
        ([{"code": 7, "title": "Odd", "error_data": {"details": "so odd"}}], "WhatsApp refused. (so odd)"),
        ([], "WhatsApp refused."),
    ],
)
def test_failed_receipt_says_why(errors: list[dict[str, Any]], reason: str) -> None:
    status = {"id": "wamid.9", "status": "failed", "timestamp": "1697043223", "errors": errors}
    assert parse(statuses=[status]) == [Receipt("wamid.9", ReceiptState.FAILED, at=AT, reason=reason)]


# What is sent


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    fields = {"recipient": "+972987654321"} | fields
    return OutboundMessage(key="k", text=text, **fields)


def a_file(name: str, content_type: str, size: int = 4, data: bytes = b"data") -> OutboundAttachment:
    return OutboundAttachment(name, content_type, size, open=lambda: data)


def test_answer_goes_to_the_number_and_quotes(cloud: WhatsAppStandIn) -> None:
    result = WhatsAppChannel(account(cloud.api_base)).send(outbound(reply_to="wamid.1"))
    assert result.external_id == cloud.taken[0].external_id
    assert cloud.calls[0].path == f"/v26.0/{NUMBER}/messages"
    assert cloud.calls[0].json() == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": "k",
        "to": "972987654321",
        "context": {"message_id": "wamid.1"},
        "type": "text",
        "text": {"body": "Hello"},
    }


def test_person_known_by_a_scoped_id_is_addressed_by_it(cloud: WhatsAppStandIn) -> None:
    WhatsAppChannel(account(cloud.api_base)).send(outbound(recipient=BSUID))
    sent = cloud.calls[0].json()
    assert (sent["recipient"], "to" in sent) == (BSUID, False)


@pytest.mark.parametrize(
    ("attachment", "caption", "kind"),
    [
        (a_picture(), "see", "image"),
        (a_file("a.ogg", "audio/ogg"), "", "audio"),
        (a_file("a.ogg", "audio/ogg"), "listen", "document"),
        (a_file("v.mp4", "video/mp4"), "look", "video"),
        (a_file("发票.pdf", "application/pdf"), "here", "document"),
        (a_file("s.webp", "image/webp"), "", "document"),
        (a_file("big.png", "image/png", size=5_000_001, data=PNG), "", "document"),
    ],
)
def test_file_is_uploaded_then_sent_as_what_it_is(
    cloud: WhatsAppStandIn, attachment: OutboundAttachment, caption: str, kind: str
) -> None:
    WhatsAppChannel(account(cloud.api_base)).send(outbound(caption, attachments=(attachment,)))
    upload, message = cloud.calls
    assert multipart(upload)["type"].data.decode() == attachment.content_type
    sent = message.json()
    assert sent["type"] == kind
    assert sent[kind].get("caption", "") == caption
    assert sent[kind].get("filename", "") == (attachment.name if kind == "document" else "")
    assert cloud.taken[0].files == ((attachment.name, attachment.open()),)


def test_file_that_whatsapp_does_not_carry_is_refused_with_its_words(cloud: WhatsAppStandIn) -> None:
    with pytest.raises(SendFailed) as failure:
        WhatsAppChannel(account(cloud.api_base)).send(outbound(attachments=(a_file("a.zip", "application/zip"),)))
    assert type(failure.value) is SendFailed
    assert "not application/zip" in failure.value.reason
    assert cloud.taken == []


def test_upload_that_breaks_is_tried_again_and_not_in_doubt(cloud: WhatsAppStandIn) -> None:
    config = account(cloud.api_base)
    cloud.stop()
    with pytest.raises(SendUnavailable):
        WhatsAppChannel(config).send(outbound(attachments=(a_picture(),)))


@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        (
            {"credentials": {"access_token": "EAAGexpired"}},
            "WhatsApp does not accept the access token of this account, or it may not write for this number.",
            "190",
        ),
        ({"credentials": {}}, "The channel account has no usable access token.", "access_token"),
    ],
)
def test_refusals_say_what_to_do(cloud: WhatsAppStandIn, changes: dict[str, Any], reason: str, code: str) -> None:
    with pytest.raises(SendFailed) as failure:
        WhatsAppChannel(replace(account(cloud.api_base), **changes)).send(outbound())
    assert type(failure.value) is SendFailed
    assert (failure.value.reason, failure.value.code) == (reason, code)


def test_closed_window_is_said(cloud: WhatsAppStandIn) -> None:
    cloud.refuse()
    with pytest.raises(SendFailed, match="More than 24 hours") as failure:
        WhatsAppChannel(account(cloud.api_base)).send(outbound())
    assert failure.value.code == "131047"


def test_silence_leaves_it_open(cloud: WhatsAppStandIn) -> None:
    cloud.hang()
    with pytest.raises(SendUncertain):
        WhatsAppChannel(account(cloud.api_base, timeout=0.3)).send(outbound())
    assert len(cloud.taken) == 1


@pytest.mark.parametrize(
    ("status", "failure"),
    [(500, SendUnavailable), (503, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(cloud: WhatsAppStandIn, status: int, failure: type[Exception]) -> None:
    cloud.fail(status)
    with pytest.raises(failure) as caught:
        WhatsAppChannel(account(cloud.api_base)).send(outbound())
    assert type(caught.value) is failure


# What is fetched


def test_file_is_fetched_in_two_steps_with_the_token(cloud: WhatsAppStandIn) -> None:
    cloud.media["65463453"] = ("", "image/png", PNG)
    fetcher = WhatsAppChannel.abilities.download
    assert fetcher is not None
    download = fetcher(account(cloud.api_base), "65463453")
    assert (download.data, download.content_type) == (PNG, "image/png")
    assert [request.path for request in cloud.calls] == ["/v26.0/65463453", "/media-content/65463453"]


def test_file_that_is_gone_is_lost(cloud: WhatsAppStandIn) -> None:
    fetcher = WhatsAppChannel.abilities.download
    assert fetcher is not None
    with pytest.raises(SendFailed) as failure:
        fetcher(account(cloud.api_base), "65463453")
    assert type(failure.value) is SendFailed
