"""What is found by what was typed, in many languages."""

import pytest

from tests.factories import make_account, say
from tests.search.conftest import Find


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("我想退款，谢谢", ["退", "款", "退款", "想退款", "退款 谢谢", "“想退款”", "谢"]),
        ("注文がキャンセルされました", ["注", "キャンセル", "ｷｬﾝｾﾙ", "文が", "ました"]),
        ("환불을 원합니다", ["환", "환불", "원합니다"]),
        ("ขอคืนเงินค่ะ", ["คืนเงิน", "คืน", "ขอ"]),
        ("أين طلبي؟ الرقم ١٢٣٤", ["طلبي", "اين", "طَلَبِي", "1234"]),
        ("مَرْحَبًا", ["مرحبا", "مَرْحَبًا"]),
        ("Grüße von Müller, Straße 5", ["müller", "Muller", "mueller", "STRASSE", "straße", "grüsse", "gruesse"]),
        ("Le café est fermé à l’Élysée", ["cafe", "CAFÉ", "ferme", "elysee", "Élysée", "l'elysee"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ　１２３", ["full", "width 123", "ＷＩＤＴＨ"]),
        ("İstanbul ve ışık", ["istanbul", "ISTANBUL", "İSTANBUL", "ISIK", "ışık"]),
        ("Где моя ёлка", ["елка", "ёлка", "ЁЛКА", "где"]),
        ("हिन्दी में लिखिए", ["हिन्दी", "लिखिए"]),
        ("It works 👍🏽", ["👍", "works 👍"]),
        ("My refund for AB-1234/5", ["refu", "refund ab", "AB-1234/5", "ab12345", "1234/5", "AB 1234", "ab-123"]),
        ("Call +49 (0)30 1234-5678", ["030 12345678", "+493012345678", "0049 30 12345678", "12345678", "1234 5678"]),
        ("write to Ana.Torres@shop.example", ["ana.torres@shop.example", "torres@shop", "shop.example", "ANA.TORRES"]),
        ("don't worry", ["don't", "dont", "don’t", '"don\'t worry"']),
    ],
)
def test_a_text_is_found_by(text: str, queries: list[str], found: Find) -> None:
    account = make_account()
    said = say(account, text, sender="one")
    say(account, "Something else altogether", sender="two")
    for query in queries:
        assert found(query) == [said.conversation_id], query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我想退款", "款退"),
        ("我想退款", "退货"),
        ("My refund", "efund"),
        ("My refund", "refund money"),
        ("My refund is late", '"refund late"'),
        ("My refunds", "refund money"),
        ("My refunds", '"my refund"'),
        ("がき", "かき"),
        ("order 2024-15", "15-2024"),
        ("Call 030 12345678", "030 12345679"),
        ("Hello", "%"),
        ("Hello", "h_llo"),
        ("Hello", "' | !& :* \\ <-> ()"),
        ("Hello", "hello:*x"),
        ("Hello", "!hello2"),
        ("Hello", "=d20000"),
        ("Hello", "…"),
        ("Hello", "#"),
    ],
)
def test_a_text_is_not_found_by(text: str, query: str, found: Find) -> None:
    say(make_account(), text)
    assert found(query) == []


@pytest.mark.parametrize("query", ["hello'", "hello & ", "(hello", "!hello", "hello:*", "\\hello"])
def test_operators_mean_nothing(query: str, found: Find) -> None:
    said = say(make_account(), "Hello there")
    assert found(query) == [said.conversation_id]
