"""Bytes become the text that was meant."""

import pytest

from channels_email.charsets import decode, python_charset

CHINESE = "我的订单还没到"
JAPANESE = "領収書をお願いします"


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (CHINESE.encode("gb18030"), "gb2312", CHINESE),
        ("𠮷野家".encode("gb18030"), "GB2312", "𠮷野家"),
        ("髙橋①".encode("cp932"), "shift_jis", "髙橋①"),
        (JAPANESE.encode("iso2022_jp"), "iso-2022-jp", JAPANESE),
        (JAPANESE.encode("iso2022_jp"), "", JAPANESE),
        (JAPANESE.encode("iso2022_jp"), "us-ascii", JAPANESE),
        ("환불 부탁드립니다 똠".encode("cp949"), "ks_c_5601-1987", "환불 부탁드립니다 똠"),
        ("“smart” – 5 €".encode("cp1252"), "iso-8859-1", "“smart” – 5 €"),
        ("Привет".encode("koi8-r"), "KOI8-R", "Привет"),
        ("שלום".encode("iso8859-8"), "iso-8859-8-i", "שלום"),
        ("naïve £1".encode("utf-7"), "unicode-1-1-utf-7", "naïve £1"),
        ("日本".encode("utf-16"), "utf-16", "日本"),
    ],
)
def test_reads_what_the_label_means(data: bytes, label: str, text: str) -> None:
    assert decode(data, label) == text


@pytest.mark.parametrize("label", ["", "us-ascii", "iso-8859-1", "windows-1252", "no-such-set", "rot13", "utf-8"])
def test_utf8_under_a_thoughtless_label_is_utf8(label: str) -> None:
    assert decode("Grüße, 图".encode(), label) == "Grüße, 图"


@pytest.mark.parametrize("label", ["utf-8", "gb2312", "iso-2022-jp", "euc-kr", "", "hz", "utf-16"])
def test_never_raises_and_never_returns_what_cannot_be_stored(label: str) -> None:
    text = decode(bytes(range(256)) * 3, label)
    assert "\x00" not in text
    text.encode("utf-8")


def test_a_damaged_byte_costs_one_character() -> None:
    damaged = ("订单" * 40).encode("gb18030") + b"\xff" + ("还没到" * 40).encode("gb18030")
    text = decode(damaged, "gb2312")
    assert text.startswith("订单" * 40)
    assert text.endswith("还没到" * 39)


@pytest.mark.parametrize("label", ["rot13", "zlib", "base64", "idna", "unicode_escape", "x" * 500, "\x00", "ü"])
def test_codecs_that_are_no_charset_are_not_used(label: str) -> None:
    assert python_charset(label) == ""
