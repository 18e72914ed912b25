"""A channel that nobody has heard of: one class and one line of registration, and it is part of the desk.

This is the example of docs/adding-a-channel.md. Nothing in csplatform knows about it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest
from django.test import Client

from csplatform.conversations.models import Conversation
from csplatform.flows.reply import reply
from csplatform.gateway import registry
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Channel,
    Cursor,
    Event,
    FetchResult,
    HandleKind,
    HttpAnswer,
    InboundMessage,
    OutboundMessage,
    RawDelivery,
    Sender,
    SendResult,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable, WebhookRejected
from csplatform.gateway.models import InboundDelivery
from tests.contract.platform import Platform, Taken
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.factories import make_account, make_user
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json

SECRET = "pigeon-post-secret"


class PigeonChannel:
    """Messages by carrier pigeon: short, without files, and with a key that the loft recognises."""

    slug: ClassVar[str] = "pigeon"
    label: ClassVar[str] = "Pigeon post"
    abilities: ClassVar[Abilities] = Abilities(max_text=280, attachments_per_message=0, deduplicates=True)

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        return None

    def verify(self, raw: RawDelivery) -> None:
        secret = self._account.credentials.get("secret", "")
        wanted = hmac.new(secret.encode(), raw.body, hashlib.sha256).hexdigest()
        given = raw.headers.get("x-loft", "")
        if not secret or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise WebhookRejected("the loft did not sign this")

    def parse(self, raw: RawDelivery) -> list[Event]:
        try:
            note = json.loads(raw.body)
            if note["kind"] != "note":
                return []
            sender = Sender(str(note["loft"]), HandleKind.SOCIAL, name=str(note["loft"]))
            at = datetime.fromtimestamp(note["at"], UTC)
            return [InboundMessage(str(note["ring"]), sender, text=str(note["text"]), sent_at=at)]
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError) as error:
            raise Unreadable(f"no pigeon wrote this: {type(error).__name__}") from error

    def fetch(self, cursor: Cursor) -> FetchResult:
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        note = {"loft": message.recipient, "text": message.text, "key": message.key}
        try:
            answer = httpx.post(f"{self._account.settings['api_base']}/notes", json=note)
        except httpx.ConnectError:
            raise SendUnavailable("the loft is closed") from None
        except httpx.HTTPError:
            raise SendUncertain("the pigeon may have left") from None
        if answer.status_code == 503:
            raise SendUnavailable("all pigeons are out", retry_after=float(answer.headers["retry-after"]))
        if answer.status_code != 200:
            raise SendFailed("no such loft")
        return SendResult(answer.json()["ring"])


class Loft(StandIn):
    """The pigeons' platform."""

    description: ClassVar[str] = __doc__

    def be_busy(self) -> float | None:
        self._orders.append("busy")
        return 90.0

    def busy(self) -> Answer:
        return Answer(b"", 503, {"Retry-After": "90"})

    def refused_for_good(self) -> Refused:
        return Refused(404, "no such loft")

    def refusal(self, error: Refused) -> Answer:
        return Answer(error.why.encode(), error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        return {"X-Loft": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}

    def answer(self, call: Call) -> Answer:
        note = call.json()
        if (call.method, call.path) != ("POST", "/notes") or set(note) != {"loft", "text", "key"}:
            raise Refused(400, "a note has a loft, a text and a key")
        ring = f"ring-of-{note['key']}"
        if any(taken.external_id == ring for taken in self.taken):
            return as_json({"ring": ring})
        return self.take(Taken(ring, note["loft"], note["text"]), as_json({"ring": ring}))


def note(text: str, *, ring: str = "r-1", loft: str = "north") -> dict[str, Any]:
    return {"kind": "note", "ring": ring, "loft": loft, "text": text, "at": int(SENT_AT.timestamp())}


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """What an app does in its `AppConfig.ready()`."""
    registry.register(PigeonChannel)
    yield
    registry.unregister(PigeonChannel.slug)


class TestPigeon(ContractSuite):
    channel_class: ClassVar[type[Channel]] = PigeonChannel
    senders = ("north", "south")
    external_ids = ("r-1", "r-2")
    recipient = "north"
    signature_header = "x-loft"

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with Loft() as loft:
            yield loft

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, Loft) else "http://127.0.0.1:9"
        return AccountConfig(3, "Pigeons", "roof", {"secret": SECRET}, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return self._delivery(note(text, ring=external_id, loft=sender) | {"at": int(sent_at.timestamp())})

    def garbage(self) -> Sequence[RawDelivery]:
        return [self._delivery([]), self._delivery({"kind": "note"})]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [self._delivery({"kind": "egg"})]

    def _delivery(self, document: object) -> RawDelivery:
        body = json.dumps(document).encode()
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return RawDelivery(body, {"x-loft": digest}, {}, "POST", RECEIVED_AT)


@pytest.mark.django_db
def test_a_note_comes_through_the_door_and_the_answer_flies_back(client: Client, rung: Any) -> None:
    with Loft() as loft:
        account = make_account("pigeon", credentials={"secret": SECRET}, settings={"api_base": loft.url})
        body = json.dumps(note("我的信呢？")).encode()
        with rung():
            answer = client.post(
                f"/hooks/{account.token}/", body, content_type="application/json", headers=loft.signed_headers(body)
            )
        assert answer.status_code == 200
        assert InboundDelivery.objects.get().state == "done"
        conversation = Conversation.objects.get()
        assert (conversation.account, conversation.contact.name) == (account, "north")
        assert conversation.messages.get(kind="customer").text == "我的信呢？"

        with rung():
            said = reply(conversation.pk, by=make_user(), text="正在飞来", key=uuid4())
        said.refresh_from_db()
        assert said.state == "accepted"
        assert loft.taken == [Taken(said.dispatches.get().external_id, "north", "正在飞来")]
