"""Slack, from a signed call to the inbox and back, through the doors that production uses."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.contacts.models import Contact
from csplatform.conversations.models import Attachment, Conversation, EventVerb
from csplatform.flows.profiles import ask
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import bring, content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.slack import APP, BOT, BOT_USER, CHANNEL, SECRET, TEAM, TOKEN, USER, SlackStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def app(slack: SlackStandIn) -> ChannelAccount:
    """A Slack account at the stand-in."""
    secrets = {"bot_token": TOKEN, "signing_secret": SECRET}
    return make_account("slack", address=TEAM, credentials=secrets, settings={"api_base": f"{slack.url}/api"})


def test_question_answer_edit_reaction_and_taking_back(
    client: Client, slack: SlackStandIn, app: ChannelAccount, rung: Any
) -> None:
    slack.files["F0PIC"] = ({"mimetype": "image/png"}, PNG)
    shared = {"id": "F0PIC", "name": "图.png", "mimetype": "image/png", "mode": "hosted"}
    with rung():
        assert (
            bring(client, app.token, slack, slack.message("注文 1234", ts="1772600767.000001", files=[shared])) == 200
        )
    conversation = Conversation.objects.get()
    assert (conversation.handle.external_id, content(Attachment.objects.get())) == (CHANNEL, PNG)
    ask(conversation.handle_id)
    assert Contact.objects.get().name == "Ada Lovelace"

    with rung():
        picture = SimpleUploadedFile("answer.png", PNG, "image/png")
        answer = reply(conversation.pk, by=make_user(), text="こちら <です>", key=uuid4(), files=[picture])
    (taken,) = slack.taken
    assert (taken.recipient, taken.text, taken.files) == (CHANNEL, "こちら <です>", (("answer.png", PNG),))
    assert state(answer) == "accepted"

    file_id = taken.external_id.rpartition(":")[2]
    ours = {"user": BOT_USER, "bot_id": BOT, "app_id": APP, "files": [{"id": file_id, "name": "answer.png"}]}
    like = {"user": USER, "item": {"type": "message", "channel": CHANNEL, "ts": "1772600767.000001"}}
    for document in [
        slack.message("こちら <です>", **ours),
        slack.changed("1772600767.000001", "注文 1235"),
        slack.event(type="reaction_added", reaction="tada", event_ts="1.0", **like),
    ]:
        with rung():
            assert bring(client, app.token, slack, document) == 200
    question = conversation.messages.get(kind="customer")
    assert (question.text, question.edited_at is not None) == ("注文 1235", True)
    assert conversation.messages.get(verb=EventVerb.REACTION).data["emoji"] == "🎉"
    assert conversation.messages.filter(kind="reply").count() == 1  # the echo was recognised

    with rung():
        bring(client, app.token, slack, slack.deleted("1772600767.000001"))
    question.refresh_from_db()
    assert (question.text, question.deleted_at is not None, Attachment.objects.filter(message=question).count()) == (
        "",
        True,
        0,
    )
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}


def test_same_event_three_times_and_a_pressed_button(
    client: Client, slack: SlackStandIn, app: ChannelAccount, rung: Any
) -> None:
    document = slack.message("Hello")
    body, headers = slack.as_form(slack.pressed("1772600767.000001", "Yes", "yes"))
    with rung():
        assert [bring(client, app.token, slack, document) for _time in range(3)] == [200] * 3
        form = {"content_type": headers.pop("Content-Type"), "headers": headers}
        answer = client.post(f"/hooks/{app.token}/", body, **form)
    assert (answer.status_code, answer.content) == (200, b"")  # what is said would be shown
    said = Conversation.objects.get().messages.filter(kind="customer").order_by("seq")
    assert [(message.text, message.metadata.get("button")) for message in said] == [("Hello", None), ("Yes", "yes")]


def test_slack_may_test_the_address(client: Client, slack: SlackStandIn, app: ChannelAccount) -> None:
    body = b'{"type": "url_verification", "challenge": "3eZbrw1a"}'
    answer = client.post(f"/hooks/{app.token}/", body, "application/json", headers=slack.signed_headers(body))
    assert (answer.status_code, answer.content) == (200, b"3eZbrw1a")
    forged = slack.signed_headers(body + b" ")
    assert client.post(f"/hooks/{app.token}/", body, "application/json", headers=forged).status_code == 403
    assert not InboundDelivery.objects.exists()


def test_closed_account_is_said_and_nothing_more_is_sent_there(
    client: Client, slack: SlackStandIn, app: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, app.token, slack, slack.message("bye"))
    slack.say_no("user_disabled")
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Wait!", key=uuid4())
    assert state(answer) == "failed"
    assert answer.state_reason.startswith("Slack cannot reach this person")
    assert Conversation.objects.get().handle.paused_at is not None
