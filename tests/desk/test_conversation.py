"""An open conversation: its page, catching up by revision, older lines, history in the reader's language."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import translation

from csplatform.common import clock
from csplatform.conversations.actors import BOT, SYSTEM, Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageState
from csplatform.conversations.services import change, lock, record
from csplatform.desk.history import sentence
from csplatform.desk.timeline import PAGE
from csplatform.flows import assign, status
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.desk.conftest import HTMX, lines_in, partial_for, text_of
from tests.factories import make_conversation, make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "我的订单还没有到", sender="ming", name="王小明").conversation


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def since(desk: Client, conversation: Conversation, revision: int) -> Any:
    return desk.get(f"/inbox/c/{conversation.pk}/since/{revision}/", headers=HTMX)


def test_the_page_shows_all_three_panes(desk: Client, conversation: Conversation) -> None:
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
    for part in (
        'id="rows"',
        'id="timeline"',
        'id="contact-card"',
        'id="composer"',
        "我的订单还没有到",
        'aria-current="true"',
    ):
        assert part in page


def test_a_page_that_is_open_gets_the_conversation_and_its_contact(desk: Client, conversation: Conversation) -> None:
    response = desk.get(f"/inbox/c/{conversation.pk}/?view=mine", headers=HTMX)
    assert 'id="rows"' not in text_of(response)
    assert 'id="timeline"' in text_of(response)
    assert 'id="contact-card"' in partial_for(response, "#contact")


def test_catching_up_returns_what_is_new_and_nothing_else(desk: Client, conversation: Conversation, ana: User) -> None:
    known = fresh(conversation).revision
    answer = replies.reply(conversation.pk, by=ana, text="您好", key=uuid4())
    response = since(desk, conversation, known)
    assert lines_in(response) == [*_events_after(conversation, known), answer.pk]
    now = fresh(conversation).revision
    assert (response["X-Conversation"], response["X-Revision"]) == (str(conversation.pk), str(now))
    assert f'name="revision" form="acts" value="{now}"' in partial_for(response, "#conversation-head")
    assert since(desk, conversation, now).status_code == 204


def _events_after(conversation: Conversation, revision: int) -> list[int]:
    found = Message.objects.filter(conversation=conversation, revision__gt=revision, kind="event")
    return list(found.order_by("seq").values_list("pk", flat=True))


def test_a_receipt_brings_its_message_again(desk: Client, conversation: Conversation, ana: User) -> None:
    answer = replies.reply(conversation.pk, by=ana, text="您好", key=uuid4())
    known = fresh(conversation).revision
    change(answer, state=MessageState.FAILED, state_reason="550 mailbox unavailable")
    response = since(desk, conversation, known)
    assert lines_in(response) == [answer.pk]
    assert "550 mailbox unavailable" in text_of(response)
    assert f"/inbox/m/{answer.pk}/retry/" in text_of(response)


def test_a_screen_far_behind_misses_nothing(desk: Client, conversation: Conversation, account: ChannelAccount) -> None:
    for number in range(5):
        say(account, f"line {number}", sender="ming")
    everything = list(conversation.messages.order_by("seq").values_list("pk", flat=True))
    assert lines_in(since(desk, conversation, 0)) == everything


def test_older_lines_come_page_by_page(desk: Client, conversation: Conversation) -> None:
    locked = lock(conversation.pk)
    for number in range(2 * PAGE):
        record(locked, EventVerb.TAGGED, SYSTEM, tag=f"tag-{number}")
    everything = list(conversation.messages.order_by("seq").values_list("pk", flat=True))
    response = desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX)
    seen = lines_in(response)
    assert len(seen) == PAGE
    while 'id="earlier"' in text_of(response):
        before = Message.objects.get(pk=seen[0]).seq
        assert f"/earlier/{before}/" in text_of(response)
        response = desk.get(f"/inbox/c/{conversation.pk}/earlier/{before}/", headers=HTMX)
        seen = lines_in(response) + seen
    assert seen == everything


def test_a_new_day_is_announced_once(desk: Client, conversation: Conversation, account: ChannelAccount) -> None:
    with clock.frozen(clock.now() + timedelta(days=1)):
        say(account, "still nothing", sender="ming")
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
    assert page.count('<h3 class="day">') == 2


def test_what_was_taken_back_is_not_shown(desk: Client, conversation: Conversation) -> None:
    message = conversation.messages.get(kind="customer")
    change(message, text="", deleted_at=clock.now())
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
    assert "took this message back" in page


def test_a_quote_is_folded_away(desk: Client, account: ChannelAccount) -> None:
    row = say(account, "Thanks!", full_text="Thanks!\n\n> you wrote\n> something long", sender="q").conversation
    page = text_of(desk.get(f"/inbox/c/{row.pk}/"))
    assert '<details class="fold">' in page
    assert "something long" in page


def test_links_open_elsewhere_and_text_is_escaped(desk: Client, account: ChannelAccount) -> None:
    row = say(account, "see https://example.com/?a=1&b=2 <img src=x onerror=alert(1)>\nbye", sender="q").conversation
    page = text_of(desk.get(f"/inbox/c/{row.pk}/"))
    assert 'rel="nofollow noopener noreferrer" target="_blank">https://example.com/?a=1&amp;b=2</a>' in page
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;<br>bye" in page


def test_a_blocked_contact_is_said(desk: Client, conversation: Conversation) -> None:
    contact = conversation.contact
    contact.is_blocked = True
    contact.save()
    assert "This contact is blocked." in text_of(desk.get(f"/inbox/c/{conversation.pk}/"))


def test_an_account_whose_channel_is_gone_still_shows(desk: Client, conversation: Conversation) -> None:
    ChannelAccount.objects.filter(pk=conversation.account_id).update(channel="carrier-pigeon")
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
    assert "no longer installed" in page
    assert "carrier-pigeon" in page


def test_what_is_not_the_agents_looks_as_if_it_did_not_exist(desk: Client, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(team=make_team())
    for pk in (conversation.pk, 999_999):
        assert desk.get(f"/inbox/c/{pk}/").status_code == 404
        fragment = desk.get(f"/inbox/c/{pk}/", headers=HTMX)
        assert (fragment.status_code, fragment["HX-Retarget"], fragment["X-Gone"]) == (404, "#conversation", "true")
        assert "no longer open to you" in text_of(fragment)


@pytest.mark.parametrize(
    ("verb", "facts", "said"),
    [
        ("opened", {}, "Ana opened the conversation"),
        ("reopened", {}, "Ana reopened the conversation"),
        ("resolved", {}, "Ana resolved the conversation"),
        ("pending", {}, "Ana set the conversation to pending"),
        ("spam", {}, "Ana marked the conversation as spam"),
        ("snoozed", {"until": "2026-03-02T10:00:00+00:00"}, "Ana snoozed the conversation until 3/2/26, 10:00\u202fAM"),
        ("snoozed", {"until": "some day"}, "Ana snoozed the conversation until some day"),
        ("woken", {}, "The snooze ended"),
        ("assigned", {"to": "Omar", "to_id": 0}, "Ana assigned the conversation to Omar"),
        ("assigned", {"to": "", "to_id": None}, "Ana put the conversation back into the queue"),
        ("handed_over", {"to": "Security"}, "Ana handed the conversation over to Security"),
        ("handed_over", {"to": ""}, "Ana took the conversation out of its team"),
        ("priority", {"old": 20, "new": 40}, "Ana set the priority to Urgent"),
        ("tagged", {"tag": "refund"}, "Ana added the tag refund"),
        ("untagged", {"tag": "refund"}, "Ana removed the tag refund"),
        ("language", {"old": "en", "new": "zh-Hans"}, "Ana set the language to Simplified Chinese"),
        ("language", {"old": "en", "new": "fr"}, "Ana set the language to French"),
        ("contact_merged", {"merged": "M.", "into": "Ming"}, "Ana merged the contact M. into Ming"),
        ("reaction", {"emoji": "👍"}, "Ana reacted with 👍"),
        ("reaction", {"emoji": ""}, "Ana took a reaction back"),
        ("held", {"to_id": 1}, "Held, because its writer takes no part in the conversation that it quotes"),
        ("let_in", {"address": "eve@x.org", "from_id": 1}, "Ana let eve@x.org join"),
        (
            "let_in",
            {"address": "eve@x.org", "to_id": 1},
            "Ana let eve@x.org join the conversation that this mail quotes",
        ),
        ("kept_apart", {"from_id": 1}, "Ana keeps this mail apart from the conversation it quotes"),
        ("split", {"to_id": 1}, "Ana split off a new conversation"),
        ("split", {"from_id": 1}, "Ana split this off another conversation"),
        ("moved", {"to_id": 1}, "Ana moved a message to another conversation"),
        ("undelivered", {"address": "bob@x.org", "reason": "full"}, "Not delivered to bob@x.org: full"),
        ("paused", {"address": "bob@x.org", "reason": "gone"}, "Nothing more is sent to bob@x.org: gone"),
        ("resumed", {"address": "bob@x.org"}, "Ana sends to bob@x.org again"),
        ("sla_warned", {"kind": "first_response"}, "Deadline is near: First response"),
        ("sla_breached", {"kind": "resolution"}, "Deadline was missed: Resolution"),
    ],
)
def test_history_is_told_in_sentences(conversation: Conversation, verb: str, facts: dict[str, Any], said: str) -> None:
    by = make_user(name="Ana")
    line = record(lock(conversation.pk), EventVerb(verb), Actor.agent(by), **facts)
    with translation.override("en"):
        assert sentence(line, conversation) == said


def test_every_verb_has_a_sentence(conversation: Conversation) -> None:
    for verb in EventVerb:
        if verb:
            line = record(lock(conversation.pk), verb, SYSTEM)
            assert sentence(line, conversation)


def test_who_did_it_when_no_agent_did(conversation: Conversation) -> None:
    with translation.override("en"):
        line = record(lock(conversation.pk), EventVerb.RESOLVED, BOT)
        assert sentence(line, conversation) == "The bot resolved the conversation"
        opened = conversation.messages.get(verb="opened")
        assert sentence(opened, conversation) == "王小明 opened the conversation"
        line = record(lock(conversation.pk), EventVerb.REOPENED, SYSTEM)
        assert sentence(line, conversation) == "The system reopened the conversation"


def test_taking_a_conversation_is_said_as_such(conversation: Conversation, ana: User) -> None:
    assign.assign(conversation.pk, to=ana, by=Actor.agent(ana))
    line = conversation.messages.get(verb="assigned")
    with translation.override("en"):
        assert sentence(line, conversation) == "Ana Torres took the conversation"


def test_the_menus_offer_what_can_be_done(desk: Client, conversation: Conversation, ana: User) -> None:
    colleague, gone = make_user(name="Omar Haddad"), make_user(name="Who Left", is_active=False)
    offered = text_of(desk.get(f"/inbox/c/{conversation.pk}/menu/assign/", headers=HTMX))
    assert colleague.name in offered
    assert gone.name not in offered
    for name in ("snooze", "tags", "more"):
        assert desk.get(f"/inbox/c/{conversation.pk}/menu/{name}/", headers=HTMX).status_code == 200
    assert desk.get(f"/inbox/c/{conversation.pk}/menu/nonsense/").status_code == 404


def test_a_closed_conversation_offers_to_reopen(desk: Client, conversation: Conversation, ana: User) -> None:
    status.resolve(conversation.pk, by=Actor.agent(ana))
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
    assert 'id="reopen"' in page
    assert 'id="resolve"' not in page


def test_other_conversations_of_the_contact_as_far_as_the_agent_sees_them(
    desk: Client, conversation: Conversation
) -> None:
    seen, hidden = make_conversation(), make_conversation()
    for other in (seen, hidden):
        Conversation.objects.filter(pk=other.pk).update(contact=conversation.contact)
    Conversation.objects.filter(pk=hidden.pk).update(team=make_team())
    card = partial_for(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX), "#contact")
    assert f"/inbox/c/{seen.pk}/" in card
    assert f"/inbox/c/{hidden.pk}/" not in card
