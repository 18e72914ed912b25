"""What is asked before the first message: read from the settings, kept with the conversation, told to the agents."""

from typing import Any

import pytest
from django.test import Client

from channels_webchat.form import OPTIONAL, REQUIRED, Form, answers_of, form_of
from channels_webchat.wordings import Wording, wording
from csplatform.conversations.models import Conversation, Message
from csplatform.gateway.models import ChannelAccount
from tests.channels_webchat.conftest import a_message, token_of
from tests.channels_webchat.test_http import post

SETTINGS: dict[str, Any] = {
    "ask_name": "optional",
    "ask_email": "required",
    "ask_topics": ["Orders | zh-Hans: 订单 | ja: 注文", "Returns"],
    "topics_required": True,
    "ask_question": "Order number | zh-Hans: 订单号",
    "consent": "I agree to the [privacy policy](https://shop.example/p) | zh-Hans: 我同意[隐私政策](https://shop.example/p)",
    "consent_required": True,
}


@pytest.mark.parametrize(
    ("setting", "language", "shown"),
    [
        ("Orders | zh-Hans: 订单", "zh-hans", "订单"),
        ("Orders | zh-Hans: 订单", "zh-TW", "订单"),
        ("Orders | zh-Hans: 订单", "ja", "Orders"),
        ("Orders | en: Your orders", "en", "Your orders"),
        ("Pedidos | en: Orders", "ja", "Pedidos"),
        ("This | or that: both", "en", "This | or that: both"),
    ],
)
def test_a_text_in_several_languages(setting: str, language: str, shown: str) -> None:
    found = wording(setting)
    assert found
    assert found.in_language(language) == shown


@pytest.mark.parametrize("setting", ["", "  ", None, 5, [], "| es: Hola"])
def test_a_text_that_is_none(setting: object) -> None:
    assert wording(setting) is None


def test_the_form_speaks_the_reader_s_language() -> None:
    assert form_of(SETTINGS).facts("zh-hans") == {
        "name": OPTIONAL,
        "email": REQUIRED,
        "topics": [["Orders", "订单"], ["Returns", "Returns"]],
        "needsTopic": True,
        "question": "订单号",
        "needsQuestion": False,
        "consent": "我同意[隐私政策](https://shop.example/p)",
        "needsConsent": True,
    }


@pytest.mark.parametrize(
    "settings", [{}, {"ask_name": "always", "ask_topics": "x", "consent": 5, "topics_required": True}]
)
def test_nothing_is_asked_that_makes_no_sense(settings: dict[str, Any]) -> None:
    assert form_of(settings) == Form()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            {"topic": "Orders", "question": " A\n1 ", "agreed": True},
            {"topic": "Orders", "question": "A 1", "agreed": "Yes"},
        ),
        ({"topic": "Weapons", "question": "", "agreed": "true"}, {}),
        ({"topic": ["Orders"], "question": 5}, {}),
        (None, {}),
        ("Orders", {}),
    ],
)
def test_only_what_was_asked_counts_as_answered(said: object, kept: dict[str, str]) -> None:
    form = Form(topics=(Wording("Orders"),), question=Wording("Number"), consent=Wording("Yes"))
    assert answers_of(form, said) == kept


@pytest.mark.django_db
def test_agents_are_told_the_answers_once(account: ChannelAccount) -> None:
    account.settings = SETTINGS
    account.save()
    delivery = a_message() | {"answers": {"topic": "Orders", "question": "A-17", "agreed": True, "hack": "x"}}
    for _try in range(3):
        assert post(account, token_of(account, "ada"), delivery).status_code == 201
    assert post(account, token_of(account, "ada"), a_message("More")).status_code == 201
    note = Message.objects.get(kind="note")
    assert note.text == (
        "Topic: Orders\nOrder number: A-17\nAgreed to: I agree to the [privacy policy](https://shop.example/p)"
    )
    assert [tag.name for tag in Conversation.objects.get().tags.all()] == ["Orders"]
    assert Message.objects.filter(kind="event", verb="tagged").count() == 1


@pytest.mark.django_db
def test_the_page_has_the_fields_that_are_asked(client: Client, account: ChannelAccount) -> None:
    account.settings = SETTINGS
    account.save()
    page = client.get("/chat/shop/frame/?lang=zh-CN").content.decode()
    assert '<option value="Orders">订单</option>' in page
    assert "订单号" in page
    assert 'id="details"' not in page  # asked before, not once more after the first message
