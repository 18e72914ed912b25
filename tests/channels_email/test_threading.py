"""Mails are told apart and put together."""

import base64

from channels_email import threading
from channels_email.mime import parse
from tests.channels_email.mails import mail


def fingerprint(data: bytes) -> str:
    return threading.fingerprint(parse(data))


def test_the_id_is_the_message_id_without_brackets() -> None:
    assert threading.external_id(parse(mail("Message-ID: <a.1@x.example>"))) == "a.1@x.example"
    assert threading.external_id(parse(mail("Message-ID: a.1@x.example"))) == "a.1@x.example"


def test_two_message_ids_count_as_the_first() -> None:
    assert threading.external_id(parse(mail("Message-ID: <a@x>", "X: y", "Message-Id: <b@x>"))) == "a@x"


def test_without_a_message_id_the_bytes_are_the_id() -> None:
    ids = {threading.external_id(parse(mail("Message-ID: -", body=body))) for body in ("one", "two", "one")}
    assert len(ids) == 2
    assert all(external_id.startswith("sha256:") and "@" not in external_id for external_id in ids)


def test_references_come_nearest_first_and_once() -> None:
    headers = parse(mail("In-Reply-To: <c@x>", "References: <a@x> <b@x>", "References: <c@x>")).headers
    assert threading.thread_refs(headers) == ("c@x", "b@x", "a@x")


def test_a_long_thread_keeps_its_nearest_references() -> None:
    headers = parse(mail("References: " + " ".join(f"<{number}@x>" for number in range(200)))).headers
    refs = threading.thread_refs(headers)
    assert refs == tuple(f"{number}@x" for number in range(199, 149, -1))


def test_a_resent_mail_has_the_same_fingerprint() -> None:
    fields = ("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8")
    first = mail("Received: by one", *fields, "Content-Transfer-Encoding: 8bit", body="Grüße\r\nAda\r\n")
    recoded = mail(
        "Received: by two",
        "X-Spam: no",
        *fields,
        "Content-Transfer-Encoding: base64",
        body=base64.encodebytes("Grüße\nAda".encode()),
    )
    assert fingerprint(first) == fingerprint(recoded)
    assert len(fingerprint(first)) == 64


def test_different_mails_have_different_fingerprints() -> None:
    mails = [
        mail(),
        mail(body="Other words\n"),
        mail("Subject: Other"),
        mail("Date: Mon, 02 Mar 2026 10:00:01 +0000"),
        mail("From: Bob <bob@customer.example>"),
        mail("Content-Type: image/png", body="Hello\n"),
    ]
    assert len({fingerprint(data) for data in mails}) == len(mails)


def thread_index(guid: bytes, *answers: bytes) -> str:
    return "Thread-Index: " + base64.b64encode(b"\x01\xd9\x5f\x20\x3c\x41" + guid + b"".join(answers)).decode()


def test_outlook_names_the_thread_itself() -> None:
    guid = bytes(range(16))
    first = threading.thread_root(parse(mail(thread_index(guid))).headers)
    later = threading.thread_root(parse(mail(thread_index(guid, b"12345", b"67890"))).headers)
    other = threading.thread_root(parse(mail(thread_index(bytes(16)))).headers)
    assert first == later == "outlook:" + guid.hex() != other


def test_broken_thread_index_names_nothing() -> None:
    for value in ("", "AdlfIDxB", "not base64 at all!", "=", "\u00e9"):
        assert threading.thread_root(parse(mail(f"Thread-Index: {value}")).headers) == ""
