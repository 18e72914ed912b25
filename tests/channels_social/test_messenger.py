"""What Messenger is asked and answers, whether its settings work, and a customer's story."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_social.messenger.channel import MessengerChannel
from channels_social.messenger.setup import WANTED
from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import Attachment, Conversation, EventVerb, Message
from csplatform.flows.reply import reply
from csplatform.flows.window import Freedom, freedom_of
from csplatform.gateway.contract import AccountConfig, Finding, OutboundAttachment, OutboundMessage, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain
from csplatform.gateway.models import ChannelAccount
from tests.channels_social.test_setup import OURS, check, failure
from tests.channels_social.test_story import bring, content, state
from tests.contract.samples import PNG, a_picture
from tests.factories import make_account, make_user
from tests.platforms.messenger import PAGE, MessengerStandIn
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET, PERSON

SECRETS = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "our word"}
ABILITIES = MessengerChannel.abilities


@pytest.fixture
def page() -> Iterator[MessengerStandIn]:
    with MessengerStandIn() as stand_in:
        stand_in.door = OURS
        stand_in.fields = list(WANTED)
        yield stand_in


def account(page: MessengerStandIn, *, secrets: dict[str, str] = SECRETS, **settings: Any) -> AccountConfig:
    return AccountConfig(3, "Page", PAGE, secrets, {"api_base": page.api_base, **settings}, webhook=OURS)


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="3f1c-key", recipient=PERSON, text=text, **fields)


# What is sent


def test_a_text_goes_out_with_our_key(page: MessengerStandIn) -> None:
    MessengerChannel(account(page)).send(outbound(reply_to="m_in1", quick_replies=("Yes", "A colour that is too long")))
    assert page.calls[0].path == f"/v25.0/{PAGE}/messages"
    assert page.calls[0].json() == {
        "recipient": {"id": PERSON},
        "messaging_type": "RESPONSE",
        "reply_to": {"mid": "m_in1"},
        "message": {
            "text": "Hello",
            "metadata": "3f1c-key",
            "quick_replies": [
                {"content_type": "text", "title": "Yes", "payload": "Yes"},
                {"content_type": "text", "title": "A colour that is to…", "payload": "A colour that is too long"},
            ],
        },
    }


def a_file(content_type: str, size: int = 4) -> OutboundAttachment:
    return OutboundAttachment("a", content_type, size, open=lambda: bytes(size))


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        (a_picture(), "image"),
        (a_file("audio/mpeg"), "audio"),
        (a_file("video/mp4"), "video"),
        (a_file("application/pdf"), "file"),
        (a_file("image/png", size=8_000_001), "file"),
    ],
)
def test_a_file_is_uploaded_then_sent_as_what_it_is(
    page: MessengerStandIn, attachment: OutboundAttachment, kind: str
) -> None:
    MessengerChannel(account(page)).send(outbound("", attachments=(attachment,)))
    assert [request.path.rpartition("/")[2] for request in page.calls] == ["message_attachments", "messages"]
    assert page.calls[1].json()["message"]["attachment"]["type"] == kind
    assert page.taken[0].files == ((attachment.name, attachment.open()),)
    with pytest.raises(SendFailed, match="one file"):
        MessengerChannel(account(page)).send(outbound(attachments=(attachment, attachment)))


def test_beyond_the_window_a_persons_answer_is_tagged(page: MessengerStandIn) -> None:
    page.is_late = True
    with pytest.raises(SendFailed, match="no longer takes a free answer") as failed:
        MessengerChannel(account(page)).send(outbound())
    assert failed.value.code == "10/2018278"
    with pytest.raises(SendFailed, match="Human Agent"):
        MessengerChannel(account(page)).send(outbound(late=True))
    page.human_agent = True
    MessengerChannel(account(page)).send(outbound(late=True))
    assert page.calls[-1].json()["tag"] == "HUMAN_AGENT"


def test_refusals_say_what_to_do_and_who_is_gone(page: MessengerStandIn) -> None:
    with pytest.raises(SendFailed, match="access token") as failed:
        MessengerChannel(account(page, secrets=SECRETS | {"access_token": "EAAG-of-somebody"})).send(outbound())
    assert (failed.value.code, failed.value.dead_address) == ("190/460", False)
    page.refuse()
    with pytest.raises(SendFailed, match="cannot be reached") as failed:
        MessengerChannel(account(page)).send(outbound())
    assert failed.value.dead_address
    with pytest.raises(SendFailed, match=r"Meta refused\..*scoped id"):
        MessengerChannel(account(page)).send(replace(outbound(), recipient="ada"))


@pytest.mark.parametrize(
    ("status", "failed"),
    [(500, SendUnavailable), (503, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(page: MessengerStandIn, status: int, failed: type[Exception]) -> None:
    page.fail(status)
    with pytest.raises(failed) as caught:
        MessengerChannel(account(page)).send(outbound())
    assert type(caught.value) is failed


def test_small_signs_and_who_somebody_is(page: MessengerStandIn) -> None:
    assert ABILITIES.typing is not None
    assert ABILITIES.mark_read is not None
    assert ABILITIES.profile is not None
    ABILITIES.typing(account(page), PERSON)
    ABILITIES.mark_read(account(page), PERSON, "m_in1")
    assert page.acted == [(PERSON, "typing_on"), (PERSON, "mark_seen")]
    assert ABILITIES.profile(account(page), PERSON) == Profile("Ada Lovelace")
    with pytest.raises(SendFailed):
        ABILITIES.profile(account(page), "99999999")


def test_files_come_from_meta_and_the_page_itself_only(page: MessengerStandIn) -> None:
    page.files["/cdn/a.png"] = ("image/png", PNG)
    assert ABILITIES.download is not None
    fetched = ABILITIES.download(account(page), f"{page.url}/cdn/a.png")
    assert (fetched.data, fetched.content_type) == (PNG, "image/png")
    with pytest.raises(SendFailed, match="not a valid one"):
        ABILITIES.download(account(page), "http://127.0.0.1:9/latest/meta-data")


# Whether it works


def test_a_page_that_works(page: MessengerStandIn) -> None:
    assert check(MessengerChannel, account(page)) == [
        Finding("The access token and the page", True, "This is the page “The Shop”."),
        Finding("The app secret", True),
        Finding("The verify token", True),
        Finding("Meta calls us", True, "Meta calls the webhook address of this account."),
        Finding("What Meta tells us", True, "Everything this desk can show."),
    ]


def test_what_can_be_wrong_is_said(page: MessengerStandIn) -> None:
    def words(**secrets: str) -> str:
        return failure(MessengerChannel, account(page, secrets=SECRETS | secrets))[1]

    assert words(access_token="") == "The access token is missing."
    assert words(access_token="wrong-token").startswith("Meta does not accept the access token of this account")
    assert words(app_secret="") == "The app secret is missing, so every call of Meta is turned away."
    assert words(app_secret="another-apps") == "This is not the secret of the app that the access token belongs to."
    assert words(verify_token="") == "The verify token is missing, so Meta cannot be told our address."
    other = replace(account(page), address="999")
    assert failure(MessengerChannel, other)[1] == f"This token belongs to “The Shop” ({PAGE}), not to this page."
    page.fields = ["messages", "message_reads"]
    assert check(MessengerChannel, account(page))[-1].words.startswith(
        "Everything but feed, mention, message_deliveries, "
    )
    page.fields = ["feed"]
    assert words() == "The account keeps its messages from the app. Subscribe the app to “messages”."
    page.door = "https://other.example/hooks/x/"
    assert words() == "Meta calls another address, on other.example. Enter ours in the Meta app."
    page.door = ""
    assert words() == "Meta does not know where to call. Enter the webhook address in the Meta app."


# A story


@pytest.fixture
def desk(page: MessengerStandIn, db: None) -> ChannelAccount:
    settings = {"api_base": page.api_base, "human_agent": True}
    return make_account("messenger", address=PAGE, credentials=SECRETS, settings=settings)


def now_ms(**later: int) -> int:
    return int((clock.now() + timedelta(**later)).timestamp() * 1000)


def test_a_customer_asks_and_is_answered(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, rung: Any
) -> None:
    page.files["/cdn/broken.png"] = ("image/png", PNG)
    picture = {"type": "image", "payload": {"url": f"{page.url}/cdn/broken.png"}}
    question = page.said("It came broken", attachments=[picture], at=now_ms())
    with rung():
        assert [bring(client, desk.token, page, question) for _time in range(2)] == [200, 200]
    conversation = Conversation.objects.get()
    conversation.contact.refresh_from_db()
    assert (conversation.contact.name, content(Attachment.objects.get())) == ("Ada Lovelace", PNG)

    with rung():
        upload = SimpleUploadedFile("图.png", PNG, "image/png")
        answer = reply(conversation.pk, by=make_user(), text="Like this?", key=uuid4(), files=[upload])
    assert [(taken.text, taken.files) for taken in page.taken] == [("Like this?", ()), ("", (("图.png", PNG),))]
    parts = answer.dispatches.order_by("ordinal")
    for part, said in zip(parts, page.taken, strict=True):
        echo = page.echo(said.external_id, text=said.text, metadata=str(part.key))
        with rung():
            bring(client, desk.token, page, echo)
    assert conversation.messages.filter(kind="reply").count() == 1

    for said in page.taken:
        with rung():
            bring(client, desk.token, page, page.delivered(said.external_id))
    assert state(answer) == "delivered"
    with rung():
        bring(client, desk.token, page, page.seen("", at=now_ms(seconds=5)))
        bring(client, desk.token, page, page.delivered(page.taken[0].external_id))
    assert state(answer) == "read"

    mid = question["entry"][0]["messaging"][0]["message"]["mid"]
    with rung():
        bring(client, desk.token, page, page.call(message_edit={"mid": mid, "text": "It came in two", "num_edit": 1}))
        love = {"mid": page.taken[0].external_id, "action": "react", "reaction": "love", "emoji": "❤️"}
        bring(client, desk.token, page, page.call(reaction=love))
        bring(client, desk.token, page, page.echo("m_phone", text="I called her", at=now_ms(seconds=9)))
    assert Message.objects.get(kind="customer").text == "It came in two"
    assert conversation.messages.filter(verb=EventVerb.REACTION).count() == 1
    elsewhere = conversation.messages.get(text="I called her")
    assert (elsewhere.kind, elsewhere.author) == ("reply", None)


def test_what_broke_off_is_known_by_its_echo(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, desk.token, page, page.said("Hello"))
    page.hang_up()
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Hi", key=uuid4())
    assert state(answer) == "uncertain"
    with rung():
        bring(client, desk.token, page, page.echo("m_out", text="Hi", metadata=str(answer.dispatches.get().key)))
    assert state(answer) == "delivered"


def test_the_window_closes_in_two_steps(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, desk.token, page, page.said("Hello"))
    conversation = Conversation.objects.get()
    page.is_late = page.human_agent = True
    agent = make_user()
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert freedom_of(conversation) is Freedom.LATE
        with rung():
            late = reply(conversation.pk, by=agent, text="Sorry", key=uuid4())
        assert state(late) == "accepted"
        ChannelAccount.objects.update(settings={"api_base": page.api_base})
        assert freedom_of(Conversation.objects.get()) is Freedom.CLOSED
        with pytest.raises(InvalidInput, match="no longer takes free answers"):
            reply(conversation.pk, by=agent, text="Still there?", key=uuid4())
    assert [taken.text for taken in page.taken] == ["Sorry"]


def test_whoever_blocked_the_page_is_not_written_to_again(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, desk.token, page, page.said("Bye"))
    page.refuse()
    conversation = Conversation.objects.get()
    with rung():
        answer = reply(conversation.pk, by=make_user(), text="Wait!", key=uuid4())
    assert state(answer) == "failed"
    conversation.handle.refresh_from_db()
    assert conversation.handle.paused_reason.startswith("This customer cannot be reached")
    with rung():
        bring(client, desk.token, page, page.said("Back again"))
    conversation.handle.refresh_from_db()
    assert conversation.handle.paused_at is None
