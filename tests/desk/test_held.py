"""Held mail: its view, letting it in or keeping it apart, and the same mail in another inbox."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import same_mail_elsewhere
from csplatform.flows import status
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, LogIn, partial_for, rows_in, text_of
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db

ADA, EVE = "ada@customer.example", "eve@elsewhere.example"


@pytest.fixture
def mailbox(team: Team) -> ChannelAccount:
    return make_account("copying", address="help@shop.example", name="Support", team=team)


@pytest.fixture
def thread(mailbox: ChannelAccount) -> Conversation:
    return say(mailbox, "Where is it?", sender=ADA, name="Ada", subject="My order", external_id="a").conversation


@pytest.fixture
def held(mailbox: ChannelAccount, thread: Conversation) -> Conversation:
    return say(mailbox, "Let me in", sender=EVE, name="Eve", external_id="e", thread_refs=("a",)).conversation


def page_of(desk: Client, conversation: Conversation) -> str:
    return text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))


def post(desk: Client, path: str, **headers: str) -> Any:
    return desk.post(path, {"revision": "0"}, headers=headers or HTMX)


def test_the_view_of_held_mail_is_there_while_something_is_held(
    desk: Client, thread: Conversation, ana: User, mailbox: ChannelAccount
) -> None:
    views = partial_for(desk.get("/inbox/", headers=HTMX), "#views")
    assert "view-held" not in views
    held = say(mailbox, sender=EVE, thread_refs=("a",)).conversation
    response = desk.get("/inbox/held/", headers=HTMX)
    assert rows_in(response) == [held.pk]
    assert '<span class="count">1</span>' in partial_for(response, "#views").split("view-held")[1].split("</li>")[0]
    assert 'class="chip held"' in text_of(response)
    status.resolve(held.pk, by=Actor.agent(ana))
    assert rows_in(desk.get("/inbox/held/", headers=HTMX)) == []


def test_a_held_mail_says_what_it_wants(desk: Client, held: Conversation, thread: Conversation) -> None:
    page = page_of(desk, held)
    assert f"Eve quotes conversation #{thread.pk}, but takes no part there." in page
    assert "Ada: My order" in page
    assert "Mail of Eve quotes this conversation and is held." in page_of(desk, thread)


def test_letting_it_in_opens_the_conversation_it_joins(desk: Client, held: Conversation, thread: Conversation) -> None:
    response = post(desk, f"/inbox/c/{held.pk}/let-in/")
    assert (response["HX-Retarget"], response["HX-Push-Url"]) == ("#conversation", f"/inbox/c/{thread.pk}/")
    assert "Let me in" in text_of(response)
    assert "Ana Torres let eve@elsewhere.example join" in text_of(response)
    assert "held-notice" not in page_of(desk, held)


def test_letting_in_works_without_a_script(desk: Client, held: Conversation, thread: Conversation) -> None:
    response = desk.post(f"/inbox/c/{held.pk}/let-in/")
    assert response["Location"] == f"/inbox/c/{thread.pk}/"


def test_keeping_it_apart(desk: Client, held: Conversation, thread: Conversation) -> None:
    response = post(desk, f"/inbox/c/{held.pk}/do/keep-apart/")
    assert "held-notice" not in partial_for(response, "#conversation-head")
    assert f'href="/inbox/c/{thread.pk}/"' in text_of(response)
    assert rows_in(desk.get("/inbox/held/", headers=HTMX)) == []
    for path in (f"/inbox/c/{held.pk}/let-in/", f"/inbox/c/{held.pk}/do/keep-apart/"):
        refused = post(desk, path)
        assert (refused.status_code, refused["HX-Reswap"]) == (422, "none")


def test_its_writer_is_blocked(desk: Client, held: Conversation, thread: Conversation) -> None:
    assert f"/inbox/c/{held.pk}/do/block/" in page_of(desk, held)
    assert post(desk, f"/inbox/c/{held.pk}/do/block/").status_code == 200
    assert rows_in(desk.get("/inbox/held/", headers=HTMX)) == []
    thread.refresh_from_db()
    assert thread.status == "open"


def test_nobody_lets_in_where_they_cannot_look(desk: Client, held: Conversation, thread: Conversation) -> None:
    Conversation.objects.filter(pk=thread.pk).update(team=make_team())
    page = page_of(desk, held)
    assert ("not open to you" in page, "let-in" in page, "My order" in page) == (True, False, False)
    refused = post(desk, f"/inbox/c/{held.pk}/let-in/")
    assert refused.status_code == 403
    assert not thread.messages.filter(text="Let me in").exists()
    assert post(desk, f"/inbox/c/{held.pk}/do/keep-apart/").status_code == 200


def test_what_is_held_for_it_shows_to_those_who_see_it(log_in: LogIn, held: Conversation, thread: Conversation) -> None:
    colleague = make_user()
    Conversation.objects.filter(pk=thread.pk).update(assignee=colleague, owner_kind="agent")
    Conversation.objects.filter(pk=held.pk).update(team=make_team())
    assert "is held" not in page_of(log_in(colleague), thread)


@pytest.fixture
def twins(mailbox: ChannelAccount, team: Team) -> list[Conversation]:
    """One mail of Ada in two inboxes."""
    billing = make_account("copying", address="billing@shop.example", name="Billing", team=team)
    return [say(account, sender=ADA, external_id="both").conversation for account in (mailbox, billing)]


def test_a_mail_to_two_inboxes_is_linked(desk: Client, twins: list[Conversation]) -> None:
    support, billing = twins
    assert f"Also in Billing: #{billing.pk}" in page_of(desk, support)
    assert f"Also in Support: #{support.pk}" in page_of(desk, billing)


def test_a_link_leads_only_where_the_reader_may_go(
    desk: Client, twins: list[Conversation], ana: User, thread: Conversation
) -> None:
    support, billing = twins
    Conversation.objects.filter(pk=billing.pk).update(team=make_team())
    assert "Also in" not in page_of(desk, support)
    assert not same_mail_elsewhere(ana, support).exists()
    assert "Also in" not in page_of(desk, thread)


def test_equal_ids_of_other_conversations_of_one_account_are_no_twins(ana: User, mailbox: ChannelAccount) -> None:
    one = say(mailbox, sender=ADA, external_id="one").conversation
    say(mailbox, sender=ADA, external_id="two")
    assert not same_mail_elsewhere(ana, one).exists()


def test_twins_take_one_query_by_an_index(ana: User, twins: list[Conversation]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert list(same_mail_elsewhere(ana, twins[0])) == [twins[1]]
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "one_message_per_external_id" in same_mail_elsewhere(ana, twins[0]).explain()


def test_many_neighbours_take_no_more_queries(desk: Client, thread: Conversation, mailbox: ChannelAccount) -> None:
    counted = []
    for number in (1, 4):
        for index in range(number):
            sender = f"eve{number}{index}@elsewhere.example"
            held = say(mailbox, sender=sender, thread_refs=("a",)).conversation
            assert held.held_for == thread
        with CaptureQueriesContext(connection) as queries:
            page_of(desk, thread)
        counted.append(len(queries))
    assert counted[0] == counted[1]
