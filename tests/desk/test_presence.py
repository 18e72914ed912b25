"""Presence as agents choose it in the rail, and as others see it when they assign."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from csplatform.gateway.models import ChannelAccount
from csplatform.people import presence
from csplatform.people.models import AbsenceReason, Presence, User
from tests.desk.conftest import HTMX, partial_for, text_of
from tests.factories import make_conversation, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def pause() -> AbsenceReason:
    AbsenceReason.objects.create(name="Old habit", is_active=False)
    return AbsenceReason.objects.create(name="Break")


def now_of(user: User) -> tuple[str, str | None]:
    return Presence.objects.values_list("state", "reason__name").get(user=user)


def test_the_rail_offers_and_keeps_a_state(desk: Client, ana: User, pause: AbsenceReason) -> None:
    page = text_of(desk.get("/inbox/"))
    assert "Break" in page
    assert "Old habit" not in page
    address = "/me/presence/choose/"
    response = desk.post(address, {"reason": pause.pk}, headers=HTMX)
    assert "Offline: Break" in partial_for(response, "#presence-dot")
    assert now_of(ana) == ("offline", "Break")
    assert desk.post(address, {"state": "away"}).status_code == 302
    assert now_of(ana) == ("away", None)
    desk.post(address, {"state": "online"}, headers=HTMX)
    for wrong in ({"state": "asleep"}, {"reason": "x"}, {"reason": "999999"}, {}):
        assert desk.post(address, wrong, headers=HTMX).status_code == 422
    assert now_of(ana) == ("online", None)


def test_why_something_else_holds_is_said(desk: Client, ana: User) -> None:
    presence.choose(ana, "online")
    Presence.objects.update(state="away")
    assert "Away for now" in text_of(desk.get("/me/presence/", headers=HTMX))


def test_colleagues_are_offered_with_their_presence(
    desk: Client, account: ChannelAccount, ana: User, pause: AbsenceReason
) -> None:
    row = make_conversation(account)
    address = f"/inbox/c/{row.pk}/menu/assign/"
    counted = []
    for number in range(2):
        for index in range(3):
            presence.choose(make_user(name=f"P{number}{index}"), "away", pause)
        presence.choose(make_user(), "online")
        make_user()
        with CaptureQueriesContext(connection) as queries:
            page = text_of(desk.get(address, headers=HTMX))
        counted.append(len(queries))
    assert page.count("<bdi>Break</bdi>") == 6
    assert page.count("presence-dot online") == 2
    assert counted[0] == counted[1]
