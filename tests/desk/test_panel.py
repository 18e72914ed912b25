"""What stands beside a conversation's messages: fields, relations, notes, merges, and how far it was read."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from csplatform.contacts.models import Contact, ContactMerge, ContactNote, Handle, Organisation
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation, ConversationLink, Seen
from csplatform.conversations.selectors import visible_conversations
from csplatform.fields.models import CustomField, FieldOption
from csplatform.flows import status
from csplatform.flows.contact_details import leave_address
from csplatform.flows.reply import note
from csplatform.flows.seen import with_unread
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.desk.conftest import HTMX, LogIn, lines_in, partial_for, text_of
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "Hello", sender="ming", name="Ming").conversation


@pytest.fixture
def other(account: ChannelAccount) -> Conversation:
    return say(account, "Hello again", sender="ming-too", name="Ming Too").conversation


def post(desk: Client, conversation: Conversation, path: str, **data: Any) -> Any:
    conversation.refresh_from_db()
    address = f"/inbox/c/{conversation.pk}/{path}/"
    return desk.post(address, {"revision": conversation.revision} | data, headers=HTMX)


def card(desk: Client, conversation: Conversation) -> str:
    return text_of(desk.get(f"/inbox/c/{conversation.pk}/contact/", headers=HTMX))


# Conversations among each other ------------------------------------------------------------------------------------


def test_conversations_are_merged_after_a_look(desk: Client, account: ChannelAccount) -> None:
    threads = make_account("copying", team=account.team)
    kept = say(threads, "One", sender="ada@customer.example", subject="Order").conversation
    merged = say(threads, "Two", sender="ada@customer.example", subject="The order again").conversation
    found = text_of(desk.get(f"/inbox/c/{kept.pk}/relate/merge/", headers=HTMX))
    assert "The order again" in found
    look = text_of(desk.get(f"/inbox/c/{kept.pk}/relate/merge/", {"other": merged.pk}, headers=HTMX))
    assert "of_two_contacts" not in look
    response = post(desk, kept, "do/merge", other=merged.pk)
    assert len(lines_in(response)) == kept.messages.count()
    assert "do/undo-merge/" in partial_for(response, "#conversation")
    gone = desk.get(f"/inbox/c/{merged.pk}/")
    assert (gone.status_code, gone["Location"]) == (302, f"/inbox/c/{kept.pk}/")
    moved = desk.get(f"/inbox/c/{merged.pk}/since/1/", headers=HTMX)
    assert (moved["X-Conversation"], moved["HX-Replace-Url"]) == (str(merged.pk), f"/inbox/c/{kept.pk}/")
    post(desk, kept, "do/undo-merge")
    merged.refresh_from_db()
    assert (merged.merged_into, merged.status) == (None, "open")


def test_conversations_of_two_contacts_are_merged_only_if_that_is_said(
    desk: Client, conversation: Conversation, other: Conversation
) -> None:
    look = desk.get(f"/inbox/c/{conversation.pk}/relate/merge/", {"other": other.pk}, headers=HTMX)
    assert 'name="of_two_contacts" value="1" required' in text_of(look)
    assert post(desk, conversation, "do/merge", other=other.pk).status_code == 422
    other.refresh_from_db()
    assert other.merged_into is None
    assert post(desk, conversation, "do/merge", other=other.pk, of_two_contacts="1").status_code == 200


def test_related_conversations_show_their_status(desk: Client, conversation: Conversation, other: Conversation) -> None:
    found = text_of(desk.get(f"/inbox/c/{conversation.pk}/relate/link/", {"q": f"#{other.pk}"}, headers=HTMX))
    assert f'value="{other.pk}"' in found
    response = post(desk, conversation, "do/link", other=other.pk)
    assert "Related conversations" in partial_for(response, "#contact-card")
    assert "Related conversations" in card(desk, other)
    assert post(desk, conversation, "do/unlink", other=other.pk).status_code == 200
    assert not ConversationLink.objects.exists()


@pytest.mark.parametrize("action", ["merge", "link", "unlink"])
def test_what_is_not_for_the_agent_is_neither_found_nor_touched(
    desk: Client, conversation: Conversation, action: str
) -> None:
    secret = say(make_account(team=make_team()), "secret", sender="eve", name="Secret Eve").conversation
    found = desk.get(f"/inbox/c/{conversation.pk}/relate/merge/", {"q": str(secret.pk)}, headers=HTMX)
    assert "Secret Eve" not in text_of(found)
    assert desk.get(f"/inbox/c/{conversation.pk}/relate/merge/", {"other": secret.pk}).status_code == 404
    for number in (secret.pk, 0, "x", ""):
        assert post(desk, conversation, f"do/{action}", other=number, of_two_contacts="1").status_code == 422
    secret.refresh_from_db()
    assert secret.merged_into is None
    assert not ConversationLink.objects.exists()


def test_asleep_until_the_customer_writes(desk: Client, conversation: Conversation) -> None:
    assert "Until the customer writes" in text_of(desk.get(f"/inbox/c/{conversation.pk}/menu/snooze/", headers=HTMX))
    response = post(desk, conversation, "do/snooze", until="reply")
    assert "snoozed the conversation until the customer writes" in text_of(response)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("snoozed", None)


# Fields ------------------------------------------------------------------------------------------------------------


def make_field(kind: str, target: str = "conversation", **more: Any) -> CustomField:
    field = CustomField.objects.create(target=target, key=f"a-{kind}", label_en=f"A {kind}", kind=kind, **more)
    if kind == "choice":
        FieldOption.objects.create(field=field, value="red", label_en="Red")
    return field


KINDS = [
    ("text", " Two\nlines ", "Two lines", ["x" * 501]),
    ("long_text", "a\r\nb", "a\nb", ["x" * 10_001]),
    ("number", "12.50", 12.5, ["twelve", "NaN", "1e400", "1" * 16]),
    ("number", "-3", -3, ["∞"]),
    ("date", "2026-02-28", "2026-02-28", ["2026-02-30", "tomorrow"]),
    ("switch", "false", False, ["perhaps"]),
    ("choice", "red", "red", ["blue"]),
    ("link", "https://shop.example/o/1", "https://shop.example/o/1", ["javascript:alert(1)", "shop", "http://[x"]),
]


@pytest.mark.parametrize(("kind", "typed", "kept", "wrong"), KINDS)
@pytest.mark.parametrize("target", ["conversation", "contact"])
def test_values_are_typed(
    desk: Client, conversation: Conversation, target: str, kind: str, typed: str, kept: Any, wrong: list[str]
) -> None:
    make_field(kind, target)
    path = f"fields/{target}/a-{kind}"
    assert post(desk, conversation, path, value=typed).status_code == 200
    assert f"A {kind}" in card(desk, conversation)

    def held() -> Any:
        conversation.refresh_from_db()
        return (conversation if target == "conversation" else Contact.objects.get()).fields

    assert held() == {f"a-{kind}": kept}
    for value in wrong:
        assert post(desk, conversation, path, value=value).status_code == 422
    assert held() == {f"a-{kind}": kept}
    assert post(desk, conversation, path, value=" ").status_code == 200
    assert held() == {}


def test_a_field_leaves_a_line_of_history_once(desk: Client, conversation: Conversation) -> None:
    make_field("choice")
    for _try in range(2):
        response = post(desk, conversation, "fields/conversation/a-choice", value="red")
    assert conversation.messages.filter(verb="field").count() == 1
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    assert "set “A choice” to Red" in page
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["conversation/none", "contact/none", "account/a-text"])
def test_a_field_that_there_is_not(desk: Client, conversation: Conversation, path: str) -> None:
    make_field("text", is_active=False)
    assert post(desk, conversation, f"fields/{path}", value="x").status_code in {404, 422}
    assert post(desk, conversation, "fields/conversation/a-text", value="x").status_code == 422
    assert "A text" not in card(desk, conversation)


def test_nothing_is_resolved_before_what_is_required_is_there(desk: Client, conversation: Conversation) -> None:
    make_field("choice", required_to_resolve=True)
    make_field("switch", "contact", required_to_resolve=True)
    refused = post(desk, conversation, "do/resolve")
    assert (refused.status_code, "A switch, A choice" in text_of(refused)) == (422, True)
    post(desk, conversation, "fields/conversation/a-choice", value="red")
    post(desk, conversation, "fields/contact/a-switch", value="false")
    assert post(desk, conversation, "do/resolve").status_code == 200


# The contact -------------------------------------------------------------------------------------------------------


def test_notes_say_who_and_when(desk: Client, ana: User, conversation: Conversation, log_in: LogIn) -> None:
    shown = partial_for(post(desk, conversation, "contact/notes", text="Prefers chat"), "#contact-card")
    assert "Prefers chat" in shown
    assert "Ana Torres" in shown
    assert post(desk, conversation, "contact/notes", text="  ").status_code == 422
    written = ContactNote.objects.get()
    colleague = log_in(make_user(teams=list(ana.teams.all())))
    assert post(colleague, conversation, f"contact/notes/{written.pk}/remove").status_code == 403
    assert post(desk, conversation, f"contact/notes/{written.pk}/remove").status_code == 200
    assert not ContactNote.objects.exists()


def test_a_merge_of_contacts_keeps_what_was_chosen_and_is_undone(
    desk: Client, conversation: Conversation, other: Conversation
) -> None:
    acme = Organisation.objects.create(name="Acme")
    Contact.objects.filter(pk=conversation.contact_id).update(language="en", tier="vip", fields={"plan": "big"})
    Contact.objects.filter(pk=other.contact_id).update(language="ja", organisation=acme, fields={"seat": "4"})
    ContactNote.objects.create(contact=other.contact, text="Calls on Mondays")
    before = list(Contact.objects.order_by("pk").values())
    preview = text_of(desk.get(f"/inbox/c/{conversation.pk}/contact/merge/{other.contact_id}/", headers=HTMX))
    assert ("Japanese" in preview, "take.name" in preview, "take.tier" in preview) == (True, True, True)
    response = post(
        desk, conversation, "contact/merge", other=other.contact_id, **{"take.language": "other", "take.name": ""}
    )
    kept = Contact.objects.get(pk=conversation.contact_id)
    assert (kept.name, kept.language, kept.tier, kept.organisation) == ("Ming", "ja", "vip", acme)
    assert kept.fields == {"plan": "big", "seat": "4"}
    shown = partial_for(response, "#contact-card")
    assert "Calls on Mondays" in shown
    merge = ContactMerge.objects.get()
    assert f"contact/unmerge/{merge.pk}/" in shown
    say(conversation.account, "Still me", sender="ming-too")
    assert post(desk, conversation, f"contact/unmerge/{merge.pk}").status_code == 200
    changing = {"updated_at"}
    after = list(Contact.objects.order_by("pk").values())
    assert [{k: v for k, v in row.items() if k not in changing} for row in after] == [
        {k: v for k, v in row.items() if k not in changing} for row in before
    ]
    other.refresh_from_db()
    assert (other.contact.remarks.count(), other.contact.handles.get().external_id) == (1, "ming-too")
    assert post(desk, conversation, f"contact/unmerge/{merge.pk}").status_code == 422


def test_what_was_changed_since_a_merge_stays_changed(
    desk: Client, conversation: Conversation, other: Conversation
) -> None:
    post(desk, conversation, "contact/merge", other=other.contact_id, **{"take.name": "other"})
    Contact.objects.filter(pk=conversation.contact_id).update(name="Ming the Third")
    post(desk, conversation, f"contact/unmerge/{ContactMerge.objects.get().pk}")
    assert Contact.objects.get(pk=conversation.contact_id).name == "Ming the Third"


def test_a_merge_that_cannot_be_undone_says_why(desk: Client, conversation: Conversation, other: Conversation) -> None:
    post(desk, conversation, "contact/merge", other=other.contact_id)
    merge = ContactMerge.objects.get()
    Handle.objects.filter(external_id="ming-too").update(contact=Contact.objects.create(name="Somebody else"))
    assert "One of the addresses is somebody else&#x27;s by now" in card(desk, conversation)
    assert post(desk, conversation, f"contact/unmerge/{merge.pk}").status_code == 422
    assert Contact.objects.get(pk=other.contact_id).merged_into_id == conversation.contact_id


def test_whoever_left_an_address_is_compared_with_whose_it_is(
    desk: Client, conversation: Conversation, account: ChannelAccount
) -> None:
    mail = make_account("copying", team=account.team)
    known = say(mail, "Hi", sender="ming@customer.example", name="The real Ming", kind="email").conversation
    assert "may be the same person" not in card(desk, conversation)
    leave_address(conversation.handle, "ming@customer.example")
    shown = card(desk, conversation)
    assert "The real Ming has the same address and may be the same person." in shown
    assert "Left in the chat, not verified" in shown
    assert "Ming has the same address" in card(desk, known)
    Conversation.objects.filter(pk=known.pk).update(team=make_team())
    assert "The real Ming" not in card(desk, conversation)


def test_the_local_time_is_guessed_from_a_number(desk: Client, conversation: Conversation) -> None:
    assert "presumably" not in card(desk, conversation)
    Handle.objects.update(kind="phone", external_id="+818012345678")
    shown = card(desk, conversation)
    assert 'data-zone="Asia/Tokyo"' in shown
    assert "presumably" in shown


def test_previous_conversations_come_by_the_page(desk: Client, account: ChannelAccount) -> None:
    threads = make_account("copying", team=account.team)
    ours = [say(threads, f"No. {number}", sender="ada@customer.example").conversation for number in range(20)]
    shown = card(desk, ours[0])
    assert shown.count('class="previous-text"') == 8
    more = f"/inbox/c/{ours[0].pk}/contact/previous/{ours[12].pk}/"
    assert more in shown
    page = text_of(desk.get(more, headers=HTMX))
    assert [f"No. {number}" in page for number in (12, 11, 4, 3)] == [False, True, True, False]


def test_a_card_costs_the_same_whatever_is_in_it(
    desk: Client, account: ChannelAccount, conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    make_field("choice")
    for number in range(6):
        CustomField.objects.create(target="contact", key=f"f{number}", label_en="F", kind="text")
        ContactNote.objects.create(contact=conversation.contact, text="x")
        Handle.objects.create(contact=conversation.contact, account=account, kind="social", external_id=f"m{number}")
        post(desk, conversation, "do/link", other=say(account, "x", sender=f"p{number}").conversation.pk)
    with django_assert_max_num_queries(21):
        card(desk, conversation)


# Reading -----------------------------------------------------------------------------------------------------------


def read(desk: Client, conversation: Conversation, seq: int) -> int:
    return desk.post(f"/inbox/c/{conversation.pk}/seen/{seq}/", headers=HTMX).status_code


def is_unread(user: User, conversation: Conversation) -> bool:
    return bool(with_unread(visible_conversations(user), user).get(pk=conversation.pk).unread)


def test_what_came_since_is_marked(
    desk: Client, ana: User, conversation: Conversation, account: ChannelAccount
) -> None:
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    assert "new-since" not in page
    assert is_unread(ana, conversation)
    conversation.refresh_from_db()
    for seq in (conversation.last_seq, 1, 2**40):
        assert read(desk, conversation, seq) == 204
    assert Seen.objects.get().seq == conversation.last_seq
    assert not is_unread(ana, conversation)
    note(conversation.pk, by=ana, text="Mine", key=uuid4())
    first, _second = (say(account, text, sender="ming") for text in ("First new", "Second new"))
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    assert page.count('id="new-since"') == 1
    assert page.index(f'id="m-{first.pk}"') < page.index('id="new-since"') < page.index("First new")
    assert is_unread(ana, conversation)


def test_the_page_reaches_back_to_the_first_unread(
    desk: Client, conversation: Conversation, account: ChannelAccount
) -> None:
    read(desk, conversation, 2)
    messages = [say(account, f"No. {number}", sender="ming") for number in range(90)]
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    assert page.index(f'id="m-{messages[0].pk}"') < page.index('id="new-since"')


def test_nobody_marks_what_they_may_not_see(desk: Client) -> None:
    secret = say(make_account(team=make_team())).conversation
    assert read(desk, secret, 1) == 404
    assert not Seen.objects.exists()


def test_an_automatic_resolver_is_not_held_up(conversation: Conversation) -> None:
    make_field("choice", required_to_resolve=True)
    assert status.resolve(conversation.pk, by=SYSTEM).status == "resolved"
