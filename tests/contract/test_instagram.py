"""Instagram keeps the contract, by Instagram Login and by a linked page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import pytest

from channels_social.instagram.channel import InstagramChannel
from channels_social.meta.webhooks import SIGNATURE_HEADER
from csplatform.gateway.contract import AccountConfig, Channel, OutboundAttachment, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import SENT_AT, a_picture
from tests.contract.suite import ContractSuite
from tests.contract.test_messenger import call, delivery, happening
from tests.platforms.fetching import FileHost
from tests.platforms.instagram import ACCOUNT, LINKED_PAGE, InstagramStandIn
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET


class TestInstagram(ContractSuite):
    channel_class: ClassVar[type[Channel]] = InstagramChannel
    senders = ("1254459154682919", "1254459154682920")
    external_ids = ("aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3", "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE4")
    recipient = "1254459154682919"
    signature_header = SIGNATURE_HEADER
    host: FileHost

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with InstagramStandIn() as stand_in, FileHost() as self.host:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.api_base if isinstance(platform, InstagramStandIn) else "http://127.0.0.1:9/v25.0"
        secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "a word of ours"}
        return AccountConfig(4, "The Shop", ACCOUNT, secrets, {"api_base": base})

    def picture(self) -> OutboundAttachment:
        return self.host.hosting(a_picture("图 1.png"))

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        message = happening("message", {"mid": external_id, "text": text}, person=sender, own=ACCOUNT)
        return instagram(message | {"timestamp": int(sent_at.timestamp()) * 1000})

    def garbage(self) -> Sequence[RawDelivery]:
        message = happening("message", {"mid": "m_1", "text": "x"})
        return [
            delivery([]),
            delivery(call(own=ACCOUNT, product="page")),
            delivery({"object": "instagram"}),
            delivery(call(message, own="999", product="instagram")),
            instagram(happening("message", {"mid": "m_1", "text": 7})),
            instagram(happening("message", {"text": "no id"})),
            instagram(message | {"timestamp": "yesterday"}),
            instagram(happening("read", {"mid": 7.5})),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery({"object": "instagram", "entry": []}),
            instagram(happening("a_kind_of_tomorrow", {"x": 1})),
            instagram(happening("message_edit", {"mid": "m_1", "num_edit": 0})),
        ]


class TestInstagramByPage(TestInstagram):
    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with InstagramStandIn(by_page=True) as stand_in, FileHost() as self.host:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        config = super().account_config(platform)
        return replace(config, settings={**config.settings, "product": "page", "page_id": LINKED_PAGE})


def instagram(*happenings: dict[str, object]) -> RawDelivery:
    """Return a signed call about the account."""
    return delivery(call(*happenings, own=ACCOUNT, product="instagram"))
