"""What people say in public to a page or an account: read, answered there, or once in private."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_social.instagram.channel import InstagramChannel
from channels_social.messenger.channel import MessengerChannel
from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.models import Conversation, Message
from csplatform.flows import signals
from csplatform.flows.reply import reply
from csplatform.flows.routes import chosen_handle, ways_of
from csplatform.gateway.contract import (
    AccountConfig,
    Event,
    HandleKind,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    Sender,
)
from csplatform.gateway.errors import SendFailed, Unreadable
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.channels_social.test_story import bring, state
from tests.contract.samples import PNG, a_picture
from tests.contract.test_messenger import delivery
from tests.factories import make_account, make_user
from tests.platforms.instagram import ACCOUNT, InstagramStandIn
from tests.platforms.messenger import PAGE, MessengerStandIn
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET, PERSON

SECRETS = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "our word"}
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def on_page(field: str = "feed", **value: Any) -> list[Event]:
    base = {"from": {"id": PERSON, "name": "Ada"}, "created_time": 1772600767, "verb": "add", "item": "comment"}
    base |= {"comment_id": "77_1", "post_id": f"{PAGE}_77", "message": "How much?"}
    document = {"object": "page", "entry": [{"id": PAGE, "changes": [{"field": field, "value": base | value}]}]}
    return MessengerChannel(AccountConfig(3, "Page", PAGE, SECRETS, {})).parse(delivery(document))


def below_media(**entry: Any) -> list[Event]:
    document = {"object": "instagram", "entry": [{"id": ACCOUNT, "time": 1772600767, **entry}]}
    return InstagramChannel(AccountConfig(4, "Shop", ACCOUNT, SECRETS, {})).parse(delivery(document))


# What was said


@pytest.mark.parametrize("field", ["feed", "mention"])
def test_a_comment_is_said_at_a_place_where_everybody_reads(field: str) -> None:
    place = Sender(f"public:{PAGE}_77:{PERSON}", HandleKind.PUBLIC, name="Ada", private=PERSON)
    assert on_page(field) == [
        InboundMessage(
            "77_1", place, "How much?", sent_at=AT, bulk=True, metadata={"public": f"public:{PAGE}_77:{PERSON}"}
        )
    ]


def test_visitors_posts_photos_and_people_without_a_name() -> None:
    (post,) = on_page(item="status", comment_id=None)
    assert isinstance(post, InboundMessage)
    assert post.external_id == f"{PAGE}_77"
    (photo,) = on_page(message=None, photo="https://scontent.xx.fbcdn.net/a.jpg")
    assert isinstance(photo, InboundMessage)
    assert (photo.text, photo.attachments[0].name) == ("", "photo.jpg")
    (nobody,) = on_page(**{"from": None, "message": ""})
    assert isinstance(nobody, InboundMessage)
    assert (nobody.sender.external_id, nobody.sender.private, nobody.text) == (
        f"public:{PAGE}_77:77_1",
        "",
        "❔ comment",
    )


def test_changes_of_comments_and_what_is_left_out() -> None:
    assert on_page(verb="edited", message="new") == [MessageEdited("77_1", "new", edited_at=AT)]
    assert on_page(verb="remove") == [MessageDeleted("77_1", deleted_at=AT)]
    assert on_page(verb="hide") == []
    assert on_page(item="reaction") == []
    assert on_page(**{"from": {"id": PAGE}}) == []
    with pytest.raises(Unreadable):
        on_page(created_time="yesterday")


def test_comments_on_instagram_come_in_two_shapes() -> None:
    value = {"id": "178734", "from": {"id": PERSON, "username": "ada99"}, "media": {"id": "178"}, "text": "多少钱？"}
    place = Sender(f"public:178:{PERSON}", HandleKind.PUBLIC, name="ada99", private=PERSON)
    metadata = {"public": place.external_id}
    wanted = [InboundMessage("178734", place, "多少钱？", sent_at=AT, bulk=True, metadata=metadata)]
    assert below_media(field="comments", value=value) == wanted
    assert below_media(changes=[{"field": "live_comments", "value": value}]) == wanted
    assert below_media(time=1772600767000, field="comments", value=value) == wanted
    assert below_media(field="comments", value=value | {"from": {"id": ACCOUNT}}) == []
    assert below_media(field="mentions", value={"media_id": "1"}) == []


# What is answered


def outbound(**fields: Any) -> OutboundMessage:
    return OutboundMessage(**{"key": "k", "recipient": f"public:178:{PERSON}", "text": "Five"} | fields)


def test_answers_in_public_go_below_what_was_said() -> None:
    with MessengerStandIn() as page, InstagramStandIn() as shop:
        page.in_public["77_1"] = shop.in_public["178734"] = PERSON
        config = AccountConfig(3, "Page", PAGE, SECRETS, {"api_base": page.api_base})
        MessengerChannel(config).send(outbound(reply_to="77_1"))
        assert (page.calls[0].path, page.calls[0].json()) == ("/v25.0/77_1/comments", {"message": "Five"})
        instagram = InstagramChannel(AccountConfig(4, "Shop", ACCOUNT, SECRETS, {"api_base": shop.api_base}))
        instagram.send(outbound(reply_to="178734"))
        assert shop.calls[0].path == "/v25.0/178734/replies"
        with pytest.raises(SendFailed, match="where everybody reads"):
            instagram.send(outbound(reply_to="178734", attachments=(a_picture(),)))
        with pytest.raises(SendFailed, match="nothing in public"):
            instagram.send(outbound())


def test_a_post_of_a_visitor_is_answered_in_private_as_a_post() -> None:
    with MessengerStandIn() as page:
        page.in_public[f"{PAGE}_77"] = PERSON
        config = AccountConfig(3, "Page", PAGE, SECRETS, {"api_base": page.api_base})
        MessengerChannel(config).send(outbound(recipient=PERSON, answers_public=f"{PAGE}_77"))
        assert page.calls[0].json()["recipient"] == {"post_id": f"{PAGE}_77"}


# A story


@pytest.fixture
def page() -> Iterator[MessengerStandIn]:
    with MessengerStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def desk(page: MessengerStandIn, db: None) -> ChannelAccount:
    return make_account("messenger", address=PAGE, credentials=SECRETS, settings={"api_base": page.api_base})


@pytest.fixture
def agent(db: None) -> User:
    return make_user()


def in_private(conversation: Conversation, agent: User) -> Handle:
    (way,) = [way for way in ways_of(conversation, agent) if way.is_private]
    return chosen_handle(conversation, agent, way.value)


def test_a_comment_is_answered_there_then_in_private(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, agent: User, rung: Any
) -> None:
    with rung():
        bring(client, desk.token, page, page.commented("How much?"))
    conversation = Conversation.objects.get()
    assert (conversation.handle.kind, Contact.objects.count(), page.taken) == ("public", 1, [])  # no machine answers
    assert [(way.is_public, way.is_private, way.is_usual) for way in ways_of(conversation, agent)] == [
        (True, False, True),
        (False, True, False),
    ]
    with rung():
        public = reply(conversation.pk, by=agent, text="We write to you.", key=uuid4())
    with rung():
        private = reply(
            conversation.pk, by=agent, text="Five euros", key=uuid4(), handle=in_private(conversation, agent)
        )
    assert [(taken.recipient, taken.text) for taken in page.taken] == [
        ("77_1", "We write to you."),
        (PERSON, "Five euros"),
    ]
    assert page.calls[-1].json()["recipient"] == {"comment_id": "77_1"}
    assert (state(public), state(private)) == ("accepted", "accepted")

    with rung():
        signals.typing(conversation, by=agent)
        signals.read(conversation)
    assert page.acted == []
    with rung():
        bring(client, desk.token, page, page.said("Thank you", at=int(clock.now().timestamp() * 1000)))
    conversation.refresh_from_db()
    assert (Conversation.objects.count(), conversation.handle.external_id) == (1, PERSON)
    with rung():
        reply(conversation.pk, by=agent, text="You're welcome", key=uuid4())
    assert page.calls[-1].json()["recipient"] == {"id": PERSON}
    with rung():
        bring(client, desk.token, page, page.commented("They are nice!", number=2))
    conversation.refresh_from_db()
    assert (Conversation.objects.count(), conversation.handle.kind) == (1, "public")


def test_only_one_text_may_be_sent_in_private_and_not_for_ever(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, agent: User, rung: Any
) -> None:
    with rung():
        bring(client, desk.token, page, page.commented("How much?"))
    conversation = Conversation.objects.get()
    private = in_private(conversation, agent)

    def refused(match: str, **answer: Any) -> None:
        with pytest.raises(InvalidInput, match=match):
            reply(conversation.pk, **{"by": agent, "text": "x", "key": uuid4(), "handle": private} | answer)

    upload = SimpleUploadedFile("a.png", PNG, "image/png")
    refused("only one text", text="x" * 2001)
    refused("only one text", files=[upload])
    refused("where everybody reads", files=[upload], handle=None)
    with clock.frozen(clock.now() + timedelta(days=8)):
        refused("no longer takes free answers")
        with rung():
            reply(conversation.pk, by=agent, text="Still here", key=uuid4())
    with rung():
        reply(conversation.pk, by=agent, text="Five", key=uuid4(), handle=private)
    refused("no longer takes free answers")
    assert [taken.text for taken in page.taken] == ["Still here", "Five"]


def test_one_person_below_two_posts_is_one_contact_with_two_places(
    client: Client, page: MessengerStandIn, desk: ChannelAccount, rung: Any
) -> None:
    other = page.commented("And this?", number=2, post=f"{PAGE}_78")
    both = page.commented("How much?")
    both["entry"] += other["entry"]
    with rung():
        bring(client, desk.token, page, both)
        bring(client, desk.token, page, page.said("Hello"))
    assert Contact.objects.count() == 1
    kinds = Handle.objects.order_by("kind").values_list("kind", flat=True)
    assert (list(kinds), Conversation.objects.count()) == (["public", "public", "social"], 3)
    assert Message.objects.filter(kind="customer").count() == 3
