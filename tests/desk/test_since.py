"""What an open screen is sent when something happens: little for a customer's words, all for everything else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation
from csplatform.conversations.services import lock, touch
from csplatform.flows import assign
from csplatform.flows.send_later import Answer, submit
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, lines_in, partial_for, text_of
from tests.factories import make_account, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(team: Team) -> ChannelAccount:
    return make_account("webchat", address="shop", name="Shop chat", team=team)


@pytest.fixture
def conversation(chat: ChannelAccount) -> Conversation:
    return say(chat, "我的订单还没有到", sender="ming").conversation


def since(desk: Client, conversation: Conversation, revision: int) -> Any:
    return desk.get(f"/inbox/c/{conversation.pk}/since/{revision}/", headers=HTMX)


def known(conversation: Conversation) -> int:
    return Conversation.objects.get(pk=conversation.pk).revision


def brings_everything(response: Any) -> bool:
    return 'hx-target="#contact-card"' in text_of(response)


def test_words_bring_themselves_and_what_they_change(
    desk: Client, chat: ChannelAccount, conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = known(conversation)
    said = [say(chat, text, sender="ming").pk for text in ("还在吗？", "请回答")]
    desk.get("/inbox/")  # what is loaded once
    with django_assert_num_queries(6):  # session, agent, conversation, lines, their files, what waits to be sent
        response = since(desk, conversation, before)
    assert lines_in(response) == said
    assert not brings_everything(response)
    assert f'value="{before + 2}" data-seq="{before + 2}"' in partial_for(response, "#revision")
    assert f"#{conversation.pk}" in partial_for(response, "#head-sub")
    assert 'id="head-language"' in partial_for(response, "#head-language")
    partial_for(response, "#composer-hint")


def test_words_show_that_a_planned_answer_may_be_out_of_date(
    desk: Client, chat: ChannelAccount, conversation: Conversation, ana: User
) -> None:
    submit(conversation.pk, Answer("明天到", uuid4(), at=clock.now() + timedelta(hours=2)), by=ana)
    before = known(conversation)
    assert "明天到" in partial_for(since(desk, conversation, before - 1), "#planned")
    say(chat, "还在吗？", sender="ming")
    response = since(desk, conversation, before)
    assert not brings_everything(response)
    assert 'class="chip wrote"' in partial_for(response, "#planned")


@pytest.mark.parametrize("also", ["assigned", "touched"])
def test_what_else_happened_brings_everything(
    desk: Client, chat: ChannelAccount, conversation: Conversation, ana: User, also: str
) -> None:
    before = known(conversation)
    if also == "assigned":
        assign.assign(conversation.pk, to=ana, by=Actor.agent(ana))
    else:
        touch(lock(conversation.pk))
    said = say(chat, "还在吗？", sender="ming")
    response = since(desk, conversation, before)
    assert lines_in(response)[-1] == said.pk
    assert brings_everything(response)
    assert f'value="{known(conversation)}"' in partial_for(response, "#conversation-head")


def test_a_mail_brings_everything_as_it_changes_whom_an_answer_goes_to(desk: Client, team: Team) -> None:
    mailbox = make_account("email", name="Support", address="help@shop.example", team=team)
    thread = say(mailbox, "Where is it?", sender="ada@customer.example", subject="My order").conversation
    before = known(thread)
    say(mailbox, "Hello?", sender="ada@customer.example", thread_refs=(thread.messages.get(seq=before).external_id,))
    response = since(desk, thread, before)
    assert lines_in(response)
    assert brings_everything(response)
