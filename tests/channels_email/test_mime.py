"""The tree of parts, and what is read out of it."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from channels_email import content, mime
from csplatform.common import clock
from csplatform.gateway.contract import FileBytes, InboundAttachment
from tests.channels_email.mails import mail, parsed

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def multipart(kind: str, *parts: str | bytes, boundary: str = "b1", close: bool = True) -> bytes:
    """Return a mail of `parts`, each with its own header."""
    pieces = [part if isinstance(part, bytes) else part.encode() for part in parts]
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + piece + b"\r\n" for piece in pieces)
    end = b"--" + boundary.encode() + b"--\r\n" if close else b""
    return mail(f'Content-Type: multipart/{kind}; boundary="{boundary}"', body=body + end)


def text_part(text: str, kind: str = "plain", *fields: str) -> str:
    return "\r\n".join([f"Content-Type: text/{kind}; charset=utf-8", *fields, "", text])


def file_part(data: bytes, *fields: str) -> bytes:
    return "\r\n".join([*fields, "Content-Transfer-Encoding: base64", "", ""]).encode() + base64.encodebytes(data)


def read(data: bytes) -> content.Content:
    return content.read(mime.parse(data))


def data_of(attachment: InboundAttachment) -> bytes:
    assert isinstance(attachment.content, FileBytes)
    return attachment.content.data


def test_alternatives_are_one_passage() -> None:
    found = read(multipart("alternative", text_part("plain 图"), text_part("<p>rich</p>", "html")))
    assert (found.text, found.html, found.attachments) == ("plain 图", "<p>rich</p>", ())


def test_html_only_becomes_text_with_its_quotes_marked() -> None:
    body = "<p>Yes &amp; no</p><blockquote>old<br>older</blockquote><script>no()</script>"
    found = read(mail("Content-Type: text/html; charset=utf-8", body=body))
    assert found.text.split("\n")[0] == "Yes & no"
    assert [line for line in found.text.split("\n") if line.startswith(">")] == ["> old", "> older"]
    assert "no()" not in found.text


def test_a_plain_footer_below_html_loses_neither() -> None:
    found = read(multipart("mixed", text_part("<p>letter</p>", "html"), text_part("list footer")))
    assert found.text == "letter\n\nlist footer"
    assert "<p>letter</p>" in found.html
    assert "list footer" in found.html


def test_apple_mail_puts_a_file_between_two_htmls() -> None:
    inner = multipart("mixed", text_part("<p>one</p>", "html"),
                      file_part(PNG, 'Content-Type: image/png; name="a.png"', "Content-Disposition: inline"),
                      text_part("<p>two</p>", "html"), boundary="b2")  # fmt: skip
    found = read(
        multipart("alternative", text_part("one two"), inner.partition(b"Message-ID")[2].partition(b"\r\n")[2])
    )
    assert found.text == "one two"
    assert found.html == "<p>one</p>\n<p>two</p>"
    assert [(file.name, data_of(file)) for file in found.attachments] == [("a.png", PNG)]


def test_inline_images_keep_their_content_id() -> None:
    image = file_part(PNG, "Content-Type: image/png", "Content-ID: <logo@x>", "Content-Disposition: inline")
    (found,) = read(multipart("related", text_part('<img src="cid:logo@x">', "html"), image)).attachments
    assert (found.content_id, found.content_type, found.name, data_of(found)) == (
        "logo@x", "image/png", "attachment-1.png", PNG,
    )  # fmt: skip


def test_a_forwarded_mail_is_attached_byte_for_byte_and_shown_below() -> None:
    inner = mail("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe/2?=", body="inner words\r\n")
    data = multipart("mixed", text_part("see below"), b"Content-Type: message/rfc822\r\n\r\n" + inner)
    (file,) = read(data).attachments
    assert (file.name, data_of(file)) == ("Grüße-2.eml", inner)
    message = parsed(data)
    assert message.text == "see below"
    assert message.full_text.endswith("Subject: Grüße/2\nTo: support@shop.example\n\ninner words")


def test_a_mail_that_only_forwards_shows_what_it_forwards() -> None:
    message = parsed(multipart("mixed", file_part(mail(body="inner words\r\n"), "Content-Type: message/rfc822")))
    assert message.text == "inner words"
    assert "From: Ada Lovelace <ada@customer.example>" in message.full_text


def test_what_hangs_on_a_forwarded_mail_is_kept() -> None:
    innermost = multipart("mixed", text_part("third"), file_part(PNG, 'Content-Type: image/png; name="a.png"'))
    inner = multipart("mixed", text_part("second"), b"Content-Type: message/rfc822\r\n\r\n" + innermost, boundary="b2")
    found = read(multipart("mixed", text_part("first"), b"Content-Type: message/rfc822\r\n\r\n" + inner, boundary="b3"))
    assert [word for word in found.text.split() if word in {"first", "second", "third"}] == ["first", "second", "third"]
    assert [file.name for file in found.attachments] == ["A question.eml", "A question.eml", "a.png"]


def test_mails_within_mails_are_opened_so_far_and_no_further() -> None:
    data = mail(body="innermost")
    for _ in range(30):
        data = mail("Content-Type: message/rfc822", body=data)
    found = read(data)
    assert "innermost" not in found.text
    assert len(found.attachments) == 4
    many = multipart("digest", *(b"\r\n" + mail(body=f"mail {number}") for number in range(100)))
    assert len(read(many).attachments) == 100


def test_a_piece_of_a_mail_says_so() -> None:
    head = 'Content-Type: message/partial; id="1@x"; total=3; number='
    first = read(mail(f"{head}1", body=mail(body="the beginning")))
    assert "piece 1 of 3" in first.text
    assert "the beginning" in first.text
    second = read(mail(f"{head}2", body="aGVsbG8="))
    assert "piece 2 of 3" in second.text
    assert len(second.attachments) == 1


def test_a_mail_that_is_a_text_file_is_read_and_attached() -> None:
    found = read(mail('Content-Type: text/plain; name="notes.txt"', body="words"))
    assert (found.text, [file.name for file in found.attachments]) == ("words", ["notes.txt"])


def test_text_files_are_files() -> None:
    file = text_part("log line", "plain", 'Content-Disposition: inline; filename="a.log"')
    found = read(multipart("mixed", text_part("hello"), file))
    assert (found.text, [file.name for file in found.attachments]) == ("hello", ["a.log"])


def test_format_flowed_is_joined() -> None:
    body = "This is one \r\nparagraph.\r\n> quoted \r\n> too.\r\n-- \r\nAda\r\n"
    found = read(mail("Content-Type: text/plain; format=flowed", body=body))
    assert found.text == "This is one paragraph.\n> quoted too.\n-- \nAda"


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", base64.encodebytes("图".encode()), "图"),
        ("base64", base64.b64encode("图图".encode()).rstrip(b"="), "图图"),
        ("BASE64 ;", b"!!" + base64.encodebytes("图".encode()), "图"),
        ("base64", "图 is no base64".encode(), None),
        ("quoted-printable", b"=E5=9B=BE=\r\n!", "图!"),
        ("quoted-printable", b"50% off = good =E9=", None),
        ("x-uuencode", b"begin 644 a.txt\n%:&5L;&\\\n`\nend\n", "hello"),
        ("8bit", "图".encode(), "图"),
        ("7-bit", "图".encode(), "图"),
        ("nonsense", "图".encode(), "图"),
    ],
)
def test_transfer_encodings(encoding: str, body: bytes, text: str | None) -> None:
    fields = ("Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}")
    found = read(mail(*fields, body=body)).text
    assert found == text if text is not None else found


def test_a_boundary_that_begins_with_another_is_not_mistaken_for_it() -> None:
    inner = b'Content-Type: multipart/mixed; boundary="b1-2"\r\n\r\n--b1-2\r\n\r\ninner\r\n--b1-2--'
    assert read(multipart("mixed", inner, text_part("outer"))).text == "inner\n\nouter"


@pytest.mark.parametrize("close", [True, False])
def test_a_missing_end_loses_nothing(close: bool) -> None:
    found = read(
        multipart("mixed", text_part("hello"), file_part(PNG, 'Content-Type: image/png; name="a.png"'), close=close)
    )
    assert (found.text, [data_of(file) for file in found.attachments]) == ("hello", [PNG])


def test_a_missing_boundary_parameter_is_guessed() -> None:
    body = "--zz\r\nContent-Type: text/plain\r\n\r\nhello\r\n--zz--\r\n"
    assert read(mail("Content-Type: multipart/mixed", body=body)).text == "hello"


def test_a_multipart_without_parts_is_text() -> None:
    assert read(mail('Content-Type: multipart/mixed; boundary="x"', body="just words")).text == "just words"


def test_a_bomb_of_nested_parts_stops_at_the_limit() -> None:
    bomb = b"deep"
    for depth in range(3000):
        boundary = f"n{depth}".encode()
        head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n--' + boundary + b"\r\n"
        bomb = head + bomb + b"\r\n--" + boundary + b"--\r\n"
    tree = mime.parse(bomb)
    assert sum(1 for _ in tree.walk()) == mime.MAX_DEPTH + 1
    (rest,) = content.read(tree).attachments
    assert b"deep" in data_of(rest)


def test_a_bomb_of_many_parts_keeps_the_rest_in_one_piece() -> None:
    data = multipart("mixed", *[f"\r\npart {number}" for number in range(3 * mime.MAX_PARTS)])
    parts = [part for part in mime.parse(data).walk() if not part.is_multipart]
    assert len(parts) == mime.MAX_PARTS
    assert f"part {3 * mime.MAX_PARTS - 1}".encode() in parts[-1].content


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\temp\\report.doc", "report.doc"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("...", ""),
        (".profile", ".profile"),
    ],
)
def test_names_are_safe_to_save(name: str, clean: str) -> None:
    assert content.clean_name(name) == clean


@pytest.mark.parametrize("junk", [b"", b"\r\n", b"\x00" * 50, b":", b"\xff" * 100, b"a" * 100_000, b"--\r\n--\r\n"])
def test_nothing_raises(junk: bytes) -> None:
    tree = mime.parse(junk)
    assert content.read(tree).attachments == ()


def test_a_huge_html_mail_is_read_at_its_beginning() -> None:
    found = read(mail("Content-Type: text/html", body="<p>first words</p>" + "<div>" * 5000 + "<p>x</p>" * 1_200_000))
    assert found.text.startswith("first words")
    assert len(found.html) > 9_000_000


HTML_PART = "--b\r\nContent-Type: text/html\r\n\r\n"
NASTY = {
    "format=flowed": mail("Content-Type: text/plain; format=flowed", body="x \n" * 330_000),
    "a boundary to be guessed": mail("Content-Type: multipart/mixed", body="--a" + " " * 1_000_000 + "x"),
    "boundaries to be guessed": mail("Content-Type: multipart/mixed", body=("--a" + " " * 1_000 + "x\n") * 1_000),
    "dashes": mail("Content-Type: multipart/mixed; boundary=-", body="-" * 1_000_000),
    "spaces after a boundary": mail("Content-Type: multipart/mixed; boundary=x", body="--x" + " " * 1_000_000 + "y"),
    "uuencode": mail("Content-Transfer-Encoding: x-uuencode", body="begin 644 a\n" + "!!\n" * 300_000),
    "base64": mail("Content-Transfer-Encoding: base64", body="!a" * 1_000_000),
    "quoted-printable": mail("Content-Transfer-Encoding: quoted-printable", body="=" * 1_000_000),
    "enriched": mail("Content-Type: text/richtext", body="<a" * 500_000),
    "pgp": mail(body="-----BEGIN PGP SIGNED MESSAGE-----\n" * 30_000),
    "pages": mail("Content-Type: multipart/mixed; boundary=b", body=(HTML_PART + "<b></b>" * 120_000 + "\r\n") * 20),
    "ten megabytes": mail(body="a line of words, as they are\n" * 350_000),
    "a line of ten megabytes": mail(body="word " * 2_000_000),
}


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize("kind", NASTY)
def test_strange_mails_take_no_time(kind: str) -> None:
    assert parsed(NASTY[kind]).external_id == "first@customer.example"


def test_html_beyond_any_letter_is_attached() -> None:
    page = HTML_PART + "<p>words</p>" + " " * 600_000 + "\r\n"
    found = read(mail("Content-Type: multipart/mixed; boundary=b", body=page * 5))
    assert found.text.split() == ["words"] * 2
    assert [file.name for file in found.attachments] == [f"attachment-{number}.html" for number in (1, 2, 3)]


def test_a_mail_without_date_sender_and_id_is_read() -> None:
    data = mail("From: -", "Date: -", "Message-ID: -", "Subject: -", body="words\r\n")
    message = parsed(data)
    assert (message.text, message.sender.external_id) == ("words", "unknown@nobody.invalid")
    assert message.external_id.startswith("sha256:")
    assert parsed(data).external_id == message.external_id
    assert abs(message.sent_at - clock.now()) < timedelta(minutes=1)


def test_of_two_fields_the_first_counts() -> None:
    data = mail("X-First: 1").replace(
        b"X-First: 1", b"From: Eve <eve@x.example>\r\nMessage-ID: <second@x>\r\nDate: Tue, 03 Mar 2026 10:00:00 +0000"
    )
    message = parsed(data)
    assert (message.sender.external_id, message.external_id) == ("ada@customer.example", "first@customer.example")
    assert message.sent_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
