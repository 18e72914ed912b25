"""The suite that every channel passes.

A channel's test class inherits `ContractSuite` and fills in its hooks; `docs/adding-a-channel.md` shows one.
A channel that lacks a side of the contract says so, with the reason that the skipped cases then show:
`no_deliveries` (nothing raw ever arrives), `no_signatures` (no webhook: every call to the door is refused),
`no_platform` (nothing remote to send to).
"""

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from csplatform.gateway import registry
from csplatform.gateway.contract import (
    AccountConfig,
    Channel,
    Cursor,
    FetchResult,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    RawDelivery,
    ReceiptState,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable, WebhookRejected
from tests.contract.platform import Platform, Taken
from tests.contract.samples import NONSENSE, PNG, RECEIVED_AT, SENT_AT, TEXTS, a_picture, variants

MEMBERS = {"slug", "label", "abilities", "handshake", "verify", "parse", "fetch", "send"}
Forgery = Callable[["ContractSuite", RawDelivery], RawDelivery | None]


def _missing(suite: "ContractSuite", raw: RawDelivery) -> RawDelivery:
    return suite.with_signature(raw, None)


def _empty(suite: "ContractSuite", raw: RawDelivery) -> RawDelivery:
    return suite.with_signature(raw, "")


def _wrong(suite: "ContractSuite", raw: RawDelivery) -> RawDelivery:
    signature = suite.signature(raw)
    return suite.with_signature(raw, signature[:-1] + ("0" if signature[-1] != "0" else "1"))


def _cut_short(suite: "ContractSuite", raw: RawDelivery) -> RawDelivery:
    return suite.with_signature(raw, suite.signature(raw)[:-1])


def _not_ascii(suite: "ContractSuite", raw: RawDelivery) -> RawDelivery:
    return suite.with_signature(raw, suite.signature(raw)[:-1] + "é")


def _altered(suite: "ContractSuite", raw: RawDelivery) -> RawDelivery | None:
    return replace(raw, body=raw.body + b" ") if suite.signs_body else None


FORGERIES: dict[str, Forgery] = {
    "missing": _missing,
    "empty": _empty,
    "wrong": _wrong,
    "cut-short": _cut_short,
    "not-ascii": _not_ascii,
    "body-altered": _altered,
}


class ContractSuite:
    """What every channel does alike. Hooks first, then the cases."""

    channel_class: ClassVar[type[Channel]]
    # Samples in the platform's own form: two senders, two message ids, and somebody to write to.
    senders: ClassVar[tuple[str, str]]
    external_ids: ClassVar[tuple[str, str]]
    recipient: ClassVar[str]
    signature_header: ClassVar[str] = ""
    signs_body: ClassVar[bool] = True

    no_deliveries: ClassVar[str] = ""
    no_signatures: ClassVar[str] = ""
    no_platform: ClassVar[str] = ""

    # Hooks ------------------------------------------------------------------------------------------------

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        """Return an account with real-looking secrets, whose platform is the stand-in; None: nobody is there."""
        raise NotImplementedError

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        """Return the delivery by which the platform says that `sender` wrote `text`, signed as it signs."""
        raise NotImplementedError

    def expected_external_id(self, external_id: str, sender: str) -> str:
        """Return what the channel makes of a platform's message id."""
        return external_id

    def expected_sender(self, sender: str) -> str:
        """Return what the channel makes of a platform's user id."""
        return sender

    def garbage(self) -> Sequence[RawDelivery]:
        """Return deliveries that must come out as Unreadable."""
        raise NotImplementedError

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        """Return well-formed deliveries that hold nothing for a desk; empty where the platform has no such thing."""
        raise NotImplementedError

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        """Yield a running stand-in; overridden by every channel that has a remote platform."""
        if not self.no_platform:
            raise NotImplementedError
        pytest.skip(self.no_platform)

    # What a hook may use or override ------------------------------------------------------------------------

    def outbound(self, text: str = "Hello", **changes: Any) -> OutboundMessage:
        """Return a message to `recipient`."""
        return replace(OutboundMessage(key="3f1c-key-of-ours", recipient=self.recipient, text=text), **changes)

    def picture(self) -> OutboundAttachment:
        """Return a picture to send, called 图 1.png; overridden where the platform fetches it from an address."""
        return a_picture("图 1.png")

    def signature(self, raw: RawDelivery) -> str:
        """Return the signature that `raw` carries."""
        return raw.headers[self.signature_header]

    def with_signature(self, raw: RawDelivery, signature: str | None) -> RawDelivery:
        """Return `raw` with another signature; None takes it off."""
        headers = {name: value for name, value in raw.headers.items() if name != self.signature_header}
        if signature is not None:
            headers[self.signature_header] = signature
        return replace(raw, headers=headers)

    def without_secrets(self) -> AccountConfig:
        """Return an account whose administrator has not entered any secret yet."""
        return replace(self.account_config(), credentials={})

    def channel(self, platform: Platform | None = None) -> Channel:
        """Return the channel at work for the account."""
        return self.channel_class(self.account_config(platform))

    def a_text(self, text: str = "Hello") -> RawDelivery:
        """Return a signed delivery of one text, or skip where nothing is ever delivered."""
        if self.no_deliveries:
            pytest.skip(self.no_deliveries)
        return self.signed_text(text, external_id=self.external_ids[0], sender=self.senders[0])

    def assert_no_secret(self, said: str) -> None:
        """Fail where one of the account's secrets stands in `said`."""
        for name, secret in self.account_config().credentials.items():
            assert not _is_secret(secret) or secret not in said, f"the credential {name!r} was given away"

    # Who the channel is -------------------------------------------------------------------------------------

    def test_is_registered_under_a_plain_slug(self) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", self.channel_class.slug)
        assert registry.channel_class(self.channel_class.slug) is self.channel_class

    def test_has_a_label_for_people(self) -> None:
        assert str(self.channel_class.label).strip()

    def test_has_no_public_member_beyond_the_contract(self) -> None:
        public = {name for name in dir(self.channel()) if not name.startswith("_")}
        assert public == MEMBERS

    def test_abilities_are_well_formed(self) -> None:
        abilities = self.channel_class.abilities
        for limit in (abilities.max_text, abilities.max_attachment):
            assert limit is None or limit > 0
        assert abilities.max_caption >= 0
        assert abilities.max_text is None or abilities.max_caption <= abilities.max_text
        assert abilities.attachments_per_message in (0, 1, None)
        assert abilities.reply_window is None or abilities.reply_window > timedelta(0)
        assert ReceiptState.ACCEPTED in abilities.receipts

    def test_fetch_of_a_channel_that_is_not_polled_brings_nothing(self) -> None:
        if self.channel_class.abilities.polled:
            pytest.skip("this channel is polled; its own tests do that")
        cursor = Cursor({"at": 7})
        assert self.channel().fetch(cursor) == FetchResult(deliveries=(), cursor=cursor)

    # Whom the channel believes ------------------------------------------------------------------------------

    def test_accepts_what_the_platform_signed(self) -> None:
        self._needs_signatures()
        self.channel().verify(self.a_text())

    @pytest.mark.parametrize("forgery", FORGERIES)
    def test_refuses_what_the_platform_did_not_sign(self, forgery: str) -> None:
        self._needs_signatures()
        forged = FORGERIES[forgery](self, self.a_text())
        if forged is None:
            pytest.skip("the platform does not sign the body")
        with pytest.raises(WebhookRejected) as refusal:
            self.channel().verify(forged)
        self.assert_no_secret(_all_said(refusal.value))

    @pytest.mark.parametrize("forgery", ["missing", "empty", "wrong"])
    def test_refuses_everybody_while_no_secret_is_set(self, forgery: str) -> None:
        self._needs_signatures()
        forged = FORGERIES[forgery](self, self.a_text())
        assert forged is not None
        with pytest.raises(WebhookRejected):
            self.channel_class(self.without_secrets()).verify(forged)

    def test_without_webhooks_refuses_every_call(self) -> None:
        if not self.no_signatures:
            pytest.skip("this channel has webhooks")
        call = RawDelivery(body=b"{}", headers={}, query={}, method="POST", received_at=RECEIVED_AT)
        with pytest.raises(WebhookRejected):
            self.channel().verify(call)

    def test_takes_no_delivery_for_a_handshake(self) -> None:
        assert self.channel().handshake(self.a_text()) is None

    # What the channel understands ---------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", TEXTS)
    def test_understands_a_text_in_every_script(self, kind: str) -> None:
        (message,) = self.channel().parse(self.a_text(TEXTS[kind]))
        assert isinstance(message, InboundMessage)
        assert message.text == TEXTS[kind]
        assert message.sender.external_id == self.expected_sender(self.senders[0])
        assert message.external_id == self.expected_external_id(self.external_ids[0], self.senders[0])
        assert message.sent_at == SENT_AT
        assert message.sent_at.utcoffset() is not None
        assert message.automatic is False

    def test_tells_senders_and_messages_apart(self) -> None:
        self.a_text()
        seen = {
            (message.sender.external_id, message.external_id)
            for sender in self.senders
            for external_id in self.external_ids
            for message in self.channel().parse(self.signed_text("Hello", external_id=external_id, sender=sender))
            if isinstance(message, InboundMessage)
        }
        assert len(seen) == 4

    def test_parses_alike_every_time_without_a_word_to_anybody(self) -> None:
        """No database (pytest-django forbids it here) and no network: nobody serves the account's address."""
        raw = self.a_text(TEXTS["emoji"])
        first = self.channel().parse(raw)
        assert self.channel().parse(raw) == first
        assert self.channel().parse(replace(raw, received_at=RECEIVED_AT + timedelta(days=2))) == first

    def test_calls_garbage_unreadable(self) -> None:
        self.a_text()
        garbage = self.garbage()
        assert garbage
        for raw in garbage:
            with pytest.raises(Unreadable) as complaint:
                self.channel().parse(raw)
            assert str(complaint.value)
            self.assert_no_secret(_all_said(complaint.value))

    @pytest.mark.parametrize("kind", NONSENSE)
    def test_survives_nonsense(self, kind: str) -> None:
        assert self._copes_with(replace(self.a_text(), body=NONSENSE[kind]))

    def test_survives_a_body_cut_anywhere(self) -> None:
        raw = self.a_text(TEXTS["chinese"])
        for length in range(0, len(raw.body), max(1, len(raw.body) // 60)):
            assert self._copes_with(replace(raw, body=raw.body[:length]))

    def test_survives_every_field_being_odd(self) -> None:
        raw = self.a_text()
        try:
            document = json.loads(raw.body)
        except ValueError:
            pytest.skip("its deliveries are not JSON")
        for variant in variants(document):
            assert self._copes_with(replace(raw, body=json.dumps(variant).encode()))

    def test_leaves_out_what_it_does_not_know(self) -> None:
        self.a_text()
        for raw in self.unknown_kinds():
            assert self.channel().parse(raw) == []

    # What the channel sends ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", TEXTS)
    def test_sends_a_text_in_every_script(self, kind: str, platform: Platform) -> None:
        result = self.channel(platform).send(self.outbound(TEXTS[kind]))
        assert platform.taken == [Taken(result.external_id, self.recipient, TEXTS[kind])]
        assert result.external_id
        assert result.state in self.channel_class.abilities.receipts

    def test_sends_the_longest_text_it_claims_to(self, platform: Platform) -> None:
        longest = self.channel_class.abilities.max_text
        if longest is None:
            pytest.skip("its texts have no limit")
        text = "𠮷" * (longest // self.channel_class.abilities.measure("𠮷"))
        self.channel(platform).send(self.outbound(text))
        assert [taken.text for taken in platform.taken] == [text]

    def test_sends_an_attachment(self, platform: Platform) -> None:
        abilities = self.channel_class.abilities
        if abilities.attachments_per_message == 0:
            pytest.skip("it takes no attachments")
        beside = "see 图" if abilities.attachments_per_message is None or abilities.max_caption else ""
        result = self.channel(platform).send(self.outbound(beside, attachments=(self.picture(),)))
        assert platform.taken == [Taken(result.external_id, self.recipient, beside, (("图 1.png", PNG),))]

    def test_says_why_when_the_platform_refuses(self, platform: Platform) -> None:
        platform.refuse()
        with pytest.raises(SendFailed) as failure:
            self.channel(platform).send(self.outbound())
        assert not isinstance(failure.value, SendUnavailable)
        assert failure.value.reason.strip()
        assert platform.taken == []
        self.assert_no_secret(_all_said(failure.value))

    def test_comes_back_later_when_the_platform_is_busy(self, platform: Platform) -> None:
        seconds = platform.be_busy()
        with pytest.raises(SendUnavailable) as failure:
            self.channel(platform).send(self.outbound())
        assert failure.value.retry_after == seconds
        assert failure.value.reason.strip()
        self.assert_no_secret(_all_said(failure.value))
        assert platform.taken == []
        self.channel(platform).send(self.outbound())
        assert len(platform.taken) == 1

    def test_comes_back_later_when_nobody_is_there(self, platform: Platform) -> None:
        channel = self.channel(platform)
        platform.stop()
        with pytest.raises(SendUnavailable) as failure:
            channel.send(self.outbound())
        self.assert_no_secret(_all_said(failure.value))

    def test_does_not_know_when_the_line_breaks_after_sending(self, platform: Platform) -> None:
        platform.hang_up()
        with pytest.raises((SendUncertain, SendUnavailable)) as failure:
            self.channel(platform).send(self.outbound())
        self.assert_no_secret(_all_said(failure.value))
        assert len(platform.taken) == 1
        if self.channel_class.abilities.deduplicates:
            self.channel(platform).send(self.outbound())
            assert len(platform.taken) == 1
        else:
            assert isinstance(failure.value, SendUncertain)

    def test_writes_no_secret_into_the_log(self, platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            self.channel(platform).send(self.outbound())
        assert len(platform.taken) == 1
        self.assert_no_secret(caplog.text)

    # Steps --------------------------------------------------------------------------------------------------

    def _needs_signatures(self) -> None:
        if self.no_signatures:
            pytest.skip(self.no_signatures)

    def _copes_with(self, raw: RawDelivery) -> bool:
        """Whether a delivery is either understood or called unreadable; anything else it raises goes on."""
        try:
            return isinstance(self.channel().parse(raw), list)
        except Unreadable:
            return True


def _is_secret(value: object) -> bool:
    """Tell a secret from a user name or a host, which an error may well repeat."""
    return isinstance(value, str) and len(value) >= 12


def _all_said(error: BaseException) -> str:
    """Return everything a log would show of `error`, its causes included."""
    return "".join(traceback.format_exception(error))
