"""Sending through a provider's API. The plain cases stand in the contract suites."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from channels_email.channel import EmailChannel
from channels_email.names import named_address
from channels_email.providers.known import PROVIDERS
from csplatform.gateway.contract import (
    AccountConfig,
    OutboundAttachment,
    OutboundMessage,
    QuotedMessage,
    Receipt,
    SendResult,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain
from tests.channels_email import provider_calls as calls
from tests.channels_email.mails import delivery
from tests.platforms.base import Refused
from tests.platforms.mailers import DOMAIN, KEY, MailgunStandIn, PostmarkStandIn, SendGridStandIn
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

pytestmark = pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")
PICTURE = OutboundAttachment("图.png", "image/png", 4, lambda: b"\x89PNG", content_id="logo")
LETTER = OutboundMessage(
    key=calls.MARK,
    recipient="ada@customer.example",
    text="Hello 图",
    html='<p>Hello <img src="cid:logo"></p>',
    subject="Order 图",
    also_to=("bob@bücher.example",),
    cc=("carol@x.example",),
    bcc=("dan@x.example",),
    reply_to="asked@customer.example",
    thread_refs=("first@customer.example", "asked@customer.example"),
    thread_name="42",
    automatic=True,
    language="zh-Hans",
    attachments=(PICTURE,),
)


@pytest.fixture
def mailgun() -> Iterator[MailgunStandIn]:
    with MailgunStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def postmark() -> Iterator[PostmarkStandIn]:
    with PostmarkStandIn() as stand_in:
        yield stand_in


def account(provider: str, url: str, **settings: Any) -> AccountConfig:
    credentials = {"api_key": KEY, "server_token": KEY}
    given = {"provider": provider, "api_url": url, "sender_domain": DOMAIN, "from_name": "Shop, Inc. 客服", **settings}
    return AccountConfig(1, "Support", "support@shop.example", credentials, given)


def send(config: AccountConfig, message: OutboundMessage = LETTER) -> SendResult:
    return EmailChannel(config).send(message)


def test_mailgun_gets_the_whole_letter(mailgun: MailgunStandIn) -> None:
    config = account("mailgun", f"{mailgun.url}/v3")
    assert send(config) == SendResult(calls.OURS)
    (form,) = mailgun.documents
    assert form["from"] == '"Shop, Inc. 客服" <support@shop.example>'
    assert (form["to"], form["cc"], form["bcc"]) == ("bob@xn--bcher-kva.example", "carol@x.example", "dan@x.example")
    assert (form["subject"], form["text"].strip()) == ("Re: Order 图", "Hello 图")
    assert form["h:Message-Id"] == f"<{calls.OURS}>"
    assert form["h:In-Reply-To"] == "<asked@customer.example>"
    assert form["h:References"] == "<first@customer.example> <asked@customer.example>"
    assert form["h:Auto-Submitted"] == "auto-replied"
    assert named_address(config, "42") in form["h:Reply-To"]
    assert form["v:csplatform_id"] == calls.MARK
    assert b'name="inline"; filename="logo"' in mailgun.calls[0].body


def test_sendgrid_gets_the_whole_letter(sendgrid: SendGridStandIn) -> None:
    config = account("sendgrid", f"{sendgrid.url}/v3")
    assert send(config) == SendResult(calls.OURS)
    (mail,) = sendgrid.documents
    (person,) = mail["personalizations"]
    assert [one["email"] for one in person["to"]] == ["ada@customer.example", "bob@xn--bcher-kva.example"]
    assert [one["email"] for one in (*person["cc"], *person["bcc"])] == ["carol@x.example", "dan@x.example"]
    assert [one["email"] for one in mail["reply_to_list"]] == [named_address(config, "42")]
    (picture,) = mail["attachments"]
    assert (picture["content_id"], picture["disposition"]) == ("logo", "inline")
    assert {**mail.get("custom_args", {}), **person.get("custom_args", {})}["csplatform_id"] == calls.MARK


def test_postmark_gets_the_whole_letter(postmark: PostmarkStandIn) -> None:
    config = account("postmark", postmark.url)
    assert send(config) == SendResult(calls.OURS)
    (mail,) = postmark.documents
    assert mail["To"] == "ada@customer.example, bob@xn--bcher-kva.example"
    assert (mail["Cc"], mail["Bcc"]) == ("carol@x.example", "dan@x.example")
    assert mail["Metadata"] == calls.MARKED
    assert mail["Attachments"][0]["ContentID"] == "cid:logo"


def test_signature_and_history_go_along(postmark: PostmarkStandIn) -> None:
    quoted = QuotedMessage("Ada", calls.clock.now(), "Where is it?")
    send(account("postmark", postmark.url), replace(LETTER, quoted=(quoted,), signature="Your shop"))
    (mail,) = postmark.documents
    assert mail["TextBody"].endswith("> Where is it?\n\n-- \nYour shop")
    assert "<blockquote" in mail["HtmlBody"]


def test_some_refused_recipients_are_named(postmark: PostmarkStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Message OK, but will not deliver to these inactive addresses: carol@x.example. Inactive recipients are ones"
    take = postmark.take
    monkeypatch.setattr(
        postmark,
        "take",
        lambda taken, answer: take(
            taken, replace(answer, body=json.dumps(json.loads(answer.body or b"") | {"Message": said}).encode())
        ),
    )
    result = send(account("postmark", postmark.url))
    assert result.refused == {"carol@x.example": "the provider says: rejected"}


def test_a_no_in_words_that_nobody_knows_is_a_no(postmark: PostmarkStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postmark, "refused_for_good", lambda: Refused(422, "All of them are inactive today", 406))
    postmark.refuse()
    with pytest.raises(SendFailed, match="inactive today"):
        send(account("postmark", postmark.url))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, SendUnavailable),
        (503, SendUnavailable),
        (502, SendUncertain),
        (504, SendUncertain),
        (400, SendFailed),
        (413, SendFailed),
    ],
)
def test_the_status_decides(mailgun: MailgunStandIn, status: int, kind: type[Exception]) -> None:
    mailgun.fail(status)
    with pytest.raises(kind) as failure:
        send(account("mailgun", f"{mailgun.url}/v3"))
    assert type(failure.value) is kind
    assert mailgun.taken == []


def test_an_answer_that_makes_no_sense_leaves_a_doubt(mailgun: MailgunStandIn) -> None:
    with pytest.raises(SendUncertain):
        send(account("mailgun", f"{mailgun.url}/elsewhere"))


def test_a_silent_provider_leaves_a_doubt(mailgun: MailgunStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_email.transports.provider.TIMEOUT", 0.3)
    mailgun.hang()
    with pytest.raises(SendUncertain):
        send(account("mailgun", f"{mailgun.url}/v3"))
    assert len(mailgun.taken) == 1


def test_a_wrong_key_is_said_plainly(postmark: PostmarkStandIn) -> None:
    config = replace(account("postmark", postmark.url), credentials={"server_token": "a wrong key of somebody"})
    with pytest.raises(SendFailed, match="does not accept this account's key") as failure:
        send(config)
    assert "wrong key of" not in failure.value.reason


@pytest.mark.parametrize("provider", sorted(name for name, known in PROVIDERS.items() if known.backend))
def test_every_provider_says_what_is_missing(provider: str) -> None:
    config = AccountConfig(1, "Support", "support@shop.example", {}, {"provider": provider})
    with pytest.raises(SendFailed, match="are not complete"):
        send(config)


@pytest.mark.parametrize("provider", sorted(name for name, known in PROVIDERS.items() if known.backend))
def test_every_provider_takes_a_plain_letter_as_far_as_its_door(provider: str) -> None:
    """Everything up to the network: nothing in our letters is beyond any of them."""
    secrets = dict.fromkeys(("api_key", "secret_key", "api_token", "server_token"), KEY)
    given = {"provider": provider, "api_url": "http://127.0.0.1:9/", "project_id": "p"}
    config = AccountConfig(1, "Support", "support@shop.example", secrets, given)
    file = OutboundAttachment("a.pdf", "application/pdf", 3, lambda: b"%PD")
    with pytest.raises(SendUnavailable, match="cannot be reached"):
        send(config, replace(LETTER, attachments=(file,), html="<p>Hello</p>"))


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[::1", "ftp://x.example"])
def test_an_address_that_is_none_is_said_plainly(url: str) -> None:
    with pytest.raises(SendFailed) as failure:
        send(account("postmark", url))
    assert type(failure.value) is SendFailed


def test_an_account_with_an_smtp_server_sends_there() -> None:
    with SmtpStandIn() as peer:
        settings = {"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none", "provider": "amazon_ses"}
        config = AccountConfig(1, "Support", USER, {"smtp_user": USER, "smtp_password": PASSWORD}, settings)
        send(config)
        (mail,) = peer.mails
    assert f'X-Metadata: {{"csplatform_id": "{calls.MARK}"}}'.encode() in mail
    (receipt,) = EmailChannel(calls.account("amazon_ses")).parse(calls.ses_event("delivered"))
    assert isinstance(receipt, Receipt)
    assert receipt.external_id == calls.OURS


def test_a_provider_without_an_api_of_ours_needs_its_smtp_server() -> None:
    with pytest.raises(SendFailed, match="no outgoing mail server"):
        send(AccountConfig(1, "Support", USER, {}, {"provider": "amazon_ses"}))


def test_mail_by_smtp_still_arrives_at_an_account_with_a_provider() -> None:
    (message,) = EmailChannel(calls.account("mailgun")).parse(delivery(b"From: a@x.example\r\n\r\nHi\r\n"))
    assert getattr(message, "text", "") == "Hi"
