"""What providers call our webhook with: who is believed, and what is understood."""

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels_email.channel import EmailChannel
from channels_email.check import check
from channels_email.examine import examine
from channels_email.names import named_address
from channels_email.providers.known import PROVIDERS
from channels_email.providers.webhooks import signed_bytes
from channels_email.setup import FIELDS
from csplatform.common import clock
from csplatform.gateway.contract import FieldKind, FileReference, InboundMessage, RawDelivery, Receipt, ReceiptState
from csplatform.gateway.errors import Unreadable, WebhookRejected
from tests.channels_email import provider_calls as calls
from tests.channels_email.mails import delivery, mail
from tests.channels_email.provider_calls import ADA, CALLERS, OURS, US, account

pytestmark = pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")
BRINGERS = [name for name, caller in CALLERS.items() if caller.mail is not None]
EXACT = [name for name in BRINGERS if name not in {"brevo", "mailjet"}]
AS_BYTES = ["mailgun", "sendgrid", "amazon_ses", "sparkpost", "postal"]
MOMENT = datetime(2026, 3, 2, 10, 0, 1, tzinfo=UTC)
LETTER = mail("Subject: Größe 图", body="Grüße 图\r\n")


def brought(provider: str, data: bytes = LETTER) -> InboundMessage:
    (message,) = EmailChannel(account(provider)).parse(call_with(provider, data))
    assert isinstance(message, InboundMessage)
    return message


def call_with(provider: str, data: bytes = LETTER) -> RawDelivery:
    bring = CALLERS[provider].mail
    assert bring is not None
    return bring(data)


def stored(raw: RawDelivery) -> RawDelivery:
    """Return the call as the door keeps it."""
    return replace(raw, headers={name: value for name, value in raw.headers.items() if name != "authorization"})


def test_every_provider_that_calls_is_tried() -> None:
    assert CALLERS.keys() == {name for name, known in PROVIDERS.items() if known.tracking or known.inbound}
    assert set(BRINGERS) == {name for name, known in PROVIDERS.items() if known.inbound}


# Who is believed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", CALLERS)
def test_only_the_provider_may_say_what_became_of_our_mail(provider: str) -> None:
    channel, raw = EmailChannel(account(provider)), CALLERS[provider].event("delivered")
    channel.verify(raw)
    for forged in CALLERS[provider].forged(raw):
        with pytest.raises(WebhookRejected):
            channel.verify(forged)


@pytest.mark.parametrize("provider", BRINGERS)
def test_only_the_provider_may_bring_mail(provider: str) -> None:
    channel, raw = EmailChannel(account(provider)), call_with(provider)
    channel.verify(raw)
    for forged in CALLERS[provider].forged(raw, is_mail=True):
        with pytest.raises(WebhookRejected):
            channel.verify(forged)


@pytest.mark.parametrize("provider", CALLERS)
def test_while_no_secret_is_set_nobody_is_believed(provider: str) -> None:
    channel = EmailChannel(replace(account(provider), credentials={}))
    caller = CALLERS[provider]
    for raw in [caller.event("delivered"), *([caller.mail(LETTER)] if caller.mail else [])]:
        for attempt in (raw, stored(raw)):
            with pytest.raises(WebhookRejected):
                channel.verify(attempt)


@pytest.mark.parametrize("provider", CALLERS)
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"7", b"null", b'"x"', b"[" * 100_000, b"\xff\x00", b"a=b&c"])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "a/b"])
def test_rubbish_is_refused_and_never_breaks_anything(provider: str, body: bytes, kind: str) -> None:
    channel = EmailChannel(account(provider))
    with pytest.raises(WebhookRejected):
        channel.verify(calls.call(body, kind))
    for raw in (calls.call(body, kind, authorization=calls.BASIC), calls.call(body, kind)):
        with suppress(Unreadable):
            assert isinstance(channel.parse(raw), list)


def test_an_account_without_a_provider_takes_no_calls() -> None:
    channel = EmailChannel(replace(account("postmark"), settings={"provider": "carrier-pigeon"}))
    with pytest.raises(WebhookRejected):
        channel.verify(calls.postmark_event("delivered"))
    assert channel.handshake(calls.postmark_event("delivered")) is None


def test_events_may_be_believed_for_their_password_where_no_key_is_set() -> None:
    config = replace(account("sendgrid"), credentials=calls.BY_PASSWORD)
    raw = calls.sendgrid_event("delivered")
    with pytest.raises(WebhookRejected):
        EmailChannel(config).verify(raw)
    EmailChannel(config).verify(replace(raw, headers={**raw.headers, "authorization": calls.BASIC}))


# Mail ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", BRINGERS)
def test_mail_is_mail_whoever_brings_it(provider: str) -> None:
    message = brought(provider)
    assert message.external_id == "first@customer.example"
    assert message.sender.external_id == ADA
    assert (message.subject, message.text.strip()) == ("Größe 图", "Grüße 图")
    assert message.metadata["envelope_to"] == US
    assert message.automatic is message.spam is False
    assert EmailChannel(account(provider)).parse(stored(call_with(provider))) == [message]


@pytest.mark.parametrize("provider", EXACT)
def test_its_bytes_are_the_senders_own(provider: str) -> None:
    over_smtp = RawDelivery(LETTER, {"x-envelope-to": US}, {}, "SMTP", clock.now())
    (own,) = EmailChannel(account(provider)).parse(over_smtp)
    assert isinstance(own, InboundMessage)
    assert brought(provider).fingerprint == own.fingerprint


@pytest.mark.parametrize("provider", AS_BYTES)
def test_a_mail_in_no_known_charset_arrives_unhurt(provider: str) -> None:
    chinese = "退货地址在哪里？我想退货。".encode("gb18030")
    data = mail("Content-Type: text/plain; charset=gb18030", body=chinese + b"\r\n")
    assert brought(provider, data).text == "退货地址在哪里？我想退货。"


@pytest.mark.parametrize("provider", BRINGERS)
def test_a_mail_that_a_provider_took_apart_is_alike_every_time(provider: str) -> None:
    assert brought(provider) == replace(brought(provider), sent_at=brought(provider).sent_at)
    assert brought(provider).fingerprint == brought(provider).fingerprint


def test_a_mail_in_pieces_is_put_together() -> None:
    message = brought("mailjet")
    assert [(file.name, file.content_type) for file in message.attachments] == [("1.png", "image/png")]
    assert message.attachments[0].content.data == b"\x89PNG\x00"  # type: ignore[union-attr]
    assert message.sent_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_pieces_with_a_picture_inside_and_odd_names() -> None:
    picture = {"Name": '图 "1"\r\nX: y.png', "ContentType": "image/png", "ContentID": "logo"}
    letter = {"Name": "a.eml", "ContentType": "message/rfc822"}
    files = [picture | {"Content": base64.b64encode(b"\x89PN").decode()}]
    files += [letter | {"Content": base64.b64encode(b"Subject: inner\r\n\r\nHi\r\n").decode()}]
    event = {"FromFull": {"Email": ADA, "Name": "Lovelace, Ada"}, "ToFull": [{"Email": US, "Name": "客服"}]}
    event |= {"Headers": [{"Name": "Message-ID", "Value": "<1@x.example>"}], "Subject": "Hi", "Attachments": files}
    event |= {"TextBody": "See", "HtmlBody": '<img src="cid:logo"> See'}
    (message,) = EmailChannel(account("postmark")).parse(calls.with_password(event))
    assert isinstance(message, InboundMessage)
    assert (message.sender.name, message.text) == ("Lovelace, Ada", "See")
    assert "cid:logo" in message.html
    assert next((file.name, file.content_id) for file in message.attachments) == ('图 "1" X: y.png', "logo")
    assert message.attachments[1].content.data.startswith(b"Subject: inner")  # type: ignore[union-attr]


def test_files_that_stay_at_the_provider_are_fetched_later() -> None:
    (file,) = brought("brevo").attachments
    assert (file.name, file.content_type, file.content_id) == ("图 1.png", "image/png", "logo")
    assert file.content == FileReference("t/1")


def test_the_provider_knows_the_envelope() -> None:
    own = account("mailgun")
    raw = calls.form(
        {"recipient": named_address(own, "42").encode(), "sender": b"", "body-mime": LETTER, "timestamp": b"1"}
    )
    (message,) = EmailChannel(own).parse(raw)
    assert isinstance(message, InboundMessage)
    assert message.thread_names == ("42",)
    assert message.automatic is True  # the null sender


def test_the_providers_verdict_of_spam_is_believed() -> None:
    receipt = {"recipients": [US], "action": {"type": "SNS"}, "spamVerdict": {"status": "FAIL"}}
    event = {"notificationType": "Received", "mail": {}, "receipt": receipt, "content": LETTER.decode()}
    (message,) = EmailChannel(account("amazon_ses")).parse(calls.sns(event))
    assert isinstance(message, InboundMessage)
    assert message.spam is True


@pytest.mark.parametrize(
    ("provider", "event", "word"),
    [
        (
            "amazon_ses",
            {
                "notificationType": "Received",
                "receipt": {"action": {"type": "S3", "bucketName": "b", "objectKey": "k"}},
            },
            "S3",
        ),
        ("resend", {"type": "email.received", "data": {"email_id": "1"}}, "fetched"),
    ],
)
def test_mail_that_must_be_fetched_is_set_aside_and_says_so(provider: str, event: object, word: str) -> None:
    raw = calls.sns(event) if provider == "amazon_ses" else calls.with_password(event)
    with pytest.raises(Unreadable, match=word):
        EmailChannel(account(provider)).parse(raw)


# What became of ours -------------------------------------------------------------------------------------------

CASES = {
    "hard": (ReceiptState.FAILED, True, "no such user"),
    "soft": (ReceiptState.ACCEPTED, False, "put this mail off"),
    "delivered": (ReceiptState.DELIVERED, False, ""),
    "opened": (ReceiptState.READ, False, ""),
    "complained": (ReceiptState.DELIVERED, False, "as spam"),
}
# A bounce that a later try may undo is a failure all the same; these say no more of it.
SOFT_FAILURES = {"amazon_ses", "brevo", "mailersend"}
UNTOLD = {("postal", "opened"), ("postal", "complained"), ("mandrill", "delivered")}
UNEXPLAINED = {"mailjet"}


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("provider", CALLERS)
def test_events_are_receipts(provider: str, kind: str) -> None:
    if (provider, kind) in UNTOLD:
        pytest.skip("it never says so")
    state, permanent, words = CASES[kind]
    with clock.frozen(MOMENT):
        (receipt,) = EmailChannel(account(provider)).parse(stored(CALLERS[provider].event(kind)))
    assert isinstance(receipt, Receipt)
    soft_failure = kind == "soft" and provider in SOFT_FAILURES
    assert receipt.state is (ReceiptState.FAILED if soft_failure else state)
    assert receipt.external_id == OURS
    assert receipt.permanent is permanent
    assert receipt.recipients == (ADA,)
    assert receipt.at.replace(microsecond=0) == MOMENT
    if not soft_failure and provider not in UNEXPLAINED:
        assert words in receipt.reason
    assert bool(receipt.reason) is (kind in {"hard", "soft", "complained"})


def test_a_mail_without_our_mark_is_named_by_its_message_id() -> None:
    event = {"event-data": {"event": "delivered", "message": {"headers": {"message-id": "x@shop.example"}}}}
    (receipt,) = EmailChannel(account("mailgun")).parse(calls.call(json.dumps(event).encode()))
    assert isinstance(receipt, Receipt)
    assert receipt.external_id == "x@shop.example"


def test_one_call_may_tell_of_many() -> None:
    events = [json.loads(calls.sendgrid_event(kind).body)[0] for kind in ("delivered", "hard", "opened")]
    events.append({"event": "click", **calls.MARKED})
    told = EmailChannel(account("sendgrid")).parse(calls.call(json.dumps(events).encode()))
    assert [receipt.state for receipt in told if isinstance(receipt, Receipt)] == [
        *(ReceiptState.DELIVERED, ReceiptState.FAILED, ReceiptState.READ)
    ]
    assert len(told) == 3


def test_nothing_that_a_database_cannot_keep_comes_out() -> None:
    event = {"RecordType": "Bounce", "Type": "HardBounce", "Email": "a\x00@x.example", "Details": "\x00 \ud800"}
    (receipt,) = EmailChannel(account("postmark")).parse(calls.with_password(event | {"MessageID": "a\x00b"}))
    assert isinstance(receipt, Receipt)
    for text in (receipt.external_id, receipt.reason, *receipt.recipients):
        assert "\x00" not in text
        text.encode()


# Around them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", EXACT)
def test_signatures_are_looked_for_in_the_senders_own_bytes(provider: str) -> None:
    assert signed_bytes(account(provider), call_with(provider)) == LETTER


def test_what_came_in_pieces_has_no_signature_to_look_at() -> None:
    assert signed_bytes(account("mailjet"), call_with("mailjet")) is None
    assert examine(account("mailjet"), call_with("mailjet")) == {}
    assert signed_bytes(account("mailgun"), calls.mailgun_event("delivered")) is None
    assert signed_bytes(account("mailgun"), calls.call(b"{")) is None
    assert signed_bytes(account("mailgun"), delivery(LETTER)) == LETTER


def test_a_call_is_no_mail_once_the_provider_is_gone() -> None:
    with pytest.raises(Unreadable, match="no provider"):
        EmailChannel(replace(account("postmark"), settings={})).parse(call_with("postmark"))


def test_an_administrator_can_enter_whatever_a_provider_needs() -> None:
    names = {field.name: field.kind for field in FIELDS}
    secret = {name for name, kind in names.items() if kind in {FieldKind.SECRET, FieldKind.LONG_SECRET}}
    for caller in CALLERS.values():
        assert caller.credentials.keys() <= secret
    for known in PROVIDERS.values():
        assert {*known.options, *known.view_options} <= names.keys()


@pytest.mark.parametrize(("key", "ok"), [({"api_key": "a key"}, None), ({}, False)])
def test_the_live_test_says_where_answers_leave(key: dict[str, str], ok: bool | None) -> None:
    mailgun = account("mailgun")
    mailgun = replace(mailgun, credentials={**mailgun.credentials, **key})
    found = {finding.step: finding for finding in check(mailgun)}
    assert "Mailgun" in found["Outgoing mail"].words
    assert found["Outgoing mail"].ok is ok
