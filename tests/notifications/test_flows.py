"""What happens to conversations reaches whom it concerns, through the flows."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.conversations.actors import SYSTEM, Actor
from csplatform.conversations.models import Conversation, Message
from csplatform.flows import assign, status
from csplatform.flows.erase import erase_history
from csplatform.flows.merge_conversations import merge_conversations, undo_merge
from csplatform.flows.reply import note
from csplatform.flows.split import split
from csplatform.gateway.models import ChannelAccount
from csplatform.notifications import selectors, services
from csplatform.notifications.models import Notification
from csplatform.people.models import Team, User
from csplatform.sla import sweep
from csplatform.sla.defaults import ensure_default_policy
from csplatform.sla.models import Clock
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team("Shop")


@pytest.fixture
def account(team: Team) -> ChannelAccount:
    return make_account(team=team)


@pytest.fixture
def ana(team: Team) -> User:
    return make_user(name="Ana", teams=[team])


@pytest.fixture
def omar(team: Team) -> User:
    return make_user(name="Omar", teams=[team])


def told(user: User) -> list[tuple[str, int]]:
    return sorted(selectors.unseen(user).values_list("kind", "count"))


def given(account: ChannelAccount, to: User) -> Conversation:
    """A conversation that `to` has, and knows of."""
    conversation = say(account, "Hello", sender=f"of-{to.pk}").conversation
    assign.assign(conversation.pk, to=to, by=SYSTEM)
    services.seen(to)
    return conversation


def test_assigned_by_another_and_not_by_oneself(account: ChannelAccount, ana: User, omar: User) -> None:
    conversation = say(account, "Hello").conversation
    assign.assign(conversation.pk, to=ana, by=Actor.agent(ana))
    assert told(ana) == []
    assign.assign(conversation.pk, to=omar, by=Actor.agent(ana))
    assert told(omar) == [("assigned", 1)]
    assign.assign(conversation.pk, to=None, by=Actor.agent(ana))
    assert (told(ana), told(omar)) == ([], [("assigned", 1)])


def test_messages_are_folded_for_owner_and_followers(account: ChannelAccount, ana: User, omar: User) -> None:
    conversation = given(account, ana)
    services.follow(conversation, omar)
    idle = make_user(teams=[*ana.teams.all()])
    for text in ("One", "Two", "Three"):
        last = say(account, text, sender=f"of-{ana.pk}")
    assert told(ana) == told(omar) == [("message", 3)]
    assert told(idle) == []
    assert Notification.objects.get(user=ana, seen_at=None).message == last
    services.unfollow(conversation, omar)
    services.seen(omar)
    say(account, "Four", sender=f"of-{ana.pk}")
    assert (told(ana), told(omar)) == ([("message", 4)], [])


@pytest.mark.parametrize("fields", [{"automatic": True}])
def test_machines_are_no_news(account: ChannelAccount, ana: User, fields: dict[str, bool]) -> None:
    given(account, ana)
    say(account, "Out of office", sender=f"of-{ana.pk}", **fields)
    assert told(ana) == []


def test_spam_is_no_news(account: ChannelAccount, ana: User, omar: User) -> None:
    conversation = given(account, ana)
    status.mark_spam(conversation.pk, by=Actor.agent(omar))
    say(account, "Buy", sender=f"of-{ana.pk}")
    assert told(ana) == []


def test_a_note_reaches_all_but_its_author(account: ChannelAccount, ana: User, omar: User) -> None:
    conversation = given(account, ana)
    services.follow(conversation, omar)
    note(conversation.pk, by=omar, text="Look", key=uuid4())
    assert (told(ana), told(omar)) == ([("note", 1)], [])


def test_waking_reaches_the_owner(account: ChannelAccount, ana: User) -> None:
    conversation = given(account, ana)
    status.snooze(conversation.pk, until=clock.now() + timedelta(hours=1), by=Actor.agent(ana))
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert status.wake_due() == 1
    assert told(ana) == [("woken", 1)]


def test_the_sweep_tells_owners_of_many_deadlines_in_one_statement(account: ChannelAccount, ana: User) -> None:
    ensure_default_policy()
    for number in range(5):
        conversation = say(account, "Hello", sender=f"p{number}").conversation
        assign.assign(conversation.pk, to=ana, by=SYSTEM)
    services.seen(ana)
    due = Clock.objects.filter(wake_at__isnull=False).order_by("-due_at").values_list("due_at", flat=True)[0]
    with clock.frozen(due + timedelta(minutes=1)), CaptureQueriesContext(connection) as queries:
        sweep.sweep()
    writing = [query["sql"] for query in queries if "notifications_" in query["sql"]]
    assert len(writing) == 1
    breached = selectors.unseen(ana).filter(kind="sla_breached")
    assert breached.count() == 5


def test_what_is_told_moves_with_its_message(ana: User, omar: User, team: Team) -> None:
    account = make_account("threaded", team=team)
    first = say(account, "One matter", external_id="a1")
    conversation = first.conversation
    assign.assign(conversation.pk, to=ana, by=SYSTEM)
    services.seen(ana)
    services.follow(conversation, omar)
    second = say(account, "Another", external_id="a2", thread_refs=("a1",))
    remark = note(conversation.pk, by=omar, text="@Ana", key=uuid4())
    services.mentioned(remark, [ana.pk])
    new = split(conversation.pk, second.pk, by=Actor.agent(omar))
    assert {row.conversation_id for row in selectors.unseen(ana)} == {new.pk}
    assert told(ana) == [("assigned", 1), ("mentioned", 1), ("message", 1)]
    assert all(row.message.conversation_id == new.pk for row in Notification.objects.filter(seen_at=None))
    assert selectors.interest_of(omar, new).follows
    assert list(Conversation.objects.filter(selectors.is_mentioned(ana))) == [new]


def test_moving_meets_what_is_told_there_already(ana: User, omar: User, team: Team) -> None:
    account = make_account("threaded", team=team)
    say(account, "One matter", external_id="a1")
    second = say(account, "Another", external_id="a2", thread_refs=("a1",))
    third = say(account, "More of it", external_id="a3", thread_refs=("a2",))
    conversation = second.conversation
    for message in (second, third):
        remark = note(conversation.pk, by=omar, text=f"@Ana {message.pk}", key=uuid4())
        services.mentioned(remark, [ana.pk])
    new = split(conversation.pk, second.pk, by=Actor.agent(omar))
    assert told(ana) == [("mentioned", 2)]
    assert Message.objects.filter(conversation=new, kind="note").count() == 2


def test_erasure_leaves_nothing_to_read(account: ChannelAccount, ana: User) -> None:
    conversation = given(account, ana)
    say(account, "my xylophone", sender=f"of-{ana.pk}")
    erase_history(account, f"of-{ana.pk}", by=SYSTEM)
    (row,) = selectors.unseen(ana).select_related("message", "conversation__contact")
    assert (row.message.text, row.conversation.preview, row.conversation.contact.name) == ("", "", "")
    assert row.conversation == conversation


def test_what_is_told_follows_a_merge_and_its_undoing(account: ChannelAccount, ana: User, omar: User) -> None:
    kept, merged = given(account, ana), say(account, "Hello", sender="other").conversation
    Conversation.objects.filter(pk=merged.pk).update(contact=kept.contact)
    services.follow(merged, omar)
    assign.assign(merged.pk, to=ana, by=SYSTEM)
    services.seen(ana)
    remark = note(merged.pk, by=omar, text="look", key=uuid4())
    services.mentioned(remark, [ana.pk])
    say(account, "More", sender="other")
    merge_conversations(keep=kept.pk, other=merged.pk, by=SYSTEM)
    assert {row.conversation_id for row in selectors.unseen(ana)} == {kept.pk}
    assert told(ana) == [("mentioned", 1), ("message", 1)]
    assert selectors.interest_of(omar, kept).follows
    assert list(Conversation.objects.filter(selectors.is_mentioned(ana))) == [kept]
    undo_merge(kept.merges.get().pk, by=SYSTEM)
    assert {row.conversation_id for row in selectors.unseen(ana)} == {merged.pk}
    assert list(Conversation.objects.filter(selectors.is_mentioned(ana))) == [merged]


def test_a_merge_meets_what_is_told_there_already(account: ChannelAccount, ana: User) -> None:
    kept, merged = given(account, ana), say(account, "Hello", sender="other").conversation
    Conversation.objects.filter(pk=merged.pk).update(contact=kept.contact)
    assign.assign(merged.pk, to=ana, by=SYSTEM)
    services.seen(ana)
    say(account, "Here", sender=f"of-{ana.pk}")
    say(account, "And there", sender="other")
    merge_conversations(keep=kept.pk, other=merged.pk, by=SYSTEM)
    assert told(ana) == [("message", 1)]
