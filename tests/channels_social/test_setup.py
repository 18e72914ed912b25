"""The live tests of Telegram and WhatsApp: everything right, and each thing that can be wrong, in words."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels_social.telegram.channel import TelegramChannel
from channels_social.telegram.setup import UPDATES, enter_webhook
from channels_social.whatsapp.channel import WhatsAppChannel
from csplatform.gateway.contract import AccountConfig, Channel, Finding
from csplatform.gateway.errors import SendFailed
from tests.platforms import telegram, whatsapp
from tests.platforms.telegram import TelegramStandIn
from tests.platforms.whatsapp import WhatsAppStandIn

OURS = "https://desk.example/hooks/token-of-ours/"


@pytest.fixture
def bot() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as platform:
        platform.door = OURS
        yield platform


@pytest.fixture
def number() -> Iterator[WhatsAppStandIn]:
    with WhatsAppStandIn() as platform:
        platform.webhooks = {"application": OURS}
        yield platform


def of_bot(platform: TelegramStandIn, **secrets: str) -> AccountConfig:
    kept = {"bot_token": telegram.TOKEN, "webhook_secret": telegram.SECRET} | secrets
    return AccountConfig(1, "Bot", "@shop_bot", kept, {"api_base": platform.url}, webhook=OURS)


def of_number(platform: WhatsAppStandIn, **secrets: str) -> AccountConfig:
    kept = {"access_token": whatsapp.ACCESS_TOKEN, "app_secret": whatsapp.APP_SECRET, "verify_token": "word"} | secrets
    return AccountConfig(1, "Shop", whatsapp.NUMBER, kept, {"api_base": platform.api_base}, webhook=OURS)


def check(channel: type[Channel], account: AccountConfig) -> list[Finding]:
    assert channel.abilities.check is not None
    findings = list(channel.abilities.check(account))
    for secret in account.credentials.values():
        assert not any(secret and secret in finding.words for finding in findings)
    return findings


def failure(channel: type[Channel], account: AccountConfig) -> tuple[str, str]:
    """Return the step that failed and its words; nothing after it may have been tried."""
    findings = check(channel, account)
    (bad,) = [finding for finding in findings if finding.ok is False]
    later = findings[findings.index(bad) + 1 :]
    assert [finding.ok for finding in later] == [None] * len(later)
    return bad.step, bad.words


def test_a_bot_that_works(bot: TelegramStandIn) -> None:
    bot.webhook["allowed_updates"] = list(UPDATES)
    assert check(TelegramChannel, of_bot(bot)) == [
        Finding("The token", True, "This is the bot @shop_bot."),
        Finding("The webhook secret", True),
        Finding("Telegram calls us", True, "Telegram calls the webhook address of this account; 0 updates wait."),
        Finding("What Telegram tells us", True, "Everything this desk can show."),
    ]


def test_a_bot_that_keeps_reactions_back(bot: TelegramStandIn) -> None:
    assert check(TelegramChannel, of_bot(bot))[-1].words == "Everything but message_reaction."
    bot.webhook["allowed_updates"] = ["callback_query"]
    assert failure(TelegramChannel, of_bot(bot)) == (
        "What Telegram tells us",
        "Telegram was told to keep messages back. Call setWebhook with “allowed_updates”.",
    )


def test_a_bots_secrets_are_wanted(bot: TelegramStandIn) -> None:
    wrong = of_bot(bot, bot_token="1:wrong-token")
    assert failure(TelegramChannel, wrong) == (
        "The token",
        "Telegram does not accept the bot token of this account.",
    )
    assert failure(TelegramChannel, of_bot(bot, bot_token="")) == ("The token", "The token is missing.")
    assert failure(TelegramChannel, of_bot(bot, webhook_secret="")) == (
        "The webhook secret",
        "The webhook secret is missing, so every call of Telegram is turned away.",
    )


def test_a_secret_that_telegram_does_not_take(bot: TelegramStandIn) -> None:
    step, words = failure(TelegramChannel, of_bot(bot, webhook_secret="with a space"))
    assert (step, words) == (
        "The webhook secret",
        "Telegram takes only letters, digits, - and _ in a webhook secret, 256 at most.",
    )


def test_telegram_is_told_where_to_call(bot: TelegramStandIn) -> None:
    bot.door, bot.secret = "", ""
    enter_webhook(of_bot(bot))
    assert (bot.door, bot.secret) == (OURS, telegram.SECRET)
    assert check(TelegramChannel, of_bot(bot))[-1].words == "Everything this desk can show."
    with pytest.raises(SendFailed, match="An HTTPS URL must be provided"):
        enter_webhook(replace(of_bot(bot), webhook="http://desk.example/hooks/x/"))
    with pytest.raises(SendFailed, match="no usable access token"):
        enter_webhook(of_bot(bot, webhook_secret=""))


def test_telegram_calls_nobody_or_somebody_else_or_in_vain(bot: TelegramStandIn) -> None:
    bot.webhook |= {
        "pending_update_count": 7,
        "last_error_date": 1772600767,
        "last_error_message": "Wrong response from the webhook: 403 Forbidden",
    }
    step, words = failure(TelegramChannel, of_bot(bot))
    assert step == "Telegram calls us"
    assert words.startswith("Telegram cannot reach us, and 7 updates wait. On ")
    assert words.endswith("it said: “Wrong response from the webhook: 403 Forbidden”")
    bot.door = "https://other.example/secret-path"
    assert failure(TelegramChannel, of_bot(bot))[1] == (
        "Telegram calls another address, on other.example. Tell it ours by setWebhook."
    )
    bot.door = ""
    assert failure(TelegramChannel, of_bot(bot))[1] == (
        "Telegram does not know where to call. Tell it the webhook address by setWebhook."
    )


@pytest.mark.parametrize("channel", [TelegramChannel, WhatsAppChannel])
def test_a_platform_that_cannot_be_reached(channel: type[Channel]) -> None:
    with TelegramStandIn() as bot, WhatsAppStandIn() as number:
        account = of_bot(bot) if channel is TelegramChannel else of_number(number)
    assert failure(channel, account)[1] == "The platform cannot be reached."
    nonsense = replace(account, settings={"api_base": "ftp://nowhere"})
    assert failure(channel, nonsense)[1] == "The address set for the platform is not a valid one."


def test_a_number_that_works(number: WhatsAppStandIn) -> None:
    assert check(WhatsAppChannel, of_number(number)) == [
        Finding("The access token and the number", True, f"This is +{whatsapp.DISPLAYED}, “Shop”."),
        Finding("The app secret", True),
        Finding("The verify token", True),
        Finding("WhatsApp calls us", True, "Meta calls the webhook address of this account."),
    ]


def test_a_numbers_secrets_are_wanted(number: WhatsAppStandIn) -> None:
    def words(**secrets: str) -> str:
        return failure(WhatsAppChannel, of_number(number, **secrets))[1]

    assert words(access_token="wrong-token").startswith("WhatsApp does not accept the access token of this account")
    assert words(access_token="") == "The access token is missing."
    assert words(app_secret="another-apps") == "This is not the secret of the app that the access token belongs to."
    assert words(app_secret="") == "The app secret is missing, so every call of Meta is turned away."
    assert words(verify_token="") == "The verify token is missing, so Meta cannot be told our address."


def test_a_number_that_meta_does_not_know(number: WhatsAppStandIn) -> None:
    account = replace(of_number(number), address="999")
    assert failure(WhatsAppChannel, account) == (
        "The access token and the number",
        "Meta knows no number with the id 999, or this access token may not use it.",
    )


def test_meta_calls_nobody_or_somebody_else(number: WhatsAppStandIn) -> None:
    number.webhooks = {"phone_number": "https://other.example/secret-path", "application": OURS}
    assert failure(WhatsAppChannel, of_number(number)) == (
        "WhatsApp calls us",
        "Meta calls another address, on other.example. Enter ours in the Meta app, or for this number.",
    )
    number.webhooks = {}
    assert failure(WhatsAppChannel, of_number(number))[1] == (
        "Meta does not know where to call. Enter the webhook address in the Meta app."
    )
