"""What Slack's calls mean, and what its Web API is asked and answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels_social.slack.channel import SlackChannel
from channels_social.slack.client import WebApi
from channels_social.slack.texts import emoji, plain
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    Reaction,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain
from tests.contract.samples import PNG, a_picture
from tests.contract.test_slack import delivery, signed
from tests.factories import make_account
from tests.platforms.slack import (
    APP,
    BOT,
    BOT_USER,
    CHANNEL,
    REFRESH,
    SECRET,
    TEAM,
    TOKEN,
    USER,
    SlackStandIn,
    envelope,
)

VECTORS = Path(__file__).parents[3] / "shared" / "corpora" / "social" / "signature_vectors.jsonl"
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TS = "1772600767.000100"
ADA = Sender(CHANNEL, HandleKind.SOCIAL)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


def account(base: str = "http://127.0.0.1:9", **settings: Any) -> AccountConfig:
    secrets = {"bot_token": TOKEN, "signing_secret": SECRET}
    return AccountConfig(3, "Shop", TEAM, secrets, {"api_base": f"{base}/api", **settings})


def parse(**event: Any) -> list[Any]:
    return list(SlackChannel(account()).parse(delivery(envelope(**event))))


def said(**fields: Any) -> dict[str, Any]:
    return {"type": "message", "channel": CHANNEL, "channel_type": "im", "user": USER, "text": "Hi", "ts": TS, **fields}


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="3f1c", recipient=CHANNEL, text=text, **fields)


# What was said


def test_message() -> None:
    assert parse(**said(text="Fish &amp; <https://a.example/x|chips>", thread_ts="1772600700.000001")) == [
        InboundMessage(
            external_id=f"{CHANNEL}:{TS}",
            sender=ADA,
            text="Fish & chips (https://a.example/x)",
            sent_at=AT,
            thread_refs=(f"{CHANNEL}:1772600700.000001",),
            metadata={"user": USER},
        )
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<@U1|ada> and <@U2> in <#C1|shop>", "@ada and @U2 in #shop"),
        ("<!here> <!subteam^S1|@team> <!date^1392734382^{date}|2014>", "@here @team 2014"),
        ("<https://a.example>", "https://a.example"),
        ("<http://a.example|a.example> <mailto:a@b.example|a@b.example>", "http://a.example a@b.example"),
        ("<tel:+15550001|call>", "call (+15550001)"),
        ("ok :+1::skin-tone-4: :rocket: :shop-logo: 10:30:45", "ok 👍🏽 🚀 :shop-logo: 10:30:45"),
    ],
)
def test_text_is_read_as_people_see_it(written: str, read: str) -> None:
    assert plain(written) == read


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("thumbsup", "👍"),
        ("wave::skin-tone-2", "👋🏻"),
        ("fire", "🔥"),
        ("shop-logo", ":shop-logo:"),
        ("space", ":space:"),
    ],
)
def test_emoji(name: str, character: str) -> None:
    assert emoji(name) == character


def test_files_are_fetched_linked_or_missed() -> None:
    files = [
        {"id": "F1", "name": "发票.pdf", "mimetype": "application/pdf", "mode": "hosted"},
        {"id": "F2", "mode": "hosted", "title": "untitled"},
        {"id": "F3", "mode": "external", "is_external": True, "title": "Plan", "url_private": "https://d.example/p"},
        {"id": "F4", "mode": "tombstone"},
    ]
    (event,) = parse(**said(subtype="file_share", text="", files=files))
    assert event.attachments == (
        InboundAttachment("发票.pdf", "application/pdf", FileReference("F1")),
        InboundAttachment("untitled", "application/octet-stream", FileReference("F2")),
    )
    assert event.text == "📎 Plan https://d.example/p\n❔ file"


@pytest.mark.parametrize(
    ("fields", "text", "forwarded"),
    [
        ({"text": "", "blocks": [{"type": "video"}]}, "❔", False),
        (
            {"text": "see", "attachments": [{"is_share": True, "author_name": "Bob", "text": "a &lt; b"}]},
            "see\nBob: a < b",
            True,
        ),
        ({"text": "see", "attachments": [{"from_url": "https://a.example", "text": "a page"}]}, "see", False),
        ({"subtype": "me_message", "text": "waves"}, "waves", False),
    ],
)
def test_words(fields: dict[str, Any], text: str, forwarded: bool) -> None:
    (event,) = parse(**said(**fields))
    assert (event.text, event.metadata.get("forwarded", False)) == (text, forwarded)


def test_edit_and_what_only_looks_like_one() -> None:
    message = {"type": "message", "user": USER, "text": "order :one: &amp; 2", "ts": TS}
    edited = {"user": USER, "ts": "1772600800.000000"}
    changed = said(subtype="message_changed", event_ts="1772600800.000100")
    at = datetime(2026, 3, 4, 5, 6, 40, tzinfo=UTC)
    assert parse(**changed, message=message | {"edited": edited}) == [
        MessageEdited(f"{CHANNEL}:{TS}", text="order :one: & 2", edited_at=at)
    ]
    assert parse(**changed, message=message) == []  # a link was unfolded
    assert parse(**changed, message=message | {"edited": edited, "bot_id": BOT}) == []
    assert parse(**changed, message={"subtype": "tombstone", "ts": TS}) == [MessageDeleted(f"{CHANNEL}:{TS}", at)]


def test_message_taken_back() -> None:
    taken_back = said(subtype="message_deleted", deleted_ts=TS, event_ts="1772600800.000100")
    at = datetime(2026, 3, 4, 5, 6, 40, tzinfo=UTC)
    assert parse(**taken_back, previous_message={"user": USER, "ts": TS}) == [MessageDeleted(f"{CHANNEL}:{TS}", at)]
    assert parse(**taken_back, previous_message={"user": BOT_USER, "ts": TS}) == []


def test_reactions() -> None:
    reaction = {"user": USER, "item": {"type": "message", "channel": CHANNEL, "ts": TS}, "event_ts": TS}
    assert parse(type="reaction_added", reaction="+1", **reaction) == [Reaction(f"{CHANNEL}:{TS}", ADA, "👍", AT)]
    assert parse(type="reaction_removed", reaction="+1", **reaction) == [Reaction(f"{CHANNEL}:{TS}", ADA, "", AT)]
    assert parse(type="reaction_added", reaction="+1", **(reaction | {"user": BOT_USER})) == []
    elsewhere = reaction | {"item": {"type": "message", "channel": "C0ALL", "ts": TS}}
    assert parse(type="reaction_added", reaction="+1", **elsewhere) == []


def test_what_the_app_said_comes_back_as_such() -> None:
    ours = said(user=BOT_USER, bot_id=BOT, app_id=APP, text="Hi &amp; bye")
    metadata = {"event_type": "csplatform_reply", "event_payload": {"key": "3f1c"}}
    assert parse(**ours, metadata=metadata) == [Echo(f"{CHANNEL}:{TS}", ADA, "Hi & bye", AT, key="3f1c")]
    (echo,) = parse(**ours, files=[{"id": "F9", "name": "a.png", "mimetype": "image/png"}])
    assert (echo.external_id, len(echo.attachments)) == (f"{CHANNEL}:file:F9", 1)
    assert parse(**said(user="U0OTHERBOT", bot_id="B0OTHER", app_id="A0OTHER")) == []


def test_pressed_button_is_what_it_says() -> None:
    with SlackStandIn() as slack:
        payload = slack.pressed(TS, "Yes &amp; now", "yes")
    body = urlencode({"payload": json.dumps(payload)}).encode()
    (event,) = SlackChannel(account()).parse(signed(body, "application/x-www-form-urlencoded"))
    assert (event.text, event.thread_refs, event.metadata) == ("Yes & now", (f"{CHANNEL}:{TS}",), {"button": "yes"})
    assert (event.sender, event.sent_at) == (ADA, AT)
    elsewhere = urlencode({"payload": json.dumps(payload | {"channel": {"id": "C0ALL"}})}).encode()
    assert SlackChannel(account()).parse(signed(elsewhere, "application/x-www-form-urlencoded")) == []


def test_workspace_where_the_app_is_installed_counts_in_shared_ones() -> None:
    shared = envelope(**said()) | {"team_id": "T0PARTNER"}
    assert len(SlackChannel(account()).parse(delivery(shared))) == 1


# What is sent and asked


def test_text_goes_out_without_markup_and_carries_our_key(slack: SlackStandIn) -> None:
    sent = SlackChannel(account(slack.url)).send(outbound("*1* < 2 & <@U1>", reply_to=f"{CHANNEL}:{TS}"))
    assert sent.external_id == slack.taken[0].external_id
    assert slack.calls[0].json() == {
        "channel": CHANNEL,
        "text": "*1* &lt; 2 &amp; &lt;@U1&gt;",
        "mrkdwn": False,
        "metadata": {"event_type": "csplatform_reply", "event_payload": {"key": "3f1c"}},
        "thread_ts": TS,
    }


@pytest.mark.parametrize("answered", [f"D0BOB0001:{TS}", f"{CHANNEL}:button:{TS}", f"{CHANNEL}:file:F1", "x"])
def test_only_a_message_of_this_channel_is_answered_in_its_thread(slack: SlackStandIn, answered: str) -> None:
    SlackChannel(account(slack.url)).send(outbound(reply_to=answered))
    assert "thread_ts" not in slack.calls[0].json()


def test_quick_replies_are_buttons_below_the_text(slack: SlackStandIn) -> None:
    SlackChannel(account(slack.url)).send(outbound("x" * 4000, quick_replies=("Yes", "y" * 90)))
    *sections, actions = slack.calls[0].json()["blocks"]
    assert [len(section["text"]["text"]) for section in sections] == [3000, 1000]
    assert [(button["text"]["text"], button["value"]) for button in actions["elements"]] == [
        ("Yes", "Yes"),
        ("y" * 75, "y" * 90),
    ]


def test_files_are_uploaded_then_posted_together(slack: SlackStandIn) -> None:
    note = OutboundAttachment("a b.txt", "text/plain", 4, open=lambda: b"note")
    sent = SlackChannel(account(slack.url)).send(outbound("both & more", attachments=(a_picture(), note)))
    (taken,) = slack.taken
    assert (taken.text, taken.files) == ("both & more", (("picture.png", PNG), ("a b.txt", b"note")))
    assert sent.external_id == taken.external_id
    assert [call.path.rpartition("/")[2] for call in slack.calls[::2]][:2] == ["files.getUploadURLExternal"] * 2


@pytest.mark.parametrize(
    ("error", "reason", "dead"),
    [
        ("user_disabled", "Slack cannot reach this person", True),
        ("channel_not_found", "Slack cannot reach this person", False),
        ("token_revoked", "Slack does not accept the bot token", False),
        ("missing_scope", "The Slack app lacks a permission", False),
        ("msg_too_long", "Slack does not take this message", False),
        ("messages_tab_disabled", "This person cannot write to the Slack app", False),
        ("new_error", r"Slack refused. \(new_error\)", False),
    ],
)
def test_no_with_status_200_is_a_no(slack: SlackStandIn, error: str, reason: str, dead: bool) -> None:
    slack.say_no(error)
    with pytest.raises(SendFailed, match=reason) as failure:
        SlackChannel(account(slack.url)).send(outbound())
    assert type(failure.value) is SendFailed
    assert (failure.value.code, failure.value.dead_address) == (error, dead)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ("internal_error", SendUncertain),
        ("fatal_error", SendUncertain),
        ("service_unavailable", SendUnavailable),
        ("ratelimited", SendUnavailable),
    ],
)
def test_slacks_own_trouble(slack: SlackStandIn, error: str, failure: type[Exception]) -> None:
    slack.say_no(error)
    with pytest.raises(failure) as caught:
        SlackChannel(account(slack.url)).send(outbound())
    assert type(caught.value) is failure


@pytest.mark.parametrize(
    ("status", "failure"),
    [(500, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(slack: SlackStandIn, status: int, failure: type[Exception]) -> None:
    slack.fail(status)
    with pytest.raises(failure) as caught:
        SlackChannel(account(slack.url)).send(outbound())
    assert type(caught.value) is failure


def test_file_is_fetched_with_the_token(slack: SlackStandIn) -> None:
    slack.files["F1"] = ({"mimetype": "image/png"}, PNG)
    found = WebApi(account(slack.url)).file("F1")
    assert (found.data, found.content_type) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("facts", "scopes", "reason"),
    [
        ({"mimetype": "image/png"}, "chat:write", "Slack hands out no files to this app"),
        ({"mimetype": "image/png", "is_external": True}, "files:read", "The platform no longer has this file"),
        (None, "files:read", "Slack no longer has this file"),
    ],
)
def test_file_that_cannot_be_had(slack: SlackStandIn, facts: dict[str, Any] | None, scopes: str, reason: str) -> None:
    slack.scopes = scopes
    if facts:
        slack.files["F1"] = (facts, PNG)
    with pytest.raises(SendFailed, match=reason) as failure:
        WebApi(account(slack.url)).file("F1")
    assert type(failure.value) is SendFailed


def test_profile(slack: SlackStandIn) -> None:
    look_up = SlackChannel.abilities.profile
    assert look_up is not None
    assert look_up(account(slack.url), CHANNEL) == Profile("Ada Lovelace", "en-GB", "Europe/London")
    with pytest.raises(SendFailed, match="cannot reach this person"):
        look_up(account(slack.url), "D0GONE")


@pytest.mark.django_db
def test_token_that_ends_is_renewed_once_and_kept(slack: SlackStandIn) -> None:
    secrets = {"client_id": "1.2", "client_secret": "of the app", "oauth_refresh_token": REFRESH}
    kept = make_account("slack", address=TEAM, credentials=secrets, settings={"api_base": f"{slack.url}/api"})
    SlackChannel(kept.config).send(outbound())
    SlackChannel(kept.config).send(outbound())
    paths = [call.path for call in slack.calls]
    assert paths == ["/api/oauth.v2.access", "/api/chat.postMessage", "/api/chat.postMessage"]
    slack.token = "xoxe.xoxb-1-revoked"
    SlackChannel(kept.config).send(outbound())
    assert [call.path for call in slack.calls[3:]] == [
        "/api/chat.postMessage",
        "/api/oauth.v2.access",
        "/api/chat.postMessage",
    ]
    kept.refresh_from_db()
    assert kept.credentials["oauth_refresh_token"] == slack.refresh_token != REFRESH
