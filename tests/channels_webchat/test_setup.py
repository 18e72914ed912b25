"""The test of a chat's settings: what the widget would leave out is said."""

from typing import Any

from channels_webchat.setup import check
from csplatform.gateway.contract import AccountConfig


def found(**settings: Any) -> list[tuple[bool | None, str]]:
    return [(finding.ok, finding.words) for finding in check(AccountConfig(1, "Chat", "shop", {}, settings))][:2]


def test_settings_that_the_widget_can_use() -> None:
    assert found() == [(True, "The usual one."), (True, "Every site.")]
    sites = ["https://shop.example", "*.shop.example"]
    assert found(color="#2563eb", allowed_origins=sites) == [(True, ""), (True, "https://shop.example, *.shop.example")]


def test_settings_that_it_would_leave_out() -> None:
    sites = ["https://shop.example", "https://shop.example/shop", "a b"]
    colour, wrong = found(color="blue", allowed_origins=sites)
    assert colour == (
        False,
        "“blue” is no colour, so the usual one is shown. Write it as # and six digits, such as #2563eb.",
    )
    assert wrong[0] is False
    assert wrong[1].startswith(
        "These are no sites, so nobody can embed the chat there: https://shop.example/shop, a b."
    )


def test_a_secret_must_be_long_enough() -> None:
    def told(**credentials: str) -> tuple[bool | None, str]:
        finding = check(AccountConfig(1, "Chat", "shop", credentials, {}))[2]
        return finding.ok, finding.words

    assert told() == (True, "None: all visitors are anonymous.")
    assert told(identity_secret="x" * 32) == (True, "")
    assert told(identity_secret="x" * 31) == (False, "It has 31 characters and needs 32, so nobody can sign in.")


def test_a_logo_must_be_one_that_can_be_shown() -> None:
    def told(logo: object) -> tuple[bool | None, str]:
        finding = check(AccountConfig(1, "Chat", "shop", {}, {"logo": logo}))[3]
        return finding.ok, finding.words

    assert told("") == (True, "None: the first letter of the title is shown.")
    assert told("https://shop.example/logo.svg") == (True, "")
    assert told("http://shop.example/logo.svg")[0] is False
