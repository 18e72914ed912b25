"""Who is told of what: once, never of their own act, and never of what is not theirs to see."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import Conversation, Message
from csplatform.conversations.selectors import people_who_see, visible_conversations
from csplatform.flows.reply import note
from csplatform.gateway.models import ChannelAccount
from csplatform.notifications import selectors, services
from csplatform.notifications.models import Follow, Kind, Mention, Notification, Way
from csplatform.people.models import Role, Team, User
from tests.factories import make_account, make_conversation, make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team("Shop")


@pytest.fixture
def account(team: Team) -> ChannelAccount:
    return make_account(team=team)


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return make_conversation(account)


@pytest.fixture
def ana(team: Team) -> User:
    return make_user(name="Ana", teams=[team])


@pytest.fixture
def omar(team: Team) -> User:
    return make_user(name="Omar", teams=[team])


def told(user: User) -> list[tuple[str, int]]:
    """What there is to see for a person: kinds, and how many of each."""
    return sorted(selectors.unseen(user).values_list("kind", "count"))


def left_by(user: User, conversation: Conversation) -> Message:
    return note(conversation.pk, by=user, text="look, please", key=uuid4())


def test_a_mention_tells_and_makes_a_follower(conversation: Conversation, ana: User, omar: User) -> None:
    message = left_by(ana, conversation)
    assert services.mentioned(message, [omar.pk]) == [omar]
    assert told(omar) == [("mentioned", 1)]
    assert selectors.interest_of(omar, conversation) == selectors.Interest(follows=True, has_news=True)
    assert services.mentioned(message, [omar.pk]) == [omar]
    assert told(omar) == [("mentioned", 1)]
    assert Mention.objects.get().conversation == conversation


def test_only_who_may_see_it_is_mentioned_and_nobody_by_themselves(
    conversation: Conversation, ana: User, team: Team
) -> None:
    stranger = make_user(teams=[make_team("Security")])
    former = make_user(teams=[team], is_active=False)
    boss = make_user(role=Role.SUPERVISOR)
    message = left_by(ana, conversation)
    assert services.mentioned(message, [stranger.pk, former.pk, ana.pk, boss.pk, 999_999]) == [boss]
    assert set(Notification.objects.values_list("user_id", flat=True)) == {boss.pk}
    assert set(Follow.objects.values_list("user_id", flat=True)) == {boss.pk}


def test_a_second_mention_is_folded_into_the_first(conversation: Conversation, ana: User, omar: User) -> None:
    services.mentioned(left_by(ana, conversation), [omar.pk])
    last = left_by(ana, conversation)
    services.mentioned(last, [omar.pk])
    row = selectors.unseen(omar).get(kind=Kind.MENTIONED)
    assert (row.count, row.message) == (2, last)


def test_whoever_is_named_in_a_note_hears_of_it_once(conversation: Conversation, ana: User, omar: User) -> None:
    services.follow(conversation, omar)
    message = left_by(ana, conversation)
    Notification.objects.all().delete()
    services.noted(message)
    assert told(omar) == [("note", 1)]
    services.mentioned(message, [omar.pk])
    assert told(omar) == [("mentioned", 1)]


def test_news_after_something_was_seen_is_new(conversation: Conversation, ana: User, omar: User) -> None:
    services.mentioned(left_by(ana, conversation), [omar.pk])
    assert services.seen(omar, conversation=conversation) == 1
    assert services.seen(omar) == 0
    assert told(omar) == []
    services.mentioned(left_by(ana, conversation), [omar.pk])
    assert told(omar) == [("mentioned", 1)]
    assert selectors.notifications_of(omar).count() == 2


def test_everybody_marks_only_their_own_as_seen(conversation: Conversation, ana: User, omar: User) -> None:
    other = make_user(teams=[*omar.teams.all()])
    services.mentioned(left_by(ana, conversation), [omar.pk, other.pk])
    assert services.seen(other) == 1
    assert told(omar) == [("mentioned", 1)]


def test_what_is_not_wanted_is_not_written(conversation: Conversation, ana: User, omar: User) -> None:
    services.prefer(omar, {Kind.MENTIONED: Way.DESK})
    services.prefer(omar, {Kind.MENTIONED: Way.NONE})
    services.mentioned(left_by(ana, conversation), [omar.pk])
    assert not Notification.objects.exists()
    assert selectors.ways_of(omar)[Kind.MENTIONED] == Way.NONE
    assert selectors.ways_of(omar)[Kind.ASSIGNED] == Way.BROWSER
    assert list(Conversation.objects.filter(selectors.is_mentioned(omar))) == [conversation]
    with pytest.raises(InvalidInput):
        services.prefer(omar, {Kind.NOTE: "shout"})  # type: ignore[dict-item]
    assert selectors.ways_of(omar)[Kind.NOTE] == Way.DESK


def test_access_taken_away_takes_the_notifications(conversation: Conversation, ana: User, omar: User) -> None:
    services.mentioned(left_by(ana, conversation), [omar.pk])
    omar.teams.clear()
    assert told(omar) == []
    assert not selectors.notifications_of(omar).exists()
    omar.teams.add(*ana.teams.all())
    assert told(omar) == [("mentioned", 1)]


def test_who_sees_a_conversation_is_the_same_from_both_sides(account: ChannelAccount, team: Team) -> None:
    security = make_team("Security")
    people = [
        make_user(teams=[team]),
        make_user(teams=[team, security]),
        make_user(teams=[security]),
        make_user(),
        make_user(role=Role.SUPERVISOR),
        make_user(role=Role.ADMINISTRATOR, teams=[security]),
        make_user(teams=[team], is_active=False),
    ]
    given = make_conversation(account)
    Conversation.objects.filter(pk=given.pk).update(assignee=people[2], owner_kind="agent")
    for row in (make_conversation(account), make_conversation(make_account()), given):
        row.refresh_from_db()
        expected = {person for person in people if visible_conversations(person).filter(pk=row.pk).exists()}
        assert set(people_who_see(row)) == expected


def test_one_statement_writes_for_everybody(account: ChannelAccount, team: Team) -> None:
    people = [make_user(teams=[team]) for _ in range(4)]
    messages = [say(account, "Hello", sender=f"p{number}") for number in range(3)]
    for message in messages:
        for person in people:
            services.follow(message.conversation, person)
    with CaptureQueriesContext(connection) as queries:
        services.customer_wrote(messages, clock.now())
    assert len(queries) == 2
    assert all(told(person) == [("message", 1)] * 3 for person in people)


def test_old_ones_are_swept(conversation: Conversation, ana: User, omar: User) -> None:
    services.mentioned(left_by(ana, conversation), [omar.pk])
    with clock.frozen(clock.now() + timedelta(days=89)):
        assert services.sweep() == 0
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert services.sweep() == 1
    assert told(omar) == []
    assert selectors.interest_of(omar, conversation).follows


def test_no_text_is_kept() -> None:
    """Erasing a customer leaves nothing here to be emptied: there are only numbers, moments and our own words."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_name LIKE %s"
                       " AND data_type NOT IN ('bigint', 'integer', 'timestamp with time zone')",
                       ["notifications\\_%"])  # fmt: skip
        assert {column for _table, column in cursor.fetchall()} == {"kind", "way"}
