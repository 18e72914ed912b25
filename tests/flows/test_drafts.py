"""Drafts: kept for one agent, never overwritten by an older screen, gone when sent, with their files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from csplatform.common.errors import InvalidInput, NotFound
from csplatform.conversations.actors import CUSTOMER
from csplatform.conversations.models import Conversation, Draft, DraftFile, DraftMode, Message
from csplatform.flows import drafts, send_later
from csplatform.flows.drafts import AlreadySent, Outdated, Typed
from csplatform.flows.erase import erase_history
from csplatform.flows.mentions import mentioned_in
from csplatform.flows.send_later import Answer
from csplatform.people.models import Role, User
from tests.factories import make_account, make_conversation, make_team, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db
REPLY, NOTE = DraftMode.REPLY, DraftMode.NOTE


@pytest.fixture
def mei() -> User:
    return make_user(name="Mei")


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(sender="ada")


def save(conversation: Conversation, by: User, text: str, version: int = 0, **fields: Any) -> Draft | None:
    mode, key = fields.pop("mode", REPLY), fields.pop("key", None) or uuid4()
    return drafts.save(conversation, mode, Typed(text, **fields), by=by, key=key, version=version)


def upload(name: str = "a.txt", content: bytes = b"hello") -> Any:
    return SimpleUploadedFile(name, content, content_type="text/plain")


def attach(conversation: Conversation, by: User, file: Any = None, **fields: Any) -> DraftFile:
    fields = {"key": uuid4(), "seen_seq": 0} | fields
    return drafts.add_file(conversation, REPLY, file or upload(), by=by, **fields)


def written(by: User, conversation: Conversation) -> dict[str, str]:
    return {mode: draft.text for mode, draft in drafts.written_by(by, conversation).items()}


def test_each_agent_has_an_answer_and_a_note_of_their_own(conversation: Conversation, mei: User) -> None:
    other = make_user()
    save(conversation, mei, "half an answer", letter={"cc": "bob@x.example"})
    save(conversation, mei, "half a note", mode=NOTE)
    save(conversation, other, "mine")
    assert written(mei, conversation) == {"reply": "half an answer", "note": "half a note"}
    assert written(other, conversation) == {"reply": "mine"}
    assert Draft.objects.get(author=mei, mode=REPLY).letter == {"cc": "bob@x.example"}


def test_typing_on_makes_versions_and_an_empty_text_leaves_nothing(conversation: Conversation, mei: User) -> None:
    first = save(conversation, mei, "a")
    assert first is not None
    second = save(conversation, mei, "ab", first.version)
    assert second is not None
    assert (second.pk, second.version > first.version) == (first.pk, True)
    assert save(conversation, mei, " \n", second.version) is None
    assert save(conversation, mei, "") is None
    assert written(mei, conversation) == {}


def test_an_older_screen_overwrites_nothing_newer(conversation: Conversation, mei: User) -> None:
    first = save(conversation, mei, "begun")
    assert first is not None
    save(conversation, mei, "begun, and gone on", first.version)
    with pytest.raises(Outdated) as refused:
        save(conversation, mei, "begun otherwise", first.version)
    assert refused.value.current is not None
    assert refused.value.current.text == "begun, and gone on"
    with pytest.raises(Outdated):
        save(conversation, mei, "a screen that knew of nothing")
    same = save(conversation, mei, "begun, and gone on", first.version)
    assert same is not None
    assert same.version == refused.value.current.version
    assert written(mei, conversation) == {"reply": "begun, and gone on"}


def test_a_version_never_comes_back(conversation: Conversation, mei: User) -> None:
    first = save(conversation, mei, "a")
    assert first is not None
    save(conversation, mei, "", first.version)
    again = save(conversation, mei, "another text")
    assert again is not None
    with pytest.raises(Outdated):
        save(conversation, mei, "a, gone on", first.version)
    assert written(mei, conversation) == {"reply": "another text"}


def test_a_late_save_of_what_was_sent_leaves_no_ghost(conversation: Conversation, mei: User) -> None:
    key = uuid4()
    first = save(conversation, mei, "Hello", key=key)
    assert first is not None
    send_later.submit(conversation.pk, Answer("Hello!", key, version=first.version), by=mei)
    with pytest.raises(AlreadySent):
        save(conversation, mei, "Hello", key=key)
    with pytest.raises(AlreadySent):
        attach(conversation, mei, key=key)
    assert not Draft.objects.exists()


def test_files_wait_with_the_draft_and_go_with_the_message(conversation: Conversation, mei: User, rung: Any) -> None:
    key = uuid4()
    kept = attach(conversation, mei, upload("发票.pdf", b"%PDF-1.4 x"), key=key)
    attach(conversation, mei, upload("wrong.txt"), key=key)
    wrong = DraftFile.objects.get(name="wrong.txt")
    place = Path(settings.MEDIA_ROOT) / wrong.file.name
    with rung():
        drafts.remove_file(wrong.key, by=mei)
    assert not place.exists()
    draft = Draft.objects.get()
    with rung():
        send_later.submit(conversation.pk, Answer("see", key, version=draft.version), by=mei)
    attachment = Message.objects.get(kind="reply").attachments.get()
    assert (attachment.name, attachment.content_type, attachment.key) == ("发票.pdf", "application/pdf", kept.key)
    (sent,) = [file for message in LoopbackChannel.sent for file in message.attachments]
    assert sent.open() == b"%PDF-1.4 x"
    assert not DraftFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_files_at_once_are_one_draft(conversation: Conversation, mei: User) -> None:
    key = uuid4()

    def add(number: int) -> None:
        attach(conversation, mei, upload(f"{number}.txt"), key=key)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert sorted(file.name for file in Draft.objects.get().files.all()) == ["0.txt", "1.txt", "2.txt", "3.txt"]


def test_the_last_file_of_an_empty_draft_takes_it_along(conversation: Conversation, mei: User) -> None:
    file = attach(conversation, mei)
    with pytest.raises(NotFound):
        drafts.remove_file(file.key, by=make_user())
    assert drafts.remove_file(file.key, by=mei) is None
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("file", "words"), [(upload(content=b""), "is empty"), (upload(content=b"x" * 30), "too large")]
)
def test_a_file_is_refused_before_it_is_sent(
    conversation: Conversation, mei: User, monkeypatch: pytest.MonkeyPatch, file: Any, words: str
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(LoopbackChannel, "abilities", replace(LoopbackChannel.abilities, max_attachment=20))
    with pytest.raises(InvalidInput, match=words):
        attach(conversation, mei, file)
    assert not Draft.objects.exists()


def test_another_screens_newer_text_survives_the_sending_of_an_older(conversation: Conversation, mei: User) -> None:
    key = uuid4()
    first = save(conversation, mei, "Hello", key=key)
    assert first is not None
    save(conversation, mei, "Hello, and more", first.version)
    send_later.submit(conversation.pk, Answer("Hello", key, version=first.version), by=mei)
    assert Message.objects.get(kind="reply").text == "Hello"
    left = Draft.objects.get()
    assert (left.text, left.key == key) == ("Hello, and more", False)


def test_a_note_is_sent_with_its_draft(conversation: Conversation, mei: User) -> None:
    key = uuid4()
    draft = save(conversation, mei, "ask", mode=NOTE, key=key)
    assert draft is not None
    note = send_later.note(conversation.pk, by=mei, text="ask them", key=key, version=draft.version)
    again = send_later.note(conversation.pk, by=mei, text="ask them", key=key, version=draft.version)
    assert (note.text, again) == ("ask them", note)
    assert not Draft.objects.exists()


def test_erasing_a_customer_takes_drafts_and_their_files(conversation: Conversation, mei: User, rung: Any) -> None:
    save(conversation, mei, "dear Ada", mode=NOTE)
    file = attach(conversation, mei)
    place = Path(settings.MEDIA_ROOT) / file.file.name
    with rung():
        erase_history(conversation.account, "ada", by=CUSTOMER)
    assert not Draft.objects.exists()
    assert not place.exists()


@pytest.fixture
def people() -> dict[str, User]:
    shop = make_team("Shop")
    return {
        "Ana": make_user(name="Ana", teams=[shop]),
        "Ana Torres": make_user(name="Ana Torres", teams=[shop]),
        "王小明": make_user(name="王小明", teams=[shop]),
        "Boss": make_user(name="Boss", role=Role.SUPERVISOR),
        "Stranger": make_user(name="Stranger", teams=[make_team("Elsewhere")]),
        "Gone": make_user(name="Gone", teams=[shop], is_active=False),
    }


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Ana please", ["Ana"]),
        ("@Ana Torres, please", ["Ana Torres"]),
        ("@ana torres and @BOSS", ["Ana Torres", "Boss"]),
        ("请@王小明看一下，@Ana请等", ["Ana", "王小明"]),
        ("@Anabel is somebody else; ana@example.org", []),
        ("@Stranger and @Gone may not see this", []),
        ("@Shop look", ["Ana", "Ana Torres", "王小明"]),
        ("@Elsewhere look", []),
        ("nobody", []),
    ],
)
def test_a_note_calls_only_those_who_may_see_it(people: dict[str, User], text: str, named: list[str]) -> None:
    shop = people["Ana"].teams.get()
    conversation = make_conversation(make_account(team=shop))
    found = mentioned_in(conversation, text, by=make_user(teams=[shop]))
    assert found == sorted(people[name].pk for name in named)


def test_namesakes_are_told_apart_by_who_was_chosen(people: dict[str, User]) -> None:
    conversation = make_conversation()
    first, second = make_user(name="Kim"), make_user(name="Kim")
    by = people["Ana"]
    assert mentioned_in(conversation, "@Kim", by=by) == [first.pk, second.pk]
    assert mentioned_in(conversation, "@Kim", by=by, chosen=[second.pk, people["Boss"].pk]) == [second.pk]
    note = send_later.note(conversation.pk, by=by, text="@Kim @Ana", key=uuid4(), version=0, mentions=[first.pk])
    assert note.metadata == {"mentions": [first.pk]}
    assert say(conversation.account, "@Kim", sender="x").metadata == {}
