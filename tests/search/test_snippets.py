"""Where it matches, and how that is shown."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from csplatform.conversations.models import Conversation
from csplatform.flows import reply as replies
from csplatform.gateway.contract import HandleKind
from csplatform.people.models import Role
from csplatform.search.query import read
from csplatform.search.services import catch_up
from csplatform.search.snippets import around, explain
from tests.factories import make_account, make_user, say


def marked(text: str, query: str) -> str:
    return "".join(f"[{part}]" if matches else part for part, matches in around(text, read(query).look))


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("My refund is late", "refu", "My [refund] is late"),
        ("Refund, refund!", "refund", "[Refund], [refund]!"),
        ("我想退款，谢谢", "退", "我想[退]款，谢谢"),
        ("我想退款，谢谢", "退款", "我想[退款]，谢谢"),
        ("我想refund退款", "refu", "我想[refund]退款"),
        ("हिन्दी में", "हिन्दी", "[हिन्दी] में"),
        ("Die Straße in Köln", "strasse koln", "Die [Straße] in [Köln]"),
        ("Herr Müller", "mueller", "Herr [Müller]"),
        ("Herr Mueller", "müller", "Herr [Mueller]"),
        ("Cafe\u0301 fermé", "café", "[Cafe\u0301] fermé"),
        ("ＦＵＬＬ width ㌔", "full", "[ＦＵＬＬ] width ㌔"),
        ("مَرْحَبًا يا", "مرحبا", "[مَرْحَبًا] يا"),
        ("ขอคืนเงินค่ะ", "คืนเงิน", "ขอ[คืนเงิน]ค่ะ"),
        ("a b  c\n\nd", '"b c"', "a [b c] d"),
        ("order AB-1234/5 now", "ab12345", "order AB-1234/5 now"),
        ("order AB-1234/5 now", "AB 1234", "order [AB]-[1234]/5 now"),
        ("order AB-1234/5 now", "ab-1234/5", "order [AB-1234/5] now"),
        ("call +49 (0)30 1234-5678 now", "030 12345678", "call [+49 (0)30 1234-5678] now"),
        ("<b>refund</b>", "refund", "<b>[refund]</b>"),
    ],
)
def test_what_matches_is_marked(text: str, query: str, shown: str) -> None:
    assert marked(text, query) == (shown if "[" in shown else "")


def test_a_long_text_is_cut_around_the_first_match() -> None:
    text = "before " * 2000 + "the refund " + "after " * 2000
    shown = marked(text, "refund")
    assert re.fullmatch(r"…(before )+the \[refund\] (after )+.*…", shown)
    assert len(shown) < 160


@pytest.mark.parametrize(
    "text", ["1" * 20_000, "1 " * 10_000, "a" * 20_000, "ﷺ" * 9_000 + " refund", "ß" * 9_000 + " refund"]
)
@pytest.mark.timeout(20)
def test_no_text_takes_long(text: str) -> None:
    assert marked(text, "2345678") == marked(text, "aab refund2 030 2222222") == ""
    assert ("[refund]" in marked(text, "refund")) == ("refund" in text)


@pytest.fixture
def conversation(db: None) -> Conversation:
    said = say(
        make_account("threaded"),
        "About my kettle",
        sender="ana@shop.example",
        name="Ana Torres",
        kind=HandleKind.EMAIL,
        subject="Broken things",
    )
    said.attachments.create(name="receipt.pdf", content_type="application/pdf")
    replies.note(said.conversation_id, by=make_user(), text="A regular customer", key=uuid4())
    catch_up()
    return said.conversation


@pytest.mark.parametrize(
    ("query", "where", "text"),
    [
        ("kettle", "message", "About my kettle"),
        ("regular", "note", "A regular customer"),
        ("receipt", "file", "receipt.pdf"),
        ("broken", "subject", "Broken things"),
        ("torres", "contact", "Ana Torres · ana@shop.example"),
        ("ana@shop", "contact", "Ana Torres · ana@shop.example"),
        ("ana kettle", "message", "About my kettle"),
    ],
)
def test_where_it_matches(conversation: Conversation, query: str, where: str, text: str) -> None:
    snippet = explain([conversation.pk], read(query))[conversation.pk]
    assert (snippet.where, "".join(part for part, _ in snippet.parts)) == (where, text)


def test_the_list_shows_it_escaped(db: None) -> None:
    client = Client()
    client.force_login(make_user(role=Role.SUPERVISOR), backend="allauth.account.auth_backends.AuthenticationBackend")
    said = say(make_account(), "<script>alert(1)</script> & a refund")
    catch_up()
    page = client.get("/inbox/", {"q": "refund script"}).content.decode()
    row = page.split(f'id="row-{said.conversation_id}"')[1].split("</li>")[0]
    assert "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt; &amp; a <mark>refund</mark>" in row
    assert "Message" in row
    assert "<script>alert" not in page
    assert "<mark>" not in client.get("/inbox/").content.decode()
