"""VK keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.vk.channel import VkChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.vk import ACCESS_TOKEN, COMMUNITY, CONFIRMATION, PERSON, SECRET, VkStandIn


def delivery(call: object) -> RawDelivery:
    """Return a call as the door hands it on."""
    body = json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {"content-type": "application/json"}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


def call(kind: str, thing: object = None, **members: Any) -> dict[str, Any]:
    """Return a call of a kind about `thing`."""
    envelope = {"type": kind, "group_id": int(COMMUNITY), "event_id": "e1", "v": "5.199", "secret": SECRET}
    return envelope | ({} if thing is None else {"object": thing}) | members


def message(text: str = "", *, sender: str = PERSON, **members: Any) -> dict[str, Any]:
    """Return a message of a person."""
    said = {"id": 1077, "conversation_message_id": 77, "date": int(SENT_AT.timestamp()), "text": text, "out": 0}
    return said | {"from_id": int(sender), "peer_id": int(sender), "attachments": [], "fwd_messages": []} | members


def said(text: str = "", **members: Any) -> dict[str, Any]:
    """Return the call for one message of a person."""
    return call("message_new", {"message": message(text, **members), "client_info": {"lang_id": 0}})


class TestVk(ContractSuite):
    channel_class: ClassVar[type[Channel]] = VkChannel
    senders = (PERSON, "500200")
    external_ids = ("77", "78")
    recipient = PERSON
    signs_body = False

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with VkStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, VkStandIn) else "http://127.0.0.1:9"
        secrets = {"access_token": ACCESS_TOKEN, "secret": SECRET}
        return AccountConfig(5, "Shop", COMMUNITY, secrets, {"api_base": base, "confirmation": CONFIRMATION})

    def signature(self, raw: RawDelivery) -> str:
        return str(json.loads(raw.body)["secret"])

    def with_signature(self, raw: RawDelivery, signature: str | None) -> RawDelivery:
        document = json.loads(raw.body)
        del document["secret"]
        given = {} if signature is None else {"secret": signature}
        return replace(raw, body=json.dumps(document | given, ensure_ascii=False).encode())

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        at = int(sent_at.timestamp())
        return delivery(said(text, sender=sender, conversation_message_id=int(external_id), date=at))

    def expected_external_id(self, external_id: str, sender: str) -> str:
        return f"{sender}:{external_id}"

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            delivery([]),
            delivery({"group_id": 1}),
            delivery(call("message_new")),
            delivery(call("message_new", {"message": "hello"})),
            delivery(said(7)),  # type: ignore[arg-type]
            delivery(said("no date", date=None)),
            delivery(said("x", attachments=[{"type": "photo"}])),
            delivery(call("message_allow", {"key": "k"})),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        chat = message("hi all") | {"peer_id": 2_000_000_003}
        return [
            delivery(call("a_kind_of_tomorrow", {"x": 1})),
            delivery(call("wall_post_new", {"id": 1, "text": "sale"})),
            delivery(call("group_join", {"user_id": 1, "join_type": "join"})),
            delivery(call("message_new", {"message": chat})),
            delivery(call("message_reply", chat)),
            delivery(call("message_edit", chat)),
            delivery(call("message_read", {"from_id": -219, "peer_id": 500100, "conversation_message_id": 7})),
            delivery(call("message_typing_state", {"from_id": -219, "to_id": 500100, "state": "typing"})),
            delivery(call("message_reaction_event", {"reacted_id": -219, "peer_id": 500100, "cmid": 7})),
        ]
