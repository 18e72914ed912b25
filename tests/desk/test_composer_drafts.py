"""Drafts at the desk: kept while typing, restored, offered where screens disagree, with files, marked in the list."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.conversations.models import Conversation, Draft, DraftFile, Message
from csplatform.flows import unsent
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, LogIn, text_of
from tests.factories import make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "我的订单还没有到", sender="ming", name="王小明").conversation


def save(desk: Client, conversation: Conversation, text: str = "half", **data: Any) -> Any:
    fields = {"text": text, "mode": "reply", "version": 0, "key": str(uuid4()), "seen": conversation.last_seq} | data
    return desk.post(f"/inbox/c/{conversation.pk}/draft/", fields, headers=HTMX)


def upload(desk: Client, conversation: Conversation, file: Any = None, **data: Any) -> Any:
    file = file or SimpleUploadedFile("发票.pdf", b"%PDF-1.4 x")
    fields = {"file": file, "mode": "reply", "key": str(uuid4()), "seen": "1"} | data
    return desk.post(f"/inbox/c/{conversation.pk}/draft/files/", fields, headers=HTMX)


def download(desk: Client, url: str) -> Any:
    response = desk.get(url)
    assert b"".join(response.streaming_content)
    return response


def on_page(desk: Client, conversation: Conversation) -> dict[str, Any]:
    """What the page's scripts find of drafts."""
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    found = re.search(r'<script id="drafts" type="application/json">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_what_was_typed_is_there_again(desk: Client, conversation: Conversation) -> None:
    saved = save(desk, conversation, "half an\r\nanswer", letter_cc="bob@x.example", letter_other="x").json()
    save(desk, conversation, "half a note", mode="note")
    drafts = on_page(desk, conversation)
    assert drafts["reply"] | saved == drafts["reply"]
    assert (drafts["reply"]["text"], drafts["reply"]["letter"]) == ("half an\nanswer", {"cc": "bob@x.example"})
    assert drafts["note"]["text"] == "half a note"
    assert desk.get(f"/inbox/c/{conversation.pk}/draft/").json() == drafts
    without_script = text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
    assert "half an\nanswer</textarea>" in without_script
    assert f'name="key" value="{saved["key"]}"' in without_script


def test_nobody_else_sees_a_draft(desk: Client, conversation: Conversation, team: Team, log_in: LogIn) -> None:
    save(desk, conversation, "my secret thoughts")
    key = upload(desk, conversation).json()["file"]["key"]
    colleague = log_in(make_user(teams=[team]))
    assert "secret thoughts" not in text_of(colleague.get(f"/inbox/c/{conversation.pk}/"))
    assert colleague.get(f"/inbox/c/{conversation.pk}/draft/").json() == {}
    assert "chip draft" not in text_of(colleague.get("/inbox/"))
    address = f"/inbox/c/{conversation.pk}/draft/files/{key}/"
    assert {colleague.get(address).status_code, colleague.post(address).status_code} == {404}
    assert DraftFile.objects.exists()


def test_the_list_marks_it(desk: Client, conversation: Conversation) -> None:
    assert "chip draft" not in text_of(desk.get("/inbox/"))
    version = save(desk, conversation).json()["version"]
    assert "chip draft" in text_of(desk.get("/inbox/"))
    assert save(desk, conversation, "", version=version).json() == {"version": 0}
    assert "chip draft" not in text_of(desk.get("/inbox/"))


def test_an_older_screen_is_given_what_there_is(desk: Client, conversation: Conversation) -> None:
    first = save(desk, conversation, "begun").json()
    second = save(desk, conversation, "begun, gone on", **first).json()
    late = save(desk, conversation, "otherwise", **first)
    assert (late.status_code, late.json()["text"], late.json()["version"]) == (409, "begun, gone on", second["version"])
    gone = save(desk, conversation, "otherwise", version=7, mode="note")
    assert (gone.status_code, gone.json()) == (409, {})
    assert save(desk, conversation, "x", key="nonsense").status_code == 422
    assert Draft.objects.get().text == "begun, gone on"


def test_saving_what_was_sent(desk: Client, conversation: Conversation) -> None:
    key = str(uuid4())
    fields = {"text": "Hi", "key": key, "mode": "reply", "revision": "0"}
    desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX)
    assert save(desk, conversation, "H", key=key).status_code == 410
    assert upload(desk, conversation, key=key).status_code == 410
    assert not Draft.objects.exists()


def test_files_are_shown_taken_out_and_sent(desk: Client, conversation: Conversation) -> None:
    kept = upload(desk, conversation).json()
    key = kept["key"]
    picture = upload(desk, conversation, SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40), key=key).json()
    assert [(file["name"], file["image"]) for file in on_page(desk, conversation)["reply"]["files"]] == [
        ("发票.pdf", False),
        ("a.png", True),
    ]
    assert download(desk, picture["file"]["url"])["Content-Type"] == "image/png"
    shown = download(desk, kept["file"]["url"])
    assert (shown["Content-Type"], "attachment" in shown["Content-Disposition"]) == ("application/octet-stream", True)
    assert desk.post(picture["file"]["url"]).json() == {"version": kept["version"]}
    fields = {"text": "", "key": key, "mode": "reply", "revision": "0", "version": kept["version"]}
    desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX)
    assert [file.name for file in Message.objects.get(kind="reply").attachments.all()] == ["发票.pdf"]
    assert not Draft.objects.exists()


def test_a_refused_file_says_why(desk: Client, conversation: Conversation) -> None:
    refused = upload(desk, conversation, SimpleUploadedFile("empty.txt", b""))
    assert (refused.status_code, refused.json()) == (422, {"error": "“empty.txt” is empty."})
    assert desk.post(f"/inbox/c/{conversation.pk}/draft/files/", {"key": str(uuid4())}).status_code == 422
    assert not Draft.objects.exists()


def test_what_was_held_back_says_why(desk: Client, conversation: Conversation, ana: User) -> None:
    save(desk, conversation)
    Draft.objects.update(held_reason=unsent.CUSTOMER_WROTE)
    assert on_page(desk, conversation)["reply"]["held"] == "The customer wrote meanwhile."


def test_who_can_be_called(desk: Client, conversation: Conversation, team: Team, ana: User) -> None:
    make_user(name="Bo Anders", teams=[team])
    make_user(name="Ana Foreign", teams=[make_team("Anarchists")])
    make_user(name="Ana Gone", teams=[team], is_active=False)

    def called(query: str) -> list[str]:
        page = text_of(desk.get(f"/inbox/c/{conversation.pk}/mentions/", {"q": query}))
        return re.findall(r'data-text="@(.*?) "', page)

    assert called("and") == ["Bo Anders"]
    assert called("ana") == []
    assert called("sho") == ["Shop"]
    assert "Nobody who may see" in text_of(desk.get(f"/inbox/c/{conversation.pk}/mentions/", {"q": "\x00zz"}))


def test_a_note_calls_who_was_chosen(desk: Client, conversation: Conversation, team: Team) -> None:
    first, _second = make_user(name="Kim", teams=[team]), make_user(name="Kim", teams=[team])
    fields = {"text": "@Kim please", "key": str(uuid4()), "mode": "note", "revision": "0", "mention": [first.pk, "x"]}
    desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX)
    assert Message.objects.get(kind="note").metadata["mentions"] == [first.pk]
