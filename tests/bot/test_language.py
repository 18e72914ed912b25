"""Which language a customer writes, and which one is answered in."""

import json
from pathlib import Path

import pytest

from csplatform.bot.language import SWITCH_CONFIDENCE, DetectedLanguage, choose_language, detect_language

CORPUS = Path(__file__).parents[3] / "shared/corpora/languages/lingua_sample.jsonl"


def code_of(text: str) -> str | None:
    found = detect_language(text)
    return found.code if found else None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Where is my order?", "en"),
        ("The app crashes when I log in", "en"),
        ("¿Dónde está mi pedido? Me cobraron dos veces.", "es"),
        ("Où est ma commande ?", "fr"),
        ("je n'ai rien reçu", "fr"),
        ("Ich möchte die Bestellung stornieren", "de"),
        ("Onde está o meu pedido? Não consigo entrar", "pt"),
        ("dov'è il mio ordine?", "it"),
        ("ik kan niet inloggen op mijn account", "nl"),
        ("nie mogę się zalogować do konta", "pl"),
        ("siparişim hâlâ gelmedi, iade etmek istiyorum", "tr"),
        ("var är min beställning? paketet har inte kommit", "sv"),
        ("missä tilaukseni on?", "fi"),
        ("kapan barang saya dikirim?", "id"),
        ("đơn hàng của tôi đâu?", "vi"),
        ("где мой заказ? не могу войти в личный кабинет", "ru"),
        ("де моє замовлення? посилка ще не прийшла", "uk"),
        ("لم يصل الطرد حتى الآن، أين طلبي؟", "ar"),
        ("سفارش من کجاست؟", "fa"),
        ("איפה ההזמנה שלי", "he"),
        ("मेरा ऑर्डर अभी तक नहीं आया", "hi"),
        ("สินค้าอยู่ที่ไหน", "th"),
        ("πού είναι η παραγγελία μου;", "el"),
        ("kde je moje objednávka?", "cs"),
        ("unde este comanda mea?", "ro"),
        ("hol van a rendelésem?", "hu"),
        ("我的订单在哪里?", "zh-Hans"),
        ("我的訂單在哪裡?", "zh-Hant"),
        ("唔該,我想退貨", "zh-Hant"),
        ("注文した商品がまだ届きません", "ja"),
        ("営業時間", "ja"),
        ("주문한 상품이 아직 안 왔어요", "ko"),
    ],
)
def test_real_messages(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("Hi", "en"), ("hola!", "es"), ("Merci 🙏", "fr"), ("Danke!", "de"), ("Привет", "ru"), ("مرحبا", "ar")],
)
def test_a_greeting_alone(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "12345",
        "😀🎉",
        "??",
        "AB-1234",
        "https://example.com/wo-ist-meine-bestellung",
        "kunde.meier@example.de",
        "> Wo ist meine Bestellung?\n> Danke",
        "```\nwhere is my order\n```",
        "`select name from orders`",
        "<b></b>",
    ],
)
def test_what_tells_nothing(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我想问一下 my account 的问题", "zh-Hans"),
        ("What does 支払い mean on the invoice?", "en"),
        ("iPhone 14 Pro が届きません", "ja"),
        ("Mein Login klappt nicht\n> Hello, how can we help you today with your account?\n> Regards", "de"),
        ("Où est ma commande https://shop.example/where-is-my-order-please ?", "fr"),
    ],
)
def test_mixed_text(text: str, code: str) -> None:
    assert code_of(text) == code


def test_half_a_character_does_no_harm() -> None:
    assert code_of("Wo ist meine Bestellung? \ud83d") == "de"


def test_decomposed_letters_are_letters() -> None:
    assert code_of("Bom dia, na\u0303o consigo entrar na minha conta") == "pt"


@pytest.mark.timeout(5)
@pytest.mark.parametrize("unit", ["a", "a-", "a.", "1", "<a", "`", "> ", "@a", "我"])
def test_a_flood_of_one_sign_is_answered_in_time(unit: str) -> None:
    found = detect_language(unit * 200_000)
    assert found is None or 0 <= found.confidence <= 1


def test_chinese_without_a_decisive_character_says_so() -> None:
    assert detect_language("你好") == DetectedLanguage("zh-Hans", 0.97, 6, script_known=False)


def test_two_characters_that_may_be_japanese_decide_nothing() -> None:
    assert choose_language(detect_language("東京"), default="en", stated="ja") == "ja"


def test_confidence_is_a_share() -> None:
    found = detect_language("Ich möchte die Bestellung stornieren")
    assert found is not None
    assert 0.9 < found.confidence <= 1
    assert found.evidence == 32


GERMAN = DetectedLanguage("de", 0.99, 40)


def test_a_new_conversation_takes_the_language_of_its_message() -> None:
    assert choose_language(GERMAN, default="en", stated="fr", contact="es") == "de"


def test_a_doubtful_message_leaves_the_choice_to_what_is_known() -> None:
    doubtful = DetectedLanguage("de", 0.59, 40)
    assert choose_language(doubtful, default="en", stated="fr_CA", contact="es") == "fr-CA"
    assert choose_language(None, default="en", contact="es") == "es"
    assert choose_language(None, default="zh_TW", stated="nonsense!") == "zh-Hant"
    assert choose_language(None, default="nonsense!") == "en"


def test_a_short_message_does_not_flip_a_conversation() -> None:
    assert choose_language(detect_language("Danke!"), default="en", conversation="en") == "en"
    assert choose_language(detect_language("ok"), default="en", stated="de", conversation="fr") == "fr"


def test_length_without_confidence_does_not_flip_a_conversation() -> None:
    assert choose_language(DetectedLanguage("de", 0.89, 80), default="en", conversation="nl") == "nl"


def test_a_sure_and_long_message_flips_a_conversation() -> None:
    long = detect_language("Ich möchte die Bestellung stornieren und mein Geld zurück")
    assert choose_language(long, default="en", conversation="en") == "de"


def test_a_known_region_is_kept() -> None:
    portuguese = DetectedLanguage("pt", 0.99, 40)
    assert choose_language(portuguese, default="en", stated="pt_BR") == "pt-BR"
    assert choose_language(portuguese, default="pt-PT", conversation="pt-BR") == "pt-BR"


def test_the_known_script_decides_where_the_characters_do_not() -> None:
    assert choose_language(detect_language("你好"), default="en", stated="zh-HK") == "zh-Hant"
    assert choose_language(detect_language("我的订单在哪里"), default="en", stated="zh-HK") == "zh-Hans"


@pytest.mark.corpora
@pytest.mark.parametrize(("kind", "floor"), [("sentences", 0.95), ("word-pairs", 0.81)])
def test_accuracy_over_75_languages(kind: str, floor: float) -> None:
    """Every tenth text, 10 per language and kind; what gets no answer counts as wrong."""
    rows = [row for row in corpus() if row["kind"] == kind][::10]
    right = sum((code_of(row["text"]) or "").split("-")[0] == row["lang"] for row in rows)
    assert len(rows) == 750
    assert right / len(rows) >= floor


@pytest.mark.corpora
def test_what_may_flip_a_conversation_is_nearly_always_right() -> None:
    rows = [row for row in corpus() if row["kind"] == "sentences"][::10]
    found = [(detect_language(row["text"]), row["lang"]) for row in rows]
    sure = [(one.code.split("-")[0], lang) for one, lang in found if one and one.confidence >= SWITCH_CONFIDENCE]
    assert len(sure) / len(rows) >= 0.88
    assert sum(code == lang for code, lang in sure) / len(sure) >= 0.98


def corpus() -> list[dict[str, str]]:
    if not CORPUS.exists():
        pytest.skip("the language corpus is not on this machine")
    return [json.loads(line) for line in CORPUS.read_text().split("\n") if line]
