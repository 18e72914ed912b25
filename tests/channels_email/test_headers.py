"""Header fields as old and new mailers write them."""

from datetime import UTC, datetime

import pytest

from channels_email.headers import (
    Address,
    decode_words,
    message_ids,
    parse_addresses,
    parse_date,
    parse_headers,
    parse_parameters,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?iso-8859-1?q?K=F6ln?=", "Grüße aus Köln"),
        (b"=?utf-8?b?5Zu+?= =?utf-8?b?54mH?=", "图片"),
        (b"=?utf-8?b?5Zs=?= =?utf-8?b?vg==?=", "图"),  # one character cut between two words
        (b"=?gb2312?B?zby1xA?=", "图的"),  # padding left off
        (b"=?utf-8*de?Q?a_b?=", "a b"),
        (b"=?utf-8?q?a?b?=", "a?b"),
        (b"=?unknown-8bit?q?caf=C3=A9?=", "café"),
        ("Grüße".encode(), "Grüße"),
        ("图片".encode("gb18030") + b" =?x", "图片 =?x"),
        (b"=?utf-8?q?broken", "=?utf-8?q?broken"),
        (b"=?utf-8?Q?=3D=3Futf-8=3FB=3F5Zu+=3F=3D?=", "图"),  # encoded twice
        (b"=?gb2312?Q?=B6?= =?gb2312?Q?=A9=B5=A5?=", "订单"),
        (b"=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=", "日本"),
        (b"=?UTF-8?B?5Zu+?==?UTF-8?B?54mH?=", "图片"),
        ("Привет, мир".encode("koi8-r"), "Привет, мир"),
        ("订单号".encode("gbk"), "订单号"),
    ],
)
def test_encoded_words(value: bytes, text: str) -> None:
    if value.endswith(b"=?x"):
        assert decode_words(value).endswith(" =?x")  # raw bytes without a label are a guess
    else:
        assert decode_words(value) == text


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        (b"Ada <ada@x.example>", [Address("ada@x.example", "Ada")]),
        (b'"Doe, Jane" <jane@x.example>, b@x', [Address("jane@x.example", "Doe, Jane"), Address("b@x")]),
        (b"=?utf-8?q?Doe=2C_J=C3=A4ne?= <jane@x.example>", [Address("jane@x.example", "Doe, Jäne")]),
        ("Jäne <jane@x.example>".encode(), [Address("jane@x.example", "Jäne")]),
        ("用户@例子.中国".encode(), [Address("用户@例子.中国")]),
        (b"Team: a@x.example, b@x.example;", [Address("a@x.example"), Address("b@x.example")]),
        (b"<<ada@x.example>>", [Address("ada@x.example")]),
        (b"undisclosed-recipients:;", []),
        (b"nobody", []),
        (b"", []),
        (b"@", []),
    ],
)  # fmt: skip
def test_addresses(value: bytes, addresses: list[Address]) -> None:
    assert parse_addresses(value) == addresses


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"attachment; filename=plain.txt", "plain.txt"),
        (b'attachment; filename="two words; really.txt"', "two words; really.txt"),
        (b"attachment; filename=two words.txt", "two words.txt"),
        (b"attachment; filename*=utf-8''%E5%9B%BE.png", "图.png"),
        (b"attachment; filename*=GB2312''%CD%BC.png; filename=x.png", "图.png"),
        (b"attachment; filename*0*=utf-8''%E5%9B; filename*1*=%BE; filename*2=.png", "图.png"),
        (b"attachment; filename*1=b.png; filename*0=a", "ab.png"),
        (b'attachment; filename="=?utf-8?b?5Zu+?=.png"', "图.png"),
        (b"attachment; filename==?utf-8?b?5Zu+?=.png", "图.png"),
        ('attachment; filename="图.png"'.encode(), "图.png"),
        (b'attachment; filename="say \\"hi\\".txt"', 'say "hi".txt'),
        (b'attachment;; filename="unclosed.txt', "unclosed.txt"),
        (b"attachment", ""),
        (b"attachment; filename*0*=gb2312''%B6%A9; filename*1*=%B5%A5; filename*2=.txt", "订单.txt"),
        (b'attachment; filename*0="=?utf-8?B?5Zu+?="; filename*1="=?utf-8?B?54mH?=.png"', "图片.png"),
        (b'attachment; filename="=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=.txt"', "ab.txt"),
        (b'attachment; filename="%E5%9B%BE.png"', "图.png"),
        (b'attachment; filename="100%AB.png"', "100%AB.png"),
        ('attachment; filename="订单.txt"'.encode("gbk"), "订单.txt"),
        ('attachment; filename="ソ表"; size=1'.encode("cp932"), "ソ表"),
    ],
)
def test_file_names(value: bytes, name: str) -> None:
    found = parse_parameters(value)
    assert (found.value, found.get("filename")) == ("attachment", name)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (b"Mon, 02 Mar 2026 10:00:00 +0800", datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
        (b"2 Mar 26 10:00 GMT", datetime(2026, 3, 2, 10, 0, tzinfo=UTC)),
        (b"Mon, 02 Mar 2026 10:00:00 -0000", datetime(2026, 3, 2, 10, 0, tzinfo=UTC)),
        (b"yesterday", None),
        (b"Mon, 99 Mar 2026 10:00:00 +0000", None),
        (b"Fri, 31 Dec 9999 23:59:59 -2359", None),
        (b"", None),
    ],
)
def test_dates(value: bytes, moment: datetime | None) -> None:
    assert parse_date(value) == moment


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b"<a@x> <b@y>", ["a@x", "b@y"]),
        (b"a@x", ["a@x"]),
        (b"<a@x\t b>", ["a@xb"]),
        (b"Your message of Monday <a@x>", ["a@x"]),
        (b"<no-at-sign>", ["no-at-sign"]),
        (b"words only", []),
        (b"", []),
    ],
)
def test_message_ids(value: bytes, ids: list[str]) -> None:
    assert list(message_ids(value)) == ids


def test_a_line_that_is_no_field_takes_nothing_else_along() -> None:
    headers = parse_headers(b"A: 1\r\nthis is no field\r\nB : 2\r\n folded\r\nA: 3\r\n")
    assert (headers.text("a"), headers.text("b"), headers.all_raw("a")) == ("1", "2 folded", [b"1", b"3"])
