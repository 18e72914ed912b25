"""Outgoing mail says what it should, and nothing that was smuggled in."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest

from channels_email.compose import compose, message_id, write
from channels_email.names import named_address
from csplatform.gateway.contract import AccountConfig, OutboundAttachment, OutboundMessage
from csplatform.gateway.errors import SendFailed

ACCOUNT = AccountConfig(1, "Support", "support@shop.example", {}, {"from_name": "Shop, Inc."})
MESSAGE = OutboundMessage(key="0d9f8a52-9d3e-4d7c-b6a0-3f0e5b7f1c11", recipient="ada@customer.example", text="Hello")


def sent(account: AccountConfig = ACCOUNT, **changes: object) -> EmailMessage:
    """Return the mail as its reader's program sees it."""
    data = compose(write(account, replace(MESSAGE, **changes))).as_bytes()  # type: ignore[arg-type]
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert data.isascii()
    return cast(EmailMessage, message_from_bytes(data, policy=default))


def test_a_first_mail() -> None:
    mail = sent(subject="Your order 图", language="zh-Hans")
    assert mail["From"] == '"Shop, Inc." <support@shop.example>'
    assert mail["To"] == "ada@customer.example"
    assert mail["Subject"] == "Your order 图"
    assert mail["Message-ID"] == f"<{MESSAGE.key}@shop.example>"
    assert mail["Content-Language"] == "zh-Hans"
    assert mail["In-Reply-To"] is mail["References"] is mail["Auto-Submitted"] is None
    assert mail.get_content().strip() == "Hello"


def test_an_answer_is_threaded() -> None:
    mail = sent(subject="Order", reply_to="c@x.example", thread_refs=("a@x.example", "c@x.example", "b@x.example"))
    assert mail["Subject"] == "Re: Order"
    assert mail["In-Reply-To"] == "<c@x.example>"
    assert mail["References"] == "<a@x.example> <b@x.example> <c@x.example>"


def test_ids_that_only_we_know_stay_at_home() -> None:
    twin = f"a@x.example#{'0' * 64}"
    mail = sent(reply_to="sha256:" + "0" * 64, thread_refs=(twin, "b c@x.example", "sha256:" + "1" * 64))
    assert mail["In-Reply-To"] is None
    assert mail["References"] == "<a@x.example>"


def test_a_long_thread_keeps_its_first_and_last_references() -> None:
    mail = sent(thread_refs=tuple(f"{number}@x.example" for number in range(200)))
    references = str(mail["References"]).split()
    assert (len(references), references[0], references[-1]) == (20, "<0@x.example>", "<199@x.example>")


@pytest.mark.parametrize("subject", ["Re: Order", "RE: Order", "AW: Order", "回复：订单", "Re[2]: Order", "SV: Order"])
def test_one_re_is_enough(subject: str) -> None:
    assert sent(subject=subject, reply_to="a@x.example")["Subject"] == subject


def test_automatic_mail_says_so() -> None:
    assert sent(automatic=True)["Auto-Submitted"] == "auto-replied"


def test_html_and_files_go_along() -> None:
    file = OutboundAttachment("图 1.png", "image/png", 3, lambda: b"\x89\x00\n")
    letter = OutboundAttachment("a.eml", "message/rfc822", 3, lambda: b"A: \xff")
    odd = OutboundAttachment("\r\nX: y", "no/type\r\nX: y", 1, lambda: b"1")
    mail = sent(text="你好", html="<p>你好</p>", attachments=(file, letter, odd))
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert plain.get_content().strip() == "你好"
    assert html is not None
    assert html.get_content().strip() == "<p>你好</p>"
    files = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in mail.iter_attachments()]
    assert files == [
        ("图 1.png", "image/png", b"\x89\x00\n"),
        ("a.eml", "application/octet-stream", b"A: \xff"),
        ("X: y", "application/octet-stream", b"1"),
    ]


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x0c", "\x1c", "\x85", "\x00"])
def test_no_header_can_be_smuggled_in(break_: str) -> None:
    evil = f"x{break_}Bcc: victim@x.example"
    account = replace(ACCOUNT, settings={"from_name": evil})
    mail = sent(account, subject=evil, language=evil, reply_to=f"a@x{break_}Bcc: v", key=evil, thread_refs=(evil,))
    assert mail["Bcc"] is None
    assert len(mail["Subject"].splitlines()) == 1
    with pytest.raises(SendFailed):
        write(ACCOUNT, replace(MESSAGE, recipient=f"a@x.example{break_}Bcc: victim@x.example"))


NO_ADDRESSES = ["", "ada", "@x.example", "a@", "a@b@c", "a b@x.example", "<a@x.example>", "a@x..", "a@" + "x" * 64]


@pytest.mark.parametrize("recipient", NO_ADDRESSES)
def test_a_bad_address_is_said_plainly(recipient: str) -> None:
    with pytest.raises(SendFailed) as failure:
        write(ACCOUNT, replace(MESSAGE, recipient=recipient))
    assert "is not a mail" in failure.value.reason


def test_a_domain_of_any_script_is_written_in_ascii() -> None:
    assert sent(recipient="ada@bücher.example")["To"] == "ada@xn--bcher-kva.example"


def test_the_id_is_the_same_on_every_try_and_another_for_another_key() -> None:
    assert message_id(ACCOUNT, "key-of-ours") == message_id(ACCOUNT, "key-of-ours") == "key-of-ours@shop.example"
    assert message_id(ACCOUNT, "a b") != message_id(ACCOUNT, "a c")
    assert " " not in message_id(ACCOUNT, "a b")


def test_a_mail_without_subject_has_none() -> None:
    assert sent(subject="")["Subject"] == ""


def test_copies_are_written_and_blind_ones_are_not() -> None:
    everybody = {
        "also_to": ("bob@x.example",),
        "cc": ("carol@bücher.example", "dan@x.example"),
        "bcc": ("eve@x.example",),
    }
    mail = sent(**everybody)
    assert mail["To"] == "ada@customer.example, bob@x.example"
    assert mail["Cc"] == "carol@xn--bcher-kva.example, dan@x.example"
    assert "eve" not in mail.as_string()
    letter = write(ACCOUNT, replace(MESSAGE, **everybody))  # type: ignore[arg-type]
    assert letter.recipients[-1] == "eve@x.example"
    assert len(letter.recipients) == 5


def test_nobody_gets_it_twice_and_we_do_not_get_it_at_all() -> None:
    letter = write(
        ACCOUNT,
        replace(
            MESSAGE,
            also_to=("ADA@customer.example", "support@shop.example", "b@x.example"),
            cc=("b@x.example", "Support+c1.aaaa@shop.example"),
            bcc=("ada@customer.example", "c@x.example"),
        ),
    )
    assert (letter.to, letter.cc, letter.bcc) == (("ada@customer.example", "b@x.example"), (), ("c@x.example",))


@pytest.mark.parametrize("field", ["also_to", "cc", "bcc"])
@pytest.mark.parametrize("address", ["a@x.example\r\nBcc: v@x.example", "a@x.example, b@x.example", "a"])
def test_a_bad_copy_is_said_plainly(field: str, address: str) -> None:
    with pytest.raises(SendFailed):
        write(ACCOUNT, replace(MESSAGE, **{field: (address,)}))  # type: ignore[arg-type]


def test_the_answer_goes_to_an_address_that_names_the_conversation() -> None:
    mail = sent(thread_name="1234")
    assert mail["From"] == '"Shop, Inc." <support@shop.example>'
    assert mail["Reply-To"] == f'"Shop, Inc." <{named_address(ACCOUNT, "1234")}>'
    assert sent()["Reply-To"] is None
    assert sent(replace(ACCOUNT, settings={"plus_addressing": False}), thread_name="1234")["Reply-To"] is None


def test_the_subject_names_the_conversation_where_it_should() -> None:
    account = replace(ACCOUNT, settings={"subject_tag": True})
    assert sent(account, subject="Order", thread_name="12", reply_to="a@x.example")["Subject"] == "Re: Order [#12]"


def test_pictures_in_the_text_stand_beside_it() -> None:
    picture = OutboundAttachment("logo.png", "image/png", 3, lambda: b"\x89PN", content_id="logo-1")
    unused = OutboundAttachment("other.png", "image/png", 3, lambda: b"\x89PO", content_id="logo-2")
    evil = OutboundAttachment("evil.png", "image/png", 3, lambda: b"\x89PE", content_id='x">\r\nX: y')
    mail = sent(text="Hi", html='<p><img src="cid:logo-1"></p>', attachments=(picture, unused, evil))
    shape = [part.get_content_type() for part in mail.walk()]
    assert shape == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"),
        *("image/png", "image/png"),
    ]
    inline = [part for part in mail.walk() if part["Content-ID"]]
    assert [(part["Content-ID"], part.get_content_disposition(), part.get_content()) for part in inline] == [
        ("<logo-1>", "inline", b"\x89PN")
    ]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["other.png", "evil.png"]


def test_without_html_a_picture_is_an_attachment() -> None:
    picture = OutboundAttachment("logo.png", "image/png", 3, lambda: b"\x89PN", content_id="logo-1")
    mail = sent(text="cid:logo-1", attachments=(picture,))
    assert [part.get_content_disposition() for part in mail.iter_attachments()] == ["attachment"]
