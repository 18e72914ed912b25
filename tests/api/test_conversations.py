"""Conversations and messages over HTTP: who sees what, what is answered, what changes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Message, Status
from csplatform.flows import assign, details
from csplatform.people.models import Role
from csplatform.search.services import catch_up
from tests.api.conftest import As
from tests.factories import make_account, make_conversation, make_team, make_user, say

pytestmark = pytest.mark.django_db
LIST = "/api/v1/conversations/"


def ids(answer: object) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]  # type: ignore[attr-defined]


def test_nobody_is_let_in_without_a_token() -> None:
    assert APIClient().get(LIST).status_code == 401
    assert APIClient(headers={"Authorization": "Token wrong"}).get(LIST).status_code == 401


def test_an_agent_sees_the_conversations_of_their_teams(call_as: As) -> None:
    shop, wallet = make_team(), make_team()
    mine = make_conversation(make_account(team=shop))
    other = make_conversation(make_account(team=wallet))
    agent, boss = make_user(teams=[shop]), make_user(role=Role.SUPERVISOR)
    assert ids(call_as(agent).get(LIST)) == [mine.pk]
    assert ids(call_as(boss).get(LIST)) == [other.pk, mine.pk]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("get", "messages/", None),
        ("post", "messages/", {"kind": "note", "text": "Hi", "key": str(uuid4())}),
        ("post", "assign/", {"assignee": None}),
        ("post", "resolve/", None),
        ("post", "reopen/", None),
        ("post", "snooze/", {"until": "2999-01-01T00:00:00Z"}),
        ("post", "priority/", {"priority": 40}),
        ("post", "tags/", {"add": ["x"]}),
        ("post", "let-in/", None),
        ("post", "keep-apart/", None),
        ("post", "resume/", None),
        ("post", "messages/1/forward/", {"to": ["x@y.example"], "key": str(uuid4())}),
        ("post", "messages/1/split/", None),
    ],
)
def test_what_is_not_theirs_does_not_exist_for_them(call_as: As, method: str, path: str, body: object) -> None:
    hidden = make_conversation(make_account(team=make_team()))
    agent = make_user(teams=[make_team()])
    answer = getattr(call_as(agent), method)(f"{LIST}{hidden.pk}/{path}", body, format="json")
    assert answer.status_code == 404
    before = hidden.revision
    hidden.refresh_from_db()
    assert (hidden.revision, hidden.status, hidden.assignee) == (before, Status.OPEN, None)


def test_words_are_searched_among_what_the_caller_sees(call_as: As) -> None:
    shop = make_team()
    mine = make_conversation(make_account(team=shop), text="我想退款 for AB-1234")
    other = make_conversation(make_account(team=make_team()), text="我想退款")
    while catch_up():
        pass
    agent, boss = make_user(teams=[shop]), make_user(role=Role.SUPERVISOR)
    assert ids(call_as(agent).get(LIST, {"search": "退"})) == [mine.pk]
    assert ids(call_as(boss).get(LIST, {"search": "退款"})) == [other.pk, mine.pk]
    assert ids(call_as(boss).get(LIST, {"search": "ab1234", "status": "resolved"})) == []


def test_filters(call_as: As) -> None:
    team, boss = make_team(), make_user(role=Role.SUPERVISOR)
    account = make_account(team=team)
    first, second = make_conversation(account), make_conversation()
    actor = Actor.agent(boss)
    assign.assign(first.pk, to=boss, by=actor)
    details.set_priority(first.pk, 40, actor)
    details.add_tag(first.pk, "Refund", actor)
    client = call_as(boss)
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    for query, expected in [
        ({"status": "open"}, [second.pk, first.pk]),
        ({"status": ["resolved", "spam"]}, []),
        ({"account": account.pk}, [first.pk]),
        ({"team": team.pk}, [first.pk]),
        ({"assignee": boss.pk}, [first.pk]),
        ({"unassigned": "true"}, [second.pk]),
        ({"priority": 40}, [first.pk]),
        ({"tag": "refund"}, [first.pk]),
        ({"contact": second.contact_id}, [second.pk]),
        ({"updated_since": later}, []),
    ]:
        assert ids(client.get(LIST, query)) == expected, query
    assert client.get(LIST, {"status": "unheard-of"}).json()["field"] == "status"


def test_pages_go_on_where_the_last_one_ended(call_as: As) -> None:
    boss, account = make_user(role=Role.SUPERVISOR), make_account()
    rows = [make_conversation(account).pk for _ in range(5)]
    client = call_as(boss)
    first = client.get(LIST, {"page_size": 2})
    make_conversation(account)  # what comes meanwhile moves nothing
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])
    assert ids(first) + ids(second) + ids(third) == rows[::-1]
    assert third.json()["next"] is None


@pytest.mark.parametrize("count", [1, 15])
def test_lists_run_a_constant_number_of_queries(
    call_as: As, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    team = make_team()
    agent = make_user(teams=[team])
    for number in range(count):
        conversation = make_conversation(make_account(team=team))
        details.add_tag(conversation.pk, f"tag {number}", Actor.agent(agent))
        assign.assign(conversation.pk, to=make_user(), by=Actor.agent(agent))
    client = call_as(agent)
    with django_assert_num_queries(3):  # token, conversations, tags
        assert len(ids(client.get(LIST))) == count
    for number in range(count):
        say(conversation.account, f"more {number}", sender=conversation.handle.external_id)
    with django_assert_num_queries(4):  # token, conversation, messages, attachments
        client.get(f"{LIST}{conversation.pk}/messages/")


def test_a_conversation_in_full(call_as: As) -> None:
    conversation = make_conversation(text="Hello there")
    found = call_as(make_user()).get(f"{LIST}{conversation.pk}/").json()
    assert found["preview"] == "Hello there"
    assert found["contact"]["id"] == conversation.contact_id
    assert found["account"] == {
        "id": conversation.account_id,
        "channel": "loopback",
        "name": conversation.account.name,
        "address": conversation.account.address,
    }
    assert (found["status"], found["priority"], found["owner_kind"]) == ("open", 20, "queue")


def test_messages_since_a_revision(call_as: As) -> None:
    conversation = make_conversation(text="First")
    client = call_as(make_user())
    url = f"{LIST}{conversation.pk}/messages/"
    everything = client.get(url).json()["results"]
    assert [(row["seq"], row["kind"]) for row in everything] == [(1, "event"), (2, "customer")]
    say(conversation.account, "Second", sender=conversation.handle.external_id)
    newer = client.get(url, {"since": everything[-1]["revision"]}).json()["results"]
    assert [row["text"] for row in newer] == ["Second"]


def test_the_same_key_is_one_reply(call_as: As) -> None:
    agent, conversation, key = make_user(), make_conversation(), str(uuid4())
    client, url = call_as(agent), f"{LIST}{conversation.pk}/messages/"
    body = {"kind": "reply", "text": "Here you are", "key": key}
    first, again = client.post(url, body, format="json"), client.post(url, body, format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["state"], first.json()["author"]["id"]) == ("queued", agent.pk)
    assert Message.objects.filter(kind="reply").count() == 1
    conversation.refresh_from_db()
    assert conversation.assignee == agent


def test_a_key_of_another_conversation_is_a_conflict(call_as: As) -> None:
    one, two, key = make_conversation(), make_conversation(), str(uuid4())
    client = call_as(make_user())
    body = {"kind": "note", "text": "Hi", "key": key}
    assert client.post(f"{LIST}{one.pk}/messages/", body, format="json").status_code == 201
    refused = client.post(f"{LIST}{two.pk}/messages/", body, format="json")
    assert refused.status_code == 409
    assert refused.json()["detail"]
    assert not two.messages.filter(kind="note").exists()


def test_a_note_and_files(call_as: As) -> None:
    conversation = make_conversation()
    client, url = call_as(make_user()), f"{LIST}{conversation.pk}/messages/"
    upload = SimpleUploadedFile("notes.txt", b"figures", "text/plain")
    body = {"kind": "reply", "text": "See the file", "key": str(uuid4()), "files": [upload]}
    answer = client.post(url, body, format="multipart")
    assert answer.status_code == 201
    assert [(file["name"], file["size"]) for file in answer.json()["attachments"]] == [("notes.txt", 7)]
    note = client.post(url, {"kind": "note", "text": "For us", "key": str(uuid4())}, format="json").json()
    assert (note["kind"], note["state"]) == ("note", "")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("messages/", {"kind": "reply", "text": " ", "key": str(uuid4())}, "text"),
        ("messages/", {"kind": "event", "text": "x", "key": str(uuid4())}, "kind"),
        ("messages/", {"kind": "note", "text": "x"}, "key"),
        ("snooze/", {"until": "2001-01-01T00:00:00Z"}, "until"),
        ("snooze/", {"until": "tomorrow"}, "until"),
        ("priority/", {"priority": 41}, "priority"),
        ("tags/", {"add": ["good", " "]}, "add.1"),
        ("assign/", {"assignee": 999999}, "assignee"),
        ("assign/", {}, ""),
    ],
)
def test_a_refusal_names_the_field_and_changes_nothing(
    call_as: As, path: str, body: dict[str, object], field: str
) -> None:
    conversation = make_conversation()
    answer = call_as(make_user()).post(f"{LIST}{conversation.pk}/{path}", body, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"detail", "field"}
    assert answer.json()["field"] == field
    before = conversation.revision
    conversation.refresh_from_db()
    assert conversation.revision == before


def test_work_on_a_conversation(call_as: As) -> None:
    agent, team = make_user(), make_team()
    agent.teams.add(team)
    url = f"{LIST}{make_conversation().pk}/"
    client = call_as(agent)
    until = clock.now() + timedelta(hours=1)
    assert client.post(f"{url}assign/", {"assignee": agent.pk}, format="json").json()["assignee"]["id"] == agent.pk
    assert client.post(f"{url}priority/", {"priority": 40}, format="json").json()["priority"] == 40
    assert client.post(f"{url}tags/", {"add": ["b", "a"]}, format="json").json()["tags"] == ["a", "b"]
    assert client.post(f"{url}tags/", {"remove": ["b"]}, format="json").json()["tags"] == ["a"]
    assert client.post(f"{url}snooze/", {"until": until}, format="json").json()["status"] == "snoozed"
    assert client.post(f"{url}resolve/").json()["status"] == "resolved"
    assert client.post(f"{url}reopen/").json()["status"] == "open"
    moved = client.post(f"{url}assign/", {"team": team.pk}, format="json").json()
    assert (moved["team"]["id"], moved["assignee"], moved["owner_kind"]) == (team.pk, None, "queue")


def test_whoever_hands_over_out_of_their_sight_sees_it_no_longer(call_as: As) -> None:
    agent, team = make_user(), make_team()
    conversation = make_conversation()
    answer = call_as(agent).post(f"{LIST}{conversation.pk}/assign/", {"team": team.pk}, format="json")
    assert answer.status_code == 204
    conversation.refresh_from_db()
    assert conversation.team == team


def test_one_who_left_is_given_nothing(call_as: As) -> None:
    conversation, gone = make_conversation(), make_user(is_active=False)
    url = f"{LIST}{conversation.pk}/assign/"
    answer = call_as(make_user()).post(url, {"assignee": gone.pk}, format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, "assignee")
    assert call_as(gone).get(LIST).status_code == 401
