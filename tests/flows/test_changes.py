"""Owner, status, details and contacts: each change leaves a line that says who did what."""

from datetime import timedelta
from typing import Any

import pytest

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import SYSTEM, Actor
from csplatform.conversations.models import Conversation, Message, OwnerKind, Priority, Status
from csplatform.flows import assign, details, merge, status
from csplatform.gateway.contract import HandleKind
from csplatform.people.models import User
from tests.factories import MONDAY, make_account, make_conversation, make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> User:
    return make_user(name="Mei")


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation()


def last_line(conversation: Conversation) -> tuple[str, User | None, dict[str, Any]]:
    line = Message.objects.filter(conversation=conversation).order_by("-seq")[0]
    return line.verb, line.author, line.data


def test_assigning_names_the_owner_and_who_did_it(conversation: Conversation, agent: User) -> None:
    colleague = make_user(name="Omar")
    changed = assign.assign(conversation.pk, to=colleague, by=Actor.agent(agent))
    assert (changed.owner_kind, changed.assignee) == (OwnerKind.AGENT, colleague)
    facts = {"to": "Omar", "to_id": colleague.pk, "actor": "agent"}
    assert last_line(conversation) == ("assigned", agent, facts)


def test_assigning_again_leaves_no_second_line(conversation: Conversation, agent: User) -> None:
    by = Actor.agent(agent)
    before = assign.assign(conversation.pk, to=agent, by=by).revision
    assert assign.assign(conversation.pk, to=agent, by=by).revision == before
    assert assign.assign(conversation.pk, to=None, by=by).owner_kind == OwnerKind.QUEUE
    assert assign.assign(conversation.pk, to=None, by=by).revision == before + 1


def test_nothing_is_assigned_to_somebody_who_left(conversation: Conversation, agent: User) -> None:
    gone = make_user(is_active=False)
    before = Conversation.objects.values().get()
    with pytest.raises(InvalidInput):
        assign.assign(conversation.pk, to=gone, by=Actor.agent(agent))
    assert Conversation.objects.values().get() == before


def test_handing_over_puts_it_into_the_other_teams_queue(conversation: Conversation, agent: User) -> None:
    team = make_team("Security")
    assign.assign(conversation.pk, to=agent, by=Actor.agent(agent))
    changed = assign.hand_over(conversation.pk, to=team, by=Actor.agent(agent))
    assert (changed.team, changed.assignee, changed.owner_kind) == (team, None, OwnerKind.QUEUE)
    assert last_line(conversation)[0] == "handed_over"


def test_status_goes_round_and_leaves_its_trace(conversation: Conversation, agent: User) -> None:
    by = Actor.agent(agent)
    assert status.set_pending(conversation.pk, by=by).status == Status.PENDING
    assert status.resolve(conversation.pk, by=by).resolved_at is not None
    assert status.reopen(conversation.pk, by=by).resolved_at is None
    assert status.mark_spam(conversation.pk, by=by).status == Status.SPAM
    verbs = [line.verb for line in conversation.messages.filter(author=agent).order_by("seq")]
    assert verbs == ["pending", "resolved", "reopened", "spam"]


def test_nobody_waits_in_a_closed_conversation(conversation: Conversation, agent: User) -> None:
    assert conversation.waiting_since is not None
    assert status.set_pending(conversation.pk, by=Actor.agent(agent)).waiting_since is not None
    assert status.resolve(conversation.pk, by=Actor.agent(agent)).waiting_since is None


def test_snoozed_conversation_wakes_by_itself(conversation: Conversation, agent: User) -> None:
    until = clock.now() + timedelta(hours=2)
    status.snooze(conversation.pk, until=until, by=Actor.agent(agent))
    with clock.frozen(until - timedelta(seconds=1)):
        assert status.wake_due() == 0
    with clock.frozen(until):
        assert status.wake_due() == 1
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == (Status.OPEN, None)
    assert last_line(conversation) == ("woken", None, {"actor": "system"})


def test_snooze_can_be_moved_but_not_into_the_past(conversation: Conversation, agent: User) -> None:
    by, later = Actor.agent(agent), clock.now() + timedelta(days=1)
    status.snooze(conversation.pk, until=later, by=by)
    moved = status.snooze(conversation.pk, until=later + timedelta(days=1), by=by)
    assert moved.snoozed_until == later + timedelta(days=1)
    with pytest.raises(InvalidInput):
        status.snooze(conversation.pk, until=MONDAY, by=by)


def test_priority_tags_and_language(conversation: Conversation, agent: User) -> None:
    by = Actor.agent(agent)
    assert details.set_priority(conversation.pk, Priority.URGENT, by).priority == Priority.URGENT
    details.add_tag(conversation.pk, "  Lost   2FA ", by)
    details.add_tag(conversation.pk, "lost 2fa", by)
    assert [tag.name for tag in conversation.tags.all()] == ["Lost 2FA"]
    details.remove_tag(conversation.pk, "LOST 2FA", by)
    assert not conversation.tags.exists()
    assert details.set_language(conversation.pk, "zh_CN", by).language == "zh-Hans"
    verbs = [line.verb for line in conversation.messages.filter(author=agent).order_by("seq")]
    assert verbs == ["priority", "tagged", "untagged", "language"]


def test_nonsense_details_are_refused(conversation: Conversation) -> None:
    before = Conversation.objects.values().get()
    for attempt in (
        lambda: details.set_priority(conversation.pk, 7, SYSTEM),
        lambda: details.add_tag(conversation.pk, " ", SYSTEM),
        lambda: details.add_tag(conversation.pk, "x" * 61, SYSTEM),
        lambda: details.set_language(conversation.pk, "klingonese", SYSTEM),
    ):
        with pytest.raises(InvalidInput):
            attempt()
    assert Conversation.objects.values().get() == before


def test_merged_contacts_are_one_on_every_channel(agent: User) -> None:
    chat, mail = make_account(), make_account("threaded")
    chatting = say(chat, "你好", sender="visitor-1", name="").conversation
    mailing = say(mail, "Hello", sender="li@shop.example", name="Li Lei", kind=HandleKind.EMAIL).conversation
    before = {c.pk: c.revision for c in Conversation.objects.all()}
    kept = merge.merge_contacts(keep=chatting.contact_id, other=mailing.contact_id, by=Actor.agent(agent))
    assert all(c.revision == before[c.pk] + 1 for c in Conversation.objects.all())
    assert kept.name == "Li Lei"
    assert set(kept.conversations.all()) == {chatting, mailing}
    assert say(mail, "Again", sender="li@shop.example", kind=HandleKind.EMAIL).conversation.contact == kept
    assert say(chat, "再见", sender="visitor-1").conversation == chatting
    assert last_line(mailing)[0] == "contact_merged"


def test_contact_is_merged_once_and_never_into_itself(agent: User) -> None:
    one, two, three = (make_conversation().contact_id for _number in range(3))
    by = Actor.agent(agent)
    merge.merge_contacts(keep=one, other=two, by=by)
    for keep, other in ((one, one), (three, two), (two, three), (one, 10**9)):
        with pytest.raises(InvalidInput):
            merge.merge_contacts(keep=keep, other=other, by=by)
    merge.merge_contacts(keep=three, other=one, by=by)
    signposts = set(Conversation.objects.values_list("contact_id", flat=True))
    assert signposts == {three}
