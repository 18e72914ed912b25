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


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b"\x1b$B-!F|K\\\x1b(B abc", "ISO-2022-JP", "①日本 abc"),
        (b"\x1b$B\x7c\x62\x1b(B", "iso-2022-jp-ms", "髙"),
        (b"\x1b(I1234\x1b(B", "iso-2022-jp", "ｱｲｳｴ"),
        (b"\x1b$B$3\x1b(B\xb1\xb2", "iso-2022-jp", "こｱｲ"),
        ("注文した商品がまだ届きません。".encode("cp932"), "iso-2022-jp", "注文した商品がまだ届きません。"),
        ("你好 ~".encode("hz"), "hz-gb-2312", "你好 ~"),
        ("订单".encode("gbk"), "x-gbk", "订单"),
        ("订单".encode("gbk"), "cn-gb", "订单"),
        ("订单".encode("gbk"), "MS936", "订单"),
        ("嘅咗".encode("big5hkscs"), "big5", "嘅咗"),
        ("Příliš – „ok“".encode("cp1250"), "iso-8859-2", "Příliš – „ok“"),
        ("Привет".encode("cp1251"), "win-1251", "Привет"),
        ("é".encode("cp1252"), "windows1252", "é"),
        ("é".encode("latin-1"), "iso-8859-1; format=flowed", "é"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "utf-8", "\U0001f600"),
    ],
)
def test_reads_what_programs_make_of_a_standard(data: bytes, label: str, text: str) -> None:
    assert decode(data, label) == text


SENTENCES = {
    "gb18030": "我的订单还没有到，请帮我查一下",
    "big5": "我的訂單還沒有到，請幫我查一下",
    "cp932": "注文した商品がまだ届きません。",
    "euc_jp": "注文した商品がまだ届きません。",
    "cp949": "주문한 상품이 아직 도착하지 않았습니다",
    "cp1251": "Здравствуйте, где мой заказ номер пять?",
    "koi8-r": "Здравствуйте, где мой заказ номер пять?",
    "koi8-u": "Доброго дня, де моє замовлення?",
    "cp1252": "Où est ma commande ? Ça fait déjà une semaine…",
    "cp1250": "Kde je moje objednávka? Už čekám týden, děkuji.",
    "cp1253": "Καλημέρα, πού είναι η παραγγελία μου;",
    "cp1254": "Siparişim nerede? Teşekkürler, iyi günler.",
    "cp1255": "שלום, איפה ההזמנה שלי",
    "cp1256": "مرحبا أين طلبي من فضلك",
    "cp874": "สวัสดีครับ สินค้ายังไม่มาถึง",
}


@pytest.mark.parametrize("charset", SENTENCES)
@pytest.mark.parametrize("label", ["", "us-ascii", "iso-8859-1", "no-such-set", "utf-8"])
def test_a_wrong_label_or_none_is_seen_through(charset: str, label: str) -> None:
    assert decode(SENTENCES[charset].encode(charset), label) == SENTENCES[charset]


@pytest.mark.parametrize("label", ["koi8-r", "windows-1251", "gb2312", "big5", "shift_jis", "euc-kr", "iso-8859-2"])
@pytest.mark.parametrize("text", ["我的订单还没到", "주문한 상품이", "注文した商品"])
def test_utf8_under_another_label_is_utf8(label: str, text: str) -> None:
    assert decode(text.encode(), label) == text


@pytest.mark.parametrize("label", ["koi8-r", "windows-1251", "iso-8859-2", "iso-8859-15", "windows-1250"])
@pytest.mark.parametrize("text", ["Привет, мир", "é", "Größe"])
def test_utf8_under_the_label_of_an_alphabet_is_utf8(label: str, text: str) -> None:
    assert decode(text.encode(), label) == text


@pytest.mark.parametrize("text", ["café", "Grüße", "naïve", "“smart” – 5 €", "50 £", "10°", "¿Dónde?", "©"])
def test_a_single_letter_of_latin_1_is_latin_1(text: str) -> None:
    assert decode(text.encode("cp1252"), "iso-8859-1") == text
    assert decode(text.encode("cp1252"), "") == text


@pytest.mark.timeout(60)  # what is quadratic takes hours
def test_guessing_takes_no_time() -> None:
    assert decode(bytes(range(128, 256)) * 100_000, "")
    assert decode("订单".encode("gbk") * 1_000_000 + b"\xff", "").startswith("订单订单")


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
