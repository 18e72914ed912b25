"""The live test of a VK community: everything right, and each thing that can be wrong, in words."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels_social.vk.channel import VkChannel
from csplatform.gateway.contract import AccountConfig, Finding
from tests.platforms.vk import ACCESS_TOKEN, COMMUNITY, CONFIRMATION, SECRET, VkStandIn

OURS = "https://desk.example/hooks/token-of-ours/"


@pytest.fixture
def platform() -> Iterator[VkStandIn]:
    with VkStandIn() as stand_in:
        stand_in.servers = [{"id": 3, "url": OURS, "secret_key": SECRET, "status": "ok", "title": "desk"}]
        yield stand_in


def account(platform: VkStandIn, **secrets: str) -> AccountConfig:
    kept = {"access_token": ACCESS_TOKEN, "secret": SECRET} | secrets
    settings = {"api_base": platform.url, "confirmation": CONFIRMATION}
    return AccountConfig(5, "Shop", COMMUNITY, kept, settings, webhook=OURS)


def check(config: AccountConfig) -> list[Finding]:
    assert VkChannel.abilities.check is not None
    return list(VkChannel.abilities.check(config))


def failure_of(config: AccountConfig) -> str:
    (bad,) = [finding for finding in check(config) if finding.ok is False]
    return bad.words


def test_a_community_that_works(platform: VkStandIn) -> None:
    assert check(account(platform)) == [
        Finding("The token", True, "This is the community “Лавка”."),
        Finding("What the token allows", True, "Everything this desk needs."),
        Finding("The Callback API", True),
        Finding("VK calls us", True, "VK calls the webhook address of this account."),
        Finding("What VK tells us", True, "Everything this desk can show."),
    ]
    platform.switched_off = {"message_read"}
    assert check(account(platform))[-1].words == "Everything but message_read."
    platform.rights = ["messages"]
    blind = "The token is not allowed to see that. Write to the community to try."
    assert [one.words for one in check(account(platform))[1:]] == [
        "Everything but photos, docs, manage.",
        "",
        blind,
        blind,
    ]


def test_what_can_be_wrong_with_a_token(platform: VkStandIn) -> None:
    assert failure_of(account(platform, access_token="")) == "The token is missing."
    assert failure_of(account(platform, access_token="x")) == "VK does not accept the access token of this account."
    assert failure_of(replace(account(platform), address="1")) == f"This token belongs to the community {COMMUNITY}."
    platform.rights = ["manage"]
    assert failure_of(account(platform)) == "The token is not allowed to write messages. Make one that is."
    platform.rights = ["manage", "messages"]
    assert failure_of(account(platform, secret="")).startswith("The secret key is missing")
    unconfirmed = replace(account(platform), settings={"api_base": platform.url})
    assert failure_of(unconfirmed).startswith("The string to be returned is missing")


def test_what_can_be_wrong_with_the_callback_api(platform: VkStandIn) -> None:
    platform.switched_off = {"message_new"}
    assert failure_of(account(platform)).startswith("VK keeps new messages back.")
    assert failure_of(account(platform, secret="other")).startswith("VK calls us with another secret key.")
    platform.servers[0]["status"] = "wait"
    assert failure_of(account(platform)).startswith("VK knows our address and has not confirmed it.")
    platform.servers[0]["url"] = "https://other.example/secret"
    assert failure_of(account(platform)).startswith("VK calls other addresses, on other.example.")
    platform.servers.clear()
    assert failure_of(account(platform)).startswith("VK does not know where to call.")
