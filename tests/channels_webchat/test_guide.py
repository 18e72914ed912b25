"""The help centre in the chat: what everybody may read, what is counted, and how often."""

import pytest
from django.core.cache import cache
from django.test import Client

from channels_webchat import limits
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import Article, Category
from tests.channels_webchat.conftest import token_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def article(account: ChannelAccount) -> Article:
    cache.clear()
    return Article.objects.create(
        slug="late", is_published=True, category=Category.objects.create(name_en="Orders"),
        title_en="Where is my order?", summary_en="Late parcels.", body_en="Look at the **number**.",
        title_zh_hans="我的订单到哪里了？", body_zh_hans="请查看运单号。",
    )  # fmt: skip


def judge(client: Client, account: ChannelAccount, visitor: str, *, helped: bool, slug: str = "late") -> int:
    headers = {"authorization": f"Bearer {token_of(account, visitor)}"}
    place = f"/chat/shop/help/{slug}/verdict/"
    return client.post(place, {"helped": helped}, content_type="application/json", headers=headers).status_code


def test_articles_are_found_and_may_be_kept(client: Client) -> None:
    answer = client.get("/chat/shop/help/", {"q": "订单", "lang": "zh-CN"})
    assert answer.json() == {
        "articles": [
            {"slug": "late", "title": "我的订单到哪里了？", "summary": "", "category": "Orders", "language": "zh-Hans"}
        ]
    }
    assert answer["Cache-Control"] == "public, max-age=60"
    assert "Accept-Language" in answer["Vary"]
    assert not answer.cookies
    assert client.get("/chat/shop/help/", {"q": "zebra", "lang": "en"}).json() == {"articles": []}
    assert [one["title"] for one in client.get("/chat/shop/help/?lang=en").json()["articles"]] == ["Where is my order?"]


def test_an_article_is_read(client: Client, article: Article) -> None:
    answer = client.get("/chat/shop/help/late/?lang=en")
    assert answer.json()["html"] == "<p>Look at the <strong>number</strong>.</p>\n"
    assert answer["Cache-Control"] == "public, max-age=300"
    article.is_published = False
    article.save()
    assert client.get("/chat/shop/help/late/?lang=en").status_code == 404


def test_a_chat_without_a_help_centre(client: Client, account: ChannelAccount) -> None:
    account.settings = {"help": False}
    account.save()
    for place in ("help/", "help/late/"):
        assert client.get(f"/chat/shop/{place}").status_code == 404
    assert 'id="guide"' not in client.get("/chat/shop/frame/").content.decode()


def test_a_visitor_s_word_counts_once(client: Client, account: ChannelAccount, article: Article) -> None:
    assert [judge(client, account, "ada", helped=helped) for helped in (True, False)] == [204, 204]
    assert judge(client, account, "bob", helped=False) == 204
    article.refresh_from_db()
    assert (article.helped, article.not_helped) == (1, 1)
    forged = {"authorization": "Bearer x"}
    assert (
        client.post("/chat/shop/help/late/verdict/", "{}", content_type="text/plain", headers=forged).status_code == 403
    )


def test_searches_and_verdicts_are_limited(
    client: Client, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_webchat.limits.SEARCHES", limits.Limit("searches", 1))
    assert [client.get("/chat/shop/help/?q=order").status_code for _try in range(2)] == [200, 429]
    monkeypatch.setattr("channels_webchat.limits.VERDICTS", limits.Limit("verdicts", 1))
    assert [judge(client, account, name, helped=True) for name in ("ada", "bob")] == [204, 429]
