"""Erasing a customer's history: nothing of it is left anywhere, and that it happened is proved."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from csplatform.common import clock
from csplatform.common.errors import Conflict
from csplatform.contacts.models import Contact, ContactNote, Handle
from csplatform.conversations.actors import CUSTOMER, Actor
from csplatform.conversations.models import Attachment, Conversation, Dispatch, Message
from csplatform.conversations.selectors import messages_since
from csplatform.flows import deliver, receive
from csplatform.flows import reply as replies
from csplatform.flows.erase import erase_history
from csplatform.flows.merge import merge_contacts
from csplatform.gateway.contract import FileBytes, InboundAttachment
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.privacy.models import Erasure
from csplatform.privacy.services import digest_of
from csplatform.sla.models import Clock
from tests.factories import inbound, make_account, make_user, say

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "xylophone-7351"
_TABLES = """
    SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN
        ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'tsvector', 'USER-DEFINED')
"""


@pytest.fixture
def account() -> ChannelAccount:
    return make_account("webchat", address="shop")


def places_of(text: str) -> list[str]:
    """Every column of the database and every file in the storage that holds `text`."""
    return [*_columns_with(text), *_files_with(text)]


def _columns_with(text: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for table, column, kind in cursor.fetchall():
            value = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {value} ILIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                yield f"{table}.{column}"


def _files_with(text: str) -> Iterator[str]:
    for file in Path(settings.MEDIA_ROOT).rglob("*"):
        if file.is_file() and text.encode() in file.read_bytes():
            yield str(file)


def a_long_talk(account: ChannelAccount) -> Conversation:
    """Everything that can hold the secret: texts, names, notes, files, bytes of a delivery, a queued answer."""
    agent = make_user(name="Ana")
    delivery = InboundDelivery.objects.create(account=account, body=f'{{"text": "{SECRET}"}}'.encode())
    file = InboundAttachment(f"{SECRET}.txt", "text/plain", FileBytes(SECRET.encode()))
    said = inbound(
        f"my {SECRET}", sender=f"v-{SECRET}", name=SECRET, attachments=(file,), metadata={"unverified_email": SECRET}
    )
    message = receive.receive(account, said, delivery)
    assert message is not None
    conversation = message.conversation
    replies.note(conversation.pk, by=agent, text=f"says {SECRET}", key=uuid4())
    upload = SimpleUploadedFile(f"{SECRET}.txt", SECRET.encode(), content_type="text/plain")
    replies.reply(conversation.pk, by=agent, text=f"your {SECRET}?", key=uuid4(), files=[upload])
    replies.reply(conversation.pk, by=agent, text=f"and {SECRET}", key=uuid4())
    Contact.objects.update(fields={"plan": SECRET}, timezone="Europe/Madrid")
    ContactNote.objects.create(contact=Contact.objects.get(), text=SECRET)
    return conversation


def test_nothing_of_it_is_left_anywhere(account: ChannelAccount) -> None:
    conversation = a_long_talk(account)
    assert len(places_of(SECRET)) >= 12  # the search does find things
    erase_history(account, f"v-{SECRET}", by=CUSTOMER)
    assert places_of(SECRET) == []
    assert not Attachment.objects.exists()
    assert not InboundDelivery.objects.exists()
    conversation.refresh_from_db()
    assert (conversation.status, conversation.preview, conversation.subject) == ("resolved", "", "")
    assert conversation.waiting_since is None


def test_a_line_proves_it(account: ChannelAccount) -> None:
    a_long_talk(account)
    proof = erase_history(account, f"v-{SECRET}", by=CUSTOMER)
    assert proof is not None
    proof.refresh_from_db()
    assert (proof.by, proof.user, proof.kind) == ("customer", None, "history")
    assert proof.subject == digest_of(account.pk, f"v-{SECRET}")
    assert proof.counts == {"messages": 4, "files": 2, "deliveries": 1, "dispatches": 2, "conversations": 1}
    assert proof.files == []


def test_an_open_screen_learns_of_it(account: ChannelAccount) -> None:
    conversation = a_long_talk(account)
    conversation.refresh_from_db()
    erase_history(account, f"v-{SECRET}", by=CUSTOMER)
    changed = list(messages_since(conversation, conversation.revision))
    said = [message for message in changed if message.kind != "event"]
    assert len(said) == 4
    assert all(message.deleted_at and not message.text for message in said)
    assert [message.verb for message in changed if message.kind == "event"][-2:] == ["erased", "resolved"]
    assert [message.seq for message in conversation.messages.all()] == list(range(1, conversation.messages.count() + 1))


def test_the_clocks_stay_for_the_statistics(account: ChannelAccount) -> None:
    conversation = a_long_talk(account)
    before = list(Clock.objects.filter(conversation=conversation).values_list("kind", "started_at"))
    assert before
    erase_history(account, f"v-{SECRET}", by=CUSTOMER)
    assert list(Clock.objects.filter(conversation=conversation).values_list("kind", "started_at")) == before
    assert str(Conversation.objects.get().contact) == "Unnamed contact"


def test_doing_it_again_changes_nothing(account: ChannelAccount) -> None:
    a_long_talk(account)
    assert erase_history(account, f"v-{SECRET}", by=CUSTOMER)
    assert erase_history(account, f"v-{SECRET}", by=CUSTOMER) is None
    assert erase_history(account, "never met", by=CUSTOMER) is None
    assert Erasure.objects.count() == 1


def test_whoever_was_erased_is_a_stranger_when_they_write_again(account: ChannelAccount) -> None:
    old = say(account, "Hello", sender="ada").conversation
    erase_history(account, "ada", by=CUSTOMER)
    new = say(account, "Hello again", sender="ada").conversation
    assert new.pk != old.pk
    assert new.contact_id != old.contact_id


def test_what_waits_is_never_sent(account: ChannelAccount) -> None:
    conversation = say(account, "Hello", sender="ada").conversation
    reply = replies.reply(conversation.pk, by=make_user(), text="soon", key=uuid4())
    later = clock.now() + timedelta(hours=1)
    Dispatch.objects.update(state="queued", try_at=later)
    Message.objects.filter(pk=reply.pk).update(state="queued")
    erase_history(account, "ada", by=CUSTOMER)
    reply.refresh_from_db()
    assert (reply.state, Dispatch.objects.get().state) == ("failed", "failed")
    with pytest.raises(Conflict):
        deliver.retry(reply.pk, by=make_user())


def test_a_contact_keeps_what_other_channels_know(account: ChannelAccount) -> None:
    chat = say(account, "Hello", sender="ada", name="Ada").conversation
    social = say(make_account(), "Also me", sender="ada.social", name="Ada L.").conversation
    merge_contacts(keep=social.contact_id, other=chat.contact_id, by=Actor.agent(make_user()))
    erase_history(account, "ada", by=CUSTOMER)
    for conversation in (chat, social):
        conversation.refresh_from_db()
    assert str(social.contact) == "Ada L."
    assert social.messages.get(kind="customer").text == "Also me"
    assert [handle.external_id for handle in social.contact.handles.all()] == ["ada.social"]
    assert (str(chat.contact), chat.contact.handles.count()) == ("Unnamed contact", 1)


def test_a_thread_keeps_what_others_said(account: ChannelAccount) -> None:
    conversation = say(account, "from Ada", sender="ada").conversation
    other = Handle.objects.get(external_id="bob") if say(account, "x", sender="bob") else None
    Message.objects.filter(text="x").update(conversation=conversation, seq=90)
    erase_history(account, "ada", by=CUSTOMER)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.preview, conversation.handle) == ("open", "x", other)
    assert conversation.messages.get(handle=other).text == "x"


def test_somebody_who_works_here_is_named_in_the_proof(account: ChannelAccount) -> None:
    say(account, "Hello", sender="ada")
    admin = make_user(role="administrator")
    proof = erase_history(account, "ada", by=Actor.agent(admin))
    assert proof is not None
    assert (proof.by, proof.user) == ("staff", admin)
