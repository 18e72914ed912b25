"""Until when an account's token holds, and when that is worth a warning."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role
from tests.factories import make_account, make_user
from tests.people.test_admin_pages import logged_in

pytestmark = pytest.mark.django_db
SIXTY_DAYS = timedelta(days=60)


def account_with(life: timedelta) -> ChannelAccount:
    account = make_account(credentials={"access_token": "entered"})
    tokens.fresh(account.pk, lambda _credentials: tokens.NewToken("brought", clock.now() + life))
    account.refresh_from_db()
    return account


@pytest.mark.parametrize(
    ("life", "after", "is_near", "is_over"),
    [
        (SIXTY_DAYS, timedelta(), False, False),
        (SIXTY_DAYS, timedelta(days=52), False, False),
        (SIXTY_DAYS, timedelta(days=54), True, False),
        (SIXTY_DAYS, timedelta(days=61), True, True),
        (timedelta(hours=2), timedelta(hours=1), False, False),
        (timedelta(hours=2), timedelta(hours=3), False, True),
    ],
)
def test_a_long_token_warns_a_week_before(life: timedelta, after: timedelta, is_near: bool, is_over: bool) -> None:
    account = account_with(life)
    with clock.frozen(clock.now() + after):
        expiry = tokens.expiry(account.credentials)
        assert expiry is not None
        assert (expiry.is_near, expiry.is_over) == (is_near, is_over)


def test_a_token_of_other_credentials_says_nothing() -> None:
    account = account_with(SIXTY_DAYS)
    assert tokens.expiry(account.credentials | {"access_token": "another"}) is None
    assert tokens.expiry({"access_token": "entered"}) is None


@pytest.fixture
def client() -> Client:
    return logged_in(make_user(role=Role.ADMINISTRATOR))


@pytest.mark.parametrize(
    ("after", "words"),
    [(0, "is renewed by itself"), (54, "could not be renewed yet"), (61, "was not renewed: enter a new one")],
)
def test_the_accounts_page_says_it(client: Client, after: int, words: str) -> None:
    account = account_with(SIXTY_DAYS)
    page = reverse("admin:gateway_channelaccount_change", args=[account.pk])
    ChannelAccount.objects.filter(pk=account.pk).update(credentials=aged(account, timedelta(days=after)))
    shown = client.get(page).content.decode()
    assert words in shown
    assert "brought" not in shown
    listed = client.get(reverse("admin:gateway_channelaccount_changelist")).content.decode()
    assert ("The token ends soon" in listed) == (after == 54)
    assert ("The token has ended" in listed) == (after == 61)


def aged(account: ChannelAccount, by: timedelta) -> dict[str, str]:
    """Return the account's credentials as if they had been brought so long ago."""
    now = clock.now() - by
    moments = {tokens.GRANTED_AT: now.isoformat(), tokens.EXPIRES_AT: (now + SIXTY_DAYS).isoformat()}
    return {**account.credentials, **moments}
