"""Finding: only what may be seen, the newest first, and not by reading everything."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import visible_conversations
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, Team, User
from csplatform.search.models import Document, Stale
from csplatform.search.query import read
from csplatform.search.selectors import MOST_MATCHES, find, matching
from csplatform.search.services import catch_up
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db
MANY = 1200  # conversations: more than are looked at one by one


def found(user: User, query: str, limit: int = 50) -> list[int]:
    return [one.conversation_id for one in find(visible_conversations(user), read(query), limit=limit)]


def copies(first: Conversation, moments: Sequence[datetime], teams: Sequence[Team]) -> list[Conversation]:
    """Conversations of the same contact without messages, and what search knows of them."""
    rows = [
        Conversation(
            contact=first.contact,
            account=first.account,
            handle=first.handle,
            subject=f"matter n{number}",
            team=teams[number % len(teams)],
            last_message_at=moment,
        )
        for number, moment in enumerate(moments)
    ]
    made = Conversation.objects.bulk_create(rows)
    while catch_up():
        pass
    return made


@pytest.fixture
def account(db: None) -> ChannelAccount:
    return make_account(team=make_team("Shop"))


@pytest.fixture
def many(account: ChannelAccount) -> list[Conversation]:
    """Years of conversations, every second one in each of two teams, the newest first."""
    teams = [make_team("One"), make_team("Two")]
    ages = [timedelta(minutes=number**2) for number in range(MANY)]  # close together at first, then days apart
    return copies(say(account, "Hello").conversation, [clock.now() - age for age in ages], teams)


def test_an_agent_finds_nothing_of_other_teams(account: ChannelAccount) -> None:
    said = say(account, "a secret of AB-1234", sender="eve@shop.example", name="Eve", external_id="external-1")
    catch_up()
    stranger, member = make_user(teams=[make_team()]), make_user(teams=[account.team])
    gone = make_user(teams=[account.team], is_active=False)
    for query in ("secret", "eve", "eve@shop.example", "ab-1234", f"#{said.conversation_id}", said.external_id):
        assert found(member, query) == [said.conversation_id], query
        assert found(stranger, query) == found(gone, query) == [], query
    Conversation.objects.update(team=make_team())
    assert found(member, "secret") == []


def test_a_platforms_name_for_a_message(account: ChannelAccount) -> None:
    said = say(account, "Hello", external_id="CAF00-12345@mail.example")
    assert found(make_user(role=Role.SUPERVISOR), "<CAF00-12345@mail.example>") == [said.conversation_id]
    assert found(make_user(role=Role.SUPERVISOR), "CAF00-12346@mail.example") == []


def test_among_many_the_newest_are_found_in_order(many: list[Conversation]) -> None:
    supervisor, agent = make_user(role=Role.SUPERVISOR), make_user(teams=[many[1].team])
    ids = [row.pk for row in many]
    assert found(supervisor, "matter", 40) == ids[:40]
    assert found(supervisor, "matter", MANY) == ids
    assert found(agent, "matter", 40) == ids[1:80:2]
    assert found(agent, "matter", MANY) == ids[1::2]
    assert found(supervisor, "matter n1199") == ids[-1:]
    assert found(agent, "matter n1198") == []
    assert found(supervisor, "matters") == []


def test_among_many_nothing_of_other_teams_is_found(many: list[Conversation]) -> None:
    secret = say(make_account(team=make_team()), "a secret", sender="eve").conversation_id
    catch_up()
    assert found(make_user(role=Role.SUPERVISOR), "secret") == [secret]
    assert found(make_user(teams=[many[0].team, many[1].team]), "secret") == []


def test_the_windows_leave_no_gap(account: ChannelAccount) -> None:
    """One every third day for five years, then more seldom; and one that a wrong clock put into the future."""
    first = say(account, "Hello").conversation
    now = clock.now()
    moments = [now + timedelta(hours=3), *(now - timedelta(days=3 * n, hours=n % 24) for n in range(610))]
    moments += [now - timedelta(days=1840 + 10 * n) for n in range(400)]
    rows = copies(first, moments, [make_team()])
    in_order = sorted(rows, key=lambda row: row.last_message_at or now, reverse=True)
    assert found(make_user(role=Role.SUPERVISOR), "matter", 5000) == [row.pk for row in in_order]


def test_a_search_takes_two_statements(many: list[Conversation]) -> None:
    for user in (make_user(role=Role.SUPERVISOR), make_user(teams=[make_team()])):
        for query in ("matter", "hello", "nobody", "matter n7", '"matter n7"'):
            with CaptureQueriesContext(connection) as captured:
                found(user, query)
            assert len(captured) == 2


def test_a_common_word_is_not_looked_up_in_everything(many: list[Conversation]) -> None:
    """The windows after the one that fills the page, the first or (soon after midnight) the second, stay shut."""
    supervisor = make_user(role=Role.SUPERVISOR)
    with CaptureQueriesContext(connection) as captured:
        found(supervisor, "matter", 20)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (ANALYZE, TIMING off) " + captured[-1]["sql"])
        plan = [line for (line,) in cursor.fetchall()]
    scan = next(line for line in plan if "Bitmap Index Scan on search_words" in line)
    assert "loops=1)" in scan or "loops=2)" in scan


def test_long_and_empty_queries(account: ChannelAccount) -> None:
    said = say(account, "word " * 100)
    catch_up()
    supervisor = make_user(role=Role.SUPERVISOR)
    assert found(supervisor, "word " * 200) == [said.conversation_id]
    assert found(supervisor, " ".join(f"w{n}" for n in range(200))) == []
    assert found(supervisor, "退" * 300) == []
    for query in ("", "   ", "!?…", '""', "#" + "9" * 30):
        assert found(supervisor, query) == []


def test_matching_narrows_what_it_is_given(many: list[Conversation]) -> None:
    rows = Conversation.objects.filter(team=many[0].team)
    assert set(matching(rows, "matter").values_list("pk", flat=True)) == {row.pk for row in many[::2]}
    assert matching(Conversation.objects.all(), "matter").count() == MOST_MATCHES
    assert not matching(Conversation.objects.none(), "matter").exists()


def test_a_stale_index_shows_nothing_that_may_not_be_seen(account: ChannelAccount) -> None:
    said = say(account, "secret")
    catch_up()
    Conversation.objects.filter(pk=said.conversation_id).update(team=make_team())
    assert found(make_user(teams=[account.team]), "secret") == []
    assert Document.objects.count() == 1
    assert not Stale.objects.exists()
