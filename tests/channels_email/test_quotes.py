"""Signature and history below an answer."""

from datetime import UTC, datetime

import pytest

from channels_email.quotes import LONGEST_HTML, LONGEST_QUOTE
from channels_email.quoting import fold
from csplatform.gateway.contract import QuotedMessage
from tests.channels_email.test_compose import sent

ASKED = QuotedMessage("Ada\r\nLovelace", datetime(2026, 3, 2, 10, 0, tzinfo=UTC), "Where is it?\n> earlier\n\nAda")
EARLIER = QuotedMessage("Support", datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "Sent.")
SIGNATURE = "Your shop\nOpen 9–17"


def plain(**changes: object) -> str:
    body = sent(**changes).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").rstrip("\n")


def markup(**changes: object) -> str:
    body = sent(text="It comes.", html="<p>It comes.</p>", **changes).get_body(("html",))
    assert body is not None
    return str(body.get_content()).strip()


def test_plain_text_ends_with_history_and_signature() -> None:
    text = plain(text="It comes.\n", quoted=(ASKED, EARLIER), signature=SIGNATURE)
    assert text == (
        "It comes.\n\n"
        "On March 2, 2026, 10 a.m. (UTC), Ada Lovelace wrote:\n> Where is it?\n>> earlier\n>\n> Ada\n\n"
        "On March 1, 2026, 9:30 a.m. (UTC), Support wrote:\n> Sent.\n\n"
        "-- \nYour shop\nOpen 9–17"
    )


def test_our_own_reader_folds_all_of_it_away() -> None:
    assert fold(plain(text="It comes.", quoted=(ASKED, EARLIER), signature=SIGNATURE)).text == "It comes."


def test_plain_text_stays_plain_text() -> None:
    mail = sent(quoted=(ASKED,), signature=SIGNATURE)
    assert mail.get_content_type() == "text/plain"


def test_a_blank_signature_leaves_no_delimiter() -> None:
    assert plain(text="It comes.", signature=" \n") == "It comes."


def test_html_has_the_signature_below_the_answer_and_the_history_below_it() -> None:
    html = markup(quoted=(ASKED,), signature="A & B\n<Shop>")
    answer, signature, line, quote = map(
        html.index, ("It comes.", "-- <br>A &amp; B<br>&lt;Shop&gt;", "On March 2, 2026", "<blockquote")
    )
    assert answer < signature < line < quote
    assert "Where is it?" in html
    assert html.endswith("</blockquote>")


def test_quoted_html_is_harmless() -> None:
    evil = (
        '<title>t</title><style>p{}</style><p onclick="x()">Where <b>is</b> it?</p><script>alert(1)</script>'
        '<img src="https://spy.example/p.gif"><a href="javascript:x()">a</a></blockquote></body></html>'
    )
    quote = markup(quoted=(QuotedMessage("Ada", ASKED.sent_at, "text", evil),)).partition("<blockquote")[2]
    assert "<p>Where <b>is</b> it?</p>" in quote
    for word in ("script", "onclick", "spy", "style>", "<title", "<img", "</body"):
        assert word not in quote
    assert quote.count("</blockquote>") == 1


def test_a_whole_document_is_answered_inside_its_body() -> None:
    mail = sent(html="<html><body><p>Yes</p></body></html>", text="Yes", signature="Shop").get_body(("html",))
    assert mail is not None
    assert mail.get_content().strip().endswith("<br>Shop</div></body></html>")


def test_a_letter_in_html_alone_gets_a_plain_form() -> None:
    assert plain(text="", html="<p>Hello <b>you</b></p>") == "Hello you"


@pytest.mark.parametrize("language", ["", "en", "xx", "../../etc", "zh-Hans-CN"])
def test_any_language_has_a_line(language: str) -> None:
    assert "2026" in plain(quoted=(EARLIER,), language=language)


def test_history_does_not_grow_without_end() -> None:
    huge = QuotedMessage("Ada", ASKED.sent_at, "x" * (2 * LONGEST_QUOTE), "<p>" + "y" * LONGEST_HTML + "</p>")
    assert len(plain(quoted=(huge,))) < LONGEST_QUOTE + 200
    html = markup(quoted=(huge,))
    assert len(html) < LONGEST_QUOTE + 1000
    assert "yyy" not in html
