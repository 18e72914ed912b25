"""What X's own kinds of message mean, how it tests an address, and what exactly it is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels_social.x.channel import XChannel
from channels_social.x.client import download, profile, renew
from channels_social.x.payloads import said_at
from csplatform.gateway.contract import (
    AccountConfig,
    Download,
    Echo,
    Event,
    FileReference,
    Finding,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    RawDelivery,
    ReceiptState,
    ReceiptUpTo,
    Sender,
    Typing,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT, SENT_AT
from tests.contract.test_x import delivery
from tests.platforms.base import Refused
from tests.platforms.x import (
    ACCESS_TOKEN,
    ACCOUNT,
    BEARER_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    CONSUMER_SECRET,
    MOST,
    PERSON,
    REFRESH_TOKEN,
    WAIT,
    XStandIn,
    event,
    message,
    signature,
)

OURS = "https://desk.example/hooks/token-of-ours/"
NUMBER = "2080765901528535096"
AT = int(SENT_AT.timestamp() * 1000)
ADA = Sender(PERSON, HandleKind.SOCIAL, name="Ada")


@pytest.fixture
def platform() -> Iterator[XStandIn]:
    with XStandIn() as stand_in:
        stand_in.webhooks = [{"id": "9", "url": OURS, "valid": True}]
        yield stand_in


def account(platform: XStandIn | None = None, /, **secrets: str) -> AccountConfig:
    base = platform.url if platform else "http://127.0.0.1:9"
    kept = {"consumer_secret": CONSUMER_SECRET, "access_token": ACCESS_TOKEN, "bearer_token": BEARER_TOKEN} | secrets
    return AccountConfig(0, "Shop", ACCOUNT, kept, {"api_base": base, "film_base": base}, webhook=OURS)


def parsed(document: dict[str, Any]) -> list[Event]:
    return XChannel(account()).parse(delivery(document))


def said(text: str = "", **data: Any) -> InboundMessage:
    (found,) = parsed(message(text, number=NUMBER, at=AT, **data))
    assert isinstance(found, InboundMessage)
    return found


def file(name: str, content_type: str, size: int = len(PNG)) -> OutboundAttachment:
    def link(lifetime: timedelta) -> str:
        return f"https://desk.example/{lifetime.days}/{name}"

    return OutboundAttachment(name, content_type, size, lambda: PNG, link=link)


def out(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=PERSON, text=text, **fields)


# What customers do ------------------------------------------------------------------------------------------

TON = "https://ton.twitter.com/1.1/ton/data/dm/208/77/aBcD.png"
FILMS = {
    "variants": [
        {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/dm_video/7/pl/a.m3u8"},
        {"content_type": "video/mp4", "bitrate": 320_000, "url": "https://video.twimg.com/dm_video/7/small.mp4"},
        {"content_type": "video/mp4", "bitrate": 832_000, "url": "https://video.twimg.com/dm_video/7/big.mp4?tag=12"},
    ]
}


def media(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": "media", "media": {"id": "77", "url": "https://t.co/pic", "type": kind, **members}}


@pytest.mark.parametrize(
    ("attachment", "text", "files"),
    [
        (
            media("photo", media_url_https=TON),
            "look",
            [InboundAttachment("picture.png", "image/png", FileReference("picture:208/77/aBcD.png"))],
        ),
        (
            media("video", video_info=FILMS),
            "look",
            [InboundAttachment("video.mp4", "video/mp4", FileReference("film:dm_video/7/big.mp4"))],
        ),
        (media("photo", media_url_https="https://elsewhere.example/a.png"), "look\n❔ photo", []),
        (media("photo", media_url_https="https://ton.twitter.com/1.1/ton/data/dm/../../x"), "look\n❔ photo", []),
        (media("video", video_info={"variants": []}), "look\n❔ video", []),
        (media("hologram"), "look\n❔ hologram", []),
        (
            {
                "type": "location",
                "location": {
                    "type": "shared_coordinate",
                    "shared_coordinate": {"coordinates": {"type": "Point", "coordinates": [-122.4, 37.7]}},
                },
            },
            "look https://t.co/pic\n📍 geo:37.7,-122.4",
            [],
        ),
        (
            {
                "type": "location",
                "location": {"type": "shared_place", "shared_place": {"place": {"full_name": "東京"}}},
            },
            "look https://t.co/pic\n📍 東京",
            [],
        ),
        ({"type": "card"}, "look https://t.co/pic\n❔ card", []),
    ],
)
def test_attachments(attachment: dict[str, Any], text: str, files: list[InboundAttachment]) -> None:
    found = said("look https://t.co/pic", attachment=attachment)
    assert (found.text, list(found.attachments)) == (text, files)


def test_what_surrounds_a_message() -> None:
    links = {"urls": [{"url": "https://t.co/a", "expanded_url": "https://shop.example/?a=1&b=2"}]}
    assert said("see https://t.co/a", entities=links).text == "see https://shop.example/?a=1&b=2"
    assert said("Yes", quick_reply_response={"type": "options", "metadata": "yes-1"}).metadata == {"button": "yes-1"}
    document = message("Hi", number=NUMBER, at=AT)
    document["data"]["payload"]["direct_message_events"][0]["initiated_via"] = {"tweet_id": "55"}
    assert parsed(document) == [InboundMessage(NUMBER, ADA, text="Hi", sent_at=SENT_AT, metadata={"post": "55"})]
    assert said("").text == "❔"


def test_what_the_account_says_elsewhere_comes_back() -> None:
    assert parsed(message("Yes & no", number=NUMBER, sender=ACCOUNT, to=PERSON, at=AT)) == [
        Echo(NUMBER, ADA, text="Yes & no", sent_at=SENT_AT)
    ]


def test_reading_and_typing() -> None:
    base = {"created_timestamp": str(AT), "sender_id": PERSON, "target": {"recipient_id": ACCOUNT}}
    own = base | {"sender_id": ACCOUNT, "last_read_event_id": NUMBER}
    read = {"direct_message_mark_read_events": [base | {"last_read_event_id": NUMBER}, own]}
    until = datetime(2026, 7, 24, 21, 23, 44, 342_000, tzinfo=UTC)  # 30 ms before the documented event of this id
    assert said_at(NUMBER) == until
    assert parsed(event("dm.read", read)) == [ReceiptUpTo(PERSON, ReceiptState.READ, until=until)]
    typing = {"direct_message_indicate_typing_events": [base, own]}
    assert parsed(event("dm.indicate_typing", typing)) == [Typing(Sender(PERSON, HandleKind.SOCIAL), at=SENT_AT)]


def test_what_is_encrypted_is_not_lost() -> None:
    chat = {"id": "e4f4d3fc", "created_at_msec": str(AT), "sender_id": PERSON, "encoded_event": "CwABAAAAEzIw"}
    (found,) = parsed(event("chat.received", chat | {"conversation_id": f"{PERSON}:{ACCOUNT}"}))
    person = Sender(PERSON, HandleKind.SOCIAL)
    assert found == InboundMessage("chat:e4f4d3fc", person, "❔ XChat 🔒", SENT_AT, metadata={"encrypted": True})


# Whom we believe, and what we prove --------------------------------------------------------------------------


def proven(challenge: str, **secrets: str) -> Any:
    raw = RawDelivery(b"", {}, {"crc_token": challenge, "nonce": "n"}, "GET", RECEIVED_AT)
    answer = XChannel(account(**secrets)).handshake(raw)
    assert answer is not None
    return answer.content_type, json.loads(answer.body)


def test_the_challenge() -> None:
    assert proven("foo") == ("application/json", {"response_token": signature(b"foo")})
    with pytest.raises(WebhookRejected):
        proven("foo", consumer_secret="")
    for forged in ('{"data":{}}', "", "x" * 501, "é"):  # whose signature would be good for a call
        with pytest.raises(WebhookRejected):
            proven(forged)
    assert XChannel(account()).handshake(replace(delivery({}), query={"crc_token": "foo"})) is None


def test_a_new_secret_ends_the_old_one() -> None:
    raw = delivery(message("x", number=NUMBER))
    XChannel(account()).verify(raw)
    for other in (XChannel(account(consumer_secret="another")), XChannel(account(consumer_secret=""))):
        with pytest.raises(WebhookRejected):
            other.verify(raw)
    with pytest.raises(WebhookRejected):
        XChannel(account()).verify(replace(raw, method="GET"))


# What we do --------------------------------------------------------------------------------------------------


def test_a_picture_is_uploaded_in_pieces_and_sent_with_its_text(
    platform: XStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_social.x.media.PIECE", 40)
    platform.processing = [{"state": "pending", "check_after_secs": 0}, {"state": "in_progress", "check_after_secs": 0}]
    XChannel(account(platform)).send(out("look", attachments=(file("a.gif", "image/gif"),)))
    (taken,) = platform.taken
    assert (taken.text, taken.files) == ("look", (("a.gif", PNG),))
    pieces = -(-len(PNG) // 40)
    assert [call.path.rpartition("/")[2] for call in platform.calls] == [
        "initialize",
        *["append"] * pieces,
        "finalize",
        *["upload"] * 2,
        "messages",
    ]


def test_a_film_that_x_does_not_understand(platform: XStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    platform.processing = [{"state": "failed"}]
    with pytest.raises(SendFailed, match="cannot make sense of this file"):
        XChannel(account(platform)).send(out("", attachments=(file("a.mp4", "video/mp4"),)))
    monkeypatch.setattr("channels_social.x.media.LOOKS", 2)
    platform.processing = [{"state": "in_progress", "check_after_secs": 0}] * 3
    with pytest.raises(SendUnavailable, match="still converting"):
        XChannel(account(platform)).send(out("", attachments=(file("a.mp4", "video/mp4"),)))


@pytest.mark.parametrize(
    "given",
    [file("発票.pdf", "application/pdf"), file("a.png", "image/png", size=5_000_001), file("a.ogg", "audio/ogg")],
)
def test_what_x_does_not_carry_goes_as_an_address(platform: XStandIn, given: OutboundAttachment) -> None:
    XChannel(account(platform)).send(out("here", attachments=(given,)))
    (call,) = platform.calls
    assert call.json() == {"text": f"here\n📎 {given.name}\nhttps://desk.example/30/{given.name}"}


@pytest.mark.parametrize(
    ("problem", "reason", "dead"),
    [
        (Refused(403, "You cannot send messages to this user."), "X lets this account not write", False),
        (Refused(403, "client-forbidden: no"), "The app at X may not do that", False),
        (Refused(401, "Unauthorized"), "X does not accept the access token", False),
        (Refused(402, "credits-depleted: none"), "The developer account at X has no credit left.", False),
        (Refused(404, "resource-not-found: gone"), "X does not know this customer any more.", True),
        (Refused(200, "resource-not-found: gone"), "X does not know this customer any more.", True),
        (Refused(400, "invalid-request: text too long"), "X refused. (text too long)", False),
    ],
)
def test_what_goes_wrong(platform: XStandIn, problem: Refused, reason: str, dead: bool) -> None:
    platform.problem = problem
    platform.refuse()
    with pytest.raises(SendFailed) as failure:
        XChannel(account(platform)).send(out())
    assert failure.value.reason.startswith(reason)
    assert (failure.value.dead_address, isinstance(failure.value, SendUnavailable)) == (dead, False)


def test_the_sixteenth_message_waits_for_a_new_quarter(platform: XStandIn) -> None:
    channel = XChannel(account(platform))
    for _time in range(MOST):
        channel.send(out())
    with pytest.raises(SendUnavailable) as later:
        channel.send(out())
    assert (later.value.retry_after, len(platform.taken)) == (WAIT, MOST)


def test_an_access_is_renewed(platform: XStandIn) -> None:
    kept = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "oauth_refresh_token": REFRESH_TOKEN}
    granted = renew(account(platform), kept)
    assert (granted.access_token, granted.refresh_token) == (platform.access_token, platform.refresh_token)
    with pytest.raises(SendFailed, match="no longer renews"):  # a refresh token is good once
        renew(account(platform), kept)


def test_names_and_files(platform: XStandIn) -> None:
    assert profile(account(platform), PERSON) == Profile("Ada")
    with pytest.raises(SendFailed, match="does not know this customer"):
        profile(account(platform), "404")
    platform.pictures["208/77/aBcD.png"] = PNG
    platform.films["dm_video/7/big.mp4"] = b"film"
    assert download(account(platform), "picture:208/77/aBcD.png") == Download(PNG, "application/octet-stream")
    assert download(account(platform), "film:dm_video/7/big.mp4") == Download(b"film", "video/mp4")
    assert "authorization" not in platform.calls[-1].headers  # films lie in the open
    with pytest.raises(SendFailed, match="no longer has this file"):
        download(account(platform), "picture:1/2/3")


# The live test -------------------------------------------------------------------------------------------------


def check(config: AccountConfig) -> list[Finding]:
    assert XChannel.abilities.check is not None
    return list(XChannel.abilities.check(config))


def failure(config: AccountConfig) -> str:
    (bad,) = [finding for finding in check(config) if finding.ok is False]
    return bad.words


def test_an_account_that_works(platform: XStandIn) -> None:
    assert check(account(platform)) == [
        Finding("The account", True, "This is @shop."),
        Finding("The consumer secret", True),
        Finding("X calls us", True, "X calls the webhook address of this account."),
        Finding("What X tells us", True, "Everything this desk can show."),
    ]
    platform.subscriptions = ["dm.received", "dm.sent", "chat.received"]
    assert check(account(platform))[-1].words == "Everything but dm.read, dm.indicate_typing."
    assert [finding.ok for finding in check(account(platform, bearer_token=""))] == [True, True, None, None]


def test_what_can_be_wrong_with_an_account(platform: XStandIn) -> None:
    assert failure(account(platform, access_token="x")) == "X does not accept the access token of this account."
    assert failure(account(platform, consumer_secret="")).startswith("The consumer secret is missing")
    elsewhere = failure(replace(account(platform), address="7"))
    assert elsewhere == f"This access belongs to the account with the number {ACCOUNT}: enter that."
    platform.subscriptions = ["dm.sent"]
    words = "X keeps direct messages back. Subscribe to dm.received for this account."
    assert failure(account(platform)) == words
    platform.webhooks[0]["valid"] = False
    assert failure(account(platform)).startswith("X knows our address and does not call it")
    platform.webhooks[0]["url"] = "https://other.example/secret"
    assert failure(account(platform)) == "X calls another address, on other.example. Make a webhook with ours."
    platform.webhooks.clear()
    assert failure(account(platform)).startswith("X does not know where to call.")
