"""The live test of a Slack app: everything right, and each thing that can be wrong, in words."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels_social.slack.channel import SlackChannel
from csplatform.gateway.contract import AccountConfig, Finding
from tests.channels_social.test_setup import check, failure
from tests.platforms.slack import SECRET, TEAM, TOKEN, SlackStandIn


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as platform:
        yield platform


def of_app(platform: SlackStandIn, **secrets: str) -> AccountConfig:
    kept = {"bot_token": TOKEN, "signing_secret": SECRET} | secrets
    return AccountConfig(1, "Shop", TEAM, kept, {"api_base": f"{platform.url}/api"})


def test_an_app_that_works(slack: SlackStandIn) -> None:
    assert check(SlackChannel, of_app(slack)) == [
        Finding("The bot token", True, "This is the app @shop_app in the workspace “Shop”."),
        Finding("The workspace", True),
        Finding("What the app may do", True, "Everything this desk can show."),
        Finding("The signing secret", True),
    ]


def test_secrets_are_wanted(slack: SlackStandIn) -> None:
    def words(**secrets: str) -> str:
        return failure(SlackChannel, of_app(slack, **secrets))[1]

    assert words(bot_token="") == "The bot token is missing."
    assert words(bot_token="xoxb-wrong") == "Slack does not accept the bot token of this account."
    assert words(signing_secret="") == "The signing secret is missing, so every call of Slack is turned away."


def test_another_workspace(slack: SlackStandIn) -> None:
    assert failure(SlackChannel, replace(of_app(slack), address="T0OTHER")) == (
        "The workspace",
        f"This token belongs to the workspace with the id {TEAM}: enter that.",
    )


def test_scopes(slack: SlackStandIn) -> None:
    slack.scopes = "chat:write,files:read"
    assert failure(SlackChannel, of_app(slack)) == (
        "What the app may do",
        "Give the app these scopes and install it again: im:history.",
    )
    slack.scopes = "chat:write, im:history, files:read"
    words = check(SlackChannel, of_app(slack))[2].words
    assert words == "Everything but files:write, im:read, reactions:read, users:read."


def test_slack_that_cannot_be_reached() -> None:
    with SlackStandIn() as slack:
        account = of_app(slack)
    assert failure(SlackChannel, account) == ("The bot token", "The platform cannot be reached.")
