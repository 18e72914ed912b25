"""The help centre: which articles are found, in which language, and what their text may do."""

import pytest
from django.test import Client

from csplatform.common.text import fold_loosely
from csplatform.knowledge.articles import count_verdict, find_articles, first_articles, read_article, terms_of
from csplatform.knowledge.models import Article, Category
from csplatform.knowledge.rendering import to_html
from csplatform.people.models import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def help_centre() -> None:
    orders = Category.objects.create(name_en="Orders", name_zh_hans="订单", position=1)
    lamps = Category.objects.create(name_en="Lamps", position=2)
    Article.objects.create(
        slug="late", category=orders, is_published=True,
        title_en="Where is my order?", summary_en="Late parcels.", body_en="Look at the tracking number.",
        title_zh_hans="我的订单到哪里了？", body_zh_hans="请点击运单号查看包裹位置。",
    )  # fmt: skip
    Article.objects.create(
        slug="returns", category=orders, position=1, is_published=True,
        title_en="Send it back", body_en="A refund for every order, within thirty days. Crème brûlée is no lamp.",
        title_ja="返品について", body_ja="ガラスのランプも返品できます。",
    )  # fmt: skip
    Article.objects.create(
        slug="clean", category=lamps, is_published=True, title_en="Clean a lamp", body_en="Use a cloth for the order."
    )
    Article.objects.create(slug="draft", category=lamps, title_en="Secret order", body_en="Nobody reads this order.")


def found(query: str, language: str = "en") -> list[str]:
    return [text.slug for text in find_articles(query, language, limit=5)]


@pytest.mark.parametrize(
    ("query", "language", "slugs"),
    [
        ("order", "en", ["late", "returns", "clean"]),  # the title first, then the order of the help centre
        ("refu", "en", ["returns"]),  # as it is being typed
        ("what is my refund", "en", ["returns"]),
        ("CREME BRULEE", "en", ["returns"]),
        ("ｃｌｅａｎ", "en", ["clean"]),
        ("订单", "zh-Hans", ["late"]),
        ("单", "zh-Hans", ["late"]),
        ("请问我的订单到哪里了", "zh-Hans", ["late"]),
        ("ｶﾞﾗｽ", "ja", ["returns"]),
        ("カ", "ja", []),  # voicing marks are no accents
        ("tracking", "zh-Hans", ["late"]),  # nothing in Chinese: the next language
        ("zebra", "en", []),
        ("100% _", "en", []),
        ("?!", "en", []),
        ("", "en", []),
    ],
)
def test_what_is_found(help_centre: None, query: str, language: str, slugs: list[str]) -> None:
    assert found(query, language) == slugs


def test_a_search_costs_three_queries(help_centre: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert found("order number tracking cloth")


def test_everything_is_read_in_the_nearest_language(help_centre: None) -> None:
    texts = first_articles("zh-Hans", limit=2)
    assert [(text.slug, text.title, text.category, text.language) for text in texts] == [
        ("late", "我的订单到哪里了？", "订单", "zh-Hans"),
        ("returns", "Send it back", "Orders", "en"),
    ]
    text, html = read_article("late", "zh-Hant") or pytest.fail("it is there")
    assert (text.language, html) == ("zh-Hans", "<p>请点击运单号查看包裹位置。</p>\n")
    assert read_article("draft", "en") is None
    assert read_article("none", "en") is None


def test_a_verdict_counts_for_what_is_published(help_centre: None) -> None:
    assert [count_verdict("late", helped=helped) for helped in (True, True, False)] == [True] * 3
    assert not count_verdict("draft", helped=True)
    article = Article.objects.get(slug="late")
    assert (article.helped, article.not_helped) == (2, 1)
    assert Article.objects.get(slug="draft").helped == 0


def test_markdown_becomes_html_that_runs_nothing() -> None:
    html = to_html(
        "# Steps\n\n1. **One**\n2. [Two](https://example.com)\n\n<script>alert(1)</script>\n"
        "[no](javascript:alert(1)) ![p](https://tracker.example/p.png)"
    )
    assert "<h3>Steps</h3>" in html
    assert '<a href="https://example.com" target="_blank" rel="noopener noreferrer">Two</a>' in html
    assert "<strong>One</strong>" in html
    assert "&lt;script&gt;" in html
    for bad in ("<script", 'href="javascript', "<img", "tracker.example"):
        assert bad not in html


def test_words_are_told_from_what_has_no_spaces() -> None:
    assert terms_of("Is my order in 订单号?") == ("order", "订单", "单号")
    assert terms_of("my") == ("my",)
    assert len(terms_of("订单" * 400)) == 2


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Ａ  Crème", "a creme"), ("Ёлка", "елка"), ("ガ", "ガ"), ("اَلْعَرَبِيَّة", "العربية"), ("ที่", "ที่"), ("한국", "한국")],
)
def test_folding_for_a_search(written: str, folded: str) -> None:
    assert fold_loosely(written) == folded


def test_a_supervisor_sees_how_it_will_look(help_centre: None, client: Client) -> None:
    client.force_login(make_user(role=Role.SUPERVISOR), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/admin/knowledge/article/{Article.objects.get(slug='late').pk}/change/").content.decode()
    assert '<section lang="zh-hans" dir="auto"><h2>我的订单到哪里了？</h2><p>请点击运单号' in page
    assert client.get("/admin/knowledge/article/?q=order").status_code == 200
    assert client.get("/admin/knowledge/category/add/").status_code == 200
