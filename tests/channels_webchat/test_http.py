"""Talking without a WebSocket: sessions, messages, files."""

import json
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from channels_webchat import tokens
from channels_webchat.wire import signed_file_url
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from tests.channels_webchat.conftest import a_message, token_of
from tests.contract.samples import PNG
from tests.factories import MONDAY, make_account, make_user

pytestmark = pytest.mark.django_db
# Delivering happens after commit.
commits = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"


def post(account: ChannelAccount, token: str, body: Any, place: str = "messages") -> HttpResponse:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = body if isinstance(body, bytes) else json.dumps(body)
    address = f"/chat/{account.address}/{place}/"
    return Client(enforce_csrf_checks=True).post(address, data, content_type="application/json", headers=headers)


def get(account: ChannelAccount, token: str, **query: Any) -> HttpResponse:
    address = f"/chat/{account.address}/messages/"
    return Client().get(address, query, headers={"authorization": f"Bearer {token}"})


def upload(account: ChannelAccount, token: str, name: str, data: bytes, **fields: str) -> HttpResponse:
    form = a_message("") | fields | {"file": SimpleUploadedFile(name, data, content_type="image/png")}
    return Client().post(f"/chat/{account.address}/files/", form, headers={"authorization": f"Bearer {token}"})


# Sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_makes_a_token_and_no_row(account: ChannelAccount) -> None:
    answer = post(account, "", {"language": "ja-JP"}, "session")
    assert answer.status_code == HTTPStatus.OK
    visitor = tokens.read(account.pk, answer.json()["token"])
    assert (visitor.language, visitor.name, visitor.email) == ("ja", "", "")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert not Handle.objects.exists()
    assert not Contact.objects.exists()


def test_a_session_goes_on_as_the_same_visitor(account: ChannelAccount) -> None:
    token = token_of(account, "ada", language="es")
    answer = post(account, token, {"name": " Ada  Lovelace ", "email": "ada@example.com"}, "session").json()
    visitor = tokens.read(account.pk, answer["token"])
    assert visitor == tokens.Visitor("ada", "Ada Lovelace", "ada@example.com", "es")
    assert (answer["name"], answer["email"]) == ("Ada Lovelace", "ada@example.com")


@pytest.mark.parametrize("email", ["nonsense", "", 5, None, "a@b@c", "x" * 300 + "@example.com"])
def test_an_address_that_is_none_is_left_out(account: ChannelAccount, email: object) -> None:
    assert post(account, "", {"email": email}, "session").json()["email"] == ""


def test_the_greeting_is_in_the_visitor_s_language(account: ChannelAccount) -> None:
    SystemText.objects.update_or_create(key="greeting", defaults={"body_en": "Welcome", "body_zh_hans": "欢迎"})
    assert post(account, "", {"language": "zh-CN"}, "session").json()["greeting"] == "欢迎"
    assert post(account, "", {"language": "pt-BR"}, "session").json()["greeting"] == "Welcome"


def test_a_forged_token_makes_no_session(account: ChannelAccount) -> None:
    other = make_account("webchat", address="other")
    for token in ("forged", token_of(other, "ada")):
        answer = post(account, token, {}, "session")
        assert (answer.status_code, answer.json()["reason"]) == (403, "session")


def test_an_old_token_has_ended(account: ChannelAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: 1_700_000_000.0)
        token = token_of(account, "ada")
    assert post(account, token, a_message()).status_code == 403
    assert not Message.objects.exists()


def test_sessions_are_limited_by_address(account: ChannelAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_webchat.limits.clock.now", lambda: MONDAY)
    codes = [post(account, "", {}, "session").status_code for _try in range(62)]
    assert codes == [200] * 60 + [429] * 2


def test_a_name_given_later_reaches_the_nameless_contact(account: ChannelAccount) -> None:
    token = token_of(account, "ada")
    post(account, token, a_message())
    assert str(Handle.objects.get()) == "ada"
    post(account, token, {"name": "Ada"}, "session")
    assert (Handle.objects.get().name, Contact.objects.get().name) == ("Ada", "Ada")
    post(account, token, {"name": "Mallory"}, "session")
    assert (Handle.objects.get().name, Contact.objects.get().name) == ("Ada", "Ada")


def test_a_typed_address_is_noted_and_merges_nobody(account: ChannelAccount) -> None:
    mail = make_account()
    known = Contact.objects.create(name="Real Ada")
    Handle.objects.create(account=mail, contact=known, kind="email", external_id="ada@example.com")
    post(account, token_of(account, "x", email="ada@example.com"), a_message())
    message = Message.objects.get(kind="customer")
    assert message.metadata == {"unverified_email": "ada@example.com"}
    assert message.conversation.contact_id != known.pk


# Messages ---------------------------------------------------------------------------------------------------------


def test_a_message_is_stored_once_however_often_it_is_posted(account: ChannelAccount) -> None:
    token, message = token_of(account, "ada", language="ja"), a_message("こんにちは")
    answers = [post(account, token, message) for _try in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert {answer.json()["key"] for answer in answers} == {message["key"]}
    assert Message.objects.filter(kind="customer").count() == 1
    assert Conversation.objects.get().language == "ja"


def test_a_page_with_a_fast_clock_does_not_write_from_the_future(account: ChannelAccount) -> None:
    post(account, token_of(account, "ada"), a_message() | {"at": "2999-01-01T00:00:00Z"})
    message = Message.objects.get(kind="customer")
    assert message.sent_at <= message.created_at


@pytest.mark.parametrize("token", ["", "forged"])
def test_without_a_good_token_nothing_is_taken(account: ChannelAccount, token: str) -> None:
    answer = post(account, token, a_message())
    assert (answer.status_code, answer.json()) == (403, {"type": "refused", "key": None, "reason": "session"})
    assert not Message.objects.exists()
    assert not Handle.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "unreadable"),
        (b"\xff\xfe", 400, "unreadable"),
        (b"[" * 60_000, 400, "unreadable"),
        (b"{}", 400, "unreadable"),
        (b" " * (64 * 1024 + 1), 413, "too_long"),
        (a_message("x" * 8001), 413, "too_long"),
        (a_message("\n"), 400, "empty"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(
    account: ChannelAccount, body: Any, status: int, reason: str
) -> None:
    answer = post(account, token_of(account, "ada"), body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert not Message.objects.exists()


@commits
def test_polling_brings_what_is_missing_and_nothing_twice(account: ChannelAccount) -> None:
    token = token_of(account, "ada")
    post(account, token, a_message("Hello"))
    first = get(account, token).json()
    assert [line["text"] for line in first["lines"]] == ["Hello"]
    agent = make_user(name="Ana")
    conversation = Conversation.objects.get()
    replies.note(conversation.pk, by=agent, text="internal", key=uuid4())
    replies.reply(conversation.pk, by=agent, text="Hi", key=uuid4())
    second = get(account, token, known=json.dumps(first["known"])).json()
    assert [line["text"] for line in second["lines"]] == ["Hi"]
    assert get(account, token, known=json.dumps(second["known"])).json()["lines"] == []
    assert get(account, token_of(account, "bob"), known=json.dumps({conversation.pk: 0})).json()["lines"] == []


@pytest.mark.parametrize("known", ["", "[]", "{", '{"x": 1}', '{"1": "a"}', '{"1": -1}', '{"99999999999999999999": 1}'])
def test_nonsense_counts_as_knowing_nothing(account: ChannelAccount, known: str) -> None:
    token = token_of(account, "ada")
    post(account, token, a_message("Hello"))
    assert [line["text"] for line in get(account, token, known=known).json()["lines"]] == ["Hello"]


def test_history_comes_in_pages(account: ChannelAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csplatform.flows.transcript.PAGE", 2)
    token = token_of(account, "ada")
    for number in range(5):
        post(account, token, a_message(str(number)))
    seen, page = [], get(account, token).json()
    while True:
        seen.insert(0, [line["text"] for line in page["lines"]])
        if not page["more"]:
            break
        page = get(account, token, before=page["lines"][0]["id"]).json()
    assert seen == [["0"], ["1", "2"], ["3", "4"]]
    assert get(account, token_of(account, "bob"), before=10**9).json()["lines"] == []


@commits
def test_receipts_come_by_http_too(account: ChannelAccount) -> None:
    token = token_of(account, "ada")
    post(account, token, a_message())
    reply = replies.reply(Conversation.objects.get().pk, by=make_user(), text="Hi", key=uuid4())
    receipt = get(account, token).json()["lines"][-1]["receipts"][0]
    body = {"receipt": receipt, "state": "read", "at": a_message()["at"]}
    assert post(account, token_of(account, "bob"), body).status_code == 200
    reply.refresh_from_db()
    assert reply.state == "accepted"
    assert post(account, token, body).json() == {"type": "ok"}
    reply.refresh_from_db()
    assert reply.state == "read"


@pytest.mark.parametrize("place", ["session", "messages", "files"])
def test_unknown_widgets_do_not_exist(account: ChannelAccount, place: str) -> None:
    account.is_active = False
    account.save()
    assert post(account, token_of(account, "ada"), a_message(), place).status_code == 404


# Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [("a.png", PNG, "image/png"), ("b.pdf", PDF, "application/pdf"), ("c.txt", "für 客服".encode(), "text/plain")],
)
def test_a_file_goes_in_and_its_visitor_gets_it_back(
    account: ChannelAccount, name: str, data: bytes, content_type: str
) -> None:
    token = token_of(account, "ada")
    answer = upload(account, token, name, data)
    assert answer.status_code == 201
    (file,) = answer.json()["line"]["files"]
    assert (file["name"], file["type"], file["size"]) == (name, content_type, len(data))
    back = Client().get(file["url"])
    assert b"".join(back.streaming_content) == data  # type: ignore[arg-type]
    assert back["Content-Type"] == content_type
    assert back["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert back["Content-Disposition"].startswith("inline" if content_type == "image/png" else "attachment")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "file_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_type"),
        (b"\xef\xbb\xbf  <!doctype html><script>alert(1)</script>", "file_type"),
        (b"PK\x03\x04" + bytes(40), "file_type"),
        (b"text with a \x00 in it", "file_type"),
        (b"", "empty"),
    ],
)
def test_the_bytes_decide_what_a_file_is(account: ChannelAccount, data: bytes, reason: str) -> None:
    answer = upload(account, token_of(account, "ada"), "holiday.png", data)
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    assert not Message.objects.exists()


def office(kind: str) -> bytes:
    """Return the beginning of an office document, which is a ZIP."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr(f"{kind}/document.xml", "<document/>" * 100)
    return made.getvalue()


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ("", {"png", "pdf"}),
        ("pictures", {"png"}),
        ("office", {"png", "pdf", "docx"}),
        ("none", set()),
        ("anything", {"png", "pdf"}),
    ],
)
def test_an_account_says_which_files_it_takes(account: ChannelAccount, files: str, taken: set[str]) -> None:
    account.settings = {"files": files}
    account.save()
    samples = {"png": PNG, "pdf": PDF, "docx": office("word"), "zip": office("other"), "exe": b"MZ" + bytes(60)}
    token = token_of(account, f"files-{files}")
    answers = {name: upload(account, token, f"a.{name}", data) for name, data in samples.items()}
    assert {name for name, answer in answers.items() if answer.status_code == 201} == taken
    assert {answer.json().get("reason") for answer in answers.values() if answer.status_code != 201} == {"file_type"}


def test_a_file_over_the_limit_is_refused(account: ChannelAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = upload(account, token_of(account, "ada"), "big.png", PNG + bytes(10 * 1024 * 1024))
    assert (answer.status_code, answer.json()["reason"]) == (413, "file_size")
    assert not Attachment.objects.exists()


def test_a_file_sent_twice_is_there_once(account: ChannelAccount) -> None:
    token, key = token_of(account, "ada"), str(uuid4())
    for _try in range(2):
        assert upload(account, token, "a.png", PNG, key=key).status_code == 201
    assert Attachment.objects.count() == 1


def test_links_to_files_work_for_their_visitor_only(account: ChannelAccount) -> None:
    upload(account, token_of(account, "ada"), "a.png", PNG)
    key = Attachment.objects.get().key
    own, others = signed_file_url(account, key, "ada"), signed_file_url(account, key, "bob")
    stolen = own.replace(str(key), str(UUID(int=key.int ^ 1)))
    for address in (others, stolen, own[:-1], own.split("?")[0]):
        assert Client().get(address).status_code == 404
    answer = Client().get(own)
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    Message.objects.filter(kind="customer").update(deleted_at=MONDAY)
    assert Client().get(own).status_code == 404


def test_a_note_s_file_is_no_visitor_s(account: ChannelAccount) -> None:
    post(account, token_of(account, "ada"), a_message())
    replies.note(
        Conversation.objects.get().pk,
        by=make_user(),
        text="see file",
        key=uuid4(),
        files=[SimpleUploadedFile("secret.txt", b"secret", content_type="text/plain")],
    )
    assert Client().get(signed_file_url(account, Attachment.objects.get().key, "ada")).status_code == 404


@commits
@pytest.mark.parametrize(("names", "shown"), [("", "Ana"), ("full", "Ana María García"), ("none", ""), ("x", "Ana")])
def test_agents_are_called_as_the_account_says(account: ChannelAccount, names: str, shown: str) -> None:
    account.settings = {"agent_names": names}
    account.save()
    token = token_of(account, "ada")
    post(account, token, a_message())
    agent = make_user(name="Ana María García")
    replies.reply(Conversation.objects.get().pk, by=agent, text="Hi", key=uuid4())
    assert get(account, token).json()["lines"][-1]["name"] == shown
    history = Client().get("/chat/shop/history/?as=text&lang=en", headers={"authorization": f"Bearer {token}"})
    assert f"{shown or 'Shop'} · " in history.content.decode()
