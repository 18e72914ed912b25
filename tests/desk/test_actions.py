"""What the buttons do, through the door: each is one flow, and a refusal changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message, OwnerKind, Status
from csplatform.desk.choices import snooze_presets
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, text_of
from tests.factories import make_conversation, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return make_conversation(account)


def act(desk: Client, conversation: Conversation, action: str, **data: Any) -> Any:
    revision = Conversation.objects.get(pk=conversation.pk).revision
    address = f"/inbox/c/{conversation.pk}/do/{action}/"
    return desk.post(address, {"revision": revision} | data, headers=HTMX)


@pytest.mark.parametrize(
    ("action", "data", "field", "value"),
    [
        ("assign", {"to": "me"}, "owner_kind", OwnerKind.AGENT),
        ("priority", {"priority": "40"}, "priority", 40),
        ("language", {"language": "zh-CN"}, "language", "zh-Hans"),
        ("pending", {}, "status", Status.PENDING),
        ("resolve", {}, "status", Status.RESOLVED),
        ("spam", {}, "status", Status.SPAM),
    ],
)
def test_an_action_changes_the_conversation_and_answers_with_the_line(
    desk: Client, conversation: Conversation, ana: User, action: str, data: dict[str, str], field: str, value: Any
) -> None:
    response = act(desk, conversation, action, **data)
    assert response.status_code == 200
    changed = Conversation.objects.get(pk=conversation.pk)
    assert getattr(changed, field) == value
    line = Message.objects.latest("seq")
    assert line.author == ana
    assert f'id="m-{line.pk}"' in text_of(response)
    assert response["X-Revision"] == str(changed.revision)


def test_assigning_to_a_colleague_and_back_to_nobody(desk: Client, conversation: Conversation) -> None:
    colleague = make_user()
    act(desk, conversation, "assign", to=colleague.pk)
    assert Conversation.objects.get().assignee == colleague
    act(desk, conversation, "assign", to="")
    assert Conversation.objects.get().owner_kind == OwnerKind.QUEUE


def test_tags_come_and_go(desk: Client, conversation: Conversation) -> None:
    act(desk, conversation, "tag", tag="退款")
    assert [tag.name for tag in conversation.tags.all()] == ["退款"]
    act(desk, conversation, "untag", tag="退款")
    assert not conversation.tags.exists()


def test_snoozing_until_a_moment_in_the_agents_zone(desk: Client, conversation: Conversation, ana: User) -> None:
    ana.timezone = "Asia/Shanghai"
    ana.save()
    tomorrow = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT")
    act(desk, conversation, "snooze", until=f"{tomorrow}09:00")
    until = Conversation.objects.get().snoozed_until
    assert until is not None
    assert until.astimezone(UTC).strftime("%H:%M") == "01:00"
    act(desk, conversation, "reopen")
    assert Conversation.objects.get().status == Status.OPEN


def test_snooze_presets_lie_ahead() -> None:
    evening = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
    offered = snooze_presets(evening)
    assert all(preset.until > evening for preset in offered)
    assert len(offered) == 4
    monday = snooze_presets(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))[-1]
    assert monday.until == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "data", "said"),
    [
        ("assign", {"to": "999999"}, "Please choose one from the list."),
        ("assign", {"to": "somebody"}, "Please choose one from the list."),
        ("hand-over", {"to": "999999"}, "Please choose one from the list."),
        ("priority", {"priority": "high"}, "There is no such priority."),
        ("priority", {}, "There is no such priority."),
        ("tag", {"tag": "  "}, "A tag has 1 to 60 characters."),
        ("tag", {"tag": "x" * 61}, "A tag has 1 to 60 characters."),
        ("language", {"language": "klingonese"}, "There is no such language."),
        ("snooze", {"until": ""}, "Please give a date and a time."),
        ("snooze", {"until": "tomorrow"}, "Please give a date and a time."),
        ("snooze", {"until": "2020-01-01T09:00"}, "That moment has passed."),
        ("resolve", {"revision": "x"}, "out of date"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    desk: Client, conversation: Conversation, action: str, data: dict[str, str], said: str
) -> None:
    before = Conversation.objects.values().get()
    response = act(desk, conversation, action, **data)
    assert (response.status_code, response["HX-Reswap"]) == (422, "none")
    assert said in text_of(response)
    assert Conversation.objects.values().get() == before


def test_blocking_the_sender_and_hearing_them_again(desk: Client, conversation: Conversation) -> None:
    offered = desk.get(f"/inbox/c/{conversation.pk}/menu/more/", headers=HTMX)
    assert "Block the sender" in text_of(offered)
    response = act(desk, conversation, "block")
    blocked = Conversation.objects.get()
    assert (blocked.contact.is_blocked, blocked.status) == (True, Status.SPAM)
    assert "This contact is blocked." in text_of(response)
    offered = desk.get(f"/inbox/c/{conversation.pk}/menu/more/", headers=HTMX)
    assert "Unblock the sender" in text_of(offered)
    act(desk, conversation, "unblock")
    assert not Conversation.objects.get().contact.is_blocked


def test_an_unknown_action_and_a_wrong_method(desk: Client, conversation: Conversation) -> None:
    assert act(desk, conversation, "explode").status_code == 404
    assert desk.get(f"/inbox/c/{conversation.pk}/do/resolve/").status_code == 405


def test_handing_over_out_of_sight_closes_the_pane(desk: Client, conversation: Conversation) -> None:
    response = act(desk, conversation, "hand-over", to=make_team("Security").pk)
    assert (response.status_code, response["X-Gone"]) == (404, "true")
    moved = Conversation.objects.get()
    assert (moved.team and moved.team.name, moved.assignee) == ("Security", None)
    assert act(desk, conversation, "resolve").status_code == 404
    assert Conversation.objects.get().status == Status.OPEN


def test_handing_over_within_sight(desk: Client, conversation: Conversation, ana: User) -> None:
    other = make_team("Returns")
    ana.teams.add(other)
    assert act(desk, conversation, "hand-over", to=other.pk).status_code == 200
    assert Conversation.objects.get().team == other


def test_actions_work_without_a_script(desk: Client, conversation: Conversation, team: Team) -> None:
    response = desk.post(f"/inbox/c/{conversation.pk}/do/resolve/")
    assert (response.status_code, response["Location"]) == (302, f"/inbox/c/{conversation.pk}/")
    assert Conversation.objects.get().status == Status.RESOLVED
    refused = desk.post(f"/inbox/c/{conversation.pk}/do/priority/", {"priority": "?"}, follow=True)
    assert "There is no such priority." in text_of(refused)
    assert desk.post(f"/inbox/c/{conversation.pk}/do/hand-over/", {"to": ""})["Location"] == "/inbox/"


def test_an_action_without_its_token_is_refused(conversation: Conversation, ana: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.post(f"/inbox/c/{conversation.pk}/do/resolve/").status_code == 403
    assert Conversation.objects.get().status == Status.OPEN
