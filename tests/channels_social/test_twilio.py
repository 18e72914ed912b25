"""What Twilio's own kinds of message mean, and what exactly Twilio is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from channels_social.twilio import errors
from channels_social.twilio.channel import TwilioChannel
from channels_social.twilio.client import download
from channels_social.twilio.signature import HEADER
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
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT
from tests.contract.test_twilio import OURS, delivery, said
from tests.platforms.base import Answer, Refused
from tests.platforms.twilio import ACCOUNT_SID, AUTH_TOKEN, CUSTOMER, NUMBER, TwilioStandIn

SERVICE = "MG00000000000000000000000000000001"


@pytest.fixture
def platform() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as stand_in:
        stand_in.door = OURS
        yield stand_in


def account(platform: TwilioStandIn | None = None, *, mms: bool = False, **secrets: str) -> AccountConfig:
    base = platform.url if platform else "http://127.0.0.1:9"
    kept = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN} | secrets
    return AccountConfig(5, "Shop", NUMBER, kept, {"api_base": base, "mms": mms}, webhook=OURS)


def parsed(form: dict[str, str]) -> list[Event]:
    return TwilioChannel(account()).parse(delivery(form))


def out(text: str = "Hello", **fields: tuple[OutboundAttachment, ...]) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=CUSTOMER, text=text, **fields)  # type: ignore[arg-type]


def file(name: str, content_type: str, size: int = 9) -> OutboundAttachment:
    def link(lifetime: timedelta) -> str:
        return f"https://desk.example/{lifetime.days}"

    return OutboundAttachment(name, content_type, size, lambda: PNG, link=link)


# What customers do ------------------------------------------------------------------------------------------


def test_a_message_with_pictures() -> None:
    media = {"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/0", "MediaContentType0": "image/jpeg"}
    media |= {"MediaUrl1": "https://api.twilio.com/1", "MediaContentType1": "application/pdf"}
    assert parsed(said("看这个 👀", FromCountry="CN", **media)) == [
        InboundMessage(
            external_id="SM1",
            sender=Sender(CUSTOMER, HandleKind.PHONE),
            text="看这个 👀",
            sent_at=RECEIVED_AT,
            attachments=(
                InboundAttachment("image.jpg", "image/jpeg", FileReference("https://api.twilio.com/0")),
                InboundAttachment("file.pdf", "application/pdf", FileReference("https://api.twilio.com/1")),
            ),
            metadata={"country": "CN"},
        )
    ]


@pytest.mark.parametrize(
    ("form", "sender", "text"),
    [
        (said("Hi", From="22395"), Sender("22395", HandleKind.SOCIAL), "Hi"),
        (
            said("", From="whatsapp:+14155550123", ProfileName="Ada", Latitude="1.5", Longitude="-2", Label="Shop"),
            Sender("whatsapp:+14155550123", HandleKind.SOCIAL, name="Ada"),
            "📍 Shop\ngeo:1.5,-2.0",
        ),
    ],
)
def test_who_writes_and_from_where(form: dict[str, str], sender: Sender, text: str) -> None:
    (message,) = parsed(form)
    assert isinstance(message, InboundMessage)
    assert (message.sender, message.text) == (sender, text)


def test_what_surrounds_a_message() -> None:
    (message,) = parsed(said("Yes", ButtonPayload="yes-1", OriginalRepliedMessageSid="SM0"))
    assert isinstance(message, InboundMessage)
    assert (message.thread_refs, message.metadata) == (("SM0",), {"button": "yes-1"})
    (many, *_rest) = parsed(said("x", NumMedia="999999", **{f"MediaUrl{n}": "https://x" for n in range(12)}))
    assert isinstance(many, InboundMessage)
    assert len(many.attachments) == 10


def test_stop_and_start() -> None:
    _message, stopped = parsed(said("STOP", OptOutType="STOP"))
    assert stopped == Reachability(CUSTOMER, False, RECEIVED_AT, errors.OPTED_OUT)
    _message, started = parsed(said("START", OptOutType="START"))
    assert started == Reachability(CUSTOMER, True, RECEIVED_AT)
    assert len(parsed(said("HELP", OptOutType="HELP"))) == 1


@pytest.mark.parametrize(
    ("status", "code", "state", "reason"),
    [
        ("queued", "", ReceiptState.ACCEPTED, ""),
        ("sent", "", ReceiptState.ACCEPTED, ""),
        ("delivered", "", ReceiptState.DELIVERED, ""),
        ("read", "", ReceiptState.READ, ""),
        ("undelivered", "30003", ReceiptState.FAILED, "The customer's phone cannot be reached, or no longer has"),
        ("failed", "39999", ReceiptState.FAILED, "Twilio refused. (39999)"),
    ],
)
def test_receipts(status: str, code: str, state: ReceiptState, reason: str) -> None:
    (receipt,) = parsed({"MessageSid": "SM7", "MessageStatus": status, "ErrorCode": code})
    assert isinstance(receipt, Receipt)
    assert (receipt.external_id, receipt.state, receipt.at) == ("SM7", state, RECEIVED_AT)
    assert receipt.reason.startswith(reason)
    assert bool(receipt.reason) is bool(reason)


# Whom we believe ------------------------------------------------------------------------------------------------

# Source: twilio/twilio-python, tests/unit/test_request_validator.py.
FORM = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
FORM |= {"Caller": "+14158675309"}
QUERY = {"foo": "1", "bar": "2"}


@pytest.mark.parametrize(
    ("webhook", "signature"),
    [
        ("https://mycompany.com/myapp.php", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:1234/myapp.php", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234/myapp.php", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com/myapp.php", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_the_vendors_own_signatures(webhook: str, signature: str) -> None:
    raw = replace(delivery({}), body=urlencode(FORM).encode(), query=QUERY, headers={HEADER: signature})
    ours = replace(account(auth_token="12345"), webhook=webhook)
    TwilioChannel(ours).verify(raw)
    others = [
        (replace(ours, webhook="https://mycompany.com/other"), raw),
        (replace(ours, credentials={"auth_token": "a new one"}), raw),
        (ours, replace(raw, body=raw.body + b"&New=parameter")),
        (ours, replace(raw, body=b"no form")),
        (ours, replace(raw, query={"foo": "1"})),
        (ours, replace(raw, method="GET")),
    ]
    for config, other in others:
        with pytest.raises(WebhookRejected):
            TwilioChannel(config).verify(other)


# What we do ---------------------------------------------------------------------------------------------------


def sent(platform: TwilioStandIn) -> dict[str, str]:
    return dict(parse_qsl(platform.calls[-1].body.decode()))


def test_a_text(platform: TwilioStandIn) -> None:
    result = TwilioChannel(account(platform)).send(out("在路上"))
    assert sent(platform) == {"To": CUSTOMER, "From": NUMBER, "Body": "在路上", "StatusCallback": OURS}
    assert result.external_id == platform.taken[0].external_id
    by_service = replace(account(platform), address=SERVICE, webhook="")
    TwilioChannel(by_service).send(out())
    assert sent(platform) == {"To": CUSTOMER, "MessagingServiceSid": SERVICE, "Body": "Hello"}


@pytest.mark.parametrize(
    ("given", "mms", "fields"),
    [
        (file("a.png", "image/png"), False, {"Body": "see\n📎 a.png\nhttps://desk.example/30"}),
        (file("a.png", "image/png"), True, {"Body": "see", "MediaUrl": "https://desk.example/1"}),
        (file("a.png", "image/png", 5_000_001), True, {"Body": "see\n📎 a.png\nhttps://desk.example/30"}),
        (file("账单.pdf", "application/pdf"), True, {"Body": "see\n📎 账单.pdf\nhttps://desk.example/30"}),
    ],
)
def test_files(platform: TwilioStandIn, given: OutboundAttachment, mms: bool, fields: dict[str, str]) -> None:
    platform.answer = lambda _call: Answer(b'{"sid": "SM1"}', 201)  # type: ignore[method-assign]
    TwilioChannel(account(platform, mms=mms)).send(out("see", attachments=(given,)))
    assert sent(platform) == {"To": CUSTOMER, "From": NUMBER, "StatusCallback": OURS} | fields


@pytest.mark.parametrize(
    ("status", "code", "reason", "wait", "dead"),
    [
        (401, 20003, errors.BAD_TOKEN, None, False),
        (400, 21610, errors.OPTED_OUT, None, True),
        (400, 21614, "This is not a number that can get text messages.", None, True),
        (400, 21999, "Twilio refused. (of tomorrow)", None, False),
        (429, 20429, "Twilio asks to slow down.", None, False),
        (400, 21611, "Too many messages of this number wait at Twilio.", 60.0, False),
    ],
)
def test_what_goes_wrong(
    platform: TwilioStandIn, status: int, code: int, reason: str, wait: float | None, dead: bool
) -> None:
    no = platform.refusal(Refused(status, "of tomorrow", code))
    platform.answer = lambda _call: no  # type: ignore[method-assign]
    with pytest.raises(SendFailed) as failure:
        TwilioChannel(account(platform)).send(out())
    assert (failure.value.reason, failure.value.dead_address) == (reason, dead)
    assert isinstance(failure.value, SendUnavailable) is (code in {20429, 21611})
    assert getattr(failure.value, "retry_after", None) == wait


def test_an_answer_without_sense_leaves_it_open(platform: TwilioStandIn) -> None:
    platform.answer = lambda _call: Answer(b"<html>", 201)  # type: ignore[method-assign]
    with pytest.raises(SendUncertain):
        TwilioChannel(account(platform)).send(out())


def test_an_api_key_stands_in_for_the_token(platform: TwilioStandIn) -> None:
    ((key, secret),) = platform.keys.items()
    TwilioChannel(account(platform, api_key=key, api_secret=secret, auth_token="not for calling")).send(out())
    assert len(platform.taken) == 1


def test_files_of_customers_are_fetched_where_twilio_leads(platform: TwilioStandIn) -> None:
    platform.media["ME1"] = ("image/png", PNG)
    address = platform.message(files=("ME1",))["MediaUrl0"]
    assert download(account(platform), address) == Download(PNG, "image/png")
    assert [call.path for call in platform.calls] == [address.removeprefix(platform.url), "/cdn/ME1"]
    for gone in (f"{address}x", "https://elsewhere.example/ME1"):
        with pytest.raises(SendFailed, match="no longer has this file"):
            download(account(platform), gone)
    assert len(platform.calls) == 3


# The live test -------------------------------------------------------------------------------------------------


def check(config: AccountConfig) -> list[Finding]:
    assert TwilioChannel.abilities.check is not None
    return list(TwilioChannel.abilities.check(config))


def failure(config: AccountConfig) -> str:
    (bad,) = [finding for finding in check(config) if finding.ok is False]
    return bad.words


def test_a_number_that_works(platform: TwilioStandIn) -> None:
    platform.door = f"{OURS}#rc=3"
    assert check(account(platform, mms=True)) == [
        Finding("The account", True, "This is “Shop”."),
        Finding("The auth token", True),
        Finding("The number", True),
        Finding("Twilio calls us", True, "Twilio calls the webhook address of this account."),
    ]
    (*_rest, service) = check(replace(account(platform), address=SERVICE))
    assert service.words.startswith("Please look yourself")


def test_what_can_be_wrong_with_an_account(platform: TwilioStandIn) -> None:
    assert failure(account(platform, account_sid="")) == "The account SID is missing."
    assert failure(account(platform, auth_token="")).startswith("The auth token, or the secret of the API key")
    assert failure(account(platform, auth_token="wrong")) == errors.BAD_TOKEN
    ((key, secret),) = platform.keys.items()
    by_key = account(platform, api_key=key, api_secret=secret, auth_token="")
    assert failure(by_key).startswith("The auth token is missing, so every call")
    platform.status = "suspended"
    assert failure(account(platform)) == "Twilio has suspended or closed this account."


def test_what_can_be_wrong_with_a_number(platform: TwilioStandIn) -> None:
    assert failure(replace(account(platform), address="+15550000000")) == "The account has no number +15550000000."
    platform.sms_method = "GET"
    assert failure(account(platform)).startswith("Twilio calls our address with GET.")
    platform.door = "https://other.example/secret"
    assert failure(account(platform)).startswith("Twilio calls another address, on other.example.")
    platform.door = ""
    assert failure(account(platform)).startswith("Twilio does not know where to call.")
    platform.capabilities["mms"] = False
    assert failure(account(platform, mms=True)).startswith("This number cannot send pictures")
    platform.capabilities["sms"] = False
    assert failure(account(platform)) == "This number cannot send text messages."
