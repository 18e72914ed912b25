"""What the desk costs to open: less than 100 KB in all, compressed."""

import pytest
from django.test import Client

from tests.factories import make_account, make_team, make_user, say
from tests.weight import told, weigh

FIRST_VIEW = 100 * 1000
_LOGIN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans", "ar"])
def test_the_first_view(client: Client, language: str) -> None:
    team = make_team("Shop")
    account = make_account("webchat", name="Shop chat", team=team)
    for number in range(60):  # more than a screen of the list
        say(account, f"我的订单 {number} 还没有到，请帮我查一下 – where is it?", sender=f"person-{number}")
    agent = make_user(teams=[team], language=language)
    client.force_login(agent, backend=_LOGIN_BACKEND)
    weights = weigh(client, "/inbox/")
    names = {address.rpartition("/")[2].split("?")[0] for address in weights}
    assert {"desk.js", "tokens.css", "live.js"} <= names
    assert sum(weights.values()) < FIRST_VIEW, told(weights)
