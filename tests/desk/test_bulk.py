"""One thing done with many conversations, and taken back: who may, what stays out, and that all is as it was."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, Tag
from csplatform.desk.views import actions, bulk
from csplatform.flows import details, status
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from csplatform.sla.models import Clock, ClockState
from tests.desk.conftest import HTMX, LogIn, text_of
from tests.factories import make_conversation, make_team, make_user, say
from tests.sla.situations import make_policy

pytestmark = pytest.mark.django_db

KEPT = (
    *("status", "resolved_at", "snoozed_until", "waiting_since", "assignee", "owner_kind", "team", "priority"),
    *("last_message_at", "preview"),
)


@pytest.fixture
def rows(account: ChannelAccount) -> list[Conversation]:
    return [make_conversation(account) for _number in range(3)]


def do(client: Client, action: str, rows: list[Conversation], **data: str) -> Any:
    return client.post(f"/inbox/bulk/{action}/", {"ids": [row.pk for row in rows]} | data, headers=HTMX)


def undo(client: Client, answer: Any) -> Any:
    token = re.findall(r'name="token" value="([^"]+)"', text_of(answer))[0]
    return client.post("/inbox/bulk/undo/", {"token": token}, headers=HTMX)


def state() -> list[dict[str, Any]]:
    tags = {row.pk: sorted(row.tags.values_list("name", flat=True)) for row in Conversation.objects.all()}
    return [values | {"tags": tags[values["pk"]]} for values in Conversation.objects.order_by("pk").values("pk", *KEPT)]


ACTIONS = [
    ("resolve", {}),
    ("pending", {}),
    ("spam", {}),
    ("assign", {"to": "me"}),
    ("hand-over", {"to": ""}),
    ("priority", {"priority": "40"}),
    ("tag", {"tag": "refund"}),
    ("snooze", {"until": "reply"}),
    ("reopen", {}),
]


@pytest.mark.parametrize(("action", "data"), ACTIONS)
def test_all_are_changed_and_given_back_as_they_were(
    desk: Client, ana: User, team: Team, rows: list[Conversation], action: str, data: dict[str, str]
) -> None:
    by = Actor.agent(ana)
    details.add_tag(rows[0].pk, "old", by)
    details.set_priority(rows[0].pk, 10, by)
    status.snooze(rows[1].pk, until=clock.now() + timedelta(days=1), by=by)
    Conversation.objects.filter(pk=rows[2].pk).update(assignee=make_user(teams=[team]), owner_kind="agent")
    before, lines = state(), Message.objects.count()
    answer = do(desk, action, rows, **data)
    assert answer.status_code == 200
    changed = [row["pk"] for row, old in zip(state(), before, strict=True) if row != old]
    assert changed == ([rows[1].pk] if action == "reopen" else [row.pk for row in rows])
    assert f"{len(changed)} conversation" in text_of(answer)
    said = Message.objects.count() - lines
    assert said == len(changed)
    assert undo(desk, answer).status_code == 200
    assert state() == before
    assert Message.objects.count() - lines >= 2 * said  # both are told in the history


def test_the_clocks_run_again_after_a_resolution_is_taken_back(desk: Client, account: ChannelAccount) -> None:
    make_policy("All", minutes={"first_response": 60, "resolution": 600})
    row = make_conversation(account)
    running = Clock.objects.filter(conversation=row, state=ClockState.RUNNING)
    assert running.exists()
    answer = do(desk, "resolve", [row])
    assert not running.exists()
    undo(desk, answer)
    assert running.exists()
    row.refresh_from_db()
    assert row.next_deadline_at is not None


def test_what_is_not_open_to_the_agent_is_left_alone(desk: Client, rows: list[Conversation]) -> None:
    Conversation.objects.filter(pk=rows[0].pk).update(team=make_team())
    answer = do(desk, "resolve", rows)
    assert "2 conversations changed" in text_of(answer)
    assert list(Conversation.objects.filter(status="open").values_list("pk", flat=True)) == [rows[0].pk]
    assert do(desk, "resolve", rows[:1]).status_code == 422


def test_one_that_cannot_be_done_is_left_out_with_its_reason(
    desk: Client, rows: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_but_one(pk: int, data: Any, by: User) -> None:
        status.snooze(pk, until=clock.now() + timedelta(days=1 if pk != rows[1].pk else -1), by=Actor.agent(by))

    monkeypatch.setitem(actions.ACTIONS, "snooze", all_but_one)
    answer = text_of(do(desk, "snooze", rows))
    assert "2 conversations changed." in answer
    assert "1 left out: That moment has passed." in answer
    rows[1].refresh_from_db()
    assert rows[1].status == "open"


def test_something_unexpected_leaves_all_as_they_were(
    desk: Client, rows: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(pk: int, data: Any, by: User) -> None:
        status.resolve(pk, by=Actor.agent(by))
        assert pk != rows[2].pk

    monkeypatch.setitem(actions.ACTIONS, "resolve", breaks)
    with pytest.raises(AssertionError):
        do(desk, "resolve", rows)
    assert Conversation.objects.filter(status="open").count() == 3


def test_what_happened_since_is_not_undone(desk: Client, account: ChannelAccount, rows: list[Conversation]) -> None:
    answer = do(desk, "resolve", rows)
    status.mark_spam(rows[0].pk, by=Actor.agent(make_user()))
    said = text_of(undo(desk, answer))
    assert "2 are as they were." in said
    assert "1 was changed again meanwhile" in said
    assert sorted(Conversation.objects.values_list("status", flat=True)) == ["open", "open", "spam"]
    assert "0 are as they were" in text_of(undo(desk, answer))


def test_a_message_that_came_meanwhile_keeps_its_place(desk: Client, account: ChannelAccount) -> None:
    row = say(account, "Hello", sender="ada").conversation
    answer = do(desk, "resolve", [row])
    say(account, "One more thing", sender="ada")
    row.refresh_from_db()
    waits = row.waiting_since
    undo(desk, answer)
    row.refresh_from_db()
    assert (row.status, row.waiting_since) == ("open", waits)


def test_a_conversation_that_was_handed_away_comes_back(desk: Client, ana: User, rows: list[Conversation]) -> None:
    before = state()
    answer = do(desk, "hand-over", rows, to=str(make_team().pk))
    assert desk.get(f"/inbox/c/{rows[0].pk}/").status_code == 404
    undo(desk, answer)
    assert state() == before
    assert desk.get(f"/inbox/c/{rows[0].pk}/").status_code == 200


def test_it_comes_back_to_nobody_who_would_not_see_it(desk: Client, ana: User, rows: list[Conversation]) -> None:
    answer = do(desk, "hand-over", rows, to=str(make_team().pk))
    after = state()
    ana.teams.clear()
    assert "0 are as they were" in text_of(undo(desk, answer))
    assert state() == after


def test_undoing_is_for_whoever_did_it_and_not_for_long(
    desk: Client, log_in: LogIn, team: Team, rows: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = do(desk, "resolve", rows)
    assert undo(log_in(make_user(teams=[team])), answer).status_code == 422
    late = clock.now() + timedelta(seconds=40)
    monkeypatch.setattr("time.time", late.timestamp)
    assert undo(desk, answer).status_code == 422
    assert not Conversation.objects.exclude(status="resolved").exists()


@pytest.mark.parametrize("action", ["merge", "block", "nonsense"])
def test_not_everything_is_done_with_many(desk: Client, rows: list[Conversation], action: str) -> None:
    assert do(desk, action, rows).status_code == 404


@pytest.mark.parametrize("ids", [[], ["x"], ["9" * 30], ["²"]])
def test_nothing_chosen_is_said(desk: Client, rows: list[Conversation], ids: list[str]) -> None:
    assert desk.post("/inbox/bulk/resolve/", {"ids": ids}, headers=HTMX).status_code == 422


@pytest.mark.parametrize("name", ["assign", "snooze", "tags", "more"])
def test_menus_offer_what_can_be_done(desk: Client, name: str) -> None:
    Tag.objects.create(name="<b>")
    menu = text_of(desk.get(f"/inbox/bulk/menu/{name}/", headers=HTMX))
    assert set(re.findall(r'hx-post="/inbox/bulk/([\w-]+)/"', menu)) <= bulk.BULK
    assert "/inbox/bulk/" in menu
    assert "<b>" not in menu


def test_a_bulk_resolution_is_told_once_for_each(desk: Client, rows: list[Conversation]) -> None:
    do(desk, "resolve", rows)
    assert Message.objects.filter(verb=EventVerb.RESOLVED).count() == 3
