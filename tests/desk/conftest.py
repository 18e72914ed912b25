"""What the desk's tests share: agents who are logged in, pages and fragments."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.factories import make_account, make_team, make_user

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HTMX = {"HX-Request": "true"}
LogIn = Callable[[User], Client]


@pytest.fixture
def log_in() -> LogIn:
    """Return a client in which a user is logged in."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return client_of


@pytest.fixture
def team(db: None) -> Team:
    return make_team("Shop")


@pytest.fixture
def ana(team: Team) -> User:
    """An agent of the team."""
    return make_user(name="Ana Torres", teams=[team])


@pytest.fixture
def account(team: Team) -> ChannelAccount:
    """An account whose conversations wait in the team's queue."""
    return make_account(team=team)


@pytest.fixture
def desk(ana: User, log_in: LogIn) -> Client:
    """The team's agent at the desk."""
    return log_in(ana)


def text_of(response: Any) -> str:
    """Return what an answer says."""
    return str(response.content.decode())


def rows_in(response: Any) -> list[int]:
    """Return the conversations of a list, in order."""
    return [int(number) for number in re.findall(r'id="row-(\d+)"', text_of(response))]


def lines_in(response: Any) -> list[int]:
    """Return the messages of a timeline, in order."""
    return [int(number) for number in re.findall(r'id="m-(\d+)"', text_of(response))]


def partial_for(response: Any, target: str) -> str:
    """Return what an answer puts into `target` beside its main content."""
    pattern = rf'<hx-partial hx-target="{re.escape(target)}"[^>]*>(.*?)</hx-partial>'
    found = re.search(pattern, text_of(response), re.DOTALL)
    assert found, f"nothing for {target}"
    return found[1]
