"""winmail.dat: what Outlook wrapped is unwrapped, and what cannot be stays a file."""

import struct

import pytest
from compressed_rtf import compress

from channels_email import content, mime, tnef
from tests.channels_email.mails import mail, parsed
from tests.channels_email.test_mime import PNG, data_of, file_part, multipart, text_part

BODY, BODY_HTML, RTF, CODEPAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
LONG_NAME, CONTENT_ID, MIME_TAG, DATA_OBJECT = 0x3707, 0x3712, 0x370E, 0x3701
TEXT, UNICODE, BINARY, NUMBER, SHORT = 0x001E, 0x001F, 0x0102, 0x0003, 0x0002
MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")


def framed(level: int, name: int, data: bytes) -> bytes:
    """Return one object with its checksum."""
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """Return a list of properties, each a kind, a name and raw bytes."""
    out = struct.pack("<I", len(values))
    for kind, name, data in values:
        out += struct.pack("<HH", kind, name)
        if kind == NUMBER:
            out += data
        else:
            out += struct.pack("<II", 1, len(data)) + data + b"\0" * (-len(data) % 4)
    return out


def file_objects(title: bytes, data: bytes, *values: tuple[int, int, bytes]) -> bytes:
    """Return a file as Outlook writes it."""
    return (
        framed(2, 0x9002, b"\1\0" + b"\0" * 12)
        + framed(2, 0x8010, title + b"\0")
        + framed(2, 0x800F, data)
        + framed(2, 0x9005, properties(*values))
    )


def wrapping(*objects: bytes) -> bytes:
    """Return a whole winmail.dat."""
    head = struct.pack("<IH", 0x223E9F78, 1) + framed(1, 0x9006, struct.pack("<I", 0x10000))
    return head + framed(1, 0x9007, struct.pack("<II", 1252, 0)) + b"".join(objects)


def wrapped_mail(data: bytes, *, text: str = "") -> bytes:
    """Return a mail with `data` as its winmail.dat."""
    part = file_part(data, 'Content-Type: application/ms-tnef; name="winmail.dat"')
    return multipart("mixed", *([text_part(text)] if text else []), part)


def message_properties(*values: tuple[int, int, bytes]) -> bytes:
    return framed(1, 0x9003, properties(*values))


def test_files_come_out_with_their_long_names() -> None:
    data = wrapping(
        file_objects(
            b"RECHNU~1.PDF", b"%PDF-1.7\0\0", (UNICODE, LONG_NAME, "Rechnung März 图.pdf\0".encode("utf-16-le"))
        ),
        file_objects(b"logo.png", PNG, (TEXT, CONTENT_ID, b"<logo@x>\0"), (TEXT, MIME_TAG, b"image/png\0")),
    )
    message = parsed(wrapped_mail(data, text="See the invoice."))
    assert message.text == "See the invoice."
    assert [(file.name, file.content_type, file.content_id, data_of(file)) for file in message.attachments] == [
        ("Rechnung März 图.pdf", "application/pdf", "", b"%PDF-1.7\0\0"),
        ("logo.png", "image/png", "logo@x", PNG),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((TEXT, BODY, "Grüße\r\nAda\0".encode("cp1252")), "Grüße\nAda"),
        ((UNICODE, BODY, "Grüße, 图\0".encode("utf-16-le")), "Grüße, 图"),
        ((BINARY, BODY_HTML, "<p>Grüße</p><p>Ada</p>".encode("cp1252")), "Grüße\n\nAda"),
        ((BINARY, RTF, compress(rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe\par Ada\par}")), "Grüße\nAda"),
        ((BINARY, RTF, compress(rb"{\rtf1\ansi Hello\par}", compressed=False)), "Hello"),
    ],
)  # fmt: skip
def test_the_body_is_read_where_the_mail_has_no_other(value: tuple[int, int, bytes], text: str) -> None:
    data = wrapping(message_properties(value))
    found = parsed(wrapped_mail(data))
    assert (found.text, found.attachments) == (text, ())
    assert parsed(wrapped_mail(data, text="the letter")).text == "the letter"


def test_an_html_body_is_read_in_its_own_charset() -> None:
    markup = (BINARY, BODY_HTML, "<p>Привет</p>".encode("koi8-r"))
    data = wrapping(message_properties((NUMBER, CODEPAGE, struct.pack("<I", 20866)), markup))
    assert parsed(wrapped_mail(data)).text == "Привет"


def test_the_old_body_is_read() -> None:
    assert parsed(wrapped_mail(wrapping(framed(1, 0x800C, b"plain words\0")))).text == "plain words"


def test_a_mail_within_is_a_text_and_its_files() -> None:
    inner = wrapping(message_properties((TEXT, BODY, b"inner words\0")), file_objects(b"a.png", PNG))
    outer = wrapping(file_objects(b"Old order", b"", (BINARY, DATA_OBJECT, MESSAGE_ID + inner)))
    files = parsed(wrapped_mail(outer, text="see below")).attachments
    assert [(file.name, data_of(file)) for file in files] == [("Old order.txt", b"inner words"), ("a.png", PNG)]


def test_the_name_alone_tells_it_too() -> None:
    part = file_part(
        wrapping(file_objects(b"a.png", PNG)), 'Content-Type: application/octet-stream; name="WINMAIL.DAT"'
    )
    assert [file.name for file in parsed(multipart("mixed", text_part("x"), part)).attachments] == ["a.png"]


GOOD = wrapping(message_properties((TEXT, BODY, b"inner words\0")), file_objects(b"a.png", PNG))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no TNEF at all",
        GOOD[:-40],
        GOOD[:60] + b"\xff" * 20 + GOOD[60:],
        wrapping(framed(1, 0x9003, struct.pack("<I", 0xFFFFFFFF))),
        wrapping(*[framed(2, 0x9002, b"")] * 300),
    ],
)
def test_what_is_broken_stays_a_file(data: bytes) -> None:
    (file,) = parsed(wrapped_mail(data, text="see below")).attachments
    assert (file.name, data_of(file)) == ("winmail.dat", data)


def deep(levels: int) -> bytes:
    data = GOOD
    for _ in range(levels):
        data = wrapping(file_objects(b"inner", b"", (BINARY, DATA_OBJECT, MESSAGE_ID + data)))
    return data


HUGE = 0xFFFFFFF0
GROWING_RTF = struct.pack("<II4sI", 2_000_000, HUGE, b"LZFu", 0) + b"\xff" * 2_000_000
LINKS_RTF = rb"{\rtf1 {\field{\*\fldinst{" + b'HYPERLINK "" ' * 2_000


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize(
    "data",
    [
        # as many values as a number can say, of nothing at all
        wrapping(framed(1, 0x9003, struct.pack("<IHHI", 1, SHORT | 0x1000, BODY, HUGE))),
        wrapping(framed(1, 0x9003, struct.pack("<IHHI", 1, SHORT | 0x1000, BODY, HUGE) + b"\0" * 4_000_000)),
        wrapping(framed(1, 0x9003, struct.pack("<IHHI", 1, BINARY, BODY_HTML, HUGE) + b"\0" * 4_000_000)),
        wrapping(framed(1, 0x9003, struct.pack("<I", 20_000) + b"\0" * 8)),
        wrapping(*[framed(1, 0x9999, b"")] * 500_000),
        deep(100),
        # text that grows when it is unpacked, and links that drive a pattern mad
        wrapping(message_properties((BINARY, RTF, GROWING_RTF))),
        wrapping(message_properties((BINARY, RTF, compress(LINKS_RTF, compressed=False)))),
    ],
)  # fmt: skip
def test_a_bomb_takes_no_time(data: bytes) -> None:
    opened = tnef.unwrap(data)
    assert opened is None or isinstance(opened, tnef.Opened)


def test_an_empty_wrapping_is_nothing() -> None:
    found = content.read(mime.parse(mail("Content-Type: application/ms-tnef", body=wrapping())))
    assert (found.text, found.attachments) == ("", ())
