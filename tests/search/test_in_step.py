"""Whatever changes, however it is written: what can be found follows."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.contacts.models import Contact, Handle, Organisation
from csplatform.conversations.actors import CUSTOMER, Actor
from csplatform.conversations.models import Conversation, Message
from csplatform.conversations.services import change
from csplatform.flows import reply as replies
from csplatform.flows.erase import erase_history
from csplatform.flows.holding import let_in
from csplatform.flows.merge import merge_contacts
from csplatform.flows.receive import receive, receive_all
from csplatform.flows.split import split
from csplatform.gateway.contract import HandleKind, MessageDeleted, MessageEdited
from csplatform.gateway.models import ChannelAccount
from csplatform.search.models import Document, Stale
from csplatform.search.services import LOCK, catch_up, forget, mark_all
from csplatform.search.tasks import read_what_is_stale
from csplatform.settings.beat import BEAT_SCHEDULE
from tests.factories import inbound, make_account, make_user, say
from tests.search.conftest import Find

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    return make_account("threaded")


def words() -> str:
    """Everything that stands in the index."""
    return " ".join(str(words) for words in Document.objects.values_list("words", flat=True))


def test_all_that_can_be_searched(account: ChannelAccount, found: Find) -> None:
    agent = make_user()
    said = say(
        account, "My kettle", sender="ana@shop.example", name="Ana Torres", subject="Broken", kind=HandleKind.EMAIL
    )
    pk = said.conversation_id
    file = SimpleUploadedFile("Rechnung_2024-11.pdf", b"%PDF-1.7", content_type="application/pdf")
    replies.reply(pk, by=agent, text="We send another", key=uuid4(), files=[file])
    replies.note(pk, by=agent, text="is a regular", key=uuid4())
    Contact.objects.update(organisation=Organisation.objects.create(name="Kessel GmbH"))
    Conversation.objects.update(participants=["bob@other.example"])
    say(account, "Nothing of it", sender="two@elsewhere.example", name="Two")
    for query in (
        *("kettle", "broken", "another", "regular", "rechnung", "rechnung 2024", "Rechnung_2024-11.pdf", "torres"),
        *("ana@shop.example", "kessel", "bob@other.example", f"#{pk}", "ana kettle rechnung regular"),
    ):
        assert found(query) == [pk], query
    assert pk in found(str(pk))


def test_what_a_first_mail_quotes_is_found_and_what_a_later_one_repeats_is_not_kept_twice(
    account: ChannelAccount, found: Find
) -> None:
    first = say(account, "See below", sender="ana", full_text="See below\n> your offer zebra")
    say(account, "Fine", sender="ana", full_text="Fine\n> walrus", thread_refs=(first.external_id,))
    assert found("zebra") == [first.conversation_id]
    assert found("walrus") == []


def test_a_message_without_words_of_its_own_is_found_by_what_it_quotes(account: ChannelAccount, found: Find) -> None:
    first = say(account, "Hello", sender="ana")
    say(account, "", sender="ana", full_text="> walrus", thread_refs=(first.external_id,))
    assert found("walrus") == [first.conversation_id]


def test_an_edit_and_a_deletion(found: Find) -> None:
    account = make_account()
    said = say(account, "first draft", sender="ana", external_id="m1")
    assert found("draft") == [said.conversation_id]
    receive(account, MessageEdited(external_id="m1", text="second thoughts", edited_at=clock.now()))
    assert (found("draft"), found("thoughts")) == ([], [said.conversation_id])
    receive(account, MessageDeleted(external_id="m1", deleted_at=clock.now()))
    assert found("thoughts") == []
    assert "thought" not in words()


def test_splitting_and_letting_in(account: ChannelAccount, found: Find) -> None:
    by = Actor.agent(make_user())
    first = say(account, "about kettles", sender="ana")
    second = say(account, "about toasters", sender="ana", thread_refs=(first.external_id,))
    assert found("toasters") == [first.conversation_id]
    new = split(first.conversation_id, second.pk, by=by)
    assert (found("toasters"), found("kettles")) == ([new.pk], [first.conversation_id])

    held = say(account, "from my husband", sender="bob", thread_refs=(first.external_id,)).conversation
    assert found("husband") == [held.pk]
    let_in(held.pk, by=by)
    assert found("husband") == [first.conversation_id]


def test_contacts_merged_and_renamed(found: Find) -> None:
    account, other = make_account(), make_account()
    one = say(account, "Hello", sender="kim-1", name="Kim").conversation
    two = say(other, "Hi", sender="jo-2", name="Jo").conversation
    assert found("kim") == [one.pk]
    merge_contacts(keep=one.contact_id, other=two.contact_id, by=CUSTOMER)
    assert sorted(found("kim")) == sorted(found("jo-2")) == [one.pk, two.pk]
    contact = Contact.objects.get(pk=one.contact_id)
    contact.name = "Kimberly"
    contact.save()
    Handle.objects.filter(external_id="kim-1").update(external_id="new-1", name="")
    assert sorted(found("kimberly")) == sorted(found("new-1")) == [one.pk, two.pk]
    assert found("kim-1") == []


def test_an_organisation_renamed_and_gone(found: Find) -> None:
    said = say(make_account(), "Hello")
    organisation = Organisation.objects.create(name="Acme")
    Contact.objects.update(organisation=organisation)
    assert found("acme") == [said.conversation_id]
    Organisation.objects.update(name="Zenith")
    assert (found("acme"), found("zenith")) == ([], [said.conversation_id])
    organisation.delete()
    assert found("zenith") == []


def test_names_of_files_come_and_go(account: ChannelAccount, found: Find) -> None:
    said = say(account, "Hello")
    attachment = said.attachments.create(name="plan.pdf", content_type="application/pdf")
    assert found("plan") == [said.conversation_id]
    said.attachments.update(name="sketch.pdf")
    assert (found("plan"), found("sketch")) == ([], [said.conversation_id])
    attachment.delete()
    assert found("sketch") == []


def test_what_a_conversation_loses_with_its_deletion(found: Find) -> None:
    said = say(make_account(), "Hello")
    assert found("hello") == [said.conversation_id]
    Message.objects.all().delete()
    Conversation.objects.all().delete()
    assert found("hello") == []
    assert not Document.objects.exists()
    assert not Stale.objects.exists()


def test_erasing_empties_the_index_at_once(found: Find) -> None:
    account = make_account()
    kept = say(account, "also about a xylophone", sender="two").conversation_id
    said = say(account, "my xylophone", sender="one", name="Xylophon Player")
    assert sorted(found("xylophone")) == [kept, said.conversation_id]
    erase_history(account, "one", by=CUSTOMER)
    assert list(Document.objects.values_list("conversation_id", flat=True)) == [kept]
    assert found("xylophone") == [kept]
    assert found("player") == found("one") == []
    assert Document.objects.count() == 2


def test_what_did_not_change_is_not_read_again(found: Find) -> None:
    said = say(make_account(), "Hello")
    found("hello")
    change(said, language="fr", metadata={"seen": True})
    said.conversation.save()
    said.conversation.contact.save()
    assert not Stale.objects.exists()


def test_a_batch_of_mails_is_marked_by_the_database_alone(account: ChannelAccount) -> None:
    events = [(inbound(f"number {n}", sender=f"p{n}"), None) for n in range(12)]
    with CaptureQueriesContext(connection) as captured:
        receive_all(account, events)
    assert not [query for query in captured if "search_" in query["sql"]]
    assert set(Stale.objects.values_list("conversation_id", flat=True)) == set(
        Conversation.objects.values_list("pk", flat=True)
    )


def test_reading_takes_as_many_statements_for_many_as_for_few(account: ChannelAccount) -> None:
    counts = []
    for number in (3, 30):
        receive_all(account, [(inbound(f"{number}", sender=f"{number}-{n}"), None) for n in range(number)])
        with CaptureQueriesContext(connection) as captured:
            catch_up()
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 9
    assert Document.objects.count() == 33


def test_a_long_conversation_has_several_parts_and_is_found_once(account: ChannelAccount, found: Find) -> None:
    first = say(account, "walrus " + "filler " * 5000, sender="ana", name="Ana", external_id="m0")
    for number in range(1, 4):
        text = f"unique{number} walrus " + "filler " * 5000
        say(account, text, sender="ana", external_id=f"m{number}", thread_refs=("m0",))
    assert found("walrus") == found("unique1") == found("unique3") == [first.conversation_id]
    assert found("ana unique1") == [first.conversation_id]
    parts = list(Document.objects.order_by("part").values_list("part", "first_seq", "last_seq"))
    assert len(parts) == 2
    assert parts[0][2] < parts[1][1]

    say(account, "and zebra", sender="ana", external_id="m4", thread_refs=("m0",))
    before = Document.objects.get(part=0).pk
    assert found("zebra") == [first.conversation_id]
    assert Document.objects.get(part=0).pk == before  # what is full is left alone
    Message.objects.filter(external_id="m0").update(text="giraffe")
    assert found("giraffe walrus") == [first.conversation_id]
    assert found("zebra") == [first.conversation_id]


@pytest.mark.parametrize(
    "text", ["x" * 300_000, "🙂" * 50_000, " ".join(f"{n:x}" * 12 for n in range(40_000)), "退" * 99_999]
)
def test_a_monstrous_message_does_no_harm(text: str, found: Find) -> None:
    account = make_account()
    monster = say(account, "monster " + text, sender="one")
    other = say(account, "harmless", sender="two")
    assert found("monster") == [monster.conversation_id]
    assert found("harmless") == [other.conversation_id]


def test_what_was_just_said_comes_before_a_rebuild(account: ChannelAccount) -> None:
    old = [say(account, f"old {n}").conversation_id for n in range(3)]
    mark_all()
    new = say(account, "new").conversation_id
    catch_up(limit=2)  # its conversation and its message are marked
    assert Document.objects.get().conversation_id == new
    catch_up(limit=1)
    assert set(Document.objects.values_list("conversation_id", flat=True)) == {new, old[-1]}  # the newest first


def test_a_rebuild_by_hand_and_by_the_workers(
    account: ChannelAccount, found: Find, capsys: pytest.CaptureFixture[str]
) -> None:
    said = say(account, "Hello")
    while catch_up():
        pass
    Document.objects.all().delete()
    assert found("hello") == []
    call_command("reindex_search")
    assert "1 done" in capsys.readouterr().out
    assert found("hello") == [said.conversation_id]

    Document.objects.all().delete()
    mark_all()
    assert read_what_is_stale() == 1
    assert found("hello") == [said.conversation_id]


def test_the_newest_message_decides_the_order(account: ChannelAccount, found: Find) -> None:
    one, two = (say(account, "kettle", sender=name, external_id=name) for name in ("one", "two"))
    assert found("kettle") == [two.conversation_id, one.conversation_id]
    Conversation.objects.filter(pk=two.conversation_id).update(last_message_at=clock.now() - timedelta(days=2))
    say(account, "still waiting", sender="one", thread_refs=("one",))
    assert found("kettle")[0] == one.conversation_id


@pytest.fixture
def indexer_at_work(db: None) -> Iterator[None]:
    """Another process is just reading what is stale."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


def test_one_indexer_works_at_a_time(account: ChannelAccount, indexer_at_work: None) -> None:
    say(account, "Hello")
    waiting = Stale.objects.count()
    assert catch_up() == 0
    assert Stale.objects.count() == waiting


def test_erasing_waits_for_what_an_indexer_has_read(account: ChannelAccount, indexer_at_work: None) -> None:
    said = say(account, "Hello")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
    with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
        forget([said.conversation_id])


def test_it_is_rung_for_each_second() -> None:
    entry = BEAT_SCHEDULE["search-stale"]
    assert entry["schedule"] == 1
    assert entry["task"] == read_what_is_stale.name
