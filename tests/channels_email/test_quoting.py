"""What was written is told apart from what was quoted."""

import json

import pytest

from channels_email.quoting import fold
from tests.channels_email.mails import CORPORA, needs_corpora

REPLIES = {
    "english": ("Thanks!", "On Mon, 2 Mar 2026 at 10:00, Ada <ada@x.example> wrote:\n> old"),
    "broken line": ("Thanks!", "On Mon, 2 Mar 2026 at 10:00, Ada Augusta\nLovelace <ada@x.example> wrote:\n> old"),
    "german": ("Danke!", "Am 02.03.2026 um 10:00 schrieb Ada:\n> alt"),
    "french": ("Merci !", "Le lun. 2 mars 2026 à 10:00, Ada <ada@x.example> a écrit :\n> vieux"),
    "spanish": ("¡Gracias!", "El lun, 2 mar 2026 a las 10:00, Ada (<ada@x.example>) escribió:\n> viejo"),
    "chinese": ("谢谢！", "Ada <ada@x.example> 于2026年3月2日周一 10:00写道：\n> 旧"),
    "chinese client": ("谢谢！", "------ 原始邮件 ------\n发件人: Ada\n发送时间: 2026年3月2日\n主题: 订单\n\n旧"),
    "chinese header": ("谢谢！", "发件人: Ada\n发送时间: 2026年3月2日\n收件人: us\n主题: 订单\n\n旧"),
    "japanese": ("ありがとうございます。", "2026年3月2日(月) 10:00 Ada <ada@x.example>:\n> 旧"),
    "korean": ("감사합니다", "2026년 3월 2일 (월) 오전 10:00, Ada <ada@x.example>님이 작성:\n> 옛"),
    "arabic": ("شكراً", "في الاثنين، 2 مارس 2026 10:00 م، كتب Ada <ada@x.example>:\n> قديم"),
    "russian": ("Спасибо", "пн, 2 мар. 2026 г. в 10:00, Ada <ada@x.example>:\n> старое"),
    "outlook": ("Thanks!", "________________\nFrom: Ada <ada@x.example>\nSent: Monday\nTo: us\nSubject: Order\n\nold"),
    "original": ("Thanks!", "-----Original Message-----\nFrom: Ada\n\nold"),
    "zoho": ("Thanks!", "---- On Mon, 02 Mar 2026 10:00:00 +0000 ada@x.example wrote ----\n\nold"),
    "signature": ("Thanks!", "-- \nAda Lovelace\nAnalyst"),
    "phone": ("Thanks!", "Sent from my iPhone"),
    "chinese phone": ("谢谢！", "发自我的iPhone"),
    "bare quote": ("Thanks!", "> old\n> older"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REPLIES)
def test_the_rest_is_folded_away(kind: str) -> None:
    written, rest = REPLIES[kind]
    folded = fold(f"{written}\n\n{rest}\n")
    assert (folded.text, folded.is_shorter) == (written, True)


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, he wrote:\nnothing at all",
        "I need mails that come\nFrom: our database\nand nowhere else",
        "Two points:\n-- the first\n-- the second\nThanks",
        "This was sent from my iPhone app, and it broke.\nWhat now?",
        "> only a quotation",
        "I agree.\n\n> And this?\n\nThis too.\n\n> And that?\n\nNot that.",
        "第一行\n第二行",
    ],
)
def test_what_a_person_wrote_is_left_alone(text: str) -> None:
    folded = fold(text)
    assert (folded.text, folded.is_shorter) == (text, False)


def test_an_answer_below_the_quotation_is_the_answer() -> None:
    assert fold("On 2 Mar 2026, Ada wrote:\n> Which colour?\n\nBlue, please.").text == "Blue, please."


def test_answers_between_quoted_lines_keep_them() -> None:
    text = (
        "On 2 Mar 2026, Ada wrote:\n> Which colour?\n\nBlue, as it always was.\n\n> Which size?\n\nAs big as the last."
    )
    assert fold(f"Hi\n\n{text}").text == f"Hi\n\n{text}"


def test_a_text_is_never_folded_to_nothing() -> None:
    for text in (
        "-- \nAda",
        "Sent from my iPhone",
        "-----Original Message-----\nFrom: x",
        "> x",
        "On 2 Mar 2026 Ada wrote:",
    ):
        assert fold(text).text.strip()


ATTRIBUTION = "On 2 Mar 2026, at 10:00, Ada <a@x.example> wrote:\n"
NASTY = {
    "one word": "a" * 1_000_000,
    "addresses": "x@" * 500_000,
    "dates": "On 3 May we " * 100_000,
    "ons": "On " * 300_000,
    "ons in lines": "On \n" * 300_000,
    "blank lines": "\n" * 1_000_000,
    "spaces": " " * 1_000_000 + "x",
    "spaces in lines": (" " * 1_000 + "x\n") * 1_000,
    "greater": ">" * 1_000_000,
    "greater in lines": (">" * 100 + "\n") * 10_000,
    "less": "<" * 1_000_000,
    "dashes": "-" * 1_000_000,
    "dashes in lines": "--\n" * 19_000,
    "rules": ("-" * 60 + "\n") * 19_000,
    "colons": ": \n" * 19_000,
    "headers": "From: a\n\n" * 9_000,
    "whole headers": "From: a@x\nTo: b\nDate: c\n" * 6_000,
    "attributions": ATTRIBUTION * 19_000,
    "answered": f"x\n{ATTRIBUTION}> q\nanswer\n" * 4_700,
    "broken attributions": "On 2 Mar 2026, at 10:00\n" * 19_000,
    "signatures above a quote": "-- \n" * 18_000 + "> q",
    "devices": "Sent from my iPhone\n" * 19_000,
    "long lines": ("Sent from my " * 12 + "\n") * 6_000,
    "numbers": "12:00 10.10.10 " * 60_000,
    "chinese": "在2026年3月2日，写道\n" * 19_000,
}


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize("kind", NASTY)
def test_strange_texts_take_no_time(kind: str) -> None:
    assert len(fold(NASTY[kind]).text) <= len(NASTY[kind])
    assert fold("\n".join(["words", NASTY[kind], "words"])).text.startswith("words")


@pytest.mark.corpora
@needs_corpora
def test_most_answered_mails_are_folded_exactly() -> None:
    lines = (CORPORA / "replies" / "expected.jsonl").read_text().splitlines()
    cases = [json.loads(line) for line in lines]
    wrong = [case["id"] for case in cases if fold(case["text"]).text != case["expected_reply"].strip("\n")]
    assert len(wrong) <= len(cases) * 0.1, wrong


@pytest.mark.corpora
@needs_corpora
def test_no_answered_mail_is_folded_to_nothing() -> None:
    paths = sorted((CORPORA / "replies" / "raw").rglob("*.txt"))
    assert len(paths) > 200
    empty = [path.name for path in paths if not fold(path.read_text("utf-8", "replace")).text.strip()]
    assert empty == []
