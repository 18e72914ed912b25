"""The report's figures, against what was reckoned by hand."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Message
from csplatform.flows import assign, status
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, Team, User
from csplatform.reports.measures import HitRate, Performance, Scope, Timing
from csplatform.reports.period import Period
from csplatform.reports.selectors import names, performance
from csplatform.sla.models import Clock, Policy, PolicyTarget
from csplatform.sla.sweep import sweep
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db

UTC_ZONE = ZoneInfo("UTC")
# A Monday.
DAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Period(DAY.date(), (DAY + timedelta(days=6)).date(), UTC_ZONE)


@pytest.fixture
def boss() -> User:
    return make_user(role=Role.SUPERVISOR)


@pytest.fixture
def policy() -> Policy:
    policy = Policy.objects.create(name="Round the clock")
    PolicyTarget.objects.create(policy=policy, kind="first_response", minutes=30, in_business_hours=False)
    return policy


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return DAY + timedelta(days=day, hours=hour, minutes=minute)


def opened(account: ChannelAccount, moment: datetime, sender: str, **fields: object) -> Conversation:
    with clock.frozen(moment):
        return say(account, sender=sender, **fields).conversation


def answered(conversation: Conversation, by: User, moment: datetime) -> Message:
    with clock.frozen(moment):
        return reply(conversation.pk, by=by, text="An answer", key=uuid4())


def resolved(conversation: Conversation, by: User, moment: datetime) -> None:
    with clock.frozen(moment):
        status.resolve(conversation.pk, by=Actor.agent(by))


def report(boss: User, period: Period = WEEK, now: datetime | None = None, **narrowed: int) -> Performance:
    with clock.frozen(now or period.end):
        return performance(boss, Scope(period, **narrowed), names())


def minutes(count: int, median: float, p90: float) -> Timing:
    return Timing(count, timedelta(minutes=median), timedelta(minutes=p90))


def test_times_are_the_median_and_p90_of_what_happened(boss: User) -> None:
    account, ana = make_account(), make_user(name="Ana")
    for number, (first, done) in enumerate([(10, 60), (20, 120), (60, 600)]):
        conversation = opened(account, at(number, 9), f"customer-{number}")
        answered(conversation, ana, at(number, 9, first))
        resolved(conversation, ana, at(number, 9, done))
    total = report(boss).total
    # 90 % of the way from the first to the third of three: 0.8 between the second and the third.
    assert total.first_response == minutes(3, 20, 20 + 0.8 * 40)
    assert total.resolution == minutes(3, 120, 120 + 0.8 * 480)
    assert total.replies == 3


def test_first_response_is_the_authors_not_the_assignees(boss: User) -> None:
    ana, liam = make_user(name="Ana"), make_user(name="Liam")
    conversation = opened(make_account(), at(0, 9), "ada")
    with clock.frozen(at(0, 9, 1)):
        assign.assign(conversation.pk, to=liam, by=Actor.agent(boss))
    answered(conversation, ana, at(0, 9, 5))
    answered(conversation, liam, at(0, 9, 8))
    rows = {row.name: row for row in report(boss).agents}
    assert rows["Ana"].first_response == minutes(1, 5, 5)
    assert rows["Liam"].first_response == Timing()
    assert rows["Ana"].replies == rows["Liam"].replies == 1


def test_automatic_messages_are_neither_replies_nor_responses(boss: User) -> None:
    from csplatform.knowledge.models import SystemText

    SystemText.objects.update_or_create(key="received", defaults={"body": "Received"})
    account = make_account(acknowledge=True)
    conversation = opened(account, at(0, 9), "ada")
    assert conversation.messages.filter(kind="automatic").exists()
    found = report(boss)
    assert found.total.first_response == Timing()
    assert found.total.replies == 0
    assert found.agents == ()


def test_what_could_not_be_sent_is_no_reply(boss: User) -> None:
    ana = make_user(name="Ana")
    message = answered(opened(make_account(), at(0, 9), "ada"), ana, at(0, 9, 5))
    Message.objects.filter(pk=message.pk).update(state="failed")
    assert report(boss).total.replies == 0


def test_new_resolved_and_backlog_day_by_day(boss: User) -> None:
    account, ana = make_account(), make_user()
    opened(account, at(-3, 9), "before")
    first = opened(account, at(0, 9), "first")
    second = opened(account, at(0, 23), "second")
    resolved(first, ana, at(1, 9))
    resolved(second, ana, at(1, 10))
    with clock.frozen(at(3, 9)):
        status.reopen(first.pk, by=Actor.agent(ana))
    found = report(boss, now=at(4, 12))
    assert found.new.counts == (2, 0, 0, 0, 0, 0, 0)
    assert found.resolved.counts == (0, 2, 0, 0, 0, 0, 0)
    # Friday is read at noon; the weekend has not begun.
    assert found.backlog.counts == (3, 1, 1, 2, 2, 0, 0)
    assert found.open_now == 2


def test_resolved_twice_counts_once_at_the_last_time_for_who_did_it(boss: User) -> None:
    ana, liam = make_user(name="Ana"), make_user(name="Liam")
    conversation = opened(make_account(), at(0, 9), "ada")
    resolved(conversation, ana, at(0, 10))
    with clock.frozen(at(0, 11)):
        status.reopen(conversation.pk, by=Actor.agent(ana))
    resolved(conversation, liam, at(0, 12))
    found = report(boss)
    assert found.total.resolution == minutes(1, 180, 180)
    assert [(row.name, row.resolution.count) for row in found.agents] == [("Liam", 1)]


def test_volume_and_heat_are_in_the_viewers_zone(boss: User) -> None:
    mail, chat = make_account(name="Mail"), make_account(name="Chat")
    opened(mail, datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "ada")  # Monday 00:30 in Madrid
    opened(mail, at(0, 9), "bob")
    opened(chat, at(0, 9, 15), "cy")
    opened(chat, at(1, 23, 30), "di")  # Wednesday 00:30 in Madrid
    opened(chat, at(2, 8), "robot", automatic=True)
    madrid = Period(WEEK.first, WEEK.last, ZoneInfo("Europe/Madrid"))
    found = report(boss, madrid)
    assert {row.name: row.counts for row in found.volume} == {
        "Mail": (2, 0, 0, 0, 0, 0, 0),
        "Chat": (1, 0, 1, 0, 0, 0, 0),
    }
    warm = {(day, hour): count for day, row in enumerate(found.heat) for hour, count in enumerate(row) if count}
    assert warm == {(0, 0): 1, (0, 10): 2, (2, 0): 1}


def test_sla_hits_and_misses(boss: User, policy: Policy) -> None:
    ana, liam, account = make_user(name="Ana"), make_user(name="Liam"), make_account()
    answered(opened(account, at(0, 9), "in-time"), ana, at(0, 9, 29))
    answered(opened(account, at(0, 10), "late"), ana, at(0, 10, 31))
    answered(opened(account, at(0, 11), "in-time-too"), liam, at(0, 11, 5))
    opened(account, at(0, 12), "never")
    with clock.frozen(at(0, 13)):
        sweep()
    found = report(boss, now=at(0, 13))
    assert found.total.sla == HitRate(2, 4)
    assert {row.name: row.sla for row in found.agents} == {"Ana": HitRate(1, 2), "Liam": HitRate(1, 1)}
    assert dict(found.sla_by_kind)["First response"] == HitRate(2, 4)
    assert found.total.sla.percent == 50.0


def test_breached_now_lists_what_is_still_owed(boss: User, policy: Policy) -> None:
    account, ana = make_account(), make_user(name="Ana")
    waiting = opened(account, at(0, 9), "waiting", subject="Where is it?")
    done = opened(account, at(0, 9), "done")
    with clock.frozen(at(0, 10)):
        sweep()
    answered(done, ana, at(0, 10, 5))
    found = report(boss, now=at(0, 11))
    assert found.overdue_count == 1
    (overdue,) = found.overdue
    assert (overdue.conversation_id, overdue.title, overdue.since) == (waiting.pk, "Where is it?", at(0, 9, 30))


def test_filters_by_account_team_and_agent(boss: User) -> None:
    shop, wallet = make_team("Shop"), make_team("Wallet")
    mail, chat = make_account(name="Mail", team=shop), make_account(name="Chat", team=wallet)
    ana, liam = make_user(name="Ana"), make_user(name="Liam")
    answered(opened(mail, at(0, 9), "ada"), ana, at(0, 9, 10))
    answered(opened(chat, at(1, 9), "bob"), liam, at(1, 9, 20))
    assert report(boss).total.replies == 2
    for narrowed in ({"account_id": mail.pk}, {"team_id": shop.pk}, {"agent_id": ana.pk}):
        found = report(boss, **narrowed)
        assert found.new.counts == (1, 0, 0, 0, 0, 0, 0), narrowed
        assert [row.name for row in found.agents] == ["Ana"], narrowed
        assert [row.name for row in found.teams] == ["Shop"], narrowed
        assert [row.name for row in found.volume] == ["Mail"], narrowed


def test_spam_is_left_out(boss: User) -> None:
    conversation = opened(make_account(), at(0, 9), "spammer")
    with clock.frozen(at(0, 9, 1)):
        status.mark_spam(conversation.pk, by=Actor.agent(boss))
    assert report(boss).is_empty


def test_an_empty_platform_has_an_empty_report(boss: User) -> None:
    found = report(boss)
    assert found.is_empty
    assert found.total.first_response.median is None
    assert found.total.sla.percent is None
    assert found.overdue_count == found.open_now == 0


@pytest.mark.parametrize("count", [1, 12])
def test_reads_with_twelve_queries_however_much_there_is(
    boss: User, policy: Policy, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        team = Team.objects.create(name=f"Team {number}")
        conversation = opened(make_account(team=team), at(0, 9, number), f"customer-{number}")
        answered(conversation, make_user(teams=[team]), at(0, 10, number))
        opened(make_account(), at(0, 9), f"waiting-{number}")
    with clock.frozen(at(1, 0)):
        sweep()
    with django_assert_num_queries(12), clock.frozen(at(2, 0)):
        performance(boss, Scope(WEEK), names())


def test_agents_see_their_own_share_only() -> None:
    """The report reads through `visible_conversations`, whoever asks."""
    shop, wallet = make_team("Shop"), make_team("Wallet")
    agent = make_user(teams=[shop])
    opened(make_account(team=shop), at(0, 9), "ada")
    opened(make_account(team=wallet), at(0, 9), "bob")
    assert report(agent).new.total == 1
    assert Clock.objects.filter(kind="first_response").count() == 2
