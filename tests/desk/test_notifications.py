"""The bell and its panel, what is followed, what the browser shows, and how one wants to hear of what."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation
from csplatform.flows import assign, status
from csplatform.flows.erase import erase_history
from csplatform.flows.reply import note
from csplatform.gateway.models import ChannelAccount
from csplatform.notifications import services
from csplatform.notifications.models import Follow, Kind, Notification, Way
from csplatform.notifications.selectors import unseen, ways_of
from csplatform.people.models import Presence, User
from tests.desk.conftest import HTMX, LogIn, partial_for, rows_in, text_of
from tests.factories import make_conversation, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def ming(account: ChannelAccount) -> Conversation:
    return say(account, "我的订单还没有到", sender="ming", name="王小明").conversation


@pytest.fixture
def omar(ana: User) -> User:
    return make_user(name="Omar Haddad", teams=[*ana.teams.all()])


def mention(conversation: Conversation, who: User, by: User, text: str = "please look") -> None:
    services.mentioned(note(conversation.pk, by=by, text=f"@{who.name} {text}", key=uuid4()), [who.pk])


def bell(client: Client) -> str:
    """What the bell counts."""
    return partial_for(client.get("/inbox/", headers=HTMX), "#bell-count")


def test_the_bell_counts_and_the_panel_tells(desk: Client, ming: Conversation, ana: User, omar: User) -> None:
    assert 'data-count="0"' in bell(desk)
    mention(ming, ana, omar)
    say(ming.account, "Hello?", sender="ming")
    assert 'data-count="2"' in bell(desk)
    page = text_of(desk.get("/me/notifications/", headers=HTMX))
    for part in (
        "Omar Haddad mentioned you",
        "@Ana Torres please look",
        "王小明 wrote",
        "Hello?",
        f"/inbox/c/{ming.pk}/",
    ):
        assert part in page
    assert page.index("王小明 wrote") < page.index("mentioned you")
    assert "<html" not in page
    assert "<html" in text_of(desk.get("/me/notifications/"))


def test_folded_messages_are_one_line(desk: Client, ming: Conversation, ana: User) -> None:
    services.follow(ming, ana)
    for text in ("One", "Two", "Three"):
        say(ming.account, text, sender="ming")
    page = text_of(desk.get("/me/notifications/", headers=HTMX))
    assert "王小明 wrote 3 messages" in page
    assert page.count('class="notice-row') == 1


def test_the_count_is_capped(desk: Client, ming: Conversation, account: ChannelAccount, ana: User) -> None:
    line = ming.messages.latest("seq")
    more = Conversation.objects.bulk_create(
        Conversation(contact=ming.contact, account=account, handle=ming.handle, team=ming.team) for _ in range(120)
    )
    Notification.objects.bulk_create(
        Notification(user=ana, kind=Kind.MESSAGE, conversation=row, message=line) for row in more
    )
    assert "99+" in bell(desk)


def test_panel_and_bell_take_a_fixed_number_of_queries(
    desk: Client, account: ChannelAccount, ana: User, omar: User
) -> None:
    counted = []
    for _ in range(2):
        for _number in range(4):
            row = make_conversation(account)
            mention(row, ana, omar)
            assign.assign(row.pk, to=ana, by=SYSTEM)
        with CaptureQueriesContext(connection) as queries:
            page = text_of(desk.get("/me/notifications/", headers=HTMX))
        counted.append((len(queries), page.count('class="notice-row')))
    assert [rows for _queries, rows in counted] == [8, 16]
    assert {queries for queries, _rows in counted} == {3}  # session, user, notifications


def test_marking_one_those_of_a_conversation_and_all(
    desk: Client, ming: Conversation, account: ChannelAccount, ana: User, omar: User
) -> None:
    other, third = make_conversation(account), make_conversation(account)
    for row in (ming, other, third):
        mention(row, ana, omar)
    one = unseen(ana).get(conversation=ming)
    page = text_of(desk.post("/me/notifications/seen/", {"id": one.pk}, headers=HTMX))
    assert page.count("unseen") == 2
    assert desk.post("/me/notifications/seen/", {"conversation": other.pk}).status_code == 204
    assert unseen(ana).get().conversation == third
    assert desk.post("/me/notifications/seen/", {"page": "1"}).status_code == 302
    assert not unseen(ana).exists()
    assert desk.post("/me/notifications/seen/", {"id": "x"}, headers=HTMX).status_code == 422


def test_nobody_marks_anothers_as_seen(log_in: LogIn, ming: Conversation, ana: User, omar: User) -> None:
    mention(ming, ana, omar)
    log_in(omar).post("/me/notifications/seen/", {"id": unseen(ana).get().pk}, headers=HTMX)
    assert unseen(ana).count() == 1


def test_what_is_no_longer_for_one_is_nowhere(desk: Client, ming: Conversation, ana: User, omar: User) -> None:
    mention(ming, ana, omar)
    ana.teams.clear()
    assert 'data-count="0"' in bell(desk)
    assert "please look" not in text_of(desk.get("/me/notifications/", headers=HTMX))
    assert desk.get("/me/notifications/latest/?preview=1").json() == {"items": []}
    for view in ("mentioned", "followed"):
        assert rows_in(desk.get(f"/inbox/{view}/")) == []


def test_erased_texts_are_not_told(desk: Client, ming: Conversation, ana: User) -> None:
    services.follow(ming, ana)
    say(ming.account, "my xylophone", sender="ming")
    erase_history(ming.account, "ming", by=SYSTEM)
    page = text_of(desk.get("/me/notifications/", headers=HTMX))
    assert f"#{ming.pk}" in page
    assert "xylophone" not in page
    assert "王小明" not in page


def test_views_of_what_is_mentioned_and_followed(
    desk: Client, ming: Conversation, account: ChannelAccount, ana: User, omar: User
) -> None:
    other = make_conversation(account)
    mention(ming, ana, omar)
    mention(ming, ana, omar, "again")
    services.follow(other, ana)
    assert rows_in(desk.get("/inbox/mentioned/")) == [ming.pk]
    assert rows_in(desk.get("/inbox/followed/")) == [other.pk, ming.pk]
    status.set_pending(ming.pk, by=SYSTEM)
    assert rows_in(desk.get("/inbox/mentioned/")) == [ming.pk]
    status.resolve(ming.pk, by=SYSTEM)
    assert rows_in(desk.get("/inbox/mentioned/")) == []


def test_following_from_the_header(desk: Client, ming: Conversation, ana: User) -> None:
    assert 'id="follow"' in text_of(desk.get(f"/inbox/c/{ming.pk}/"))
    address = f"/inbox/c/{ming.pk}/follow/"
    for on, pressed in (("1", "true"), ("1", "true"), ("0", "false")):
        head = partial_for(
            desk.post(address, {"on": on, "revision": ming.revision}, headers=HTMX), "#conversation-head"
        )
        assert f'aria-pressed="{pressed}"' in head
        assert Follow.objects.filter(user=ana, conversation=ming).exists() == (on == "1")
    assert desk.post(address, {"on": "1"}).status_code == 302
    before = ming.revision
    ming.refresh_from_db()
    assert ming.revision == before


def test_an_open_conversation_knows_that_there_is_news(desk: Client, ming: Conversation, ana: User, omar: User) -> None:
    assert "data-news" not in text_of(desk.get(f"/inbox/c/{ming.pk}/"))
    mention(ming, ana, omar)
    assert "data-news" in text_of(desk.get(f"/inbox/c/{ming.pk}/"))
    assert unseen(ana).exists()  # a page that is fetched ahead has been seen by nobody


def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    return list(client.get(f"/me/notifications/latest/{query}").json()["items"])


def test_what_the_browser_shows_says_no_more_than_is_wanted(
    desk: Client, ming: Conversation, ana: User, omar: User
) -> None:
    mention(ming, ana, omar, "the secret")
    (item,) = items(desk)
    assert (item["title"], item["body"]) == ("Omar Haddad mentioned you", f"Conversation #{ming.pk}")
    assert item["url"] == f"/inbox/c/{ming.pk}/"
    assert "the secret" in items(desk, "?preview=1")[0]["body"]
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert items(desk) == []
    services.prefer(ana, {Kind.MENTIONED: Way.DESK})
    assert items(desk) == []


def test_settings_are_kept(desk: Client, ana: User) -> None:
    page = text_of(desk.get("/me/notifications/settings/"))
    assert page.count("<fieldset") == len(Kind)
    response = desk.post("/me/notifications/settings/", {"note": "none", "message": "desk", "idle": "30"}, follow=True)
    assert "Saved." in text_of(response)
    ways = ways_of(ana)
    assert (ways[Kind.NOTE], ways[Kind.MESSAGE], ways[Kind.MENTIONED]) == (Way.NONE, Way.DESK, Way.BROWSER)
    assert Presence.objects.get(user=ana).idle_minutes == 30
    for wrong in ({"note": "shout", "idle": "30"}, {"idle": "soon"}, {"idle": "999"}):
        assert desk.post("/me/notifications/settings/", wrong, headers=HTMX).status_code == 422
    assert ways_of(ana) == ways
