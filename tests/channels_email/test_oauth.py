"""Tokens are asked for once, kept encrypted, renewed in time, and a sign-in that has ended is said plainly."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from channels_email import oauth
from channels_email.oauth import access_token
from csplatform.common import clock
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.tokens import fresh
from tests.platforms.oauth import CLIENT_SECRET, REFRESH_TOKEN, OAuthStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider() -> Iterator[OAuthStandIn]:
    with OAuthStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def account(provider: OAuthStandIn) -> ChannelAccount:
    return make(provider)


def make(provider: OAuthStandIn, **settings: Any) -> ChannelAccount:
    return ChannelAccount.objects.create(
        channel="email",
        name="Support",
        address="support@shop.example",
        credentials=provider.credentials,
        settings=provider.settings | settings,
    )


def token_of(account: ChannelAccount, **options: Any) -> str | None:
    account.refresh_from_db()
    return access_token(account.config, **options)


def test_an_account_with_a_password_has_no_token() -> None:
    account = ChannelAccount.objects.create(channel="email", name="Plain", address="plain@shop.example")
    assert token_of(account) is None


def test_a_token_is_asked_for_once_and_kept_encrypted(account: ChannelAccount, provider: OAuthStandIn) -> None:
    first = token_of(account)
    assert first in provider.valid
    assert token_of(account) == first
    assert [call["grant_type"] for call in provider.forms] == ["refresh_token"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM gateway_channelaccount")
        (stored,) = cursor.fetchone()
    assert first is not None
    assert first.encode() not in bytes(stored)


def test_a_token_is_renewed_before_it_expires(account: ChannelAccount) -> None:
    first = token_of(account)
    with clock.frozen(clock.now() + timedelta(minutes=58)):
        assert token_of(account) != first


def test_a_replaced_refresh_token_is_stored_and_used(account: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.rotates = True
    token_of(account)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert token_of(account) in provider.valid
    assert [call["refresh_token"] for call in provider.forms] == [REFRESH_TOKEN, "refresh-1"]
    account.refresh_from_db()
    assert account.credentials["oauth_refresh_token"] == "refresh-2"


@pytest.mark.django_db(transaction=True)
def test_many_workers_ask_only_once(account: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.rotates, provider.delay = True, 0.2

    def work(_number: int) -> str | None:
        try:
            return access_token(account.config)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as workers:
        tokens = set(workers.map(work, range(6)))
    assert tokens == provider.valid
    assert len(provider.forms) == 1


def test_a_token_that_the_server_rejects_is_replaced(account: ChannelAccount, provider: OAuthStandIn) -> None:
    first = token_of(account)
    assert first is not None
    second = token_of(account, rejected=first)
    assert second != first
    assert token_of(account, rejected=first) == second
    assert len(provider.forms) == 2


def test_other_credentials_make_another_token(account: ChannelAccount, provider: OAuthStandIn) -> None:
    first = token_of(account)
    provider.refresh_token = "pasted"
    account.refresh_from_db()
    account.credentials["oauth_refresh_token"] = "pasted"
    account.save()
    assert token_of(account) != first


def test_what_is_entered_while_a_token_is_asked_for_stays(account: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.rotates = True
    entered = provider.credentials | {"oauth_refresh_token": "entered meanwhile"}

    def renewing(credentials: Any) -> Any:
        ChannelAccount.objects.filter(pk=account.pk).update(credentials=entered)
        return oauth.renew(account.config, credentials)

    assert fresh(account.pk, renewing) in provider.valid
    account.refresh_from_db()
    assert account.credentials == entered


def test_an_account_that_is_not_stored_gets_a_token_too(account: ChannelAccount, provider: OAuthStandIn) -> None:
    config = ChannelAccount(channel="email", credentials=provider.credentials, settings=provider.settings).config
    assert access_token(config) in provider.valid
    account.refresh_from_db()
    assert account.credentials == provider.credentials


def test_a_sign_in_that_has_ended(account: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.sign_out()
    with pytest.raises(SendFailed, match="sign in again") as failure:
        token_of(account)
    assert not isinstance(failure.value, SendUnavailable)
    assert failure.value.code == "invalid_grant"


@pytest.mark.parametrize(
    ("status", "document", "kind", "words"),
    [
        (401, {"error": "invalid_client"}, SendFailed, "client id and secret"),
        (400, {"error": "invalid_scope", "error_description": "no such\nscope"}, SendFailed, "no such scope"),
        (400, b"<html>", SendFailed, "refuses"),
        (302, b"", SendFailed, "refuses"),
        (503, b"<html>", SendUnavailable, "busy"),
        (200, b"not json", SendUnavailable, "makes no sense"),
        (200, {"access_token": ""}, SendUnavailable, "makes no sense"),
        (200, {"access_token": "with\nlines"}, SendUnavailable, "makes no sense"),
        (200, [1], SendUnavailable, "makes no sense"),
    ],
)
def test_a_provider_says_no(
    account: ChannelAccount, provider: OAuthStandIn, status: int, document: Any, kind: type[SendFailed], words: str
) -> None:
    provider.refuse_with(status, document)
    with pytest.raises(kind, match=words) as failure:
        token_of(account)
    assert type(failure.value) is kind
    for secret in (CLIENT_SECRET, REFRESH_TOKEN):
        assert secret not in failure.value.reason
    assert token_of(account) in provider.valid


def test_a_busy_provider_names_a_time(account: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.refuse_with(429, {}, Retry_After="17")
    with pytest.raises(SendUnavailable) as failure:
        token_of(account)
    assert failure.value.retry_after == 17


@pytest.mark.parametrize("expires_in", ["3600", None, "soon", -1])
def test_odd_lifetimes(provider: OAuthStandIn, expires_in: object) -> None:
    provider.expires_in = expires_in
    account = make(provider)
    first = token_of(account)
    assert token_of(account) == first


def test_nobody_there() -> None:
    with OAuthStandIn() as gone:
        account = make(gone)
    with pytest.raises(SendUnavailable, match="cannot be reached"):
        token_of(account)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"oauth_provider": "yahoo"}, "not a sign-in provider"),
        ({"oauth_token_url": "http://tokens.example/token"}, "https://"),
        ({"oauth_token_url": "http://localhost@tokens.example/"}, "https://"),
        ({"oauth_token_url": "ftp://127.0.0.1/"}, "https://"),
        ({"oauth_token_url": ""}, "https://"),
        ({"oauth_token_url": "https://[broken"}, "not a valid one"),
    ],
)
def test_settings_that_make_no_sense(provider: OAuthStandIn, settings: dict[str, str], words: str) -> None:
    with pytest.raises(SendFailed, match=words):
        token_of(make(provider, **settings))
    assert provider.forms == []


@pytest.mark.parametrize("missing", ["oauth_client_id", "oauth_refresh_token"])
def test_credentials_that_are_not_all_there(account: ChannelAccount, provider: OAuthStandIn, missing: str) -> None:
    account.credentials.pop(missing)
    account.save()
    with pytest.raises(SendFailed):
        token_of(account)
    assert provider.forms == []


def test_the_known_providers_need_no_address() -> None:
    assert oauth.provider({"oauth_provider": "google"}).token_url == "https://oauth2.googleapis.com/token"
    tenant = oauth.provider({"oauth_provider": "microsoft", "oauth_tenant": "shop.example/../x"})
    assert tenant.token_url == "https://login.microsoftonline.com/shop.example%2F..%2Fx/oauth2/v2.0/token"
    assert "/common/" in oauth.provider({"oauth_provider": "microsoft"}).token_url
