"""Saved views: for whom they are, who may change them, and bringing one back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from csplatform.common import clock
from csplatform.conversations.models import Conversation
from csplatform.desk import saved
from csplatform.desk.models import SavedView
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, Team, User
from tests.desk.conftest import HTMX, LogIn, partial_for, rows_in, text_of
from tests.factories import make_conversation, make_team, make_user

pytestmark = pytest.mark.django_db

FORM = {"name": "  Angry   VIPs ", "icon": "flag", "audience": "me", "sort": "waiting", "tier": "vip", "status": "open"}


def make_view(owner: User, **more: Any) -> SavedView:
    return SavedView.objects.create(**{"owner": owner, "name": "A view", "icon": "star", "filters": {}} | more)


def names_in(response: Any) -> list[str]:
    """Return the saved views beside a list, in order."""
    shown = re.findall(r'id="view-saved-\d+">.*?class="view-name"[^>]*>([^<]*)<', text_of(response), re.DOTALL)
    return [name.strip() for name in shown]


def test_filters_are_saved_under_a_name_and_opened(desk: Client, account: ChannelAccount, ana: User) -> None:
    vip, other = make_conversation(account), make_conversation(account)
    vip.contact.tier = "vip"
    vip.contact.save()
    asked = text_of(desk.get("/inbox/saved/new/?view=mine&tier=vip&sort=waiting", headers=HTMX))
    assert 'value="me" checked' in asked
    assert 'value="vip" checked' in asked
    assert '<option value="waiting" selected>' in asked
    response = desk.post("/inbox/saved/new/", FORM, headers=HTMX)
    view = SavedView.objects.get()
    assert (view.name, view.icon, view.owner, view.order) == ("Angry VIPs", "flag", ana, "waiting")
    assert view.filters == {"status": ["open"], "tier": ["vip"]}
    assert response["HX-Push-Url"] == f"/inbox/saved-{view.pk}/"
    assert response["HX-Retarget"] == "#list"
    assert rows_in(response) == [vip.pk]
    assert other.pk not in rows_in(desk.get(f"/inbox/saved-{view.pk}/"))
    assert names_in(desk.get("/inbox/")) == ["Angry VIPs"]


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x" * 61}, {"audience": "everyone"}, {"audience": "x"}, {"audience": "team"}]
)
def test_what_cannot_be_saved_is_refused(desk: Client, wrong: dict[str, str]) -> None:
    assert desk.post("/inbox/saved/new/", FORM | wrong, headers=HTMX).status_code in {403, 422}
    assert not SavedView.objects.exists()


def test_a_view_for_a_team_that_one_is_not_in_is_refused(desk: Client) -> None:
    data = FORM | {"audience": "team", "for-team": str(make_team().pk)}
    assert desk.post("/inbox/saved/new/", data, headers=HTMX).status_code == 422


def test_everybody_has_their_own_their_teams_and_everyones(desk: Client, ana: User, team: Team, log_in: LogIn) -> None:
    other = make_user(teams=[make_team()])
    make_view(ana, name="Ana's")
    make_view(other, name="Bo's")
    make_view(other, name="Team's", audience="team", team=team)
    make_view(other, name="Others'", audience="team", team=other.teams.get())
    make_view(other, name="Everyone's", audience="everyone")
    assert names_in(desk.get("/inbox/")) == ["Ana&#x27;s", "Team&#x27;s", "Everyone&#x27;s"]
    boss = log_in(make_user(role=Role.SUPERVISOR))
    assert names_in(boss.get("/inbox/")) == ["Team&#x27;s", "Others&#x27;", "Everyone&#x27;s"]


def test_a_view_shows_nobody_more_than_they_may_see(desk: Client, ana: User, account: ChannelAccount) -> None:
    row = make_conversation(account)
    Conversation.objects.update(team=make_team())
    view = make_view(ana, filters={"status": ["open"]})
    response = desk.get(f"/inbox/saved-{view.pk}/", headers=HTMX)
    assert rows_in(response) == []
    assert 'class="count"' not in partial_for(response, "#views")
    assert row.pk


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", ""), ("post", "delete/")])
def test_what_is_not_ones_own_cannot_be_changed(desk: Client, log_in: LogIn, method: str, path: str) -> None:
    other = make_user()
    for view, status in ((make_view(other), 422), (make_view(other, audience="everyone"), 403)):
        response = getattr(desk, method)(f"/inbox/saved/{view.pk}/{path}", FORM, headers=HTMX)
        assert response.status_code == status
        assert SavedView.objects.get(pk=view.pk).name == "A view"
    mine = getattr(log_in(make_user(role=Role.SUPERVISOR)), method)(
        f"/inbox/saved/{view.pk}/{path}", FORM, headers=HTMX
    )
    assert mine.status_code == 200


def test_somebody_elses_view_is_no_place(desk: Client) -> None:
    assert desk.get(f"/inbox/saved-{make_view(make_user()).pk}/").status_code == 404


def test_a_team_view_becomes_ones_own_when_kept_for_oneself(desk: Client, ana: User, team: Team) -> None:
    view = make_view(make_user(), audience="team", team=team)
    desk.post(f"/inbox/saved/{view.pk}/", FORM, headers=HTMX)
    view.refresh_from_db()
    assert (view.owner, view.team, view.audience) == (ana, None, "me")


def delete(client: Client, view: SavedView) -> str:
    answer = text_of(client.post(f"/inbox/saved/{view.pk}/delete/", headers=HTMX))
    assert not SavedView.objects.filter(pk=view.pk).exists()
    return str(re.findall(r'name="token" value="([^"]+)"', answer)[0])


def test_a_deleted_view_is_brought_back_as_it_was(desk: Client, ana: User) -> None:
    view = make_view(ana, filters={"tier": ["vip"]}, order="oldest", position=7)
    token = delete(desk, view)
    for _twice in range(2):
        assert desk.post("/inbox/saved/restore/", {"token": token}, headers=HTMX).status_code == 200
    back = SavedView.objects.get()
    assert (back.pk, back.filters, back.order, back.position) == (view.pk, {"tier": ["vip"]}, "oldest", 7)


def test_a_deleted_view_comes_back_to_nobody_else_and_not_too_late(
    desk: Client, ana: User, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = delete(desk, make_view(ana))
    assert log_in(make_user()).post("/inbox/saved/restore/", {"token": token}, headers=HTMX).status_code == 403
    assert desk.post("/inbox/saved/restore/", {"token": token + "x"}, headers=HTMX).status_code == 422
    late = clock.now() + timedelta(minutes=3)
    monkeypatch.setattr("time.time", late.timestamp)
    assert desk.post("/inbox/saved/restore/", {"token": token}, headers=HTMX).status_code == 422
    assert not SavedView.objects.exists()


def test_views_are_put_into_an_order_by_those_who_may(desk: Client, ana: User) -> None:
    one, two, three = (make_view(ana, name=name, position=at) for at, name in enumerate("abc"))
    fixed = make_view(make_user(), name="f", audience="everyone", position=9)
    numbers = [one.pk, two.pk, three.pk, fixed.pk]
    answer = desk.post(f"/inbox/saved/arrange/?move={three.pk}&by=up", {"ids": numbers}, headers=HTMX)
    assert names_in(answer) == ["a", "c", "b", "f"]
    desk.post(f"/inbox/saved/arrange/?move={one.pk}&by=down", {"ids": [one.pk, three.pk, two.pk, fixed.pk]})
    assert names_in(desk.get("/inbox/")) == ["c", "a", "b", "f"]


def test_no_more_views_are_shown_than_help(desk: Client, ana: User) -> None:
    SavedView.objects.bulk_create(
        SavedView(owner=ana, name=str(number), icon="star", position=number) for number in range(saved.MOST_SHOWN + 2)
    )
    assert len(names_in(desk.get("/inbox/"))) == saved.MOST_SHOWN
