"""Prepared texts come out in the customer's language, or the nearest there is."""

import pytest

from csplatform.conversations.models import Conversation
from csplatform.knowledge.models import CannedReply, SystemText
from csplatform.knowledge.selectors import canned_replies, render_canned, system_text
from tests.factories import make_conversation, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reply() -> CannedReply:
    return CannedReply.objects.create(
        shortcut="deposit",
        title_en="Deposit pending",
        title_zh_hans="充值处理中",
        body_en="Dear {{contact.name}}, it is on its way. {{ agent.name }} {{unknown.thing}}",
        body_zh_hans="{{contact.name}}您好，您的充值正在处理中。",
    )


@pytest.mark.parametrize(
    ("language", "body", "found"),
    [
        ("zh-Hans", "李雷您好，您的充值正在处理中。", "zh-Hans"),
        ("zh-Hant", "李雷您好，您的充值正在处理中。", "zh-Hans"),
        ("en-GB", "Dear 李雷, it is on its way. Mei ", "en"),
        ("fr", "Dear 李雷, it is on its way. Mei ", "en"),
        ("", "Dear 李雷, it is on its way. Mei ", "en"),
    ],
)
def test_canned_reply_follows_the_conversations_language(
    reply: CannedReply, language: str, body: str, found: str
) -> None:
    conversation = make_conversation(name="李雷")
    Conversation.objects.update(language=language)
    conversation.refresh_from_db()
    rendered = render_canned(reply, conversation, make_user(name="Mei"))
    assert (rendered.body, rendered.language) == (body, found)


def test_canned_replies_are_found_in_any_language_and_by_team(reply: CannedReply) -> None:
    wallet = make_team()
    CannedReply.objects.create(shortcut="wallet-only", title="Wallet", body="x", team=wallet)
    outsider, insider = make_user(), make_user(teams=[wallet])
    assert [r.shortcut for r in canned_replies(outsider)] == ["deposit"]
    assert [r.shortcut for r in canned_replies(insider)] == ["deposit", "wallet-only"]
    assert [r.shortcut for r in canned_replies(insider, "充值")] == ["deposit"]


def test_system_text_may_be_missing() -> None:
    assert system_text(SystemText.Key.RECEIVED, "es") is None
    SystemText.objects.create(key="received", subject_es="Recibido", body_es="Gracias", body_en="Thanks")
    text = system_text(SystemText.Key.RECEIVED, "es-MX")
    assert text is not None
    assert (text.subject, text.body, text.language) == ("Recibido", "Gracias", "es")
