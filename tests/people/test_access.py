"""Whoever changes what a person may see lets their open screens ask again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from csplatform.live import announce
from csplatform.people.models import Role, Team, User
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The groups that were told of changed access. What Valkey carries is seen in the consumer's tests."""
    groups: list[str] = []

    def note(news_of: Any) -> None:
        groups.extend(group for group, news in news_of.items() if {"kind": "access"} in news)

    monkeypatch.setattr(announce, "_send", note)
    return groups


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMINISTRATOR), backend="csplatform.people.backends.RoleBackend")
    return client


@pytest.fixture
def team() -> Team:
    return make_team("Shop")


@pytest.fixture
def ana(team: Team) -> User:
    return make_user(teams=[team])


def form(user: User, **fields: Any) -> dict[str, Any]:
    kept = {"name": user.name, "email": user.email, "role": user.role, "timezone": "UTC", "is_active": "on"}
    return {key: value for key, value in (kept | fields).items() if value is not None}


@pytest.mark.parametrize("fields", [{}, {"role": "supervisor"}, {"is_active": None}])
def test_saving_a_user_in_the_admin(
    boss: Client, ana: User, told: list[str], rung: Any, fields: dict[str, Any]
) -> None:
    with rung():
        response = boss.post(reverse("admin:people_user_change", args=[ana.pk]), form(ana, **fields))
    assert response.status_code == 302
    assert told == [announce.person_group(ana.pk)]
    assert not ana.teams.exists()


def test_setting_a_password_in_the_admin(boss: Client, ana: User, told: list[str], rung: Any) -> None:
    address = reverse("admin:auth_user_password_change", args=[ana.pk])
    with rung():
        assert boss.post(address, {"password1": "x", "password2": "y"}).status_code == 200
    assert told == []
    secret = "correct horse battery"
    with rung():
        assert boss.post(address, {"password1": secret, "password2": secret}).status_code == 302
    assert told == [announce.person_group(ana.pk)]


def test_deleting_teams(boss: Client, ana: User, team: Team, told: list[str], rung: Any) -> None:
    with rung():
        boss.post(reverse("admin:people_team_delete", args=[team.pk]), {"post": "yes"})
    assert told == [announce.person_group(ana.pk)]
    other = make_team("Returns")
    ana.teams.add(other)
    chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    with rung():
        boss.post(reverse("admin:people_team_changelist"), chosen)
    assert told == 2 * [announce.person_group(ana.pk)]
    assert not Team.objects.exists()


def test_logging_out_and_changing_ones_password(ana: User, told: list[str], rung: Any) -> None:
    ana.set_password("correct horse battery")
    ana.save()
    client = Client()
    client.force_login(ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    new = {"oldpassword": "correct horse battery", "password1": "staple 4 horses", "password2": "staple 4 horses"}
    with rung():
        client.post(reverse("account_change_password"), new)
    assert told == [announce.person_group(ana.pk)]
    with rung():
        client.post(reverse("account_logout"))
    assert told == 2 * [announce.person_group(ana.pk)]
