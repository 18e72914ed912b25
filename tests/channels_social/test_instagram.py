"""What Instagram says where it differs from Messenger, what it is asked, its token, and a story of a customer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from channels_social.instagram.channel import InstagramChannel
from channels_social.instagram.setup import WANTED
from csplatform.common import clock
from csplatform.conversations.models import Attachment, Conversation
from csplatform.flows.reply import reply
from csplatform.gateway.contract import (
    AccountConfig,
    Cursor,
    FileReference,
    Finding,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    Receipt,
    ReceiptState,
    ReceiptUpTo,
)
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount
from tests.channels_social.test_setup import OURS, check, failure
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG, SENT_AT, a_picture
from tests.contract.test_instagram import instagram
from tests.contract.test_messenger import happening
from tests.factories import make_account, make_user
from tests.platforms.instagram import ACCOUNT, LINKED_PAGE, InstagramStandIn
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET, PERSON

SECRETS = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "our word"}
ABILITIES = InstagramChannel.abilities
CDN = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"


@pytest.fixture
def shop() -> Iterator[InstagramStandIn]:
    with InstagramStandIn() as stand_in:
        stand_in.fields = list(WANTED)
        yield stand_in


@pytest.fixture
def shops_page() -> Iterator[InstagramStandIn]:
    with InstagramStandIn(by_page=True) as stand_in:
        stand_in.door = OURS
        yield stand_in


def account(shop: InstagramStandIn, *, secrets: dict[str, str] = SECRETS, **settings: Any) -> AccountConfig:
    by_page = {"product": "page", "page_id": LINKED_PAGE} if shop.by_page else {}
    kept = {"api_base": shop.api_base, **by_page, **settings}
    return AccountConfig(4, "The Shop", ACCOUNT, secrets, kept, webhook=OURS)


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="3f1c-key", recipient=PERSON, text=text, **fields)


def said(**message: Any) -> InboundMessage:
    config = AccountConfig(4, "The Shop", ACCOUNT, SECRETS, {})
    (event,) = InstagramChannel(config).parse(instagram(happening("message", {"mid": "m_1", **message})))
    assert isinstance(event, InboundMessage)
    return event


def linked(file: OutboundAttachment, address: str) -> OutboundAttachment:
    return replace(file, link=lambda _lifetime: address)


# What people do


def test_an_answer_to_a_story_brings_the_story_along() -> None:
    message = said(text="How much?", reply_to={"story": {"url": CDN, "id": "178"}})
    assert (message.text, message.thread_refs, message.metadata) == ("How much?", (), {"story": "answer"})
    assert [file.content for file in message.attachments] == [FileReference(CDN)]


def test_a_mention_in_a_story_is_a_file() -> None:
    message = said(attachments=[{"type": "story_mention", "payload": {"url": CDN}}])
    assert (message.text, message.metadata) == ("", {"story": "mention"})
    assert [file.content for file in message.attachments] == [FileReference(CDN)]


def test_a_product_that_was_asked_about_is_named() -> None:
    assert said(text="Still there?", referral={"product": {"id": "771"}}).metadata == {"product": "771"}


def test_reading_the_newest_is_reading_them_all() -> None:
    config = AccountConfig(4, "The Shop", ACCOUNT, SECRETS, {})
    assert InstagramChannel(config).parse(instagram(happening("read", {"mid": "m_7"}))) == [
        Receipt("m_7", ReceiptState.READ, SENT_AT),
        ReceiptUpTo("24680135791113", ReceiptState.READ, until=SENT_AT),
    ]


# What is sent


@pytest.mark.parametrize("platform", ["shop", "shops_page"])
def test_each_product_has_its_own_place(request: pytest.FixtureRequest, platform: str) -> None:
    stand_in: InstagramStandIn = request.getfixturevalue(platform)
    InstagramChannel(account(stand_in)).send(outbound(quick_replies=("Yes",)))
    assert stand_in.calls[0].path == f"/v25.0/{'me' if platform == 'shop' else LINKED_PAGE}/messages"
    assert stand_in.calls[0].json() == {
        "recipient": {"id": PERSON},
        "message": {"text": "Hello", "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "Yes"}]},
    }
    assert ABILITIES.typing is not None
    assert ABILITIES.mark_read is not None
    assert ABILITIES.profile is not None
    ABILITIES.typing(account(stand_in), PERSON)
    ABILITIES.mark_read(account(stand_in), PERSON, "m_in1")
    assert stand_in.acted == [(PERSON, "typing_on"), (PERSON, "mark_seen")]
    assert ABILITIES.profile(account(stand_in), PERSON) == Profile("Ada Lovelace")


@pytest.mark.parametrize(
    ("file", "size"), [(("清单.zip", "application/zip"), 4), (("big.png", "image/png"), 8_000_001)]
)
def test_what_instagram_does_not_carry_goes_as_a_link(shop: InstagramStandIn, file: tuple[str, str], size: int) -> None:
    attachment = OutboundAttachment(*file, size, open=lambda: b"data")
    InstagramChannel(account(shop)).send(outbound("", attachments=(linked(attachment, "https://desk.example/f"),)))
    assert shop.taken[0].text == f"📎 {file[0]}\nhttps://desk.example/f"
    with pytest.raises(SendFailed, match="one file"):
        InstagramChannel(account(shop)).send(outbound(attachments=(a_picture(), a_picture())))


def test_beyond_the_window_a_persons_answer_is_tagged(shop: InstagramStandIn) -> None:
    shop.is_late = True
    with pytest.raises(SendFailed, match="no longer takes a free answer"):
        InstagramChannel(account(shop)).send(outbound())
    shop.human_agent = True
    InstagramChannel(account(shop)).send(outbound(late=True))
    assert shop.calls[-1].json()["tag"] == "HUMAN_AGENT"
    assert ABILITIES.late_allowed is not None
    assert not ABILITIES.late_allowed(account(shop))
    assert ABILITIES.late_allowed(account(shop, human_agent=True))


# Its token


@pytest.mark.django_db
def test_the_token_is_renewed_every_week_and_used_from_then_on(shop: InstagramStandIn) -> None:
    kept = make_account(
        "instagram", address=ACCOUNT, credentials=SECRETS, settings={"api_base": shop.api_base}, cursor={}
    )

    def poll() -> None:
        fetched = InstagramChannel(kept.config).fetch(Cursor(kept.cursor))
        assert fetched.deliveries == ()
        ChannelAccount.objects.filter(pk=kept.pk).update(cursor=dict(fetched.cursor.value))
        kept.refresh_from_db()

    start = clock.now()
    poll()
    poll()
    assert shop.renewals == 0  # a token that was just made cannot be renewed
    for day, age, renewals in [(2, 2, 1), (3, 1, 1), (10, 8, 2), (80, 70, 2)]:
        shop.token_age = timedelta(days=age)
        with clock.frozen(start + timedelta(days=day)):
            if day < 80:
                poll()
                InstagramChannel(kept.config).send(outbound())
            else:
                with pytest.raises(SendFailed, match="access token"):  # it lapsed while nobody was there
                    poll()
        assert shop.renewals == renewals
    assert [call.headers["authorization"][-9:] for call in shop.calls if call.method == "POST"] == [
        "renewed-1",
        "renewed-1",
        "renewed-2",
    ]


@pytest.mark.django_db
def test_a_renewal_that_fails_is_an_error_only_when_time_is_short(shop: InstagramStandIn) -> None:
    kept = make_account("instagram", address=ACCOUNT, credentials=SECRETS, settings={"api_base": shop.api_base})
    start = clock.now()
    due = Cursor({"renew_at": start.isoformat()})
    InstagramChannel(kept.config).fetch(due)
    kept.refresh_from_db()
    shop.access_token = "somebody has taken it back"
    with clock.frozen(start + timedelta(days=8)):
        again = InstagramChannel(kept.config).fetch(due).cursor.value["renew_at"]
    assert again.startswith((start + timedelta(days=9, hours=1)).date().isoformat())
    with clock.frozen(start + timedelta(days=55)), pytest.raises(SendFailed, match="access token"):
        InstagramChannel(kept.config).fetch(due)


@pytest.mark.django_db
def test_a_new_token_counts_at_once(shop: InstagramStandIn) -> None:
    kept = make_account("instagram", address=ACCOUNT, credentials=SECRETS, settings={"api_base": shop.api_base})
    InstagramChannel(kept.config).fetch(Cursor({"renew_at": clock.now().isoformat()}))
    kept.refresh_from_db()
    shop.access_token = "IGAA-entered-by-hand-later"
    kept.credentials = kept.credentials | {"access_token": shop.access_token}
    kept.save()
    InstagramChannel(kept.config).send(outbound())
    assert len(shop.taken) == 1


# Whether it works


def test_an_account_that_works(shop: InstagramStandIn, shops_page: InstagramStandIn) -> None:
    assert check(InstagramChannel, account(shop)) == [
        Finding("The access token and the account", True, "This is @the.shop."),
        Finding("The app secret", True, "It is there; the first call of Meta shows whether it is right."),
        Finding("The verify token", True),
        Finding("What Meta tells us", True, "Everything this desk can show."),
        Finding("How long the token holds", True, "It is renewed for the first time after a day."),
    ]
    assert check(InstagramChannel, account(shops_page)) == [
        Finding("The access token and the account", True, "This is @the.shop."),
        Finding("The app secret", True),
        Finding("The verify token", True),
        Finding("Meta calls us", True, "Meta calls the webhook address of this account."),
        Finding("What Meta tells us", True),
    ]


def test_what_can_be_wrong_is_said(shop: InstagramStandIn, shops_page: InstagramStandIn) -> None:
    def words(**secrets: str) -> str:
        return failure(InstagramChannel, account(shop, secrets=SECRETS | secrets))[1]

    assert words(access_token="") == "The access token is missing."
    assert words(access_token="wrong-token").startswith("Meta does not accept the access token of this account")
    assert words(app_secret="") == "The app secret is missing, so every call of Meta is turned away."
    assert words(verify_token="") == "The verify token is missing, so Meta cannot be told our address."
    other = replace(account(shop), address="999")
    assert failure(InstagramChannel, other)[1] == f"This token belongs to @the.shop ({ACCOUNT}), not to this account."
    shop.fields = []
    assert words() == "The account keeps its messages from the app. Subscribe the app to “messages”."
    assert failure(InstagramChannel, account(shops_page, page_id=""))[1] == (
        "The id of the linked Facebook page is missing."
    )
    assert failure(InstagramChannel, account(shops_page, secrets=SECRETS | {"app_secret": "another-apps"}))[1] == (
        "This is not the secret of the app that the access token belongs to."
    )


# A story


@pytest.fixture
def desk(shop: InstagramStandIn, web: str) -> ChannelAccount:
    """An account whose stand-in fetches files from our own door, and calls it."""
    kept = make_account("instagram", address=ACCOUNT, credentials=SECRETS, settings={"api_base": shop.api_base})
    shop.door = f"{web}/hooks/{kept.token}/"
    return kept


def test_a_customer_asks_and_is_answered(shop: InstagramStandIn, desk: ChannelAccount) -> None:
    shop.files["/cdn/story.png"] = ("image/png", PNG)
    story = {"story": {"url": f"{shop.url}/cdn/story.png", "id": "178"}}
    question = shop.said("多少钱？", reply_to=story, at=int(clock.now().timestamp() * 1000))
    assert [shop.deliver(question).status_code for _time in range(2)] == [200, 200]
    conversation = Conversation.objects.get()
    assert (conversation.contact.name, content(Attachment.objects.get())) == ("Ada Lovelace", PNG)

    upload = SimpleUploadedFile("价.png", PNG, "image/png")
    answer = reply(conversation.pk, by=make_user(), text="贵" * 400, key=uuid4(), files=[upload])
    assert [(len(taken.text), taken.files) for taken in shop.taken] == [
        (333, ()),
        (67, ()),
        (0, (("价.png", PNG),)),
    ]
    for taken in shop.taken:  # Instagram reports everything that is said for the account
        shop.deliver(shop.echo(taken.external_id, text=taken.text))
    assert conversation.messages.filter(kind="reply").count() == 1
    assert state(answer) == "accepted"
    in_a_moment = int((clock.now() + timedelta(seconds=5)).timestamp() * 1000)
    shop.deliver(shop.seen(shop.taken[-1].external_id, at=in_a_moment))
    assert state(answer) == "read"

    mid = question["entry"][0]["messaging"][0]["message"]["mid"]
    shop.deliver(shop.call(message={"mid": mid, "is_deleted": True}))
    taken_back = conversation.messages.get(kind="customer")
    assert (taken_back.text, taken_back.deleted_at is not None) == ("", True)
